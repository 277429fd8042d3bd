#include "bench/made_up_data.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/random_stream.h"

namespace accord::bench {
namespace {

// Numbers of so many steps have few digits and are read back to the bit.
constexpr uint64_t kStepsOfANumber = 1024;

std::string BigEndian(uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16), static_cast<char>(number >> 8),
          static_cast<char>(number)};
}

}  // namespace

MadeUpData MadeUpTable(const std::string& name, uint32_t rows, int columns) {
  MadeUpData data;
  data.rows.input_shape = {columns};
  std::string csv;
  for (int i = 0; i < columns; ++i) absl::StrAppend(&csv, "x", i, ",");
  csv += "y\n";
  RandomStream random({.job_seed = 1, .site = "", .round = 0, .use = "table"});
  for (uint32_t row = 0; row < rows; ++row) {
    for (int i = 0; i < columns; ++i) {
      const double number = static_cast<double>(random.NextBelow(kStepsOfANumber)) / kStepsOfANumber;
      data.rows.numbers.push_back(static_cast<float>(number));
      absl::StrAppendFormat(&csv, "%.10f,", number);
    }
    const bool high = random.NextBelow(2) == 1;
    data.rows.targets.push_back(high ? 1 : 0);
    csv += high ? "high\n" : "low\n";
  }
  data.dataset = {name, "csv: {file: rows.csv}\nsplit: {test_fraction: 0}\n", {{"rows.csv", std::move(csv)}}};
  return data;
}

MadeUpData MadeUpImages(const std::string& name, uint32_t rows, uint32_t side) {
  MadeUpData data;
  data.rows.input_shape = {1, side, side};
  std::string images = absl::StrCat(BigEndian(0x0803), BigEndian(rows), BigEndian(side), BigEndian(side));
  std::string labels = absl::StrCat(BigEndian(0x0801), BigEndian(rows));
  RandomStream random({.job_seed = 1, .site = "", .round = 0, .use = "images"});
  for (uint32_t row = 0; row < rows; ++row) {
    for (uint32_t i = 0; i < side * side; ++i) {
      data.rows.bytes.push_back(static_cast<uint8_t>(random.NextBelow(256)));
      images.push_back(static_cast<char>(data.rows.bytes.back()));
    }
    const bool high = random.NextBelow(2) == 1;
    data.rows.targets.push_back(high ? 1 : 0);
    labels.push_back(high ? 1 : 0);
  }
  data.dataset = {name,
                  "idx: {images: images, labels: labels}\nsplit: {test_fraction: 0}\n",
                  {{"images", std::move(images)}, {"labels", std::move(labels)}}};
  return data;
}

}  // namespace accord::bench
