// `accord-client egress settle`: the operator of a site whose state folder was put back from an older copy says that no
// newer one is left. What that does:
//
//   record   one more entry: what was behind it up to the number that was shown is lost. Numbers go on behind that one,
//            so that no peer ever sees one number stand for two entries, and the job of the shown message is refused
//   egress   an entry that says the same, for whoever reads the ledger
//
// What the lost entries said stays lost. This site's word "once, ever" no longer holds for what it signed since the
// copy was made; docs/egress.md says what an operator has to look at.
#pragma once

#include <ostream>
#include <string>

#include "absl/status/status.h"

namespace accord {

struct SettleOptions {
  std::string config_path;
  std::string evidence;  // the file that the daemon kept
};

// FAILED_PRECONDITION: the daemon runs, or nothing is lost as far as the file shows. INVALID_ARGUMENT: the file shows
// no message that this site signed.
absl::Status SettleLoss(const SettleOptions& options, std::ostream& out);

}  // namespace accord
