#include "models/initial_weights.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/match.h"
#include "base/random_stream.h"

namespace accord {
namespace {

using Entry = v1::ParameterLayout::Entry;

void FillUniform(absl::Span<float> values, float bound, RandomStream& random) {
  std::vector<uint32_t> bits(std::min<size_t>(values.size(), 1 << 16));
  while (!values.empty()) {
    const absl::Span<uint32_t> piece = absl::MakeSpan(bits).first(std::min(bits.size(), values.size()));
    random.Fill(piece);
    for (size_t i = 0; i < piece.size(); ++i) {
      values[i] = (static_cast<float>(piece[i] >> 8) * 0x1.0p-23f - 1.0f) * bound;
    }
    values.remove_prefix(piece.size());
  }
}

uint64_t ElementsOf(const Entry& entry) {
  uint64_t elements = 1;
  for (const int64_t dimension : entry.shape()) elements *= static_cast<uint64_t>(dimension);
  return elements;
}

double FanIn(const Entry& weight) {
  return static_cast<double>(ElementsOf(weight)) / static_cast<double>(weight.shape(0));
}

}  // namespace

void DrawInitialWeights(const v1::ParameterLayout& layout, uint64_t job_seed, absl::Span<float> values) {
  RandomStream random({.job_seed = job_seed, .site = "", .round = 0, .use = "initial-weights"});
  double fan_in = 1;
  bool of_norm = false;
  for (int i = 0; i < layout.entries_size(); ++i) {
    const Entry& entry = layout.entries(i);
    const absl::Span<float> own = values.subspan(entry.offset(), ElementsOf(entry));
    const bool is_weight = absl::EndsWith(entry.name(), ".weight");
    if (is_weight) of_norm = entry.shape_size() == 1;
    if (of_norm && (is_weight || absl::EndsWith(entry.name(), ".bias"))) {
      std::fill(own.begin(), own.end(), is_weight ? 1.0f : 0.0f);
      continue;
    }
    // The weight of the hidden units comes after the one of the inputs.
    const bool of_inputs = absl::StrContains(entry.name(), "weight_ih_l") && i + 1 < layout.entries_size();
    if (entry.shape_size() > 1) fan_in = FanIn(layout.entries(of_inputs ? i + 1 : i));
    FillUniform(own, static_cast<float>(1 / std::sqrt(fan_in)), random);
  }
}

}  // namespace accord
