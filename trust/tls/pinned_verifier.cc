#include "trust/tls/pinned_verifier.h"

#include <arpa/inet.h>
#include <openssl/err.h>

#include <algorithm>
#include <vector>

#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/status.h"
#include "trust/identity/certificate_authority.h"
#include "trust/identity/openssl_handles.h"

namespace accord {
namespace {

constexpr size_t kMaxChainBytes = size_t{1} << 18;

// "host:port", "[address]:port" -> host.
std::string HostOf(absl::string_view target) {
  const size_t colon = target.rfind(':');
  absl::string_view host = colon == absl::string_view::npos ? target : target.substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  return std::string(host);
}

absl::StatusOr<X509*> FindPinned(const STACK_OF(X509) * chain, const Sha256Digest& fingerprint) {
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509* certificate = sk_X509_value(chain, i);
    auto digest = CertificateFingerprint(certificate);
    if (digest.ok() && *digest == fingerprint) return certificate;
  }
  return absl::PermissionDeniedError(
      "the server is not the coordinator that the token is for: its certificates do not end in the CA that the token "
      "names; check the address, or ask the coordinator's operator for a new token");
}

absl::Status NameHost(X509_VERIFY_PARAM* parameters, const std::string& host) {
  unsigned char address[16];
  const bool is_address =
      inet_pton(AF_INET, host.c_str(), address) == 1 || inet_pton(AF_INET6, host.c_str(), address) == 1;
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  const int set = is_address ? X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str())
                             : X509_VERIFY_PARAM_set1_host(parameters, host.data(), host.size());
  if (host.empty() || set != 1) return OpenSslError("check the server's name");
  return absl::OkStatus();
}

bool CarriesCoordinatorUri(const X509* leaf) {
  const std::vector<std::string> uris = UriNames(leaf);
  return std::find(uris.begin(), uris.end(), kCoordinatorUri) != uris.end();
}

}  // namespace

absl::Status VerifyPinnedChain(absl::string_view chain_pem, absl::string_view target,
                               const Sha256Digest& ca_fingerprint, absl::Time now) {
  if (chain_pem.size() > kMaxChainBytes) return absl::PermissionDeniedError("the server's certificates are too long");
  auto chain = ParseCertificates(chain_pem);
  if (!chain.ok()) return absl::PermissionDeniedError("the server's certificates cannot be read");
  ACCORD_ASSIGN_OR_RETURN(X509* const authority, FindPinned(chain->get(), ca_fingerprint));
  X509* const leaf = sk_X509_value(chain->get(), 0);

  StoreHandle store(X509_STORE_new());
  StoreContextHandle context(X509_STORE_CTX_new());
  if (store == nullptr || context == nullptr || X509_STORE_add_cert(store.get(), authority) != 1 ||
      X509_STORE_CTX_init(context.get(), store.get(), leaf, nullptr) != 1 ||
      X509_STORE_CTX_set_default(context.get(), "ssl_server") != 1) {
    return OpenSslError("check the server's certificate");
  }
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(parameters, absl::ToTimeT(now));
  const std::string host = HostOf(target);
  ACCORD_RETURN_IF_ERROR(NameHost(parameters, host));
  if (X509_verify_cert(context.get()) != 1) {
    const int error = X509_STORE_CTX_get_error(context.get());
    ERR_clear_error();
    return absl::PermissionDeniedError(absl::StrCat("the server's certificate for ", host,
                                                    " is not accepted: ", X509_verify_cert_error_string(error)));
  }
  if (!CarriesCoordinatorUri(leaf)) {
    return absl::PermissionDeniedError("the server's certificate is not a coordinator's");
  }
  return absl::OkStatus();
}

bool PinnedVerifier::Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
                            std::function<void(grpc::Status)>, grpc::Status* sync_status) {
  const grpc::string_ref chain = request->peer_cert_full_chain();
  const grpc::string_ref target = request->target_name();
  const absl::Status status =
      VerifyPinnedChain(absl::string_view(chain.data(), chain.size()), absl::string_view(target.data(), target.size()),
                        ca_fingerprint_, absl::Now());
  *sync_status =
      status.ok() ? grpc::Status::OK : grpc::Status(grpc::StatusCode::UNAUTHENTICATED, std::string(status.message()));
  return true;  // answered at once
}

}  // namespace accord
