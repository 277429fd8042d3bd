#include "client/daemon/ledger/egress_ledger.h"

#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "client/daemon/ledger/egress_file.h"
#include "client/daemon/ledger/egress_words.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/secure/full_disk.h"
#include "tests/trust/log/example_log.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class EgressLedgerTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(path_); }

  std::unique_ptr<EgressLedger> Open() {
    auto ledger = EgressLedger::Open(path_, "site-a", clock_);
    EXPECT_TRUE(ledger.ok()) << ledger.status();
    return ledger.ok() ? *std::move(ledger) : nullptr;
  }
  std::vector<v1::EgressEntry> Entries() {
    std::vector<v1::EgressEntry> entries;
    const auto end = ReadEgressFile(path_, "site-a", [&](uint64_t sequence, const v1::EgressEntry& entry) {
      entries.push_back(entry);
      EXPECT_EQ(sequence, entries.size());
    });
    EXPECT_TRUE(end.ok()) << end.status();
    return entries;
  }
  static v1::PlanId Plan(const std::string& job, uint32_t attempt) {
    v1::PlanId plan;
    plan.set_job_id(job);
    plan.set_step(2);
    plan.set_attempt(attempt);
    return plan;
  }
  static v1::SiteMessage Progress(const std::string& job) {
    v1::SiteMessage message;
    *message.mutable_progress()->mutable_plan() = Plan(job, 1);
    return message;
  }
  static v1::SiteMessage Refusal(const std::string& reason) {
    v1::SiteMessage message;
    *message.mutable_refusal()->mutable_plan() = Plan("job-1", 1);
    message.mutable_refusal()->set_reason(reason);
    return message;
  }

  const std::string path_ = ::testing::TempDir() + "/egress";
  ManualClock clock_;
};

TEST_F(EgressLedgerTest, IsItsOwnersAloneAndGoesOnAfterARestart) {
  ASSERT_TRUE(Open()->DaemonStarts("1.2", "host:1", 0).ok());
  struct stat about = {};
  ASSERT_EQ(stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  clock_.Advance(absl::Seconds(5));
  ASSERT_TRUE(Open()->DaemonStarts("1.3", "host:1", 0).ok());
  const auto entries = Entries();
  ASSERT_THAT(entries, SizeIs(2));
  EXPECT_EQ(entries[0].start().software_version(), "1.2");
  EXPECT_EQ(entries[1].unix_ms() - entries[0].unix_ms(), 5000);
}

TEST_F(EgressLedgerTest, AMessageStandsWithItsKindItsSizeAndItsHash) {
  v1::SiteMessage message;
  *message.mutable_survivor_answer()->mutable_plan() = Plan("job-1", 7);
  message.mutable_survivor_answer()->mutable_statement()->set_bytes("signed");
  ASSERT_TRUE(Open()->MessageLeaves(message).ok());
  const auto entries = Entries();
  ASSERT_THAT(entries, SizeIs(1));
  EXPECT_EQ(entries[0].job_id(), "job-1");
  EXPECT_EQ(entries[0].step(), 2u);
  EXPECT_EQ(entries[0].attempt(), 7u);
  EXPECT_EQ(entries[0].message().message(), "survivor_answer");
  EXPECT_EQ(entries[0].message().bytes(), message.ByteSizeLong());
  EXPECT_EQ(entries[0].message().sha256(), Sha256Hex(message.SerializeAsString()));
}

TEST_F(EgressLedgerTest, SeedsAreHashedAndStayNowhere) {
  const std::string seed = "0123456789abcdef0123456789abcdef";
  v1::SiteMessage message;
  message.mutable_reveal_answer()->set_seeds(seed);
  ASSERT_TRUE(Open()->MessageLeaves(message).ok());
  EXPECT_THAT(*ReadFile(path_), Not(HasSubstr(seed.substr(0, 8))));
}

TEST_F(EgressLedgerTest, ProgressIsCountedAndWrittenBeforeTheNextEntryOfItsJob) {
  const auto ledger = Open();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(ledger->MessageLeaves(Progress("job-1")).ok());
  ASSERT_TRUE(ledger->MessageLeaves(Progress("job-2")).ok());
  EXPECT_THAT(Entries(), SizeIs(0));
  ASSERT_TRUE(ledger->MessageLeaves(Refusal("no")).ok());
  const auto entries = Entries();
  ASSERT_THAT(entries, SizeIs(2));
  EXPECT_EQ(entries[0].message().count(), 3u);
  EXPECT_EQ(entries[0].message().bytes(), 3 * Progress("job-1").ByteSizeLong());
  const std::string one = Progress("job-1").SerializeAsString();
  EXPECT_EQ(entries[0].message().sha256(), Sha256Hex(one + one + one));
  EXPECT_EQ(entries[1].message().words(), "no");
  v1::CoordinatorMessage end;
  *end.mutable_plan_end()->mutable_plan() = Plan("job-2", 1);
  ASSERT_TRUE(ledger->IsAskedFor(end).ok());
  EXPECT_THAT(Entries(), SizeIs(3)) << "of the job that is over, and nothing of the end itself";
}

TEST_F(EgressLedgerTest, ProgressIsNotCountedForEver) {
  const auto ledger = Open();
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(ledger->MessageLeaves(Progress("job-1")).ok());
  EXPECT_THAT(Entries(), SizeIs(1));
}

TEST_F(EgressLedgerTest, AtTheEndTheCountIsWritten) {
  ASSERT_TRUE(Open()->MessageLeaves(Progress("job-1")).ok());
  ASSERT_THAT(Entries(), SizeIs(1));
}

TEST_F(EgressLedgerTest, TheDigestOfAMaskedVectorStandsWithTheEndOfItsUpload) {
  const auto ledger = Open();
  v1::EgressUpload upload;
  upload.set_protection(v1::EgressUpload::MASKED);
  ASSERT_TRUE(ledger->UploadBegins(Plan("job-1", 1), upload).ok());
  ledger->PayloadIs(Plan("job-1", 1), "digest");
  ASSERT_TRUE(ledger->UploadBegins(Plan("job-2", 1), upload).ok());
  v1::EgressUploadEnd end;
  end.set_bytes(12);
  ASSERT_TRUE(ledger->UploadEnds(Plan("job-2", 1), end).ok());
  ASSERT_TRUE(ledger->UploadEnds(Plan("job-1", 1), end).ok());
  const auto entries = Entries();
  ASSERT_THAT(entries, SizeIs(4));
  EXPECT_EQ(entries[2].upload_end().payload_digest(), "");
  EXPECT_EQ(entries[3].upload_end().payload_digest(), "digest");
}

TEST_F(EgressLedgerTest, WhatTheCoordinatorAskedForIsWrittenDown) {
  v1::CoordinatorMessage plan;
  *plan.mutable_plan()->mutable_id() = Plan("job-1", 3);
  plan.mutable_plan()->set_round(4);
  plan.mutable_plan()->add_cohort("site-a");
  v1::CoordinatorMessage welcome;
  welcome.mutable_welcome();
  const auto ledger = Open();
  ASSERT_TRUE(ledger->IsAskedFor(welcome).ok());
  ASSERT_TRUE(ledger->IsAskedFor(plan).ok());
  const auto entries = Entries();
  ASSERT_THAT(entries, SizeIs(1));
  EXPECT_EQ(entries[0].request().request(), "plan");
  EXPECT_EQ(entries[0].attempt(), 3u);
  EXPECT_EQ(entries[0].request().round(), 4u);
}

TEST_F(EgressLedgerTest, RequestsWithoutEndAreCountedBeyondAMinutesEntries) {
  v1::CoordinatorMessage request;
  *request.mutable_key_request()->mutable_plan() = Plan("job-1", 1);
  v1::SiteMessage answer;
  *answer.mutable_key_answer()->mutable_plan() = Plan("job-1", 1);
  const auto ledger = Open();
  const auto ask = [&](uint32_t times) {
    for (uint32_t i = 0; i < times; ++i) {
      ASSERT_TRUE(ledger->IsAskedFor(request).ok());
      ASSERT_TRUE(ledger->MessageLeaves(answer).ok());
      ASSERT_TRUE(ledger->Fetches(Plan("job-1", 1), "abc", 0).ok());
    }
  };
  constexpr uint32_t kMost = EgressLedger::kMostEntriesPerMinute;
  ask(kMost / 3 + 2);
  EXPECT_THAT(Entries(), SizeIs(kMost));
  ASSERT_TRUE(ledger->UploadBegins(Plan("job-1", 1), {}).ok());
  EXPECT_THAT(Entries(), SizeIs(kMost + 1)) << "a vector has its entry";
  clock_.Advance(absl::Minutes(1));
  ask(1);
  const auto entries = Entries();
  ASSERT_THAT(entries, SizeIs(kMost + 7));
  const v1::EgressEntry& asked = entries[kMost + 1];
  EXPECT_EQ(EgressInWords(asked), "asked for: a new public key for masks, 2 times");
  EXPECT_EQ(asked.job_id(), "");
  EXPECT_EQ(asked.request().bytes(), 2 * request.ByteSizeLong());
  const std::string one = request.SerializeAsString();
  EXPECT_EQ(asked.request().sha256(), Sha256Hex(one + one));
  EXPECT_EQ(EgressInWords(entries[kMost + 2]), "request for an object, 2 times");
  EXPECT_EQ(EgressInWords(entries[kMost + 3]), "public key for masks, signed, 2 times");
  EXPECT_EQ(entries[kMost + 4].request().count(), 0u) << "alone again";
}

TEST_F(EgressLedgerTest, WhatIsCountedBeyondAMinutesEntriesIsWrittenAtTheEnd) {
  v1::CoordinatorMessage request;
  *request.mutable_key_request()->mutable_plan() = Plan("job-1", 1);
  {
    const auto ledger = Open();
    for (uint32_t i = 0; i < EgressLedger::kMostEntriesPerMinute + 3; ++i) {
      ASSERT_TRUE(ledger->IsAskedFor(request).ok());
    }
  }
  const auto entries = Entries();
  ASSERT_THAT(entries, SizeIs(EgressLedger::kMostEntriesPerMinute + 1));
  EXPECT_EQ(entries.back().request().count(), 3u);
}

TEST_F(EgressLedgerTest, HasTheRequestForTheNextCertificate) {
  v1::RenewRequest request;
  request.set_certificate_pem("the last one");
  ASSERT_TRUE(Open()->RenewalLeaves(request).ok());
  const v1::EgressEntry entry = Entries()[0];
  EXPECT_EQ(entry.message().bytes(), request.ByteSizeLong());
  EXPECT_EQ(entry.message().sha256(), Sha256Hex(request.SerializeAsString()));
  EXPECT_EQ(EgressInWords(entry), "request for its next certificate: the last one, and its public key");
}

TEST_F(EgressLedgerTest, WordsOfOthersCannotFakeLines) {
  ASSERT_TRUE(Open()->MessageLeaves(Refusal("no\n\x1b[2Jyes")).ok());
  EXPECT_THAT(Entries()[0].message().words(), Not(HasSubstr("\n")));
  EXPECT_THAT(Entries()[0].message().words(), Not(HasSubstr("\x1b")));
}

TEST_F(EgressLedgerTest, AnEntryThatACrashCutOffGoes) {
  ASSERT_TRUE(Open()->DaemonStarts("1", "a:1", 0).ok());
  const auto whole = std::filesystem::file_size(path_);
  ASSERT_TRUE(Open()->DaemonStarts("2", "a:1", 0).ok());
  std::filesystem::resize_file(path_, whole + 9);
  EXPECT_THAT(Entries(), SizeIs(1)) << "read beside the daemon";
  ASSERT_TRUE(Open()->DaemonStarts("3", "a:1", 0).ok());
  const auto entries = Entries();
  ASSERT_THAT(entries, SizeIs(2));
  EXPECT_EQ(entries[1].start().software_version(), "3");
}

// The record of secure sums was not put back with it.
TEST_F(EgressLedgerTest, AnOlderCopyOfTheLedgerIsFoundByUploadsThatLeftForCertain) {
  const std::vector<LeftUpload> left = {{"job-0", 9, 3}, {"job-1", 1, 5}, {"job-1", 2, 8}};
  const auto open = [&](size_t count) {
    return EgressLedger::Open(path_, "site-a", clock_, absl::MakeConstSpan(left).first(count));
  };
  {
    const auto ledger = open(1);
    ASSERT_TRUE(ledger.ok()) << "it begins later: " << ledger.status();
    ASSERT_TRUE((*ledger)->DaemonStarts("1", "a:1", 3).ok());
    ASSERT_TRUE((*ledger)->UploadBegins(Plan("job-1", 1), {}).ok());
  }
  const std::string yesterday = *ReadFile(path_);
  {
    const auto ledger = open(2);
    ASSERT_TRUE(ledger.ok()) << ledger.status();
    ASSERT_TRUE((*ledger)->DaemonStarts("1", "a:1", 6).ok());
    ASSERT_TRUE((*ledger)->UploadBegins(Plan("job-1", 2), {}).ok());
  }
  EXPECT_TRUE(open(3).ok());
  ASSERT_TRUE(WriteFileAtomically(path_, yesterday, 0600).ok());
  const auto older = open(3);
  EXPECT_EQ(older.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(older.status().message()),
              HasSubstr("lacks 1 upload that this site's record of secure sums has, the first one for job job-1, "
                        "attempt 2: it was put back from an older copy"));
  EXPECT_EQ(*ReadFile(path_), yesterday);
  std::filesystem::remove(path_);
  EXPECT_TRUE(open(3).ok()) << "a new one begins";
}

TEST_F(EgressLedgerTest, ADamagedLedgerIsNotContinuedAndStaysAsItIs) {
  ASSERT_TRUE(Open()->DaemonStarts("1", "a:1", 0).ok());
  std::string damaged = *ReadFile(path_);
  damaged[15] ^= 1;
  ASSERT_TRUE(WriteFileAtomically(path_, damaged, 0600).ok());
  const auto ledger = EgressLedger::Open(path_, "site-a", clock_);
  EXPECT_EQ(ledger.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(ledger.status().message()), HasSubstr("move it elsewhere and start again"));
  EXPECT_EQ(*ReadFile(path_), damaged);
}

TEST_F(EgressLedgerTest, OnAFullDiskNothingIsWrittenAnyMoreAlsoOnceThereIsRoom) {
  const auto ledger = Open();
  ASSERT_TRUE(ledger->DaemonStarts("1", "a:1", 0).ok());
  absl::Status first;
  {
    const FullDisk full(std::filesystem::file_size(path_));
    first = ledger->MessageLeaves(Refusal("no"));
  }
  EXPECT_THAT(std::string(first.message()), HasSubstr("so nothing leaves"));
  EXPECT_EQ(ledger->MessageLeaves(Progress("job-1")), first);
  EXPECT_EQ(ledger->UploadBegins(Plan("job-1", 1), {}), first);
}

// Larger than the reader's buffer: entries lie across its ends.
TEST_F(EgressLedgerTest, AFileOfMegabytesIsReadInPieces) {
  {
    const auto ledger = Open();
    for (int i = 0; i < 3000; ++i) {
      ASSERT_TRUE(ledger->MessageLeaves(Refusal(std::string(900, 'x'))).ok());
      clock_.Advance(absl::Seconds(1));
    }
  }
  ASSERT_GT(std::filesystem::file_size(path_), 2u << 20);
  EXPECT_THAT(Entries(), SizeIs(3000));
}

TEST_F(EgressLedgerTest, TheLastHeadOfTheLogStandsAheadOfEachUploadThatIsMadeUnderIt) {
  const ExampleLog log("federation", 20);
  auto ledger = Open();
  EXPECT_EQ(ledger->log_memory(), std::nullopt);
  for (const uint64_t size : {3u, 5u, 8u}) ledger->LogGrows(log.HeadFile(size));
  ASSERT_TRUE(ledger->UploadBegins(Plan("job", 1), {}).ok());
  ASSERT_TRUE(ledger->UploadBegins(Plan("job", 2), {}).ok());
  ledger->LogGrows(log.HeadFile(9));
  ledger = nullptr;
  std::vector<v1::EgressEntry::KindCase> kinds;
  for (const v1::EgressEntry& entry : Entries()) kinds.push_back(entry.kind_case());
  using Entry = v1::EgressEntry;
  EXPECT_THAT(kinds, testing::ElementsAre(Entry::kLogHead, Entry::kUpload, Entry::kUpload, Entry::kLogHead));
  EXPECT_EQ(Entries()[0].log_head().head(), log.SignedHead(8).bytes);
  EXPECT_EQ(Entries()[3].log_head().first_entry(), "") << "it is the same log";
  EXPECT_THAT(EgressInWords(Entries()[3]), testing::HasSubstr("log has 9 entries"));
  EXPECT_FALSE(HasLeft(Entries()[3]));
  EXPECT_EQ(Open()->log_memory(), log.HeadFile(9));
}

TEST_F(EgressLedgerTest, WhatItForgotOfTheLogIsWrittenDownToo) {
  const ExampleLog log("federation", 20);
  auto ledger = Open();
  ledger->LogGrows(log.HeadFile(8));
  ASSERT_TRUE(ledger->UploadBegins(Plan("job", 1), {}).ok());
  ASSERT_TRUE(ledger->LogIsForgotten().ok());
  EXPECT_EQ(Open()->log_memory(), std::nullopt);
  ledger->LogGrows(log.HeadFile(4));
  ledger = nullptr;
  EXPECT_EQ(Open()->log_memory(), log.HeadFile(4)) << "with its first entry again";
}

}  // namespace
}  // namespace accord
