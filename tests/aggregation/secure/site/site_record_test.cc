#include "aggregation/secure/site/site_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace accord::secure {
namespace {

Sha256Digest D(absl::string_view name) { return Sha256(name); }

Signed SignedEntry(absl::string_view transcript, absl::string_view place) {
  Signed entry;
  entry.job_id = "job";
  entry.attempt = 5;
  entry.transcript = D(transcript);
  entry.place = D(place);
  entry.question = D("question");
  entry.survivors_hash = D("survivors");
  entry.vector_name = D("vector");
  entry.encoding_sites = 4;
  entry.required_signatures = 3;
  entry.colluding_sites = 1;
  entry.cohort = {"site-a", "site-b", "site-c", "site-d"};
  entry.survivors = {"site-a", "site-b", "site-d"};
  entry.seen = {{"site-b", 7, D("b7")}, {"site-d", 9, D("d9")}};
  entry.weight_cap = 100;
  return entry;
}

std::vector<RecordEntry> EveryKind() {
  return {EpochOpened{"job", 3},
          Uploaded{"job", 5, D("t1"), D("vector")},
          SignedEntry("t1", "place"),
          Revealed{"job", 5, D("t1"), D("survivors")},
          Voided{D("t2")},
          Freed{D("t1")},
          Lost{"job", 2, D("lost")}};
}

std::string FileOf(const std::vector<RecordEntry>& entries, absl::string_view site = "site-a") {
  SiteRecord record(site);
  std::string file;
  for (const RecordEntry& entry : entries) file += record.Append(entry);
  return file;
}

TEST(RecordEntry, EveryKindReadsBackAsItWas) {
  for (const RecordEntry& entry : EveryKind()) {
    const std::string payload = Serialize(entry);
    ASSERT_TRUE(ParseRecordEntry(payload).ok());
    EXPECT_EQ(*ParseRecordEntry(payload), entry);
  }
}

// Kind 3 had everything but the last eight bytes; a record that begins with one goes on as it is.
TEST(RecordEntry, SignedByAnEarlierVersionIsReadAndItsHeadStays) {
  std::string payload = Serialize(SignedEntry("t1", "place"));
  payload.resize(payload.size() - 8);
  payload[1] = 3;
  const auto entry = ParseRecordEntry(payload);
  ASSERT_TRUE(entry.ok()) << entry.status();
  Signed expected = SignedEntry("t1", "place");
  expected.weight_cap = 0;
  EXPECT_EQ(std::get<Signed>(*entry), expected);
}

TEST(RecordEntry, CutOrProlongedIsRefused) {
  for (const RecordEntry& entry : EveryKind()) {
    const std::string payload = Serialize(entry);
    for (size_t size = 0; size < payload.size(); ++size) {
      EXPECT_FALSE(ParseRecordEntry(payload.substr(0, size)).ok()) << size;
    }
    EXPECT_FALSE(ParseRecordEntry(payload + "x").ok());
  }
}

TEST(SiteRecord, ReplayKnowsEverythingThatWasAppended) {
  const std::string file = FileOf(EveryKind());
  absl::StatusOr<SiteRecord> record = SiteRecord::Replay("site-a", file);
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->sequence(), 7u);
  EXPECT_TRUE(record->IsFreed(D("t1")));
  EXPECT_FALSE(record->IsFreed(D("t2")));
  EXPECT_EQ(record->valid_bytes(), file.size());
  EXPECT_EQ(record->LastNumber("job"), 5u);
  EXPECT_EQ(record->LastNumber("other"), 0u);
  ASSERT_NE(record->FindUploaded(D("t1")), nullptr);
  EXPECT_EQ(record->FindUploaded(D("t1"))->vector_name, D("vector"));
  EXPECT_EQ(record->FindSigned(D("t1")), SignedEntry("t1", "place"));
  EXPECT_EQ(record->FindSigned(D("t2")), std::nullopt);
  EXPECT_TRUE(record->IsVoided(D("t2")));
  EXPECT_FALSE(record->IsVoided(D("t1")));
  ASSERT_NE(record->LastRevealed("job"), nullptr);
  EXPECT_EQ(record->LastRevealed("job")->transcript, D("t1"));
  EXPECT_EQ(record->Seen(), SignedEntry("t1", "place").seen);
}

TEST(SiteRecord, KnowsTheLastAttemptsWhoseSumsCountThisSitesVector) {
  SiteRecord record("site-a");
  Signed entry = SignedEntry("t1", "place");
  ASSERT_THAT(entry.survivors, ::testing::Contains("site-a"));
  record.Append(entry);
  EXPECT_TRUE(record.contributed().empty()) << "it never uploaded for this transcript";
  const auto contribute = [&](int i) {
    entry.transcript = D(absl::StrCat("transcript ", i));
    entry.attempt = static_cast<uint32_t>(i);
    record.Append(Uploaded{entry.job_id, entry.attempt, entry.transcript, D("vector")});
    record.Append(entry);
  };
  contribute(7);
  const std::deque<SiteRecord::Contributed> one = {{entry.job_id, 7, 3}};
  EXPECT_EQ(record.contributed(), one);
  record.Append(entry);
  EXPECT_EQ(record.contributed(), one) << "signed once more";
  std::erase(entry.survivors, "site-a");
  contribute(8);
  EXPECT_EQ(record.contributed(), one) << "left out of the sum";
  entry.survivors = SignedEntry("t1", "place").survivors;
  for (int i = 9; i < 9 + static_cast<int>(SiteRecord::kMostContributed); ++i) contribute(i);
  EXPECT_EQ(record.contributed().size(), SiteRecord::kMostContributed);
  EXPECT_EQ(record.contributed().front().attempt, 9u);
}

TEST(SiteRecord, ContinuesAfterAReplayAsIfItHadNeverStopped) {
  const std::vector<RecordEntry> entries = EveryKind();
  const std::string file = FileOf(entries);
  const std::string first = FileOf({entries[0], entries[1]});
  SiteRecord record = *SiteRecord::Replay("site-a", first);
  std::string continued = first;
  for (size_t i = 2; i < entries.size(); ++i) continued += record.Append(entries[i]);
  EXPECT_EQ(continued, file);
}

TEST(SiteRecord, LastEntryCutAnywhereIsLeftOutAndTheRestHolds) {
  const std::vector<RecordEntry> entries = EveryKind();
  const size_t whole = FileOf({entries[0], entries[1]}).size();
  const std::string file = FileOf({entries[0], entries[1], entries[2]});
  for (size_t size = whole; size < file.size(); ++size) {
    absl::StatusOr<SiteRecord> record = SiteRecord::Replay("site-a", file.substr(0, size));
    ASSERT_TRUE(record.ok()) << size << ": " << record.status();
    EXPECT_EQ(record->valid_bytes(), whole) << size;
    EXPECT_EQ(record->sequence(), 2u) << size;
  }
}

TEST(SiteRecord, ZerosBehindTheLastEntryAreATornEntry) {
  const std::string file = FileOf(EveryKind());
  absl::StatusOr<SiteRecord> record = SiteRecord::Replay("site-a", file + std::string(300, '\0'));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->valid_bytes(), file.size());
}

TEST(SiteRecord, AnyFlippedBitOfAWholeFileIsFoundAndItsOffsetNamed) {
  const std::string file = FileOf(EveryKind());
  for (size_t i = 0; i < file.size(); ++i) {
    for (const int bit : {0, 3, 7}) {
      std::string damaged = file;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      const absl::Status status = SiteRecord::Replay("site-a", damaged).status();
      EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << "byte " << i;
      EXPECT_TRUE(status.message().find("at byte ") != std::string::npos) << status;
    }
  }
}

TEST(SiteRecord, EntryCutOutOrMovedIsFound) {
  const std::vector<RecordEntry> entries = EveryKind();
  const std::string one = FileOf({entries[0]});
  const std::string two = FileOf({entries[0], entries[1]});
  const std::string three = FileOf({entries[0], entries[1], entries[2]});
  const std::string without_second = one + three.substr(two.size());
  EXPECT_EQ(SiteRecord::Replay("site-a", without_second).status().code(), absl::StatusCode::kDataLoss);
}

TEST(SiteRecord, AnotherSitesFileIsNotThisSitesRecord) {
  EXPECT_EQ(SiteRecord::Replay("site-b", FileOf(EveryKind())).status().code(), absl::StatusCode::kDataLoss);
}

TEST(SiteRecord, HeadsOfThePastCanBeLookedUp) {
  SiteRecord record("site-a");
  record.Append(EpochOpened{"job", 1});
  const Sha256Digest after_one = record.head();
  record.Append(EpochOpened{"job", 2});
  EXPECT_EQ(record.HeadAt(1), after_one);
  EXPECT_EQ(record.HeadAt(2), record.head());
  EXPECT_EQ(record.HeadAt(3), std::nullopt);
}

TEST(SiteRecord, EverySetSignedAtAPlaceIsRemembered) {
  SiteRecord record("site-a");
  record.Append(SignedEntry("t1", "place"));
  record.Append(SignedEntry("t2", "place"));
  record.Append(SignedEntry("t3", "elsewhere"));
  ASSERT_EQ(record.SignedAt(D("place")).size(), 2u);
  EXPECT_EQ(record.SignedAt(D("place"))[1].transcript, D("t2"));
  EXPECT_TRUE(record.SignedAt(D("nowhere")).empty());
}

TEST(SiteRecord, WhatWasLostIsKnownAndNumbersGoOnBehindIt) {
  SiteRecord record("site-a");
  record.Append(EpochOpened{"job", 1});
  const Sha256Digest kept = record.head();
  EXPECT_FALSE(record.Knows(7, D("lost")));
  std::string file = record.Append(Lost{"job", 7, D("lost")});
  EXPECT_EQ(record.sequence(), 8u);
  EXPECT_TRUE(record.Knows(7, D("lost")));
  EXPECT_TRUE(record.Knows(5, D("of the same past")));
  EXPECT_FALSE(record.Knows(8, D("of another copy")));
  EXPECT_FALSE(record.Knows(9, D("later")));
  EXPECT_EQ(record.HeadAt(1), kept);
  EXPECT_EQ(record.HeadAt(2), std::nullopt);
  EXPECT_EQ(record.HeadAt(8), record.head());
  record.Append(EpochOpened{"job-2", 1});
  EXPECT_EQ(record.sequence(), 9u);
  EXPECT_EQ(record.HeadAt(9), record.head());
  EXPECT_TRUE(record.LostEntriesOf("job"));
  EXPECT_FALSE(record.LostEntriesOf("job-2"));
}

// The record has grown past what another site shows late: that number must not come a second time either.
TEST(SiteRecord, ALossThatIsFoundLateDoesNotSetNumbersBack) {
  SiteRecord record("site-a");
  for (uint32_t epoch = 1; epoch <= 9; ++epoch) record.Append(EpochOpened{"job", epoch});
  record.Append(Lost{"job", 4, D("lost")});
  EXPECT_EQ(record.sequence(), 10u);
  EXPECT_EQ(record.HeadAt(10), record.head());
  EXPECT_TRUE(record.Knows(4, D("lost")));
}

TEST(SiteRecord, ALossIsReplayedWithItsNumbers) {
  SiteRecord record("site-a");
  std::string file = record.Append(EpochOpened{"job", 1});
  file += record.Append(Lost{"job", 7, D("lost")});
  file += record.Append(EpochOpened{"job-2", 3});
  const auto again = SiteRecord::Replay("site-a", file);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->sequence(), record.sequence());
  EXPECT_EQ(again->HeadAt(8), record.HeadAt(8));
  EXPECT_TRUE(again->LostEntriesOf("job"));
}

TEST(SiteRecord, ALossOfMoreEntriesThanThereCanBeIsRefused) {
  EXPECT_FALSE(ParseRecordEntry(Serialize(RecordEntry(Lost{"job", UINT64_MAX, D("lost")}))).ok());
}

TEST(SiteRecord, OnlyNewerSightingsOfOthersCount) {
  SiteRecord record("site-a");
  record.NoteSeen({"site-b", 7, D("b7")});
  record.NoteSeen({"site-b", 6, D("b6")});
  record.NoteSeen({"site-b", 7, D("forked")});
  EXPECT_EQ(record.Seen(), (std::vector<SeenLedger>{{"site-b", 7, D("b7")}}));
}

}  // namespace
}  // namespace accord::secure
