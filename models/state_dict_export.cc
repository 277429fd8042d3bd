#include <caffe2/serialize/inline_container.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "models/export.h"
#include "models/model_impl.h"
#include "models/pickle_writer.h"
#include "models/torch_error.h"

namespace accord {
namespace {

// The zip file of torch.save: "data.pkl" and one record of bare little-endian numbers for each tensor.
class StateDictFile {
 public:
  StateDictFile()
      : zip_([this](const void* data, size_t size) {
          bytes_.append(static_cast<const char*>(data), size);
          return size;
        }) {}

  template <typename Number>
  void Add(absl::string_view name, const Number* values, absl::Span<const int64_t> shape) {
    const std::string key = absl::StrCat(num_tensors_++);
    size_t elements = 1;
    for (const int64_t dimension : shape) elements *= static_cast<size_t>(dimension);
    pickle_.Add(name, sizeof(Number) == sizeof(double) ? "DoubleStorage" : "FloatStorage", key, shape);
    zip_.writeRecord(absl::StrCat("data/", key), values, elements * sizeof(Number));
  }

  std::string Finish() {
    const std::string pickle = pickle_.Finish();
    zip_.writeRecord("data.pkl", pickle.data(), pickle.size());
    zip_.writeEndOfFile();
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
  caffe2::serialize::PyTorchStreamWriter zip_;
  StateDictPickle pickle_;
  int num_tensors_ = 0;
};

}  // namespace

absl::Status ExportStateDict(const v1::ColumnStatistics& statistics, Model& model, const std::string& path) {
  std::string bytes;
  ACCORD_RETURN_IF_ERROR(CatchTorchErrors("export", ErrorText::kShow, [&] {
    StateDictFile file;
    const float* values = model.impl().flat.values.data_ptr<float>();
    for (const v1::ParameterLayout::Entry& entry : model.layout().entries()) {
      file.Add(entry.name(), values + entry.offset(), entry.shape());
    }
    if (statistics.mean_size() > 0) {
      file.Add("input_mean", statistics.mean().data(), {statistics.mean_size()});
      file.Add("input_spread", statistics.spread().data(), {statistics.spread_size()});
    }
    bytes = file.Finish();
    return absl::OkStatus();
  }));
  return WriteFileAtomically(path, bytes);
}

}  // namespace accord
