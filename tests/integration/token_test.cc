// A site whose signing key lies in a token takes part in secure sums beside sites with key files.
#include <signal.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "tests/client/signer/soft_token.h"
#include "tests/integration/running_federation.h"
#include "trust/identity/signing.h"
#include "trust/roster/signed_roster.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class ASiteWithAToken : public RunningFederation {
 protected:
  void SetUp() override {
    token_.MakeToken();
    token_.MakeKey();
    std::vector<bench::SiteSetup> sites = bench::TrivialSites(3);
    const v1::SigningToken token = token_.Config();
    sites[1].config =
        absl::StrCat("signing_token:\n  module: ", token.module(), "\n  token_label: ", token.token_label(),
                     "\n  key_label: ", token.key_label(), "\n  pin_file: ", token.pin_file(), "\n");
    Start(std::move(sites));
  }
  std::string Client(size_t site, const std::vector<std::string>& arguments) {
    const auto output = federation_->Client(site, arguments);
    EXPECT_TRUE(output.ok()) << output.status().message();
    return output.value_or("");
  }
  std::string State(const std::string& file) {
    return ReadWhole(absl::StrCat(federation_->folder(), "/sites/site-2/state/", file));
  }

  SoftToken token_;
};

TEST_F(ASiteWithAToken, TakesPartInSecureSumsAndOutlivesItsSigner) {
  const std::string key = State("signing-key.der");
  EXPECT_NE(key, CertificatePublicKeyDer(State("certificate.pem")).value());
  const auto roster = SignedRoster::Parse(ReadWhole(federation_->folder() + "/roster"));
  ASSERT_TRUE(roster.ok()) << roster.status();
  EXPECT_EQ(roster->roster()->Find("site-2")->public_key_der, key);
  EXPECT_TRUE(roster->Verify().ok());

  bench::TrivialJob job;
  job.min_sites = job.target_sites = 3;
  const v1::JobReport report = Finish(Submit(job.Yaml()));
  EXPECT_THAT(report.notes(0), HasSubstr("Sums are secure"));
  EXPECT_EQ(report.rounds_done(), job.rounds);

  const std::vector<pid_t> signers = bench::Descendants(federation_->site(1).pid(), "accord-signer");
  ASSERT_EQ(signers.size(), 1u);
  ASSERT_EQ(kill(signers[0], SIGKILL), 0);
  Finish(Submit(job.Yaml()));
  EXPECT_THAT(Client(1, {"check"}), HasSubstr("ok       token: "));
}

TEST_F(ASiteWithAToken, ThatEnrolsAnewKeepsItsPlaceInTheRoster) {
  federation_->site(1).Stop();
  const std::string certificate = State("certificate.pem");
  const auto token = federation_->Coordinator({"token", "site", "site-2", "--organisation", "Organisation of site-2"});
  ASSERT_TRUE(token.ok()) << token.status().message();
  token_.Write("enrolment", *token);
  Client(1, {"enroll", "--force", "--token-file", token_.Path("enrolment")});
  EXPECT_NE(State("certificate.pem"), certificate);
  ASSERT_TRUE(federation_->StartSites().ok());
  bench::TrivialJob job;
  job.min_sites = job.target_sites = 3;
  Finish(Submit(job.Yaml()));
}

}  // namespace
}  // namespace accord
