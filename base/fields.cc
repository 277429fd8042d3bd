#include "base/fields.h"

#include <cstring>

#include "absl/strings/str_cat.h"

namespace accord {
namespace {

template <typename T>
void AppendLittleEndian(T value, std::string& bytes) {
  for (size_t i = 0; i < sizeof(T); ++i) bytes.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
}

template <typename T>
T LittleEndian(absl::string_view bytes) {
  T value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) value |= static_cast<T>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  return value;
}

}  // namespace

FieldWriter& FieldWriter::U8(uint8_t value) {
  bytes_.push_back(static_cast<char>(value));
  return *this;
}

FieldWriter& FieldWriter::U32(uint32_t value) {
  AppendLittleEndian(value, bytes_);
  return *this;
}

FieldWriter& FieldWriter::U64(uint64_t value) {
  AppendLittleEndian(value, bytes_);
  return *this;
}

FieldWriter& FieldWriter::Bits(double value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  return U64(bits);
}

FieldWriter& FieldWriter::Digest(const Sha256Digest& digest) { return Raw(absl::MakeConstSpan(digest)); }

FieldWriter& FieldWriter::String(absl::string_view text) { return U32(static_cast<uint32_t>(text.size())).Raw(text); }

FieldWriter& FieldWriter::Raw(absl::string_view bytes) {
  bytes_.append(bytes.data(), bytes.size());
  return *this;
}

FieldWriter& FieldWriter::Raw(absl::Span<const uint8_t> bytes) {
  return Raw(absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void FieldReader::Version() {
  const uint8_t version = U8("version");
  if (version != kMessageVersion) Fail("version", absl::StrCat("is ", version, "; this program knows 1"));
}

uint8_t FieldReader::U8(absl::string_view field) { return LittleEndian<uint8_t>(Raw(field, 1)); }

uint32_t FieldReader::U32(absl::string_view field) { return LittleEndian<uint32_t>(Raw(field, 4)); }

uint64_t FieldReader::U64(absl::string_view field) { return LittleEndian<uint64_t>(Raw(field, 8)); }

bool FieldReader::Flag(absl::string_view field) {
  const uint8_t value = U8(field);
  if (value > 1) Fail(field, absl::StrCat("is ", value, ", neither 0 nor 1"));
  return value == 1;
}

Sha256Digest FieldReader::Digest(absl::string_view field) {
  Sha256Digest digest{};
  const absl::string_view bytes = Raw(field, digest.size());
  if (!failed()) std::memcpy(digest.data(), bytes.data(), digest.size());
  return digest;
}

std::string FieldReader::String(absl::string_view field, size_t max_bytes) {
  const uint32_t size = U32(field);
  if (size > max_bytes) {
    Fail(field, absl::StrCat("says it has ", size, " bytes; at most ", max_bytes, " are allowed"));
  }
  return std::string(Raw(field, size));
}

absl::string_view FieldReader::Raw(absl::string_view field, size_t size) {
  if (!failed() && size > bytes_.size() - offset_) Fail(field, "is cut off");
  if (failed()) return {};
  const absl::string_view bytes = bytes_.substr(offset_, size);
  offset_ += size;
  return bytes;
}

uint32_t FieldReader::Count(absl::string_view field, uint32_t max, size_t min_element_bytes) {
  const uint32_t count = U32(field);
  if (count > max) Fail(field, absl::StrCat("says it has ", count, " elements; at most ", max, " are allowed"));
  if (count > (bytes_.size() - offset_) / min_element_bytes) Fail(field, "has fewer elements than it says");
  return failed() ? 0 : count;
}

void FieldReader::Fail(absl::string_view field, absl::string_view fault) {
  if (failed()) return;
  status_ = absl::InvalidArgumentError(absl::StrCat(what_, ": ", field, " ", fault, " (byte ", offset_, ")"));
}

absl::Status FieldReader::Finish() {
  if (offset_ < bytes_.size()) Fail("end", absl::StrCat("is followed by ", bytes_.size() - offset_, " more bytes"));
  return status_;
}

}  // namespace accord
