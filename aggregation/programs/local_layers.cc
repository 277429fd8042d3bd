#include "aggregation/programs/local_layers.h"

#include <algorithm>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "aggregation/programs/kept_state.h"

namespace accord {
namespace {

using Entry = v1::ParameterLayout::Entry;

absl::string_view LayerOf(absl::string_view entry) {
  const size_t dot = entry.rfind('.');
  return dot == absl::string_view::npos ? absl::string_view() : entry.substr(0, dot);
}

bool IsIn(absl::string_view entry, absl::string_view layer) {
  return entry == layer ||
         (absl::StartsWith(entry, layer) && entry.size() > layer.size() && entry[layer.size()] == '.');
}

uint64_t SizeOf(const Entry& entry) {
  uint64_t size = 1;
  for (const int64_t dimension : entry.shape()) size *= static_cast<uint64_t>(dimension);
  return size;
}

std::vector<absl::string_view> NormalisationLayers(const v1::ParameterLayout& layout) {
  std::map<absl::string_view, const Entry*> entries;
  for (const Entry& entry : layout.entries()) entries.emplace(entry.name(), &entry);
  std::vector<absl::string_view> layers;
  for (const Entry& entry : layout.entries()) {
    const absl::string_view layer = LayerOf(entry.name());
    if (absl::EndsWith(entry.name(), ".running_mean")) layers.push_back(layer);
    if (!absl::EndsWith(entry.name(), ".weight") || entry.shape_size() != 1) continue;
    const auto bias = entries.find(absl::StrCat(layer, ".bias"));
    if (bias == entries.end() || bias->second->shape_size() != 1) continue;
    if (bias->second->shape(0) == entry.shape(0)) layers.push_back(layer);
  }
  return layers;
}

const google::protobuf::RepeatedPtrField<std::string>& NamedLayers(const v1::Aggregation& aggregation) {
  return aggregation.has_fedper() ? aggregation.fedper().layers() : aggregation.fedrep().layers();
}

// The first of the model's own names, for whoever misspelt one.
std::string SomeNames(const v1::ParameterLayout& layout) {
  constexpr size_t kMost = 12;
  std::vector<absl::string_view> names;
  for (const Entry& entry : layout.entries()) {
    const absl::string_view layer = LayerOf(entry.name()).empty() ? entry.name() : LayerOf(entry.name());
    if (names.empty() || names.back() != layer) names.push_back(layer);
    if (names.size() > kMost) break;
  }
  const bool more = names.size() > kMost;
  if (more) names.pop_back();
  return absl::StrCat(absl::StrJoin(names, ", "), more ? " ..." : "");
}

absl::Status CheckNames(const v1::Aggregation& aggregation, const v1::ParameterLayout& layout) {
  std::vector<std::string> missing;
  for (const std::string& layer : NamedLayers(aggregation)) {
    const bool found = std::any_of(layout.entries().begin(), layout.entries().end(),
                                   [&](const Entry& entry) { return IsIn(entry.name(), layer); });
    if (!found) missing.push_back(layer);
  }
  if (missing.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("aggregation.", aggregation.has_fedper() ? "fedper" : "fedrep",
                                                 ".layers: the model has no ", absl::StrJoin(missing, ", "),
                                                 "; its layers are ", SomeNames(layout)));
}

}  // namespace

absl::StatusOr<std::vector<int>> LocalEntries(const v1::JobSpec& spec, const v1::ParameterLayout& layout) {
  if (!HasLocalLayers(spec)) return std::vector<int>();
  const v1::Aggregation& aggregation = spec.aggregation();
  std::vector<absl::string_view> layers;
  if (aggregation.has_fedbn()) {
    layers = NormalisationLayers(layout);
    if (layers.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("aggregation.fedbn: the model has no normalisation layer (one with running statistics, or with "
                       "weight and bias of one dimension); its layers are ",
                       SomeNames(layout), "; use fedavg, or fedper with names of layers"));
    }
  } else {
    if (absl::Status named = CheckNames(aggregation, layout); !named.ok()) return named;
    for (const std::string& layer : NamedLayers(aggregation)) layers.push_back(layer);
  }
  std::vector<int> local;
  for (int i = 0; i < layout.entries_size(); ++i) {
    const auto is_in = [&](absl::string_view layer) { return IsIn(layout.entries(i).name(), layer); };
    if (std::any_of(layers.begin(), layers.end(), is_in)) local.push_back(i);
  }
  if (static_cast<int>(local.size()) == layout.entries_size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("aggregation.", StrategyName(spec),
                     ": all parameters of the model would stay at the sites, and nothing would be trained together"));
  }
  return local;
}

std::vector<ElementRange> RangesOf(const v1::ParameterLayout& layout, absl::Span<const int> entries) {
  std::vector<ElementRange> ranges;
  for (const int i : entries) {
    const Entry& entry = layout.entries(i);
    const uint64_t size = SizeOf(entry);
    if (!ranges.empty() && ranges.back().first + ranges.back().size == entry.offset()) {
      ranges.back().size += size;
    } else {
      ranges.push_back({entry.offset(), size});
    }
  }
  return ranges;
}

std::vector<ElementRange> Complement(absl::Span<const ElementRange> ranges, uint64_t num_elements) {
  std::vector<ElementRange> others;
  uint64_t next = 0;
  for (const ElementRange& range : ranges) {
    if (range.first > next) others.push_back({next, range.first - next});
    next = range.first + range.size;
  }
  if (next < num_elements) others.push_back({next, num_elements - next});
  return others;
}

}  // namespace accord
