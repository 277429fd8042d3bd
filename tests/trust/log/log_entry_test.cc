#include "trust/log/log_entry.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/content_digest.h"
#include "base/hex.h"
#include "base/seeded_entropy.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "trust/log/name_commitment.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

Sha256Digest Filled(uint8_t byte) {
  Sha256Digest digest;
  digest.fill(byte);
  return digest;
}
std::string FilledHex(const std::string& byte) {
  std::string digits;
  for (int i = 0; i < 32; ++i) digits += byte;
  return digits;
}

LogEntry Approval() {
  LogEntry entry;
  entry.project = "heart";
  entry.index = 7;
  entry.unix_us = 1'700'000'000'123'456;
  entry.kind = LogEntryKind::kApproval;
  entry.subject = "job-1";
  entry.payload = LogPayload::Bytes("yes");
  entry.names = {{NameRole::kPerson, Filled(0x11)}, {NameRole::kSite, Filled(0x22)}};
  return entry;
}

// Written out by hand from docs/log.md.
const std::string kApprovalHex =
    absl::StrCat("01", "050000006865617274", "0700000000000000", "40222018240a0600", "06", "050000006a6f622d31", "01",
                 "03000000796573", "02000000", "01", FilledHex("11"), "02", FilledHex("22"));

std::string Fault(const std::string& bytes) {
  const auto entry = ParseLogEntry(bytes);
  EXPECT_EQ(entry.status().code(), absl::StatusCode::kInvalidArgument) << absl::BytesToHexString(bytes);
  return std::string(entry.status().message());
}

TEST(LogEntry, HasTheDocumentedBytes) {
  EXPECT_EQ(absl::BytesToHexString(*WriteLogEntry(Approval())), kApprovalHex);
  LogEntry model = Approval();
  model.kind = LogEntryKind::kModel;
  model.payload = LogPayload::ContentOf(Filled(0x33), 258);
  model.names.clear();
  EXPECT_EQ(absl::BytesToHexString(*WriteLogEntry(model)),
            absl::StrCat("01", "050000006865617274", "0700000000000000", "40222018240a0600", "0a", "050000006a6f622d31",
                         "03", FilledHex("33"), "0201000000000000", "00000000"));
}

// Computed with another implementation (Python's hashlib).
TEST(LogEntry, HasTheDocumentedLeaf) {
  const std::string entry = *ParseHex(kApprovalHex);
  EXPECT_EQ(LogLeafHash(entry),
            Sha256(absl::StrCat(std::string(1, '\0'), "accord/v1/log-entry", std::string(1, '\0'), entry)));
  EXPECT_EQ(HexDigest(LogLeafHash(entry)), "e64146fb69b0329dd119ef984cc57045b0f4cb87d8a5154717c4c15cecbbb902");
}

TEST(LogEntry, ComesBackAsItWasWritten) {
  const std::string bytes = *WriteLogEntry(Approval());
  const auto entry = ParseLogEntry(bytes);
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(*entry, Approval());
  EXPECT_EQ(*WriteLogEntry(*entry), bytes);
}

TEST(LogEntry, IsRefusedCutOffContinuedOrDamagedAnywhere) {
  const std::string bytes = *WriteLogEntry(Approval());
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(ParseLogEntry(bytes.substr(0, size)).ok()) << size;
  EXPECT_THAT(Fault(bytes + "x"), HasSubstr("followed by 1 more bytes"));
  for (size_t place = 0; place < bytes.size(); ++place) {
    std::string damaged = bytes;
    damaged[place] ^= '\x80';
    const auto entry = ParseLogEntry(damaged);  // some damage makes another entry, but never the same
    if (entry.ok()) {
      EXPECT_FALSE(*entry == Approval()) << place;
      EXPECT_EQ(*WriteLogEntry(*entry), damaged) << place;
    }
  }
}

TEST(LogEntry, NamesTheFieldThatIsWrong) {
  const auto refusal = [](const auto& change) {
    LogEntry entry = Approval();
    change(entry);
    const auto bytes = WriteLogEntry(entry);
    EXPECT_EQ(bytes.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(bytes.status().message());
  };
  EXPECT_THAT(refusal([](LogEntry& entry) { entry.project = ""; }), HasSubstr("project"));
  EXPECT_THAT(refusal([](LogEntry& entry) { entry.project = "Heart"; }), HasSubstr("project"));
  EXPECT_THAT(refusal([](LogEntry& entry) { entry.project = std::string(64, 'a'); }), HasSubstr("at most 63"));
  EXPECT_THAT(refusal([](LogEntry& entry) { entry.index = uint64_t{1} << 63; }), HasSubstr("index"));
  EXPECT_THAT(refusal([](LogEntry& entry) { entry.unix_us = kMaxLogUnixUs + 1; }), HasSubstr("year 9999"));
  EXPECT_THAT(refusal([](LogEntry& entry) { entry.kind = LogEntryKind{99}; }), HasSubstr("kind is 99"));
  EXPECT_THAT(refusal([](LogEntry& entry) { entry.kind = LogEntryKind{0}; }), HasSubstr("kind is 0"));
  EXPECT_THAT(refusal([](LogEntry& entry) { entry.subject = "a b"; }), HasSubstr("subject"));
  EXPECT_THAT(refusal([](LogEntry& entry) { entry.payload.form = PayloadForm{4}; }), HasSubstr("payload form is 4"));
  EXPECT_THAT(refusal([](LogEntry& entry) { entry.payload.bytes.resize(kMaxLogPayloadBytes + 1); }),
              HasSubstr("at most 65536"));
  EXPECT_THAT(refusal([](LogEntry& entry) { entry.names.resize(17, entry.names[0]); }), HasSubstr("at most 16"));
  EXPECT_THAT(refusal([](LogEntry& entry) { entry.names[1].role = NameRole{9}; }), HasSubstr("role is 9"));
}

TEST(LogEntry, TakesTheLargest) {
  LogEntry entry = Approval();
  entry.project = std::string(kMaxProjectIdBytes, 'p');
  entry.subject = std::string(kMaxLogSubjectBytes, 's');
  entry.payload.bytes = std::string(kMaxLogPayloadBytes, 'b');
  entry.names.resize(kMaxLogNames, entry.names[0]);
  const auto bytes = WriteLogEntry(entry);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_LE(bytes->size(), kMaxLogEntryBytes);
}

TEST(LogEntry, KindsHaveNamesOfTheirOwn) {
  std::set<absl::string_view> names;
  for (int kind = 1; kind <= kNumLogEntryKinds; ++kind) {
    names.insert(LogEntryKindName(static_cast<LogEntryKind>(kind)));
  }
  EXPECT_EQ(names.size(), size_t{kNumLogEntryKinds});
  EXPECT_EQ(names.count(""), 0u);
  EXPECT_EQ(LogEntryKindName(LogEntryKind::kProjectHead), "project-head");
  EXPECT_EQ(LogEntryKindName(LogEntryKind::kOrder), "order");
  EXPECT_EQ(LogEntryKindName(LogEntryKind::kReceipt), "receipt");
}

TEST(LogPayload, IsOfExactlyItsBytes) {
  for (const LogPayload& payload :
       {LogPayload::Bytes("model"), LogPayload::HashOf("model"), LogPayload::ContentOf(ContentDigest("model"), 5)}) {
    EXPECT_TRUE(payload.IsOf("model"));
    EXPECT_FALSE(payload.IsOf("Model"));
    EXPECT_FALSE(payload.IsOf(""));
  }
}

TEST(CommittedName, OpensAsThatNameAlone) {
  SeededEntropy entropy(3);
  const auto opening = NameOpening::Draw(NameRole::kPerson, "Ada Lovelace", entropy);
  ASSERT_TRUE(opening.ok()) << opening.status();
  const CommittedName committed = opening->Commit();
  EXPECT_EQ(committed, opening->Commit());
  NameOpening other = *opening;
  other.name = "Ada Lovelacf";
  EXPECT_FALSE(other.Commit() == committed);
  other = *opening;
  other.salt[31] ^= 1;
  EXPECT_FALSE(other.Commit() == committed);
  other = *opening;
  other.role = NameRole::kSite;
  EXPECT_FALSE(other.Commit().commitment == committed.commitment);
}

TEST(CommittedName, OfOneNameNeverLooksTheSameTwice) {
  std::set<std::string> commitments;
  for (int i = 0; i < 100; ++i) {
    commitments.insert(
        HexDigest(NameOpening::Draw(NameRole::kSite, "north", EntropySource::System())->Commit().commitment));
  }
  EXPECT_EQ(commitments.size(), 100u);
}

TEST(CommittedName, HasTheDocumentedBytes) {
  NameOpening opening{NameRole::kSite, "north", {}};
  opening.salt.fill(0x44);
  EXPECT_EQ(opening.Commit().commitment,
            Sha256(absl::StrCat("accord/v1/log-name", std::string(1, '\0'), std::string(32, '\x44'), "\x02", "north")));
}

TEST(CommittedName, RefusesWhatIsNoName) {
  SeededEntropy entropy(1);
  for (const std::string& name : {std::string(), std::string(257, 'a'), std::string("a\nb"), std::string("\xff")}) {
    EXPECT_EQ(NameOpening::Draw(NameRole::kPerson, name, entropy).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace accord
