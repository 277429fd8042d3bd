#include "trust/timestamp/time_stamp.h"

#include <openssl/err.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/status.h"
#include "trust/identity/openssl_handles.h"
#include "trust/timestamp/token_handles.h"

namespace accord {
namespace {

constexpr size_t kMaxNameBytes = 256;
constexpr int kSignedDataVersion = 3;  // RFC 5652, section 5.1: the content is no plain data
constexpr int kSignerVersion = 1;      // the signer is named by issuer and serial number

absl::Status Misformed(absl::string_view what) {
  ERR_clear_error();
  return absl::InvalidArgumentError(absl::StrCat("the time stamp ", what));
}

absl::string_view BytesOf(const ASN1_STRING* string) {
  return absl::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
                           static_cast<size_t>(ASN1_STRING_length(string)));
}

struct Algorithm {
  int nid = NID_undef;
  bool has_parameters = false;
};

Algorithm AlgorithmOf(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* id = nullptr;
  int type = V_ASN1_UNDEF;
  X509_ALGOR_get0(&id, &type, nullptr, algorithm);
  return {OBJ_obj2nid(id), type != V_ASN1_UNDEF && type != V_ASN1_NULL};
}

bool IsSha2(const Algorithm& algorithm) {
  return !algorithm.has_parameters &&
         (algorithm.nid == NID_sha256 || algorithm.nid == NID_sha384 || algorithm.nid == NID_sha512);
}

// A key's own algorithm, or one that names the digest too. What names them is not signed: nothing else is taken.
bool SignsWith(const Algorithm& signature, int digest) {
  if (signature.has_parameters) return false;
  if (signature.nid == NID_rsaEncryption || signature.nid == NID_X9_62_id_ecPublicKey) return true;
  int its_digest = NID_undef, its_key = NID_undef;
  if (OBJ_find_sigid_algs(signature.nid, &its_digest, &its_key) != 1) return false;
  return its_digest == digest && (its_key == NID_rsaEncryption || its_key == NID_X9_62_id_ecPublicKey);
}

absl::Status CheckSigner(const PKCS7_SIGNED& content, PKCS7_SIGNER_INFO& signer) {
  const Algorithm digest = AlgorithmOf(signer.digest_alg);
  if (!IsSha2(digest)) return Misformed("is signed over another digest than SHA-256, SHA-384 or SHA-512");
  const Algorithm announced = AlgorithmOf(sk_X509_ALGOR_value(content.md_algs, 0));
  if (!IsSha2(announced) || announced.nid != digest.nid) return Misformed("announces another digest than it uses");
  if (!SignsWith(AlgorithmOf(signer.digest_enc_alg), digest.nid)) {
    return Misformed("is signed by another algorithm than RSA (PKCS #1) or ECDSA");
  }
  if (ASN1_INTEGER_get(signer.version) != kSignerVersion) return Misformed("names its signer in an unknown way");
  if (sk_X509_ATTRIBUTE_num(signer.unauth_attr) > 0) {
    return Misformed("carries unsigned attributes; expected one as the authority first gave it");
  }
  return absl::OkStatus();
}

// Bytes that no signature covers have one form here, or are not there: a stored token does not change unseen. Only
// certificates that nobody needs could be others.
absl::Status CheckContainer(PKCS7* token) {
  if (PKCS7_type_is_signed(token) != 1) return Misformed("is no signed data");
  const PKCS7_SIGNED& content = *token->d.sign;
  if (ASN1_INTEGER_get(content.version) != kSignedDataVersion) return Misformed("is signed data of an unknown version");
  if (sk_X509_CRL_num(content.crl) > 0) return Misformed("carries revocation lists; expected certificates alone");
  if (sk_X509_ALGOR_num(content.md_algs) != 1 || sk_PKCS7_SIGNER_INFO_num(content.signer_info) != 1) {
    return Misformed("does not have exactly one signer");
  }
  return CheckSigner(content, *sk_PKCS7_SIGNER_INFO_value(content.signer_info, 0));
}

absl::StatusOr<absl::Time> TimeOf(const TS_TST_INFO* info) {
  std::tm parts = {};
  const ASN1_GENERALIZEDTIME* time = TS_TST_INFO_get_time(info);
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return Misformed("has no readable time");
  return absl::FromTM(parts, absl::UTCTimeZone());
}

// 0 for a part that is not there, -1 for one that is no number.
int64_t PartOf(const ASN1_INTEGER* part) {
  int64_t value = 0;
  if (part != nullptr && (ASN1_INTEGER_get_int64(&value, part) != 1 || value < 0)) return -1;
  return value;
}

absl::StatusOr<std::optional<absl::Duration>> AccuracyOf(TS_TST_INFO* info) {
  const TS_ACCURACY* accuracy = TS_TST_INFO_get_accuracy(info);
  if (accuracy == nullptr) return std::optional<absl::Duration>();
  const int64_t seconds = PartOf(TS_ACCURACY_get_seconds(accuracy));
  const int64_t millis = PartOf(TS_ACCURACY_get_millis(accuracy));
  const int64_t micros = PartOf(TS_ACCURACY_get_micros(accuracy));
  if (seconds < 0 || millis < 0 || millis > 999 || micros < 0 || micros > 999) {
    return Misformed("has an accuracy that is none");
  }
  return absl::Seconds(seconds) + absl::Milliseconds(millis) + absl::Microseconds(micros);
}

absl::StatusOr<Sha256Digest> ImprintOf(TS_TST_INFO* info) {
  TS_MSG_IMPRINT* imprint = TS_TST_INFO_get_msg_imprint(info);
  const Algorithm digest = AlgorithmOf(TS_MSG_IMPRINT_get_algo(imprint));
  const absl::string_view bytes = BytesOf(TS_MSG_IMPRINT_get_msg(imprint));
  Sha256Digest result = {};
  if (digest.nid != NID_sha256 || digest.has_parameters || bytes.size() != result.size()) {
    const char* name = OBJ_nid2sn(digest.nid);
    return Misformed(absl::StrCat("is on a digest of the kind ", name == nullptr ? "unknown" : name, " with ",
                                  bytes.size(), " bytes; expected SHA-256"));
  }
  std::memcpy(result.data(), bytes.data(), result.size());
  return result;
}

std::string ObjectIdInWords(const ASN1_OBJECT* id) {
  char text[256] = "";
  OBJ_obj2txt(text, sizeof(text), id, /*no_name=*/1);
  return text;
}

std::string SerialInWords(const ASN1_INTEGER* serial) {
  const BigNumberHandle number(ASN1_INTEGER_to_BN(serial, nullptr));
  char* text = number == nullptr ? nullptr : BN_bn2hex(number.get());
  std::string words = text == nullptr ? "" : text;
  OPENSSL_free(text);
  return words;
}

// Empty: the token does not carry its signer's certificate.
std::string SignerInWords(PKCS7* token) {
  struct FreeStack {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
  };
  const std::unique_ptr<STACK_OF(X509), FreeStack> signers(PKCS7_get0_signers(token, nullptr, 0));
  const BioHandle bio(BIO_new(BIO_s_mem()));
  if (signers == nullptr || sk_X509_num(signers.get()) != 1 || bio == nullptr) return "";
  constexpr unsigned long kOneLine = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;  // NOLINT(runtime/int)
  X509_NAME_print_ex(bio.get(), X509_get_subject_name(sk_X509_value(signers.get(), 0)), 0, kOneLine);
  char* text = nullptr;
  const auto length = BIO_get_mem_data(bio.get(), &text);
  return Printable(absl::string_view(text, static_cast<size_t>(length)).substr(0, kMaxNameBytes));
}

}  // namespace

absl::StatusOr<ParsedToken> ParseToken(absl::string_view der) {
  if (der.empty() || der.size() > kMaxStampTokenBytes) {
    return Misformed(absl::StrCat("has ", der.size(), " bytes; expected 1 to ", kMaxStampTokenBytes));
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* end = bytes;
  ParsedToken parsed;
  parsed.token.reset(d2i_PKCS7(nullptr, &end, static_cast<long>(der.size())));  // NOLINT(runtime/int)
  if (parsed.token == nullptr || end != bytes + der.size()) return Misformed("is no TimeStampToken in DER form");
  unsigned char* written = nullptr;
  const int size = i2d_PKCS7(parsed.token.get(), &written);
  const bool same = size == static_cast<int>(der.size()) && std::memcmp(written, bytes, der.size()) == 0;
  OPENSSL_free(written);
  if (!same) return Misformed("is not written as DER demands");
  ACCORD_RETURN_IF_ERROR(CheckContainer(parsed.token.get()));
  const StampInfoHandle info(PKCS7_to_TS_TST_INFO(parsed.token.get()));
  if (info == nullptr) return Misformed("has no TSTInfo in it");
  TimeStamp& says = parsed.says;
  ACCORD_ASSIGN_OR_RETURN(says.time, TimeOf(info.get()));
  ACCORD_ASSIGN_OR_RETURN(says.accuracy, AccuracyOf(info.get()));
  ACCORD_ASSIGN_OR_RETURN(says.imprint, ImprintOf(info.get()));
  says.policy = ObjectIdInWords(TS_TST_INFO_get_policy_id(info.get()));
  says.serial = SerialInWords(TS_TST_INFO_get_serial(info.get()));
  says.authority = SignerInWords(parsed.token.get());
  ERR_clear_error();
  return parsed;
}

absl::StatusOr<TimeStamp> ReadTimeStamp(absl::string_view token) {
  ACCORD_ASSIGN_OR_RETURN(ParsedToken parsed, ParseToken(token));
  return std::move(parsed.says);
}

std::string StampInWords(const TimeStamp& stamp) {
  return absl::StrCat(absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", stamp.time, absl::UTCTimeZone()), " by ",
                      stamp.authority.empty() ? "a signer whose certificate it lacks" : stamp.authority);
}

}  // namespace accord
