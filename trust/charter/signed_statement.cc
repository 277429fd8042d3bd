#include "trust/charter/signed_statement.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status.h"
#include "trust/charter/signature_lines.h"
#include "trust/charter/statement_lines.h"

namespace accord {
namespace {

constexpr absl::string_view kSignature = "signature: ";

}  // namespace

std::string SignedStatement::Text() const {
  return absl::StrCat(bytes, kSignature, absl::Base64Escape(signature), "\n");
}

absl::StatusOr<SignedStatement> SignedStatement::Parse(absl::string_view text) {
  const auto fault = [](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("the signed statement ", what));
  };
  if (text.size() > kMaxStatementBytes + 128)
    return fault(absl::StrCat("has ", text.size(), " bytes; that is too many"));
  if (!absl::ConsumeSuffix(&text, "\n")) return fault("does not end with a whole line: it was cut off");
  const size_t last = text.rfind('\n');
  if (last == absl::string_view::npos) return fault("is one line only");
  absl::string_view line = text.substr(last + 1);
  if (!absl::ConsumePrefix(&line, kSignature)) return fault("does not end with a line 'signature: BASE64'");
  auto signature = ReadSignatureText(line);
  if (!signature.ok()) return fault(absl::StrCat("has a last line that ", signature.status().message()));
  return SignedStatement{std::string(text.substr(0, last + 1)), *std::move(signature)};
}

absl::StatusOr<SignedStatement> SignedStatement::Sign(std::string bytes, absl::string_view domain,
                                                      const Signer& signer) {
  ACCORD_ASSIGN_OR_RETURN(std::string signature, signer.Sign(domain, bytes));
  return SignedStatement{std::move(bytes), std::move(signature)};
}

}  // namespace accord
