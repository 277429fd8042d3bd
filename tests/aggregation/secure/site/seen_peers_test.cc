#include "aggregation/secure/site/seen_peers.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/aggregation/secure/messages/message_examples.h"

namespace accord::secure {
namespace {

// Signatures are nobody's business here.
SignedPosition HeaderOf(const std::string& site, uint64_t sequence, uint32_t attempt = 5) {
  UploadHeader header = ExampleUploadHeader();
  header.site = site;
  header.parts.attempt = attempt;
  header.ledger_sequence = sequence;
  header.ledger_head = Sha256(absl::StrCat(site, sequence));
  return {PositionKind::kUploadHeader, {Serialize(header), std::string(64, 's')}};
}

std::optional<SignedPosition> Note(SeenPeers& peers, const SignedPosition& message) {
  return peers.Note(ParsePosition(message).value(), message);
}

TEST(SeenPeers, KeepsTheNewestOfEachOtherSite) {
  SeenPeers peers("site-a");
  EXPECT_EQ(Note(peers, HeaderOf("site-b", 7, 5)), std::nullopt);
  EXPECT_EQ(Note(peers, HeaderOf("site-b", 9, 6)), std::nullopt);
  EXPECT_EQ(Note(peers, HeaderOf("site-c", 2)), std::nullopt);
  EXPECT_EQ(Note(peers, HeaderOf("site-a", 2)), std::nullopt);
  EXPECT_EQ(*peers.Find("site-b"), HeaderOf("site-b", 9, 6));
  EXPECT_EQ(peers.Find("site-a"), nullptr) << "of itself it has its record";
  EXPECT_EQ(peers.size(), 2u);
}

TEST(SeenPeers, GivesBackWhatIsContradictedAndKeepsIt) {
  SeenPeers peers("site-a");
  Note(peers, HeaderOf("site-b", 7, 5));
  EXPECT_EQ(Note(peers, HeaderOf("site-b", 6, 6)), HeaderOf("site-b", 7, 5));
  EXPECT_EQ(*peers.Find("site-b"), HeaderOf("site-b", 7, 5));
}

TEST(SeenPeers, IsReadBackFromItsFile) {
  SeenPeers peers("site-a");
  Note(peers, HeaderOf("site-b", 7));
  Note(peers, HeaderOf("site-c", 8));
  const auto again = SeenPeers::Parse("site-a", peers.Serialize());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->Serialize(), peers.Serialize());
  EXPECT_EQ(*again->Find("site-c"), HeaderOf("site-c", 8));
}

TEST(SeenPeers, AFileDamagedAnywhereIsNotTaken) {
  SeenPeers peers("site-a");
  Note(peers, HeaderOf("site-b", 7));
  const std::string file = peers.Serialize();
  for (size_t i = 0; i < file.size(); i += 7) {
    std::string damaged = file;
    damaged[i] ^= 1;
    EXPECT_TRUE(absl::IsDataLoss(SeenPeers::Parse("site-a", damaged).status())) << i;
    EXPECT_TRUE(absl::IsDataLoss(SeenPeers::Parse("site-a", file.substr(0, i)).status())) << i;
  }
}

TEST(SeenPeers, IsBoundedAndKeepsThoseThatFollowThisSite) {
  SeenPeers peers("m");
  for (size_t i = 0; i < kMaxSeenPeers; ++i) Note(peers, HeaderOf(absl::StrCat("n", 10000 + i), 1));
  Note(peers, HeaderOf("a", 1));
  Note(peers, HeaderOf("l", 1));
  EXPECT_EQ(peers.size(), kMaxSeenPeers);
  EXPECT_EQ(peers.Find("l"), nullptr) << "the last one after m, cyclically";
  EXPECT_NE(peers.Find("n10000"), nullptr);
}

TEST(SeenPeers, SaysOnceThatSomethingNewIsKept) {
  SeenPeers peers("site-a");
  EXPECT_FALSE(peers.TakeChanged());
  Note(peers, HeaderOf("site-b", 7));
  EXPECT_TRUE(peers.TakeChanged());
  Note(peers, HeaderOf("site-b", 7));
  EXPECT_FALSE(peers.TakeChanged());
  peers.SetChanged();
  EXPECT_TRUE(peers.TakeChanged()) << "it was not written";
}

}  // namespace
}  // namespace accord::secure
