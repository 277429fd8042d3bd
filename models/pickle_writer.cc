#include "models/pickle_writer.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace accord {
namespace {

// Opcodes, named as in CPython's pickle.py.
enum Opcode : uint8_t {
  kProto = 0x80,
  kMark = '(',
  kStop = '.',
  kGlobal = 'c',
  kReduce = 'R',
  kBinInt = 'J',
  kLong1 = 0x8a,
  kBinUnicode = 'X',
  kEmptyTuple = ')',
  kTuple = 't',
  kBinPersId = 'Q',
  kNewFalse = 0x89,
  kSetItems = 'u',
};

}  // namespace

StateDictPickle::StateDictPickle() {
  Byte(kProto);
  Byte(2);
  EmptyOrderedDict();
  Byte(kMark);
}

void StateDictPickle::Add(absl::string_view name, absl::string_view storage_type, absl::string_view key,
                          absl::Span<const int64_t> shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t elements = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = elements;
    elements *= shape[i];
  }
  Text(name);
  Global("torch._utils", "_rebuild_tensor_v2");
  Byte(kMark);
  Byte(kMark);  // persistent id: ("storage", class, key, device, elements)
  Text("storage");
  Global("torch", storage_type);
  Text(key);
  Text("cpu");
  Integer(elements);
  Byte(kTuple);
  Byte(kBinPersId);
  Integer(0);  // offset in the storage
  Integers(shape);
  Integers(strides);
  Byte(kNewFalse);     // requires_grad
  EmptyOrderedDict();  // backward hooks
  Byte(kTuple);
  Byte(kReduce);
}

std::string StateDictPickle::Finish() {
  Byte(kSetItems);
  Byte(kStop);
  return std::move(bytes_);
}

void StateDictPickle::Text(absl::string_view text) {
  Byte(kBinUnicode);
  const auto size = static_cast<uint32_t>(text.size());
  for (int shift = 0; shift < 32; shift += 8) Byte(static_cast<uint8_t>(size >> shift));
  absl::StrAppend(&bytes_, text);
}

void StateDictPickle::Integer(int64_t value) {
  const bool is_short = value == static_cast<int32_t>(value);
  Byte(is_short ? kBinInt : kLong1);
  if (!is_short) Byte(8);
  const auto bits = static_cast<uint64_t>(value);
  for (int shift = 0; shift < (is_short ? 32 : 64); shift += 8) Byte(static_cast<uint8_t>(bits >> shift));
}

void StateDictPickle::Global(absl::string_view module, absl::string_view name) {
  Byte(kGlobal);
  absl::StrAppend(&bytes_, module, "\n", name, "\n");
}

void StateDictPickle::Integers(absl::Span<const int64_t> values) {
  Byte(kMark);
  for (const int64_t value : values) Integer(value);
  Byte(kTuple);
}

void StateDictPickle::EmptyOrderedDict() {
  Global("collections", "OrderedDict");
  Byte(kEmptyTuple);
  Byte(kReduce);
}

}  // namespace accord
