#include <png.h>

#include <csetjmp>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

#include "client/trainer/data/image_decoder.h"

namespace accord {
namespace {

constexpr png_alloc_size_t kMaxChunkBytes = 8 << 20;  // of texts and profiles, which are not used
constexpr int kMaxAncillaryChunks = 100;
constexpr char kDamagedPng[] = "is damaged or cut off (PNG)";

// libpng reports an error by a jump back into the function that called setjmp. So everything that has a destructor
// lives here, outside the functions that are jumped over.
class PngReader {
 public:
  PngReader(absl::string_view file, uint32_t width, uint32_t height) : rest_(file), width_(width), height_(height) {}
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  absl::StatusOr<Raster> Read() {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, OnError, OnWarning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) throw std::bad_alloc();
    if (!ReadHeader()) return absl::InvalidArgumentError(kDamagedPng);
    if (absl::Status size = CheckSize(raster_.width, raster_.height, width_, height_); !size.ok()) return size;
    if (!Prepare()) return absl::InvalidArgumentError(kDamagedPng);
    raster_.samples.resize(row_bytes_ * raster_.height);
    for (uint32_t row = 0; row < raster_.height; ++row) rows_.push_back(raster_.samples.data() + row * row_bytes_);
    if (!ReadPixels()) return absl::InvalidArgumentError(kDamagedPng);
    return std::move(raster_);
  }

 private:
  bool ReadHeader() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_chunk_malloc_max(png_, kMaxChunkBytes);
    png_set_chunk_cache_max(png_, kMaxAncillaryChunks);
    png_set_read_fn(png_, this, OnRead);
    png_read_info(png_, info_);
    raster_.width = png_get_image_width(png_, info_);
    raster_.height = png_get_image_height(png_, info_);
    return true;
  }
  // Whole bytes instead of packed pixels, colours instead of palette entries, opacity as a channel.
  bool Prepare() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    if (png_get_color_type(png_, info_) == PNG_COLOR_TYPE_PALETTE) {
      raster_.all_grey = PaletteIsGrey();
      png_set_palette_to_rgb(png_);
    }
    png_set_expand_gray_1_2_4_to_8(png_);
    if (png_get_valid(png_, info_, PNG_INFO_tRNS) != 0) png_set_tRNS_to_alpha(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    raster_.channels = png_get_channels(png_, info_);
    raster_.bits = png_get_bit_depth(png_, info_);
    row_bytes_ = png_get_rowbytes(png_, info_);
    return row_bytes_ == size_t{raster_.width} * raster_.channels * (raster_.bits / 8);
  }
  bool ReadPixels() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_read_image(png_, rows_.data());
    png_read_end(png_, nullptr);
    return true;
  }
  bool PaletteIsGrey() {
    png_colorp palette = nullptr;
    int size = 0;
    if (png_get_PLTE(png_, info_, &palette, &size) == 0) return false;
    for (int i = 0; i < size; ++i) {
      if (palette[i].red != palette[i].green || palette[i].red != palette[i].blue) return false;
    }
    return true;
  }

  static void OnRead(png_structp png, png_bytep out, size_t size) {
    auto* self = static_cast<PngReader*>(png_get_io_ptr(png));
    if (size > self->rest_.size()) png_error(png, "cut off");
    std::memcpy(out, self->rest_.data(), size);
    self->rest_.remove_prefix(size);
  }
  // What libpng would say is for programmers, and may quote the file.
  [[noreturn]] static void OnError(png_structp png, png_const_charp) { png_longjmp(png, 1); }
  static void OnWarning(png_structp, png_const_charp) {}

  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  absl::string_view rest_;
  const uint32_t width_;
  const uint32_t height_;
  size_t row_bytes_ = 0;
  Raster raster_;
  std::vector<png_bytep> rows_;
};

}  // namespace

absl::StatusOr<Raster> DecodePng(absl::string_view file, uint32_t width, uint32_t height) {
  return PngReader(file, width, height).Read();
}

}  // namespace accord
