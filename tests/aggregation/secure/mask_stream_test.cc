#include "aggregation/secure/mask_stream.h"

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "aggregation/secure/masking.h"
#include "base/hex.h"
#include "base/openssl.h"
#include "base/random_stream.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

using absl::StatusCode;

static_assert(!std::is_copy_constructible_v<MaskStream>);
static_assert(std::is_nothrow_move_constructible_v<MaskStream>);

// An independent way to the key stream: AES in ECB mode over counter blocks that are counted up here.
std::string CounterKeyStream(absl::string_view key, std::string counter, size_t num_blocks) {
  std::string stream;
  const CipherContextHandle context(EVP_CIPHER_CTX_new());
  EVP_EncryptInit_ex(context.get(), EVP_aes_256_ecb(), nullptr, reinterpret_cast<const uint8_t*>(key.data()), nullptr);
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  for (size_t i = 0; i < num_blocks; ++i) {
    uint8_t block[16];
    int written = 0;
    EVP_EncryptUpdate(context.get(), block, &written, reinterpret_cast<const uint8_t*>(counter.data()), 16);
    stream.append(reinterpret_cast<char*>(block), 16);
    for (size_t at = 16; at-- > 0 && static_cast<uint8_t>(++counter[at]) == 0;) {
    }
  }
  return stream;
}

template <typename Element>
std::vector<Element> MaskByReference(absl::string_view seed, uint64_t offset, size_t size) {
  const uint64_t byte = offset * sizeof(Element), block = byte / 16;
  std::string counter(16, '\0');
  for (size_t i = 0; i < 8; ++i) counter[15 - i] = static_cast<char>(block >> (8 * i));
  const std::string stream = CounterKeyStream(seed, counter, size * sizeof(Element) / 16 + 2);
  std::vector<Element> mask(size);
  std::memcpy(mask.data(), stream.data() + byte % 16, size * sizeof(Element));
  return mask;
}

SecretBytes SeedOf(uint8_t byte) { return SecretBytes(std::vector<uint8_t>(32, byte)); }
MaskStream StreamOf(uint8_t byte) { return MaskStream::Create(SeedOf(byte)).value(); }

template <typename Element>
std::vector<Element> RandomValues(size_t size, uint64_t seed) {
  std::vector<uint32_t> words(size * sizeof(Element) / sizeof(uint32_t));
  RandomStream({.job_seed = seed, .site = "", .round = 0, .use = "values"}).Fill(absl::MakeSpan(words));
  std::vector<Element> values(size);
  if (size > 0) std::memcpy(values.data(), words.data(), size * sizeof(Element));
  return values;
}

template <typename Element>
std::vector<Element> Masked(const std::vector<SignedMask>& masks, uint64_t offset, std::vector<Element> values) {
  EXPECT_TRUE(ApplyMasks(masks, offset, absl::MakeSpan(values)).ok());
  return values;
}

// A vector of several tiles whose length is no whole block.
constexpr size_t kSize = 5003;

template <typename Element>
class MaskStreamOf : public ::testing::Test {};
using Rings = ::testing::Types<uint32_t, uint64_t>;

struct RingNames {
  template <typename Element>
  static std::string GetName(int) {
    return sizeof(Element) == 4 ? "Ring32" : "Ring64";
  }
};
TYPED_TEST_SUITE(MaskStreamOf, Rings, RingNames);

TEST(MaskStream, TheReferenceOfTheseTestsMatchesTheSp80038aVectors) {
  // SP 800-38A, F.5.5 (CTR-AES256.Encrypt): the output blocks.
  const std::string key = ParseHex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4").value();
  const std::string counter = ParseHex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff").value();
  EXPECT_EQ(absl::BytesToHexString(CounterKeyStream(key, counter, 4)),
            "0bdf7df1591716335e9a8b15c860c502"
            "5a6e699d536119065433863c8f657b94"
            "1bc12c9c01610d5d0d8bd6a3378eca62"
            "2956e1c8693536b1bee99c73a31576b6");
}

TEST(MaskStream, BeginsWithAesOfTheZeroBlock) {
  // AES-256 of a zero block under a zero key: dc95c078a2408989ad48a21492842087.
  std::vector<uint32_t> narrow(4);
  std::vector<uint64_t> wide(2);
  ASSERT_TRUE(StreamOf(0).Apply(MaskSign::kPlus, 0, absl::MakeSpan(narrow)).ok());
  ASSERT_TRUE(StreamOf(0).Apply(MaskSign::kPlus, 0, absl::MakeSpan(wide)).ok());
  EXPECT_EQ(narrow, (std::vector<uint32_t>{0x78c095dc, 0x898940a2, 0x14a248ad, 0x87208492}));
  EXPECT_EQ(wide, (std::vector<uint64_t>{0x898940a278c095dc, 0x8720849214a248ad}));
}

TYPED_TEST(MaskStreamOf, MatchesTheReferenceWhereverItStarts) {
  const MaskStream stream = StreamOf(9);
  const std::string seed(32, 9);
  // Also where the low 32 bits of the counter turn over, and at the end of what may be masked.
  const uint64_t turn = (uint64_t{1} << 32) * 16 / sizeof(TypeParam);
  for (const uint64_t offset : {uint64_t{0}, uint64_t{1}, uint64_t{3}, uint64_t{511}, uint64_t{1023}, uint64_t{1024},
                                uint64_t{1029}, turn - 700, turn, kMaxMaskedElements - kSize}) {
    std::vector<TypeParam> values(kSize);
    ASSERT_TRUE(stream.Apply(MaskSign::kPlus, offset, absl::MakeSpan(values)).ok());
    EXPECT_EQ(values, MaskByReference<TypeParam>(seed, offset, kSize)) << offset;
  }
}

TYPED_TEST(MaskStreamOf, AppliedThenRemovedLeavesTheVectorUnchanged) {
  const auto values = RandomValues<TypeParam>(kSize, 1);
  const MaskStream stream = StreamOf(1);
  const auto masked = Masked<TypeParam>({{&stream, MaskSign::kPlus}}, 0, values);
  EXPECT_NE(masked, values);
  EXPECT_EQ(Masked<TypeParam>({{&stream, MaskSign::kMinus}}, 0, masked), values);
}

TYPED_TEST(MaskStreamOf, TilesInAnyOrderEqualOnePass) {
  const auto values = RandomValues<TypeParam>(kSize, 2);
  const MaskStream a = StreamOf(1), b = StreamOf(2);
  const std::vector<SignedMask> masks = {{&a, MaskSign::kPlus}, {&b, MaskSign::kMinus}};
  const auto expected = Masked(masks, 0, values);
  RandomStream random({.job_seed = 3, .site = "", .round = 0, .use = "cuts"});
  for (int repeat = 0; repeat < 20; ++repeat) {
    std::vector<std::pair<size_t, size_t>> tiles;
    for (size_t begin = 0; begin < kSize;) {
      const size_t size = std::min<size_t>(1 + random.NextBelow(1500), kSize - begin);
      tiles.push_back({begin, size});
      begin += size;
    }
    for (size_t i = tiles.size(); i > 1; --i) std::swap(tiles[i - 1], tiles[random.NextBelow(i)]);
    auto tiled = values;
    for (const auto& [begin, size] : tiles) {
      ASSERT_TRUE(ApplyMasks(masks, begin, absl::MakeSpan(tiled).subspan(begin, size)).ok());
    }
    ASSERT_EQ(tiled, expected) << "repeat " << repeat;
  }
}

TYPED_TEST(MaskStreamOf, AnyNumberOfMasksEqualsOneAfterTheOther) {
  const auto values = RandomValues<TypeParam>(kSize, 3);
  std::vector<MaskStream> streams;
  std::vector<SignedMask> masks;
  for (uint8_t i = 0; i < 11; ++i) streams.push_back(StreamOf(i));
  auto expected = values;
  for (size_t count = 0; count <= streams.size(); ++count) {
    EXPECT_EQ(Masked(masks, 7, values), expected) << count << " masks";
    if (count == streams.size()) break;
    const MaskSign sign = count % 3 == 0 ? MaskSign::kMinus : MaskSign::kPlus;
    masks.push_back({&streams[count], sign});
    const auto mask = MaskByReference<TypeParam>(std::string(32, static_cast<char>(count)), 7, kSize);
    for (size_t i = 0; i < kSize; ++i) {
      expected[i] = static_cast<TypeParam>(sign == MaskSign::kPlus ? expected[i] + mask[i] : expected[i] - mask[i]);
    }
  }
}

TYPED_TEST(MaskStreamOf, PairMasksCancelInTheSumOfAllSites) {
  constexpr size_t kSites = 6;
  std::vector<TypeParam> sum(kSize), plain(kSize);
  for (size_t u = 0; u < kSites; ++u) {
    std::vector<MaskStream> streams;
    std::vector<SignedMask> masks;
    streams.reserve(kSites);
    for (size_t v = 0; v < kSites; ++v) {
      if (v == u) continue;
      streams.push_back(StreamOf(static_cast<uint8_t>(10 * std::min(u, v) + std::max(u, v))));
      masks.push_back({&streams.back(), u < v ? MaskSign::kPlus : MaskSign::kMinus});
    }
    const auto values = RandomValues<TypeParam>(kSize, 100 + u);
    const auto masked = Masked(masks, 0, values);
    EXPECT_NE(masked, values);
    for (size_t i = 0; i < kSize; ++i) {
      sum[i] += masked[i];
      plain[i] += values[i];
    }
  }
  EXPECT_EQ(sum, plain);
}

TYPED_TEST(MaskStreamOf, ManyThreadsMayShareOneStreamOverDisjointSpans) {
  const MaskStream a = StreamOf(1), b = StreamOf(2);
  const std::vector<SignedMask> masks = {{&a, MaskSign::kPlus}, {&b, MaskSign::kPlus}};
  const auto values = RandomValues<TypeParam>(8 * kSize, 4);
  const auto expected = Masked(masks, 0, values);
  auto shared = values;
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 8; ++t) {
    threads.emplace_back(
        [&, t] { EXPECT_TRUE(ApplyMasks(masks, t * kSize, absl::MakeSpan(shared).subspan(t * kSize, kSize)).ok()); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(shared, expected);
}

TYPED_TEST(MaskStreamOf, WholeVectorsAreTheSameForAnyNumberOfThreads) {
  const MaskStream a = StreamOf(1), b = StreamOf(2);
  const std::vector<SignedMask> masks = {{&a, MaskSign::kPlus}, {&b, MaskSign::kMinus}};
  for (const size_t size : {size_t{0}, size_t{1}, size_t{16384}, size_t{16385}, size_t{100003}}) {
    const auto values = RandomValues<TypeParam>(size, 5);
    const auto expected = Masked(masks, 0, values);
    for (const int num_threads : {-1, 0, 1, 2, 3, 7, 64}) {
      auto whole = values;
      ASSERT_TRUE(MaskWholeVector(masks, absl::MakeSpan(whole), num_threads).ok());
      EXPECT_EQ(whole, expected) << size << " elements, " << num_threads << " threads";
    }
  }
}

TYPED_TEST(MaskStreamOf, RefusesElementsBehindTheLastOne) {
  const MaskStream stream = StreamOf(1);
  for (const uint64_t offset : {kMaxMaskedElements - 1, kMaxMaskedElements, kMaxMaskedElements + 1, UINT64_MAX}) {
    std::vector<TypeParam> values(2, 5);
    EXPECT_EQ(stream.Apply(MaskSign::kPlus, offset, absl::MakeSpan(values)).code(), StatusCode::kOutOfRange) << offset;
    EXPECT_EQ(values, std::vector<TypeParam>(2, 5));
  }
}

TYPED_TEST(MaskStreamOf, RefusesAMaskWithoutAStreamAndChangesNothing) {
  MaskStream moved = StreamOf(1);
  const MaskStream stream = std::move(moved);
  for (const MaskStream* none : {static_cast<const MaskStream*>(nullptr), static_cast<const MaskStream*>(&moved)}) {
    std::vector<TypeParam> values(kSize, 5);
    const std::vector<SignedMask> masks = {{&stream, MaskSign::kPlus}, {none, MaskSign::kPlus}};
    EXPECT_EQ(ApplyMasks(masks, 0, absl::MakeSpan(values)).code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(MaskWholeVector(masks, absl::MakeSpan(values), 3).code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(values, std::vector<TypeParam>(kSize, 5));
  }
}

TEST(MaskStream, RefusesASeedOfTheWrongLength) {
  for (const size_t size : {0, 16, 31, 33, 64}) {
    const SecretBytes seed(std::vector<uint8_t>(size, 1));
    EXPECT_EQ(MaskStream::Create(seed).status().code(), StatusCode::kInvalidArgument) << size;
  }
}

}  // namespace
}  // namespace accord
