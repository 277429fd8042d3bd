#include "trust/timestamp/stamp_request.h"

#include <openssl/bn.h>
#include <openssl/err.h>

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/status.h"
#include "trust/identity/openssl_handles.h"
#include "trust/timestamp/token_handles.h"

namespace accord {
namespace {

constexpr size_t kNonceBytes = 16;
constexpr size_t kMaxWordsBytes = 500;

// The authority's words for a refusal.
std::string RefusalInWords(TS_STATUS_INFO* info) {
  std::string words =
      absl::StrCat("status ", ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(info)), " of RFC 3161, section 2.4.2");
  const auto* texts = TS_STATUS_INFO_get0_text(info);
  for (int i = 0; i < sk_ASN1_UTF8STRING_num(texts); ++i) {
    const ASN1_UTF8STRING* text = sk_ASN1_UTF8STRING_value(texts, i);
    absl::StrAppend(&words, ": ",
                    absl::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                                      static_cast<size_t>(ASN1_STRING_length(text))));
    if (words.size() > kMaxWordsBytes) break;
  }
  return Printable(absl::string_view(words).substr(0, kMaxWordsBytes));
}

}  // namespace

absl::StatusOr<ObjectIdHandle> ParseObjectId(const std::string& dotted) {
  ObjectIdHandle id(OBJ_txt2obj(dotted.c_str(), /*no_name=*/1));
  if (id != nullptr) return id;
  ERR_clear_error();
  return absl::InvalidArgumentError(absl::StrCat("'", dotted, "' is no OID; expected one like 1.2.3.4.1"));
}

absl::StatusOr<StampRequestHandle> MakeStampRequest(const Sha256Digest& imprint, const std::string& policy) {
  StampRequestHandle request(TS_REQ_new());
  const ImprintHandle message(TS_MSG_IMPRINT_new());
  const AlgorithmHandle digest(X509_ALGOR_new());
  Sha256Digest bytes = imprint;  // OpenSSL copies them, and asks for no const
  if (request == nullptr || message == nullptr || digest == nullptr ||
      X509_ALGOR_set0(digest.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr) != 1 ||
      TS_MSG_IMPRINT_set_algo(message.get(), digest.get()) != 1 ||
      TS_MSG_IMPRINT_set_msg(message.get(), bytes.data(), static_cast<int>(bytes.size())) != 1 ||
      TS_REQ_set_version(request.get(), 1) != 1 || TS_REQ_set_msg_imprint(request.get(), message.get()) != 1 ||
      TS_REQ_set_cert_req(request.get(), 1) != 1) {
    return OpenSslError("make a request for a time stamp");
  }
  if (policy.empty()) return request;
  ACCORD_ASSIGN_OR_RETURN(const ObjectIdHandle id, ParseObjectId(policy));
  if (TS_REQ_set_policy_id(request.get(), id.get()) != 1) return OpenSslError("ask for a policy");
  return request;
}

absl::Status SetNonce(TS_REQ* request, absl::string_view nonce) {
  const BigNumberHandle number(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(nonce.data()), static_cast<int>(nonce.size()), nullptr));
  const AsnIntegerHandle integer(number == nullptr ? nullptr : BN_to_ASN1_INTEGER(number.get(), nullptr));
  if (integer == nullptr || TS_REQ_set_nonce(request, integer.get()) != 1) return OpenSslError("set a nonce");
  return absl::OkStatus();
}

absl::StatusOr<StampRequest> StampRequest::Create(const Sha256Digest& imprint, const StampAuthority& authority,
                                                  EntropySource& entropy) {
  std::array<uint8_t, kNonceBytes> nonce = {};
  ACCORD_RETURN_IF_ERROR(entropy.Fill(absl::MakeSpan(nonce)));
  const std::string bytes(reinterpret_cast<const char*>(nonce.data()), nonce.size());
  ACCORD_ASSIGN_OR_RETURN(const StampRequestHandle request, MakeStampRequest(imprint, authority.policy()));
  ACCORD_RETURN_IF_ERROR(SetNonce(request.get(), bytes));
  unsigned char* der = nullptr;
  const int size = i2d_TS_REQ(request.get(), &der);
  if (size <= 0) return OpenSslError("write a request for a time stamp");
  std::string written(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return StampRequest(imprint, authority, bytes, std::move(written));
}

absl::StatusOr<StampRequest::Granted> StampRequest::Accept(absl::string_view answer) const {
  if (answer.size() > kMaxStampAnswerBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the authority's answer has ", answer.size(), " bytes; expected at most ", kMaxStampAnswerBytes));
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(answer.data());
  const unsigned char* end = bytes;
  const StampAnswerHandle response(
      d2i_TS_RESP(nullptr, &end, static_cast<long>(answer.size())));  // NOLINT(runtime/int)
  if (response == nullptr || end != bytes + answer.size()) {
    ERR_clear_error();
    return absl::InvalidArgumentError("the authority's answer is no TimeStampResp in DER form");
  }
  TS_STATUS_INFO* info = TS_RESP_get_status_info(response.get());
  const long status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(info));  // NOLINT(runtime/int)
  PKCS7* token = TS_RESP_get_token(response.get());
  if ((status != TS_STATUS_GRANTED && status != TS_STATUS_GRANTED_WITH_MODS) || token == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat("the authority gives no time stamp: ", RefusalInWords(info)));
  }
  unsigned char* der = nullptr;
  const int size = i2d_PKCS7(token, &der);
  if (size <= 0) return OpenSslError("write a time stamp");
  Granted granted{std::string(reinterpret_cast<const char*>(der), static_cast<size_t>(size)), {}};
  OPENSSL_free(der);
  ACCORD_ASSIGN_OR_RETURN(granted.stamp, authority_.CheckAnswer(granted.token, imprint_, nonce_));
  return granted;
}

}  // namespace accord
