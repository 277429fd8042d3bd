// What a site of a joint federation holds that federation against, kept in its state folder there:
//
//   joint            which: the lines below. While it is there, nothing runs but under what it names
//   joint.files/HEX  the files that it names, each by the SHA-256 of its bytes, as they were handed in
//
//   accord-joint-v1
//   own config: PATH       client.yaml of this site in its own federation, whose pins are read there each time
//   own anchor: HEX        of the own federation, with its signatures
//   other anchor: HEX      of the other one
//   other roster: HEX      with its signatures
//   other charter: HEX
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/hash.h"
#include "client/daemon/state/state_folder.h"

namespace accord {

struct JointPin {
  std::string own_config;  // an absolute path
  Sha256Digest own_anchor{};
  Sha256Digest other_anchor{};
  Sha256Digest other_roster{};
  Sha256Digest other_charter{};

  friend bool operator==(const JointPin&, const JointPin&) = default;
};

// The same with the files' bytes.
struct JointFiles {
  std::string own_config;
  std::string own_anchor;
  std::string other_anchor;
  std::string other_roster;
  std::string other_charter;
};

// nullopt: the folder is not of a joint federation. FAILED_PRECONDITION: the file is damaged; nothing may run then.
absl::StatusOr<std::optional<JointPin>> ReadJointPin(const StateFolder& folder);
// FAILED_PRECONDITION: a file is missing or has other bytes.
absl::StatusOr<JointFiles> ReadJointFiles(const StateFolder& folder, const JointPin& pin);
// The files first, then `joint` in one step: a crash in between leaves the earlier pin. INVALID_ARGUMENT: the path is
// not absolute, or cannot be written in a line.
absl::Status WriteJointPin(const StateFolder& folder, const JointFiles& files);
// What was kept stays.
absl::Status ForgetJointPin(const StateFolder& folder);

}  // namespace accord
