#include "client/trainer/data/dicom/element_cursor.h"

#include <algorithm>
#include <array>
#include <vector>

#include "absl/strings/ascii.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr size_t kTagBytes = 4;
constexpr size_t kShortHeadBytes = 8;
constexpr size_t kLongHeadBytes = 12;

// Those whose length has four bytes (PS3.5, table 7.1-1).
bool HasLongLength(absl::string_view vr) {
  constexpr std::array<absl::string_view, 13> kLong = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                                       "SV", "UC", "UN", "UR", "UT", "UV"};
  return std::find(kLong.begin(), kLong.end(), vr) != kLong.end();
}

bool IsDelimiter(uint32_t tag) { return tag == kItem || tag == kItemEnd || tag == kSequenceEnd; }

}  // namespace

absl::Status RefusedDicom(absl::string_view why) { return absl::InvalidArgumentError(why); }

absl::Status DamagedDicom() { return RefusedDicom("is damaged or cut off (DICOM)"); }

uint16_t ElementCursor::U16(size_t at, bool big_endian) const {
  const auto first = static_cast<uint8_t>(rest_[at]), second = static_cast<uint8_t>(rest_[at + 1]);
  return static_cast<uint16_t>(big_endian ? first << 8 | second : second << 8 | first);
}

uint32_t ElementCursor::U32(size_t at, bool big_endian) const {
  const uint32_t first = U16(at, big_endian), second = U16(at + 2, big_endian);
  return big_endian ? first << 16 | second : second << 16 | first;
}

uint16_t ElementCursor::NextGroup() const { return rest_.size() < 2 ? 0 : U16(0, form_.big_endian); }

absl::StatusOr<ElementHead> ElementCursor::ReadHead(ElementForm form) {
  if (rest_.size() < kShortHeadBytes) return DamagedDicom();
  ElementHead head;
  head.tag = uint32_t{U16(0, form.big_endian)} << 16 | U16(2, form.big_endian);
  size_t head_bytes = kShortHeadBytes;
  if (!form.explicit_vr || IsDelimiter(head.tag)) {
    head.length = U32(kTagBytes, form.big_endian);
  } else {
    head.vr = rest_.substr(kTagBytes, 2);
    if (!absl::ascii_isupper(static_cast<unsigned char>(head.vr[0])) ||
        !absl::ascii_isupper(static_cast<unsigned char>(head.vr[1]))) {
      return DamagedDicom();
    }
    if (HasLongLength(head.vr)) {
      if (rest_.size() < kLongHeadBytes) return DamagedDicom();
      head.length = U32(kShortHeadBytes, form.big_endian);
      head_bytes = kLongHeadBytes;
    } else {
      head.length = U16(kTagBytes + 2, form.big_endian);
    }
  }
  head.bytes = rest_.substr(0, head_bytes);
  rest_.remove_prefix(head_bytes);
  return head;
}

absl::StatusOr<absl::string_view> ElementCursor::ReadValue(uint32_t length) {
  if (length > rest_.size()) return DamagedDicom();
  const absl::string_view value = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return value;
}

absl::Status ElementCursor::SkipSequence(const ElementHead& head) {
  // What is open, innermost last, and how the elements inside it are written: inside UN of undefined length without
  // VRs, little-endian (PS3.5, 6.2.2).
  struct Level {
    bool item;
    ElementForm form;
  };
  const auto form_in = [](absl::string_view vr, ElementForm form) {
    return vr == "UN" ? ElementForm{false, false} : form;
  };
  std::vector<Level> open = {{false, form_in(head.vr, form_)}};
  while (!open.empty()) {
    if (open.size() > kMaxNesting) return RefusedDicom("has sequences nested too deep (DICOM)");
    const Level level = open.back();
    ACCORD_ASSIGN_OR_RETURN(const ElementHead next, ReadHead(level.form));
    const bool ends = next.tag == (level.item ? kItemEnd : kSequenceEnd);
    if (ends) {
      if (next.length != 0) return DamagedDicom();
      open.pop_back();
      continue;
    }
    if (level.item ? IsDelimiter(next.tag) : next.tag != kItem) return DamagedDicom();
    if (next.length != kUndefinedLength) {
      ACCORD_RETURN_IF_ERROR(ReadValue(next.length).status());
      continue;
    }
    if (level.item && !next.vr.empty() && next.vr != "SQ" && next.vr != "UN" && next.vr != "OB" && next.vr != "OW") {
      return DamagedDicom();
    }
    open.push_back({!level.item, form_in(next.vr, level.form)});
  }
  return absl::OkStatus();
}

}  // namespace accord
