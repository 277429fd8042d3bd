// By whose word a model's job ran: files of somebody, held against the log's entries.
#include "trust/provenance/signers.h"

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/charter/judging.h"
#include "tests/trust/log/example_log.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Entries 10: charter, 20: order, 31, 32, 33: approvals, 40: the first sum.
class SignersTest : public Judging {
 protected:
  SignersTest() {
    evidence_.entries = {Entry(10, LogEntryKind::kCharter, "the charter's file"),
                         Entry(20, LogEntryKind::kOrder, signed_order_.Text())};
    statement_.charter = Sha256("the charter's file");
    statement_.order = Sha256(signed_order_.Text());
    statement_.job = Sha256(job_bytes_);
  }
  static LogEntry Entry(uint64_t index, LogEntryKind kind, const std::string& file) {
    LogEntry entry;
    entry.index = index;
    entry.kind = kind;
    entry.payload = LogPayload::HashOf(file);
    entry.unix_us = static_cast<uint64_t>(absl::ToUnixMicros(At("2027-03-01T10:00:00Z")));
    return entry;
  }
  void Log(const std::vector<SignedStatement>& approvals, LogEntryKind kind = LogEntryKind::kApproval) {
    for (const SignedStatement& one : approvals) evidence_.entries.push_back(Entry(next_++, kind, one.Text()));
  }
  void Sum() { evidence_.entries.push_back(Entry(40, LogEntryKind::kRound, "a round")); }
  Signers Found(const std::vector<SignedStatement>& approvals) const {
    const GivenPapers papers{.charter = active_,
                             .charter_file = charter_file_,
                             .order = signed_order_,
                             .approvals = approvals,
                             .job_bytes = job_given_ ? std::make_optional(job_bytes_) : std::nullopt};
    return CheckSigners(statement_, evidence_, papers);
  }
  static std::string Faults(const Signers& signers) { return absl::StrJoin(signers.faults, "\n"); }
  SignedStatement Site(const std::string& id) {
    return Signed(By("site/" + id, v1::ROLE_UNSPECIFIED), federation_.sites().signer(id));
  }
  std::vector<SignedStatement> Everybody() {
    return {Lead(), Steward(), Site("va"), Site("cleveland"), Site("hungarian")};
  }

  ShownEvidence evidence_{*LogIdentity::FromFirstEntry(ExampleLog().entries().front()), {}, {}};
  ModelProvenance statement_;
  Sha256Digest charter_file_ = Sha256("the charter's file");
  bool job_given_ = true;
  uint64_t next_ = 31;
};

TEST_F(SignersTest, AreToldWithTheirEntriesAndTheMomentOfTheFirstSum) {
  const std::vector<SignedStatement> all = Everybody();
  Log(all);
  Sum();
  for (const bool job_given : {true, false}) {
    job_given_ = job_given;
    const Signers signers = Found(all);
    EXPECT_THAT(signers.faults, IsEmpty());
    EXPECT_EQ(signers.engineer, "person/ada");
    EXPECT_EQ(signers.organisation, "Cleveland Clinic");
    ASSERT_EQ(signers.words.size(), 5u);
    EXPECT_EQ(signers.words[1].said.by, "person/clara");
    EXPECT_EQ(signers.words[1].entry, 32u);
    EXPECT_EQ(signers.as_of, At("2027-03-01T10:00:00Z"));
    EXPECT_EQ(signers.first_wrong, std::nullopt);
  }
}

TEST_F(SignersTest, OneThatSomebodyElseSignedIsNamedByItsEntry) {
  std::vector<SignedStatement> all = Everybody();
  all[1] = Signed(By("person/clara", v1::ROLE_STEWARD), federation_.person("ada"));
  Log(all);
  Sum();
  const Signers signers = Found(all);
  EXPECT_THAT(Faults(signers), AllOf(HasSubstr("entry 32 of the log: "), HasSubstr("clara"),
                                     HasSubstr("approvals that the charter asks for are missing: steward 0 of 1")));
  EXPECT_EQ(signers.first_wrong, 32u);
}

TEST_F(SignersTest, OneThatIsNotInTheLogOrCameTooLateDoesNotCount) {
  std::vector<SignedStatement> all = Everybody();
  const SignedStatement steward = all[1];
  all.erase(all.begin() + 1);
  Log(all);
  Sum();
  all.push_back(steward);
  EXPECT_THAT(Faults(Found(all)), AllOf(HasSubstr("the log's entries about the job have no approval or refusal"),
                                        HasSubstr("which names person/clara"), HasSubstr("steward 0 of 1")));
  next_ = 41;
  Log({steward});
  EXPECT_THAT(Faults(Found(all)), HasSubstr("steward 0 of 1")) << "behind the first sum";
}

TEST_F(SignersTest, WhatIsNotGivenIsNamed) {
  const std::vector<SignedStatement> all = Everybody();
  Log(all);
  Sum();
  const Signers signers = Found({all[0], all[2], all[3], all[4]});
  EXPECT_THAT(signers.not_given, ElementsAre(32u));
  EXPECT_THAT(Faults(signers), HasSubstr("these were not given: 32"));
  EXPECT_EQ(signers.first_wrong, 32u);
}

TEST_F(SignersTest, ARefusalStopsIt) {
  std::vector<SignedStatement> all = Everybody();
  Log(all);
  Approval no = By("person/clara", v1::ROLE_STEWARD);
  no.approves = false;
  all.push_back(Signed(no, federation_.person("clara")));
  Log({all.back()}, LogEntryKind::kRefusal);
  Sum();
  EXPECT_THAT(Faults(Found(all)), HasSubstr("person/clara refused this order"));
  evidence_.entries[7].kind = LogEntryKind::kApproval;
  EXPECT_THAT(Faults(Found(all)),
              HasSubstr("entry 36 of the log: it is entered as approval, and what was signed is a refusal"));
}

TEST_F(SignersTest, OtherPapersThanTheLogsAreNotJudged) {
  Log(Everybody());
  Sum();
  charter_file_ = Sha256("another");
  EXPECT_THAT(Faults(Found(Everybody())), HasSubstr("entry 10 of the log: the charter that was in force has SHA-256"));
  charter_file_ = Sha256("the charter's file");
  order_.nonce = "ff0102030405060708090a0b0c0d0e0f";
  SignOrder("ada");
  const Signers signers = Found(Everybody());
  EXPECT_THAT(Faults(signers), HasSubstr("entry 20 of the log: the order by which the job ran has SHA-256"));
  EXPECT_EQ(signers.first_wrong, 20u);
  EXPECT_EQ(signers.engineer, "");
  statement_.order = std::nullopt;
  EXPECT_THAT(Faults(Found({})), HasSubstr("the job ran by no order under a charter"));
}

TEST_F(SignersTest, ASumBeforeTheOrderHeldIsWrong) {
  const std::vector<SignedStatement> all = Everybody();
  Log(all);
  Sum();
  evidence_.entries.back().unix_us = static_cast<uint64_t>(absl::ToUnixMicros(At("2027-02-14T23:59:59Z")));
  const Signers signers = Found(all);
  EXPECT_THAT(Faults(signers),
              HasSubstr("entry 40 of the log: it is of 2027-02-14T23:59:59Z, and charter and order hold "
                        "from 2027-02-15T00:00:00Z on"));
}

TEST_F(SignersTest, AJobThatBreaksAFloorIsWrong) {
  spec_.mutable_rounds()->set_min_sites(1);
  Order();
  statement_.order = Sha256(signed_order_.Text());
  evidence_.entries[1] = Entry(20, LogEntryKind::kOrder, signed_order_.Text());
  statement_.job = Sha256(job_bytes_);
  const std::vector<SignedStatement> all = Everybody();
  Log(all);
  Sum();
  EXPECT_THAT(Faults(Found(all)), HasSubstr("rounds.min_sites"));
  job_given_ = false;
  EXPECT_EQ(Faults(Found(all)), "") << "of the job itself nothing is said";
}

}  // namespace
}  // namespace accord
