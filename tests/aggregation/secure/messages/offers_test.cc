#include "aggregation/secure/messages/offers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/limits.h"
#include "tests/aggregation/secure/messages/message_examples.h"

namespace accord::secure {
namespace {

Offers ManyOffers(size_t count) {
  Offers offers;
  for (size_t i = 0; i < count; ++i) {
    offers.offers.push_back(ExampleOffer(absl::StrCat("p", 1000 + i), static_cast<uint8_t>(i)));
  }
  return offers;
}

TEST(Offers, RefuseUnsortedPeersAndSharesForSomeOnly) {
  Offers unsorted = ExampleOffers();
  std::swap(unsorted.offers[0], unsorted.offers[1]);
  EXPECT_FALSE(ParseOffers(Serialize(unsorted)).ok());
  Offers some = ExampleOffers();
  some.offers[1].share.reset();
  EXPECT_FALSE(ParseOffers(Serialize(some)).ok());
  some.offers[0].share.reset();
  EXPECT_TRUE(ParseOffers(Serialize(some)).ok());
}

TEST(Offers, AreAtMostTwoHundredAndFiftyFive) {
  EXPECT_TRUE(ParseOffers(Serialize(ManyOffers(255))).ok());
  EXPECT_FALSE(ParseOffers(Serialize(ManyOffers(256))).ok());
}

TEST(Offers, AreComparedWithTheirLimitBeforeTheyAreRead) {
  const std::string largest = Serialize(ManyOffers(255)) + std::string(kMaxOffersBytes, 'x');
  EXPECT_THAT(std::string(ParseOffers(largest).status().message()), testing::HasSubstr("expected at most 65536"));
}

TEST(OfferTree, ShowsEveryOfferOfEveryNumberOfNeighbours) {
  for (size_t count = 1; count <= 255; count += count < 20 ? 1 : 59) {
    const Offers offers = ManyOffers(count);
    const OfferTree tree("maker", offers);
    for (size_t i = 0; i < count; ++i) {
      const auto shown = tree.Show(offers.offers[i].peer);
      ASSERT_TRUE(shown.ok()) << shown.status();
      EXPECT_EQ(shown->position, i + 1);
      EXPECT_EQ(shown->offer, offers.offers[i]);
      EXPECT_TRUE(CheckShownOffer(*shown, tree.root()).ok()) << i << " of " << count;
      EXPECT_TRUE(ParseShownOffer(Serialize(*shown)).ok()) << i << " of " << count;
    }
  }
}

TEST(OfferTree, KnowsNoOfferForAStranger) {
  const OfferTree tree("site-a", ExampleOffers());
  for (const char* stranger : {"site-a", "site-bb", "site-d", ""}) {
    EXPECT_EQ(tree.Show(stranger).status().code(), absl::StatusCode::kNotFound) << stranger;
  }
}

TEST(OfferTree, AnOfferChangedInAnyBitDoesNotFitTheHeader) {
  const OfferTree tree("maker", ManyOffers(5));
  const std::string bytes = Serialize(*tree.Show("p1003"));
  int readable = 0;
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    const auto shown = ParseShownOffer(changed);
    if (!shown.ok()) continue;
    ++readable;
    EXPECT_FALSE(CheckShownOffer(*shown, tree.root()).ok()) << "bit " << bit;
  }
  EXPECT_GT(readable, 1000);
}

TEST(OfferTree, AnOfferOfAnotherMakerOrToAnotherPlaceDoesNotFit) {
  const Offers offers = ManyOffers(4);
  const OfferTree tree("maker", offers);
  const OfferTree other("other", offers);
  EXPECT_NE(tree.root(), other.root());
  ShownOffer shown = *tree.Show("p1001");
  shown.maker = "other";
  EXPECT_FALSE(CheckShownOffer(shown, tree.root()).ok());
  shown = *tree.Show("p1001");
  shown.position = 1;
  EXPECT_FALSE(CheckShownOffer(shown, tree.root()).ok());
  shown = *tree.Show("p1001");
  shown.num_neighbours = 3;
  EXPECT_FALSE(CheckShownOffer(shown, tree.root()).ok());
}

TEST(OfferTree, APathOfAnotherLengthOrAnImpossiblePlaceDoesNotFit) {
  const OfferTree tree("maker", ManyOffers(4));
  ShownOffer shorter = *tree.Show("p1001");
  shorter.path.pop_back();
  EXPECT_FALSE(CheckShownOffer(shorter, tree.root()).ok());
  ShownOffer longer = *tree.Show("p1001");
  longer.path.push_back(Filled(0));
  EXPECT_FALSE(CheckShownOffer(longer, tree.root()).ok());
  for (const uint32_t position : {0u, 5u, 0xffffffffu}) {
    ShownOffer misplaced = *tree.Show("p1001");
    misplaced.position = position;
    EXPECT_FALSE(CheckShownOffer(misplaced, tree.root()).ok()) << position;
    EXPECT_FALSE(ParseShownOffer(Serialize(misplaced)).ok()) << position;
  }
}

TEST(OfferTree, EveryListHasItsOwnRoot) {
  std::set<Sha256Digest> roots;
  for (size_t count = 0; count <= 40; ++count) roots.insert(OffersRoot("maker", ManyOffers(count)));
  EXPECT_EQ(roots.size(), 41u);
}

}  // namespace
}  // namespace accord::secure
