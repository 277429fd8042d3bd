#include "coordinator/commands/state_dir.h"

#include <unistd.h>

#include "absl/strings/str_join.h"
#include "base/file.h"
#include "base/private_file.h"
#include "base/secret.h"
#include "base/status.h"
#include "trust/identity/granted_identity.h"
#include "trust/identity/key_pair.h"

namespace accord {
namespace {

const absl::Duration kServerValidity = absl::Hours(24 * 365);
const absl::Duration kRenewBefore = absl::Hours(24 * 30);
constexpr int kPrivateMode = 0600;
constexpr size_t kMaxKeyBytes = size_t{64} << 10;

std::string AuthorityCertificate(const std::string& state_dir) { return absl::StrCat(state_dir, "/ca.pem"); }
std::string AuthorityKey(const std::string& state_dir) { return absl::StrCat(state_dir, "/ca.key"); }
// The names that the present server certificate was made for.
std::string ServerNames(const std::string& state_dir) { return absl::StrCat(state_dir, "/server.names"); }

std::vector<std::string> AllNames(const std::vector<std::string>& names) {
  std::vector<std::string> all = {"localhost", "127.0.0.1", "::1"};
  all.insert(all.end(), names.begin(), names.end());
  return all;
}

// The key is there already, so that one file alone is replaced: whoever reads both meanwhile finds a pair.
absl::Status Certify(const CertificateAuthority& authority, const std::string& state_dir, const KeyPair& key,
                     const std::vector<std::string>& names, absl::Time now) {
  ACCORD_ASSIGN_OR_RETURN(const std::string request, key.MakeRequest("accord-coordinator"));
  ACCORD_ASSIGN_OR_RETURN(const std::string leaf,
                          authority.IssueServer(request, AllNames(names), now, kServerValidity));
  // The list of names last: if we are stopped in between, the certificate is made again.
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(ServerNames(state_dir), ""));
  ACCORD_RETURN_IF_ERROR(
      WriteFileAtomically(ServerTlsFiles(state_dir).certificate, absl::StrCat(leaf, authority.certificate_pem())));
  return WriteFileAtomically(ServerNames(state_dir), absl::StrJoin(AllNames(names), "\n"));
}

}  // namespace

TlsFiles ServerTlsFiles(const std::string& state_dir) {
  return {absl::StrCat(state_dir, "/server.pem"), absl::StrCat(state_dir, "/server.key"),
          AuthorityCertificate(state_dir)};
}

absl::StatusOr<CertificateAuthority> CreateAuthority(const std::string& state_dir, absl::Time now) {
  if (access(AuthorityKey(state_dir).c_str(), F_OK) == 0) {
    return absl::AlreadyExistsError(
        absl::StrCat(AuthorityKey(state_dir), " exists: this folder is a coordinator's already; nothing was changed"));
  }
  ACCORD_RETURN_IF_ERROR(MakeFolders(state_dir, 0700));
  ACCORD_ASSIGN_OR_RETURN(CertificateAuthority authority, CertificateAuthority::Create("Accord federation", now));
  ACCORD_ASSIGN_OR_RETURN(const SecretBytes key, authority.KeyPem());
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(AuthorityKey(state_dir), key.RevealAsText(), kPrivateMode));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(AuthorityCertificate(state_dir), authority.certificate_pem()));
  return authority;
}

absl::StatusOr<CertificateAuthority> LoadAuthority(const std::string& state_dir) {
  ACCORD_ASSIGN_OR_RETURN(const std::string certificate, ReadFile(AuthorityCertificate(state_dir)));
  ACCORD_ASSIGN_OR_RETURN(const PrivateFile key, ReadPrivateFile(AuthorityKey(state_dir), kMaxKeyBytes));
  return CertificateAuthority::FromPem(certificate, key.content);
}

absl::Status IssueServerCertificate(const CertificateAuthority& authority, const std::string& state_dir,
                                    const std::vector<std::string>& names, absl::Time now) {
  ACCORD_ASSIGN_OR_RETURN(const KeyPair key, KeyPair::Generate());
  ACCORD_ASSIGN_OR_RETURN(const SecretBytes key_pem, key.ToPem());
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(ServerNames(state_dir), ""));  // if we are stopped before the end
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(ServerTlsFiles(state_dir).key, key_pem.RevealAsText(), kPrivateMode));
  return Certify(authority, state_dir, key, names, now);
}

absl::StatusOr<bool> RenewServerCertificate(const CertificateAuthority& authority, const std::string& state_dir,
                                            const std::vector<std::string>& names, absl::Time now) {
  const auto certificate = ReadFile(ServerTlsFiles(state_dir).certificate);
  const auto made_for = ReadFile(ServerNames(state_dir));
  if (certificate.ok() && made_for.ok() && *made_for == absl::StrJoin(AllNames(names), "\n")) {
    const auto facts = ReadCertificate(*certificate);
    if (facts.ok() && facts->not_after - now > kRenewBefore) return false;
  }
  // One that cannot be read, or that others can read, gives way to a new one.
  const auto file = ReadPrivateFile(ServerTlsFiles(state_dir).key, kMaxKeyBytes);
  const auto key = file.ok() ? KeyPair::FromPem(file->content) : absl::StatusOr<KeyPair>(file.status());
  ACCORD_RETURN_IF_ERROR(key.ok() ? Certify(authority, state_dir, *key, names, now)
                                  : IssueServerCertificate(authority, state_dir, names, now));
  return true;
}

}  // namespace accord
