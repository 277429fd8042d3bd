#include "trust/log/log_payloads.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

RoundPayload SomeRound() {
  RoundPayload round;
  round.kind = 2;
  round.step = 3;
  round.round = 2;
  round.attempt = 5;
  round.transcript = Sha256("transcript");
  round.survivors = Sha256("survivors");
  round.model = Sha256("model");
  round.report = Sha256("report");
  round.report_bytes = 258;
  return round;
}

TEST(LogPayloads, HaveTheDocumentedBytes) {
  const RoundPayload round = SomeRound();
  EXPECT_EQ(
      absl::BytesToHexString(round.Write()),
      absl::StrCat("01", "02", "03000000", "02000000", "05000000", HexDigest(round.transcript),
                   HexDigest(round.survivors), HexDigest(round.model), HexDigest(round.report), "0201000000000000"));
  const JobEndedPayload ended{3, 258};
  EXPECT_EQ(absl::BytesToHexString(ended.Write()), "010302010000");
}

TEST(LogPayloads, ComeBackAsTheyWereWritten) {
  const RoundPayload round = SomeRound();
  EXPECT_EQ(*RoundPayload::Parse(round.Write()), round);
  const JobEndedPayload ended{3, 258};
  EXPECT_EQ(*JobEndedPayload::Parse(ended.Write()), ended);
}

TEST(LogPayloads, AreRefusedCutOffContinuedOrOfAnotherVersion) {
  const std::string round = SomeRound().Write(), ended = JobEndedPayload{3, 258}.Write();
  for (size_t size = 0; size < round.size(); ++size) EXPECT_FALSE(RoundPayload::Parse(round.substr(0, size)).ok());
  for (size_t size = 0; size < ended.size(); ++size) EXPECT_FALSE(JobEndedPayload::Parse(ended.substr(0, size)).ok());
  EXPECT_FALSE(RoundPayload::Parse(round + "x").ok());
  EXPECT_FALSE(JobEndedPayload::Parse(ended + "x").ok());
  EXPECT_FALSE(RoundPayload::Parse("\x02" + round.substr(1)).ok());
  EXPECT_FALSE(JobEndedPayload::Parse("\x02" + ended.substr(1)).ok());
}

TEST(LogPayloads, AccessHasOneEncoding) {
  const AccessPayload access{AccessPayload::What::kModel, 258, "7f3a"};
  const std::string bytes = access.Write();
  EXPECT_EQ(absl::BytesToHexString(bytes).substr(0, 12), "010302010000");
  EXPECT_EQ(*AccessPayload::Parse(bytes), access);
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(AccessPayload::Parse(bytes.substr(0, size)).ok());
  EXPECT_FALSE(AccessPayload::Parse(bytes + "x").ok());
  EXPECT_FALSE(AccessPayload::Parse("\x02" + bytes.substr(1)).ok());
  for (const char what : {'\x00', '\x06'}) {
    std::string other = bytes;
    other[1] = what;
    EXPECT_FALSE(AccessPayload::Parse(other).ok()) << int{what};
  }
}

TEST(LogPayloads, TranscriptAndSurvivorsAreThereTogetherOrNotAtAll) {
  RoundPayload round = SomeRound();
  round.survivors = {};
  EXPECT_THAT(std::string(RoundPayload::Parse(round.Write()).status().message()), ::testing::HasSubstr("together"));
  round.transcript = {};
  EXPECT_TRUE(RoundPayload::Parse(round.Write()).ok());
}

}  // namespace
}  // namespace accord
