#include "trust/timestamp/stamped_log.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/log/example_log.h"
#include "tests/trust/timestamp/test_authority.h"
#include "trust/log/log_check.h"
#include "trust/log/log_file.h"
#include "trust/timestamp/log_stamp.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

absl::Time TimeOfEntry(uint64_t index) {
  return absl::FromUnixMicros(static_cast<int64_t>(ExampleLog::kStartUs + index * 1000));
}

std::string WholeLog(const ExampleLog& log, const std::vector<std::pair<uint64_t, std::string>>& stamps) {
  std::string text = absl::StrCat(kLogTitle, "\n");
  for (uint64_t size = 1; size <= log.entries().size(); ++size) {
    absl::StrAppend(&text, LogEntryLine(LogLeafHash(log.entries()[size - 1]), log.entries()[size - 1]));
    absl::StrAppend(&text, LogHeadLine(log.SignedHead(size)));
    for (const auto& [stamped, token] : stamps) {
      if (stamped == size) absl::StrAppend(&text, LogStampLine(token));
    }
  }
  return text;
}

struct Checked {
  std::optional<LogFault> fault;
  absl::Status end;
  std::vector<StampedHead> heads;
  std::optional<uint64_t> uncovered;
};

Checked Check(const std::string& text, std::optional<StampAuthority> authority,
              std::optional<absl::Duration> within = std::nullopt, absl::Time now = absl::InfinitePast()) {
  StampedLog stamped(std::move(authority), within);
  WholeLogCheck check(
      {}, [&stamped](const LogEntry& entry) { stamped.See(entry); },
      [&stamped](const SignedLogHead& head, const std::string& token) { return stamped.Take(head, token); });
  for (const absl::string_view line : absl::StrSplit(text.substr(0, text.size() - 1), '\n')) check.Take(line);
  check.Finish();
  Checked checked{check.fault(), absl::OkStatus(), stamped.heads(), stamped.first_uncovered()};
  if (!check.fault().has_value()) checked.end = stamped.Finish(*check.facts().last_head, now);
  return checked;
}

TEST(StampedLog, SaysOfEachHeadWhenItWasStampedAndByWhom) {
  const TestStampAuthority tsa;
  const ExampleLog log("heart", 6);
  const absl::Time first = TimeOfEntry(3) + absl::Seconds(10), second = first + absl::Hours(1);
  const Checked checked = Check(WholeLog(log, {{3, tsa.Stamp(log.SignedHead(3), first)},
                                               {5, tsa.Stamp(log.SignedHead(5), second)},
                                               {5, tsa.Stamp(log.SignedHead(5), second + absl::Hours(9))}}),
                                tsa.Believed());
  ASSERT_FALSE(checked.fault.has_value()) << checked.fault->what;
  ASSERT_EQ(checked.heads.size(), 3u);
  EXPECT_EQ(checked.heads[0].tree_size, 3u);
  EXPECT_EQ(checked.heads[0].stamp.authority, "CN=Test Stamps");
  EXPECT_EQ(checked.heads[1].tree_size, 5u);
  EXPECT_EQ(checked.heads[1].stamp.time, absl::FromUnixSeconds(absl::ToUnixSeconds(second)));
  EXPECT_EQ(checked.uncovered, 5u);
}

TEST(StampedLog, NamesTheHeadWhoseStampIsOfAnotherAuthorityOrOnAnotherHead) {
  const TestStampAuthority tsa, other;
  const ExampleLog log("heart", 4);
  const absl::Time at = TimeOfEntry(9);
  for (const std::string& wrong : {other.Stamp(log.SignedHead(3), at), tsa.Stamp(log.SignedHead(2), at)}) {
    const Checked checked = Check(WholeLog(log, {{1, tsa.Stamp(log.SignedHead(1), at)}, {3, wrong}}), tsa.Believed());
    ASSERT_TRUE(checked.fault.has_value());
    EXPECT_EQ(checked.fault->first_index, 2u);
    EXPECT_EQ(checked.fault->line, 1u + 2 + 1 + 2 + 2 + 1);
    EXPECT_THAT(checked.fault->what, HasSubstr("the time stamp on the head of 3 entries: "));
  }
}

TEST(StampedLog, WithoutAnAuthorityAStampMustAtLeastBeOnItsHead) {
  const TestStampAuthority tsa;
  const ExampleLog log("heart", 3);
  const absl::Time at = TimeOfEntry(9);
  EXPECT_FALSE(Check(WholeLog(log, {{2, tsa.Stamp(log.SignedHead(2), at)}}), std::nullopt).fault.has_value());
  const Checked wrong = Check(WholeLog(log, {{2, tsa.Stamp(log.SignedHead(3), at)}}), std::nullopt);
  ASSERT_TRUE(wrong.fault.has_value());
  EXPECT_THAT(wrong.fault->what, HasSubstr("something else than this head"));
  const Checked garbage = Check(WholeLog(log, {{2, "garbage"}}), std::nullopt);
  ASSERT_TRUE(garbage.fault.has_value());
}

TEST(StampedLog, AStampBehindNoHeadIsWrong) {
  const TestStampAuthority tsa;
  const ExampleLog log("heart", 1);
  std::string text =
      absl::StrCat(kLogTitle, "\n", LogEntryLine(LogLeafHash(log.entries()[0]), log.entries()[0]),
                   LogStampLine(tsa.Stamp(log.SignedHead(1), TimeOfEntry(9))), LogHeadLine(log.SignedHead(1)));
  const Checked checked = Check(text, tsa.Believed());
  ASSERT_TRUE(checked.fault.has_value());
  EXPECT_THAT(checked.fault->what, HasSubstr("behind no head"));
}

TEST(StampedLog, AHeadThatSaysItWasSignedAfterItsStampIsWrong) {
  const TestStampAuthority tsa;
  const ExampleLog log("heart", 2);
  const absl::Time is_signed = TimeOfEntry(2);
  const auto stamped = [&](absl::Duration before) {
    return Check(WholeLog(log, {{2, tsa.Stamp(log.SignedHead(2), is_signed - before)}}), tsa.Believed());
  };
  EXPECT_FALSE(stamped(absl::Minutes(4)).fault.has_value());
  const Checked checked = stamped(absl::Minutes(6));
  ASSERT_TRUE(checked.fault.has_value());
  EXPECT_THAT(checked.fault->what, HasSubstr("signed later"));
}

// A keeper that rewrites its log with the key it has dates the entries back; no authority dates a stamp back.
TEST(StampedLog, AForkThatIsDatedBackHasNoStampsAsOldAsItSays) {
  const TestStampAuthority tsa;
  const ExampleLog log("heart", 6);
  const absl::Time then = TimeOfEntry(6) + absl::Minutes(1), today = then + absl::Hours(24 * 30);
  const std::string honest =
      WholeLog(log, {{3, tsa.Stamp(log.SignedHead(3), then)}, {6, tsa.Stamp(log.SignedHead(6), then)}});
  EXPECT_FALSE(Check(honest, tsa.Believed(), absl::Hours(2)).fault.has_value());
  ExampleLog fork = log.Fork(4);
  fork.AppendJob("another");
  fork.AppendJob("story");
  // The stamp that the true head had does not fit the new one; a new one is a month late.
  const Checked kept =
      Check(WholeLog(fork, {{3, tsa.Stamp(log.SignedHead(3), then)}, {6, tsa.Stamp(log.SignedHead(6), then)}}),
            tsa.Believed(), absl::Hours(2));
  ASSERT_TRUE(kept.fault.has_value());
  EXPECT_THAT(kept.fault->what, HasSubstr("something else than this head"));
  const Checked again =
      Check(WholeLog(fork, {{3, tsa.Stamp(fork.SignedHead(3), then)}, {6, tsa.Stamp(fork.SignedHead(6), today)}}),
            tsa.Believed(), absl::Hours(2));
  ASSERT_TRUE(again.fault.has_value());
  EXPECT_EQ(again.fault->first_index, 3u);
  EXPECT_THAT(again.fault->what, HasSubstr("the first that covers entry 3"));
  EXPECT_THAT(again.fault->what, HasSubstr("expected within 2h"));
}

TEST(StampedLog, EntriesThatNoStampCoversForTooLongAreFound) {
  const TestStampAuthority tsa;
  const ExampleLog log("heart", 6);
  const std::string text = WholeLog(log, {{2, tsa.Stamp(log.SignedHead(2), TimeOfEntry(2))}});
  EXPECT_TRUE(Check(text, tsa.Believed(), absl::Seconds(1)).end.ok());
  const Checked checked = Check(text, tsa.Believed(), absl::Milliseconds(2));
  EXPECT_EQ(checked.end.code(), absl::StatusCode::kOutOfRange) << checked.end;
  EXPECT_THAT(std::string(checked.end.message()), HasSubstr("no time stamp covers the entries from 2 on"));
}

// A keeper that invents entries and dates them back behind the last stamp writes the time of the last head as well.
TEST(StampedLog, EntriesWithoutAStampAreMeasuredAgainstTheCheckersClock) {
  const TestStampAuthority tsa;
  const ExampleLog log("heart", 12);
  const std::string text = WholeLog(log, {{2, tsa.Stamp(log.SignedHead(2), TimeOfEntry(2))}});
  const auto at = [&](absl::Duration later) {
    return Check(text, tsa.Believed(), absl::Hours(26), TimeOfEntry(12) + later).end;
  };
  EXPECT_TRUE(at(absl::Hours(25)).ok()) << "their stamp may yet come";
  const absl::Status late = at(absl::Hours(24 * 30));
  EXPECT_EQ(late.code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(std::string(late.message()), HasSubstr("no time stamp covers the entries from 2 on"));
}

TEST(LogStamp, IsOnTheKeepersSignatureToo) {
  const ExampleLog log("heart", 2);
  SignedLogHead head = log.SignedHead(2);
  const Sha256Digest imprint = LogStampImprint(head);
  head.signature[63] = static_cast<char>(head.signature[63] ^ 1);
  EXPECT_NE(LogStampImprint(head), imprint);
}

// To the byte, for whoever writes a checker of their own: sha256sum of the domain, a zero, "head", "signature".
TEST(LogStamp, ImprintIsAsDescribed) {
  EXPECT_EQ(HexDigest(LogStampImprint({"head", "signature"})),
            HexDigest(Sha256(std::string("accord/v1/log-stamp\0headsignature", 33))));
}

}  // namespace
}  // namespace accord
