#include "client/daemon/signing/own_key.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/file.h"
#include "base/private_file.h"
#include "base/status.h"
#include "trust/identity/key_pair.h"

namespace accord {
namespace {

constexpr size_t kMaxPemBytes = size_t{1} << 16;
constexpr size_t kMaxKeyBytes = 1024;

// Why a file of this site's identity could not be read. Only who has none is sent to enrol: that makes another key,
// which no roster lists.
absl::Status WithoutIdentity(const absl::Status& status) {
  if (absl::IsNotFound(status)) {
    return absl::NotFoundError("this site is not enrolled: run accord-client enroll first");
  }
  return Annotate(status,
                  "this site's key cannot be read; run this as the user of the service (sudo -u accord-client)");
}

absl::StatusOr<std::unique_ptr<Signer>> SignerOfKeyFile(const StateFolder& folder) {
  const std::string path = folder.IdentityFiles().key;
  auto pem = ReadPrivateFile(path, kMaxPemBytes);
  if (absl::IsFailedPrecondition(pem.status())) return Annotate(pem.status(), "the key file");
  if (!pem.ok()) return WithoutIdentity(pem.status());
  const auto key = KeyPair::FromPem(pem->content);
  if (!key.ok()) return Annotate(key.status(), path);
  ACCORD_ASSIGN_OR_RETURN(KeyPairSigner signer, KeyPairSigner::Create(*key));
  return std::make_unique<KeyPairSigner>(std::move(signer));
}

TokenSigner::Options OptionsFor(const v1::SiteConfig& config, std::string public_key_der) {
  TokenSigner::Options options;
  options.signer_path = std::filesystem::read_symlink("/proc/self/exe").replace_filename("accord-signer").string();
  options.token = config.signing_token();
  options.refused_pin_file = StateFolder(config.state_dir()).RefusedPinFile();
  options.public_key_der = std::move(public_key_der);
  return options;
}

}  // namespace

absl::StatusOr<std::string> OwnPublicKey(const v1::SiteConfig& config) {
  const StateFolder folder(config.state_dir());
  const auto certificate = ReadFile(folder.IdentityFiles().certificate, kMaxPemBytes);
  if (!certificate.ok()) return WithoutIdentity(certificate.status());
  const auto in_token = ReadFile(folder.SigningKeyFile(), kMaxKeyBytes);
  if (!in_token.ok() && !absl::IsNotFound(in_token.status())) return WithoutIdentity(in_token.status());
  if (in_token.ok() != config.has_signing_token()) {
    return absl::FailedPreconditionError(
        in_token.ok()
            ? "this site enrolled with a key in a token, but its config has no signing_token: put it back, or "
              "enrol again with accord-client enroll --force"
            : "this site enrolled without the signing_token that its config has: take it out, or enrol again "
              "with accord-client enroll --force");
  }
  if (!in_token.ok()) return CertificatePublicKeyDer(*certificate);
  const auto key = VerifyingKey::FromDer(*in_token);
  if (!key.ok()) return Annotate(key.status(), folder.SigningKeyFile());
  return *in_token;
}

absl::StatusOr<std::unique_ptr<Signer>> MakeOwnSigner(const v1::SiteConfig& config, IfTokenFails if_token_fails) {
  ACCORD_ASSIGN_OR_RETURN(std::string public_key, OwnPublicKey(config));
  if (!config.has_signing_token()) return SignerOfKeyFile(StateFolder(config.state_dir()));
  ACCORD_ASSIGN_OR_RETURN(std::unique_ptr<TokenSigner> token, TokenWith(config, std::move(public_key)));
  const absl::Status open = token->Open();  // says in the log why it fails
  if (!open.ok() && if_token_fails == IfTokenFails::kRefuse) return open;
  return token;
}

absl::StatusOr<std::unique_ptr<TokenSigner>> OpenToken(const v1::SiteConfig& config) {
  return TokenSigner::Create(OptionsFor(config, ""));
}

absl::StatusOr<std::unique_ptr<TokenSigner>> TokenWith(const v1::SiteConfig& config, std::string public_key_der) {
  return TokenSigner::Create(OptionsFor(config, std::move(public_key_der)));
}

absl::Status KeepSigningKey(const StateFolder& folder, const std::string& public_key_der) {
  if (!public_key_der.empty()) return WriteFileAtomically(folder.SigningKeyFile(), public_key_der);
  if (unlink(folder.SigningKeyFile().c_str()) != 0 && errno != ENOENT) {
    return ErrnoError("remove", folder.SigningKeyFile());
  }
  return absl::OkStatus();
}

}  // namespace accord
