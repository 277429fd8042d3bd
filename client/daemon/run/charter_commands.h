// `accord-client charter`: what a site's operator does with the federation's charter before the daemon judges by it.
#pragma once

#include <ostream>
#include <string>

#include "absl/status/status.h"

namespace accord {

struct CharterFileOptions {
  std::string config_path;
  std::string file;      // of a charter with its signatures; for show, empty: the one that is pinned
  std::string former;    // of an amendment: the file of the version before; empty: the one that was pinned here
  bool replace = false;  // another charter is pinned, and is to be so no longer
  bool json = false;     // of show
};

// Says in words what is in a charter, who has signed it, whether it is active under the roster that is pinned here,
// what would change from the one that is pinned, and which releases that were taken here would lapse.
absl::Status ShowCharter(const CharterFileOptions& options, std::ostream& out);

// Pins a charter: from then on no job runs here that it does not allow. A running daemon goes by it at once.
// FAILED_PRECONDITION: it is not active, with all that is lacking; this site's policy would loosen it; or another one
// is pinned, and `replace` is not set. Says which releases do not hold under it.
absl::Status PinCharterFile(const CharterFileOptions& options, std::ostream& out);

// This site then goes by its own config alone, or, where that demands a charter, takes part in nothing.
absl::Status ForgetCharter(const CharterFileOptions& options, std::ostream& out);

}  // namespace accord
