// What leaves the site of words that a process chose which has read its rows.
#include "client/daemon/training/confined_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/status.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Leaves(absl::string_view words) {
  return WordsThatMayLeave(ConfinedFailure(absl::StatusCode::kFailedPrecondition, "trainer of 'heart': ", words));
}

TEST(ConfinedWords, OfAFaultItsKindLeavesAndNothingThatAProcessChose) {
  const struct {
    const char* words;
    const char* leaves;
  } cases[] = {
      {"the mapping's postgresql.query failed on the server (SQLSTATE 4711A, at character 4711 of the query)",
       "the site's database did not give the rows"},
      {"line 4711, column 'age': not a number",
       "a column or a row of the data set is not as the job's schema wants it"},
      {"the trainer ran out of memory: the job may take 4711 MiB", "ran out of memory (compute.memory_mib"},
      {"this site has fewer training rows for the job than 4711, the least of the charter", "floors.min_rows"},
      {"rows.csv has 4711 bytes, but sandbox.max_data_mib allows 1 MiB", "sandbox.max_data_mib"},
      {"model.torchscript: its code calls what the charter's code.operators (line 4711) does not list: a::row4711",
       "calls only what the charter lists (code.operators)"},
      {"4711", "the trainer cannot do this job with the site's data set"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(Leaves(c.words),
                AllOf(HasSubstr(c.leaves), HasSubstr("this site's operator sees why"), Not(HasSubstr("4711"))));
    EXPECT_LT(Leaves(c.words).size(), 300u);
  }
}

TEST(ConfinedWords, TheOperatorSeesTheFirstOfThemWhereNoneCanMoveACursor) {
  const std::string words = "\x1b[31mROW 4711\n" + std::string(1 << 20, 'x');
  const absl::Status failure = ConfinedFailure(absl::StatusCode::kUnavailable, "", words);
  EXPECT_EQ(failure.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(failure.message().size(), kMaxConfinedWords);
  EXPECT_THAT(std::string(failure.message()), AllOf(HasSubstr("ROW 4711"), Not(HasSubstr("\x1b"))));
}

TEST(ConfinedWords, WhatTheDaemonItselfFoundLeavesAsItIs) {
  EXPECT_EQ(WordsThatMayLeave(absl::FailedPreconditionError("the job wants 2 threads")), "the job wants 2 threads");
}

}  // namespace
}  // namespace accord
