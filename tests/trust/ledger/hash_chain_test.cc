#include "trust/ledger/hash_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/domain_hash.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr size_t kMost = 100;

HashChain NewChain(const std::string& owner = "site-a") { return HashChain("accord/v1/test", owner, kMost); }

// Every payload of the file, then whether something is left that is no whole entry.
struct Replayed {
  std::vector<std::string> payloads;
  bool torn = false;
  absl::Status status;
};

Replayed Replay(HashChain chain, const std::string& file) {
  Replayed result;
  while (chain.bytes() < file.size()) {
    const auto payload = chain.Next(absl::string_view(file).substr(chain.bytes()));
    result.status = payload.status();
    if (!payload.ok()) return result;
    if (!payload->has_value()) {
      result.torn = true;
      return result;
    }
    result.payloads.emplace_back(**payload);
  }
  return result;
}

std::string ThreeEntries() {
  HashChain chain = NewChain();
  std::string file = chain.Append("one");
  file += chain.Append(std::string(kMost, '2'));
  return file + chain.Append("three");
}

TEST(HashChain, IsToTheByteWhatItsPageSays) {
  HashChain chain = NewChain();
  const Sha256Digest before = HashUnder("accord/v1/test", "site-a");
  const std::string previous(before.begin(), before.end());
  const std::string entry = chain.Append("one");
  ASSERT_EQ(entry.size(), 4 + 4 + 3 + 32u);
  EXPECT_EQ(entry.substr(0, 4), std::string("\3\0\0\0", 4));
  const std::string checked = previous + entry.substr(0, 4);
  const uint32_t check = Crc32c(0, checked.data(), checked.size());
  for (int i = 0; i < 4; ++i) EXPECT_EQ(static_cast<uint8_t>(entry[4 + i]), (check >> (8 * i)) & 0xff);
  EXPECT_EQ(entry.substr(8, 3), "one");
  const Sha256Digest head = HashUnder("accord/v1/test", previous + "one");
  EXPECT_EQ(entry.substr(11), std::string(head.begin(), head.end()));
  EXPECT_EQ(chain.head(), head);
  EXPECT_EQ(chain.sequence(), 1u);
  EXPECT_EQ(chain.bytes(), entry.size());
}

TEST(HashChain, GivesBackWhatWasAppended) {
  EXPECT_THAT(Replay(NewChain(), ThreeEntries()).payloads, ElementsAre("one", std::string(kMost, '2'), "three"));
}

TEST(HashChain, EveryCutLeavesTheEntriesBeforeIt) {
  const std::string file = ThreeEntries();
  const size_t first = 8 + 3 + 32, second = first + 8 + kMost + 32;
  for (size_t size = 0; size <= file.size(); ++size) {
    const Replayed replayed = Replay(NewChain(), file.substr(0, size));
    ASSERT_TRUE(replayed.status.ok()) << size << ": " << replayed.status;
    const size_t whole = size < first ? 0 : size < second ? 1 : size < file.size() ? 2 : 3;
    EXPECT_EQ(replayed.payloads.size(), whole) << size;
    const bool at_an_end = size == 0 || size == first || size == second || size == file.size();
    EXPECT_EQ(replayed.torn, !at_an_end) << size;
  }
  EXPECT_TRUE(Replay(NewChain(), file + std::string(50, '\0')).torn) << "extended, but never written";
}

TEST(HashChain, EveryChangedByteIsFoundAtItsEntry) {
  const std::string file = ThreeEntries();
  const size_t second = 8 + 3 + 32;
  for (size_t at = 0; at < file.size(); ++at) {
    std::string changed = file;
    changed[at] ^= 4;
    const Replayed replayed = Replay(NewChain(), changed);
    ASSERT_EQ(replayed.status.code(), absl::StatusCode::kDataLoss) << at;
    if (at < second) {
      EXPECT_THAT(replayed.status.message(), HasSubstr("damaged at byte 0 (entry 1)")) << at;
    }
  }
}

TEST(HashChain, EntriesCannotBeLeftOutSwappedOrTakenFromAnotherOwner) {
  HashChain chain = NewChain();
  const std::string one = chain.Append("one");
  const std::string two = chain.Append("two");
  const std::string three = chain.Append("three");
  EXPECT_FALSE(Replay(NewChain(), two + three).status.ok());
  EXPECT_FALSE(Replay(NewChain(), one + three).status.ok());
  EXPECT_FALSE(Replay(NewChain(), two + one + three).status.ok());
  EXPECT_FALSE(Replay(NewChain("site-b"), one).status.ok());
  EXPECT_FALSE(Replay(HashChain("accord/v1/other", "site-a", kMost), one).status.ok());
}

TEST(HashChain, ALengthThatNoEntryHasIsRefusedBeforeItIsBelieved) {
  HashChain roomy("accord/v1/test", "site-a", 1000);
  EXPECT_THAT(Replay(NewChain(), roomy.Append(std::string(kMost + 1, 'x'))).status.message(),
              HasSubstr("longer or shorter than any can be"));
}

}  // namespace
}  // namespace accord
