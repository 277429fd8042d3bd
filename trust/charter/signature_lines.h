// The lines below a signed text: who signed it, and the signature.
//
//   signatures
//   IDENTITY BASE64      "site/ID" or "person/ID", by ascending bytes, each once; 64 bytes r || s
//
// Adversary: whoever made the file. One set of signatures has one spelling.
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace accord {

// What parts a text that ends with a whole line from its signatures; none such text holds it.
inline constexpr absl::string_view kSignaturesLine = "\nsignatures\n";
inline constexpr size_t kMaxSignatures = 110'000;  // every site of the largest roster, every person of a charter

using SignaturesByIdentity = std::map<std::string, std::string>;

// The lines behind `signatures`, each ended by one LF.
std::string WriteSignatureLines(const SignaturesByIdentity& signatures);
absl::StatusOr<SignaturesByIdentity> ReadSignatureLines(absl::string_view text);

// 64 bytes in base64, in its one spelling; INVALID_ARGUMENT for anything else.
absl::StatusOr<std::string> ReadSignatureText(absl::string_view base64);

}  // namespace accord
