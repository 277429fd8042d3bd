// Which versions of its data sets this site has found, so that a file of gigabytes is hashed when it has changed and
// not each round. A file for each data set in the state folder:
//
//   data-versions/NAME   accord-kept-version-v1
//                        facts: HEX        fingerprint of the files as they were (data_facts.h)
//                        and the data version, as trust/charter/data_version.h has it
//
// Losing it costs the hashing. What it says is the site's own word to itself.
#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "client/daemon/training/data_facts.h"

namespace accord {

// A change within this time of the moment at which hashing began may leave a file's figures as they were.
inline constexpr absl::Duration kGrainOfFileTimes = absl::Seconds(2);

// Thread-safe, also between processes: files are replaced whole.
class KeptVersions {
 public:
  explicit KeptVersions(std::string folder) : folder_(std::move(folder)) {}

  // The text of the version. NOT_FOUND: nothing is kept of these files as they are now, or of another mapping file.
  absl::StatusOr<std::string> Find(absl::string_view data_set, const DataFacts& facts,
                                   const Sha256Digest& mapping) const;
  // Durable on return. `began`: when hashing did. Files that were changed shortly before are not kept, and found anew
  // the next time.
  absl::Status Keep(absl::string_view data_set, const DataFacts& facts, absl::string_view version_text,
                    absl::Time began) const;

 private:
  std::string PathOf(absl::string_view data_set) const;
  const std::string folder_;
};

}  // namespace accord
