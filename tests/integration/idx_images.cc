#include "tests/integration/idx_images.h"

#include <gtest/gtest.h>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/federation/process.h"

namespace accord {
namespace {

constexpr size_t kImageBytes = 28 * 28;
constexpr size_t kImageHeader = 16;
constexpr size_t kLabelHeader = 8;

std::string Unpacked(const std::string& path) {
  const absl::StatusOr<std::string> content = bench::RunProgram({"/bin/gzip", "-dc", path}, absl::Minutes(1));
  EXPECT_TRUE(content.ok()) << content.status().message();
  return content.value_or("");
}

std::string BigEndian(uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(number >> shift));
  return bytes;
}

}  // namespace

IdxImages IdxImages::Unpack(const std::string& images_gz, const std::string& labels_gz) {
  IdxImages all = {Unpacked(images_gz), Unpacked(labels_gz)};
  EXPECT_EQ(all.images.size(), kImageHeader + all.size() * kImageBytes) << images_gz;
  return all;
}

size_t IdxImages::size() const { return labels.size() < kLabelHeader ? 0 : labels.size() - kLabelHeader; }

uint8_t IdxImages::label(size_t index) const { return static_cast<uint8_t>(labels[kLabelHeader + index]); }

IdxImages IdxImages::Choose(const std::vector<size_t>& indices) const {
  const auto count = static_cast<uint32_t>(indices.size());
  IdxImages chosen = {images.substr(0, 4) + BigEndian(count) + images.substr(8, 8),
                      labels.substr(0, 4) + BigEndian(count)};
  for (const size_t index : indices) {
    chosen.images += images.substr(kImageHeader + index * kImageBytes, kImageBytes);
    chosen.labels += labels[kLabelHeader + index];
  }
  return chosen;
}

IdxImages IdxImages::EveryNth(size_t first, size_t step) const {
  std::vector<size_t> indices;
  for (size_t i = first; i < size(); i += step) indices.push_back(i);
  return Choose(indices);
}

bench::SiteDataset ImageDataset(const std::string& name, const std::string& mapping, const IdxImages& train,
                                const IdxImages& held_out) {
  return {name,
          mapping,
          {{"train-images.idx3", train.images},
           {"train-labels.idx1", train.labels},
           {"test-images.idx3", held_out.images},
           {"test-labels.idx1", held_out.labels}}};
}

}  // namespace accord
