#include "trust/charter/policy_statement.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/domain_hash.h"
#include "base/status.h"
#include "trust/charter/statement_lines.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

constexpr absl::string_view kPolicyFirstLine = "accord-policy-v1";
constexpr size_t kMaxPolicyOrganisationBytes = 128;

std::string PolicyStatementText(const PolicyStatement& statement) {
  LineWriter writer(kPolicyFirstLine);
  writer.Line("charter", statement.charter).Line("site", statement.site);
  writer.Line("organisation", statement.organisation).Digest("policy", statement.policy).Time("time", statement.time);
  return std::move(writer).Take();
}

}  // namespace

Sha256Digest PolicyTextHash(absl::string_view text) { return HashUnder(kPolicyTextDomain, text); }

absl::StatusOr<PolicyStatement> ParsePolicyStatement(absl::string_view bytes) {
  LineReader reader(bytes, "the signed policy", kPolicyFirstLine);
  PolicyStatement statement;
  statement.charter = reader.Name("charter");
  statement.site = reader.Name("site");
  statement.organisation = reader.Text("organisation", kMaxPolicyOrganisationBytes);
  statement.policy = reader.DigestOrNone("policy");
  statement.time = reader.Time("time");
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return statement;
}

absl::StatusOr<std::string> WritePolicyStatement(const PolicyStatement& statement) {
  std::string bytes = PolicyStatementText(statement);
  ACCORD_ASSIGN_OR_RETURN(const PolicyStatement again, ParsePolicyStatement(bytes));
  if (again != statement) return absl::InvalidArgumentError("the signed policy holds what its lines cannot");
  return bytes;
}

std::string PolicyStatementInWords(const PolicyStatement& statement) {
  const std::string what = statement.policy.has_value()
                               ? absl::StrCat("the policy ", HexDigest(*statement.policy).substr(0, 12), " of ")
                               : std::string("no policy any more at ");
  return absl::StrCat(what, statement.site, ", signed at ", FormatUtc(statement.time));
}

std::string SignedPolicy::Text() const {
  return absl::StrCat(bytes, kSignaturesLine.substr(1), WriteSignatureLines(signatures));
}

absl::StatusOr<SignedPolicy> SignedPolicy::Parse(absl::string_view text) {
  if (text.size() > kMaxSignedPolicyBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the signed policy has ", text.size(), " bytes; expected at most ", kMaxSignedPolicyBytes));
  }
  const size_t separator = text.find(kSignaturesLine);
  if (separator == absl::string_view::npos) {
    return absl::InvalidArgumentError(
        "the signed policy has no line 'signatures': it is another file, for example the policy itself, or was cut "
        "off");
  }
  SignedPolicy signed_policy;
  signed_policy.bytes = std::string(text.substr(0, separator + 1));
  ACCORD_RETURN_IF_ERROR(ParsePolicyStatement(signed_policy.bytes).status());
  ACCORD_ASSIGN_OR_RETURN(signed_policy.signatures,
                          ReadSignatureLines(text.substr(separator + kSignaturesLine.size())));
  return signed_policy;
}

absl::Status SignedPolicy::Sign(const std::string& identity, const Signer& signer) {
  ACCORD_ASSIGN_OR_RETURN(signatures[identity], signer.Sign(kPolicyDomain, bytes));
  return absl::OkStatus();
}

}  // namespace accord
