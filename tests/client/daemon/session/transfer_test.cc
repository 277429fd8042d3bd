// Uploads and downloads over real streams that break, lie and stall.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "base/content_digest.h"
#include "base/hash.h"
#include "client/daemon/session/download.h"
#include "client/daemon/session/upload.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/fake_coordinator.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr uint64_t kMib = uint64_t{1} << 20;

std::string Pattern(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 2654435761u) >> 13);
  return bytes;
}

class Transfer : public ::testing::Test {
 protected:
  UploadResult RunUpload(const std::string& bytes) {
    v1::UploadOpen open;
    open.set_num_bytes(bytes.size());
    open.set_vector_name(Sha256Hex(bytes));
    UploadResult result;
    absl::Notification done;
    BytesSource source(absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
    Upload upload(coordinator_.MakeChannel(), open, source,
                  {[](uint64_t) {}, [] {},
                   [&](const UploadResult& r) {
                     result = r;
                     done.Notify();
                   }});
    EXPECT_TRUE(done.WaitForNotificationWithTimeout(kTestPatience));
    return result;
  }
  DownloadResult RunDownload(PartialObject& object) {
    DownloadResult result;
    absl::Notification done;
    Download download(coordinator_.MakeChannel(), object,
                      {[](uint64_t) {},
                       [&](const DownloadResult& r) {
                         result = r;
                         done.Notify();
                       }});
    EXPECT_TRUE(done.WaitForNotificationWithTimeout(kTestPatience));
    return result;
  }

  FakeCoordinator coordinator_;
};

TEST_F(Transfer, AnUploadOfManyChunksArrivesWhole) {
  const std::string bytes = Pattern(20 * kMib + 12345);
  EXPECT_EQ(RunUpload(bytes).outcome, UploadResult::Outcome::kVerified);
  EXPECT_EQ(coordinator_.AwaitUpload(), bytes);
}

TEST_F(Transfer, ASmallUploadArrivesWhole) {
  const std::string bytes = Pattern(4);
  EXPECT_EQ(RunUpload(bytes).outcome, UploadResult::Outcome::kVerified);
}

TEST_F(Transfer, ABrokenUploadGoesOnAtTheOffsetThatTheCoordinatorNames) {
  const std::string bytes = Pattern(6 * kMib);
  coordinator_.SetUploadManners({.break_after = 3 * kMib});
  EXPECT_EQ(RunUpload(bytes).outcome, UploadResult::Outcome::kBroken);
  coordinator_.SetUploadManners({.first_offset = 3 * kMib});
  EXPECT_EQ(RunUpload(bytes).outcome, UploadResult::Outcome::kVerified);
  EXPECT_EQ(coordinator_.AwaitUpload(), bytes);
  EXPECT_EQ(coordinator_.upload_bytes(), 6 * kMib) << "no byte was sent twice";
}

TEST_F(Transfer, ARefusalCarriesItsReason) {
  coordinator_.SetUploadManners({.refuse = "too late"});
  const UploadResult result = RunUpload(Pattern(100));
  EXPECT_EQ(result.outcome, UploadResult::Outcome::kRefused);
  EXPECT_EQ(result.reason, "too late");
}

TEST_F(Transfer, ACoordinatorThatAcknowledgesWhatWasNeverSentIsNotBelieved) {
  coordinator_.SetUploadManners({.lie_about_offset = true});
  const UploadResult result = RunUpload(Pattern(100));
  EXPECT_EQ(result.outcome, UploadResult::Outcome::kBroken);
  EXPECT_THAT(result.reason, HasSubstr("never sent"));
}

TEST_F(Transfer, AnUploadThatIsDroppedEndsAtOnceThoughTheCoordinatorStalls) {
  const std::string bytes = Pattern(64 * kMib);
  coordinator_.SetUploadManners({.stop_reading_after = kMib});
  v1::UploadOpen open;
  open.set_num_bytes(bytes.size());
  open.set_vector_name(Sha256Hex(bytes));
  uint64_t acknowledged = 0;
  {
    BytesSource source(absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
    Upload upload(coordinator_.MakeChannel(), open, source,
                  {[&](uint64_t received) { acknowledged = received; }, [] {}, [](const UploadResult&) {}});
    coordinator_.AwaitUploadBytes(kMib);
  }
  EXPECT_EQ(acknowledged, 0u);
  EXPECT_EQ(coordinator_.upload_bytes(), kMib);
}

TEST_F(Transfer, ADownloadThatBreaksContinuesWhereItStopped) {
  const std::string content = Pattern(5 * kMib + 7);
  const std::string name = HexDigest(ContentDigest(content));
  coordinator_.Store(name, content);
  coordinator_.BreakNextDownloadAfter(2 * kMib);
  PartialObject object = PartialObject::Create(name, NamedBy::kContentDigest, content.size(), true).value();
  EXPECT_EQ(RunDownload(object).outcome, DownloadResult::Outcome::kBroken);
  EXPECT_FALSE(object.complete());
  const uint64_t held = object.num_bytes();
  EXPECT_EQ(RunDownload(object).outcome, DownloadResult::Outcome::kComplete);
  EXPECT_TRUE(object.complete());
  EXPECT_EQ(object.Read().value(), content);
  EXPECT_THAT(coordinator_.download_offsets(), ElementsAre(0, held));
}

TEST_F(Transfer, ACorruptChunkIsRefused) {
  const std::string content = Pattern(kMib);
  coordinator_.Store(Sha256Hex(content), content);
  coordinator_.CorruptDownloads(true);
  PartialObject object = PartialObject::Create(Sha256Hex(content), NamedBy::kSha256, content.size(), true).value();
  const DownloadResult result = RunDownload(object);
  EXPECT_EQ(result.outcome, DownloadResult::Outcome::kRefused);
  EXPECT_THAT(result.reason, HasSubstr("checksum"));
}

TEST_F(Transfer, BytesThatAreNotThoseOfTheHashAreRefused) {
  const std::string sha256 = Sha256Hex("what was promised");
  coordinator_.Store(sha256, "something else");
  PartialObject object = PartialObject::Create(sha256, NamedBy::kSha256, 100, false).value();
  EXPECT_EQ(RunDownload(object).outcome, DownloadResult::Outcome::kRefused);
  EXPECT_FALSE(object.complete());
  EXPECT_EQ(object.num_bytes(), 0u);
}

TEST_F(Transfer, AnObjectLongerThanWasAgreedIsRefused) {
  const std::string content = Pattern(3 * kMib);
  coordinator_.Store(Sha256Hex(content), content);
  PartialObject object = PartialObject::Create(Sha256Hex(content), NamedBy::kSha256, 2 * kMib, false).value();
  EXPECT_EQ(RunDownload(object).outcome, DownloadResult::Outcome::kRefused);
  EXPECT_LE(object.num_bytes(), 2 * kMib);
}

TEST_F(Transfer, AnObjectThatTheCoordinatorDoesNotHaveIsRefused) {
  PartialObject object = PartialObject::Create(Sha256Hex("nobody has this"), NamedBy::kSha256, 100, false).value();
  EXPECT_EQ(RunDownload(object).outcome, DownloadResult::Outcome::kRefused);
}

// The two kinds of names are not taken for each other.
TEST(PartialObject, IsCheckedByItsOwnKindOfName) {
  const std::string content = "content";
  const std::string sha256 = Sha256Hex(content), digest = HexDigest(ContentDigest(content));
  EXPECT_TRUE(PartialObject::Create(sha256, NamedBy::kSha256, 100, false)->Fill(content).ok());
  EXPECT_TRUE(PartialObject::Create(digest, NamedBy::kContentDigest, 100, false)->Fill(content).ok());
  EXPECT_FALSE(PartialObject::Create(digest, NamedBy::kSha256, 100, false)->Fill(content).ok());
  EXPECT_FALSE(PartialObject::Create(sha256, NamedBy::kContentDigest, 100, false)->Fill(content).ok());
}

TEST(PartialObject, TakesNothingThatIsNotTheNextChunk) {
  PartialObject object = PartialObject::Create(Sha256Hex("ab"), NamedBy::kSha256, 2, true).value();
  v1::Chunk chunk;
  chunk.set_data("a");
  chunk.set_crc32c(Crc32c(0, "a", 1));
  for (const uint64_t offset : {uint64_t{1}, UINT64_MAX}) {
    chunk.set_offset(offset);
    EXPECT_FALSE(object.Append(ViewOf(chunk)).ok());
  }
  chunk.set_offset(0);
  EXPECT_TRUE(object.Append(ViewOf(chunk)).ok());
  EXPECT_FALSE(object.Append(ViewOf(chunk)).ok()) << "the same chunk twice";
}

TEST(PartialObject, IsOnlyMadeForAHash) {
  for (const char* name : {"", "../../etc/passwd", "ABC"}) {
    EXPECT_FALSE(PartialObject::Create(name, NamedBy::kSha256, 1, false).ok());
  }
}

}  // namespace
}  // namespace accord
