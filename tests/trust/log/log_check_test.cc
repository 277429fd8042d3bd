// What can be done to a log, and that each of it is found, with the first index that is wrong.
#include "trust/log/log_check.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/log/example_log.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kEntries = 20;

// The file of a log with a head behind each of the given sizes.
struct LogText {
  std::vector<std::string> lines;

  LogText(const ExampleLog& log, const std::vector<uint64_t>& heads)
      : lines(absl::StrSplit(absl::StripSuffix(log.Text(heads), "\n"), '\n')) {}
  void Add(const std::string& line) { lines.push_back(line.substr(0, line.size() - 1)); }
  // The line of an entry, where no head stands before it.
  std::string& Entry(uint64_t index) { return lines.at(index + 1); }
  void Remove(uint64_t index) { lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(index + 1)); }
};

WholeLogCheck Checked(const LogText& text, std::vector<KnownHead> known = {}) {
  WholeLogCheck check(std::move(known));
  for (const std::string& line : text.lines) {
    if (!check.Take(line)) return check;
  }
  check.Finish();
  return check;
}

LogFault FaultOf(const LogText& text, std::vector<KnownHead> known = {}) {
  const WholeLogCheck check = Checked(text, std::move(known));
  EXPECT_TRUE(check.fault().has_value());
  return check.fault().value_or(LogFault{});
}

class WholeLog : public ::testing::Test {
 protected:
  // An entry in the place of `index`, well-formed, with a leaf that fits.
  std::string Rewritten(uint64_t index, const std::string& subject = "another") const {
    LogEntry entry = *ParseLogEntry(log_.entries()[index]);
    entry.subject = subject;
    const std::string bytes = *WriteLogEntry(entry);
    const std::string line = LogEntryLine(LogLeafHash(bytes), bytes);
    return line.substr(0, line.size() - 1);
  }
  // Another story from `entries` on, told under the same key.
  ExampleLog ForkedAt(uint64_t entries) const {
    ExampleLog fork = log_.Fork(entries);
    while (fork.entries().size() < kEntries) fork.AppendJob("another");
    return fork;
  }
  const ExampleLog log_{"heart", kEntries};
};

TEST_F(WholeLog, HoldsAsItWasWritten) {
  const WholeLogCheck check = Checked(LogText(log_, {1, 7, kEntries}));
  EXPECT_FALSE(check.fault().has_value()) << check.fault()->what;
  const LogFacts& facts = check.facts();
  EXPECT_EQ(facts.identity->id(), log_.identity().id());
  EXPECT_EQ(facts.num_entries, kEntries);
  EXPECT_EQ(facts.num_heads, 3u);
  EXPECT_EQ(*facts.last_head, log_.Head(kEntries));
  EXPECT_EQ(facts.entries_of_kind[static_cast<size_t>(LogEntryKind::kOpened)], 1u);
  EXPECT_EQ(facts.entries_of_kind[static_cast<size_t>(LogEntryKind::kJob)], kEntries - 1);
  EXPECT_EQ(facts.first_us, ExampleLog::kStartUs);
  EXPECT_EQ(facts.last_us, ExampleLog::kStartUs + 1000 * (kEntries - 1));
}

TEST_F(WholeLog, ShowsEveryEntryToItsVisitor) {
  std::vector<uint64_t> seen;
  WholeLogCheck check({}, [&](const LogEntry& entry) { seen.push_back(entry.index); });
  for (const std::string& line : LogText(log_, {kEntries}).lines) ASSERT_TRUE(check.Take(line));
  EXPECT_TRUE(check.Finish());
  EXPECT_EQ(seen.size(), kEntries);
  EXPECT_EQ(seen.back(), kEntries - 1);
}

// Threat: rewritten.

TEST_F(WholeLog, RewrittenBytesAreNamedByTheirIndex) {
  for (uint64_t index = 0; index < kEntries; ++index) {
    LogText text(log_, {kEntries});
    std::string& line = text.Entry(index);
    line = absl::StrCat(line.substr(0, 74), Rewritten(index).substr(74));  // the hash stays
    const LogFault fault = FaultOf(text);
    EXPECT_EQ(fault.first_index, index);
    EXPECT_EQ(fault.end_index, index + 1);
    EXPECT_EQ(fault.line, index + 2);
    EXPECT_THAT(fault.what, HasSubstr("one of the two was changed"));
  }
}

TEST_F(WholeLog, RewrittenWithItsHashIsNamedByTheHeadsAroundIt) {
  for (uint64_t index = 1; index < kEntries; ++index) {
    LogText text(log_, {kEntries});
    text.Entry(index) = Rewritten(index);
    const LogFault fault = FaultOf(text);
    EXPECT_EQ(fault.first_index, 0u);
    EXPECT_EQ(fault.end_index, kEntries);
    EXPECT_THAT(fault.what, HasSubstr("is not of the entries that stand here"));
    EXPECT_FALSE(fault.is_fork);
  }
  // With a head for each entry it is found exactly.
  std::vector<uint64_t> all;
  for (uint64_t size = 1; size <= kEntries; ++size) all.push_back(size);
  for (uint64_t index = 1; index < kEntries; ++index) {
    LogText text(log_, all);
    text.lines[2 * index + 1] = Rewritten(index);
    const LogFault fault = FaultOf(text);
    EXPECT_EQ(fault.first_index, index);
    EXPECT_EQ(fault.end_index, index + 1);
  }
}

TEST_F(WholeLog, RewrittenFromItsFirstEntryOnIsAnotherLog) {
  const ExampleLog other("heart", kEntries);
  LogText text(log_, {kEntries});
  text.Entry(0) = LogText(other, {}).lines[1];
  EXPECT_THAT(FaultOf(text).what, HasSubstr("the head is of the log"));
  // Signed anew under another key it holds, as a log of another id.
  const WholeLogCheck check = Checked(LogText(other, {kEntries}));
  EXPECT_FALSE(check.fault().has_value());
  EXPECT_NE(check.facts().identity->id(), log_.identity().id());
  const LogFault fault = FaultOf(LogText(other, {kEntries}), {{"north's head", log_.SignedHead(5)}});
  EXPECT_THAT(fault.what, HasSubstr("the head in north's head"));
}

// Threat: dropped.

TEST_F(WholeLog, DroppedEntriesAreNamedByTheFirst) {
  for (uint64_t index = 0; index + 1 < kEntries; ++index) {
    LogText text(log_, {kEntries});
    text.Remove(index);
    const LogFault fault = FaultOf(text);
    EXPECT_EQ(fault.first_index, index);
    EXPECT_THAT(fault.what, HasSubstr("Entries were dropped or moved"));
  }
}

TEST_F(WholeLog, DroppedLastEntryLeavesAHeadThatSaysMore) {
  LogText text(log_, {kEntries});
  text.Remove(kEntries - 1);
  const LogFault fault = FaultOf(text);
  EXPECT_EQ(fault.first_index, kEntries - 1);
  EXPECT_THAT(fault.what, HasSubstr("a signed head of 20 entries stands behind 19"));
}

// Dropped and the others renumbered, so that only the heads can tell.
TEST_F(WholeLog, DroppedAndRenumberedIsNotWhatWasSigned) {
  ExampleLog renumbered = log_.Fork(9);
  for (uint64_t index = 10; index < kEntries; ++index) renumbered.AppendJob(absl::StrCat("job-", index));
  LogText text(renumbered, {});
  text.Add(LogHeadLine(log_.SignedHead(kEntries)));
  EXPECT_EQ(FaultOf(text).first_index, kEntries - 1);
  text.lines.back() = LogHeadLine(log_.SignedHead(kEntries - 1));
  text.lines.back().pop_back();
  EXPECT_THAT(FaultOf(text).what, HasSubstr("is not of the entries that stand here"));
}

// Threat: reordered, repeated, inserted.

TEST_F(WholeLog, ReorderedEntriesAreNamedByTheFirst) {
  for (uint64_t index = 0; index + 1 < kEntries; ++index) {
    LogText text(log_, {kEntries});
    std::swap(text.Entry(index), text.Entry(index + 1));
    const LogFault fault = FaultOf(text);
    EXPECT_EQ(fault.first_index, index);
    EXPECT_THAT(fault.what, HasSubstr("dropped or moved"));
  }
}

TEST_F(WholeLog, RepeatedEntryIsNamed) {
  LogText text(log_, {kEntries});
  text.lines.insert(text.lines.begin() + 8, text.Entry(5));
  const LogFault fault = FaultOf(text);
  EXPECT_EQ(fault.first_index, 7u);
  EXPECT_THAT(fault.what, HasSubstr("stands here again"));
}

TEST_F(WholeLog, EntriesOfAnotherProjectKindOrTimeHaveNoPlace) {
  const auto fault_of = [&](const auto& change) {
    ExampleLog log = log_.Fork(4);
    LogEntry entry = log.Draft("job-4");
    change(entry);
    log.Append(*WriteLogEntry(entry));
    const LogFault fault = FaultOf(LogText(log, {5}));
    EXPECT_EQ(fault.first_index, 4u);
    return fault.what;
  };
  EXPECT_THAT(fault_of([](LogEntry& entry) { entry.project = "lungs"; }), HasSubstr("of project lungs"));
  EXPECT_THAT(fault_of([](LogEntry& entry) { entry.kind = LogEntryKind::kOpened; }), HasSubstr("opens a log"));
  EXPECT_THAT(fault_of([](LogEntry& entry) { entry.unix_us = ExampleLog::kStartUs; }), HasSubstr("time is before"));
}

// Threat: truncated.

TEST_F(WholeLog, TruncatedBetweenHeadsEndsWithoutOne) {
  for (size_t lines = 2; lines < kEntries + 3; ++lines) {
    LogText text(log_, {7, kEntries});
    text.lines.resize(lines);
    const WholeLogCheck check = Checked(text);
    if (lines == 9) {  // just behind the head of 7
      EXPECT_FALSE(check.fault().has_value());
      continue;
    }
    ASSERT_TRUE(check.fault().has_value()) << lines;
    EXPECT_EQ(check.fault()->first_index, lines < 9 ? 0u : 7u) << lines;
    EXPECT_THAT(check.fault()->what, HasSubstr("no signed head covers")) << lines;
  }
}

TEST_F(WholeLog, TruncatedBehindAHeadIsFoundByALaterHead) {
  LogText text(log_, {7});
  text.lines.resize(9);
  EXPECT_FALSE(Checked(text, {{"an older head", log_.SignedHead(6)}}).fault().has_value());
  const LogFault fault = FaultOf(text, {{"the transcript of round 3", log_.SignedHead(11)}});
  EXPECT_EQ(fault.first_index, 7u);
  EXPECT_EQ(fault.line, 0u);
  EXPECT_THAT(fault.what, HasSubstr("the head in the transcript of round 3 was signed over 11 entries"));
}

TEST_F(WholeLog, AddedToWithoutASignatureIsFound) {
  LogText text(log_, {kEntries});
  ExampleLog more = log_.Fork(kEntries);
  more.AppendJob("one-more");
  text.Add(LogEntryLine(LogLeafHash(more.entries().back()), more.entries().back()));
  EXPECT_EQ(FaultOf(text).first_index, kEntries);
}

// Threat: forked.

TEST_F(WholeLog, ForkedConvictsTheKeeperByTwoSignedHeads) {
  for (uint64_t fork_at = 1; fork_at < 12; ++fork_at) {
    const ExampleLog fork = ForkedAt(fork_at);
    // Others saw heads of the first story: before, at and after the fork.
    const LogFault fault =
        FaultOf(LogText(fork, {kEntries}),
                {{"c", log_.SignedHead(fork_at)}, {"b", log_.SignedHead(14)}, {"a", log_.SignedHead(12)}});
    EXPECT_TRUE(fault.is_fork);
    EXPECT_EQ(fault.first_index, fork_at);  // the fork's own entry: what was known to be common ends there
    EXPECT_EQ(fault.end_index, 12u);
    EXPECT_THAT(fault.what, HasSubstr("the head in a, signed by this log's key over 12 entries"));
    EXPECT_THAT(fault.what, HasSubstr("two stories"));
  }
}

TEST_F(WholeLog, TwoHeadsOfOneSizeAreAForkWhereverTheyCameFrom) {
  const ExampleLog fork = ForkedAt(9);
  for (const LogFault& fault : {
           FaultOf(LogText(log_, {kEntries}), {{"a", log_.SignedHead(12)}, {"b", fork.SignedHead(12)}}),
           FaultOf(LogText(log_, {kEntries}), {{"b", fork.SignedHead(12)}, {"a", log_.SignedHead(12)}}),
           FaultOf(LogText(log_, {kEntries}), {{"b", fork.SignedHead(kEntries)}}),
       }) {
    EXPECT_TRUE(fault.is_fork);
    EXPECT_LT(fault.first_index, fault.end_index);
    EXPECT_THAT(fault.what, HasSubstr("two stories"));
  }
  LogText both(log_, {kEntries});
  both.Add(LogHeadLine(fork.SignedHead(kEntries)));
  EXPECT_TRUE(FaultOf(both).is_fork);
}

TEST_F(WholeLog, ChangedByOthersThanItsKeeperIsNoFork) {
  LogText text(log_, {kEntries});
  text.Entry(5) = Rewritten(5);
  const LogFault fault = FaultOf(text, {{"a", log_.SignedHead(5)}, {"b", log_.SignedHead(12)}});
  EXPECT_FALSE(fault.is_fork);
  EXPECT_EQ(fault.first_index, 5u);
  EXPECT_EQ(fault.end_index, 12u);
}

TEST_F(WholeLog, AgreesWithTheHeadsThatOthersSaw) {
  const WholeLogCheck check =
      Checked(LogText(log_, {kEntries}),
              {{"b", log_.SignedHead(12)}, {"a", log_.SignedHead(1)}, {"c", log_.SignedHead(kEntries)}});
  EXPECT_FALSE(check.fault().has_value());
  EXPECT_EQ(check.facts().num_known_heads, 3u);
}

// Heads in the file.

TEST_F(WholeLog, HeadsMustBeSignedByTheLogsKey) {
  LogText text(log_, {});
  const ExampleLog other("heart", kEntries);
  text.Add(LogHeadLine(*SignLogHead(log_.Head(kEntries), other.signer())));
  EXPECT_THAT(FaultOf(text).what, HasSubstr("signature"));
}

TEST_F(WholeLog, HeadsMustCoverWhatStandsBeforeThem) {
  LogText text(log_, {kEntries});
  text.lines.insert(text.lines.begin() + 6, text.lines.back());
  const LogFault fault = FaultOf(text);
  EXPECT_EQ(fault.first_index, 5u);
  EXPECT_THAT(fault.what, HasSubstr("stands behind 5"));
  text.lines.insert(text.lines.begin() + 1, text.lines.back());
  EXPECT_THAT(FaultOf(text).what, HasSubstr("before the first entry"));
}

TEST_F(WholeLog, HeadOlderThanItsLastEntryIsRefused) {
  LogText text(log_, {});
  LogHead head = log_.Head(kEntries);
  head.unix_us = ExampleLog::kStartUs;
  text.Add(LogHeadLine(*SignLogHead(head, log_.signer())));
  EXPECT_THAT(FaultOf(text).what, HasSubstr("signed before the last entry was written"));
}

// A keeper that has signed a head can no longer write down something as if it had happened before.
TEST_F(WholeLog, EntryThatIsDatedBackBehindAHeadIsNamed) {
  ExampleLog log = log_.Fork(5);
  LogHead head = log.Head(5);
  head.unix_us += 500;
  const SignedLogHead late = *SignLogHead(head, log_.signer());
  log.AppendJob("job-5");  // dated 500 us before it
  log.AppendJob("job-6");
  LogText text(log, {7});
  EXPECT_FALSE(Checked(text).fault().has_value());
  const LogFault seen_elsewhere = FaultOf(text, {{"north's head", late}});
  EXPECT_EQ(seen_elsewhere.first_index, 5u);
  EXPECT_THAT(seen_elsewhere.what, HasSubstr("dated back"));
  std::string line = LogHeadLine(late);
  line.pop_back();
  text.lines.insert(text.lines.begin() + 6, line);
  EXPECT_EQ(FaultOf(text).first_index, 5u);
}

// The file itself.

TEST_F(WholeLog, DamageAnywhereIsFound) {
  const LogText text(log_.Fork(3), {2, 3});
  for (size_t line = 0; line < text.lines.size(); ++line) {
    for (size_t place = 0; place < text.lines[line].size(); ++place) {
      LogText damaged = text;
      damaged.lines[line][place] ^= '\x01';
      const WholeLogCheck check = Checked(damaged);
      // An ECDSA signature has more than one spelling only where its numbers change: none by one bit.
      ASSERT_TRUE(check.fault().has_value()) << line << ":" << place;
    }
  }
}

TEST_F(WholeLog, WithoutEntriesOrTitleIsNone) {
  EXPECT_THAT(FaultOf(LogText(log_.Fork(0), {})).what, HasSubstr("no entry"));
  LogText text(log_, {kEntries});
  text.lines[0] = "accord-log-v2";
  EXPECT_THAT(FaultOf(text).what, HasSubstr("first line"));
  text = LogText(log_, {kEntries});
  text.lines.insert(text.lines.begin() + 5, "");
  EXPECT_THAT(FaultOf(text).what, HasSubstr("'entry:', 'head:' or 'stamp:'"));
  EXPECT_EQ(FaultOf(text).first_index, 4u);
}

TEST_F(WholeLog, StaysAtItsFirstFault) {
  LogText text(log_, {kEntries});
  text.Remove(3);
  text.Remove(8);
  WholeLogCheck check;
  for (const std::string& line : text.lines) check.Take(line);
  EXPECT_FALSE(check.Finish());
  EXPECT_FALSE(check.Fail("more"));
  EXPECT_EQ(check.fault()->first_index, 3u);
}

}  // namespace
}  // namespace accord
