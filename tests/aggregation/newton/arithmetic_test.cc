#include <gmock/gmock.h>

#include "aggregation/newton/distributions.h"
#include "aggregation/newton/information_factor.h"

namespace accord {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::Pointwise;

TEST(Distributions, TailsAreThoseOfR) {
  EXPECT_NEAR(StudentTwoSided(2.1, 7) / 0.073871196212922596, 1, 1e-9);
  EXPECT_NEAR(StudentTwoSided(-0.3, 1) / 0.81445284184451539, 1, 1e-9);
  EXPECT_NEAR(StudentTwoSided(12, 450) / 5.6327095285128677e-29, 1, 1e-9);
  EXPECT_NEAR(StudentTwoSided(1.96, 30) / 0.059342312896050527, 1, 1e-9);
  EXPECT_NEAR(NormalTwoSided(2.5) / 0.01241933065155227, 1, 1e-12);
  EXPECT_NEAR(NormalTwoSided(-20) / 5.5072482372124675e-89, 1, 1e-12);
  EXPECT_EQ(StudentTwoSided(0, 5), 1);
}

TEST(Distributions, PointsAreThoseOfR) {
  EXPECT_NEAR(Student975(1), 12.706204736174694, 1e-9);
  EXPECT_NEAR(Student975(7), 2.3646242515927844, 1e-9);
  EXPECT_NEAR(Student975(450), 1.9652496647364666, 1e-9);
  EXPECT_NEAR(Student975(1e6), 1.9599663568141066, 1e-8);
}

TEST(InformationFactor, SolvesAndInverts) {
  // [4 2 1; 2 5 3; 1 3 6]
  const InformationFactor factor(3, {4, 2, 1, 5, 3, 6});
  EXPECT_TRUE(factor.dependences().empty());
  EXPECT_THAT(factor.Solve({4 + 4 + 3, 2 + 10 + 9, 1 + 6 + 18}), Pointwise(DoubleNear(1e-12), {1.0, 2.0, 3.0}));
  const std::vector<double> inverse = {21 / 67.0,  -9 / 67.0, 1 / 67.0,   -9 / 67.0, 23 / 67.0,
                                       -10 / 67.0, 1 / 67.0,  -10 / 67.0, 16 / 67.0};
  EXPECT_THAT(factor.Inverse(), Pointwise(DoubleNear(1e-12), inverse));
}

TEST(InformationFactor, EveryColumnThatOthersMakeUpIsFound) {
  // Columns a, 0, b, a + 2 b, c, a - c of orthogonal a, b, c of lengths 1, 2, 3 (squared 1, 4, 9).
  const double rows[6][3] = {{1, 0, 0}, {0, 0, 0}, {0, 2, 0}, {1, 4, 0}, {0, 0, 3}, {1, 0, -3}};
  std::vector<double> upper;
  for (int i = 0; i < 6; ++i) {
    for (int j = i; j < 6; ++j) {
      upper.push_back(rows[i][0] * rows[j][0] + rows[i][1] * rows[j][1] + rows[i][2] * rows[j][2]);
    }
  }
  const InformationFactor factor(6, upper);
  ASSERT_EQ(factor.dependences().size(), 3u);
  EXPECT_EQ(factor.dependences()[0].column, 1u);
  EXPECT_TRUE(factor.dependences()[0].others.empty());
  EXPECT_EQ(factor.dependences()[1].column, 3u);
  EXPECT_THAT(factor.dependences()[1].others, ElementsAre(0, 2));
  EXPECT_EQ(factor.dependences()[2].column, 5u);
  EXPECT_THAT(factor.dependences()[2].others, ElementsAre(0, 4));
}

}  // namespace
}  // namespace accord
