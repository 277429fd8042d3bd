// A file of the state folder that holds one hash which an officer of this site decided on: 64 hexadecimal digits, LF.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace accord {

// What is pinned, in the words that messages need.
struct PinKind {
  absl::string_view thing;         // "roster"
  absl::string_view content;       // "the hash of a roster"
  absl::string_view config_field;  // "roster_sha256"
  absl::string_view command;       // "accord-client roster pin FILE --replace"
};

// The hash in the file; empty: there is no such file. FAILED_PRECONDITION: it holds none, and what to do.
absl::StatusOr<std::string> ReadPinFile(const PinKind& kind, const std::string& path);

// The hash that counts where the config may name it too; empty: neither does. FAILED_PRECONDITION: they disagree.
absl::StatusOr<std::string> ReadPin(const PinKind& kind, const std::string& path, const std::string& config_hash);

// Durable on return.
absl::Status WritePinFile(const std::string& path, absl::string_view hash);

}  // namespace accord
