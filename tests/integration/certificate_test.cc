// Certificates of hours over real processes: a site whose certificate ended while it was off comes back by itself, and
// one that was revoked does not.
#include <string>

#include "absl/time/clock.h"
#include "base/file.h"
#include "base/private_file.h"
#include "gmock/gmock.h"
#include "tests/integration/running_federation.h"
#include "trust/identity/certificate_authority.h"
#include "trust/identity/granted_identity.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class CertificatesOfAFederation : public RunningFederation {
 protected:
  std::string CertificateFile(size_t site) { return federation_->SiteTls(site).certificate; }
  absl::Time End(size_t site) { return ReadCertificate(ReadWhole(CertificateFile(site)))->not_after; }
  // As if the site had been off for days: its certificate is the one that it would have then.
  void LetItHaveEnded(size_t site) {
    const std::string state = federation_->folder() + "/coordinator/state/";
    const auto authority_key = ReadPrivateFile(state + "ca.key", 1 << 16);
    const auto authority = CertificateAuthority::FromPem(ReadWhole(state + "ca.pem"), authority_key->content);
    ASSERT_TRUE(authority.ok()) << authority.status();
    const auto key = ReadPrivateFile(federation_->SiteTls(site).key, 1 << 16);
    const auto pair = KeyPair::FromPem(key->content);
    const auto old = authority->IssueIdentity(*pair->MakeRequest("x"), "site/" + federation_->site_name(site),
                                              absl::Now() - absl::Hours(72), absl::Hours(24));
    ASSERT_TRUE(old.ok()) << old.status();
    ASSERT_TRUE(WriteFileAtomically(CertificateFile(site), *old).ok());
  }
};

TEST_F(CertificatesOfAFederation, ASiteThatWasOffForDaysRenewsItsOwnAndTakesPart) {
  Start(bench::TrivialSites(3), 2);
  LetItHaveEnded(2);
  EXPECT_LT(End(2), absl::Now());
  EXPECT_THAT(federation_->Client(2, {"check"}).status().ToString(),
              AllOf(HasSubstr("was not renewed"), HasSubstr("connection: not tried"), Not(HasSubstr("within 15 s"))));
  ASSERT_TRUE(federation_->StartSites().ok());
  EXPECT_GT(End(2), absl::Now());
  bench::TrivialJob job;
  job.min_sites = job.target_sites = 3;
  EXPECT_EQ(Finish(Submit(job.Yaml())).rounds_done(), job.rounds);
}

TEST_F(CertificatesOfAFederation, ARevokedSiteIsShutOutUntilItEnrolsAnew) {
  Start(bench::TrivialSites(3));
  const auto revoked = federation_->Coordinator({"revoke", "site", "site-3", "--reason", "its laptop was stolen"});
  ASSERT_TRUE(revoked.ok()) << revoked.status().message();
  EXPECT_THAT(*revoked, HasSubstr("site/site-3 is shut out"));
  ASSERT_TRUE(federation_->site(2).WaitForOutput("its laptop was stolen", absl::Seconds(60) * kSlowdown).ok());
  // No round of three can be.
  bench::TrivialJob three;
  three.min_sites = three.target_sites = 3;
  const std::string job = Submit(three.Yaml());
  const v1::JobReport waiting = Await(job, [](const v1::JobReport& report) { return !report.waiting_for().empty(); });
  EXPECT_EQ(waiting.rounds_done(), 0u);
  EXPECT_THAT(federation_->Coordinator({"revoke", "site", "nobody", "--reason", "x"}).status().ToString(),
              HasSubstr("not enrolled"));
}

}  // namespace
}  // namespace accord
