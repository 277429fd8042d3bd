#include "coordinator/store/store.h"

#include <signal.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/content_digest.h"
#include "base/file.h"
#include "base/hash.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

using std::string_literals::operator""s;

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kStoreTime = absl::FromUnixSeconds(1'700'000'000);

// Bytes with everything in it that text columns would not survive.
const std::string kSpecBytes = "\x00\x01\xff'; DROP TABLE jobs;"s;

JobSubmission SomeJob(const std::string& id) {
  JobSubmission submission;
  submission.record.id = id;
  submission.record.submitted_by = "ada";
  submission.record.request_id = "request-" + id;
  submission.record.submitted_unix_ms = 5;
  submission.record.spec_bytes = kSpecBytes;
  submission.record.layout.set_num_elements(3);
  submission.record.next_attempt = 2;
  submission.inline_model = "model 0";
  submission.record.model_digest = Sha256Hex(submission.inline_model);
  return submission;
}

RoundClose Close(const std::string& id, uint32_t step, const std::string& model) {
  RoundClose close;
  close.job_id = id;
  close.next_step = step + 1;
  close.next_attempt = step + 3;
  close.report.set_step(step);
  close.report.set_attempt(step + 1);
  close.report.set_outcome(v1::ROUND_FINISHED);
  close.inline_model = model;
  close.model_digest = Sha256Hex(model);
  close.report.set_model_digest(close.model_digest);
  return close;
}

class StoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<Store> Open(const std::string& state_dir) {
    auto store = Store::Open(state_dir);
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }
  std::string StateDir() const { return folder_.Path("state"); }
  TemporaryFolder folder_;
};

TEST_F(StoreTest, OnePersonsJobsThatAreNotOverAreCountedWhereAJobIsStored) {
  const auto store = Open(StateDir());
  for (int i = 0; i < JobStore::kMostUnfinishedJobs; ++i) {
    ASSERT_TRUE(store->jobs().AddJob(SomeJob(absl::StrCat("a", i))).ok()) << i;
  }
  EXPECT_EQ(store->jobs().AddJob(SomeJob("b1")).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(store->jobs().CheckRoomFor("ada").code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(store->jobs().CheckRoomFor("bela").ok());
  ASSERT_TRUE(store->jobs().EndJob("a3", v1::JOB_FINISHED, "", kStoreTime).ok());
  EXPECT_TRUE(store->jobs().AddJob(SomeJob("b1")).ok());
}

TEST_F(StoreTest, AJobComesBackExactlyAsItWasStored) {
  ASSERT_TRUE(Open(StateDir())->jobs().AddJob(SomeJob("a1")).ok());
  auto store = Open(StateDir());
  const auto job = store->jobs().Get("a1");
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->spec_bytes, kSpecBytes);
  EXPECT_EQ(job->layout.num_elements(), 3u);
  EXPECT_EQ(job->state, v1::JOB_WAITING);
  EXPECT_EQ(job->next_attempt, 2u);
  EXPECT_FALSE(job->statistics.has_value());
  const auto model = store->objects().Find(job->model_digest);
  ASSERT_TRUE(model.ok());
  EXPECT_EQ((*model)->size(), 7u);
}

TEST_F(StoreTest, OneTransactionClosesARound) {
  auto store = Open(StateDir());
  ASSERT_TRUE(store->jobs().AddJob(SomeJob("a1")).ok());
  RoundClose close = Close("a1", 0, "model 1");
  close.statistics.emplace().add_mean(1.5);
  close.new_sites.emplace_back().set_site("north");
  ASSERT_TRUE(store->jobs().CloseRound(close).ok());
  const auto job = store->jobs().Get("a1");
  ASSERT_TRUE(job.ok());
  EXPECT_EQ(job->step, 1u);
  EXPECT_EQ(job->next_attempt, 3u);
  EXPECT_EQ(job->model_digest, Sha256Hex("model 1"));
  ASSERT_TRUE(job->statistics.has_value());
  EXPECT_EQ(job->statistics->mean(0), 1.5);
  EXPECT_THAT(*store->jobs().Rounds("a1", 10), SizeIs(1));
  EXPECT_EQ(store->jobs().Sites("a1")->at(0).site(), "north");
}

TEST_F(StoreTest, TheLatestRoundIsAFinishedOneAndNoOtherStep) {
  auto store = Open(StateDir());
  ASSERT_TRUE(store->jobs().AddJob(SomeJob("a1")).ok());
  EXPECT_EQ(store->jobs().LatestRound("a1").value(), 0u);
  for (const uint32_t round : {1, 2, 0}) {  // the last one is an evaluation
    RoundClose close = Close("a1", round, "model");
    close.report.set_attempt(10 * round + (round == 0 ? 30 : 0));
    close.report.set_round(round);
    close.inline_model.clear();
    ASSERT_TRUE(store->jobs().CloseRound(close).ok());
  }
  v1::RoundReport abandoned;
  abandoned.set_attempt(40);
  abandoned.set_round(3);
  abandoned.set_outcome(v1::ROUND_ABANDONED);
  ASSERT_TRUE(store->jobs().RecordAbandoned("a1", abandoned).ok());
  EXPECT_EQ(store->jobs().LatestRound("a1").value(), 2u);
  EXPECT_EQ(store->jobs().LatestRound("b2").value(), 0u);
}

TEST_F(StoreTest, TheStateOfTheServersRuleIsThatOfTheLastRoundOnly) {
  auto store = Open(StateDir());
  ASSERT_TRUE(store->jobs().AddJob(SomeJob("a1")).ok());
  EXPECT_EQ(store->jobs().Get("a1")->server_state, "");
  RoundClose close = Close("a1", 0, "model 1");
  close.inline_server_state = "state 1";
  close.server_state = Sha256Hex(close.inline_server_state);
  ASSERT_TRUE(store->jobs().CloseRound(close).ok());
  EXPECT_EQ(store->jobs().Get("a1")->server_state, Sha256Hex("state 1"));
  EXPECT_TRUE(store->objects().Find(Sha256Hex("state 1")).ok());
  // The next one is a file.
  auto writer = store->objects().NewFile(NamedBy::kSha256).value();
  ASSERT_TRUE(writer->Append("state 2").ok());
  const std::string second = writer->Finish().value();
  close = Close("a1", 1, "model 2");
  close.server_state = second;
  ASSERT_TRUE(store->jobs().CloseRound(close).ok());
  EXPECT_EQ(store->jobs().Get("a1")->server_state, second);
  EXPECT_FALSE(store->objects().Find(Sha256Hex("state 1")).ok());
  // A round without one, as an evaluation is, keeps it.
  ASSERT_TRUE(store->jobs().CloseRound(Close("a1", 2, "model 3")).ok());
  EXPECT_EQ(store->jobs().Get("a1")->server_state, second);
  // The coordinator is killed between the end of the job and the deletion: the next start deletes it.
  ASSERT_TRUE(store->jobs().EndJob("a1", v1::JOB_FINISHED, "done", kStoreTime).ok());
  EXPECT_EQ(store->jobs().Get("a1")->server_state, "");
  EXPECT_TRUE(store->objects().Find(second).ok());
  store = nullptr;
  store = Open(StateDir());
  EXPECT_FALSE(store->objects().Find(second).ok());
  EXPECT_TRUE(store->objects().Find(Sha256Hex("model 3")).ok());
}

// The answer to the first commit was lost, and the step came to the same bits again.
TEST_F(StoreTest, AStateThatTakesItsOwnPlaceIsNotDiscarded) {
  auto store = Open(StateDir());
  ASSERT_TRUE(store->jobs().AddJob(SomeJob("a1")).ok());
  std::string name;
  for (uint32_t round = 0; round < 2; ++round) {
    auto writer = store->objects().NewFile(NamedBy::kSha256).value();
    ASSERT_TRUE(writer->Append("the same state").ok());
    name = writer->Finish().value();
    RoundClose close = Close("a1", 0, "model 1");
    close.report.set_attempt(round + 1);
    close.server_state = name;
    ASSERT_TRUE(store->jobs().CloseRound(close).ok());
  }
  store = nullptr;
  store = Open(StateDir());
  EXPECT_EQ(store->jobs().Get("a1")->server_state, name);
  EXPECT_TRUE(store->objects().Find(name).ok());
}

TEST_F(StoreTest, ARoundThatCannotBeClosedLeavesNothingBehind) {
  auto store = Open(StateDir());
  ASSERT_TRUE(store->jobs().AddJob(SomeJob("a1")).ok());
  ASSERT_TRUE(store->jobs().CloseRound(Close("a1", 0, "model 1")).ok());
  RoundClose again = Close("a1", 0, "another model");  // the attempt's number is taken
  EXPECT_FALSE(store->jobs().CloseRound(again).ok());
  EXPECT_EQ(store->jobs().Get("a1")->model_digest, Sha256Hex("model 1"));
  EXPECT_EQ(store->objects().Find(Sha256Hex("another model")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(store->jobs().CloseRound(Close("a1", 1, "model 2")).ok());
}

TEST_F(StoreTest, AfterACrashAtAnyByteOfTheLogARoundIsClosedWhollyOrNotAtAll) {
  auto store = Open(StateDir());
  ASSERT_TRUE(store->jobs().AddJob(SomeJob("a1")).ok());
  for (uint32_t step = 0; step < 3; ++step) {
    ASSERT_TRUE(store->jobs().CloseRound(Close("a1", step, absl::StrCat("model ", step + 1))).ok());
  }
  const std::string log = DatabasePath(StateDir()) + "-wal";
  const auto log_size = static_cast<int64_t>(std::filesystem::file_size(log));
  uint32_t furthest = 0;
  for (int64_t kept = log_size; kept >= 0; kept -= 997) {  // a prime: cuts everywhere within pages
    const std::string copy = folder_.Path("copy");
    std::filesystem::remove_all(copy);
    ASSERT_TRUE(MakeFolders(copy).ok());
    std::filesystem::copy_file(StateDir() + "/log.key", copy + "/log.key");
    std::filesystem::copy_file(DatabasePath(StateDir()), DatabasePath(copy));
    std::filesystem::copy_file(log, DatabasePath(copy) + "-wal");
    std::filesystem::resize_file(DatabasePath(copy) + "-wal", static_cast<uintmax_t>(kept));
    auto reopened = Store::Open(copy);
    ASSERT_TRUE(reopened.ok()) << kept << " of " << log_size << ": " << reopened.status();
    const auto head = (*reopened)->log().rows().LastHead(kFederationProject);
    ASSERT_TRUE(head.ok()) << kept << ": " << head.status();
    const uint64_t entries = (*reopened)->log().identity().CheckHead(*head)->tree_size;
    const auto job = (*reopened)->jobs().Get("a1");
    if (!job.ok()) {
      EXPECT_EQ(job.status().code(), absl::StatusCode::kNotFound);
      EXPECT_EQ(entries, 1u) << kept;
      continue;
    }
    EXPECT_EQ(entries, 1 + 2 * (1 + job->step)) << kept;  // of the job and of each round: itself, and its model
    furthest = std::max(furthest, job->step);
    EXPECT_EQ(job->model_digest, Sha256Hex(absl::StrCat("model ", job->step))) << kept;
    EXPECT_THAT(*(*reopened)->jobs().Rounds("a1", 10), SizeIs(job->step)) << kept;
    EXPECT_TRUE((*reopened)->objects().Find(job->model_digest).ok()) << kept;
    EXPECT_GT(job->next_attempt, job->step + 1) << kept;
  }
  EXPECT_EQ(furthest, 3u);
}

TEST_F(StoreTest, ADamagedDatabaseIsSaidToBeDamaged) {
  ASSERT_TRUE(Open(StateDir())->jobs().AddJob(SomeJob("a1")).ok());
  const std::string path = DatabasePath(StateDir());
  const auto size = std::filesystem::file_size(path);
  ASSERT_GT(size, 8192u);
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(size - 4096, '\x5a');
  }
  const auto store = Store::Open(StateDir());
  EXPECT_EQ(store.status().code(), absl::StatusCode::kDataLoss) << store.status();
  EXPECT_THAT(std::string(store.status().message()), HasSubstr("restore"));
}

TEST_F(StoreTest, AFileThatIsNoDatabaseIsRefused) {
  ASSERT_TRUE(MakeFolders(StateDir()).ok());
  ASSERT_TRUE(WriteFileAtomically(DatabasePath(StateDir()), std::string(5000, 'x')).ok());
  EXPECT_EQ(Store::Open(StateDir()).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(StoreTest, TablesOfANewerVersionAreRefused) {
  ASSERT_NE(Open(StateDir()), nullptr);
  {
    auto database = Database::Open(DatabasePath(StateDir()));
    ASSERT_TRUE(database.ok());
    ASSERT_TRUE((*database)
                    ->Write("age",
                            [](soci::session& sql) {
                              sql << "UPDATE schema_version SET version = 99";
                              return absl::OkStatus();
                            })
                    .ok());
  }
  const auto store = Store::Open(StateDir());
  EXPECT_EQ(store.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(store.status().message()), HasSubstr("version 99"));
}

TEST_F(StoreTest, TwoCoordinatorsCannotShareAFolder) {
  auto first = Open(StateDir());
  const auto second = Store::Open(StateDir());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("another accord-coordinator"));
}

// No file of this process may grow: what a full disk does to writers.
class FullDisk {
 public:
  FullDisk() {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit none = before_;
    none.rlim_cur = 0;
    setrlimit(RLIMIT_FSIZE, &none);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_;
};

TEST_F(StoreTest, AFullDiskIsAnErrorAndLeavesTheStoreUsable) {
  auto store = Open(StateDir());
  ASSERT_TRUE(store->jobs().AddJob(SomeJob("a1")).ok());
  auto writer = store->objects().NewFile(NamedBy::kSha256);
  ASSERT_TRUE(writer.ok());
  {
    FullDisk full;
    EXPECT_FALSE(store->jobs().CloseRound(Close("a1", 0, "model 1")).ok());
    EXPECT_FALSE((*writer)->Append("bytes").ok());
  }
  EXPECT_EQ(store->jobs().Get("a1")->step, 0u);
  EXPECT_TRUE(store->jobs().CloseRound(Close("a1", 0, "model 1")).ok());
  EXPECT_EQ(store->jobs().Get("a1")->step, 1u);
}

TEST_F(StoreTest, AnIdMayBeShortenedAsLongAsItIsUnambiguous) {
  auto store = Open(StateDir());
  ASSERT_TRUE(store->jobs().AddJob(SomeJob("ab12")).ok());
  ASSERT_TRUE(store->jobs().AddJob(SomeJob("ab34")).ok());
  EXPECT_EQ(*store->jobs().Resolve("ab1"), "ab12");
  EXPECT_EQ(store->jobs().Resolve("ab").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store->jobs().Resolve("ac").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store->jobs().Resolve("ac").status().message(), "there is no job ac");
  EXPECT_EQ(store->jobs().Resolve("").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store->jobs().Resolve("%' OR '1'='1").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(StoreTest, ListsNewestFirstAndUnfinishedOnes) {
  auto store = Open(StateDir());
  ASSERT_TRUE(store->jobs().AddJob(SomeJob("a1")).ok());
  ASSERT_TRUE(store->jobs().AddJob(SomeJob("a2")).ok());
  ASSERT_TRUE(store->jobs().EndJob("a1", v1::JOB_CANCELLED, "cancelled by ada", kStoreTime).ok());
  const auto all = store->jobs().List(10);
  ASSERT_THAT(*all, SizeIs(2));
  EXPECT_EQ(all->at(0).id, "a2");
  EXPECT_EQ(all->at(1).state, v1::JOB_CANCELLED);
  EXPECT_EQ(all->at(1).finished_unix_ms, absl::ToUnixMillis(kStoreTime));
  const auto unfinished = store->jobs().ListUnfinished();
  ASSERT_THAT(*unfinished, SizeIs(1));
  EXPECT_EQ(unfinished->at(0).id, "a2");
}

TEST_F(StoreTest, AReservedAttemptNumberNeverGoesBack) {
  auto store = Open(StateDir());
  ASSERT_TRUE(store->jobs().AddJob(SomeJob("a1")).ok());
  ASSERT_TRUE(store->jobs().ReserveAttempts("a1", 9).ok());
  ASSERT_TRUE(store->jobs().ReserveAttempts("a1", 4).ok());
  EXPECT_EQ(store->jobs().Get("a1")->next_attempt, 9u);
}

TEST_F(StoreTest, ARequestIsFoundByItsPersonOnly) {
  auto store = Open(StateDir());
  ASSERT_TRUE(store->jobs().AddJob(SomeJob("a1")).ok());
  EXPECT_EQ(*store->jobs().FindRequest("ada", "request-a1"), "a1");
  EXPECT_EQ(*store->jobs().FindRequest("eve", "request-a1"), std::nullopt);
  EXPECT_FALSE(store->jobs().AddJob(SomeJob("a1")).ok());
}

// ---- objects ----

TEST_F(StoreTest, AnObjectIsThereOnlyWhenItIsFinished) {
  auto store = Open(StateDir());
  const std::string content(200'000, 'm');
  const std::string name = HexDigest(ContentDigest(content));
  {
    auto abandoned = store->objects().NewFile(NamedBy::kContentDigest);
    ASSERT_TRUE((*abandoned)->Append(content).ok());
  }
  EXPECT_EQ(store->objects().Find(name).status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(std::filesystem::is_empty(store->objects().staging_dir()));
  auto writer = store->objects().NewFile(NamedBy::kContentDigest);
  ASSERT_TRUE((*writer)->Append(content.substr(0, 1000)).ok());
  ASSERT_TRUE((*writer)->Append(content.substr(1000)).ok());
  EXPECT_EQ(*(*writer)->Finish(), name);
  const auto object = store->objects().Find(name);
  ASSERT_TRUE(object.ok());
  std::string read((*object)->size(), ' ');
  ASSERT_TRUE((*object)->Read(0, absl::MakeSpan(read)).ok());
  EXPECT_EQ(read, content);
  EXPECT_EQ((*object)->Read(1, absl::MakeSpan(read)).code(), absl::StatusCode::kOutOfRange);
}

TEST_F(StoreTest, BytesThatAreNotThoseAnnouncedBecomeNoObject) {
  auto store = Open(StateDir());
  auto writer = store->objects().NewFile(NamedBy::kSha256);
  ASSERT_TRUE((*writer)->Append("something else").ok());
  EXPECT_EQ((*writer)->Finish(Sha256Hex("announced")).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store->objects().Find(Sha256Hex("something else")).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(StoreTest, WhatACrashLeftInStagingIsRemovedAtTheNextStart) {
  ASSERT_NE(Open(StateDir()), nullptr);
  ASSERT_TRUE(WriteFileAtomically(StateDir() + "/staging/object-abc", "half a model").ok());
  auto store = Open(StateDir());
  EXPECT_TRUE(std::filesystem::is_empty(store->objects().staging_dir()));
}

TEST_F(StoreTest, ANameThatIsNoDigestNeverReachesTheFileSystem) {
  auto store = Open(StateDir());
  for (const std::string& name : {std::string("../../etc/passwd"), std::string(64, 'G'), std::string()}) {
    EXPECT_EQ(store->objects().Find(name).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

// ---- members ----

absl::StatusOr<std::string> Issue(const std::string&) { return "a public key"; }

absl::StatusOr<std::string> IssueOther(const std::string&) { return "another public key"; }

TEST_F(StoreTest, AnEnrolmentWhoseAnswerWasLostIsAnsweredAgainToItsKeyAlone) {
  auto store = Open(StateDir());
  Members& members = store->members();
  const Sha256Digest hash = Sha256("secret");
  const absl::Time end = kStoreTime + absl::Hours(1);
  ASSERT_TRUE(members.AddToken(hash, "site/north", end, "North Hospital").ok());
  ASSERT_TRUE(members.RedeemToken(hash, kStoreTime, Issue).ok());
  ASSERT_TRUE(members.AddToken(Sha256("later"), "site/north", end).ok());
  EXPECT_EQ(*members.RedeemToken(hash, end - absl::Seconds(1), Issue), "site/north");
  const auto denied = [&members, &hash](absl::Time now, auto issue) {
    return absl::IsPermissionDenied(members.RedeemToken(hash, now, issue).status());
  };
  EXPECT_TRUE(denied(kStoreTime, IssueOther));
  const auto other_signing_key = [](const std::string&) -> absl::StatusOr<CertifiedKeys> {
    return CertifiedKeys("another signing key", "a public key");
  };
  EXPECT_TRUE(denied(kStoreTime, other_signing_key));
  EXPECT_TRUE(denied(end, Issue)) << "it has its life";
  EXPECT_EQ(members.ListSites()->at(0).organisation, "North Hospital");
  // What was asked again has voided no token that was given out since. The key of this one stands from now on.
  ASSERT_TRUE(members.RedeemToken(Sha256("later"), kStoreTime, IssueOther).ok());
  EXPECT_TRUE(denied(kStoreTime, Issue));
}

TEST_F(StoreTest, ARevokedKeyIsNotCertifiedAgainByItsFormerToken) {
  auto store = Open(StateDir());
  ASSERT_TRUE(store->members().AddToken(Sha256("1"), "site/north", kStoreTime + absl::Hours(1)).ok());
  ASSERT_TRUE(store->members().RedeemToken(Sha256("1"), kStoreTime, Issue).ok());
  ASSERT_TRUE(store->member_keys().Revoke("site/north", "a laptop was stolen", kStoreTime).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(store->members().RedeemToken(Sha256("1"), kStoreTime, Issue).status()));
}

TEST_F(StoreTest, ATokenIsGoodOnce) {
  auto store = Open(StateDir());
  const Sha256Digest hash = Sha256("secret");
  ASSERT_TRUE(store->members().AddToken(hash, "site/north", kStoreTime + absl::Hours(1)).ok());
  EXPECT_EQ(*store->members().RedeemToken(hash, kStoreTime, Issue), "site/north");
  EXPECT_EQ(store->members().RedeemToken(hash, kStoreTime, IssueOther).status().code(),
            absl::StatusCode::kPermissionDenied);
  const auto sites = store->members().ListSites();
  ASSERT_THAT(*sites, SizeIs(1));
  EXPECT_EQ(sites->at(0).id, "north");
  EXPECT_EQ(sites->at(0).last_seen_unix_ms, 0);
}

TEST_F(StoreTest, AnExpiredOrUnknownTokenIsRefused) {
  auto store = Open(StateDir());
  const Sha256Digest hash = Sha256("secret");
  ASSERT_TRUE(store->members().AddToken(hash, "person/ada", kStoreTime).ok());
  EXPECT_EQ(store->members().RedeemToken(hash, kStoreTime, Issue).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(store->members().RedeemToken(Sha256("other"), kStoreTime, Issue).status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(StoreTest, ATokenStaysGoodWhenNothingCouldBeIssuedForIt) {
  auto store = Open(StateDir());
  const Sha256Digest hash = Sha256("secret");
  ASSERT_TRUE(store->members().AddToken(hash, "site/north", kStoreTime + absl::Hours(1)).ok());
  const auto failing = [](const std::string&) -> absl::StatusOr<std::string> {
    return absl::InvalidArgumentError("no request");
  };
  EXPECT_EQ(store->members().RedeemToken(hash, kStoreTime, failing).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(*store->members().ListSites(), IsEmpty());
  EXPECT_TRUE(store->members().RedeemToken(hash, kStoreTime, Issue).ok());
}

TEST_F(StoreTest, ATokenThatLayAboutUndoesNoEnrolment) {
  auto store = Open(StateDir());
  ASSERT_TRUE(store->members().AddToken(Sha256("1"), "site/north", kStoreTime + absl::Hours(1)).ok());
  ASSERT_TRUE(store->members().AddToken(Sha256("2"), "site/north", kStoreTime + absl::Hours(1)).ok());
  ASSERT_TRUE(store->members().AddToken(Sha256("3"), "site/south", kStoreTime + absl::Hours(1)).ok());
  EXPECT_TRUE(store->members().RedeemToken(Sha256("2"), kStoreTime, Issue).ok());
  EXPECT_EQ(store->members().RedeemToken(Sha256("1"), kStoreTime, IssueOther).status().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_TRUE(store->members().RedeemToken(Sha256("3"), kStoreTime, Issue).ok());
}

TEST_F(StoreTest, ARevokedMemberComesBackWithANewTokenOnly) {
  auto store = Open(StateDir());
  ASSERT_TRUE(store->members().AddToken(Sha256("1"), "site/north", kStoreTime + absl::Hours(1)).ok());
  ASSERT_TRUE(store->members().RedeemToken(Sha256("1"), kStoreTime, Issue).ok());
  ASSERT_TRUE(store->members().AddToken(Sha256("2"), "site/north", kStoreTime + absl::Hours(1)).ok());
  ASSERT_TRUE(store->member_keys().Revoke("site/north", "a laptop was stolen", kStoreTime).ok());
  EXPECT_EQ(store->members().RedeemToken(Sha256("2"), kStoreTime, Issue).status().code(),
            absl::StatusCode::kPermissionDenied);
  ASSERT_TRUE(store->member_keys().Refresh().ok());
  EXPECT_EQ(store->member_keys().Check("site/north", "a public key").code(), absl::StatusCode::kPermissionDenied);
  ASSERT_TRUE(store->members().AddToken(Sha256("3"), "site/north", kStoreTime + absl::Hours(1)).ok());
  EXPECT_TRUE(store->members().RedeemToken(Sha256("3"), kStoreTime, Issue).ok());
  ASSERT_TRUE(store->member_keys().Refresh().ok());
  EXPECT_TRUE(store->member_keys().Check("site/north", "a public key").ok());
}

TEST_F(StoreTest, AnInvitationThatNobodyHasTakenUpCanBeWithdrawn) {
  auto store = Open(StateDir());
  ASSERT_TRUE(store->members().AddToken(Sha256("1"), "person/ada", kStoreTime + absl::Hours(1)).ok());
  ASSERT_TRUE(store->member_keys().Revoke("person/ada", "the letter was lost", kStoreTime).ok());
  EXPECT_EQ(store->members().RedeemToken(Sha256("1"), kStoreTime, Issue).status().code(),
            absl::StatusCode::kPermissionDenied);
  ASSERT_TRUE(store->members().AddToken(Sha256("2"), "person/bob", kStoreTime + absl::Hours(1)).ok());
  EXPECT_EQ(store->member_keys().Revoke("person/bob", "too late", kStoreTime + absl::Hours(1)).code(),
            absl::StatusCode::kNotFound);
}

TEST_F(StoreTest, AnotherProcessMayAddTokensWhileTheCoordinatorWrites) {
  auto store = Open(StateDir());
  ASSERT_TRUE(store->jobs().AddJob(SomeJob("a1")).ok());
  std::thread other([&] {
    auto database = Database::Open(DatabasePath(StateDir()));
    ASSERT_TRUE(database.ok()) << database.status();
    Members members(**database);
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE(members.AddToken(Sha256(absl::StrCat(i)), "site/north", kStoreTime + absl::Hours(1)).ok());
    }
  });
  for (uint32_t step = 0; step < 20; ++step) {
    EXPECT_TRUE(store->jobs().CloseRound(Close("a1", step, absl::StrCat("model ", step))).ok());
  }
  other.join();
  EXPECT_TRUE(store->members().RedeemToken(Sha256("19"), kStoreTime, Issue).ok());
}

}  // namespace
}  // namespace accord
