#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/status.h"
#include "models/zoo/layers.h"
#include "models/zoo/zoo.h"

namespace accord::zoo {
namespace {

constexpr char kForwardOfGru[] = R"(
def forward(self, x):
    first = torch.zeros([$layers, x.size(0), $hidden], device=x.device)
    return torch.gru(x, first, [$weights], True, $layers, 0., self.training, False, True)[0]
)";
constexpr char kForwardOfLstm[] = R"(
def forward(self, x):
    first = torch.zeros([$layers, x.size(0), $hidden], device=x.device)
    return torch.lstm(x, [first, first], [$weights], True, $layers, 0., self.training, False, True)[0]
)";

// The parameters of torch.nn.GRU or LSTM with batch_first; forward answers with the states of the last layer.
absl::Status AddRecurrent(torch::jit::Module& module, const v1::SeriesRnn& spec, int64_t inputs) {
  const bool lstm = spec.cell() == v1::SeriesRnn::LSTM;
  const int64_t hidden = spec.hidden();
  const int64_t rows = (lstm ? 4 : 3) * hidden;
  torch::jit::Module layer = MakeModule(lstm ? "Lstm" : "Gru");
  std::string weights;
  for (uint32_t i = 0; i < spec.layers(); ++i) {
    ACCORD_RETURN_IF_ERROR(CheckLayerSize("rnn", inputs + hidden, rows, 1));
    AddParameter(layer, absl::StrCat("weight_ih_l", i), {rows, inputs});
    AddParameter(layer, absl::StrCat("weight_hh_l", i), {rows, hidden});
    AddParameter(layer, absl::StrCat("bias_ih_l", i), {rows});
    AddParameter(layer, absl::StrCat("bias_hh_l", i), {rows});
    for (const char* name : {"weight_ih_l", "weight_hh_l", "bias_ih_l", "bias_hh_l"}) {
      absl::StrAppend(&weights, weights.empty() ? "" : ", ", "self.", name, i);
    }
    inputs = hidden;
  }
  layer.define(absl::StrReplaceAll(
      lstm ? kForwardOfLstm : kForwardOfGru,
      {{"$layers", absl::StrCat(spec.layers())}, {"$hidden", absl::StrCat(hidden)}, {"$weights", weights}}));
  module.register_module("rnn", layer);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<torch::jit::Module> MakeSeriesRnn(const v1::SeriesRnn& spec, const ModelInterface& interface) {
  if (interface.input_shape.size() != 2) {
    return absl::InvalidArgumentError("model.series_rnn: needs data.series");
  }
  if (spec.hidden() == 0 || spec.layers() == 0 || spec.cell() == v1::SeriesRnn::CELL_UNSPECIFIED) {
    return absl::InvalidArgumentError("model.series_rnn: needs a cell, units and at least one layer");
  }
  torch::jit::Module module = MakeModule("SeriesRnn");
  ACCORD_RETURN_IF_ERROR(AddRecurrent(module, spec, interface.input_shape[0]));
  ACCORD_RETURN_IF_ERROR(AddLinear(module, "fc", spec.hidden(), interface.num_outputs()));
  module.define(R"(
    def forward(self, x):
        states = self.rnn.forward(torch.transpose(x, 1, 2))
        return self.fc.forward(torch.select(states, 1, -1))
  )");
  return module;
}

}  // namespace accord::zoo
