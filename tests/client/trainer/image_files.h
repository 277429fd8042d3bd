// PNG and JPEG files as small as can be, whole and wrong.
#pragma once

#include <zlib.h>

#include <cstdio>
// Wants the above.
#include <jpeglib.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace accord {

constexpr uint8_t kPngGrey = 0, kPngColour = 2, kPngPalette = 3, kPngGreyAlpha = 4, kPngColourAlpha = 6;

struct PngSpec {
  uint32_t width = 2;
  uint32_t height = 1;
  uint8_t bits = 8;
  uint8_t colour_type = kPngGrey;
  std::string rows;          // of all rows, each with its filter byte (0) in front
  std::string palette = "";  // PLTE
  std::string opacity = "";  // tRNS
};

inline std::string BigEndian(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

inline std::string PngChunk(const std::string& name, const std::string& data) {
  const std::string body = name + data;
  const uLong crc = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return BigEndian(static_cast<uint32_t>(data.size())) + body + BigEndian(static_cast<uint32_t>(crc));
}

inline std::string MakePng(const PngSpec& spec) {
  std::string packed(compressBound(spec.rows.size()), '\0');
  uLongf size = packed.size();
  compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(spec.rows.data()),
           spec.rows.size());
  packed.resize(size);
  const std::string header = BigEndian(spec.width) + BigEndian(spec.height) +
                             std::string{static_cast<char>(spec.bits), static_cast<char>(spec.colour_type), 0, 0, 0};
  return "\x89PNG\r\n\x1a\n" + PngChunk("IHDR", header) + (spec.palette.empty() ? "" : PngChunk("PLTE", spec.palette)) +
         (spec.opacity.empty() ? "" : PngChunk("tRNS", spec.opacity)) + PngChunk("IDAT", packed) + PngChunk("IEND", "");
}

// Two grey pixels.
inline std::string GreyPng(uint8_t first, uint8_t second) {
  return MakePng({.rows = {0, static_cast<char>(first), static_cast<char>(second)}});
}

// All pixels the same.
inline std::string MakeJpeg(uint32_t width, uint32_t height, J_COLOR_SPACE space, std::vector<uint8_t> pixel) {
  jpeg_compress_struct image = {};
  jpeg_error_mgr errors = {};
  image.err = jpeg_std_error(&errors);
  jpeg_create_compress(&image);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&image, &bytes, &size);
  image.image_width = width;
  image.image_height = height;
  image.input_components = static_cast<int>(pixel.size());
  image.in_color_space = space;
  jpeg_set_defaults(&image);
  jpeg_set_quality(&image, 100, TRUE);
  jpeg_start_compress(&image, TRUE);
  std::vector<uint8_t> row;
  for (uint32_t i = 0; i < width; ++i) row.insert(row.end(), pixel.begin(), pixel.end());
  JSAMPROW rows = row.data();
  for (uint32_t i = 0; i < height; ++i) jpeg_write_scanlines(&image, &rows, 1);
  jpeg_finish_compress(&image);
  const std::string file(reinterpret_cast<const char*>(bytes), size);
  jpeg_destroy_compress(&image);
  std::free(bytes);
  return file;
}

}  // namespace accord
