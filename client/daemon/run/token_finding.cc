#include "client/daemon/run/token_finding.h"

#include <memory>
#include <string>

#include "base/status.h"
#include "client/daemon/signing/own_key.h"
#include "trust/roster/roster_words.h"

namespace accord {
namespace {

using Level = Finding::Level;

constexpr char kTokenSubject[] = "token";

absl::StatusOr<std::unique_ptr<TokenSigner>> Opened(const v1::SiteConfig& config) {
  const auto key = OwnPublicKey(config);
  if (absl::IsNotFound(key.status())) return OpenToken(config);
  if (!key.ok()) return key.status();
  ACCORD_ASSIGN_OR_RETURN(std::unique_ptr<TokenSigner> token, TokenWith(config, *key));
  ACCORD_RETURN_IF_ERROR(token->Open());
  return token;
}

}  // namespace

std::vector<Finding> ExamineToken(const v1::SiteConfig& config) {
  if (!config.has_signing_token()) return {};
  const auto token = Opened(config);
  if (!token.ok()) return {{Level::kFault, kTokenSubject, std::string(token.status().message())}};
  std::vector<Finding> findings;
  for (const std::string& warning : (*token)->Warnings()) findings.push_back({Level::kWarning, kTokenSubject, warning});
  findings.push_back({Level::kFine, kTokenSubject,
                      absl::StrCat("statements are signed by the key ", KeyFingerprint((*token)->public_key_der()),
                                   " in \"", config.signing_token().token_label(), "\"")});
  return findings;
}

}  // namespace accord
