// A time-stamp authority that a test makes on the fly: a root, a certificate for stamps, and its answers.
#pragma once

#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "gtest/gtest.h"
#include "trust/log/log_head.h"
#include "trust/timestamp/log_stamp.h"
#include "trust/timestamp/stamp_authority.h"

namespace accord {

class TestStampAuthority {
 public:
  static constexpr char kPolicy[] = "1.2.3.4.1";

  struct Options {
    std::string name = "Test Stamps";
    std::string usage = "critical,timeStamping";  // extended key usage of the certificate that is shown
    absl::Time begin = absl::FromUnixSeconds(1'600'000'000);
    absl::Time end = absl::FromUnixSeconds(4'000'000'000);
    int accuracy_s = 1;                   // 0: it does not say
    const EVP_MD* digest = EVP_sha256();  // of its signature
  };

  TestStampAuthority() : TestStampAuthority(Options{}) {}
  explicit TestStampAuthority(Options options) : options_(std::move(options)) {
    root_key_ = NewKey();
    key_ = NewKey();
    root_ = Certify(options_.name + " Root", root_key_.get(), "critical,CA:TRUE", "",
                    absl::FromUnixSeconds(1'500'000'000), absl::FromUnixSeconds(4'100'000'000));
    // OpenSSL does not answer with a certificate that is not for stamps: such a one is put in its place afterwards.
    signer_ = Certify(options_.name, key_.get(), "", "critical,timeStamping", options_.begin, options_.end);
    if (options_.usage != "critical,timeStamping") {
      shown_ = Certify(options_.name, key_.get(), "", options_.usage, options_.begin, options_.end);
    }
  }

  std::string roots_pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
    EXPECT_EQ(PEM_write_bio_X509(bio.get(), root_.get()), 1);
    char* text = nullptr;
    const auto length = BIO_get_mem_data(bio.get(), &text);
    return std::string(text, static_cast<size_t>(length));
  }
  // As somebody believes it.
  StampAuthority Believed(const std::string& policy = "") const {
    return *StampAuthority::FromPem(roots_pem(), policy);
  }

  // A TimeStampResp, which may refuse.
  std::string Answer(absl::string_view request_der, absl::Time at) const {
    const std::unique_ptr<TS_RESP, decltype(&TS_RESP_free)> response(Respond(request_der, at), TS_RESP_free);
    return Der(response.get(), i2d_TS_RESP);
  }

  // A token alone, for a request without nonce. `digest`: of the imprint's kind, over `imprint`'s first bytes.
  std::string Token(const Sha256Digest& imprint, absl::Time at, int digest_nid = NID_sha256,
                    int digest_bytes = 32) const {
    const std::unique_ptr<TS_REQ, decltype(&TS_REQ_free)> request(TS_REQ_new(), TS_REQ_free);
    const std::unique_ptr<TS_MSG_IMPRINT, decltype(&TS_MSG_IMPRINT_free)> message(TS_MSG_IMPRINT_new(),
                                                                                  TS_MSG_IMPRINT_free);
    const std::unique_ptr<X509_ALGOR, decltype(&X509_ALGOR_free)> kind(X509_ALGOR_new(), X509_ALGOR_free);
    Sha256Digest bytes = imprint;
    X509_ALGOR_set0(kind.get(), OBJ_nid2obj(digest_nid), V_ASN1_NULL, nullptr);
    TS_MSG_IMPRINT_set_algo(message.get(), kind.get());
    TS_MSG_IMPRINT_set_msg(message.get(), bytes.data(), digest_bytes);
    TS_REQ_set_version(request.get(), 1);
    TS_REQ_set_msg_imprint(request.get(), message.get());
    TS_REQ_set_cert_req(request.get(), 1);
    const std::unique_ptr<TS_RESP, decltype(&TS_RESP_free)> response(Respond(Der(request.get(), i2d_TS_REQ), at),
                                                                     TS_RESP_free);
    PKCS7* token = TS_RESP_get_token(response.get());
    EXPECT_NE(token, nullptr);
    return token == nullptr ? "" : Der(token, i2d_PKCS7);
  }
  std::string Stamp(const SignedLogHead& head, absl::Time at) const { return Token(LogStampImprint(head), at); }

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

  static Key NewKey() { return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free); }

  // Under the root, or the root itself while there is none.
  Certificate Certify(const std::string& name, EVP_PKEY* key, const char* constraints, const std::string& usage,
                      absl::Time begin, absl::Time end) const {
    Certificate made(X509_new(), X509_free);
    X509* certificate = made.get();
    X509* issuer = root_ == nullptr ? certificate : root_.get();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), root_ == nullptr ? 1 : 2);
    ASN1_TIME_set(X509_getm_notBefore(certificate), absl::ToTimeT(begin));
    ASN1_TIME_set(X509_getm_notAfter(certificate), absl::ToTimeT(end));
    X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.data()), static_cast<int>(name.size()), -1,
                               0);
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    X509_set_pubkey(certificate, key);
    AddExtension(certificate, NID_basic_constraints, constraints);
    AddExtension(certificate, NID_ext_key_usage, usage.c_str());
    EXPECT_GT(X509_sign(certificate, root_key_.get(), EVP_sha256()), 0);
    return made;
  }
  static void AddExtension(X509* certificate, int nid, const char* value) {
    if (*value == '\0') return;
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    EXPECT_EQ(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
  }

  static ASN1_INTEGER* NextSerial(TS_resp_ctx*, void*) {
    ASN1_INTEGER* serial = ASN1_INTEGER_new();
    ASN1_INTEGER_set(serial, 7);
    return serial;
  }
  static int TimeNow(TS_resp_ctx*, void* at, long* seconds, long* micros) {  // NOLINT(runtime/int)
    *seconds = absl::ToTimeT(*static_cast<absl::Time*>(at));
    *micros = 0;
    return 1;
  }

  TS_RESP* Respond(absl::string_view request_der, absl::Time at) const {
    const std::unique_ptr<TS_RESP_CTX, decltype(&TS_RESP_CTX_free)> context(TS_RESP_CTX_new(), TS_RESP_CTX_free);
    const std::unique_ptr<ASN1_OBJECT, decltype(&ASN1_OBJECT_free)> policy(OBJ_txt2obj(kPolicy, 1), ASN1_OBJECT_free);
    TS_RESP_CTX_set_signer_cert(context.get(), signer_.get());
    TS_RESP_CTX_set_signer_key(context.get(), key_.get());
    TS_RESP_CTX_set_signer_digest(context.get(), options_.digest);
    TS_RESP_CTX_set_ess_cert_id_digest(context.get(), EVP_sha256());
    TS_RESP_CTX_set_def_policy(context.get(), policy.get());
    TS_RESP_CTX_add_md(context.get(), EVP_sha256());
    TS_RESP_CTX_add_md(context.get(), EVP_sha1());
    if (options_.accuracy_s != 0) TS_RESP_CTX_set_accuracy(context.get(), options_.accuracy_s, 0, 0);
    TS_RESP_CTX_set_serial_cb(context.get(), NextSerial, nullptr);
    TS_RESP_CTX_set_time_cb(context.get(), TimeNow, &at);
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
        BIO_new_mem_buf(request_der.data(), static_cast<int>(request_der.size())), BIO_free);
    TS_RESP* response = TS_RESP_create_response(context.get(), bio.get());
    PKCS7* token = response == nullptr ? nullptr : TS_RESP_get_token(response);
    if (token != nullptr && shown_ != nullptr) {
      X509_free(sk_X509_value(token->d.sign->cert, 0));
      X509_up_ref(shown_.get());
      sk_X509_set(token->d.sign->cert, 0, shown_.get());
    }
    return response;
  }

  template <typename T>
  static std::string Der(T* object, int (*write)(const T*, unsigned char**)) {
    unsigned char* bytes = nullptr;
    const int size = write(object, &bytes);
    EXPECT_GT(size, 0);
    std::string der(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
    OPENSSL_free(bytes);
    return der;
  }

  Options options_;
  Key root_key_{nullptr, EVP_PKEY_free}, key_{nullptr, EVP_PKEY_free};
  Certificate root_{nullptr, X509_free}, signer_{nullptr, X509_free};
  Certificate shown_{nullptr, X509_free};  // null: the signer's
};

}  // namespace accord
