#include "coordinator/transfer/staged_upload.h"

#include <memory>
#include <string>

#include "base/content_digest.h"
#include "base/hash.h"
#include "coordinator/store/store.h"
#include "coordinator/transfer/chunk.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

v1::Chunk ChunkOf(const std::string& payload, uint64_t offset, uint64_t size) {
  v1::Chunk chunk;
  chunk.set_offset(offset);
  chunk.set_data(payload.substr(offset, size));
  chunk.set_crc32c(Crc32c(0, chunk.data().data(), chunk.data().size()));
  return chunk;
}

// Small vectors lie in memory, large ones in a file: both behave alike.
class StagedUploadTest : public ::testing::TestWithParam<uint64_t> {
 protected:
  void SetUp() override {
    auto store = Store::Open(folder_.Path("state"));
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    for (uint64_t i = 0; i < GetParam(); ++i) payload_.push_back(static_cast<char>(i * 7 % 251));
    auto upload = StagedUpload::Create(store_->objects(), payload_.size(), Sha256Hex(payload_));
    ASSERT_TRUE(upload.ok());
    upload_ = *std::move(upload);
  }

  absl::StatusOr<uint64_t> Send(uint64_t offset, uint64_t size) {
    return upload_->Append(stream_, ViewOf(ChunkOf(payload_, offset, size)));
  }

  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
  std::string payload_;
  std::shared_ptr<StagedUpload> upload_;
  uint64_t stream_ = 1;
};

INSTANTIATE_TEST_SUITE_P(Sizes, StagedUploadTest, ::testing::Values(1000, 300'000));

TEST_P(StagedUploadTest, ACompleteUploadIsVerifiedAndReadableAnywhere) {
  stream_ = upload_->Attach().stream;
  ASSERT_TRUE(Send(0, 600).ok());
  EXPECT_FALSE(upload_->Attach().verified);
  stream_ = 2;
  EXPECT_EQ(*Send(600, payload_.size() - 600), payload_.size());
  EXPECT_TRUE(upload_->Attach().verified);
  std::string tail(50, ' ');
  ASSERT_TRUE(upload_->Read(payload_.size() - 50, absl::MakeSpan(tail)).ok());
  EXPECT_EQ(tail, payload_.substr(payload_.size() - 50));
  EXPECT_EQ(upload_->Read(payload_.size() - 49, absl::MakeSpan(tail)).code(), absl::StatusCode::kOutOfRange);
}

TEST_P(StagedUploadTest, ResumesAtTheOffsetThatItReports) {
  stream_ = upload_->Attach().stream;
  ASSERT_TRUE(Send(0, 400).ok());
  const auto attachment = upload_->Attach();
  EXPECT_EQ(attachment.received, 400u);
  stream_ = attachment.stream;
  EXPECT_EQ(*Send(400, payload_.size() - 400), payload_.size());
}

TEST_P(StagedUploadTest, AnOlderStreamMayNotAppendAnyMore) {
  stream_ = upload_->Attach().stream;
  upload_->Attach();
  EXPECT_EQ(Send(0, 100).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(upload_->Attach().received, 0u);
}

TEST_P(StagedUploadTest, BytesAreTakenAtTheContiguousEndOnly) {
  stream_ = upload_->Attach().stream;
  ASSERT_TRUE(Send(0, 100).ok());
  for (const uint64_t offset : {uint64_t{0}, uint64_t{99}, uint64_t{101}, ~uint64_t{0}}) {
    v1::Chunk chunk = ChunkOf(payload_, 100, 10);
    chunk.set_offset(offset);
    EXPECT_EQ(upload_->Append(stream_, ViewOf(chunk)).status().code(), absl::StatusCode::kInvalidArgument) << offset;
  }
  EXPECT_EQ(*Send(100, 10), 110u);
}

TEST_P(StagedUploadTest, AChunkThatWasDamagedOnItsWayIsNotTaken) {
  stream_ = upload_->Attach().stream;
  v1::Chunk chunk = ChunkOf(payload_, 0, 100);
  (*chunk.mutable_data())[50] ^= 1;
  const auto taken = upload_->Append(stream_, ViewOf(chunk));
  EXPECT_EQ(taken.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(taken.status().message()), HasSubstr("checksum"));
  EXPECT_EQ(*Send(0, 100), 100u);
}

TEST_P(StagedUploadTest, AChunkMayNotReachOverTheEndNorBeEmptyNorBeLargerThanAMebibyte) {
  stream_ = upload_->Attach().stream;
  const std::string longer = payload_ + std::string(3 << 20, 'x');
  EXPECT_THAT(std::string(upload_->Append(stream_, ViewOf(ChunkOf(longer, 0, payload_.size() + 1))).status().message()),
              HasSubstr("over the announced"));
  EXPECT_FALSE(upload_->Append(stream_, ViewOf(ChunkOf(longer, 0, kChunkBytes + 1))).ok());
  EXPECT_FALSE(upload_->Append(stream_, ViewOf(ChunkOf(longer, 0, 0))).ok());
  EXPECT_EQ(upload_->Attach().received, 0u);
}

TEST_P(StagedUploadTest, AMaskedUploadCountsWhenItsHashIsAcceptedAndStartsAgainOtherwise) {
  auto upload = StagedUpload::Create(store_->objects(), payload_.size(), "");
  ASSERT_TRUE(upload.ok());
  const uint64_t stream = (*upload)->Attach().stream;
  EXPECT_EQ((*upload)->received_digest(), "");
  std::string other = payload_;
  other[3] ^= 1;
  ASSERT_TRUE((*upload)->Append(stream, ViewOf(ChunkOf(other, 0, other.size()))).ok());
  EXPECT_EQ((*upload)->received_digest(), HexDigest(ContentDigest(other)));
  char byte;
  EXPECT_EQ((*upload)->Read(0, absl::MakeSpan(&byte, 1)).code(), absl::StatusCode::kFailedPrecondition);
  (*upload)->StartAgain();
  EXPECT_EQ((*upload)->Attach().received, 0u);
  (*upload)->Accept();  // of nothing
  EXPECT_FALSE((*upload)->Attach().verified);

  const uint64_t again = (*upload)->Attach().stream;
  ASSERT_TRUE((*upload)->Append(again, ViewOf(ChunkOf(payload_, 0, payload_.size()))).ok());
  EXPECT_EQ((*upload)->received_digest(), HexDigest(ContentDigest(payload_)));
  (*upload)->Accept();
  ASSERT_TRUE((*upload)->Read(3, absl::MakeSpan(&byte, 1)).ok());
  EXPECT_EQ(byte, payload_[3]);
}

TEST_P(StagedUploadTest, AClosedUploadTakesNothingAndSaysWhy) {
  stream_ = upload_->Attach().stream;
  ASSERT_TRUE(Send(0, 100).ok());
  upload_->Close("the round is closed");
  const auto taken = Send(100, 100);
  EXPECT_EQ(taken.status().code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(std::string(taken.status().message()), HasSubstr("the round is closed"));
}

TEST_P(StagedUploadTest, AVerifiedUploadOutlastsTheEndOfItsRoundUntilItIsFolded) {
  stream_ = upload_->Attach().stream;
  ASSERT_TRUE(Send(0, payload_.size()).ok());
  upload_->Close("the round is closed");
  char first = 0;
  ASSERT_TRUE(upload_->Read(0, absl::MakeSpan(&first, 1)).ok());
  EXPECT_EQ(first, payload_[0]);
  upload_->ReleaseBytes();
  EXPECT_TRUE(upload_->Attach().verified);
}

}  // namespace
}  // namespace accord
