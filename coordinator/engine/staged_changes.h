// The changes of the model in the uploads of one training step, for a rule that combines them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "aggregation/ring/vector_schema.h"
#include "aggregation/robust/site_changes.h"
#include "coordinator/transfer/staged_upload.h"

namespace accord {

// Reads the staging files as often as it is asked. Not thread-safe.
class StagedChanges : public SiteChanges {
 public:
  struct Upload {
    std::string site;
    std::shared_ptr<const StagedUpload> vector;  // verified
  };
  // Of the sites that trained on at least one row, by name, whatever the order of `uploads`. `schema` is that of the
  // step and outlives this. INVALID_ARGUMENT when it has no rows or no update, or is not of 32 bits, which plain sums
  // have. FAILED_PRECONDITION when no site trained.
  static absl::StatusOr<StagedChanges> Create(const VectorSchema& schema, std::vector<Upload> uploads);

  const std::vector<Site>& sites() const override { return sites_; }
  uint64_t num_elements() const override { return update_->block.num_elements; }
  absl::Status Read(size_t site, uint64_t first, absl::Span<double> out) const override;

 private:
  StagedChanges() = default;
  const VectorSchema::PlacedBlock* update_ = nullptr;
  std::vector<Site> sites_;
  std::vector<std::shared_ptr<const StagedUpload>> vectors_;  // of each site
  mutable std::vector<uint32_t> elements_;
};

}  // namespace accord
