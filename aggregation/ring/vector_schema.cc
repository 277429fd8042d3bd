#include "aggregation/ring/vector_schema.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace accord {
namespace {

// Sums are read as two's complement of 32 bits, so num_sites * max_encoded must stay at or below this.
constexpr int64_t kLargestSum = (int64_t{1} << 31) - 1;
// With more sites than this a real entry would have fewer than 2,047 steps on each side: too coarse to mean anything.
constexpr uint32_t kMaxSites = 1u << 20;
constexpr uint64_t kMaxElements = uint64_t{1} << 40;

absl::Status CheckBlock(const VectorBlock& block, uint32_t num_sites) {
  if (block.num_elements == 0) return absl::InvalidArgumentError("has no elements");
  if (!std::isfinite(block.bound) || block.bound <= 0) {
    return absl::InvalidArgumentError(absl::StrCat("has the bound ", block.bound, "; it must be above 0 and finite"));
  }
  if (block.kind == VectorBlock::Kind::kReal) {
    // The scale is at most 2^31 / bound: outside this range it or a decoded value would not be a normal double.
    if (block.bound < 1e-290 || block.bound > 1e290) {
      return absl::InvalidArgumentError(
          absl::StrCat("has the bound ", block.bound, "; it must lie between 1e-290 and 1e290"));
    }
    return absl::OkStatus();
  }
  if (block.bound != std::floor(block.bound)) {
    return absl::InvalidArgumentError(absl::StrCat("counts up to ", block.bound, ", which is not a whole number"));
  }
  const int64_t largest = kLargestSum / num_sites;
  if (block.bound > static_cast<double>(largest)) {
    return absl::InvalidArgumentError(absl::StrCat("counts up to ", block.bound, " at each of ", num_sites,
                                                   " sites; a sum of 32 bits holds at most ", largest,
                                                   " at each of so many"));
  }
  return absl::OkStatus();
}

VectorSchema::PlacedBlock Place(VectorBlock block, uint64_t offset, uint32_t num_sites) {
  VectorSchema::PlacedBlock placed;
  placed.offset = offset;
  if (block.kind == VectorBlock::Kind::kReal) {
    placed.max_encoded = static_cast<int32_t>(kLargestSum / num_sites);
    placed.scale = placed.max_encoded / block.bound;
  } else {
    placed.max_encoded = static_cast<int32_t>(block.bound);
    placed.scale = 1;
  }
  placed.block = std::move(block);
  return placed;
}

}  // namespace

absl::StatusOr<VectorSchema> VectorSchema::Create(std::vector<VectorBlock> blocks, uint32_t num_sites) {
  if (blocks.empty()) return absl::InvalidArgumentError("the vector has no blocks");
  if (num_sites == 0 || num_sites > kMaxSites) {
    return absl::InvalidArgumentError(absl::StrCat(num_sites, " sites: the ring adds 1 to ", kMaxSites, " vectors"));
  }
  VectorSchema schema;
  for (VectorBlock& block : blocks) {
    const std::string context = absl::StrCat("block '", block.name, "'");
    ACCORD_RETURN_IF_ERROR(Annotate(CheckBlock(block, num_sites), context));
    if (schema.Find(block.name) != nullptr) return absl::InvalidArgumentError(context + " is there twice");
    if (block.num_elements > kMaxElements - schema.num_elements_) {
      return absl::InvalidArgumentError(context + " makes the vector longer than 2^40 elements");
    }
    const uint64_t offset = schema.num_elements_;
    schema.num_elements_ += block.num_elements;
    schema.blocks_.push_back(Place(std::move(block), offset, num_sites));
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
