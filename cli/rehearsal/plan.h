// What a rehearsal will run, decided before anything is started. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/operations/submission.h"
#include "cli/synthetic/synthesize.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

inline constexpr uint64_t kMib = uint64_t{1} << 20;

struct RehearsalOptions {
  uint32_t num_sites = 0;           // 0: as many as the job wants for a round
  SyntheticOptions synthetic = {};  // but for number and names of sites
  bool force = false;               // also where memory does not suffice
  // All sites in one process with a few trainers in common (accord simulate), in place of a daemon and trainers each.
  bool simulate = false;
  uint32_t num_trainers = 0;  // of a simulation, that compute at a time; 0: as many as the cores have room for
};

// Of the machine that rehearses.
struct RehearsalMachine {
  uint64_t available_bytes = 0;
  // What LibTorch takes in a process besides code that all processes share; measured in this one, which has it loaded.
  uint64_t libtorch_bytes = 0;
  uint32_t cores = 1;
};

struct SimulationPlan {
  uint32_t num_trainers = 1;
  uint32_t sites_at_once = 2;  // that hold a step's model and vectors
};

struct RehearsalPlan {
  SyntheticOptions synthetic;  // with number and names of sites
  std::string floors;          // line of every site's client.yaml: lets in what the job asks for, and no more
  std::string sandbox;         // another: what the job may take
  uint64_t site_bytes = 0;     // memory of one site: daemon and trainers
  std::vector<std::string> warnings;
  std::string say_first = "";  // what to know before the rounds begin; among the warnings too
  std::optional<SimulationPlan> simulation = std::nullopt;
};

// INVALID_ARGUMENT for a number of sites with which the job cannot run; RESOURCE_EXHAUSTED for more than fit into
// memory, with how many do.
absl::StatusOr<RehearsalPlan> PlanRehearsal(const CheckedJob& job, const RehearsalOptions& options,
                                            const RehearsalMachine& machine);

}  // namespace accord
