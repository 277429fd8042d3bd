// One attempt's sum: the arithmetic and the bytes of a round, between the staged uploads and the next model.
//
// Memory: one vector of ring elements, from the first Fold on; everything else passes in tiles. With a combiner the
// uploads stay on the disk until the round is complete, and at most ChangeReader::kBlockBytes of them are in memory.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "aggregation/ring/accumulator.h"
#include "aggregation/ring/ring_vector.h"
#include "aggregation/ring/vector_schema.h"
#include "aggregation/secure/round/signed_mask_seed.h"
#include "coordinator/engine/server_state.h"
#include "coordinator/engine/staged_changes.h"
#include "coordinator/store/object_store.h"
#include "coordinator/transfer/staged_upload.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// What a round made of the sum.
struct RoundResult {
  v1::Metrics metrics;
  std::optional<v1::ColumnStatistics> statistics;  // of the STANDARDISE step; the columns' mapping of a NEWTON step
  std::optional<v1::NewtonRound> newton;           // of a NEWTON step
  std::optional<v1::Estimates> estimates;          // of the last one
  // The model after the round: as before where the step does not train.
  std::string model_digest;
  std::string inline_model;                 // its bytes, if it is new and small; a large one is a durable file already
  std::string combined;                     // how a combiner made one change of the sites', in words
  ServerStateWriter::Written server_state;  // after the round, where the server's rule keeps one
  RingVector memory;                        // of the sum, for the next round
};

// Where an iteration of newton stands among the others.
struct NewtonIteration {
  uint32_t number = 0;  // from 1
  bool last = false;    // the job asks for no more
  std::vector<std::string> sites;
  std::optional<v1::RoundReport> previous;  // the finished one before
};

// Not thread-safe: one thread at a time.
class RoundSum {
 public:
  // Errors of StepSchema. `memory` of an earlier round is used again if it has the right size.
  static absl::StatusOr<RoundSum> Create(const v1::JobSpec& spec, v1::StepKind kind, uint64_t num_parameters,
                                         uint32_t encoding_sites, RingVector memory);

  // What every upload must have.
  uint64_t num_bytes() const { return schema_.num_bytes(); }

  const VectorSchema& schema() const { return schema_; }
  // Whether the changes of this step are combined one by one: by a combiner, or by their age (FedBuff). Then whoever
  // folds an upload keeps it for them, too.
  bool combines() const { return combines_; }

  // Adds a verified upload. After an error the sum is spoilt: the attempt must be given up.
  absl::Status Fold(const StagedUpload& upload);
  // A folded upload is read again when the round is complete: its change is combined with the others'.
  // `staleness`: FedBuff: how many rounds older its model is than the one that the change is added to.
  void KeepChange(std::string site, std::shared_ptr<const StagedUpload> upload, uint32_t staleness = 0) {
    staleness_[site] = staleness;
    kept_.push_back({std::move(site), std::move(upload)});
  }
  // Takes a folded upload out again.
  absl::Status Unfold(const StagedUpload& upload);
  // Takes the masks of everybody whose upload is in the sum off it.
  absl::Status RemoveMasks(absl::Span<const secure::SignedMaskSeed> seeds, int num_threads);

  // What the round started from.
  struct OldModel {
    std::string digest;
    std::shared_ptr<const ObjectReader> bytes;
    std::shared_ptr<const ObjectReader> server_state{};  // nullptr before the first round
    std::string job_id{};
    uint32_t step = 0;
  };
  // Steps the program. `iteration`: for NEWTON alone. INVALID_ARGUMENT: the sums allow no fit. FAILED_PRECONDITION: the
  // sum is not usable (no training rows at all, say), or too few sites trained for the job's combiner.
  absl::StatusOr<RoundResult> Complete(const v1::JobSpec& spec, const OldModel& old_model, ObjectStore& objects,
                                       const NewtonIteration& iteration = {}) &&;

 private:
  absl::Status Begin();
  absl::Status CompleteIteration(const v1::JobSpec& spec, const OldModel& old_model, const NewtonIteration& iteration,
                                 const RingSums& elements, RoundResult& result) const;
  absl::Status Apply(const StagedUpload& upload, bool subtract);
  // Remembers the first error: what follows on the strand must not make anything of a spoilt sum.
  absl::Status Keep(absl::Status status);
  absl::Status CompleteTraining(const v1::JobSpec& spec, const OldModel& old_model, ObjectStore& objects,
                                const RingSums& elements, RoundResult& result);
  RoundSum(v1::StepKind kind, bool combines, VectorSchema schema, RingVector memory)
      : kind_(kind), combines_(combines), schema_(std::move(schema)), memory_(std::move(memory)) {}

  v1::StepKind kind_;
  bool combines_;
  VectorSchema schema_;
  RingVector memory_;  // until the sum begins
  std::optional<Accumulator> accumulator_;
  std::vector<StagedChanges::Upload> kept_;    // where changes are combined: all that were folded
  std::map<std::string, uint32_t> staleness_;  // of each of them
  absl::Status fault_;
};

}  // namespace accord
