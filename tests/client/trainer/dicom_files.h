// DICOM files as small as can be, whole and wrong, byte by byte: no DICOM program has a hand in them.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/hex.h"

namespace accord {

inline std::string Little(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

// In explicit little endian.
inline std::string DicomElement(uint16_t group, uint16_t element, const std::string& vr, std::string value) {
  if (value.size() % 2 != 0) value += vr == "UI" ? '\0' : ' ';
  const bool is_long = vr == "OB" || vr == "OW" || vr == "SQ" || vr == "UN";
  const std::string length = is_long ? std::string(2, '\0') + Little(value.size(), 4) : Little(value.size(), 2);
  return Little(group, 2) + Little(element, 2) + vr + length + value;
}

struct DicomSpec {
  std::string syntax = "1.2.840.10008.1.2.1";
  uint16_t width = 2;
  uint16_t height = 1;
  std::string colours = "MONOCHROME2";
  uint16_t bits_allocated = 8;
  uint16_t bits_stored = 8;
  uint16_t is_signed = 0;
  uint16_t planes = 0;
  std::string pixels = "";    // as stored
  std::string fragment = "";  // instead: compressed
  std::string patient = "";   // PatientID
  std::string between = "";   // elements in front of Rows
  std::string window = "";    // elements behind PixelRepresentation
  std::string media = "1.2.840.10008.5.1.4.1.1.7";
};

inline std::string DicomMeta(const DicomSpec& spec) {
  return std::string(128, '\0') + "DICM" + DicomElement(2, 2, "UI", spec.media) +
         DicomElement(2, 16, "UI", spec.syntax);
}

inline std::string DicomDataset(const DicomSpec& spec) {
  const auto number = [](uint16_t element, uint16_t value) {
    return DicomElement(0x28, element, "US", Little(value, 2));
  };
  std::string set;
  if (!spec.patient.empty()) set += DicomElement(0x10, 0x20, "LO", spec.patient);
  const bool colour = spec.colours.substr(0, 4) != "MONO";
  set += number(2, colour ? 3 : 1) + DicomElement(0x28, 4, "CS", spec.colours);
  if (colour) set += number(6, spec.planes);
  set += spec.between + number(0x10, spec.height) + number(0x11, spec.width) + number(0x100, spec.bits_allocated) +
         number(0x101, spec.bits_stored) + number(0x102, static_cast<uint16_t>(spec.bits_stored - 1)) +
         number(0x103, spec.is_signed) + spec.window;
  if (spec.fragment.empty()) return set + DicomElement(0x7fe0, 0x10, "OW", spec.pixels);
  std::string fragment = spec.fragment;
  if (fragment.size() % 2 != 0) fragment += '\0';
  return set + Little(0x7fe0, 2) + Little(0x10, 2) + "OB" + std::string(2, '\0') + Little(0xffffffff, 4) +
         std::string("\xfe\xff\x00\xe0", 4) + Little(0, 4) + std::string("\xfe\xff\x00\xe0", 4) +
         Little(fragment.size(), 4) + fragment + std::string("\xfe\xff\xdd\xe0", 4) + Little(0, 4);
}

inline std::string MakeDicom(const DicomSpec& spec) { return DicomMeta(spec) + DicomDataset(spec); }

inline std::string DicomWindowOf(const std::string& center, const std::string& width,
                                 const std::string& function = "") {
  return DicomElement(0x28, 0x1050, "DS", center) + DicomElement(0x28, 0x1051, "DS", width) +
         (function.empty() ? "" : DicomElement(0x28, 0x1056, "CS", function));
}

// Raw deflate, as the deflated transfer syntax has it.
inline std::string Deflate(const std::string& text) {
  z_stream stream = {};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

// The values 0, 1, 2048, 4095, 7, 100, 3000, 4000 as 4 x 2 pixels of 12 bits, compressed by dcmtk's programs dcmcrle,
// dcmcjpeg (+el, +e1) and dcmcjpls.
inline const std::vector<uint16_t> kTwelveBits = {0, 1, 2048, 4095, 7, 100, 3000, 4000};
struct Compressed {
  std::string syntax;
  std::string fragment;
};
inline std::vector<Compressed> CompressedTwelveBits() {
  const auto bytes = [](const std::string& digits) { return ParseHex(digits).value(); };
  return {{"1.2.840.10008.1.2.5",
           bytes("02000000400000004a000000" + std::string(104, '0') + "030000080f0300000b0f03000100ff030764b8a0")},
          {"1.2.840.10008.1.2.4.57",
           bytes("ffd8ffe000104a46494600010100000100010000ffc3000b100002000401011100ffc40019000002030100000"
                 "00000000000000000000a0b01030710ffda0008010100060000e97ffbff00efd80e1c713fffffd9")},
          {"1.2.840.10008.1.2.4.70",
           bytes("ffd8ffe000104a46494600010100000100010000ffc3000b100002000401011100ffc4001a000001050100000"
                 "00000000000000000000b0103070a0c10ffda0008010100010000e53ff9ff00df9775aa5fa3ffd9")},
          {"1.2.840.10008.1.2.4.80",
           bytes("ffd8fff7000b100002000401011100fff8000d01ffff0012004301140040ffda0008010100000000a008ff51f"
                 "f303a5d3b84bdffffd9")}};
}

}  // namespace accord
