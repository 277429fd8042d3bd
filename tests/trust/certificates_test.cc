#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "trust/identity/certificate_authority.h"
#include "trust/identity/key_pair.h"
#include "trust/identity/openssl_handles.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1700000000);
const absl::Duration kYear = absl::Hours(24 * 365);

CertificateAuthority MakeAuthority() { return CertificateAuthority::Create("Test federation", kNow).value(); }
std::string MakeRequest(const KeyPair& key) { return key.MakeRequest("whoever").value(); }

CertificateHandle ParseOne(const std::string& pem) {
  auto chain = ParseCertificates(pem).value();
  X509* certificate = sk_X509_value(chain.get(), 0);
  X509_up_ref(certificate);
  return CertificateHandle(certificate);
}

std::string RequestOf(EVP_PKEY* key) {
  RequestHandle request(X509_REQ_new());
  X509_REQ_set_pubkey(request.get(), key);
  X509_REQ_sign(request.get(), key, EVP_sha256());
  unsigned char* der = nullptr;
  const int size = i2d_X509_REQ(request.get(), &der);
  std::string bytes(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

TEST(CertificateAuthority, IssuesAnIdentityThatItsOwnCertificateVerifies) {
  const CertificateAuthority authority = MakeAuthority();
  const KeyPair key = KeyPair::Generate().value();
  const auto pem = authority.IssueIdentity(MakeRequest(key), "site/basel", kNow, kYear);
  ASSERT_TRUE(pem.ok()) << pem.status();
  const CertificateHandle leaf = ParseOne(*pem);
  const CertificateHandle root = ParseOne(authority.certificate_pem());
  EXPECT_EQ(X509_verify(leaf.get(), X509_get0_pubkey(root.get())), 1);
  EXPECT_EQ(X509_check_private_key(leaf.get(), key.get()), 1);
  EXPECT_EQ(X509_check_purpose(leaf.get(), X509_PURPOSE_SSL_CLIENT, 0), 1);
  EXPECT_EQ(X509_check_purpose(leaf.get(), X509_PURPOSE_SSL_SERVER, 0), 0) << "a site must not pass for a coordinator";
  EXPECT_EQ(X509_check_ca(leaf.get()), 0);
}

TEST(CertificateAuthority, IssuesServersForNamesAndAddressesOnly) {
  const CertificateAuthority authority = MakeAuthority();
  const std::string request = MakeRequest(KeyPair::Generate().value());
  const auto pem = authority.IssueServer(request, {"accord.example.org", "192.0.2.7", "2001:db8::1"}, kNow, kYear);
  ASSERT_TRUE(pem.ok()) << pem.status();
  const CertificateHandle leaf = ParseOne(*pem);
  EXPECT_EQ(X509_check_host(leaf.get(), "accord.example.org", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(leaf.get(), "other.example.org", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(leaf.get(), "192.0.2.7", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(leaf.get(), "2001:db8:0::1", 0), 1);
  EXPECT_EQ(X509_check_purpose(leaf.get(), X509_PURPOSE_SSL_CLIENT, 0), 0) << "a coordinator must not pass for a site";
  for (const char* name : {"", "a b", "*.example.org", "x,DNS:evil", "-x", "ex\nample"}) {
    const auto refused = authority.IssueServer(request, {name}, kNow, kYear);
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument) << name;
  }
  EXPECT_EQ(authority.IssueServer(request, {}, kNow, kYear).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(CertificateAuthority, RefusesARequestWhoseSignatureDoesNotMatch) {
  std::string request = MakeRequest(KeyPair::Generate().value());
  request.back() = static_cast<char>(request.back() ^ 1);
  const auto result = MakeAuthority().IssueIdentity(request, "site/basel", kNow, kYear);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(CertificateAuthority, RefusesARequestMadeForAnotherKey) {
  const KeyPair own = KeyPair::Generate().value();
  const KeyPair foreign = KeyPair::Generate().value();
  RequestHandle request(X509_REQ_new());
  X509_REQ_set_pubkey(request.get(), foreign.get());
  X509_REQ_sign(request.get(), own.get(), EVP_sha256());
  unsigned char* der = nullptr;
  const int size = i2d_X509_REQ(request.get(), &der);
  const auto result = MakeAuthority().IssueIdentity(
      absl::string_view(reinterpret_cast<char*>(der), static_cast<size_t>(size)), "site/basel", kNow, kYear);
  OPENSSL_free(der);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("not signed by its own key"));
}

TEST(CertificateAuthority, RefusesKeysOfOtherKinds) {
  const KeyHandle rsa(EVP_RSA_gen(2048));
  const KeyHandle p384(EVP_EC_gen("P-384"));
  for (EVP_PKEY* key : {rsa.get(), p384.get()}) {
    const auto result = MakeAuthority().IssueIdentity(RequestOf(key), "site/basel", kNow, kYear);
    EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(result.status().message()), HasSubstr("P-256"));
  }
}

TEST(CertificateAuthority, RefusesBytesThatAreNoRequest) {
  const std::string request = MakeRequest(KeyPair::Generate().value());
  for (const std::string& bytes :
       {std::string(), std::string("hello"), request.substr(0, 40), request + "x", std::string(1 << 20, '\x30')}) {
    const auto result = MakeAuthority().IssueIdentity(bytes, "site/basel", kNow, kYear);
    EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument) << bytes.size();
  }
}

TEST(CertificateAuthority, ComesBackFromItsPemTheSame) {
  const CertificateAuthority authority = MakeAuthority();
  const auto again = CertificateAuthority::FromPem(authority.certificate_pem(), authority.KeyPem().value());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->Fingerprint(), authority.Fingerprint());
}

TEST(CertificateAuthority, RefusesAKeyThatIsNotItsOwnAndACertificateThatIsNoAuthority) {
  const CertificateAuthority authority = MakeAuthority();
  const KeyPair key = KeyPair::Generate().value();
  EXPECT_FALSE(CertificateAuthority::FromPem(authority.certificate_pem(), key.ToPem().value()).ok());
  const std::string leaf = authority.IssueIdentity(MakeRequest(key), "site/basel", kNow, kYear).value();
  EXPECT_FALSE(CertificateAuthority::FromPem(leaf, key.ToPem().value()).ok());
}

TEST(CertificateAuthority, GivesEveryCertificateItsOwnLongSerialNumber) {
  const CertificateAuthority authority = MakeAuthority();
  const std::string request = MakeRequest(KeyPair::Generate().value());
  const CertificateHandle a = ParseOne(authority.IssueIdentity(request, "site/a", kNow, kYear).value());
  const CertificateHandle b = ParseOne(authority.IssueIdentity(request, "site/a", kNow, kYear).value());
  EXPECT_NE(ASN1_INTEGER_cmp(X509_get0_serialNumber(a.get()), X509_get0_serialNumber(b.get())), 0);
  EXPECT_EQ(ASN1_STRING_length(X509_get0_serialNumber(a.get())), 16);
}

TEST(KeyPair, ComesBackFromItsPem) {
  const KeyPair key = KeyPair::Generate().value();
  const auto again = KeyPair::FromPem(key.ToPem().value());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(EVP_PKEY_eq(key.get(), again->get()), 1);
}

TEST(KeyPair, RefusesOtherKeysWithoutRepeatingThem) {
  const KeyHandle rsa(EVP_RSA_gen(2048));
  BioHandle bio(BIO_new(BIO_s_mem()));
  ASSERT_EQ(PEM_write_bio_PKCS8PrivateKey(bio.get(), rsa.get(), nullptr, nullptr, 0, nullptr, nullptr), 1);
  char* data = nullptr;
  const auto size = static_cast<size_t>(BIO_get_mem_data(bio.get(), &data));
  const SecretBytes rsa_pem(absl::MakeConstSpan(reinterpret_cast<uint8_t*>(data), size));
  EXPECT_EQ(KeyPair::FromPem(rsa_pem).status().code(), absl::StatusCode::kInvalidArgument);
  const std::string garbage = "-----BEGIN PRIVATE KEY-----\nsecret-words\n-----END PRIVATE KEY-----\n";
  const auto refused = KeyPair::FromPem(
      SecretBytes(absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(garbage.data()), garbage.size())));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.status().message()), ::testing::Not(HasSubstr("secret-words")));
}

TEST(Identity, IsSiteOrPersonWithALowerCaseId) {
  for (const std::string& good :
       {std::string("site/a"), std::string("person/ada-l"), std::string("site/0"), "site/" + std::string(63, 'x')}) {
    EXPECT_TRUE(IsValidIdentity(good)) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("site/"), std::string("site"), std::string("Site/a"), std::string("site/A"),
        std::string("site/-a"), std::string("site/a/b"), std::string("site/a b"), std::string("robot/a"),
        std::string("site/\xc3\xa4"), std::string("site/a\0", 7), std::string("/a"), "site/" + std::string(64, 'x')}) {
    EXPECT_FALSE(IsValidIdentity(bad)) << bad;
    EXPECT_FALSE(MakeAuthority().IssueIdentity(MakeRequest(KeyPair::Generate().value()), bad, kNow, kYear).ok());
  }
}

}  // namespace
}  // namespace accord
