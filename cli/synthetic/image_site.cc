#include <algorithm>
#include <cmath>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "cli/synthetic/ground_truth.h"
#include "cli/synthetic/label_shares.h"
#include "cli/synthetic/site_files.h"
#include "cli/synthetic/site_rows.h"

namespace accord {
namespace {

constexpr int kGrid = 7;              // a class's picture is a smooth pattern over so many points each way
constexpr double kNoise = 48;         // standard deviation of a pixel, of 255
constexpr uint8_t kUnsignedByte = 8;  // IDX's type code

// Big-endian header: two zero bytes, the type, the number of dimensions, each dimension.
std::string IdxHeader(const std::vector<uint32_t>& dimensions) {
  std::string header = {0, 0, static_cast<char>(kUnsignedByte), static_cast<char>(dimensions.size())};
  for (const uint32_t dimension : dimensions) {
    for (int shift = 24; shift >= 0; shift -= 8) header.push_back(static_cast<char>(dimension >> shift & 0xFF));
  }
  return header;
}

// The mean picture of each class: random points, bilinearly stretched to the image.
std::vector<std::vector<double>> DrawPrototypes(const v1::DataSchema& schema, uint64_t seed) {
  RandomStream stream({.job_seed = seed, .site = "", .round = 0, .use = "synthetic-images"});
  const v1::Image& image = schema.image();
  std::vector<std::vector<double>> prototypes;
  for (int label = 0; label < schema.target().category().levels_size(); ++label) {
    std::vector<double> prototype;
    for (uint32_t channel = 0; channel < image.channels(); ++channel) {
      double points[kGrid + 1][kGrid + 1];
      for (auto& line : points) {
        for (double& point : line) point = 255 * stream.NextDouble();
      }
      for (uint32_t y = 0; y < image.height(); ++y) {
        for (uint32_t x = 0; x < image.width(); ++x) {
          const double at_y = static_cast<double>(y) * kGrid / image.height();
          const double at_x = static_cast<double>(x) * kGrid / image.width();
          const int i = static_cast<int>(at_y), j = static_cast<int>(at_x);
          const double v = at_y - i, u = at_x - j;
          prototype.push_back((1 - v) * ((1 - u) * points[i][j] + u * points[i][j + 1]) +
                              v * ((1 - u) * points[i + 1][j] + u * points[i + 1][j + 1]));
        }
      }
    }
    prototypes.push_back(std::move(prototype));
  }
  return prototypes;
}

absl::Status CheckImages(const v1::DataSchema& schema) {
  if (!schema.target().has_category() || schema.target().category().levels_size() > 256) {
    return absl::InvalidArgumentError("synthetic images need a target of at most 256 levels: IDX labels are bytes");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SyntheticSite> WriteImageSite(const v1::DataSchema& schema, const SyntheticOptions& options,
                                             const SiteToWrite& site, const std::string& folder) {
  ACCORD_RETURN_IF_ERROR(CheckImages(schema));
  const std::string& name = site.name;
  const std::string base = absl::StrCat("SYNTHETIC-", name);
  const auto prototypes = DrawPrototypes(schema, options.seed);
  RandomStream stream({.job_seed = options.seed, .site = name, .round = 0, .use = "synthetic-rows"});
  const auto shares = DrawLabelShares(schema, options, name, stream);
  RowFacts facts(schema);
  SyntheticSite written{
      .site = name,
      .mapping = absl::StrCat(folder, "/", base, ".mapping.yaml"),
      .files = {absl::StrCat(folder, "/", base, "-images.idx"), absl::StrCat(folder, "/", base, "-labels.idx")},
      .rows = site.rows};
  const v1::Image& image = schema.image();
  const auto rows = static_cast<uint32_t>(site.rows);
  std::vector<uint32_t> dimensions = {rows, image.height(), image.width()};
  if (image.channels() > 1) dimensions.insert(dimensions.begin() + 1, image.channels());

  std::ofstream images(written.files[0], std::ios::binary | std::ios::trunc);
  images << IdxHeader(dimensions);
  std::string labels = IdxHeader({rows});
  std::string pixels;
  for (uint32_t row = 0; row < rows && images.good(); ++row) {
    ACCORD_RETURN_IF_ERROR(MayGoOn(options, row));
    const size_t label = DrawShare(shares, stream);
    facts.TakeClass(label);
    labels.push_back(static_cast<char>(label));
    pixels.clear();
    for (const double mean : prototypes[label]) {
      pixels.push_back(static_cast<char>(std::clamp(std::lround(mean + kNoise * NextNormal(stream)), 0L, 255L)));
    }
    images << pixels;
  }
  images.close();
  if (!images.good()) return ErrnoError("write", written.files[0]);
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(written.files[1], labels, 0644, Durability::kVisible));
  const std::string mapping = absl::StrCat(
      SyntheticMappingHead(name), "idx:\n  images: ", QuotedForYaml(base + "-images.idx"),
      "\n  labels: ", QuotedForYaml(base + "-labels.idx"), "\nsplit: {test_fraction: ", kSyntheticTestFraction, "}\n");
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(written.mapping, mapping, 0644, Durability::kVisible));
  written.missing_classes = facts.MissingClasses();
  return written;
}

}  // namespace accord
