#include "coordinator/server/read_certificates.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "trust/identity/certificate_authority.h"
#include "trust/identity/key_pair.h"
#include "trust/identity/signing.h"

namespace accord {
namespace {

TEST(ReadCertificatesTest, SayWhatEachOneSaysTheFirstTimeAndTheNext) {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  const CertificateAuthority authority = CertificateAuthority::Create("hearts", now).value();
  const KeyPair one = KeyPair::Generate().value(), other = KeyPair::Generate().value();
  const std::string first = authority.IssueIdentity(*one.MakeRequest("x"), "site/va", now, absl::Hours(1)).value();
  const std::string second = authority.IssueIdentity(*other.MakeRequest("x"), "site/va", now, absl::Hours(2)).value();
  ReadCertificates certificates;
  for (int i = 0; i < 3; ++i) {
    const auto of_first = certificates.Read(first), of_second = certificates.Read(second);
    ASSERT_TRUE(of_first.ok() && of_second.ok());
    EXPECT_EQ(of_first->good_until, now + absl::Hours(1));
    EXPECT_EQ(of_second->good_until, now + absl::Hours(2));
    EXPECT_EQ(of_first->public_key_der, *CertificatePublicKeyDer(first));
    EXPECT_EQ(of_second->public_key_der, *CertificatePublicKeyDer(second));
    EXPECT_NE(of_first->public_key_der, of_second->public_key_der);
  }
  EXPECT_EQ(certificates.size(), 2u);
}

TEST(ReadCertificatesTest, RememberNothingOfWhatIsNone) {
  ReadCertificates certificates;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(certificates.Read(absl::StrCat("-----BEGIN CERTIFICATE-----\n", i)).ok());
  EXPECT_EQ(certificates.size(), 0u);
}

}  // namespace
}  // namespace accord
