// A job's rehearsal: the identical job on synthetic sites, by the real programs, on this machine.
//
// A coordinator, site daemons and sandboxed trainers run as processes of their own (cli/local_federation) below a
// folder that is removed at the end. What is submitted to that coordinator are the bytes that `accord job submit` would
// send. In a simulation one process has the daemons' part of all sites, with a few trainers in common.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/environment.h"
#include "cli/local_federation/programs.h"
#include "cli/local_federation/stop_requests.h"
#include "cli/operations/submission.h"
#include "cli/rehearsal/plan.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// Highest that was seen, by looks at the trainers' /proc/PID/status a few times a second.
struct TrainerMemory {
  uint64_t peak_resident_bytes = 0;  // of one trainer, LibTorch's code with it
  uint64_t training_bytes = 0;       // address space that training took beyond LibTorch's own
};

// Of a simulation, at their highest: what is each process's own. Pages that trainers share are counted at each.
struct SimulationMemory {
  uint64_t coordinator_bytes = 0;
  uint64_t sites_bytes = 0;  // of the one process of all sites
  uint64_t trainers_bytes = 0;
  uint64_t total_bytes = 0;  // at one time
};

// What came of it.
struct RehearsalResult {
  v1::JobReport report;
  std::vector<SyntheticSite> sites = {};  // none of a drill
  absl::Duration started_in = {};         // until all sites were ready
  TrainerMemory memory = {};
  SimulationMemory simulation = {};  // zeros: it was none
  std::string last_lines = "";       // of the logs that explain a job that did not finish
  std::string folder = "";           // where it is kept; empty: removed
};

struct RehearsalSetup {
  const Submission& submission;
  const RehearsalPlan& plan;
  const Programs& programs;
  const StopRequests& stop;
  bool keep = false;  // the folder stays
};

// Called on the caller's thread.
struct RehearsalEvents {
  std::function<void(const std::string&)> said;          // what is done now, in words
  std::function<void(const v1::JobReport&)> progressed;  // after each change of the job
};

// Blocks until the job has ended, well or not, and all processes have. CANCELLED once `stop` was asked for; UNAVAILABLE
// when a program ends by itself and FAILED_PRECONDITION when the job does not go on, both with the last lines of the
// log that explains it. Must be called on the thread that lives longest: processes die with it.
absl::StatusOr<RehearsalResult> Rehearse(CliEnvironment& environment, const RehearsalSetup& setup,
                                         const RehearsalEvents& events);

}  // namespace accord
