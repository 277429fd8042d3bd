// One site's part in one job as a state machine without I/O: Handle(event) -> actions.
//
//   Idle --plan--> Fetching --model here--> Computing --vector--> Uploading --verified--> AwaitingEnd --end--> Idle
//
// A newer plan (greater attempt) ends the older one wherever it stands; a plan that is not newer than one already seen
// is answered from what is there (a repeated plan resumes the upload) or ignored. If the plan asks again for a step and
// model whose vector is still held, the identical vector is sent again instead of computing anew. A trainer that died
// is tried once more within the plan, then the plan is refused. Pause drops everything at once: nothing leaves
// afterwards. Not thread-safe. Deterministic.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

// ---- events ----
struct PlanReceived {
  v1::Plan plan;
};
struct PlanEnded {
  v1::PlanEnd end;
};
struct InputsFetched {
  v1::PlanId plan;
};  // job and model are here and match their hashes
struct FetchFailed {
  v1::PlanId plan;
  std::string reason;
  bool permanent = false;
};
struct VectorComputed {
  v1::PlanId plan;
};
struct ComputeFailed {
  v1::PlanId plan;
  std::string reason;  // for the operator: it may hold a confined process' words
  bool trainer_died = false;
  std::string told = {};  // what the coordinator hears of it
};
// The secure sum's part of this site (aggregation/secure/site) does not go on with the plan.
struct PlanRefused {
  v1::PlanId plan;
  v1::Refusal refusal;
};
struct UploadFinished {
  v1::PlanId plan;
};  // the coordinator verified it; not durable yet
struct UploadRefused {
  v1::PlanId plan;
  std::string reason;
};
struct TransferBroken {
  v1::PlanId plan;
};                     // the stream broke: try again when connected
struct VectorGone {};  // the shell does not keep the vector any more: a step that is asked for again is computed again
struct Connected {};
struct Disconnected {};
struct Paused {};
struct Resumed {};
using ParticipantEvent =
    std::variant<PlanReceived, PlanEnded, InputsFetched, FetchFailed, VectorComputed, ComputeFailed, PlanRefused,
                 UploadFinished, UploadRefused, TransferBroken, VectorGone, Connected, Disconnected, Paused, Resumed>;

// ---- actions, to be carried out in order ----
struct FetchInputs {
  v1::Plan plan;
};  // continues where an earlier fetch of the same objects stopped
struct StartCompute {
  v1::Plan plan;
};
struct StartUpload {
  v1::Plan plan;
};  // of the held vector, from the offset that the coordinator names
struct StopWork {
  v1::PlanId plan;
};  // stop fetching, computing and uploading for this plan
struct DropVector {
  v1::PlanId plan;
};  // the held vector and model may go
struct SendRefusal {
  v1::Refusal refusal;
};
struct TellOperator {
  std::string line;
};  // one plain-words line for log and `status`
using ParticipantAction =
    std::variant<FetchInputs, StartCompute, StartUpload, StopWork, DropVector, SendRefusal, TellOperator>;

class Participant {
 public:
  explicit Participant(std::string job_id);
  ~Participant();
  std::vector<ParticipantAction> Handle(const ParticipantEvent& event);

  enum class State { kIdle, kFetching, kComputing, kUploading, kAwaitingEnd };
  State state() const;
  // In words, for `accord-client status`: "round 3 of heart-risk: uploading".
  std::string Describe() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace accord
