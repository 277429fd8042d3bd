#include <cstddef>
#include <cstdio>
// Wants the two above.
#include <jpeglib.h>

#include <csetjmp>
#include <utility>

#include "client/trainer/data/image_decoder.h"

namespace accord {
namespace {

constexpr char kDamagedJpeg[] = "is damaged or cut off (JPEG)";
// A file of some kilobytes can have thousands of passes over all its pixels.
constexpr int kMaxScans = 200;
constexpr int kGrey = 1;
constexpr int kColour = 3;

// libjpeg reports an error by a jump back into the function that called setjmp. So everything that has a destructor
// lives here, outside the functions that are jumped over.
class JpegReader {
 public:
  JpegReader(absl::string_view file, uint32_t width, uint32_t height) : file_(file), width_(width), height_(height) {
    image_.err = jpeg_std_error(&errors_);
    image_.client_data = this;
    errors_.error_exit = OnError;
    errors_.emit_message = OnMessage;
    errors_.output_message = [](j_common_ptr) {};
    progress_.progress_monitor = OnProgress;
  }
  ~JpegReader() { jpeg_destroy_decompress(&image_); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  absl::StatusOr<Raster> Read() {
    if (!ReadHeader()) return absl::InvalidArgumentError(kDamagedJpeg);
    if (absl::Status size = CheckSize(image_.image_width, image_.image_height, width_, height_); !size.ok())
      return size;
    if (image_.num_components != kGrey && image_.num_components != kColour) {
      return absl::InvalidArgumentError("is a JPEG of neither grey nor red, green and blue (CMYK?); convert it");
    }
    raster_.width = width_;
    raster_.height = height_;
    raster_.channels = static_cast<uint32_t>(image_.num_components);
    row_bytes_ = size_t{width_} * raster_.channels;
    raster_.samples.resize(row_bytes_ * height_);
    // A file that ends early is only a warning to libjpeg, which then makes up the rest.
    if (!ReadPixels() || num_warnings_ > 0) return absl::InvalidArgumentError(kDamagedJpeg);
    return std::move(raster_);
  }

 private:
  bool ReadHeader() {
    if (setjmp(jump_) != 0) return false;
    jpeg_create_decompress(&image_);
    image_.progress = &progress_;
    jpeg_mem_src(&image_, reinterpret_cast<const unsigned char*>(file_.data()), file_.size());
    return jpeg_read_header(&image_, TRUE) == JPEG_HEADER_OK && num_warnings_ == 0;
  }
  bool ReadPixels() {
    if (setjmp(jump_) != 0) return false;
    image_.out_color_space = image_.num_components == kGrey ? JCS_GRAYSCALE : JCS_RGB;
    // The one method whose bits do not depend on the processor.
    image_.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&image_);
    while (image_.output_scanline < image_.output_height && num_warnings_ == 0) {
      JSAMPROW row = raster_.samples.data() + image_.output_scanline * row_bytes_;
      jpeg_read_scanlines(&image_, &row, 1);
    }
    if (num_warnings_ == 0) jpeg_finish_decompress(&image_);
    return true;
  }

  [[noreturn]] static void OnError(j_common_ptr image) {
    longjmp(static_cast<JpegReader*>(image->client_data)->jump_, 1);
  }
  static void OnMessage(j_common_ptr image, int level) {
    if (level < 0) ++static_cast<JpegReader*>(image->client_data)->num_warnings_;
  }
  static void OnProgress(j_common_ptr image) {
    if (reinterpret_cast<j_decompress_ptr>(image)->input_scan_number > kMaxScans) OnError(image);
  }

  absl::string_view file_;
  const uint32_t width_;
  const uint32_t height_;
  jpeg_decompress_struct image_ = {};
  jpeg_error_mgr errors_ = {};
  jpeg_progress_mgr progress_ = {};
  std::jmp_buf jump_;
  int num_warnings_ = 0;
  size_t row_bytes_ = 0;
  Raster raster_;
};

}  // namespace

absl::StatusOr<Raster> DecodeJpeg(absl::string_view file, uint32_t width, uint32_t height) {
  return JpegReader(file, width, height).Read();
}

}  // namespace accord
