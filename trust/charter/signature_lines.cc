#include "trust/charter/signature_lines.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "trust/identity/certificate_authority.h"
#include "trust/identity/signing.h"

namespace accord {

std::string WriteSignatureLines(const SignaturesByIdentity& signatures) {
  std::string text;
  for (const auto& [identity, signature] : signatures) {
    absl::StrAppend(&text, identity, " ", absl::Base64Escape(signature), "\n");
  }
  return text;
}

absl::StatusOr<std::string> ReadSignatureText(absl::string_view base64) {
  std::string signature;
  // The decoder also takes other spellings.
  if (!absl::Base64Unescape(base64, &signature) || absl::Base64Escape(signature) != base64 ||
      signature.size() != kSignatureSize) {
    return absl::InvalidArgumentError("is not the base64 of a signature of 64 bytes");
  }
  return signature;
}

absl::StatusOr<SignaturesByIdentity> ReadSignatureLines(absl::string_view text) {
  SignaturesByIdentity signatures;
  for (int line = 1; !text.empty(); ++line) {
    const std::string where = absl::StrCat("line ", line, " under 'signatures'");
    const size_t end = text.find('\n');
    if (end == absl::string_view::npos) return absl::InvalidArgumentError(absl::StrCat(where, " was cut off"));
    const size_t space = text.find(' ');
    if (space == absl::string_view::npos || space > end) {
      return absl::InvalidArgumentError(absl::StrCat(where, " is not of the form 'IDENTITY BASE64'"));
    }
    const std::string identity(text.substr(0, space));
    if (!IsValidIdentity(identity)) {
      return absl::InvalidArgumentError(absl::StrCat(where, " does not begin with site/ID or person/ID"));
    }
    if (!signatures.empty() && signatures.rbegin()->first >= identity) {
      return absl::InvalidArgumentError(absl::StrCat(where, " is not in ascending order, each identity once"));
    }
    if (signatures.size() == kMaxSignatures) {
      return absl::InvalidArgumentError(absl::StrCat(where, " is beyond ", kMaxSignatures, " signatures"));
    }
    auto signature = ReadSignatureText(text.substr(space + 1, end - space - 1));
    if (!signature.ok()) return absl::InvalidArgumentError(absl::StrCat(where, " ", signature.status().message()));
    signatures.emplace(identity, *std::move(signature));
    text.remove_prefix(end + 1);
  }
  return signatures;
}

}  // namespace accord
