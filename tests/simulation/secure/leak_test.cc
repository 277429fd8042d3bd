// What a coordinator that shows different things to different sites learns, together with as many sites as the job
// declares: exactly one sum that enough have signed, or nothing. By exhaustion for two to six sites.
//
// In these cohorts at most one site may be missing. So whatever the coordinator does comes down to which set each
// honest site signs (all sites, or all but one), to whom it says that he is missing, and to asking everybody for
// everything.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "tests/simulation/from_environment.h"
#include "tests/simulation/secure/adversary.h"

namespace accord::secure::simulation {
namespace {

// What an honest site is shown first. Honest sites and friends are numbered each from 0.
struct Shown {
  enum Kind { kAll, kAllButFriend, kAllButHonest, kAllButItself, kNothing };
  Kind kind = kNothing;
  bool second_header = false;  // the set with the first friend's other header
  size_t missing = 0;          // of the kinds that name one

  // Sites that are shown sets of one type stand for each other.
  int type() const { return kind * 100 + second_header * 10 + (kind == kAllButFriend ? static_cast<int>(missing) : 0); }
  friend auto operator<=>(const Shown&, const Shown&) = default;
};
using Scheme = std::vector<Shown>;  // by honest site

struct Size {
  size_t sites = 0;
  size_t friends = 0;
  size_t honest() const { return sites - friends; }
  bool may_miss() const { return 2 * sites / 3 + 1 < sites; }
};

// ---- all schemes, up to the order of the honest sites ----

std::vector<Shown> OptionsOf(const Size& size, size_t self) {
  std::vector<Shown> options = {{Shown::kNothing, false, 0}};
  for (const bool second : {false, true}) {
    if (second && size.friends == 0) continue;
    options.push_back({Shown::kAll, second, 0});
    if (!size.may_miss()) continue;
    options.push_back({Shown::kAllButItself, second, 0});
    for (size_t i = 0; i < size.friends; ++i) {
      if (!second || i > 0) options.push_back({Shown::kAllButFriend, second, i});
    }
    for (size_t i = 0; i < size.honest(); ++i) {
      if (i != self) options.push_back({Shown::kAllButHonest, second, i});
    }
  }
  return options;
}

// Whether no renumbering of the honest sites that keeps their types gives a lesser scheme.
bool IsFirstOfItsKind(const Scheme& scheme) {
  std::vector<size_t> number(scheme.size());
  std::iota(number.begin(), number.end(), 0);
  do {
    Scheme other(scheme.size());
    bool same_types = true;
    for (size_t i = 0; i < scheme.size() && same_types; ++i) {
      same_types = scheme[i].type() == scheme[number[i]].type();
      other[number[i]] = scheme[i];
      if (scheme[i].kind == Shown::kAllButHonest) other[number[i]].missing = number[scheme[i].missing];
    }
    if (same_types && other < scheme) return false;
  } while (std::next_permutation(number.begin(), number.end()));
  return true;
}

void Extend(const Size& size, Scheme& scheme, std::vector<Scheme>& all) {
  if (scheme.size() == size.honest()) {
    if (IsFirstOfItsKind(scheme)) all.push_back(scheme);
    return;
  }
  for (const Shown& option : OptionsOf(size, scheme.size())) {
    if (!scheme.empty() && option.type() < scheme.back().type()) continue;
    scheme.push_back(option);
    Extend(size, scheme, all);
    scheme.pop_back();
  }
}

std::vector<Scheme> AllSchemes(const Size& size) {
  std::vector<Scheme> all;
  Scheme scheme;
  Extend(size, scheme, all);
  return all;
}

// ---- one scheme, played ----

std::vector<size_t> RandomOrder(size_t size, RandomStream& random) {
  std::vector<size_t> order(size);
  std::iota(order.begin(), order.end(), 0);
  for (size_t i = size; i > 1; --i) std::swap(order[i - 1], order[random.NextBelow(i)]);
  return order;
}

ShownSet SetWithout(const Size& size, std::optional<size_t> missing, bool second_header) {
  ShownSet set{{}, second_header};
  for (size_t i = 0; i < size.sites; ++i) {
    if (i != missing) set.sites.push_back(i);
  }
  return set;
}

// The set of a scheme, for the honest site `self`.
ShownSet SetOf(const Size& size, const Adversary& adversary, size_t self, const Shown& shown) {
  switch (shown.kind) {
    case Shown::kAllButFriend:
      return SetWithout(size, adversary.accomplice(shown.missing), shown.second_header);
    case Shown::kAllButHonest:
      return SetWithout(size, adversary.honest(shown.missing), shown.second_header);
    case Shown::kAllButItself:
      return SetWithout(size, adversary.honest(self), shown.second_header);
    default:
      return SetWithout(size, std::nullopt, shown.second_header);
  }
}

// Of the larger cohorts those that enough could sign; of the small ones any.
std::vector<ShownSet> EverySet(const Size& size) {
  std::vector<ShownSet> sets;
  for (uint32_t bits = 1; bits < (1u << size.sites); ++bits) {
    ShownSet set;
    for (size_t i = 0; i < size.sites; ++i) {
      if (bits >> i & 1) set.sites.push_back(i);
    }
    if (size.sites > 4 && set.sites.size() + 1 < size.sites) continue;
    sets.push_back(set);
    set.second_header = size.friends > 0;
    if (set.second_header) sets.push_back(set);
  }
  return sets;
}

void PlayScheme(const Size& size, const Scheme& scheme, Adversary& adversary) {
  const auto set_of = [&](size_t i) { return SetOf(size, adversary, i, scheme[i]); };
  const auto signs = [&](size_t i) {
    return scheme[i].kind != Shown::kNothing && scheme[i].kind != Shown::kAllButItself;
  };
  for (size_t i = 0; i < scheme.size(); ++i) {
    if (signs(i)) adversary.ShowSurvivors(adversary.honest(i), set_of(i));
  }
  for (size_t i = 0; i < scheme.size(); ++i) {
    if (signs(i)) adversary.ShowSignatures(adversary.honest(i), set_of(i));
    if (signs(i)) adversary.AskForShares(adversary.honest(i), set_of(i));
    if (scheme[i].kind == Shown::kAllButItself) adversary.AskForPairSeeds(adversary.honest(i), set_of(i));
  }
}

// Everybody for everything; `careful`: only for what goes with what each has signed, since a site that has seen two
// sets signed says nothing any more.
void AskForEverything(const Size& size, bool careful, Adversary& adversary) {
  for (const ShownSet& set : EverySet(size)) {
    for (size_t i = 0; i < size.honest(); ++i) {
      const ShownSet* before = adversary.SignedBy(adversary.honest(i));
      if (careful && before != nullptr && *before != adversary.Normal(set)) continue;
      adversary.AskForEverything(adversary.honest(i), set);
    }
  }
}

// The honest sites of `set`, as vectors with the factor 1.
MaskAlgebra::Combination SumOver(const Adversary& adversary, const ShownSet& set) {
  MaskAlgebra::Combination sum;
  for (size_t i = 0; i < adversary.num_honest(); ++i) {
    const size_t site = adversary.honest(i);
    if (std::binary_search(set.sites.begin(), set.sites.end(), site)) sum[Adversary::VectorOf(site)] = 1;
  }
  return sum;
}

// True if a sum was opened.
bool CheckLearnt(const Size& size, Adversary& adversary) {
  const auto computable = adversary.Knowledge().Computable();
  std::set<ShownSet> agreed;
  for (const ShownSet& set : EverySet(size)) {
    if (adversary.HasEnoughSignatures(set)) agreed.insert(adversary.Normal(set));
  }
  EXPECT_LE(agreed.size(), 1u) << "two sets of one attempt got enough signatures";
  if (computable.empty()) return false;
  EXPECT_EQ(computable.size(), 1u);
  EXPECT_GE(computable[0].size(), 2u);
  EXPECT_EQ(computable[0], SumOver(adversary, agreed.empty() ? ShownSet() : *agreed.begin()));
  return true;
}

std::string Describe(const Size& size, const Scheme& scheme) {
  std::string text = absl::StrCat(size.sites, " sites, ", size.friends, " friends:");
  for (const Shown& shown : scheme)
    absl::StrAppend(&text, " ", shown.kind, shown.second_header ? "'" : "", "/", shown.missing);
  return text;
}

void RunAll(const Size& size, size_t most) {
  const std::vector<Scheme> schemes = AllSchemes(size);
  const bool all = std::getenv("ACCORD_LONG") != nullptr;
  const size_t stride = all ? 1 : std::max<size_t>(1, schemes.size() / most);
  int opened = 0, played = 0;
  for (size_t i = 0; i < schemes.size(); i += stride, ++played) {
    SCOPED_TRACE(Describe(size, schemes[i]));
    RandomStream random({.job_seed = i, .site = "", .round = size.sites, .use = "order"});
    Adversary adversary(size.sites, size.friends, RandomOrder(size.sites, random), i + 1);
    adversary.Upload(1);
    PlayScheme(size, schemes[i], adversary);
    // Twice, as answers of one help with the next.
    for (const bool careful : {true, true, false}) AskForEverything(size, careful, adversary);
    opened += CheckLearnt(size, adversary) ? 1 : 0;
    if (::testing::Test::HasFailure()) return;
  }
  std::printf("%zu sites, %zu friends: %d of %zu schemes, %d open one sum\n", size.sites, size.friends, played,
              schemes.size(), opened);
  EXPECT_GT(opened, 0);
  if (size.sites > 3) {
    EXPECT_LT(opened, played);
  }
}

TEST(SymbolicLeak, OfTwoSites) { RunAll({2, 0}, 100); }
TEST(SymbolicLeak, OfThreeSites) {
  for (const size_t friends : {0u, 1u}) RunAll({3, friends}, 100);
}
TEST(SymbolicLeak, OfFourSites) {
  for (const size_t friends : {0u, 1u}) RunAll({4, friends}, 100);
}
TEST(SymbolicLeak, OfFiveSites) {
  for (const size_t friends : {0u, 1u, 2u}) RunAll({5, friends}, 60);
}
TEST(SymbolicLeak, OfSixSites) {
  for (const size_t friends : {0u, 1u, 2u, 3u}) RunAll({6, friends}, 30);
}

// ---- several attempts at one question ----

Scheme RandomScheme(const Size& size, RandomStream& random) {
  Scheme scheme;
  for (size_t i = 0; i < size.honest(); ++i) {
    const std::vector<Shown> options = OptionsOf(size, i);
    scheme.push_back(options[random.NextBelow(options.size())]);
  }
  return scheme;
}

// Sites that did not sign an attempt may take part in another one over other survivors, so several sums may open. Their
// combinations show no single site.
TEST(SymbolicLeak, OfSeveralAttemptsAtOneQuestionExposesNobody) {
  const std::vector<Size> sizes = {{2, 0}, {3, 1}, {4, 1}, {5, 1}, {5, 2}, {6, 1}, {6, 2}, {6, 3}};
  const uint64_t first = accord::simulation::FromEnvironment("ACCORD_SEED", 1);
  const uint64_t runs = accord::simulation::FromEnvironment("ACCORD_RUNS", 60);
  int opened = 0;
  for (uint64_t seed = first; seed < first + runs; ++seed) {
    SCOPED_TRACE(absl::StrCat("ACCORD_SEED=", seed, " ACCORD_RUNS=1"));
    RandomStream random({.job_seed = seed, .site = "", .round = 0, .use = "leak"});
    const Size size = sizes[random.NextBelow(sizes.size())];
    Adversary adversary(size.sites, size.friends, RandomOrder(size.sites, random), seed);
    for (int attempt = 0; attempt < 3; ++attempt) {
      adversary.Upload(1);
      PlayScheme(size, RandomScheme(size, random), adversary);
      if (random.NextBelow(2) == 0) AskForEverything(size, true, adversary);
    }
    const auto computable = adversary.Knowledge().Computable();
    opened += computable.empty() ? 0 : 1;
    for (size_t i = 0; i < size.honest(); ++i) {
      EXPECT_FALSE(Exposes(computable, Adversary::VectorOf(adversary.honest(i)))) << adversary.honest(i);
    }
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(opened, 0);
}

}  // namespace
}  // namespace accord::secure::simulation
