// A site's policy that one operator edits, while the daemon runs and before it is started again. It can tighten what
// all signed and nothing else: a line that loosens, or a text that is none, stops every job in words, and not the
// daemon.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "tests/integration/lied_to_federation.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

constexpr char kPolicy[] = "data_sets: [{name: trivial, purposes: [measure-rounds]}]\n";
constexpr char kLoosens[] = "floors: {min_rows: 1}\n";
constexpr uint32_t kManyRounds = 1000;  // more than ever end here

struct BadPolicy {
  const char* name;
  std::string text;
  const char* words;
};

std::vector<BadPolicy> BadPolicies() {
  std::string laughs = "a0: &a0 lol\n";
  for (int i = 1; i < 10; ++i) {
    absl::StrAppend(&laughs, "a", i, ": &a", i, " [*a", i - 1, ", *a", i - 1, ", *a", i - 1, "]\n");
  }
  return {
      {"a line that loosens", absl::StrCat(kLoosens, kPolicy), "the charter's floors.min_rows"},
      {"a gigabyte", std::string(1000, '['), "is larger than"},
      {"nested lists", "data_sets: " + std::string(100'000, '[') + "\n", "nested more than"},
      {"anchors", laughs, "anchor"},
      {"duplicate keys", absl::StrCat("people: [engineer]\npeople: [bela]\n", kPolicy), "a second time"},
      {"not UTF-8", absl::StrCat("people: [\xff\xfe]\n", kPolicy), "UTF-8"},
      // CYRILLIC SMALL LETTER IE
      {"homoglyphs",
       absl::StrCat("people: [\xd0\xb5"
                    "ngineer]\n",
                    kPolicy),
       "policy.yaml:1: people["},
  };
}

class EditedPolicy : public LiedToFederation {
 protected:
  void StartWithPolicies() {
    SetUpPeople({}, "policy: policy.yaml\n");
    if (HasFatalFailure()) return;
    for (size_t site = 0; site < kSites; ++site) WritePolicy(site, kPolicy);
    charter_ = SignedCharterWith({});
    PinAtSites(charter_);
    if (HasFatalFailure()) return;
    StartSitesBehindTheLiar();
  }
  std::string PolicyOf(size_t site) const { return Path("sites/" + federation_->site_name(site) + "/policy.yaml"); }
  void WritePolicy(size_t site, const std::string& text) {
    ASSERT_TRUE(WriteFileAtomically(PolicyOf(site), text).ok());
  }
  // The policy of site-1 as it is now, with this person's signature and those of `before`; its file.
  std::string SignedPolicyBy(const std::string& person, const std::string& before = "") {
    const std::string file = Path(absl::StrCat(person, "-", ++signed_, ".policy"));
    std::vector<std::string> words = {"policy",       "sign",   PolicyOf(0),
                                      "--charter",    charter_, "--roster",
                                      Path("roster"), "--site", federation_->site_name(0),
                                      "-o",           file};
    if (!before.empty()) words.insert(words.end(), {"--add-to", before});
    As(person, words);
    return file;
  }
  uint64_t Uploads() const { return liar_->UploadsOf(federation_->site_name(0)); }
  // The attempts at the job that site-1 has said no to, in their order, each once.
  std::vector<v1::PlanId> RefusedOf(const std::string& id) const {
    std::vector<v1::PlanId> refused;
    for (const v1::SiteMessage& message : liar_->SaidBy(federation_->site_name(0))) {
      if (!message.has_refusal() || message.refusal().plan().job_id() != id) continue;
      const v1::PlanId& plan = message.refusal().plan();
      if (refused.empty() || refused.back().attempt() != plan.attempt()) refused.push_back(plan);
    }
    return refused;
  }
  v1::PlanId AwaitRefused(const std::string& id, size_t index) const {
    const absl::Time deadline = absl::Now() + absl::Seconds(60) * kSlowdown;
    while (RefusedOf(id).size() <= index && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(20));
    const std::vector<v1::PlanId> refused = RefusedOf(id);
    EXPECT_GT(refused.size(), index) << "it was not asked again";
    return index < refused.size() ? refused[index] : v1::PlanId();
  }
  // From the first attempt that is refused from now on to the second nothing of rows leaves, and the second is not even
  // computed. `before`: attempts that were refused when the policy was still good.
  void ExpectNothingLeavesWhileItIsRefused(const std::string& id, size_t before) {
    AwaitRefused(id, before);
    const uint64_t uploads = Uploads(), bytes = liar_->UploadedBytesOf(federation_->site_name(0));
    const v1::PlanId again = AwaitRefused(id, before + 1);
    EXPECT_EQ(Uploads(), uploads) << "nothing leaves under a policy that does not hold";
    EXPECT_EQ(liar_->UploadedBytesOf(federation_->site_name(0)), bytes);
    for (const v1::SiteMessage& message : liar_->SaidBy(federation_->site_name(0))) {
      EXPECT_FALSE(message.has_progress() && message.progress().phase() == v1::Progress::COMPUTING &&
                   message.progress().plan().attempt() == again.attempt());
    }
  }
  // The next rounds, with this site's vector in them.
  void ExpectTheJobGoesOn(const std::string& id) {
    const uint64_t uploads = Uploads();
    const uint32_t rounds = AwaitRounds(id, 0).rounds_done();
    AwaitRounds(id, rounds + 1);
    EXPECT_GT(Uploads(), uploads);
  }

 private:
  int signed_ = 0;
};

TEST_F(EditedPolicy, StopsEveryJobInWordsAndNotTheDaemonUntilItIsMended) {
  StartWithPolicies();
  ASSERT_FALSE(HasFailure());
  const std::string id = SubmitApproved(Order(SlowJob(kManyRounds, kSites), charter_));
  AwaitRounds(id, 1);
  for (const BadPolicy& bad : BadPolicies()) {
    SCOPED_TRACE(bad.name);
    const size_t refused = RefusedOf(id).size();
    WritePolicy(0, bad.text);
    if (std::string(bad.name) == "a gigabyte") {
      std::filesystem::resize_file(PolicyOf(0), uintmax_t{1} << 30);  // the disk need not have it
    }
    ExpectRefused(0, bad.words, id);
    ExpectNothingLeavesWhileItIsRefused(id, refused);
    EXPECT_TRUE(federation_->site(0).running());
    AtSite(0, {"status"});  // it answers
    WritePolicy(0, kPolicy);
    ExpectTheJobGoesOn(id);
  }
  As("engineer", {"job", "cancel", id});
}

TEST_F(EditedPolicy, ThatLoosensKeepsTheDaemonFromStartingWithTheClauseThatItContradicts) {
  StartWithPolicies();
  ASSERT_FALSE(HasFailure());
  const std::string id = SubmitApproved(Order(SlowJob(kManyRounds, kSites), charter_));
  AwaitRounds(id, 1);
  federation_->site(0).Stop();
  const uint64_t uploads = Uploads();
  WritePolicy(0, absl::StrCat(kLoosens, kPolicy));
  ASSERT_TRUE(federation_->StartSite(0).ok());
  const auto status = federation_->site(0).WaitForExit(absl::Seconds(60) * kSlowdown);
  ASSERT_TRUE(status.ok()) << status.status().message();
  EXPECT_EQ(*status, 1) << "by itself, and by no signal";
  EXPECT_THAT(federation_->site(0).Output(), HasSubstr("policy.yaml:1: floors.min_rows"));
  EXPECT_THAT(federation_->site(0).Output(), HasSubstr("the charter's floors.min_rows"));
  EXPECT_EQ(Uploads(), uploads);
  WritePolicy(0, kPolicy);
  ASSERT_TRUE(federation_->StartSite(0).ok());
  ExpectTheJobGoesOn(id);
  As("engineer", {"job", "cancel", id});
}

// bela and clara are of the organisation of site-1, and both have to sign; the other sites have no policy.
TEST_F(EditedPolicy, WithinTheCharterStopsEveryJobUntilASecondPersonHasSignedIt) {
  SetUpPeople();
  ASSERT_FALSE(HasFailure());
  const std::string config = Path("sites/" + federation_->site_name(0) + "/client.yaml");
  ASSERT_TRUE(WriteFileAtomically(config, absl::StrCat(ReadFile(config).value_or(""), "policy: policy.yaml\n")).ok());
  WritePolicy(0, kPolicy);
  charter_ = SignedCharterWith({{"\nretention:", "\nsite_policies: {people: 2, roles: [lead, steward]}\nretention:"}});
  PinAtSites(charter_);
  ASSERT_FALSE(HasFailure());
  AtSite(0, {"policy", "take", SignedPolicyBy("bela", SignedPolicyBy("clara"))});
  StartSitesBehindTheLiar();
  ASSERT_FALSE(HasFailure());
  const std::string id = SubmitApproved(Order(SlowJob(kManyRounds, kSites), charter_));
  AwaitRounds(id, 1);

  const size_t refused = RefusedOf(id).size();
  WritePolicy(0, absl::StrCat("refused_tags: [policing]\n", kPolicy));
  ExpectRefused(0, "is not what the charter's site_policies", id);
  const std::string alone = SignedPolicyBy("bela");
  const auto taken = federation_->Client(0, {"policy", "take", alone});
  ASSERT_FALSE(taken.ok());
  EXPECT_THAT(std::string(taken.status().message()), HasSubstr("is signed by bela of those who may"));
  EXPECT_THAT(AtSite(0, {"policy", "show"}), HasSubstr("NO JOB RUNS HERE"));
  ExpectNothingLeavesWhileItIsRefused(id, refused);
  AtSite(0, {"policy", "take", SignedPolicyBy("clara", alone)});
  ExpectTheJobGoesOn(id);
  As("engineer", {"job", "cancel", id});
}

}  // namespace
}  // namespace accord
