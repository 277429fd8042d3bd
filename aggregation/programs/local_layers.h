// Which parameters of a model stay at each site: FedBN's normalisation layers, the layers that FedPer and FedRep name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// Elements of the flat vector.
struct ElementRange {
  uint64_t first = 0;
  uint64_t size = 0;

  bool operator==(const ElementRange&) const = default;
};

// Entries of the layout, ascending; none for a strategy without local layers. A layer is named by an entry's name or
// its beginning up to a dot: "fc" stands for fc.weight and fc.bias. A normalisation layer is one with running
// statistics (`running_mean`), or whose weight and bias have one dimension and the same size. INVALID_ARGUMENT: the
// model has no such layer (lists all names that it does not have), or nothing but local ones.
absl::StatusOr<std::vector<int>> LocalEntries(const v1::JobSpec& spec, const v1::ParameterLayout& layout);

// The elements of these entries, neighbours as one range.
std::vector<ElementRange> RangesOf(const v1::ParameterLayout& layout, absl::Span<const int> entries);
// The elements in none of these ranges, of `num_elements`.
std::vector<ElementRange> Complement(absl::Span<const ElementRange> ranges, uint64_t num_elements);

}  // namespace accord
