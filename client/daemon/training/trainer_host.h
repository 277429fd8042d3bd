// The daemon's side of sandboxed training: keeps one warm trainer for each released data set and forks each job from
// it.
//
// A warm trainer has LibTorch loaded and exactly one data set bound, no job. StartJob asks it to fork; the child keeps
// the job's data loaded between rounds. A trainer that crashes, hangs (no progress for Sandbox.silence_s) or runs out
// of memory is killed; the call that waited gets UNAVAILABLE with the reason in words, and the next call starts a new
// one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/file.h"
#include "proto/accord/v1/site.pb.h"
#include "proto/accord/v1/trainer.pb.h"
#include "trust/charter/data_version.h"

namespace accord {

// One site's site.yaml as far as training needs it; all paths absolute.
struct TrainerHostOptions {
  std::string trainer_path;  // the accord-trainer program
  std::string site;
  v1::Sandbox sandbox;
  struct Dataset {
    std::string name;
    std::string mapping_path;  // absolute; its data paths are resolved against its folder
  };
  std::vector<Dataset> datasets;
  std::string opt_out_list = {};  // absolute; empty: this site has none
  std::string scratch_dir = {};   // absolute; where sandbox.max_scratch_mib is not 0
};

struct ComputeRequest {
  std::string job_id;
  std::string dataset;      // empty for a drill
  std::string job_bytes;    // the JobSpec's exact bytes
  std::string torchscript;  // bytes of the job's own model, or empty
  // That its code may call, and where that is written, in words; empty: any.
  std::vector<std::string> operators = {};
  std::string operators_clause = {};
  // Most of a scratch file by the site's policy; the sandbox's own bound holds as well.
  std::optional<uint64_t> max_scratch_mib = std::nullopt;
  v1::ComputeStep step;
  int model_fd = -1;   // float32 parameters (read)
  int vector_fd = -1;  // memory file of step.vector_bytes: the trainer writes the encoded vector here
  // Memory files of step.state_bytes, where that is not 0: what the site will keep (the trainer writes), and what it
  // has kept (read; where step.has_state).
  int kept_after_fd = -1;
  int kept_before_fd = -1;
};

struct ComputeResult {
  uint64_t train_rows = 0;
  std::string site_note;                           // for the operator only
  v1::ParameterLayout layout = {};                 // the trainer's word: of what the site keeps, where that is a model
  bool trained_alone = false;                      // local_gain: what the site keeps has one more round of training
  std::optional<v1::OwnGain> gain = std::nullopt;  // local_gain, of the evaluation: for the site alone
};

// Thread-safe: one computation at a time for each job, different jobs at once.
class TrainerHost {
 public:
  // INVALID_ARGUMENT: mappings that cannot be read, or that do not go with the opt-out list, with all their faults;
  // NOT_FOUND: no bwrap, no trainer.
  static absl::StatusOr<std::unique_ptr<TrainerHost>> Create(TrainerHostOptions options);
  virtual ~TrainerHost() = default;

  // Starts the warm trainers that are not running (cold start: about a second each): one of each data set, and one for
  // drills at a site that has none; else the first drill starts that. Called at start and after a crash.
  virtual absl::Status Warm() = 0;
  // Blocks until the vector is written. The job's process may keep `vector_fd` mapped and write to it again: copy the
  // vector before checking it. (It is sealed here, so it cannot shrink.) `progress` is called from this thread.
  // UNAVAILABLE: the trainer died, try once more; INVALID_ARGUMENT or FAILED_PRECONDITION: this site cannot do this job
  // (reason in words); CANCELLED. The words are the operator's: what may leave of them, confined_words.h says.
  virtual absl::StatusOr<ComputeResult> Compute(const ComputeRequest& request,
                                                const std::function<void(uint64_t done, uint64_t total)>& progress) = 0;
  // Ends the job's process and makes a running Compute of it return CANCELLED. From any thread.
  virtual void EndJob(absl::string_view job_id) = 0;
  // Ends everything now (pause, shutdown).
  virtual void EndAll() = 0;
  // Reads the data set whole in a fresh sandboxed trainer and reports. `schema` may be null.
  virtual absl::StatusOr<v1::DataReport> CheckData(absl::string_view dataset, const v1::DataSchema* schema) = 0;
  // What the data set is made of, as hashes, found in a fresh sandboxed trainer: takes seconds a gigabyte. Of rows that
  // a database server has nothing is hashed. UNIMPLEMENTED: this host cannot.
  virtual absl::StatusOr<std::vector<DataPart>> HashData(absl::string_view dataset) {
    return absl::UnimplementedError(absl::StrCat("the content of ", dataset, " cannot be hashed here"));
  }
};

}  // namespace accord
