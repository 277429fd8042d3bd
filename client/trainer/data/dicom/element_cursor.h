// A place in a DICOM file, and the steps from there. Nothing is copied; no step leads beyond the end.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace accord {

inline constexpr uint32_t kUndefinedLength = 0xffffffff;
inline constexpr uint32_t kItem = 0xfffee000;
inline constexpr uint32_t kItemEnd = 0xfffee00d;
inline constexpr uint32_t kSequenceEnd = 0xfffee0dd;

// How elements are written.
struct ElementForm {
  bool explicit_vr = true;
  bool big_endian = false;
};

struct ElementHead {
  uint32_t tag = 0;         // group and element
  absl::string_view vr;     // empty where it is not written
  uint32_t length = 0;      // of the value; kUndefinedLength
  absl::string_view bytes;  // the head itself
};

// INVALID_ARGUMENT in words that suit behind the file's name; and: the file is damaged or cut off.
absl::Status RefusedDicom(absl::string_view why);
absl::Status DamagedDicom();

class ElementCursor {
 public:
  ElementCursor(absl::string_view rest, ElementForm form) : rest_(rest), form_(form) {}

  bool at_end() const { return rest_.empty(); }
  absl::string_view rest() const { return rest_; }
  ElementForm form() const { return form_; }
  // The group of the next element; 0 at the end.
  uint16_t NextGroup() const;

  absl::StatusOr<ElementHead> ReadHead(ElementForm form);
  absl::StatusOr<ElementHead> ReadHead() { return ReadHead(form_); }
  absl::StatusOr<absl::string_view> ReadValue(uint32_t length);
  // Behind the end of a value of undefined length, whose head was just read: a sequence of items, to any depth up to
  // kMaxNesting.
  absl::Status SkipSequence(const ElementHead& head);

  static constexpr size_t kMaxNesting = 64;

 private:
  uint16_t U16(size_t at, bool big_endian) const;
  uint32_t U32(size_t at, bool big_endian) const;

  absl::string_view rest_;
  ElementForm form_;
};

}  // namespace accord
