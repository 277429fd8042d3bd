#include "base/secret.h"

#include <algorithm>
#include <optional>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/base/freed_memory.h"

namespace accord {
namespace {

static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_assignable_v<SecretBytes>);
static_assert(!std::is_convertible_v<SecretBytes, std::string>);
static_assert(std::is_nothrow_move_constructible_v<SecretBytes>);

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
template <typename T>
concept Comparable = requires(const T& a, const T& b) {
  a == b;
};
static_assert(!Printable<SecretBytes>, "a secret must not reach a log by accident");
static_assert(!Comparable<SecretBytes>, "only EqualsConstantTime compares");

std::vector<uint8_t> Bytes(absl::string_view text) { return std::vector<uint8_t>(text.begin(), text.end()); }

TEST(SecretBytes, ComparesByContentAndLength) {
  const SecretBytes secret(Bytes("secret"));
  EXPECT_TRUE(secret.EqualsConstantTime(Bytes("secret")));
  EXPECT_FALSE(secret.EqualsConstantTime(Bytes("secreT")));
  EXPECT_FALSE(secret.EqualsConstantTime(Bytes("Secret")));
  EXPECT_FALSE(secret.EqualsConstantTime(Bytes("secre")));
  EXPECT_FALSE(secret.EqualsConstantTime({}));
  EXPECT_TRUE(SecretBytes().EqualsConstantTime({}));
}

TEST(SecretBytes, RandomOnesAreFreshAndOfTheRightSize) {
  const auto a = SecretBytes::Random(32);
  const auto b = SecretBytes::Random(32);
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_EQ(a->size(), 32u);
  EXPECT_FALSE(a->EqualsConstantTime(b->Reveal()));
}

TEST(SecretBytes, LeaveNothingBehindWhenMovedFrom) {
  SecretBytes first(Bytes("secret"));
  SecretBytes second = std::move(first);
  EXPECT_TRUE(first.empty());  // NOLINT: the state after the move is the promise
  EXPECT_EQ(second.RevealAsText(), "secret");
  SecretBytes third(Bytes("other"));
  third = std::move(second);
  EXPECT_TRUE(second.empty());  // NOLINT
  EXPECT_EQ(third.RevealAsText(), "secret");
}

TEST(SecretBytes, AreOverwrittenBeforeTheirMemoryIsGivenBack) {
  const std::vector<uint8_t> bytes(FreedMemory::kWatchedSize, 'x');
  std::optional<SecretBytes> secret(bytes);
  {
    const FreedMemory freed;
    secret.reset();
    EXPECT_EQ(freed.num_wiped(), 1) << "when it goes";
  }
  secret.emplace(bytes);
  const FreedMemory freed;
  *secret = SecretBytes();
  EXPECT_EQ(freed.num_wiped(), 1) << "when another takes its place";
  EXPECT_EQ(freed.num_readable(), 0);
}

TEST(SecretBytes, OnesThatCouldNotBeWrittenAreOverwrittenToo) {
  const FreedMemory freed;
  const auto secret = SecretBytes::Written(FreedMemory::kWatchedSize, [](absl::Span<uint8_t> bytes) {
    std::fill(bytes.begin(), bytes.end(), 'x');
    return absl::UnavailableError("half way");
  });
  EXPECT_EQ(secret.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(freed.num_wiped(), 1);
  EXPECT_EQ(freed.num_readable(), 0);
}

TEST(FreedMemory, MemoryThatIsNotOverwrittenIsSeen) {
  const FreedMemory freed;
  { const std::vector<uint8_t> ordinary(FreedMemory::kWatchedSize, 'x'); }
  { const std::string text(FreedMemory::kWatchedSize - 1, 'x'); }
  EXPECT_EQ(freed.num_readable(), 2);
}

TEST(WipeString, EmptiesAndOverwritesTheBytes) {
  std::string text = "a private key that is too long for the string itself";
  text.reserve(128);
  const char* memory = text.data();
  const size_t size = text.size();
  WipeString(text);
  EXPECT_TRUE(text.empty());
  ASSERT_EQ(text.data(), memory) << "the block is kept, so it may be looked at";
  // Beyond the empty string's terminator the old bytes stood.
  EXPECT_TRUE(std::all_of(memory, memory + size, [](char c) { return c == '\0'; }));
}

}  // namespace
}  // namespace accord
