#include "client/daemon/secure/record_file.h"

#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/secure/full_disk.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class RecordFileTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(path_); }

  std::unique_ptr<RecordFile> Open(const std::string& site = "site-a") {
    auto file = RecordFile::Open(path_, site);
    EXPECT_TRUE(file.ok()) << file.status();
    return file.ok() ? *std::move(file) : nullptr;
  }
  static std::string Upload(RecordFile& file, uint32_t attempt) {
    const std::string entry =
        file.record().Append(secure::Uploaded{"job", attempt, TranscriptOf(attempt), Sha256("vector")});
    EXPECT_TRUE(file.Append(entry).ok());
    return entry;
  }
  static Sha256Digest TranscriptOf(uint32_t attempt) { return Sha256(std::to_string(attempt)); }

  const std::string path_ = ::testing::TempDir() + "/secure-record";
};

TEST_F(RecordFileTest, BeginsEmptyAndIsItsOwnersAlone) {
  ASSERT_NE(Open(), nullptr);
  struct stat about = {};
  ASSERT_EQ(stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  EXPECT_EQ(about.st_size, 0);
}

TEST_F(RecordFileTest, WhatWasAppendedIsThereAfterARestart) {
  {
    const auto file = Open();
    Upload(*file, 1);
    Upload(*file, 2);
  }
  const auto again = Open();
  EXPECT_NE(again->record().FindUploaded(TranscriptOf(1)), nullptr);
  EXPECT_NE(again->record().FindUploaded(TranscriptOf(2)), nullptr);
  Upload(*again, 3);
  EXPECT_NE(Open()->record().FindUploaded(TranscriptOf(3)), nullptr);
}

TEST_F(RecordFileTest, AnEntryThatACrashCutOffGoesAndTheNextOneTakesItsPlace) {
  std::string second;
  {
    const auto file = Open();
    Upload(*file, 1);
    second = Upload(*file, 2);
  }
  const auto whole = std::filesystem::file_size(path_);
  for (const size_t left : {size_t{1}, second.size() / 2, second.size() - 1}) {
    std::filesystem::resize_file(path_, whole - second.size() + left);
    const auto file = Open();
    EXPECT_EQ(std::filesystem::file_size(path_), whole - second.size()) << left;
    EXPECT_NE(file->record().FindUploaded(TranscriptOf(1)), nullptr);
    EXPECT_EQ(file->record().FindUploaded(TranscriptOf(2)), nullptr);
    EXPECT_EQ(Upload(*file, 2), second);
  }
}

TEST_F(RecordFileTest, ADamagedEntryStopsTheSiteAndTheFileStaysAsItIs) {
  {
    const auto file = Open();
    Upload(*file, 1);
    Upload(*file, 2);
  }
  std::string damaged = *ReadFile(path_);
  damaged[20] ^= 1;
  ASSERT_TRUE(WriteFileAtomically(path_, damaged, 0600).ok());
  const auto file = RecordFile::Open(path_, "site-a");
  EXPECT_EQ(file.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(file.status().message()), HasSubstr(path_));
  EXPECT_THAT(std::string(file.status().message()), HasSubstr("only if it was made after the daemon last ran"));
  EXPECT_EQ(*ReadFile(path_), damaged);
}

TEST_F(RecordFileTest, AnotherSitesRecordIsNotTakenForThisOnes) {
  {
    const auto file = Open("site-a");
    Upload(*file, 1);
  }
  EXPECT_FALSE(RecordFile::Open(path_, "site-b").ok());
}

TEST_F(RecordFileTest, AfterAFailedAppendNothingIsAppendedAnyMore) {
  const auto file = Open();
  Upload(*file, 1);
  const std::string entry = file->record().Append(secure::Voided{Sha256("t")});
  absl::Status first;
  {
    const FullDisk full(std::filesystem::file_size(path_));
    first = file->Append(entry);
  }
  EXPECT_FALSE(first.ok());
  EXPECT_EQ(file->status(), first);
  EXPECT_EQ(file->Append(entry), first) << "there is room again, but the record in memory was ahead of the file";
}

}  // namespace
}  // namespace accord
