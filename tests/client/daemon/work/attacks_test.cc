// What a coordinator, or somebody at the site, may try against a daemon that goes by a charter. Each attack ends the
// same way: nothing is trained, fetched or sent, the reason is told in words, and a file that the site signed keeps it
// for whoever checks it later (`accord audit refusal`). docs/threat-model.md lists them.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/work/governed_jobs.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

constexpr char kOtherNonce[] = "ff0102030405060708090a0b0c0d0e0f";

class Attacks : public GovernedJobs {
 protected:
  // With one byte of it changed that stands in some text of it.
  static std::string Changed(const std::string& file, const std::string& from, const std::string& to) {
    EXPECT_THAT(file, HasSubstr(from));
    return absl::StrReplaceAll(file, {{from, to}});
  }
  v1::JobPapers PapersWith(const std::vector<std::string>& approvals) {
    v1::JobPapers papers = site_.Papers({});
    for (const std::string& approval : approvals) papers.add_approvals(approval);
    return papers;
  }
  void BringAndApproveHere(const v1::JobPapers& papers) {
    Bring(papers);
    site_.ApproveHere();
  }
  v1::Plan SecondRound(uint32_t attempt = 2) {
    v1::Plan next = site_.Plan(attempt);
    next.mutable_id()->set_step(1);
    next.set_round(2);
    return next;
  }
  // The job's first round, with everything as it should be.
  void FirstRound() {
    BringAll();
    Send(site_.Plan());
    coordinator_.AwaitUpload();
    SendEnd(site_.Plan(), v1::PlanEnd::SUMMED);
  }
};

// ---- papers ----

TEST_F(Attacks, ACharterWithOneChangedFieldIsNotTheOneThatTheSiteGoesBy) {
  const Charter loosened =
      site_.federation().Written({{"secure_sum: true", "secure_sum: false"}, {"min_rows: 50", "min_rows: 20"}});
  site_.order().charter = loosened.hash();
  site_.SignOrder("ada");
  BringAll();
  ExpectRefusedWithEvidence(site_.Plan(), "and this site goes by");
}

TEST_F(Attacks, OneChangedByteOfTheOrderIsFound) {
  v1::JobPapers papers = site_.AllPapers();
  papers.set_order(Changed(papers.order(), "purpose: risk-of-disease", "purpose: billing-audit"));
  Bring(papers);
  ExpectRefusedWithEvidence(site_.Plan(), "not signed with the key of ada");
}

TEST_F(Attacks, OneChangedByteOfTheJobIsFound) {
  BringAll();
  site_.job_bytes().back() = static_cast<char>(site_.job_bytes().back() ^ 1);
  ExpectRefusedWithEvidence(site_.Plan(), "the coordinator asks for the job");
}

TEST_F(Attacks, OneChangedByteOfTheModelIsFound) {
  BringAll();
  v1::Plan plan = site_.Plan();
  plan.mutable_model_inline()->back() = static_cast<char>(plan.model_inline().back() ^ 1);
  ExpectRefusedWithEvidence(plan, "the model inside the coordinator's plan is not the one that the plan names");
}

TEST_F(Attacks, AnApprovalWithOneChangedByteDoesNotCount) {
  const std::string steward = Changed(site_.Steward().Text(), "expires: 2027-03-20", "expires: 2027-03-21");
  BringAndApproveHere(PapersWith({site_.Lead().Text(), steward}));
  ExpectRefusedWithEvidence(site_.Plan(), "0 of 1 approvals as steward");
}

TEST_F(Attacks, ARefusalMadeIntoAnApprovalDoesNotCount) {
  Approval no = site_.By("person/clara", v1::ROLE_STEWARD);
  no.approves = false;
  const std::string text = GovernedSite::Signed(no, site_.federation().person("clara")).Text();
  BringAndApproveHere(PapersWith({site_.Lead().Text(), Changed(text, "decision: refuse", "decision: approve")}));
  ExpectRefusedWithEvidence(site_.Plan(), "0 of 1 approvals as steward");
}

TEST_F(Attacks, ARoleThatTheCharterDoesNotGiveIsNone) {
  const Approval as_steward = site_.By("person/fritz", v1::ROLE_STEWARD);  // an auditor
  BringAndApproveHere(
      PapersWith({site_.Lead().Text(), GovernedSite::Signed(as_steward, site_.federation().person("fritz")).Text()}));
  ExpectRefusedWithEvidence(site_.Plan(), "0 of 1 approvals as steward");
  site_.order().engineer = "fritz";
  site_.Order("fritz");
  BringAll("job-2");
  ExpectRefusedWithEvidence(site_.Plan(1, "job-2"), "fritz has the role auditor");
}

TEST_F(Attacks, ASubmitterUnderAnothersNameIsFound) {
  site_.SignOrder("fritz");  // and it says ada
  Bring(site_.AllPapers());
  ExpectRefusedWithEvidence(site_.Plan(), "not signed with the key of ada");
}

TEST_F(Attacks, AJobWithoutTheStewardWaits) {
  BringAndApproveHere(site_.Papers({site_.Lead()}));
  ExpectRefusedWithEvidence(site_.Plan(), "0 of 1 approvals as steward");
}

TEST_F(Attacks, OneStolenKeyIsEngineerAndNobodyElse) {
  const KeyPairSigner& stolen = site_.federation().person("emil");  // engineer, lead and steward
  site_.order().engineer = "emil";
  site_.Order("emil");
  std::vector<std::string> approvals;
  for (const char* who : {"emil", "bela", "clara"}) {
    for (const v1::Role as : {v1::ROLE_LEAD, v1::ROLE_STEWARD}) {
      approvals.push_back(GovernedSite::Signed(site_.By(absl::StrCat("person/", who), as), stolen).Text());
    }
  }
  approvals.push_back(GovernedSite::Signed(site_.By("site/va", v1::ROLE_UNSPECIFIED), stolen).Text());
  Bring(PapersWith(approvals));
  ExpectRefusedWithEvidence(site_.Plan(), "0 of 1 approvals as lead");
}

TEST_F(Attacks, AnotherPurposeThanTheOneThatWasApprovedNeedsApprovalsOfItsOwn) {
  const std::vector<SignedStatement> of_before = {site_.Lead(), site_.Steward()};
  site_.ApproveHere();
  site_.order().purpose = "billing-audit";
  site_.Order();
  Bring(site_.Papers(of_before));
  ExpectRefusedWithEvidence(site_.Plan(), "0 of 1 approvals as ombudsman");
}

TEST_F(Attacks, AnOrderThatServedIsNotSpentASecondTimeUnderAnotherNumber) {
  FirstRound();
  site_.order().nonce = kOtherNonce;
  site_.Order();
  BringAll();
  ExpectRefusedWithEvidence(SecondRound(), "the coordinator now brings another one for it");
}

// ---- time ----

TEST_F(Attacks, ACharterThatExpiresInTheMiddleOfAJobEndsIt) {
  site_.UseCharter({{"secure_sum: true", "secure_sum: false"}, {"expires: 2028-01-01", "expires: 2027-03-02"}});
  FirstRound();
  site_.clock().Advance(absl::Hours(24));
  ExpectRefusedWithEvidence(SecondRound(), "nothing runs under it any more");
}

TEST_F(Attacks, AnOrderThatExpiresInTheMiddleOfAJobEndsIt) {
  site_.order().expires = At("2027-03-02T00:00:00Z");
  site_.Order();
  FirstRound();
  site_.clock().Advance(absl::Hours(24));
  ExpectRefusedWithEvidence(SecondRound(), "order");
}

// ---- at the site ----

TEST_F(Attacks, ACharterThatSomebodyEditsInTheSitesFolderStopsEverything) {
  FirstRound();
  const std::string kept =
      absl::StrCat(site_.State().path(), "/charters/", HexDigest(site_.charter().hash()), ".charter");
  const auto text = ReadFile(kept);
  ASSERT_TRUE(text.ok()) << text.status();
  ASSERT_TRUE(WriteFileAtomically(kept, Changed(*text, "min_rows: 50", "min_rows: 51")).ok());
  Restart();
  coordinator_.AwaitSessions(2);
  Bring(site_.AllPapers());
  ExpectOnlyARefusal(SecondRound());
}

TEST_F(Attacks, APolicyThatOneOperatorEditsCannotLoosenWhatAllSigned) {
  const std::string policy = "data_sets: [{name: heart, purposes: [risk-of-disease]}]\n";
  site_.UsePolicy(policy);
  coordinator_.AwaitSessions(1);
  Restart();
  coordinator_.AwaitSessions(2);
  FirstRound();
  site_.UsePolicy(absl::StrCat("floors: {min_rows: 1}\n", policy));
  ExpectRefusedHereAlone(SecondRound(), "the charter's floors.min_rows");
}

struct BadText {
  const char* name;
  std::string text;
  const char* words;
};

class HostilePolicies : public Attacks, public ::testing::WithParamInterface<BadText> {};

TEST_P(HostilePolicies, StopEveryJobInWordsAndNotTheDaemon) {
  const std::string policy = "data_sets: [{name: heart, purposes: [risk-of-disease]}]\n";
  site_.UsePolicy(policy);
  coordinator_.AwaitSessions(1);
  Restart();
  coordinator_.AwaitSessions(2);
  FirstRound();
  site_.UsePolicy(GetParam().text);
  if (std::string(GetParam().name) == "AGigabyte") {
    std::filesystem::resize_file(site_.config().policy(), uintmax_t{1} << 30);  // the disk need not have it
  }
  ExpectRefusedHereAlone(SecondRound(), GetParam().words);
  site_.UsePolicy(policy);  // mended
  Send(SecondRound(3));
  coordinator_.AwaitUpload();
}

std::vector<BadText> BadTexts() {
  std::string laughs = "a0: &a0 lol\n";
  for (int i = 1; i < 10; ++i) {
    absl::StrAppend(&laughs, "a", i, ": &a", i, " [*a", i - 1, ", *a", i - 1, ", *a", i - 1, "]\n");
  }
  return {
      {"AGigabyte", std::string(1000, '['), "policy.yaml"},
      {"NestedLists", "data_sets: " + std::string(100'000, '['), "policy.yaml"},
      {"Anchors", laughs, "anchor"},
      {"DuplicateKeys", "people: [ada]\npeople: [emil]\ndata_sets: [{name: heart, purposes: [risk-of-disease]}]\n",
       "a second time"},
      {"NotUtf8", "people: [\xff\xfe]\ndata_sets: [{name: heart, purposes: [risk-of-disease]}]\n", "UTF-8"},
      // CYRILLIC SMALL LETTER A
      {"Homoglyphs",
       "people: [\xd0\xb0"
       "da]\ndata_sets: [{name: heart, purposes: [risk-of-disease]}]\n",
       "people"},
  };
}

INSTANTIATE_TEST_SUITE_P(Attacks, HostilePolicies, ::testing::ValuesIn(BadTexts()),
                         [](const auto& bad) { return bad.param.name; });

// ---- names and sizes ----

TEST_F(Attacks, NamesThatAreNoneReachNoFile) {
  for (const std::string& name : {std::string("../../etc/passwd"), std::string("/etc/passwd"), std::string("job\n1"),
                                  std::string("job\0.1", 6), std::string(5000, 'j')}) {
    v1::JobPapers papers = site_.AllPapers();
    papers.set_job_id(name);
    Bring(papers);
    v1::Plan plan = site_.Plan();
    plan.mutable_id()->set_job_id(name);
    Send(plan);
    v1::Plan hashes = site_.Plan();
    hashes.set_job_sha256(name);
    hashes.clear_job_inline();
    Send(hashes);
    hashes = site_.Plan();
    hashes.set_model_digest(name);
    hashes.clear_model_inline();
    Send(hashes);
  }
  BringAll("job-2");
  Send(site_.Plan(1, "job-2"));  // and the daemon is as well as before
  coordinator_.AwaitUpload();
  EXPECT_EQ(trainers_.computations(), 1);
  EXPECT_EQ(coordinator_.uploads_opened(), 1);
  EXPECT_THAT(coordinator_.download_offsets(), ::testing::IsEmpty());
}

TEST_F(Attacks, SizesThatAreLiesAllocateNothing) {
  BringAll();
  uint32_t attempt = 0;
  for (const uint64_t size : {uint64_t{0}, uint64_t{1} << 40, UINT64_MAX}) {
    v1::Plan plan = site_.Plan(++attempt);
    plan.set_model_bytes(size);
    plan.clear_model_inline();
    ExpectRefusedWithEvidence(plan, "the coordinator's plan is not valid");
    plan = site_.Plan(++attempt);
    plan.set_num_parameters(size);
    ExpectRefusedWithEvidence(plan, "the coordinator's plan is not valid");
  }
}

}  // namespace
}  // namespace accord
