// The measure itself: it finds what is open and nothing else.
#include "tests/simulation/secure/mask_algebra.h"

#include <gtest/gtest.h>

namespace accord::secure::simulation {
namespace {

using Combination = MaskAlgebra::Combination;

MaskAlgebra ThreeSites() {
  MaskAlgebra algebra;
  algebra.Hold({"x0", {{"b0", 1}, {"s01", 1}, {"s02", 1}}});
  algebra.Hold({"x1", {{"b1", 1}, {"s01", -1}, {"s12", 1}}});
  algebra.Hold({"x2", {{"b2", 1}, {"s02", -1}, {"s12", -1}}});
  return algebra;
}

TEST(MaskAlgebra, WithoutSeedsNothingIsOpen) { EXPECT_TRUE(ThreeSites().Computable().empty()); }

TEST(MaskAlgebra, SelfSeedsOfAllOpenExactlyTheSumOfAll) {
  MaskAlgebra algebra = ThreeSites();
  for (const char* seed : {"b0", "b1"}) algebra.Know(seed);
  EXPECT_TRUE(algebra.Computable().empty());
  algebra.Know("b2");
  EXPECT_EQ(algebra.Computable(), (std::vector<Combination>{{{"x0", 1}, {"x1", 1}, {"x2", 1}}}));
}

TEST(MaskAlgebra, AllSeedsOfOneSiteOpenItsVector) {
  MaskAlgebra algebra = ThreeSites();
  for (const char* seed : {"b0", "s01", "s02"}) algebra.Know(seed);
  EXPECT_EQ(algebra.Computable(), (std::vector<Combination>{{{"x0", 1}}}));
}

TEST(MaskAlgebra, TwoSumsOpenTheirDifference) {
  MaskAlgebra algebra = ThreeSites();
  for (const char* seed : {"b0", "b1", "b2"}) algebra.Know(seed);
  algebra.Hold({"x0", {{"c0", 1}, {"r01", 1}}});
  algebra.Hold({"x1", {{"c1", 1}, {"r01", -1}}});
  algebra.Know("c0");
  algebra.Know("c1");
  const auto basis = algebra.Computable();
  EXPECT_EQ(basis.size(), 2u);
  EXPECT_TRUE(Exposes(basis, "x2"));
  EXPECT_FALSE(Exposes(basis, "x0"));
}

}  // namespace
}  // namespace accord::secure::simulation
