#include "trust/charter/posture.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Posture GoodPosture() {
  Posture posture;
  posture.site = "va";
  posture.charter = Sha256("charter");
  posture.order = Sha256("order");
  posture.data_set = "heart";
  posture.data_version = Sha256("version");
  posture.software = "0.9.0";
  posture.disk_encryption_declared = true;
  posture.time = absl::FromUnixSeconds(1'800'000'000);
  posture.nonce = "000102030405060708090a0b0c0d0e0f";
  return posture;
}

TEST(PostureText, HasOneSpelling) {
  const std::string good = WritePosture(GoodPosture()).value();
  ASSERT_EQ(*ParsePosture(good), GoodPosture());
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"sandbox: required", "sandbox: on"},
                                                        {"clock behind: 0", "clock behind: 00"},
                                                        {"clock behind: 0", "clock behind: -1"},
                                                        {"disk encryption: declared", "disk encryption: yes"},
                                                        {"software: 0.9.0", "software: "},
                                                        {"software: 0.9.0", "software: 0.9\x1b[0m"},
                                                        {"release: none\n", ""},
                                                        {"nonce: 0001", "nonce: 01"},
                                                        {"accord-posture-v1", "accord-posture-v2"}}) {
    const std::string changed = absl::StrReplaceAll(good, {{from, to}});
    ASSERT_NE(changed, good) << from;
    EXPECT_FALSE(ParsePosture(changed).ok()) << to;
  }
}

TEST(PostureText, NamesThePolicyWhereThereIsOne) {
  Posture posture = GoodPosture();
  EXPECT_EQ(WritePosture(posture)->find("policy"), std::string::npos);
  posture.policy = Sha256("policy");
  const std::string text = WritePosture(posture).value();
  EXPECT_THAT(text, HasSubstr("release: none\npolicy: " + HexDigest(Sha256("policy")) + "\nsoftware: "));
  EXPECT_EQ(*ParsePosture(text), posture);
  EXPECT_FALSE(ParsePosture(absl::StrReplaceAll(text, {{HexDigest(Sha256("policy")), "none"}})).ok());
}

TEST(PostureText, TwoThatSayTheSameHaveTwoHashes) {
  Posture other = GoodPosture();
  other.nonce = "ff0102030405060708090a0b0c0d0e0f";
  EXPECT_TRUE(SaysTheSame(GoodPosture(), other));
  EXPECT_NE(PostureHash(*WritePosture(GoodPosture())), PostureHash(*WritePosture(other)));
}

TEST(PostureText, SaysSomethingElseWhereTheMachineOrTheDataDiffer) {
  using Change = void (*)(Posture&);
  for (const Change change : {Change([](Posture& posture) { posture.sandboxed = false; }),
                              Change([](Posture& posture) { posture.data_version.reset(); }),
                              Change([](Posture& posture) { posture.disk_encryption_declared = false; }),
                              Change([](Posture& posture) { posture.clock_behind_s = 5; }),
                              Change([](Posture& posture) { posture.policy = Sha256("policy"); }),
                              Change([](Posture& posture) { posture.software = "0.9.1"; })}) {
    Posture other = GoodPosture();
    change(other);
    EXPECT_FALSE(SaysTheSame(GoodPosture(), other));
  }
  Posture later = GoodPosture();
  later.time += absl::Hours(1);
  later.former = Sha256("the one before");
  EXPECT_TRUE(SaysTheSame(GoodPosture(), later));
}

TEST(PostureDemanded, IsMetOrRefusedWithEachClause) {
  v1::PostureFloor all;
  all.set_sandbox(true);
  all.set_disk_encryption(true);
  all.set_clock_behind_s(60);
  EXPECT_THAT(JudgePosture(GoodPosture(), all, "the charter's floors.posture"), IsEmpty());
  Posture poor = GoodPosture();
  poor.sandboxed = false;
  poor.disk_encryption_declared = false;
  poor.clock_behind_s = 61;
  EXPECT_THAT(
      JudgePosture(poor, all, "the charter's floors.posture"),
      ElementsAre(HasSubstr("without a sandbox"), HasSubstr("are encrypted"), HasSubstr("61 s or more behind")));
  v1::PostureFloor lax;
  lax.set_clock_behind_s(61);
  EXPECT_THAT(JudgePosture(poor, lax, ""), IsEmpty());
  poor.clock_behind_s = 60;
  EXPECT_THAT(JudgePosture(poor, all, ""), SizeIs(2));
}

TEST(ClockBehind, IsFoundOnlyWhereSomebodyElsesIsLater) {
  const absl::Time seen = absl::FromUnixSeconds(1'800'000'000);
  EXPECT_EQ(ClockBehindS(seen + absl::Hours(9), seen, absl::Seconds(5)), 0) << "an old head says nothing";
  EXPECT_EQ(ClockBehindS(seen - absl::Seconds(5), seen, absl::Seconds(5)), 0);
  EXPECT_EQ(ClockBehindS(seen - absl::Milliseconds(5500), seen, absl::Seconds(5)), 6);
  EXPECT_EQ(ClockBehindS(absl::InfinitePast(), seen, absl::Seconds(5)), kMostClockBehindS);
}

}  // namespace
}  // namespace accord
