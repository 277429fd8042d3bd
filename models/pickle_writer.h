// The few words of Python's pickle language (protocol 2) that a state_dict needs. Without LibTorch.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace accord {

// Writes an ordered dict of dense tensors just as torch.save does, with nothing but what torch.load(weights_only=True)
// admits: collections.OrderedDict, torch._utils._rebuild_tensor_v2 and typed storages. A storage is named by a key: the
// record "data/KEY" of the same zip file. Source: CPython's Lib/pickletools.py; torch/_weights_only_unpickler.py.
class StateDictPickle {
 public:
  StateDictPickle();
  // `storage_type` is a class of the torch module: "FloatStorage" or "DoubleStorage". Row-major; `shape` as of the
  // tensor.
  void Add(absl::string_view name, absl::string_view storage_type, absl::string_view key,
           absl::Span<const int64_t> shape);
  // The finished pickle ("data.pkl"); nothing can be added afterwards.
  std::string Finish();

 private:
  void Byte(uint8_t byte) { bytes_.push_back(static_cast<char>(byte)); }
  void Text(absl::string_view text);
  void Integer(int64_t value);
  void Global(absl::string_view module, absl::string_view name);
  void Integers(absl::Span<const int64_t> values);
  void EmptyOrderedDict();

  std::string bytes_;
};

}  // namespace accord
