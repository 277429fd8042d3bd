#include "models/export.h"

#include <torch/script.h>

#include <map>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/columns.h"
#include "aggregation/programs/local_layers.h"
#include "base/file.h"
#include "base/status.h"
#include "models/model_impl.h"
#include "models/torch_error.h"
#include "models/zoo/layers.h"
#include "proto/validation/data_kinds.h"

namespace accord {
namespace {

// A file holds the whole storage of every tensor, so while it is written each parameter gets a storage of its own; at
// the end of this object's life they are views of the flat vector again.
class SeparatedParameters {
 public:
  explicit SeparatedParameters(FlatParameters& flat) : flat_(flat) {}
  ~SeparatedParameters() {
    for (FlatParameters::Attached& attached : flat_.attached) attached.tensor.set_data(flat_.ViewOf(attached));
  }
  SeparatedParameters(const SeparatedParameters&) = delete;
  SeparatedParameters& operator=(const SeparatedParameters&) = delete;

  void Separate() {
    std::map<std::pair<int64_t, int64_t>, at::Tensor> copies;  // tied parameters share one
    for (FlatParameters::Attached& attached : flat_.attached) {
      at::Tensor& copy = copies[{attached.offset, attached.tensor.numel()}];
      if (!copy.defined()) copy = flat_.ViewOf(attached).clone();
      attached.tensor.set_data(copy);
    }
  }

 private:
  FlatParameters& flat_;
};

at::Tensor DoubleTensor(const google::protobuf::RepeatedField<double>& values) {
  at::Tensor tensor = at::empty({values.size()}, at::kDouble);
  std::copy(values.begin(), values.end(), tensor.data_ptr<double>());
  return tensor;
}

// The same arithmetic as StandardiseInPlace: in float64 (dtype 7), rounded once to float32 (dtype 6).
constexpr char kForwardOfStandardisedTable[] = R"(
  def forward(self, x):
      z = ((x.to(7) - self.input_mean) / self.input_spread).to(6)
      known = torch.logical_and(torch.isfinite(z), self.input_spread > 0)
      return self.model.forward(torch.where(known, z, torch.zeros_like(z)))
)";
constexpr char kForwardOfTable[] = R"(
  def forward(self, x):
      return self.model.forward(torch.where(torch.isnan(x), torch.zeros_like(x), x))
)";
constexpr char kForwardOfImage[] = R"(
  def forward(self, x):
      return self.model.forward(x)
)";

void Describe(const v1::JobSpec& spec, const v1::ParameterLayout& layout, torch::jit::Module& module) {
  c10::List<std::string> columns, levels;
  for (const InputColumn& column : InputColumns(spec.data())) columns.push_back(column.name);
  for (const std::string& level : spec.data().target().category().levels()) levels.push_back(level);
  module.register_attribute("accord_job", c10::StringType::get(), spec.name());
  module.register_attribute("accord_columns", c10::ListType::ofStrings(), columns);
  module.register_attribute("accord_levels", c10::ListType::ofStrings(), levels);
  c10::List<std::string> local;
  const auto entries = LocalEntries(spec, layout);
  for (const int entry : entries.value_or(std::vector<int>())) local.push_back(layout.entries(entry).name());
  if (!local.empty()) module.register_attribute("accord_stays_at_sites", c10::ListType::ofStrings(), local);
}

// The trained module inside one that takes raw inputs.
torch::jit::Module WrapModel(const v1::JobSpec& spec, const v1::ColumnStatistics& statistics, Model::Impl& impl) {
  torch::jit::Module wrapper = zoo::MakeModule("Exported");
  wrapper.register_module("model", impl.module);
  Describe(spec, impl.flat.layout, wrapper);
  if (!IsTable(spec.data())) {
    wrapper.define(kForwardOfImage);
  } else if (statistics.mean_size() == 0) {
    wrapper.define(kForwardOfTable);
  } else {
    wrapper.register_buffer("input_mean", DoubleTensor(statistics.mean()));
    wrapper.register_buffer("input_spread", DoubleTensor(statistics.spread()));
    wrapper.define(kForwardOfStandardisedTable);
  }
  wrapper.eval();
  return wrapper;
}

absl::Status CheckStatistics(const v1::ColumnStatistics& statistics, const ModelInterface& interface) {
  if (statistics.mean_size() == 0 && statistics.spread_size() == 0) return absl::OkStatus();
  const bool fits = interface.input_shape.size() == 1 && statistics.mean_size() == interface.input_shape[0] &&
                    statistics.spread_size() == statistics.mean_size();
  if (fits) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("export: the statistics have ", statistics.mean_size(), " means and ",
                                                 statistics.spread_size(), " spreads; the model has other inputs"));
}

}  // namespace

absl::Status ExportTorchScript(const v1::JobSpec& spec, const v1::ColumnStatistics& statistics, Model& model,
                               const std::string& path) {
  Model::Impl& impl = model.impl();
  if (impl.head == Head::kNone) {
    return absl::InvalidArgumentError("export: a drill's model has no forward; export it as a state_dict");
  }
  ACCORD_RETURN_IF_ERROR(CheckStatistics(statistics, impl.interface));
  std::ostringstream file;
  ACCORD_RETURN_IF_ERROR(CatchTorchErrors("export", ErrorText::kShow, [&] {
    torch::NoGradGuard no_grad;
    SeparatedParameters separated(impl.flat);
    separated.Separate();
    WrapModel(spec, statistics, impl).save(file);
    return absl::OkStatus();
  }));
  return WriteFileAtomically(path, std::move(file).str());
}

}  // namespace accord
