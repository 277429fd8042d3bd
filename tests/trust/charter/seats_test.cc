#include "trust/charter/seats.h"

#include <memory>
#include <string>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/charter/seat_statements.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class Seats : public ::testing::Test {
 protected:
  std::string WhyNotStop(const SignedStatement& stop) {
    const auto checked = CheckStopOf(charter_, roster_.get(), stop, job_);
    return std::string(checked.status().message());
  }
  std::string WhyNotComplaint(const SignedStatement& complaint) {
    return std::string(CheckComplaint(charter_, roster_.get(), complaint, now_).status().message());
  }
  std::string WhyNotAnswer(const SignedStatement& answer, const Sha256Digest& complaint) {
    return std::string(CheckAnswer(charter_, roster_.get(), answer, complaint, now_).status().message());
  }
  // What a roster of the second format says of the same sites.
  RosterTerms TermsOfTwo() const {
    RosterTerms terms = federation_.Listed()->terms();
    terms.valid_until = absl::FromUnixSeconds(1'900'000'000);
    return terms;
  }
  void List(const RosterTerms& terms) {
    const auto bytes = Roster::Write(terms);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    roster_ = std::make_shared<const Roster>(*Roster::Parse(*bytes));
  }
  void Revoke(const std::string& person) {
    RosterTerms terms = TermsOfTwo();
    terms.revoked = {{false, person, federation_.person(person).public_key_der(), "stolen laptop"}};
    List(terms);
  }

  const ExampleFederation federation_;
  const Charter charter_ = federation_.Written();
  std::shared_ptr<const Roster> roster_ = federation_.Listed();  // in force
  const Sha256Digest job_ = Sha256("a job");
  const absl::Time now_ = At("2027-03-01T10:00:00Z");
};

TEST_F(Seats, StopOfAnOmbudsmanCounts) {
  const auto stop = CheckStopOf(charter_, roster_.get(), StopBy(federation_, charter_, job_, now_), job_);
  ASSERT_TRUE(stop.ok()) << stop.status();
  EXPECT_EQ(StopInWords(*stop), "the ombudsman dora stopped this job: Nobody asked for consent.");
}

TEST_F(Seats, StopForgedByWhoeverIsNoOmbudsmanCountsForNothing) {
  EXPECT_THAT(WhyNotStop(StopBy(federation_, charter_, job_, now_, "emil", "emil")),
              HasSubstr("by emil, whom the charter does not list as ombudsman"));
  EXPECT_THAT(WhyNotStop(StopBy(federation_, charter_, job_, now_, "dora", "emil")),
              HasSubstr("not signed with the key that the charter lists for dora"));
  EXPECT_THAT(WhyNotStop(StopBy(federation_, charter_, job_, now_, "fritz", "fritz")), HasSubstr("as ombudsman"))
      << "an auditor";
  EXPECT_THAT(WhyNotStop(StopBy(federation_, charter_, job_, now_, "nobody", "emil")), HasSubstr("by nobody"));
}

TEST_F(Seats, StopReplayedForAnotherJobStopsNothing) {
  const SignedStatement other = StopBy(federation_, charter_, Sha256("another job"), now_);
  EXPECT_THAT(WhyNotStop(other), HasSubstr("it stops nothing here"));
}

TEST_F(Seats, StopUnderAnotherCharterCountsForNothing) {
  const Charter next = federation_.Written({{"min_rows: 50", "min_rows: 60"}});
  EXPECT_THAT(WhyNotStop(StopBy(federation_, next, job_, now_)), HasSubstr("is under the charter"));
}

TEST_F(Seats, StatementOfOneKindIsNoneOfAnother) {
  SignedStatement stop = StopBy(federation_, charter_, job_, now_);
  // The ombudsman's good signature, in another domain.
  stop.signature = *federation_.person("dora").Sign(kComplaintDomain, stop.bytes);
  EXPECT_THAT(WhyNotStop(stop), HasSubstr("not signed with the key"));
  EXPECT_FALSE(CheckComplaint(charter_, roster_.get(), StopBy(federation_, charter_, job_, now_), now_).ok());
}

TEST_F(Seats, ComplaintWithAChangedByteCountsForNothing) {
  const SignedStatement good = Signed(federation_, ComplaintAbout(charter_, "7f3a5d90c1e2b486", "", now_));
  ASSERT_EQ(WhyNotComplaint(good), "");
  size_t refused = 0;
  for (size_t place = 0; place < good.bytes.size(); ++place) {
    SignedStatement changed = good;
    changed.bytes[place] = changed.bytes[place] == 'x' ? 'y' : 'x';
    refused += WhyNotComplaint(changed).empty() ? 0 : 1;
  }
  EXPECT_EQ(refused, good.bytes.size());
}

TEST_F(Seats, ComplaintLeavesTheChartersDaysForAnAnswer) {
  EXPECT_EQ(WhyNotComplaint(Signed(federation_, ComplaintAbout(charter_, "", "va", now_, 14))), "");
  EXPECT_THAT(WhyNotComplaint(Signed(federation_, ComplaintAbout(charter_, "", "va", now_, 13))),
              HasSubstr("expected 14 days or more"));
  const Charter patient = federation_.Written({{"job_orders:", "complaints: {answer_days: 30}\njob_orders:"}});
  const auto checked =
      CheckComplaint(patient, roster_.get(), Signed(federation_, ComplaintAbout(patient, "", "va", now_, 29)), now_);
  EXPECT_THAT(std::string(checked.status().message()), HasSubstr("expected 30 days or more"));
  EXPECT_THAT(std::string(checked.status().message()), HasSubstr("complaints.answer_days"));
}

TEST_F(Seats, ComplaintIsNeitherBackdatedNorPostdated) {
  for (const absl::Duration off : {-absl::Hours(25), absl::Hours(25)}) {
    EXPECT_THAT(WhyNotComplaint(Signed(federation_, ComplaintAbout(charter_, "", "va", now_ + off))),
                HasSubstr("at most a day between"));
  }
}

TEST_F(Seats, AnswerIsALeadsAndToThisComplaint) {
  const SignedStatement complaint = Signed(federation_, ComplaintAbout(charter_, "", "va", now_));
  const Sha256Digest hash = ComplaintHash(complaint.bytes);
  EXPECT_EQ(WhyNotAnswer(AnswerBy(federation_, charter_, complaint, now_), hash), "");
  EXPECT_THAT(WhyNotAnswer(AnswerBy(federation_, charter_, complaint, now_, "dora", "dora"), hash),
              HasSubstr("does not list as lead"));
  EXPECT_THAT(WhyNotAnswer(AnswerBy(federation_, charter_, complaint, now_, "bela", "dora"), hash),
              HasSubstr("not signed with the key"));
  EXPECT_THAT(WhyNotAnswer(AnswerBy(federation_, charter_, complaint, now_), Sha256("other")),
              HasSubstr("and this one is"));
}

TEST_F(Seats, StopByAKeyThatTheRosterRevokedStopsNothing) {
  const SignedStatement stop = StopBy(federation_, charter_, job_, now_);
  ASSERT_EQ(WhyNotStop(stop), "");
  Revoke("dora");
  EXPECT_THAT(WhyNotStop(stop), HasSubstr("by dora, whose key the roster revoked: stolen laptop"));
}

TEST_F(Seats, StopOfAPersonWhomTheRosterListsWithAnotherKeyStopsNothing) {
  RosterTerms terms = TermsOfTwo();
  terms.people = {
      {"dora", "Dora Maar", "V.A. Medical Center", {v1::ROLE_OMBUDSMAN}, federation_.person("fritz").public_key_der()}};
  List(terms);
  EXPECT_THAT(WhyNotStop(StopBy(federation_, charter_, job_, now_)), HasSubstr("lists with another key"));
}

TEST_F(Seats, ComplaintByAKeyThatTheRosterRevokedCountsForNothing) {
  const SignedStatement complaint = Signed(federation_, ComplaintAbout(charter_, "", "va", now_));
  ASSERT_EQ(WhyNotComplaint(complaint), "");
  Revoke("dora");
  EXPECT_THAT(WhyNotComplaint(complaint), HasSubstr("whose key the roster revoked: stolen laptop"));
}

TEST_F(Seats, AnswerByAKeyThatTheRosterRevokedCountsForNothing) {
  const SignedStatement complaint = Signed(federation_, ComplaintAbout(charter_, "", "va", now_));
  Revoke("bela");
  EXPECT_THAT(WhyNotAnswer(AnswerBy(federation_, charter_, complaint, now_), ComplaintHash(complaint.bytes)),
              HasSubstr("by bela, whose key the roster revoked: stolen laptop"));
  EXPECT_EQ(WhyNotComplaint(complaint), "") << "another's key";
}

TEST_F(Seats, WhoeverWatchesDoesNotRunJobs) {
  for (const char* watcher : {"dora", "fritz"}) {
    const absl::Status status = CheckActsNot(charter_, watcher, "cancel jobs");
    EXPECT_TRUE(absl::IsPermissionDenied(status)) << watcher;
    EXPECT_THAT(std::string(status.message()), HasSubstr("does not cancel jobs"));
  }
  EXPECT_TRUE(CheckActsNot(charter_, "ada", "cancel jobs").ok());
  EXPECT_TRUE(CheckActsNot(charter_, "whom-nobody-lists", "cancel jobs").ok());
  const Charter both = federation_.Written({{"roles: [auditor]", "roles: [engineer, auditor]"}});
  EXPECT_FALSE(CheckActsNot(both, "fritz", "submit jobs").ok()) << "whatever else the charter gives";
}

TEST(JobStop, HasOneSpelling) {
  const ExampleFederation federation;
  const std::string good = StopBy(federation, federation.Written(), Sha256("job"), At("2027-03-01T10:00:00Z")).bytes;
  ASSERT_TRUE(ParseJobStop(good).ok());
  EXPECT_EQ(*WriteJobStop(*ParseJobStop(good)), good);
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"ombudsman: dora", "ombudsman: Dora"},
                                                        {"reason: Nobody", "reason: \x1b[2JNobody"},
                                                        {"reason: Nobody asked for consent.\n", ""},
                                                        {"2027-03-01T10:00:00Z", "2027-03-01T10:00Z"},
                                                        {"accord-stop-v1", "accord-stop-v2"}}) {
    const std::string changed = absl::StrReplaceAll(good, {{from, to}});
    ASSERT_NE(changed, good) << from;
    EXPECT_FALSE(ParseJobStop(changed).ok()) << to;
  }
  EXPECT_FALSE(ParseJobStop(good + "more: 1\n").ok());
}

TEST(Complaint, HasOneSpelling) {
  const ExampleFederation federation;
  const absl::Time now = At("2027-03-01T10:00:00Z");
  for (const std::string& good : {*WriteComplaint(ComplaintAbout(federation.Written(), "7f3a", "", now)),
                                  *WriteComplaint(ComplaintAbout(federation.Written(), "", "va", now))}) {
    ASSERT_TRUE(ParseComplaint(good).ok()) << ParseComplaint(good).status();
    EXPECT_EQ(*WriteComplaint(*ParseComplaint(good)), good);
    for (const char* about : {"about: the weather", "about: job ../7f", "about: site ", "about: job 7f site va"}) {
      std::string changed = good;
      const size_t begin = changed.find("about: ");
      changed.replace(begin, changed.find('\n', begin) - begin, about);
      EXPECT_FALSE(ParseComplaint(changed).ok()) << about;
    }
  }
  Complaint both = ComplaintAbout(federation.Written(), "7f3a", "va", now);
  EXPECT_FALSE(WriteComplaint(both).ok()) << "about a job and a site";
}

}  // namespace
}  // namespace accord
