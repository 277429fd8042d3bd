// `accord audit verify` of a model's provenance.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/commands/command_tree.h"
#include "cli/environment.h"

namespace accord {

struct ProvenanceOptions {
  std::string file;
  std::string model;   // empty: the model itself is not looked at
  std::string log;     // a whole exported log; empty: none
  std::string log_id;  // empty: any
  // Files of sites that open commitments of the statement; with them the roster, and the order by which the job ran.
  std::vector<std::string> postures;
  std::string roster, order;
  // By whose word the job ran: with roster and order; empty: not asked.
  std::string charter, former, job;
  std::vector<std::string> approvals;
};

// Says what is shown, what is only said, and all that is wrong. Errors: files that cannot be read, signatures and
// proofs that are none, another log than `log_id`.
absl::StatusOr<ExitCode> VerifyProvenance(CommandTree& tree, const ProvenanceOptions& options);

}  // namespace accord
