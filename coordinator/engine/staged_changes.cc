#include "coordinator/engine/staged_changes.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/step_schema.h"
#include "aggregation/ring/ring_sums.h"
#include "base/status.h"

namespace accord {
namespace {

absl::Status ReadElements(const StagedUpload& vector, uint64_t first, absl::Span<uint32_t> out) {
  return vector.Read(first * sizeof(uint32_t), {reinterpret_cast<char*>(out.data()), out.size() * sizeof(uint32_t)});
}

}  // namespace

absl::StatusOr<StagedChanges> StagedChanges::Create(const VectorSchema& schema, std::vector<Upload> uploads) {
  const VectorSchema::PlacedBlock* rows = schema.Find(kRowsBlock);
  StagedChanges changes;
  changes.update_ = schema.Find(kUpdateBlock);
  if (rows == nullptr || changes.update_ == nullptr || schema.ring() != RingWidth::k32) {
    return absl::InvalidArgumentError(absl::StrCat("a vector of ", schema.num_elements(), " elements of ",
                                                   BitsOf(schema.ring()),
                                                   " bits has no changes of a model that could be combined"));
  }
  std::sort(uploads.begin(), uploads.end(), [](const Upload& a, const Upload& b) { return a.site < b.site; });
  for (Upload& upload : uploads) {
    uint32_t element = 0;
    ACCORD_RETURN_IF_ERROR(ReadElements(*upload.vector, rows->offset, absl::MakeSpan(&element, 1)));
    const int64_t num_rows = static_cast<int32_t>(element);
    if (num_rows <= 0) continue;  // nothing was trained, whatever the change says
    changes.sites_.push_back({std::move(upload.site), static_cast<uint64_t>(num_rows)});
    changes.vectors_.push_back(std::move(upload.vector));
  }
  if (!changes.sites_.empty()) return changes;
  return absl::FailedPreconditionError("no site of the round had a training row: there is nothing to combine");
}

absl::Status StagedChanges::Read(size_t site, uint64_t first, absl::Span<double> out) const {
  if (first > num_elements() || out.size() > num_elements() - first) {
    return absl::OutOfRangeError(absl::StrCat("no ", out.size(), " changes at ", first, " of ", num_elements()));
  }
  if (elements_.size() < out.size()) elements_.resize(out.size());
  const absl::Span<uint32_t> elements = absl::MakeSpan(elements_).first(out.size());
  ACCORD_RETURN_IF_ERROR(ReadElements(*vectors_[site], update_->offset + first, elements));
  RingSums(RingWidth::k32, elements).Multiplied(1 / update_->scale, out);
  return absl::OkStatus();
}

}  // namespace accord
