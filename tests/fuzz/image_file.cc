// A site's image files. The first byte of the input says which: 'p' PNG, 'j' JPEG, 'n' a NumPy array, 'h' the literal
// in the header of one.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/trainer/data/image_decoder.h"
#include "client/trainer/data/npy_file.h"
#include "tests/client/trainer/image_files.h"
#include "tests/client/trainer/npy_files.h"
#include "tests/fuzz/support/frames.h"
#include "tests/fuzz/support/fuzz_target.h"
#include "tests/fuzz/support/input_file.h"

namespace accord::fuzz::image_file {
namespace {

constexpr uint64_t kMaxBytes = 1 << 20;

// As image_folder.cc does, for every number of channels that a schema can want.
bool TakeImage(absl::string_view bytes, uint32_t width, uint32_t height) {
  const absl::StatusOr<Raster> raster = DecodeImage(bytes, width, height);
  if (!raster.ok()) return false;
  Require(raster->width == width && raster->height == height, "an image has the size that was asked for");
  Require(raster->channels >= 1 && raster->channels <= 4, "a pixel has one to four channels");
  const size_t count = size_t{width} * height * raster->channels;
  Require(raster->samples.size() == count * raster->bits / 8, "an image has all its samples");
  for (uint32_t channels = 1; channels <= 4; ++channels) {
    Raster fitted = *raster;
    if (!FitChannels(channels, fitted).ok()) continue;
    std::vector<float> numbers(size_t{width} * height * channels, -1);
    ToPlanes(fitted, absl::MakeSpan(numbers));
    Require(std::all_of(numbers.begin(), numbers.end(), [](float number) { return number >= 0 && number <= 1; }),
            "every pixel is between 0 and 1");
  }
  return true;
}

bool TakeArray(absl::string_view bytes) {
  const InputFile file(bytes);
  absl::StatusOr<NpyFile> array = NpyFile::Open(file.path(), kMaxBytes);
  if (!array.ok()) return false;
  Require(array->num_rows() * array->row_elements() <= bytes.size(), "an array is no larger than its file");
  std::vector<double> row(array->row_elements());
  for (uint64_t i = 0; i < array->num_rows(); ++i) {
    Require(array->Read(i, absl::MakeSpan(row)).ok(), "every row that is announced can be read");
  }
  return true;
}

}  // namespace

std::vector<std::string> Seeds() {
  return {"p" + MakePng({.rows = {0, 1, 2}}),
          "p" + MakePng({.bits = 1, .rows = {0, '\x40'}}),
          "p" + MakePng({.bits = 16, .colour_type = kPngColour, .rows = std::string(13, '\0')}),
          "p" + MakePng({.colour_type = kPngPalette, .rows = {0, 1, 0}, .palette = {7, 7, 7, 9, 9, 9}, .opacity = {5}}),
          "p" + MakePng({.colour_type = kPngColourAlpha, .rows = std::string(9, '\0')}),
          "j" + MakeJpeg(8, 8, JCS_GRAYSCALE, {100}),
          "j" + MakeJpeg(8, 8, JCS_RGB, {200, 100, 50}),
          "n" + Npy<float>("<f4", "(2, 3)", {1, 2, 3, 4, 5, 6}),
          "n" + Npy<int16_t>("<i2", "(2, 1, 1, 1)", {1, 2}),
          "h{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }"};
}

bool Take(absl::string_view bytes) {
  switch (TakeSelector(bytes)) {
    case 'p':
      return TakeImage(bytes, 2, 1);
    case 'j':
      return TakeImage(bytes, 8, 8);
    case 'n':
      return TakeArray(bytes);
    case 'h':
      return ParseNpyHeader(bytes).ok();
    default:
      return false;
  }
}

const FuzzTarget kTarget("image_file", &Seeds, &Take);

}  // namespace accord::fuzz::image_file
