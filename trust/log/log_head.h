// Signed heads: what the keeper of a transparency log says, under its key, about how many entries the log has and what
// they are.
//
//   head       u8 version = 1 | string project | digest log_id | u64 tree_size | u64 unix_us | digest root
//   signature  over the head's bytes in the domain "accord/v1/log-head" (trust/identity/signing.h)
//   log_id     SHA-256("accord/v1/log-id" || 0x00 || the log's first entry)
//
// The first entry names the project and the key, so whoever knows the log's id knows which key signs its heads. Two
// heads of one log of which neither is the beginning of the other show that its keeper tells two stories: they are the
// evidence. Heads travel and are stored as the exact bytes that were signed.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"
#include "trust/identity/signing.h"
#include "trust/log/merkle_proof.h"

namespace accord {

struct LogHead {
  std::string project;
  Sha256Digest log_id = {};
  uint64_t tree_size = 0;  // at least 1: the first entry is there
  uint64_t unix_us = 0;    // when it was signed
  Sha256Digest root = {};

  MerkleHead tree() const { return {tree_size, root}; }
  friend bool operator==(const LogHead&, const LogHead&) = default;
};

struct SignedLogHead {
  std::string bytes;
  std::string signature;  // 64 bytes

  friend bool operator==(const SignedLogHead&, const SignedLogHead&) = default;
};

// INVALID_ARGUMENT with field and place. Says nothing about who wrote the head.
absl::StatusOr<LogHead> ParseLogHead(absl::string_view bytes);
// INVALID_ARGUMENT for what ParseLogHead would not take; else errors of Signer::Sign.
absl::StatusOr<SignedLogHead> SignLogHead(const LogHead& head, const Signer& signer);

// The first entry of the log of `project` whose heads `public_key_der` will verify.
absl::StatusOr<std::string> WriteFirstEntry(absl::string_view project, uint64_t unix_us,
                                            absl::string_view public_key_der);

// The id of the log that begins with these bytes, whatever they are.
Sha256Digest LogIdOf(absl::string_view first_entry);

// Which log: what follows from its first entry. Immutable; copies share the key.
class LogIdentity {
 public:
  // INVALID_ARGUMENT: these are not the bytes of a log's first entry.
  static absl::StatusOr<LogIdentity> FromFirstEntry(absl::string_view entry_bytes);

  const Sha256Digest& id() const { return id_; }
  const std::string& project() const { return project_; }
  const std::string& public_key_der() const { return public_key_der_; }
  const std::string& first_entry() const { return first_entry_; }

  // INVALID_ARGUMENT: no head, or one of another log. UNAUTHENTICATED: not signed by this log's key.
  absl::StatusOr<LogHead> CheckHead(const SignedLogHead& head) const;

 private:
  LogIdentity(Sha256Digest id, VerifyingKey key) : id_(id), key_(std::move(key)) {}

  Sha256Digest id_;
  VerifyingKey key_;
  std::string project_;
  std::string public_key_der_;
  std::string first_entry_;
};

}  // namespace accord
