#include "base/secret.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace {

// Blocks of this size are looked at when they are freed while `watching`; nothing else in this program has it.
constexpr size_t kWatchedSize = 7919;
bool watching = false;
int num_freed_wiped = 0;
int num_freed_readable = 0;

void Look(const void* block, size_t size) {
  if (!watching || size != kWatchedSize) return;
  const auto* bytes = static_cast<const uint8_t*>(block);
  const bool wiped = std::all_of(bytes, bytes + size, [](uint8_t byte) { return byte == 0; });
  ++(wiped ? num_freed_wiped : num_freed_readable);
}

}  // namespace

void* operator new(size_t size) {
  if (void* block = std::malloc(size)) return block;
  throw std::bad_alloc();
}
void* operator new(size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, size_t size) noexcept {
  Look(block, size);
  std::free(block);
}

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
  num_freed_wiped = num_freed_readable = 0;
  {
    const SecretBytes secret(
        std::vector<uint8_t>(kWatchedSize, 'x'));  // the caller's copy goes before the watch begins
    watching = true;
  }
  watching = false;
  EXPECT_EQ(num_freed_wiped, 1) << "when it goes";
  SecretBytes secret(std::vector<uint8_t>(kWatchedSize, 'x'));
  num_freed_wiped = num_freed_readable = 0;
  watching = true;
  secret = SecretBytes();
  watching = false;
  EXPECT_EQ(num_freed_wiped, 1) << "when another takes its place";
  EXPECT_EQ(num_freed_readable, 0);
}

TEST(SecretBytes, OnesThatCouldNotBeWrittenAreOverwrittenToo) {
  num_freed_wiped = num_freed_readable = 0;
  watching = true;
  const auto secret = SecretBytes::Written(kWatchedSize, [](absl::Span<uint8_t> bytes) {
    std::fill(bytes.begin(), bytes.end(), 'x');
    return absl::UnavailableError("half way");
  });
  watching = false;
  EXPECT_EQ(secret.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(num_freed_wiped, 1);
  EXPECT_EQ(num_freed_readable, 0);
}

TEST(SecretBytes, WatcherSeesMemoryThatIsNotOverwritten) {
  num_freed_wiped = num_freed_readable = 0;
  watching = true;
  { const std::vector<uint8_t> ordinary(kWatchedSize, 'x'); }
  watching = false;
  EXPECT_EQ(num_freed_readable, 1);
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
