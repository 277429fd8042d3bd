#include "trust/timestamp/stamp_authority.h"

#include <openssl/err.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "trust/identity/openssl_handles.h"
#include "trust/timestamp/token_handles.h"

namespace accord {
namespace {

constexpr int kSecurityLevel = 2;  // of OpenSSL: 112 bits, that is RSA of 2,048 bits and no SHA-1 in certificates

// OpenSSL's reason, and what it says of the certificate where that is what fails.
absl::Status NotOfAuthority() {
  const char* detail = nullptr;
  int flags = 0;
  ERR_peek_last_error_data(&detail, &flags);
  const std::string more = detail == nullptr || (flags & ERR_TXT_STRING) == 0 ? "" : absl::StrCat(" (", detail, ")");
  return absl::UnauthenticatedError(absl::StrCat(
      "the time stamp is not one of the authority that is named, on these bytes: ", OpenSslError("verify it").message(),
      more));
}

// Certificates are looked at as they were at `time`.
absl::StatusOr<StoreHandle> MakeStore(const std::string& roots_pem, absl::Time time) {
  ACCORD_ASSIGN_OR_RETURN(const CertificateStackHandle roots, ParseCertificates(roots_pem));
  StoreHandle store(X509_STORE_new());
  if (store == nullptr) return OpenSslError("make a store of certificates");
  for (int i = 0; i < sk_X509_num(roots.get()); ++i) {
    if (X509_STORE_add_cert(store.get(), sk_X509_value(roots.get(), i)) != 1) return OpenSslError("keep a certificate");
  }
  X509_VERIFY_PARAM* param = X509_STORE_get0_param(store.get());
  X509_VERIFY_PARAM_set_time(param, absl::ToTimeT(time));
  X509_VERIFY_PARAM_set_auth_level(param, kSecurityLevel);
  return store;
}

// OpenSSL 3.4 renamed what took the store over all along, and deprecated the old name.
void GiveStore(TS_VERIFY_CTX* check, X509_STORE* store) {
#if OPENSSL_VERSION_NUMBER >= 0x30400000L
  TS_VERIFY_CTX_set0_store(check, store);
#else
  TS_VERIFY_CTX_set_store(check, store);
#endif
}

}  // namespace

absl::StatusOr<StampAuthority> StampAuthority::FromPem(std::string roots_pem, std::string policy) {
  ACCORD_RETURN_IF_ERROR(ParseCertificates(roots_pem).status());
  if (!policy.empty()) ACCORD_RETURN_IF_ERROR(ParseObjectId(policy).status());
  return StampAuthority(std::move(roots_pem), std::move(policy));
}

absl::StatusOr<StampAuthority> StampAuthority::FromFile(const std::string& path, std::string policy) {
  ACCORD_ASSIGN_OR_RETURN(std::string pem, ReadFile(path, kMaxAuthorityFileBytes));
  auto authority = FromPem(std::move(pem), std::move(policy));
  if (!authority.ok()) {
    return Annotate(authority.status(),
                    absl::StrCat(path, ": expected the root certificates of the time-stamp authority in PEM form"));
  }
  return authority;
}

absl::StatusOr<TimeStamp> StampAuthority::Check(absl::string_view token, const Sha256Digest& imprint) const {
  return CheckAnswer(token, imprint, "");
}

absl::StatusOr<TimeStamp> StampAuthority::CheckAnswer(absl::string_view token, const Sha256Digest& imprint,
                                                      absl::string_view nonce) const {
  ACCORD_ASSIGN_OR_RETURN(ParsedToken parsed, ParseToken(token));
  ACCORD_ASSIGN_OR_RETURN(const StampRequestHandle request, MakeStampRequest(imprint, policy_));
  if (!nonce.empty()) ACCORD_RETURN_IF_ERROR(SetNonce(request.get(), nonce));
  ACCORD_ASSIGN_OR_RETURN(StoreHandle store, MakeStore(roots_pem_, parsed.says.time));
  ERR_clear_error();
  const StampCheckHandle check(TS_REQ_to_TS_VERIFY_CTX(request.get(), nullptr));
  if (check == nullptr) return OpenSslError("prepare the check of a time stamp");
  TS_VERIFY_CTX_add_flags(check.get(), TS_VFY_SIGNATURE);
  GiveStore(check.get(), store.release());
  if (TS_RESP_verify_token(check.get(), parsed.token.get()) != 1) return NotOfAuthority();
  if (parsed.says.accuracy.value_or(absl::ZeroDuration()) > kStampTolerance) {
    return absl::UnauthenticatedError(absl::StrCat("the time stamp is exact to ",
                                                   absl::FormatDuration(*parsed.says.accuracy), " only; expected ",
                                                   absl::FormatDuration(kStampTolerance), " or better"));
  }
  return std::move(parsed.says);
}

}  // namespace accord
