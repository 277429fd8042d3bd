#include "aggregation/ring/vector_schema.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr uint64_t kMaxElements = uint64_t{1} << 40;

absl::Status CheckBlock(const VectorBlock& block, uint32_t num_sites, RingWidth ring) {
  if (block.num_elements == 0) return absl::InvalidArgumentError("has no elements");
  if (!std::isfinite(block.bound) || block.bound <= 0) {
    return absl::InvalidArgumentError(absl::StrCat("has the bound ", block.bound, "; it must be above 0 and finite"));
  }
  if (block.kind == VectorBlock::Kind::kReal) {
    // The scale is at most 2^63 / bound: outside this range it or a decoded value would not be a normal double.
    if (block.bound < 1e-280 || block.bound > 1e280) {
      return absl::InvalidArgumentError(
          absl::StrCat("has the bound ", block.bound, "; it must lie between 1e-280 and 1e280"));
    }
    return absl::OkStatus();
  }
  if (block.bound != std::floor(block.bound)) {
    return absl::InvalidArgumentError(absl::StrCat("counts up to ", block.bound, ", which is not a whole number"));
  }
  const int64_t largest = LargestSum(ring) / num_sites;
  if (block.bound > static_cast<double>(largest)) {
    return absl::InvalidArgumentError(absl::StrCat("counts up to ", block.bound, " at each of ", num_sites,
                                                   " sites; a sum of ", BitsOf(ring), " bits holds at most ", largest,
                                                   " at each of so many"));
  }
  return absl::OkStatus();
}

// The largest |encoded value| of a real entry. What a double does not hold is left out: a value that is clipped to Q as
// a double must not come out above it.
int64_t LargestReal(uint32_t num_sites, RingWidth ring) {
  constexpr int kDoubleDigits = std::numeric_limits<double>::digits;
  const auto share = static_cast<uint64_t>(LargestSum(ring) / num_sites);
  const int unheld = std::max(0, static_cast<int>(std::bit_width(share)) - kDoubleDigits);
  return static_cast<int64_t>(share >> unheld << unheld);
}

VectorSchema::PlacedBlock Place(VectorBlock block, uint64_t offset, uint32_t num_sites, RingWidth ring) {
  VectorSchema::PlacedBlock placed;
  placed.offset = offset;
  placed.ring = ring;
  if (block.kind == VectorBlock::Kind::kReal) {
    placed.max_encoded = LargestReal(num_sites, ring);
    placed.scale = static_cast<double>(placed.max_encoded) / block.bound;
  } else {
    placed.max_encoded = static_cast<int64_t>(block.bound);
    placed.scale = 1;
  }
  placed.block = std::move(block);
  return placed;
}

}  // namespace

absl::StatusOr<VectorSchema> VectorSchema::Create(std::vector<VectorBlock> blocks, uint32_t num_sites, RingWidth ring) {
  if (blocks.empty()) return absl::InvalidArgumentError("the vector has no blocks");
  if (const uint32_t most = MostPreciseSites(BitsOf(ring)); num_sites == 0 || num_sites > most) {
    return absl::InvalidArgumentError(absl::StrCat(num_sites, " sites: the ring adds 1 to ", most, " vectors"));
  }
  VectorSchema schema(ring);
  for (VectorBlock& block : blocks) {
    const std::string context = absl::StrCat("block '", block.name, "'");
    ACCORD_RETURN_IF_ERROR(Annotate(CheckBlock(block, num_sites, ring), context));
    if (schema.Find(block.name) != nullptr) return absl::InvalidArgumentError(context + " is there twice");
    if (block.num_elements > kMaxElements - schema.num_elements_) {
      return absl::InvalidArgumentError(context + " makes the vector longer than 2^40 elements");
    }
    const uint64_t offset = schema.num_elements_;
    schema.num_elements_ += block.num_elements;
    schema.blocks_.push_back(Place(std::move(block), offset, num_sites, ring));
  }
  return schema;
}

const VectorSchema::PlacedBlock* VectorSchema::Find(absl::string_view name) const {
  for (const PlacedBlock& placed : blocks_) {
    if (placed.block.name == name) return &placed;
  }
  return nullptr;
}

}  // namespace accord
