#include "trust/charter/signed_charter.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status.h"
#include "trust/identity/certificate_authority.h"

namespace accord {

absl::string_view AsMessage(const Sha256Digest& hash) {
  return absl::string_view(reinterpret_cast<const char*>(hash.data()), hash.size());
}

absl::StatusOr<SignedCharter> SignedCharter::ParseSignedOrNot(std::string text, const std::string& file) {
  if (absl::StrContains(text, kSignaturesLine)) {
    auto charter = Parse(text, file);
    const bool names_file = charter.ok() || absl::StrContains(charter.status().message(), file);
    return names_file ? std::move(charter) : Annotate(charter.status(), file);
  }
  ACCORD_ASSIGN_OR_RETURN(Charter charter, Charter::Parse(std::move(text), file));
  return SignedCharter(std::move(charter));
}

SignedCharter::SignedCharter(Charter charter) : charter_(std::make_shared<const Charter>(std::move(charter))) {}

absl::StatusOr<SignedCharter> SignedCharter::Parse(absl::string_view text, const std::string& file) {
  if (text.size() > kMaxSignedCharterBytes) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": the charter's file has ", text.size(),
                                                   " bytes; expected at most ", kMaxSignedCharterBytes));
  }
  const size_t separator = text.find(kSignaturesLine);
  if (separator == absl::string_view::npos) {
    // A file with other line ends, or none of ours: the charter's own faults tell more.
    ACCORD_RETURN_IF_ERROR(Charter::Parse(std::string(text), file).status());
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": the charter's file has no line 'signatures': it is the text alone, or it was cut off"));
  }
  ACCORD_ASSIGN_OR_RETURN(Charter charter, Charter::Parse(std::string(text.substr(0, separator + 1)), file));
  SignedCharter result(std::move(charter));
  auto signatures = ReadSignatureLines(text.substr(separator + kSignaturesLine.size()));
  if (!signatures.ok()) return Annotate(signatures.status(), file);
  result.signatures_ = *std::move(signatures);
  return result;
}

std::string SignedCharter::Text() const {
  return absl::StrCat(charter_->bytes(), kSignaturesLine.substr(1), WriteSignatureLines(signatures_));
}

absl::Status SignedCharter::Sign(const std::string& identity, const Signer& signer) {
  if (!IsValidIdentity(identity)) {
    return absl::InvalidArgumentError("a charter is signed by site/ID or person/ID");
  }
  absl::string_view person = identity;
  if (absl::ConsumePrefix(&person, "person/")) {
    const v1::Person* listed = charter_->FindPerson(person);
    if (listed != nullptr && listed->key() != absl::Base64Escape(signer.public_key_der())) {
      return absl::FailedPreconditionError(absl::StrCat("the charter lists ", person,
                                                        " with another key than this one; do not sign it, and ask who "
                                                        "made that key"));
    }
  }
  ACCORD_ASSIGN_OR_RETURN(signatures_[identity], signer.Sign(kCharterDomain, AsMessage(charter_->hash())));
  return absl::OkStatus();
}

absl::Status SignedCharter::MergeFrom(const SignedCharter& other) {
  if (other.charter_->bytes() != charter_->bytes()) {
    return absl::FailedPreconditionError(absl::StrCat("the files are about two charters, ", HexDigest(charter_->hash()),
                                                      " and ", HexDigest(other.charter_->hash()),
                                                      "; have everybody sign the same draft"));
  }
  for (const auto& [identity, signature] : other.signatures_) {
    const auto found = signatures_.find(identity);
    if (found != signatures_.end() && found->second != signature) {
      return absl::FailedPreconditionError(
          absl::StrCat("both files have a signature of ", identity,
                       ", and they differ; remove the line of the one that is not good"));
    }
  }
  signatures_.insert(other.signatures_.begin(), other.signatures_.end());
  return absl::OkStatus();
}

bool SignedCharter::IsSignedBy(const std::string& identity, const VerifyingKey& key) const {
  const auto found = signatures_.find(identity);
  return found != signatures_.end() && key.Verify(kCharterDomain, AsMessage(charter_->hash()), found->second).ok();
}

}  // namespace accord
