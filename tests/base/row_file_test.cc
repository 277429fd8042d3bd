// Rows that do not fit in memory: what is written comes back, nobody else can read it, and what can go wrong is told.
#include "base/row_file.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <numeric>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/sip_hash.h"
#include "tests/scratch_file.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr size_t kRowFloats = 21;  // 84 bytes, which no counter divides

std::shared_ptr<ScratchSpace> SpaceIn(const TestScratchFile& file, uint64_t size) {
  auto space = ScratchSpace::Create(file.fd(), size);
  EXPECT_TRUE(space.ok()) << space.status();
  return *std::move(space);
}

// Row `number` holds number, number + 0.5, ...
void AppendRows(RowFile& file, uint32_t first, uint32_t count) {
  std::vector<float> row(kRowFloats);
  for (uint32_t number = first; number < first + count; ++number) {
    for (size_t i = 0; i < row.size(); ++i) row[i] = static_cast<float>(number) + 0.5f * static_cast<float>(i);
    ASSERT_TRUE(file.Append(row.data()).ok());
  }
}

void ExpectRows(RowFile& file, const std::vector<uint32_t>& rows, uint32_t first) {
  std::vector<uint8_t> records(rows.size() * file.stride());
  ASSERT_TRUE(file.Read(rows, absl::MakeSpan(records)).ok());
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto* row = reinterpret_cast<const float*>(records.data() + i * file.stride());
    for (size_t k = 0; k < kRowFloats; ++k) {
      ASSERT_EQ(row[k], static_cast<float>(first + rows[i]) + 0.5f * static_cast<float>(k)) << "row " << rows[i];
    }
  }
}

TEST(RowFile, RowsOfTwoSetsComeBackInWhateverOrderTheyAreAskedFor) {
  const TestScratchFile scratch(16 * kMiB);
  const auto space = SpaceIn(scratch, 16 * kMiB);
  RowFile train(space, kRowFloats * sizeof(float));
  RowFile test(space, kRowFloats * sizeof(float));
  for (uint32_t begin = 0; begin < 40000; begin += 1000) {
    AppendRows(train, begin, 1000);
    AppendRows(test, 1000000 + begin / 4, 250);
  }
  ASSERT_TRUE(train.Finish().ok());
  ASSERT_TRUE(test.Finish().ok());
  ASSERT_EQ(train.num_rows(), 40000u);
  ASSERT_EQ(test.num_rows(), 10000u);
  EXPECT_EQ(train.stride(), 96u);
  std::vector<uint32_t> all(40000);
  std::iota(all.begin(), all.end(), 0u);
  ExpectRows(train, all, 0);
  ExpectRows(train, {39999, 0, 0, 10921, 10922, 10923, 21844, 7}, 0);
  ExpectRows(test, {9999, 0, 5000, 5001}, 1000000);
}

TEST(RowFile, WhatLiesOnTheDiskIsReadableToNobodyAndNeverTheSameTwice) {
  const TestScratchFile scratch(2 * kMiB);
  const std::string row(64, 'r');
  std::vector<std::string> contents;
  for (int run = 0; run < 2; ++run) {
    const auto space = SpaceIn(scratch, 2 * kMiB);
    RowFile file(space, row.size());
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(file.Append(row.data()).ok());
    ASSERT_TRUE(file.Finish().ok());
    std::string bytes(100 * row.size(), '\0');
    ASSERT_TRUE(ReadFully(scratch.fd(), bytes.data(), bytes.size(), 0).ok());
    EXPECT_THAT(bytes, Not(HasSubstr("rrr")));
    EXPECT_NE(bytes.substr(0, 64), bytes.substr(64, 64)) << "equal rows must not look equal";
    contents.push_back(bytes);
  }
  EXPECT_NE(contents[0], contents[1]) << "each has a key of its own";
}

TEST(RowFile, AFullFileIsAnErrorThatNamesTheSetting) {
  const TestScratchFile scratch(2 * kMiB);
  RowFile file(SpaceIn(scratch, 2 * kMiB), 1024);
  const std::string row(1024, 'r');
  absl::Status status;
  int rows = 0;
  while (status.ok() && rows < 10000) {
    status = file.Append(row.data());
    ++rows;
  }
  EXPECT_EQ(rows, 3 * 1008) << "the third block has no room";  // a tag makes a row of 1024 bytes 1040
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("sandbox.max_scratch_mib"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("2 MiB"));
}

TEST(RowFile, IsWrittenByAProcessThatMayNotMakeLargeFiles) {
  const TestScratchFile scratch(8 * kMiB);
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small = {kMiB, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  RowFile file(SpaceIn(scratch, 8 * kMiB), kRowFloats * sizeof(float));
  AppendRows(file, 0, 40000);
  const absl::Status finished = file.Finish();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_TRUE(finished.ok()) << finished;
  ExpectRows(file, {0, 39999}, 0);
}

TEST(RowFile, ADiskThatDoesNotGiveRowsBackIsDataLoss) {
  const TestScratchFile scratch(2 * kMiB);
  RowFile file(SpaceIn(scratch, 2 * kMiB), kRowFloats * sizeof(float));
  AppendRows(file, 0, 100);
  ASSERT_TRUE(file.Finish().ok());
  ASSERT_EQ(ftruncate(scratch.fd(), 1000), 0);
  std::vector<uint8_t> out(file.stride());
  EXPECT_TRUE(absl::IsDataLoss(file.Read({50}, absl::MakeSpan(out))));
}

TEST(RowFile, ARowThatTheDiskChangedOrGivesInAnothersPlaceIsDataLoss) {
  const TestScratchFile scratch(4 * kMiB);
  const auto space = SpaceIn(scratch, 4 * kMiB);
  RowFile file(space, kRowFloats * sizeof(float));
  RowFile other(space, kRowFloats * sizeof(float));
  AppendRows(file, 0, 100);
  AppendRows(other, 0, 100);
  ASSERT_TRUE(file.Finish().ok());
  ASSERT_TRUE(other.Finish().ok());
  ExpectRows(file, {49, 50, 51}, 0);
  std::vector<uint8_t> out(3 * file.stride());
  const uint64_t place = 50 * file.stride();
  std::vector<uint8_t> row(file.stride());
  ASSERT_TRUE(ReadFully(scratch.fd(), row.data(), row.size(), place).ok());
  for (const size_t byte : {size_t{0}, size_t{83}, size_t{90}, row.size() - 1}) {  // numbers, padding, tag
    std::vector<uint8_t> damaged = row;
    damaged[byte] ^= 0x40;
    ASSERT_TRUE(WriteFully(scratch.fd(), damaged.data(), damaged.size(), place).ok());
    const absl::Status read = file.Read({49, 50, 51}, absl::MakeSpan(out));
    EXPECT_TRUE(absl::IsDataLoss(read)) << byte << ": " << read;
    EXPECT_THAT(std::string(read.message()), HasSubstr("another row 50 than was written"));
  }
  // A block of zeros, as a file system may leave it.
  ASSERT_TRUE(WriteFully(scratch.fd(), std::string(row.size(), '\0').data(), row.size(), place).ok());
  EXPECT_TRUE(absl::IsDataLoss(file.Read({50}, absl::MakeSpan(out).first(file.stride()))));
  ASSERT_TRUE(WriteFully(scratch.fd(), row.data(), row.size(), place).ok());
  ExpectRows(file, {49, 50, 51}, 0);
}

// Computed with OpenSSL's SIPHASH; the first two are also in the paper's test vectors.
TEST(SipHash, IsThatOfItsPaper) {
  const SipKey key = {{0x0706050403020100, 0x0f0e0d0c0b0a0908}};
  std::vector<uint8_t> bytes(24);
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  const absl::Span<const uint8_t> all = bytes;
  EXPECT_EQ(SipHash(key, {}, all.first(8)), 0x93f5f5799a932462u);
  EXPECT_EQ(SipHash(key, {}, all.first(16)), 0x3f2acc7f57c29bdbu);
  EXPECT_EQ(SipHash(key, {}, all), 0xb8ad50c6f649af94u);
  EXPECT_EQ(SipHash(key, {0x0706050403020100}, all.subspan(8)), 0xb8ad50c6f649af94u);
}

TEST(ScratchSpace, RefusesWhatIsNoFileOfThatSize) {
  const TestScratchFile scratch(kMiB);
  EXPECT_TRUE(absl::IsInvalidArgument(ScratchSpace::Create(scratch.fd(), kMiB + 1).status()));
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_TRUE(absl::IsInvalidArgument(ScratchSpace::Create(ends[0], 0).status()));
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace accord
