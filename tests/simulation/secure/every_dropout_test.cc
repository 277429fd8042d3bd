// Every way in which the sites of a small cohort can drop out, each at each step, played to its end: the sum is exact
// and over the agreed survivors, or the attempt is dead with a reason and nothing was opened. When it is to be which,
// is computed apart from the machines.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "base/random_stream.h"
#include "tests/simulation/secure/dropout_play.h"

namespace accord::secure::simulation {
namespace {

struct Case {
  std::vector<Last> last;
  Ending ending;
  uint32_t colluding;

  std::string Describe() const {
    std::string text;
    for (const Last each : last) absl::StrAppend(&text, static_cast<int>(each));
    return absl::StrCat("last steps ", text, ", ending ", static_cast<int>(ending), ", colluding ", colluding);
  }
};

// ---- what is to come of it, from the rules of docs/secure-sum.md alone ----
struct Expected {
  bool opened = false;
  std::vector<size_t> survivors;  // empty: nobody is shown any
};

Expected ExpectedOf(const Case& c) {
  const size_t n = c.last.size();
  const size_t t = 2 * n / 3 + 1;
  const size_t k = n <= 3 ? 0 : std::max<size_t>(c.colluding + 1, n / 2 + 1);
  const auto sites_that = [&](auto predicate) {
    std::vector<size_t> sites;
    for (size_t i = 0; i < n; ++i) {
      if (predicate(i)) sites.push_back(i);
    }
    return sites;
  };
  const auto large_enough = [&](const std::vector<size_t>& set) {
    return set.size() >= t && set.size() >= c.colluding + 2;
  };
  std::vector<size_t> survivors = sites_that([&](size_t i) { return c.last[i] >= Last::kUpload; });
  if (c.ending == Ending::kNoticedEarly && survivors.size() < n) {
    const auto present = sites_that([&](size_t i) { return c.last[i] > Last::kUpload; });
    if (large_enough(present)) survivors = present;
  }
  if (!large_enough(survivors)) return {};
  const auto in = [&](size_t i) { return std::binary_search(survivors.begin(), survivors.end(), i); };
  if (c.ending == Ending::kAllComeBack) return {true, survivors};
  const auto signers = sites_that([&](size_t i) { return in(i) && c.last[i] >= Last::kStatement; });
  if (signers.size() < t) return {false, survivors};
  const auto holders = sites_that([&](size_t i) { return in(i) && c.last[i] == Last::kEverything; });
  for (const size_t w : survivors) {
    if (c.last[w] >= Last::kReveal) continue;
    if (k == 0 || holders.size() < k) return {false, survivors};
    for (size_t v = 0; v < n; ++v) {
      // A site that uploaded and was left out can be reached only if it is still there.
      if (!in(v) && c.last[v] != Last::kSlow && c.last[v] != Last::kEverything) return {false, survivors};
    }
  }
  return {true, survivors};
}

void ExpectOutcome(const Case& c, const SecureWorld& world) {
  const Expected expected = ExpectedOf(c);
  const Attempt& attempt = world.attempt;
  std::vector<std::string> survivors;
  for (const size_t index : expected.survivors) survivors.push_back(world.names()[index]);
  EXPECT_EQ(attempt.opened.has_value(), expected.opened) << (attempt.dead.has_value() ? attempt.dead->reason : "");
  if (attempt.opened.has_value()) {
    EXPECT_EQ(attempt.opened->survivors, survivors);
  } else if (attempt.dead.has_value()) {
    EXPECT_EQ(attempt.dead->bound.value_or(Bound()).survivors, survivors);
  }
}

void RunCase(const Case& c, uint64_t seed, std::array<int, 2>& tally) {
  SCOPED_TRACE(c.Describe());
  DropoutPlay play({.num_sites = c.last.size(), .colluding_organisations = c.colluding, .seed = seed}, c.last,
                   c.ending);
  play.Run();
  ExpectOutcome(c, play.world());
  ++tally[ExpectedOf(c).opened ? 1 : 0];
}

// All patterns of n sites; `sorted_only`: those in which the sites stand in the order of their last steps.
std::vector<std::vector<Last>> Patterns(size_t n, bool sorted_only) {
  std::vector<std::vector<Last>> patterns = {{}};
  for (size_t i = 0; i < n; ++i) {
    std::vector<std::vector<Last>> longer;
    for (const std::vector<Last>& pattern : patterns) {
      for (const Last last : kLasts) {
        if (sorted_only && !pattern.empty() && last < pattern.back()) continue;
        longer.push_back(pattern);
        longer.back().push_back(last);
      }
    }
    patterns = std::move(longer);
  }
  return patterns;
}

void RunAll(size_t n, uint32_t colluding, bool sorted_only) {
  std::array<int, 2> tally = {};
  uint64_t seed = 1;
  for (std::vector<Last> pattern : Patterns(n, sorted_only)) {
    // Who is lower and who is higher matters for the signs of masks and for nothing else.
    RandomStream order({.job_seed = seed, .site = "", .round = n, .use = "order"});
    for (size_t i = pattern.size(); sorted_only && i > 1; --i) std::swap(pattern[i - 1], pattern[order.NextBelow(i)]);
    for (const Ending ending : kEndings) {
      // Every pattern with every ending takes a minute: of the larger cohorts the short run takes each in turn.
      if (++seed % kEndings.size() != 0 && n > 4 && std::getenv("ACCORD_LONG") == nullptr) continue;
      RunCase({pattern, ending, colluding}, seed, tally);
      if (::testing::Test::HasFailure()) return;
    }
    ++seed;
  }
  std::printf("%zu sites: %d opened, %d dead\n", n, tally[1], tally[0]);
  EXPECT_GT(tally[0], 0);
  EXPECT_GT(tally[1], 0);
}

TEST(EveryDropout, OfTwoSites) { RunAll(2, 0, false); }
TEST(EveryDropout, OfThreeSites) { RunAll(3, 1, false); }
TEST(EveryDropout, OfFourSites) { RunAll(4, 1, true); }
TEST(EveryDropout, OfFiveSites) { RunAll(5, 2, true); }
TEST(EveryDropout, OfSixSites) { RunAll(6, 1, true); }

}  // namespace
}  // namespace accord::secure::simulation
