// A charter with its signatures, and the one file in which both are mailed around: the charter's bytes unchanged, then
// signature_lines.h. A draft is such a file without signatures.
//
// Each signature is over the charter's hash (32 bytes) in the domain accord/v1/charter, made with the key that the
// roster lists for a site, and a charter for a person.
//
// Adversary: whoever made the file or handed it over. Parse checks the form alone; what the signatures are worth:
// active_charter.h.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "trust/charter/charter.h"
#include "trust/charter/signature_lines.h"
#include "trust/identity/signing.h"

namespace accord {

inline constexpr size_t kMaxSignedCharterBytes = kMaxCharterBytes + (size_t{20} << 20);

// Not thread-safe while it is changed.
class SignedCharter {
 public:
  // `file` stands for the file in faults. INVALID_ARGUMENT for anything that Text did not write.
  static absl::StatusOr<SignedCharter> Parse(absl::string_view text, const std::string& file);
  // The same, or the text alone of a charter that nobody has signed yet. Each fault names the file.
  static absl::StatusOr<SignedCharter> ParseSignedOrNot(std::string text, const std::string& file);
  // Without signatures.
  explicit SignedCharter(Charter charter);

  std::string Text() const;
  // For whoever needs the charter longer than this object, or on other threads.
  const std::shared_ptr<const Charter>& charter() const { return charter_; }
  const SignaturesByIdentity& signatures() const { return signatures_; }

  // Signs for "site/ID" or "person/ID". FAILED_PRECONDITION: the charter lists that person with another key.
  absl::Status Sign(const std::string& identity, const Signer& signer);
  // Takes over the signatures that this file lacks. FAILED_PRECONDITION: the other one is about another charter, or has
  // another signature of somebody: nobody can tell here which one is good, and a bad one must not push it out.
  absl::Status MergeFrom(const SignedCharter& other);
  // For whoever found a signature to be bad.
  void Drop(const std::string& identity) { signatures_.erase(identity); }

  // True where `identity` signed this charter with `key`.
  bool IsSignedBy(const std::string& identity, const VerifyingKey& key) const;

 private:
  std::shared_ptr<const Charter> charter_;  // immutable and shared with whoever asks for it
  SignaturesByIdentity signatures_;
};

// The message that signatures over a charter, or over anything else that is hashed first, are made of.
absl::string_view AsMessage(const Sha256Digest& hash);

}  // namespace accord
