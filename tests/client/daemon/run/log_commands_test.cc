#include "client/daemon/run/log_commands.h"

#include <filesystem>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "client/daemon/federation/log_pin.h"
#include "client/daemon/ledger/egress_ledger.h"
#include "client/daemon/run/log_finding.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/federation/federation_folder.h"
#include "tests/client/daemon/federation/shown_log.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class LogCommandsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(MakeFolders(folder_.State().path(), 0700).ok());
    WriteConfig("");
    options_.config_path = folder_.Path("client.yaml");
  }
  void WriteConfig(const std::string& more) {
    const std::string text = absl::StrCat("coordinator: localhost:1\nsite: va\nstate_dir: state\n", more);
    ASSERT_TRUE(WriteFileAtomically(folder_.Path("client.yaml"), text).ok());
  }
  // A daemon has taken this head.
  void Keep(const ExampleLog& log, uint64_t size) {
    ASSERT_TRUE(WriteFileAtomically(folder_.State().LogHeadFile(), log.HeadFile(size).Write()).ok());
  }
  // Words of what went wrong, or the output.
  std::string Run(absl::Status (*command)(const LogOptions&, std::ostream&)) {
    std::ostringstream out;
    status_ = command(options_, out);
    return status_.ok() ? out.str() : std::string(status_.message());
  }
  std::string Pinned() { return ReadLogPin(folder_.State(), "").value_or("?"); }

  FederationFolder folder_;
  const ExampleLog log_{"federation", 20};
  const std::string id_ = HexDigest(log_.identity().id());
  LogOptions options_;
  absl::Status status_;
};

TEST_F(LogCommandsTest, ShowSaysWhichLogOnWhoseWordAndHowFar) {
  EXPECT_THAT(Run(ShowLog), HasSubstr("has shown this site no log yet"));
  Keep(log_, 12);
  EXPECT_THAT(Run(ShowLog), HasSubstr(absl::StrCat("log ", id_, "\nNOT PINNED")));
  EXPECT_THAT(Run(ShowLog), HasSubstr("seen up to 12 entries, by a head signed 2023-11-14 22:13:20 UTC"));
  ASSERT_TRUE(PinLog(folder_.State(), id_).ok());
  EXPECT_THAT(Run(ShowLog), HasSubstr("pinned: no other log"));
  EXPECT_THAT(Run(ShowLog), Not(HasSubstr("NOT PINNED")));
  ASSERT_TRUE(
      WriteFileAtomically(folder_.State().LogContradictionFile(), ForkOf(log_, 4, 12).HeadFile(12).Write()).ok());
  EXPECT_THAT(Run(ShowLog), HasSubstr("TWO STORIES"));
}

// A power cut cost log.head what it had; the ledger has it, and nobody is told to forget.
TEST_F(LogCommandsTest, WhatTheLedgerKnowsIsShownPinnedAndChecked) {
  {
    const auto ledger = EgressLedger::Open(folder_.State().EgressFile(), "va", Clock::System());
    ASSERT_TRUE(ledger.ok()) << ledger.status();
    (*ledger)->LogGrows(log_.HeadFile(12));
    ASSERT_TRUE((*ledger)->UploadBegins({}, {}).ok());
  }
  ASSERT_TRUE(WriteFileAtomically(folder_.State().LogHeadFile(), "").ok());
  EXPECT_THAT(Run(ShowLog), HasSubstr("seen up to 12 entries"));
  EXPECT_THAT(Run(ShowLog), HasSubstr("IS GONE, DAMAGED OR OLDER"));
  EXPECT_THAT(Run(PinLogById), HasSubstr(absl::StrCat("pinned ", id_)));
  EXPECT_EQ(ExamineLog(folder_.Config("va"), nullptr).level, Finding::Level::kFine);
}

TEST_F(LogCommandsTest, PinTakesTheLogThatWasShownFirstOrTheOneThatIsNamed) {
  EXPECT_THAT(Run(PinLogById), HasSubstr("accord-coordinator log show"));
  EXPECT_FALSE(status_.ok());
  Keep(log_, 12);
  EXPECT_THAT(Run(PinLogById), HasSubstr(absl::StrCat("pinned ", id_)));
  EXPECT_EQ(Pinned(), id_);
  options_.id = "12ab";
  EXPECT_THAT(Run(PinLogById), HasSubstr("64 digits"));
  options_.id = std::string(64, 'a');
  EXPECT_THAT(Run(PinLogById), HasSubstr("--replace"));
  EXPECT_EQ(Pinned(), id_);
  options_.replace = true;
  Run(PinLogById);
  EXPECT_EQ(Pinned(), options_.id);
  EXPECT_THAT(Run(ShowLog), HasSubstr("is of another log"));
}

TEST_F(LogCommandsTest, PinDoesNotGoOverALogThatWasShownOrAgainstTheConfig) {
  Keep(log_, 12);
  options_.id = std::string(64, 'a');
  EXPECT_THAT(Run(PinLogById), HasSubstr("was shown ANOTHER log before"));
  EXPECT_EQ(Pinned(), "");
  WriteConfig(absl::StrCat("log_id: ", id_, "\n"));
  options_.replace = true;
  EXPECT_THAT(Run(PinLogById), HasSubstr("mend the config first"));
}

TEST_F(LogCommandsTest, ForgetKeepsWhatWasSeenAsEvidenceAndWantsNoDaemon) {
  Keep(log_, 12);
  {
    const auto lock = folder_.State().Lock();
    EXPECT_THAT(Run(ForgetLog), HasSubstr("stop the daemon first"));
  }
  EXPECT_THAT(Run(ForgetLog), HasSubstr("forgotten"));
  EXPECT_TRUE(status_.ok());
  EXPECT_FALSE(std::filesystem::exists(folder_.State().LogHeadFile()));
  std::string kept;
  for (const auto& file : std::filesystem::directory_iterator(folder_.State().EvidenceFolder())) {
    kept = *ReadFile(file.path());
  }
  EXPECT_EQ(kept, log_.HeadFile(12).Write());
  EXPECT_THAT(Run(ShowLog), HasSubstr("no log yet"));
}

TEST_F(LogCommandsTest, CheckTellsAFaultFromALogThatNobodyHasConfirmed) {
  using Level = Finding::Level;
  const v1::SiteConfig config = folder_.Config("va");
  const v1::Welcome first = GreetingWith(log_, 12);
  EXPECT_EQ(ExamineLog(config, &first).level, Level::kWarning);
  EXPECT_THAT(ExamineLog(config, &first).text, HasSubstr(id_));
  Keep(log_, 12);
  EXPECT_EQ(ExamineLog(config, nullptr).level, Level::kWarning);
  ASSERT_TRUE(PinLog(folder_.State(), id_).ok());
  EXPECT_EQ(ExamineLog(config, nullptr).level, Level::kFine);
  const v1::Welcome later = GreetingWith(log_, 15, 12), older = GreetingWith(log_.Fork(7), 7);
  EXPECT_EQ(ExamineLog(config, &later).level, Level::kFine);
  EXPECT_EQ(ExamineLog(config, &older).level, Level::kFault);
  EXPECT_THAT(ExamineLog(config, &older).text, HasSubstr("has seen 12 entries"));
}

}  // namespace
}  // namespace accord
