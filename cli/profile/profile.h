// Who a person is to a coordinator: the folder that `accord login` fills and every other command reads.
//
//   coordinator       host:port and a line feed
//   identity          person/ID and a line feed
//   key.pem           the person's private key, mode 0600; made here, never sent
//   certificate.pem   over that key, from the coordinator
//   ca.pem            the federation's authority, pinned by the token
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/daemon/enrol/enrolment.h"
#include "trust/tls/credentials.h"

namespace accord {

struct Profile {
  std::string folder;
  std::string coordinator;  // host:port
  std::string identity;     // "person/ID"
  TlsFiles tls;
};

// ACCORD_PROFILE, else XDG_CONFIG_HOME/accord, else HOME/.config/accord.
std::string DefaultProfileFolder();

// Where key and certificates are, or will be, in the folder of a profile.
TlsFiles ProfileFiles(const std::string& folder);

// NOT_FOUND when nobody has logged in there (the message says how), INVALID_ARGUMENT when the folder is damaged.
absl::StatusOr<Profile> LoadProfile(const std::string& folder);

// Writes the folder (mode 0700) durably; replaces an earlier login.
absl::Status SaveProfile(const std::string& folder, const std::string& coordinator, const NewIdentity& identity);

}  // namespace accord
