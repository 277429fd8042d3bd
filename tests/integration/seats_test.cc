// Who watches, over whole processes: what an auditor and an ombudsman may read and do, what nobody does in their place,
// and what a site makes of an ombudsman's stop that its coordinator would rather not have.
#include <atomic>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/private_file.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "nlohmann/json.hpp"
#include "sqlite3.h"
#include "tests/integration/lied_to_federation.h"
#include "trust/charter/complaint.h"
#include "trust/charter/job_stop.h"
#include "trust/charter/signed_statement.h"
#include "trust/identity/key_pair.h"
#include "trust/identity/signing.h"
#include "trust/tls/credentials.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kDay = absl::Hours(24);

absl::Time ThisSecond() { return absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now())); }

// fritz is auditor and olga ombudsman; a complaint is to be answered within a day.
class Seats : public LiedToFederation {
 protected:
  void SetUp() override {
    SetUpPeople({"fritz", "olga"});
    if (HasFatalFailure()) return;
    const std::string lines =
        *governance_->LineOf("fritz", "auditor", 1) + *governance_->LineOf("olga", "ombudsman", 2);
    charter_ = SignedCharterWith(
        {{"data_sets:\n", lines + "data_sets:\n"}, {"retention: {", "complaints: {answer_days: 1}\nretention: {"}});
    PinAtSites(charter_);
    if (HasFatalFailure()) return;
    const absl::Status published = governance_->Publish(charter_);
    ASSERT_TRUE(published.ok()) << published.message();
    const auto hash = ParseHexDigest(HashOfCharter(charter_));
    ASSERT_TRUE(hash.ok()) << hash.status();
    charter_hash_ = *hash;
  }
  void StartSitesBehindTheLiar() {
    PutTheLiarBetween();
    const absl::Status started = federation_->StartSites();
    ASSERT_TRUE(started.ok()) << started.message();
  }
  // What a person is told whom a program refuses something.
  std::string WhyNot(const std::string& person, const std::vector<std::string>& arguments) {
    const auto output = governance_->As(person, arguments);
    EXPECT_FALSE(output.ok()) << *output;
    return std::string(output.status().message());
  }
  std::string WhyNotAtSite(size_t site, const std::vector<std::string>& arguments) {
    const auto output = federation_->Client(site, arguments);
    EXPECT_FALSE(output.ok()) << *output;
    return std::string(output.status().message());
  }

  // By tools of their own, which sign whatever their owner likes.
  std::string SignedWithKeyOf(const std::string& person, const std::string& domain, const std::string& bytes) const {
    const auto pem = ReadPrivateFile(Path(person + "/key.pem"), 1 << 16);
    const auto key = pem.ok() ? KeyPair::FromPem(pem->content) : pem.status();
    const auto signer = key.ok() ? KeyPairSigner::Create(*key) : key.status();
    const auto statement = signer.ok() ? SignedStatement::Sign(bytes, domain, *signer) : signer.status();
    EXPECT_TRUE(statement.ok()) << statement.status();
    return statement.ok() ? statement->Text() : "";
  }
  std::string StopOf(const Sha256Digest& job, const std::string& by, const std::string& key) const {
    const auto bytes = WriteJobStop({.charter = charter_hash_,
                                     .job = job,
                                     .ombudsman = by,
                                     .time = ThisSecond(),
                                     .reasons = {"Nobody asked for consent."}});
    return SignedWithKeyOf(key, kStopDomain, bytes.value_or(""));
  }
  std::string ComplaintAt(absl::Time time, absl::Duration gives, const std::string& by = "olga") const {
    const auto bytes = WriteComplaint({.charter = charter_hash_,
                                       .job_id = "",
                                       .site = "site-1",
                                       .ombudsman = by,
                                       .time = time,
                                       .answer_by = time + gives,
                                       .text = {"No answer to two letters."}});
    return SignedWithKeyOf(by, kComplaintDomain, bytes.value_or(""));
  }
  std::unique_ptr<v1::Operations::Stub> CoordinatorFor(const std::string& person) {
    const std::string home = Path(person) + "/";
    const auto credentials = MakeClientCredentials({home + "certificate.pem", home + "key.pem", home + "ca.pem"});
    return v1::Operations::NewStub(grpc::CreateChannel(federation_->address(), *credentials));
  }
  std::string WhyNotStopped(const std::string& person, const std::string& job_id, const std::string& stop) {
    v1::StopJobRequest request;
    request.set_job_id(job_id);
    request.set_stop(stop);
    grpc::ClientContext context;
    v1::JobReport report;
    return CoordinatorFor(person)->StopJob(&context, request, &report).error_message();
  }
  std::string WhyNotComplained(const std::string& statement, v1::Complaint* taken = nullptr) {
    v1::AddComplaintRequest request;
    request.set_statement(statement);
    grpc::ClientContext context;
    v1::AddComplaintReply reply;
    const grpc::Status status = CoordinatorFor("olga")->AddComplaint(&context, request, &reply);
    if (taken != nullptr) *taken = reply.complaint();
    return status.error_message();
  }

  std::string Waiting() {
    const OrderedJob job = Order(JobYaml(), charter_);
    const auto id = governance_->Submit(job);
    EXPECT_TRUE(id.ok()) << id.status().message();
    AwaitWaiting(id.value_or(""), "lead 0 of 1");
    return id.value_or("");
  }
  std::string ExportedLog(const std::string& name) {
    const auto exported = federation_->Coordinator({"log", "export", "--out", Path(name)});
    EXPECT_TRUE(exported.ok()) << exported.status().message();
    return Path(name);
  }
  nlohmann::json AccessesIn(const std::string& log, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"audit", "accesses", "--log", log, "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const auto json = nlohmann::json::parse(As("a-third-party", words), nullptr, false);
    return json.is_object() && json.contains("accesses") ? json["accesses"] : nlohmann::json::array();
  }
  // Whatever happened but that somebody read something.
  size_t HappenedByNow(const std::string& name) {
    const std::string log = ExportedLog(name);
    const std::string text = ReadWhole(log);
    size_t entries = 0;
    for (size_t at = text.find("\nentry: "); at != std::string::npos; at = text.find("\nentry: ", at + 1)) ++entries;
    EXPECT_GT(entries, 0u) << text.substr(0, 300);
    return entries - AccessesIn(log).size();
  }
  std::string StopsAt(size_t site) const { return Path("sites/" + federation_->site_name(site) + "/state/stops"); }
  bool KeepsAStop(size_t site) const {
    std::error_code none;
    return std::filesystem::directory_iterator(StopsAt(site), none) != std::filesystem::directory_iterator();
  }
  size_t VectorsIn(size_t site) {
    const std::string csv = AtSite(site, {"egress", "--format", "csv"});
    size_t count = 0;
    for (size_t at = csv.find("vector of"); at != std::string::npos; at = csv.find("vector of", at + 1)) ++count;
    return count;
  }

  // As if the complaint had come so long ago: what olga signed, and when it was taken in.
  void LetTimePassSinceComplaint(const std::string& file, const std::string& id, absl::Duration passed) {
    auto complaint = ParseComplaint(SignedStatement::Parse(ReadWhole(file))->bytes);
    ASSERT_TRUE(complaint.ok()) << complaint.status();
    complaint->time -= passed;
    complaint->answer_by -= passed;
    const std::string earlier = SignedWithKeyOf("olga", kComplaintDomain, WriteComplaint(*complaint).value_or(""));
    federation_->coordinator().Stop();
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(Path("coordinator/state/coordinator.db").c_str(), &database), SQLITE_OK);
    const std::string sql =
        absl::StrCat("UPDATE complaints SET received_ms = received_ms - ", absl::ToInt64Milliseconds(passed),
                     ", statement = x'", absl::BytesToHexString(earlier), "' WHERE hash = '", id, "'");
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    EXPECT_EQ(sqlite3_changes(database), 1);
    sqlite3_close(database);
    const absl::Status started = federation_->StartCoordinator();
    ASSERT_TRUE(started.ok()) << started.message();
  }

  Sha256Digest charter_hash_{};
};

TEST_F(Seats, AnAuditorReadsEverythingAndMovesNothing) {
  ASSERT_FALSE(HasFailure());
  const OrderedJob job = Order(JobYaml(2, "watched"), charter_);
  const std::string id = governance_->Submit(job).value_or("");
  const std::string job_sha256 = AwaitWaiting(id, "lead 0 of 1").job_sha256();
  const size_t before = HappenedByNow("before.log");

  EXPECT_THAT(WhyNot("fritz", {"job", "submit", job.yaml, "--order", job.order}), HasSubstr("does not submit jobs"));
  EXPECT_THAT(WhyNot("fritz", {"job", "cancel", id}), HasSubstr("lists fritz as auditor, a seat that sees everything"));
  EXPECT_THAT(WhyNot("fritz", {"order", "approve", job.order, "--charter", charter_, "--job", job.yaml, "--as", "lead",
                               "-o", Path("fritz.approval")}),
              HasSubstr("it was not signed"));
  EXPECT_THAT(WhyNot("fritz", {"job", "stop", id, "--reason", "Why not."}),
              HasSubstr("by fritz, whom the charter does not list as ombudsman"));
  const Sha256Digest bytes = *ParseHexDigest(job_sha256);
  EXPECT_THAT(WhyNotStopped("fritz", id, StopOf(bytes, "fritz", "fritz")), HasSubstr("does not list as ombudsman"));
  EXPECT_THAT(WhyNotStopped("fritz", id, StopOf(bytes, "olga", "fritz")),
              HasSubstr("not signed with the key that the charter lists for olga"));
  EXPECT_THAT(WhyNotStopped("olga", id, StopOf(Sha256("another"), "olga", "olga")), HasSubstr("it stops nothing here"));
  EXPECT_THAT(WhyNot("olga", {"job", "cancel", id}), HasSubstr("an ombudsman ends a job with `accord job stop`"));

  EXPECT_EQ(HappenedByNow("after.log"), before) << "nothing of it left a trace";
  EXPECT_TRUE(AwaitWaiting(id, "lead 0 of 1").rounds().empty());
  EXPECT_THAT(As("fritz", {"job", "list"}), HasSubstr("watched"));
}

TEST_F(Seats, WhoReadAReportStandsInTheLogThatEverybodyChecks) {
  ASSERT_FALSE(HasFailure());
  const std::string id = Waiting();
  for (const char* watcher : {"fritz", "olga"}) EXPECT_THAT(As(watcher, {"job", "show", id}), HasSubstr("lead 0 of 1"));
  As("fritz", {"job", "report", id, "--html", Path("report.html")});
  EXPECT_THAT(WhyNot("engineer", {"audit", "fetch", "-o", Path("of-engineer.log")}), HasSubstr("and engineer is none"));
  As("fritz", {"audit", "fetch", "-o", Path("fetched.log"), "--names", Path("names")});

  const std::string log = ExportedLog("whole.log");
  As("a-third-party", {"audit", "verify", log, "--names", Path("names")});
  As("a-third-party", {"audit", "compare", Path("fetched.log"), log});
  std::set<std::string> readers, of_log;
  for (const nlohmann::json& access : AccessesIn(log, {"--names", Path("names")})) {
    const std::string person = access.value("person", "");
    if (access.value("what", "") == "report" && access.value("job_id", "") == id) readers.insert(person);
    if (access.value("what", "") == "log") of_log.insert(person);
  }
  EXPECT_THAT(readers, ElementsAre("engineer", "fritz", "olga"));
  EXPECT_THAT(of_log, ElementsAre("fritz"));
  EXPECT_THAT(As("fritz", {"audit", "accesses", "--job", id}), AllOf(HasSubstr("olga"), HasSubstr("report")));
  EXPECT_THAT(WhyNot("clara", {"audit", "accesses", "--job", id}), HasSubstr("and clara is none"));

  std::string damaged = ReadWhole(log);
  const size_t entry = damaged.rfind("\nentry: ") + sizeof("\nentry: ") + 20;
  damaged[entry] = damaged[entry] == 'A' ? 'B' : 'A';
  ASSERT_TRUE(WriteFileAtomically(Path("damaged.log"), damaged).ok());
  WhyNot("a-third-party", {"audit", "verify", Path("damaged.log")});
}

TEST_F(Seats, SitesIgnoreStopsThatNoOmbudsmanSignedOfThisJobWhoeverBringsThem) {
  StartSitesBehindTheLiar();
  ASSERT_FALSE(HasFailure());
  std::atomic<int> brought = 0;
  liar_->Tell([&](const std::string& /*site*/, v1::CoordinatorMessage& message) {
    if (!message.has_job_papers()) return true;
    v1::JobPapers& papers = *message.mutable_job_papers();
    const Sha256Digest job = ParseHexDigest(papers.job_sha256()).value_or(Sha256Digest{});
    papers.add_stops(StopOf(job, "fritz", "fritz"));
    papers.add_stops(StopOf(job, "olga", "fritz"));
    papers.add_stops(StopOf(Sha256("another"), "olga", "olga"));
    ++brought;
    return true;
  });
  const std::string id = SubmitApproved(Order(JobYaml(), charter_));
  const Sha256Digest job = *ParseHexDigest(Finish(id).job_sha256());
  liar_->TellTheTruth();
  EXPECT_GE(brought, static_cast<int>(kSites));
  for (size_t site = 0; site < kSites; ++site) EXPECT_FALSE(KeepsAStop(site)) << site;

  const std::string by_hand = Path("forged.stop");
  ASSERT_TRUE(WriteFileAtomically(by_hand, StopOf(job, "fritz", "fritz")).ok());
  EXPECT_THAT(WhyNotAtSite(0, {"stop", by_hand}), HasSubstr("whom the charter does not list as ombudsman"));
  ASSERT_TRUE(WriteFileAtomically(by_hand, StopOf(job, "olga", "fritz")).ok());
  EXPECT_THAT(WhyNotAtSite(0, {"stop", by_hand}), HasSubstr("not signed with the key"));
  EXPECT_FALSE(KeepsAStop(0));
}

TEST_F(Seats, AStopThatTheCoordinatorKeepsBackEndsTheJobAtTheSiteThatTakesItByHand) {
  StartSitesBehindTheLiar();
  ASSERT_FALSE(HasFailure());
  const OrderedJob job = Order(SlowJob(100, kSites), charter_);
  const std::string id = SubmitApproved(job);
  const std::string job_sha256 = AwaitRounds(id, 1).job_sha256();
  // The engine was never given it: to the sites that is a coordinator which drops what it was given.
  const std::string file = Path("by-hand.stop");
  ASSERT_TRUE(WriteFileAtomically(file, StopOf(*ParseHexDigest(job_sha256), "olga", "olga")).ok());
  EXPECT_THAT(AtSite(0, {"stop", file}), AllOf(HasSubstr("STOPPED, for good"), HasSubstr("the daemon goes by it now")));
  EXPECT_THAT(ExpectRefused(0, "the ombudsman olga stopped this job: Nobody asked for consent.", id),
              HasSubstr("for good"));
  const size_t vectors = VectorsIn(0);
  const uint64_t uploads = liar_->UploadsOf(federation_->site_name(0));

  // The same bytes under another order do not come back to it.
  const OrderedJob again = Order(ReadWhole(job.yaml), charter_);
  ASSERT_NE(again.hash, job.hash);
  const std::string again_id = governance_->Submit(again).value_or("");
  const absl::Status came = governance_->AwaitOrderAtSite(0, again);
  ASSERT_TRUE(came.ok()) << came.message();
  const absl::Time end = absl::Now() + absl::Seconds(60) * kSlowdown;
  std::string words;
  while (!absl::StrContains(words, "olga stopped this job") && absl::Now() < end) {
    words = std::string(federation_->Client(0, {"approve", again.hash, "--as-site"}).status().message());
  }
  EXPECT_THAT(words, AllOf(HasSubstr("nothing was signed"), HasSubstr("the ombudsman olga stopped this job")));
  for (const std::string& one : {id, again_id}) governance_->As("engineer", {"job", "cancel", one}).IgnoreError();
  EXPECT_LT(Await(id, bench::IsFinal).rounds_done(), 100u);
  EXPECT_EQ(Await(again_id, bench::IsFinal).rounds_done(), 0u);
  EXPECT_EQ(VectorsIn(0), vectors);
  EXPECT_EQ(liar_->UploadsOf(federation_->site_name(0)), uploads);
}

TEST_F(Seats, AStopThatIsHandedInEndsTheJobAndStaysWithEverySite) {
  StartSitesBehindTheLiar();
  ASSERT_FALSE(HasFailure());
  const OrderedJob job = Order(SlowJob(100, kSites), charter_);
  const std::string id = SubmitApproved(job);
  AwaitRounds(id, 1);
  As("olga", {"job", "stop", id, "--reason", "Nobody asked for consent.", "-o", Path("handed-in.stop")});
  const v1::JobReport report = Await(id, bench::IsFinal);
  EXPECT_EQ(report.state(), v1::JOB_CANCELLED);
  EXPECT_THAT(report.reason(), HasSubstr("the ombudsman olga stopped this job: Nobody asked for consent."));
  EXPECT_LT(report.rounds_done(), 100u);
  const absl::Time end = absl::Now() + absl::Seconds(60) * kSlowdown;
  for (size_t site = 0; site < kSites; ++site) {
    const std::string kept = StopsAt(site) + "/" + report.job_sha256();
    while (!ReadFile(kept).ok() && absl::Now() < end) absl::SleepFor(absl::Milliseconds(20));
    EXPECT_EQ(ReadWhole(kept), ReadWhole(Path("handed-in.stop")));
  }
  const auto again = governance_->Submit(Order(ReadWhole(job.yaml), charter_));
  ASSERT_FALSE(again.ok()) << *again;
  EXPECT_THAT(std::string(again.status().message()), HasSubstr("byte for byte"));
}

TEST_F(Seats, AComplaintWithoutAnAnswerIsOverdueInEveryListAndItsTimeBeginsWhenItComes) {
  ASSERT_FALSE(HasFailure());
  const std::string id = Waiting();
  EXPECT_THAT(WhyNotComplained(ComplaintAt(ThisSecond() - kDay - absl::Hours(1), kDay)), HasSubstr("at most a day"));
  EXPECT_THAT(WhyNotComplained(ComplaintAt(ThisSecond(), absl::Hours(23))), HasSubstr("expected 1 days or more"));
  EXPECT_THAT(WhyNotComplained(ComplaintAt(ThisSecond(), kDay, "fritz")), HasSubstr("does not list as ombudsman"));
  v1::Complaint dated_back;
  EXPECT_EQ(WhyNotComplained(ComplaintAt(ThisSecond() - kDay + absl::Minutes(1), kDay), &dated_back), "");
  EXPECT_FALSE(dated_back.overdue());
  EXPECT_GT(absl::FromUnixMillis(dated_back.answer_by_unix_ms()), absl::Now() + absl::Hours(23));

  const std::string file = Path("council.complaint");
  const auto filed = nlohmann::json::parse(
      As("olga", {"complaint", "file", "--job", id, "--text", "The council was not asked.", "-o", file, "--json"}),
      nullptr, false);
  ASSERT_TRUE(filed.is_object());
  const std::string complaint = filed.value("id", "");
  EXPECT_THAT(As("engineer", {"complaint", "list"}), AllOf(HasSubstr("open until"), Not(HasSubstr("OVERDUE"))));
  LetTimePassSinceComplaint(file, complaint, 2 * kDay);
  ASSERT_FALSE(HasFailure());

  EXPECT_THAT(As("engineer", {"complaint", "list", "--job", id}), HasSubstr("OVERDUE since"));
  EXPECT_THAT(As("engineer", {"job", "list"}), HasSubstr("1 complaint OVERDUE"));
  EXPECT_THAT(As("engineer", {"job", "show", id}), HasSubstr("OVERDUE since"));
  As("engineer", {"job", "report", id, "--html", Path("report.html")});
  EXPECT_THAT(ReadWhole(Path("report.html")), HasSubstr("OVERDUE since"));
  const auto at_coordinator = federation_->Coordinator({"complaints"});
  ASSERT_TRUE(at_coordinator.ok()) << at_coordinator.status().message();
  EXPECT_THAT(*at_coordinator, AllOf(HasSubstr("OVERDUE since"), HasSubstr("open until")));
  EXPECT_THAT(WhyNot("olga", {"complaint", "answer", complaint, "--text", "All is well."}),
              HasSubstr("does not list as lead"));
  As("bela", {"complaint", "answer", complaint, "--text", "It was asked in May."});
  EXPECT_THAT(As("engineer", {"complaint", "show", complaint}),
              AllOf(HasSubstr("answered by bela"), HasSubstr("LATE")));
}

}  // namespace
}  // namespace accord
