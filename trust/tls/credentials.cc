#include "trust/tls/credentials.h"

#include <openssl/err.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/private_file.h"
#include "base/secret.h"
#include "base/status.h"
#include "grpc/grpc_security_constants.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "trust/identity/certificate_authority.h"
#include "trust/identity/key_pair.h"
#include "trust/identity/openssl_handles.h"
#include "trust/tls/pinned_verifier.h"

namespace accord {
namespace {

namespace tls = grpc::experimental;

constexpr size_t kMaxPemBytes = size_t{1} << 20;

// gRPC 1.51 has no setting for the lowest TLS version and allows 1.2. It does read its cipher list for TLS 1.2 from the
// environment, once, when the first credentials are made. The one cipher named here needs a pre-shared key, which
// nobody here has, so that nothing but TLS 1.3 (whose ciphers are listed elsewhere) can be agreed upon. Set before
// main, since setenv is not safe beside other threads.
[[maybe_unused]] const int kNothingBelowTls13 = setenv("GRPC_SSL_CIPHER_SUITES", "ECDHE-PSK-CHACHA20-POLY1305", 1);

struct Pem {
  std::string certificate;
  std::string key;  // gRPC wants a string; wiped by the owner once gRPC has its copy
  std::string ca;
  ~Pem() { WipeString(key); }
};

// gRPC reports a key or certificate that it cannot use only as a failed handshake: so look here, where one can say why.
absl::Status CheckPair(const Pem& pem, const TlsFiles& files) {
  auto certificates = ParseCertificates(pem.certificate);
  if (!certificates.ok()) return Annotate(certificates.status(), files.certificate);
  const SecretBytes key_text(absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(pem.key.data()), pem.key.size()));
  auto key = KeyPair::FromPem(key_text);
  if (!key.ok()) return Annotate(key.status(), files.key);
  if (X509_check_private_key(sk_X509_value(certificates->get(), 0), key->get()) != 1) {
    ERR_clear_error();
    return absl::FailedPreconditionError(absl::StrCat("the key ", files.key, " does not belong to the certificate ",
                                                      files.certificate, "; enrol again"));
  }
  return Annotate(ParseCertificates(pem.ca).status(), files.ca);
}

absl::StatusOr<Pem> ReadPem(const TlsFiles& files) {
  Pem pem;
  auto key = ReadPrivateFile(files.key, kMaxPemBytes);
  if (!key.ok()) return Annotate(key.status(), "the key file");
  pem.key = std::string(key->content.RevealAsText());
  ACCORD_ASSIGN_OR_RETURN(pem.certificate, ReadFile(files.certificate, kMaxPemBytes));
  ACCORD_ASSIGN_OR_RETURN(pem.ca, ReadFile(files.ca, kMaxPemBytes));
  ACCORD_RETURN_IF_ERROR(CheckPair(pem, files));
  return pem;
}

absl::StatusOr<std::shared_ptr<tls::StaticDataCertificateProvider>> MakeProvider(const TlsFiles& files) {
  ACCORD_ASSIGN_OR_RETURN(const Pem pem, ReadPem(files));
  std::vector<tls::IdentityKeyCertPair> pairs(1);
  pairs[0].private_key = pem.key;
  pairs[0].certificate_chain = pem.certificate;
  auto provider = std::make_shared<tls::StaticDataCertificateProvider>(pem.ca, pairs);
  WipeString(pairs[0].private_key);
  return provider;
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const TlsFiles& files,
                                                                               absl::Duration reread) {
  ACCORD_RETURN_IF_ERROR(ReadPem(files).status());
  tls::TlsServerCredentialsOptions options(std::make_shared<tls::FileWatcherCertificateProvider>(
      files.key, files.certificate, files.ca, static_cast<unsigned>(absl::ToInt64Seconds(reread))));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  return tls::TlsServerCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeClientCredentials(const TlsFiles& files) {
  ACCORD_ASSIGN_OR_RETURN(auto provider, MakeProvider(files));
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(std::move(provider));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_certificate_verifier(std::make_shared<tls::HostNameCertificateVerifier>());
  return tls::TlsCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> MakeEnrolmentCredentials(const Sha256Digest& ca_fingerprint) {
  tls::TlsChannelCredentialsOptions options;
  // There is no root certificate yet, so OpenSSL's own check inside gRPC cannot pass; the verifier does all of it,
  // after the handshake and before the first byte of a call.
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(tls::ExternalCertificateVerifier::Create<PinnedVerifier>(ca_fingerprint));
  return tls::TlsCredentials(options);
}

PeerIdentity IdentifyPeer(const grpc::AuthContext& context) {
  PeerIdentity peer;
  for (const grpc::string_ref& uri : context.FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME)) {
    absl::string_view identity(uri.data(), uri.size());
    if (!absl::ConsumePrefix(&identity, "accord://") || !IsValidIdentity(identity)) continue;
    if (peer.role != PeerIdentity::Role::kNone) return PeerIdentity();  // two identities are none
    const bool is_site = absl::ConsumePrefix(&identity, "site/");
    if (!is_site) absl::ConsumePrefix(&identity, "person/");
    peer.role = is_site ? PeerIdentity::Role::kSite : PeerIdentity::Role::kPerson;
    peer.id = std::string(identity);
  }
  return peer;
}

}  // namespace accord
