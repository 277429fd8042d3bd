#include "trust/identity/signing.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "base/hex.h"
#include "gtest/gtest.h"
#include "trust/identity/certificate_authority.h"
#include "trust/identity/openssl_handles.h"
#include "trust/identity/statement_parts.h"

namespace accord {
namespace {

using absl::StatusCode;

constexpr char kDomain[] = "accord/v1/test";

std::string DerOf(const EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  std::string bytes(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

// SubjectPublicKeyInfo of the uncompressed point (x, y) of P-256, both in hexadecimal.
std::string PublicKeyOf(absl::string_view x, absl::string_view y) {
  return ParseHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004").value() + ParseHex(x).value() +
         ParseHex(y).value();
}

class Signing : public ::testing::Test {
 protected:
  const KeyPair key_ = KeyPair::Generate().value();
  const KeyPairSigner signer_ = KeyPairSigner::Create(key_).value();
  const VerifyingKey verifying_key_ = VerifyingKey::FromDer(signer_.public_key_der()).value();
};

TEST_F(Signing, ASignatureIsSixtyFourBytesAndVerifies) {
  for (int i = 0; i < 300; ++i) {  // one in 128 has a number with a leading zero byte, which DER would leave out
    const std::string message(static_cast<size_t>(i), 'm');
    const auto signature = signer_.Sign(kDomain, message);
    ASSERT_TRUE(signature.ok()) << signature.status();
    ASSERT_EQ(signature->size(), kSignatureSize);
    ASSERT_TRUE(verifying_key_.Verify(kDomain, message, *signature).ok()) << i;
    ASSERT_TRUE(VerifySignature(signer_.public_key_der(), kDomain, message, *signature).ok()) << i;
  }
}

TEST_F(Signing, ASignatureUnderOneDomainDoesNotCountUnderAnother) {
  const std::string signature = signer_.Sign("accord/v1/a", "bc").value();
  EXPECT_TRUE(verifying_key_.Verify("accord/v1/a", "bc", signature).ok());
  EXPECT_EQ(verifying_key_.Verify("accord/v1/b", "bc", signature).code(), StatusCode::kUnauthenticated);
  EXPECT_EQ(verifying_key_.Verify("accord/v1/ab", "c", signature).code(), StatusCode::kUnauthenticated);
  EXPECT_EQ(verifying_key_.Verify("accord/v1/", "abc", signature).code(), StatusCode::kUnauthenticated);
}

TEST_F(Signing, ADomainIsNeverEmptyAndHoldsNoNul) {
  const std::string signature = signer_.Sign("d", std::string("e\0m", 3)).value();
  for (const std::string& domain : {std::string(), std::string("d\0e", 3), std::string("\0", 1)}) {
    EXPECT_EQ(signer_.Sign(domain, "m").status().code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(verifying_key_.Verify(domain, "m", signature).code(), StatusCode::kInvalidArgument);
  }
}

TEST_F(Signing, EveryFlippedBitOfSignatureOrMessageIsFound) {
  const std::string message = "eleven rows";
  const std::string signature = signer_.Sign(kDomain, message).value();
  for (size_t bit = 0; bit < 8 * signature.size(); ++bit) {
    std::string flipped = signature;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(verifying_key_.Verify(kDomain, message, flipped).code(), StatusCode::kUnauthenticated) << bit;
  }
  for (size_t bit = 0; bit < 8 * message.size(); ++bit) {
    std::string flipped = message;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(verifying_key_.Verify(kDomain, flipped, signature).code(), StatusCode::kUnauthenticated) << bit;
  }
}

TEST_F(Signing, ASignatureOfAnotherLengthIsMalformed) {
  const std::string signature = signer_.Sign(kDomain, "m").value();
  for (const std::string& wrong :
       {std::string(), signature.substr(0, 63), signature + '\0', '\0' + signature, std::string(1 << 20, 's')}) {
    EXPECT_EQ(verifying_key_.Verify(kDomain, "m", wrong).code(), StatusCode::kInvalidArgument) << wrong.size();
  }
}

TEST_F(Signing, NumbersOutsideTheGroupOrderAreRefused) {
  const std::string zero(32, '\0');
  const std::string order = ParseHex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").value();
  const std::string good = signer_.Sign(kDomain, "m").value();
  for (const std::string& bad : {zero, order, std::string(32, '\xff')}) {
    for (const std::string& signature : {bad + good.substr(32), good.substr(0, 32) + bad, bad + bad}) {
      EXPECT_EQ(verifying_key_.Verify(kDomain, "m", signature).code(), StatusCode::kUnauthenticated);
    }
  }
}

TEST_F(Signing, AnotherKeysSignatureIsRefused) {
  const KeyPairSigner other = KeyPairSigner::Create(KeyPair::Generate().value()).value();
  const std::string signature = other.Sign(kDomain, "m").value();
  EXPECT_TRUE(VerifySignature(other.public_key_der(), kDomain, "m", signature).ok())
      << "the signer outlives its key pair";
  EXPECT_EQ(verifying_key_.Verify(kDomain, "m", signature).code(), StatusCode::kUnauthenticated);
}

TEST_F(Signing, ManyThreadsMayUseOneSignerAndOneKey) {
  std::vector<std::thread> threads;
  std::vector<int> good(4);
  for (size_t t = 0; t < good.size(); ++t) {
    threads.emplace_back([this, &count = good[t], t] {
      const std::string message(t, 'm');
      for (int i = 0; i < 50; ++i) {
        count += verifying_key_.Verify(kDomain, message, signer_.Sign(kDomain, message).value()).ok();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, std::vector<int>(4, 50));
}

TEST_F(Signing, ACertificateAndItsKeyPairGiveTheSamePublicKey) {
  const absl::Time now = absl::FromUnixSeconds(1700000000);
  const CertificateAuthority authority = CertificateAuthority::Create("Test federation", now).value();
  const std::string pem =
      authority.IssueIdentity(key_.MakeRequest("x").value(), "site/basel", now, absl::Hours(24)).value();
  EXPECT_EQ(CertificatePublicKeyDer(pem).value(), signer_.public_key_der());
  EXPECT_EQ(CertificatePublicKeyDer(pem + authority.certificate_pem()).value(), signer_.public_key_der());
  EXPECT_EQ(CertificatePublicKeyDer("hello").status().code(), StatusCode::kInvalidArgument);
}

// Bytes of a key are compared with those of a roster: a key that came compressed must not look like another one.
TEST(CertificatePublicKeyDer, OfACompressedKeyIsItsOneForm) {
  const KeyPair key = KeyPair::Generate().value();
  const std::string der = PublicKeyDer(key).value();
  ASSERT_EQ(EVP_PKEY_set_utf8_string_param(key.get(), OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed"), 1);
  ASSERT_EQ(DerOf(key.get()).size(), 59u);
  EXPECT_EQ(PublicKeyDer(key).value(), der);
  const absl::Time now = absl::FromUnixSeconds(1700000000);
  const CertificateAuthority authority = CertificateAuthority::Create("Test federation", now).value();
  const std::string pem =
      authority.IssueIdentity(key.MakeRequest("x").value(), "site/basel", now, absl::Hours(24)).value();
  EXPECT_EQ(CertificatePublicKeyDer(pem).value(), der);
}

TEST(CertificatePublicKeyDer, RefusesCertificatesOverOtherKeys) {
  const KeyHandle p384(EVP_EC_gen("P-384"));
  const CertificateHandle certificate(X509_new());
  X509_set_pubkey(certificate.get(), p384.get());
  X509_sign(certificate.get(), p384.get(), EVP_sha256());
  BioHandle bio(BIO_new(BIO_s_mem()));
  ASSERT_EQ(PEM_write_bio_X509(bio.get(), certificate.get()), 1);
  char* data = nullptr;
  const auto size = static_cast<size_t>(BIO_get_mem_data(bio.get(), &data));
  EXPECT_EQ(CertificatePublicKeyDer(absl::string_view(data, size)).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(Signing, AKeyIsP256InItsOneDerFormAndNothingElse) {
  const KeyHandle p384(EVP_EC_gen("P-384")), rsa(EVP_RSA_gen(2048)),
      ed25519(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  const std::string good = signer_.public_key_der();
  ASSERT_EQ(good.size(), 91u);
  std::string long_length = good;  // 0x30 0x59 written as 0x30 0x81 0x59: the same key in BER
  long_length.insert(1, "\x81");
  std::string off_curve = good, compressed = good.substr(0, 59), named_otherwise = good;
  off_curve.back() = static_cast<char>(off_curve.back() ^ 1);
  compressed.replace(0, 27,
                     ParseHex("3039301306072a8648ce3d020106082a8648ce3d030107032200").value() +
                         static_cast<char>(2 + (good.back() & 1)));
  const unsigned char* bytes = reinterpret_cast<const unsigned char*>(compressed.data());
  ASSERT_NE(KeyHandle(d2i_PUBKEY(nullptr, &bytes, static_cast<long>(compressed.size()))), nullptr)  // NOLINT
      << "the same key, as OpenSSL sees it";
  named_otherwise[22] = 0x06;  // another curve's name
  const std::string too_large = good.substr(0, 27) + std::string(64, '\xff');
  const std::string infinity = ParseHex("3019301306072a8648ce3d020106082a8648ce3d03010703020000").value();
  for (const std::string& bad : {DerOf(p384.get()), DerOf(rsa.get()), DerOf(ed25519.get()), good + 'x', good.substr(1),
                                 good.substr(0, 90), long_length, off_curve, compressed, named_otherwise, too_large,
                                 infinity, std::string(), std::string(1 << 20, '\x30')}) {
    EXPECT_EQ(VerifyingKey::FromDer(bad).status().code(), StatusCode::kInvalidArgument)
        << absl::BytesToHexString(bad.substr(0, 100));
    EXPECT_EQ(VerifySignature(bad, kDomain, "m", std::string(64, 's')).code(), StatusCode::kInvalidArgument);
  }
}
// Two messages of NIST's set happen to hold a NUL: what stands before it is a domain, what stands behind it a message.
TEST(VerifyingKey, VerifiesTheNistVectorsOfP256WithSha256) {
  struct Vector {
    absl::string_view x, y, domain, message, r, s;
  };
  // CAVP 186-4 SigGen, [P-256,SHA-256], the 10th and the 12th.
  const Vector vectors[] = {
      {"b8188bd68701fc396dab53125d4d28ea33a91daf6d21485f4770f6ea8c565dde",
       "423f058810f277f8fe076f6db56e9285a1bf2c2a1dae145095edd9c04970bc4a",
       "4d55c99ef6bd54621662c3d110c3cb627c03d6311393b264ab97b90a4b15214a5593ba2510a53d63fb34be251facb697c973e11b665cb79"
       "2"
       "0f1684b0031b4dd370cb927ca7168b0bf8ad285e05e9e31e34bc24024739fdc10b78586f29eff94412034e3b606ed850ec2c19",
       "e8e68151fc4aee5adebb066eb6da4eaa5681378e", "1cc628533d0004b2b20e7f4baad0b8bb5e0673db159bbccf92491aef61fc9620",
       "880e0bbf82a8cf818ed46ba03cf0fc6c898e36fca36cc7fdb1d2db7503634430"},
      {"8fb287f0202ad57ae841aea35f29b2e1d53e196d0ddd9aec24813d64c0922fb7",
       "1f6daff1aa2dd2d6d3741623eecb5e7b612997a1039aab2e5cf2de969cfea573",
       "3b6ee2425940b3d240d35b97b6dcd61ed3423d8e71a0ada35d47b322d17b35ea0472f35edd1d252f87b8b65ef4b716669fc9ac28b00d34a"
       "9"
       "d66ad118c9d94e7f46d0b4f6c2b2d339fd6bcd351241a387cc82609057048c12c4ec3d85c661975c45b3",
       "cb96930d89370a327c98b67defaa89497aa8ef994c77f1130f752f94a4",
       "490efd106be11fc365c7467eb89b8d39e15d65175356775deab211163c2504cb",
       "644300fc0da4d40fb8c6ead510d14f0bd4e1321a469e9c0a581464c7186b7aa7"},
  };
  for (const Vector& vector : vectors) {
    const std::string domain = ParseHex(vector.domain).value(), message = ParseHex(vector.message).value();
    const std::string signature = ParseHex(vector.r).value() + ParseHex(vector.s).value();
    const auto key = VerifyingKey::FromDer(PublicKeyOf(vector.x, vector.y));
    ASSERT_TRUE(key.ok()) << key.status();
    EXPECT_TRUE(key->Verify(domain, message, signature).ok());
    EXPECT_EQ(key->Verify(domain, message + "x", signature).code(), StatusCode::kUnauthenticated);
  }
}

TEST_F(Signing, ADigestThatIsSignedElsewhereMakesTheSameKindOfSignature) {
  const Sha256Digest digest = StatementDigest(kDomain, "message").value();
  const KeyContextHandle context(EVP_PKEY_CTX_new(key_.get(), nullptr));
  unsigned char der[128];
  size_t size = sizeof(der);
  ASSERT_EQ(EVP_PKEY_sign_init(context.get()), 1);
  ASSERT_EQ(EVP_PKEY_sign(context.get(), der, &size, digest.data(), digest.size()), 1);
  const unsigned char* end = der;
  const SignatureHandle parts(d2i_ECDSA_SIG(nullptr, &end, static_cast<long>(size)));  // NOLINT(runtime/int)
  std::string fixed(kSignatureSize, '\0');
  auto* out = reinterpret_cast<unsigned char*>(fixed.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(parts.get()), out, 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(parts.get()), out + 32, 32);
  EXPECT_TRUE(verifying_key_.Verify(kDomain, "message", fixed).ok());
  EXPECT_EQ(StatementDigest("", "message").status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(StatementDigest(std::string("a\0b", 3), "message").status().code(), StatusCode::kInvalidArgument);
}

TEST_F(Signing, APointGivesThePublicKeyUnlessItIsNone) {
  const std::string point = signer_.public_key_der().substr(signer_.public_key_der().size() - 65);
  const auto der = PublicKeyDerOfPoint(point);
  ASSERT_TRUE(der.ok()) << der.status();
  EXPECT_EQ(*der, signer_.public_key_der());
  std::string off_the_curve = point;
  off_the_curve.back() = static_cast<char>(off_the_curve.back() ^ 1);
  const std::string compressed = "\x02" + point.substr(1, 32);
  for (const std::string& bad : {std::string(), point.substr(1), point + "x", off_the_curve, compressed,
                                 std::string(65, '\4'), std::string(1, '\0')}) {
    EXPECT_EQ(PublicKeyDerOfPoint(bad).status().code(), StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace accord
