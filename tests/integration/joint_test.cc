// Two federations that work together, over real programs: anchors, the joint charter that has the stricter of each
// field, a job to its end under it, and what each site refuses by itself whatever the joint federation's coordinator
// brings.
//
//   Hearts   site-1, site-2    few sites are enough
//   Lungs    site-3, site-4    more rows at each
//   joint    site-1, site-2, site-3
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/private_file.h"
#include "gmock/gmock.h"
#include "proto/validation/job_validation.h"
#include "tests/integration/lied_to_federation.h"
#include "trust/charter/job_order.h"
#include "trust/charter/signed_statement.h"
#include "trust/identity/key_pair.h"
#include "trust/identity/signing.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// One of the two behind the joint one. Its own daemons do not run: people do all of it.
struct Member {
  std::unique_ptr<bench::Federation> federation;
  std::unique_ptr<bench::Governance> governance;
  std::string charter;  // files, as those of anchors
  std::string anchor;
  std::string older_anchor;
};

class JointFederation : public LiedToFederation {
 protected:
  void SetUp() override {
    hearts_.federation = Founded({{"site-1", {}}, {"site-2", {}}}, "Hearts");
    lungs_.federation = Founded({{"site-3", {}}, {"site-4", {}}}, "Lungs");
    federation_ = Founded(bench::TrivialSites(kSites), "Hearts and Lungs");
    ASSERT_FALSE(HasFailure());
    hearts_.governance = Governed(*hearts_.federation);
    lungs_.governance = Governed(*lungs_.federation);
    governance_ = Governed(*federation_);
    ASSERT_FALSE(HasFailure());
    hearts_.charter = SignedCharterOf(hearts_, OfHearts(50), "charter-1");
    PinIn(hearts_, hearts_.charter);
    lungs_.charter = SignedCharterOf(
        lungs_, {{"name: trivial-network", "name: lungs"}, {"min_rows: 50", "min_rows: 70"}}, "charter-1");
    PinIn(lungs_, lungs_.charter);
    ASSERT_FALSE(HasFailure());
    AgreeOnAnchors();
  }

  static std::unique_ptr<bench::Federation> Founded(std::vector<bench::SiteSetup> sites, const std::string& name) {
    auto federation = bench::Federation::Create(ACCORD_BINARY_DIR, std::move(sites), name);
    EXPECT_TRUE(federation.ok()) << federation.status().message();
    return federation.ok() ? *std::move(federation) : nullptr;
  }
  static std::unique_ptr<bench::Governance> Governed(bench::Federation& federation) {
    auto governance = bench::Governance::Create(federation);
    EXPECT_TRUE(governance.ok()) << governance.status().message();
    return governance.ok() ? *std::move(governance) : nullptr;
  }
  static Changes OfHearts(int min_rows) {
    return {{"name: trivial-network", "name: hearts"},
            {"min_sites: 3", "min_sites: 2"},
            {"min_organisations: 3", "min_organisations: 2"},
            {"min_colluding_organisations: 1", "min_colluding_organisations: 0"},
            {"min_rows: 50", absl::StrCat("min_rows: ", min_rows)}};
  }
  // Its people are those of the joint federation, with their keys there: who acts for both is in both charters.
  std::string SignedCharterOf(const Member& member, const Changes& changes, const std::string& name, int version = 1,
                              const std::string& former_sha256 = "") {
    std::string text = *governance_->CharterText(version, former_sha256);
    Changes all = {{"  - {name: Organisation of site-3}\n",
                    "  - {name: Organisation of site-3}\n  - {name: Organisation of site-4}\n"}};
    all.insert(all.end(), changes.begin(), changes.end());
    for (const auto& [from, to] : all) {
      EXPECT_THAT(text, HasSubstr(from));
      text = absl::StrReplaceAll(text, {{from, to}});
    }
    const auto file = member.governance->SignedBySites(text, name);
    EXPECT_TRUE(file.ok()) << file.status().message();
    return file.value_or("");
  }
  static void PinIn(const Member& member, const std::string& charter, bool replaces = false) {
    const absl::Status pinned = member.governance->PinEverywhere(charter, replaces);
    EXPECT_TRUE(pinned.ok()) << pinned.message();
  }
  static std::string RosterOf(const Member& member) { return member.federation->folder() + "/roster"; }

  // Of the member for the joint federation, signed by all its sites; its file.
  std::string AnchorOf(const Member& member, const std::string& name) {
    const std::string file = member.federation->folder() + "/" + name;
    ClientOf(member, 0, {"anchor", "write", Path("roster"), "--out", file});
    for (size_t site = 0; site < member.federation->num_sites(); ++site) {
      std::vector<std::string> words = {"anchor", "sign", file};
      for (size_t joint = 0; joint < kSites; ++joint) {
        if (federation_->site_name(joint) != member.federation->site_name(site)) continue;
        words.insert(words.end(), {"--joint", federation_->SiteConfigPath(joint)});
      }
      ClientOf(member, site, words);
    }
    return file;
  }
  static std::string ClientOf(const Member& member, size_t site, const std::vector<std::string>& arguments) {
    const auto output = member.federation->Client(site, arguments);
    EXPECT_TRUE(output.ok()) << output.status().message();
    return output.value_or("");
  }
  void AgreeOnAnchors() {
    lungs_.older_anchor = AnchorOf(lungs_, "older.anchor");
    // An anchor says to the second when it was made.
    const absl::Time next_second = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()) + 1);
    hearts_.anchor = AnchorOf(hearts_, "the.anchor");
    while (absl::Now() < next_second) absl::SleepFor(absl::Milliseconds(10));
    lungs_.anchor = AnchorOf(lungs_, "the.anchor");
  }

  const Member& Own(size_t site) const { return site < 2 ? hearts_ : lungs_; }
  const Member& Other(size_t site) const { return site < 2 ? lungs_ : hearts_; }
  // `anchor`: of the other federation.
  absl::StatusOr<std::string> PinAnchors(size_t site, const std::string& anchor) {
    const Member& other = Other(site);
    return federation_->Client(
        site, {"joint", "pin", "--own", Own(site).federation->SiteConfigPath(site % 2), "--own-anchor",
               Own(site).anchor, "--anchor", anchor, "--roster", RosterOf(other), "--charter", other.charter});
  }
  void PinAnchorsEverywhere() {
    for (size_t site = 0; site < kSites; ++site) {
      const auto pinned = PinAnchors(site, Other(site).anchor);
      ASSERT_TRUE(pinned.ok()) << pinned.status().message();
      EXPECT_THAT(*pinned, HasSubstr("COMPARE BY TELEPHONE"));
    }
  }
  std::string WhyNotPinned(size_t site, const std::string& anchor) {
    const auto pinned = PinAnchors(site, anchor);
    EXPECT_FALSE(pinned.ok()) << *pinned;
    return std::string(pinned.status().message());
  }
  // The draft, as the program writes it.
  std::string JoinedText() {
    const std::string file = Path("joint.yaml");
    joined_words_ = As("engineer", {"charter", "join", hearts_.charter, lungs_.charter, "--rosters", RosterOf(hearts_),
                                    RosterOf(lungs_), "--name", "hearts-and-lungs", "-o", file});
    return ReadWhole(file);
  }
  std::string SignedJointly(const std::string& text, const std::string& name) {
    const auto file = governance_->SignedBySites(text, name);
    EXPECT_TRUE(file.ok()) << file.status().message();
    return file.value_or("");
  }
  // All is pinned, and the daemons run behind the liar; the coordinator has no charter yet.
  void StartJointly() {
    PinAnchorsEverywhere();
    charter_ = SignedJointly(JoinedText(), "joint-1");
    PinAtSites(charter_);
    if (HasFailure()) return;
    PutTheLiarBetween();
    const absl::Status started = federation_->StartSites();
    ASSERT_TRUE(started.ok()) << started.message();
  }
  // What Hearts alone would let run.
  static std::string BelowTheJointFloor(const std::string& name) {
    bench::TrivialJob job;
    job.name = name;
    job.rounds = 2;
    job.min_sites = 2;
    job.target_sites = kSites;
    return job.Yaml();
  }
  // The order of an engineer whose own tool names whatever charter it likes.
  std::string OrderNaming(const std::string& charter, const OrderedJob& job) {
    auto statement = SignedStatement::Parse(ReadWhole(job.order));
    EXPECT_TRUE(statement.ok()) << statement.status();
    auto order = statement.ok() ? ParseJobOrder(statement->bytes) : statement.status();
    EXPECT_TRUE(order.ok()) << order.status();
    if (!order.ok()) return "";
    order->charter = ParseHexDigest(HashOfCharter(charter)).value_or(Sha256Digest{});
    const auto pem = ReadPrivateFile(Path("engineer/key.pem"), 1 << 16);
    const auto key = pem.ok() ? KeyPair::FromPem(pem->content) : pem.status();
    const auto signer = key.ok() ? KeyPairSigner::Create(*key) : key.status();
    const auto made = signer.ok() ? SignedStatement::Sign(*WriteJobOrder(*order), kJobOrderDomain, *signer)
                                  : absl::StatusOr<SignedStatement>(signer.status());
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? made->Text() : "";
  }
  // The job without its engine knowing of an order, which the liar brings to every site.
  std::string BroughtByTheLiar(const OrderedJob& job, const std::string& order) {
    const auto id = federation_->Submit(ReadWhole(job.yaml));
    EXPECT_TRUE(id.ok()) << id.status().message();
    v1::CoordinatorMessage message;
    v1::JobPapers& papers = *message.mutable_job_papers();
    papers.set_job_id(id.value_or(""));
    const auto said = SignedStatement::Parse(order);
    const auto named = said.ok() ? ParseJobOrder(said->bytes) : said.status();
    EXPECT_TRUE(named.ok()) << named.status();
    if (named.ok()) papers.set_job_sha256(HexDigest(named->job));
    const auto spec = LoadJobSpec(job.yaml);
    EXPECT_TRUE(spec.ok()) << spec.status();
    if (spec.ok()) papers.set_job_inline(spec->SerializeAsString());
    papers.set_order(order);
    for (size_t site = 0; site < kSites; ++site) EXPECT_TRUE(liar_->Send(federation_->site_name(site), message));
    return id.value_or("");
  }

  Member hearts_;
  Member lungs_;
  std::string joined_words_;
};

TEST_F(JointFederation, AnchorsThatDoNotHoldAndAnOlderOneAreNotPinned) {
  ASSERT_FALSE(HasFailure());
  const std::string text = ReadWhole(lungs_.anchor);
  const std::string other = Path("other.anchor");
  ASSERT_TRUE(WriteFileAtomically(other, text.substr(0, text.rfind("site/site-4 "))).ok());
  EXPECT_THAT(WhyNotPinned(0, other), HasSubstr("2 organisations of the roster must sign it, and 1 did"));
  const std::string key_of_another = "roster version: 1\n";
  ASSERT_THAT(text, HasSubstr(key_of_another));
  ASSERT_TRUE(WriteFileAtomically(other, absl::StrReplaceAll(text, {{key_of_another, "roster version: 2\n"}})).ok());
  EXPECT_THAT(WhyNotPinned(0, other), HasSubstr("a signature is not good of"));
  EXPECT_THAT(WhyNotPinned(0, hearts_.anchor), HasSubstr("both anchors are of Hearts"));
  EXPECT_THAT(AtSite(0, {"joint", "show"}), HasSubstr("in no joint federation"));

  PinAnchorsEverywhere();
  EXPECT_THAT(WhyNotPinned(0, lungs_.older_anchor),
              AllOf(HasSubstr("nothing was changed"), HasSubstr("is older than the one that is pinned")));
}

TEST_F(JointFederation, AJointCharterThatIsWeakerInOneFieldIsPinnedNowhereAndTheFieldIsNamed) {
  ASSERT_FALSE(HasFailure());
  PinAnchorsEverywhere();
  const std::string joined = JoinedText();
  EXPECT_THAT(joined_words_, AllOf(HasSubstr("floors.min_rows: 70, of " + lungs_.charter + "; the other has 50"),
                                   HasSubstr("floors.min_sites: 3, of " + lungs_.charter + "; the other has 2")));
  struct Weaker {
    std::string from, to, words;
  };
  int number = 0;
  for (const Weaker& one : {Weaker{"min_rows: 70", "min_rows: 69", "floors.min_rows is 69, before 70"},
                            Weaker{"min_colluding_organisations: 1", "min_colluding_organisations: 0",
                                   "floors.min_colluding_organisations is 0, before 1"},
                            Weaker{"each_site: true", "each_site: false", "sites are not asked for their approval"}}) {
    ASSERT_THAT(joined, HasSubstr(one.from));
    const std::string weaker =
        SignedJointly(absl::StrReplaceAll(joined, {{one.from, one.to}}), absl::StrCat("weaker-", ++number));
    for (size_t site : {0, 2}) {
      const auto pinned = federation_->Client(site, {"charter", "pin", weaker});
      ASSERT_FALSE(pinned.ok()) << *pinned;
      EXPECT_THAT(std::string(pinned.status().message()),
                  AllOf(HasSubstr("is weaker"), HasSubstr("than the charter of Lungs"), HasSubstr(one.words)));
    }
  }
  PinAtSites(SignedJointly(joined, "joint-1"));
  EXPECT_THAT(AtSite(0, {"joint", "show"}), HasSubstr("under the charters of Hearts and Lungs too"));
}

TEST_F(JointFederation, AJobBelowTheStricterFloorIsRefusedByEverySiteWhateverCharterItsOrderNames) {
  StartJointly();
  ASSERT_FALSE(HasFailure());
  const OrderedJob older = Order(BelowTheJointFloor("under-hearts"), hearts_.charter);
  const OrderedJob own_tool = Order(BelowTheJointFloor("under-both"), hearts_.charter);
  const auto by_program = governance_->Order(BelowTheJointFloor("under-both"), charter_);
  ASSERT_FALSE(by_program.ok()) << "the program signs no such order";
  EXPECT_THAT(std::string(by_program.status().message()), HasSubstr("rounds.min_sites is 2"));

  const std::string elsewhere = "the order is under the charter " + HashOfCharter(hearts_.charter);
  const std::vector<std::pair<std::string, bool>> jobs = {
      {BroughtByTheLiar(older, ReadWhole(older.order)), true},
      {BroughtByTheLiar(own_tool, OrderNaming(charter_, own_tool)), false}};
  for (const auto& [id, names_hearts] : jobs) {
    for (size_t site = 0; site < kSites; ++site) {
      const std::string read = ExpectRefused(site, "the job's rounds.min_sites is 2, and ", id);
      EXPECT_THAT(read, AllOf(HasSubstr(id), HasSubstr("floors.min_sites"), HasSubstr("for good")));
      EXPECT_EQ(absl::StrContains(read, elsewhere), names_hearts) << read;
    }
  }
  for (const auto& [id, names_hearts] : jobs) {
    governance_->As("engineer", {"job", "cancel", id}).IgnoreError();
    EXPECT_EQ(Await(id, bench::IsFinal).rounds_done(), 0u);
  }
  for (size_t site = 0; site < kSites; ++site) ExpectNothingLeft(site);
}

TEST_F(JointFederation, AJobRunsToItsEndUnderBothAndWhatOneOfThemTightensStopsTheNextOneAtItsSites) {
  StartJointly();
  ASSERT_FALSE(HasFailure());
  const absl::Status published = governance_->Publish(charter_);
  ASSERT_TRUE(published.ok()) << published.message();
  const v1::JobReport report = Finish(SubmitApproved(Order(JobYaml(), charter_)));
  EXPECT_EQ(report.mandate().charter_sha256(), HashOfCharter(charter_));

  const std::string id = SubmitApproved(Order(SlowJob(100, kSites), charter_));
  AwaitRounds(id, 1);
  const std::string stricter = SignedCharterOf(hearts_, OfHearts(90), "charter-2", 2, HashOfCharter(hearts_.charter));
  PinIn(hearts_, stricter, /*replaces=*/true);
  for (size_t site : {0, 1}) {
    EXPECT_THAT(ExpectRefused(site, "floors.min_rows is 70, before 90", id),
                AllOf(HasSubstr("the joint federation does not hold for this site"), HasSubstr("for now")));
  }
  const uint64_t uploads = liar_->UploadsOf(federation_->site_name(0));
  governance_->As("engineer", {"job", "cancel", id}).IgnoreError();
  EXPECT_LT(Await(id, bench::IsFinal).rounds_done(), 100u);
  EXPECT_EQ(liar_->UploadsOf(federation_->site_name(0)), uploads);
  const auto shown = federation_->Client(0, {"joint", "show"});
  ASSERT_FALSE(shown.ok()) << *shown;
  EXPECT_THAT(std::string(shown.status().message()), HasSubstr("floors.min_rows is 70, before 90"));
}

}  // namespace
}  // namespace accord
