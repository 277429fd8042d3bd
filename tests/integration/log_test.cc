// The federation's log through the programs' own command lines: it grows under the eyes of the sites, anybody checks it
// offline, and a coordinator that was set back is found out.
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "gmock/gmock.h"
#include "tests/integration/lied_to_federation.h"
#include "trust/log/log_file.h"
#include "trust/log/log_head.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class LogOfAFederation : public LiedToFederation {
 protected:
  std::string Coordinator(const std::vector<std::string>& arguments) {
    const auto output = federation_->Coordinator(arguments);
    EXPECT_TRUE(output.ok()) << output.status().message();
    return output.value_or("");
  }
  std::string Client(size_t site, const std::vector<std::string>& arguments) {
    const auto output = federation_->Client(site, arguments);
    EXPECT_TRUE(output.ok()) << output.status().message();
    return output.value_or("");
  }
  std::string HeadFile(size_t site) {
    return Path(absl::StrCat("sites/", federation_->site_name(site), "/state/log.head"));
  }
  uint64_t SizeKept(size_t site) {
    const auto file = HeadOfLog::Parse(ReadFile(HeadFile(site)).value_or(""));
    EXPECT_TRUE(file.ok()) << file.status();
    return file.ok() ? ParseLogHead(file->head.bytes)->tree_size : 0;
  }
  std::string Job(uint32_t rounds = 2) {
    bench::TrivialJob job;
    job.plain_sum = false;
    job.rounds = rounds;
    job.min_sites = job.target_sites = 3;
    return job.Yaml();
  }
  // In a folder of the site's state, until there are so many.
  std::vector<std::string> AwaitFiles(size_t site, const std::string& folder, const std::string& extension,
                                      size_t least) {
    const std::string path = Path(absl::StrCat("sites/", federation_->site_name(site), "/state/", folder));
    const absl::Time deadline = absl::Now() + absl::Seconds(60) * kSlowdown;
    std::vector<std::string> files;
    while (absl::Now() < deadline) {
      files.clear();
      std::error_code none_yet;
      for (const auto& file : std::filesystem::directory_iterator(path, none_yet)) {
        if (file.path().extension() == extension) files.push_back(file.path().string());
      }
      if (files.size() >= least) return files;
      absl::SleepFor(absl::Milliseconds(50));
    }
    ADD_FAILURE() << files.size() << " files of " << least << " in " << path;
    return files;
  }
  // What somebody who has files alone makes of a coordinator that was set back: the site's signed refusal, the older
  // log beside the site's head, and the heads that the site was shown beside the log that it had seen.
  void ExpectShownToAThirdParty(size_t site, uint64_t seen, const std::string& older) {
    const std::vector<std::string> refusals = AwaitFiles(site, "refusals", ".refusal", 1);
    for (const std::string& file : refusals) {
      EXPECT_THAT(CheckedOffline(file),
                  AllOf(HasSubstr("Site " + federation_->site_name(site) + " signed"),
                        HasSubstr(absl::StrCat("this site has seen ", seen, " entries of the federation's log"))));
    }
    const auto cut_off = federation_->Accord({"audit", "verify", older, "--against", HeadFile(site)});
    EXPECT_THAT(std::string(cut_off.status().message()), HasSubstr("the end was cut off, or the log is forked"));
    size_t forked = 0;
    for (const std::string& head : AwaitFiles(site, "evidence", ".log-head", 2)) {
      const auto verified = federation_->Accord({"audit", "verify", Path("whole.log"), "--against", head});
      // What it had signed before it was set back is of the one log still, and accuses nobody.
      if (verified.ok()) continue;
      EXPECT_THAT(std::string(verified.status().message()), HasSubstr("the log's keeper has signed two stories"));
      ++forked;
    }
    EXPECT_GT(forked, 0u) << federation_->site_name(site);
  }
  // Until the site's status says so of the log.
  std::string AwaitStatus(size_t site, const std::string& words) {
    const absl::Time deadline = absl::Now() + absl::Seconds(60) * kSlowdown;
    std::string status;
    while (absl::Now() < deadline) {
      status = federation_->Client(site, {"status"}).value_or("");
      if (absl::StrContains(status, words)) return status;
      absl::SleepFor(absl::Milliseconds(50));
    }
    ADD_FAILURE() << "waited for \"" << words << "\" in:\n" << status;
    return status;
  }
};

TEST_F(LogOfAFederation, IsCheckedOfflineAgainstWhatTheSitesSawAndPinned) {
  Start(bench::TrivialSites(3));
  Finish(Submit(Job()));
  Coordinator({"log", "export", "--out", Path("whole.log")});
  for (size_t site = 0; site < 3; ++site) {
    EXPECT_GT(SizeKept(site), 7u) << "members, the roster, the job and its first round are behind it";
    const auto verified = federation_->Accord({"audit", "verify", Path("whole.log"), "--against", HeadFile(site)});
    ASSERT_TRUE(verified.ok()) << verified.status().message();
    EXPECT_THAT(*verified, HasSubstr("The log holds."));
  }
  EXPECT_THAT(Client(0, {"log", "show"}), HasSubstr("NOT PINNED"));
  EXPECT_THAT(Client(0, {"check"}), HasSubstr("warning  log: "));
  Client(0, {"log", "pin"});
  EXPECT_THAT(Client(0, {"log", "show"}), HasSubstr("pinned: no other log"));
  EXPECT_THAT(Client(0, {"status"}), HasSubstr("entries, as pinned"));
  Finish(Submit(Job()));
}

// As the sandbox of trainers is made: in a network of its own, in which nobody else is.
TEST_F(LogOfAFederation, IsVerifiedByAProgramThatHasNoNetwork) {
  const std::vector<std::string> cut_off = {"/usr/bin/bwrap", "--dev-bind", "/", "/", "--unshare-net"};
  const auto run_cut_off = [&](std::vector<std::string> words) {
    words.insert(words.begin(), cut_off.begin(), cut_off.end());
    return bench::RunProgram(words, absl::Seconds(60) * kSlowdown);
  };
  if (const auto works = run_cut_off({"/bin/true"}); !works.ok()) {
    GTEST_SKIP() << "bubblewrap cannot run here: " << works.status().message();
  }
  Share(3);
  const std::string job = Submit(Job());
  Finish(job);
  const std::string model = Path("no-network.bin"), provenance = model + ".provenance.json";
  const auto exported = federation_->Accord({"model", "export", job, "-o", model, "--format", "parameters"});
  ASSERT_TRUE(exported.ok()) << exported.status().message();
  const std::string log = Path("no-network.log");
  Coordinator({"log", "export", "--out", log});
  // Somebody who has never logged in anywhere: the profile's folder is not there.
  const std::vector<std::string> accord = {"/usr/bin/env", "ACCORD_PROFILE=" + Path("nobody"),
                                           federation_->Binary("accord")};
  const auto accord_cut_off = [&](std::vector<std::string> words) {
    words.insert(words.begin(), accord.begin(), accord.end());
    return run_cut_off(std::move(words));
  };
  const auto verified = accord_cut_off({"audit", "verify", log, "--against", HeadFile(0)});
  ASSERT_TRUE(verified.ok()) << verified.status().message();
  EXPECT_THAT(*verified, HasSubstr("The log holds."));
  const auto lineage = accord_cut_off({"audit", "verify", provenance, "--model", model, "--log", log});
  ASSERT_TRUE(lineage.ok()) << lineage.status().message();
  EXPECT_THAT(*lineage, HasSubstr("The provenance holds."));
  // There is none: the engineer, who is logged in, does not reach the coordinator.
  const auto reached =
      run_cut_off({"/usr/bin/env", "ACCORD_PROFILE=" + Path("engineer"), federation_->Binary("accord"), "job", "list"});
  ASSERT_FALSE(reached.ok()) << *reached;
  EXPECT_THAT(std::string(reached.status().message()), HasSubstr(federation_->address()));
}

TEST_F(LogOfAFederation, ShowsAThirdPartyWhereAModelComesFrom) {
  Share(3);
  const std::string job = Submit(Job());
  Finish(job);
  const std::string model = Path("model.bin"), provenance = Path("model.bin.provenance.json");
  const auto exported = federation_->Accord({"model", "export", job, "-o", model, "--format", "parameters"});
  ASSERT_TRUE(exported.ok()) << exported.status().message();
  EXPECT_THAT(*exported, HasSubstr("wrote " + provenance));
  Coordinator({"log", "export", "--out", Path("whole.log")});
  const std::string log_id = HexDigest(LogIdOf(HeadOfLog::Parse(*ReadFile(HeadFile(0)))->first_entry));
  const auto verified = federation_->Accord(
      {"audit", "verify", provenance, "--model", model, "--log", Path("whole.log"), "--log-id", log_id});
  ASSERT_TRUE(verified.ok()) << verified.status().message();
  EXPECT_THAT(*verified, HasSubstr("The provenance holds."));
  EXPECT_THAT(*verified, HasSubstr("enrolled by entry"));
}

// The coordinator stands behind the liar, which tells the truth and notes what reaches it.
TEST_F(LogOfAFederation, OfACoordinatorThatWasRestoredFromAnOlderCopyIsRefusedWithBothSizes) {
  SetUpPeople();
  ASSERT_FALSE(HasFailure());
  PutTheLiarBetween();
  ASSERT_FALSE(HasFailure());
  ASSERT_TRUE(federation_->StartSites().ok());
  const auto copy = [](const std::string& from, const std::string& to) {
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  };
  const std::string state = Path("coordinator/state");
  federation_->coordinator().Stop();
  copy(state, Path("yesterday"));
  ASSERT_TRUE(federation_->StartCoordinator().ok());
  Finish(Submit(Job(8)));  // so long that the older copy does not grow as far below: then no site could go on
  const uint64_t seen = SizeKept(0);
  std::vector<uint64_t> uploads;
  for (size_t site = 0; site < 3; ++site) uploads.push_back(liar_->UploadsOf(federation_->site_name(site)));

  federation_->coordinator().Stop();
  copy(state, Path("today"));
  copy(Path("yesterday"), state);
  ASSERT_TRUE(federation_->StartCoordinator().ok());
  const std::string words = absl::StrCat("NO PLAN IS TAKEN: this site has seen ", seen,
                                         " entries of the federation's log, and the coordinator names a head of ");
  for (size_t site = 0; site < 3; ++site) {
    EXPECT_THAT(AwaitStatus(site, words), HasSubstr("restored from an older copy"));
  }
  const std::string older = Path("older.log");
  Coordinator({"log", "export", "--out", older});
  // Nothing of a job happens; its report names the reason.
  const std::string refused = Submit(Job());
  const v1::JobReport report = Await(refused, [](const v1::JobReport& now) { return !now.rounds().empty(); });
  EXPECT_EQ(report.rounds(0).outcome(), v1::ROUND_ABANDONED);
  ASSERT_FALSE(report.rounds(0).absences().empty());
  EXPECT_THAT(report.rounds(0).absences(0).reason(), HasSubstr(absl::StrCat("has seen ", seen, " entries")));
  for (size_t site = 0; site < 3; ++site) {
    ExpectRefused(site, absl::StrCat("this site has seen ", seen, " entries"), refused);
    AwaitRefusals(site, 2, "this site has seen", refused);  // asked once more it is no different
    ExpectNothingLeft(site, refused);
    EXPECT_EQ(liar_->UploadsOf(federation_->site_name(site)), uploads[site]) << "of any job";
    for (const v1::SiteMessage& said : liar_->SaidBy(federation_->site_name(site))) {
      EXPECT_FALSE(said.has_key_answer() && said.key_answer().plan().job_id() == refused);
    }
  }
  ASSERT_TRUE(federation_->Accord({"job", "cancel", refused}).ok());
  // By now the older copy has signed heads of another story, and greets with one.
  federation_->coordinator().Stop();
  ASSERT_TRUE(federation_->StartCoordinator().ok());
  for (size_t site = 0; site < 3; ++site) AwaitFiles(site, "evidence", ".log-head", 2);

  // The newer copy is put back, and all is well.
  federation_->coordinator().Stop();
  copy(Path("today"), state);
  ASSERT_TRUE(federation_->StartCoordinator().ok());
  for (size_t site = 0; site < 3; ++site) AwaitStatus(site, "entries, as the coordinator showed it first");
  Coordinator({"log", "export", "--out", Path("whole.log")});
  for (size_t site = 0; site < 3; ++site) ExpectShownToAThirdParty(site, seen, older);
  Finish(Submit(Job()));
}

}  // namespace
}  // namespace accord
