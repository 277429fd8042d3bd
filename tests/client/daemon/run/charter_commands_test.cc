#include "client/daemon/run/charter_commands.h"

#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/daemon/governance/charter_pin.h"
#include "client/daemon/governance/pinned_charter.h"
#include "client/daemon/run/charter_finding.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/client/daemon/governance/governed_site.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class CharterCommandsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(ForgetCharterPin(site_.State()).ok());
    std::filesystem::remove_all(site_.State().CharterFolder());
    WriteConfig("");
    options_.config_path = site_.folder().Path("client.yaml");
    options_.file = site_.folder().Path("charter.yaml");
    Write(first_, options_.file);
  }
  void WriteConfig(const std::string& more) {
    const std::string text = absl::StrCat("coordinator: localhost:1\nsite: va\nstate_dir: state\n", more);
    ASSERT_TRUE(WriteFileAtomically(site_.folder().Path("client.yaml"), text).ok());
  }
  static void Write(const SignedCharter& charter, const std::string& path) {
    ASSERT_TRUE(WriteFileAtomically(path, charter.Text()).ok());
  }
  std::string Run(absl::Status (*command)(const CharterFileOptions&, std::ostream&)) {
    std::ostringstream out;
    status_ = command(options_, out);
    return status_.ok() ? out.str() : std::string(status_.message());
  }
  std::string PinnedHash() { return ReadCharterPin(site_.State(), "").value_or("?"); }
  static std::string HashOf(const SignedCharter& charter) { return HexDigest(charter.charter()->hash()); }
  // The next version, with more rows as its floor, signed by all.
  SignedCharter Amendment() {
    SignedCharter amended = site_.federation().SignedByAll(
        site_.federation().Written({{"version: 1\n", absl::StrCat("version: 2\nformer_sha256: ", HashOf(first_), "\n")},
                                    {"min_rows: 50", "min_rows: 60"}}));
    site_.federation().SignAs(amended, "clara");
    return amended;
  }

  GovernedSite site_;
  const SignedCharter first_ = site_.federation().SignedByAll(site_.federation().Written());
  CharterFileOptions options_;
  absl::Status status_;
};

TEST_F(CharterCommandsTest, PinChecksTheCharterAndPinsIt) {
  const std::string text = Run(PinCharterFile);
  ASSERT_TRUE(status_.ok()) << status_;
  EXPECT_THAT(text, AllOf(HasSubstr("heart-network, version 1"), HasSubstr("pinned " + HashOf(first_))));
  EXPECT_EQ(PinnedHash(), HashOf(first_));
  PinnedCharter pinned(site_.config());
  EXPECT_TRUE(pinned.Current().ok()) << pinned.Current().status();
  Run(PinCharterFile);  // once more does no harm
  EXPECT_TRUE(status_.ok());
}

TEST_F(CharterCommandsTest, PinRefusesACharterThatIsNotActiveWithAllThatItLacks) {
  SignedCharter draft(site_.federation().Written());
  site_.federation().Sign(draft, "va");
  Write(draft, options_.file);
  EXPECT_THAT(Run(PinCharterFile),
              AllOf(HasSubstr("is not active"), HasSubstr("4 of 4 sites, and 1 have signed"), HasSubstr("ombudsman")));
  EXPECT_EQ(PinnedHash(), "");
}

TEST_F(CharterCommandsTest, PinTakesTheVersionBeforeFromWhatWasPinned) {
  Run(PinCharterFile);
  Write(Amendment(), options_.file);
  EXPECT_THAT(Run(PinCharterFile), AllOf(HasSubstr("nothing was changed"), HasSubstr("ANOTHER charter"),
                                         HasSubstr("+   min_rows: 60"), HasSubstr("--replace")));
  options_.replace = true;
  Run(PinCharterFile);
  ASSERT_TRUE(status_.ok()) << status_;
  EXPECT_EQ(PinnedHash(), HashOf(Amendment()));
  PinnedCharter pinned(site_.config());
  EXPECT_TRUE(pinned.Current().ok()) << "with the version before, which is kept: " << pinned.Current().status();
}

TEST_F(CharterCommandsTest, PinTakesTheVersionBeforeFromAFile) {
  options_.former = site_.folder().Path("former.yaml");
  Write(first_, options_.former);
  SignedCharter amended = Amendment();
  amended.Drop("person/clara");  // whom the first version demands for amendments of it
  Write(amended, options_.file);
  EXPECT_THAT(Run(PinCharterFile), AllOf(HasSubstr("amendments"), HasSubstr("steward")));
  Write(Amendment(), options_.file);
  Run(PinCharterFile);
  ASSERT_TRUE(status_.ok()) << status_;
  EXPECT_TRUE(ReadKeptCharter(site_.State(), HashOf(first_)).ok()) << "kept, for judging the amendment anew";
}

TEST_F(CharterCommandsTest, PinRefusesACharterThatThePolicyLoosens) {
  ASSERT_TRUE(WriteFileAtomically(site_.folder().Path("policy.yaml"), "floors: {min_rows: 40}\n").ok());
  WriteConfig("policy: policy.yaml\n");
  EXPECT_THAT(Run(PinCharterFile), AllOf(HasSubstr("policy does not go with the charter"),
                                         HasSubstr("floors.min_rows: is 40, and the charter's floors.min_rows")));
  EXPECT_EQ(PinnedHash(), "");
}

TEST_F(CharterCommandsTest, ConfigAndPinMustAgree) {
  WriteConfig(absl::StrCat("charter_sha256: ", std::string(64, '0'), "\n"));
  EXPECT_THAT(Run(PinCharterFile), HasSubstr("charter_sha256"));
  WriteConfig(absl::StrCat("charter_sha256: ", HashOf(first_), "\n"));
  Run(PinCharterFile);
  EXPECT_TRUE(status_.ok()) << status_;
  EXPECT_THAT(Run(ForgetCharter), HasSubstr("take that line out first"));
}

TEST_F(CharterCommandsTest, ShowAndForget) {
  EXPECT_THAT(Run(ShowCharter), AllOf(HasSubstr("It is active."), HasSubstr("has pinned no charter yet")));
  Run(PinCharterFile);
  options_.file.clear();
  EXPECT_THAT(Run(ShowCharter), HasSubstr("It is the charter that this site has pinned."));
  options_.json = true;
  const nlohmann::json shown = nlohmann::json::parse(Run(ShowCharter));
  EXPECT_EQ(shown["hash"], HashOf(first_));
  EXPECT_EQ(shown["active"], true);
  EXPECT_EQ(shown["pinned_here"], true);
  EXPECT_THAT(Run(ForgetCharter), HasSubstr("goes by its own configuration alone"));
  EXPECT_EQ(PinnedHash(), "");
  EXPECT_THAT(Run(ShowCharter), HasSubstr("no charter is pinned here"));
}

TEST_F(CharterCommandsTest, CheckTellsOfTheCharterAndItsEnd) {
  EXPECT_EQ(ExamineCharterOf(site_.config(), At("2027-03-01T00:00:00Z")).level, Finding::Level::kFine);
  Run(PinCharterFile);
  const auto at = [&](const char* time) { return ExamineCharterOf(site_.config(), At(time)); };
  EXPECT_EQ(at("2027-03-01T00:00:00Z").level, Finding::Level::kFine);
  EXPECT_EQ(at("2026-03-01T00:00:00Z").level, Finding::Level::kWarning);
  EXPECT_EQ(at("2027-12-20T00:00:00Z").level, Finding::Level::kWarning);
  EXPECT_EQ(at("2028-01-01T00:00:00Z").level, Finding::Level::kFault);
  site_.UsePolicy("floors: {min_rows: 40}\n");
  EXPECT_THAT(at("2027-03-01T00:00:00Z").text, HasSubstr("floors.min_rows: is 40"));
}

}  // namespace
}  // namespace accord
