// Images with a brighter disc for each level but the first, and the masks that show where.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "cli/synthetic/array_files.h"
#include "cli/synthetic/ground_truth.h"
#include "cli/synthetic/site_files.h"

namespace accord {
namespace {

constexpr double kGround = 50;       // mean brightness without a disc, of 255
constexpr double kBrightest = 210;   // of the last level's discs
constexpr double kGrain = 25;        // standard deviation of a pixel
constexpr double kDiscShare = 0.85;  // of images that have a disc of a level

struct Picture {
  std::vector<uint8_t> mask;
  std::string pixels;  // channel by channel
};

Picture DrawPicture(const v1::Image& image, size_t levels, RandomStream& stream) {
  const double height = image.height();
  const double width = image.width();
  Picture picture;
  picture.mask.resize(size_t{image.height()} * image.width());
  for (size_t level = 1; level < levels; ++level) {
    const bool is_there = stream.NextDouble() < kDiscShare;
    const double radius = std::min(height, width) * (0.12 + 0.16 * stream.NextDouble());
    const double centre_y = height * stream.NextDouble();
    const double centre_x = width * stream.NextDouble();
    for (size_t i = 0; is_there && i < picture.mask.size(); ++i) {
      const double y = static_cast<double>(i / image.width()) - centre_y;
      const double x = static_cast<double>(i % image.width()) - centre_x;
      if (y * y + x * x <= radius * radius) picture.mask[i] = static_cast<uint8_t>(level);
    }
  }
  const double step = (kBrightest - kGround) / static_cast<double>(levels - 1);
  for (uint32_t channel = 0; channel < image.channels(); ++channel) {
    for (const uint8_t level : picture.mask) {
      const double value = kGround + step * level + kGrain * NextNormal(stream);
      picture.pixels.push_back(static_cast<char>(std::clamp(std::lround(value), 0L, 255L)));
    }
  }
  return picture;
}

}  // namespace

absl::StatusOr<SyntheticSite> WriteMaskSite(const v1::DataSchema& schema, const SyntheticOptions& options,
                                            const SiteToWrite& site, const std::string& folder) {
  const v1::Image& image = schema.image();
  const auto& levels = schema.target().mask().levels();
  const uint64_t rows = site.rows;
  RandomStream stream({.job_seed = options.seed, .site = site.name, .round = 0, .use = "synthetic-rows"});
  std::string images = NpyFileHead("|u1", {rows, image.channels(), image.height(), image.width()});
  std::string masks = NpyFileHead("|u1", {rows, image.height(), image.width()});
  for (uint64_t row = 0; row < rows; ++row) {
    ACCORD_RETURN_IF_ERROR(MayGoOn(options, row));
    const Picture picture = DrawPicture(image, static_cast<size_t>(levels.size()), stream);
    images += picture.pixels;
    masks.append(picture.mask.begin(), picture.mask.end());
  }
  std::string mapping = absl::StrCat("npy:\n  array: ", QuotedForYaml(SyntheticFileName(site, "-images.npy")),
                                     "\n  masks: ", QuotedForYaml(SyntheticFileName(site, "-masks.npy")),
                                     "\n  labels: ", QuotedForYaml(SyntheticFileName(site, "-rows.csv")),
                                     "\ncolumns:\n  - name: ", QuotedForYaml(schema.target().name()), "\n    codes:\n");
  for (int level = 0; level < levels.size(); ++level) {
    absl::StrAppend(&mapping, "      - {code: \"", level, "\", level: ", QuotedForYaml(levels[level]), "}\n");
  }
  return WriteArraySite(site, folder, mapping,
                        {{"-images.npy", images},
                         {"-masks.npy", masks},
                         {"-rows.csv", LabelTableText(schema.target(), std::vector<size_t>(rows))}});
}

}  // namespace accord
