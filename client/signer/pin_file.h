// The file with the token's PIN, and the memory of one that the token refused.
//
// Three refusals lock most tokens for good, and a service is started again and again: a PIN that was refused is not
// shown to the token a second time, by whatever process, until somebody has written its file anew. What is remembered
// is the file's version, not the PIN: of six digits even a hash tells them. Not thread-safe.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/private_file.h"

namespace accord {

class PinFile {
 public:
  // `path`: one line, the PIN; `memory`: where a refusal is remembered. PERMISSION_DENIED: it is this file's PIN that
  // was refused. INVALID_ARGUMENT: empty, several lines, or over 255 bytes; and as ReadPrivateFile.
  static absl::StatusOr<PinFile> Read(std::string path, std::string memory);

  // To be shown to the token and to nobody else. Wiped with this object.
  absl::Span<const uint8_t> pin() const;

  // Durably. The error if that fails: a restart would try it again.
  absl::Status RememberRefusal() const;
  void ForgetRefusal() const;

 private:
  PinFile(std::string path, std::string memory, PrivateFile file)
      : path_(std::move(path)), memory_(std::move(memory)), file_(std::move(file)) {}
  std::string path_;
  std::string memory_;
  PrivateFile file_;
};

}  // namespace accord
