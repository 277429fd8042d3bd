// Certificates of hours over real processes: a site whose certificate ended while it was off comes back by itself, one
// whose certificate ends in the middle of a job resumes under the next, and one that was revoked is out until it enrols
// anew.
#include <signal.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/private_file.h"
#include "gmock/gmock.h"
#include "tests/integration/running_federation.h"
#include "trust/identity/certificate_authority.h"
#include "trust/identity/granted_identity.h"
#include "trust/identity/key_pair.h"
#include "trust/identity/signing.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Long enough for a daemon to start and a job to be in its second round, and no longer: a test waits for its end.
const absl::Duration kShortLife = absl::Seconds(15) * kSlowdown;

class CertificatesOfAFederation : public RunningFederation {
 protected:
  std::string CertificateFile(size_t site) { return federation_->SiteTls(site).certificate; }
  absl::Time End(size_t site) { return ReadCertificate(ReadWhole(CertificateFile(site)))->not_after; }
  // The site's certificate is one over its own key that the coordinator gave it then, for so long.
  void GiveCertificate(size_t site, absl::Time given, absl::Duration validity) {
    const std::string state = federation_->folder() + "/coordinator/state/";
    const auto authority_key = ReadPrivateFile(state + "ca.key", 1 << 16);
    ASSERT_TRUE(authority_key.ok()) << authority_key.status();
    const auto authority = CertificateAuthority::FromPem(ReadWhole(state + "ca.pem"), authority_key->content);
    ASSERT_TRUE(authority.ok()) << authority.status();
    const auto key = ReadPrivateFile(federation_->SiteTls(site).key, 1 << 16);
    ASSERT_TRUE(key.ok()) << key.status();
    const auto pair = KeyPair::FromPem(key->content);
    const auto certificate =
        authority->IssueIdentity(*pair->MakeRequest("x"), "site/" + federation_->site_name(site), given, validity);
    ASSERT_TRUE(certificate.ok()) << certificate.status();
    ASSERT_TRUE(WriteFileAtomically(CertificateFile(site), *certificate).ok());
  }
  // As if the site had been off for days.
  void LetItHaveEnded(size_t site) { GiveCertificate(site, absl::Now() - absl::Hours(72), absl::Hours(24)); }

  // Another authority stands before the coordinator's among those that the site trusts. A connection finds its own
  // among them; a renewal goes by the first alone, and fails. The file as it was.
  std::string PutAnotherAuthorityFirst(size_t site) {
    const std::string file = federation_->SiteTls(site).ca, own = ReadWhole(file);
    const auto other = CertificateAuthority::Create("another federation", absl::Now());
    EXPECT_TRUE(other.ok()) << other.status();
    if (!other.ok()) return own;
    EXPECT_TRUE(WriteFileAtomically(file, absl::StrCat(other->certificate_pem(), own)).ok());
    return own;
  }
  void SignalTrainers(size_t site, int signal) {
    const std::vector<pid_t> trainers = bench::Descendants(federation_->site(site).pid(), "accord-trainer");
    EXPECT_FALSE(trainers.empty());
    for (const pid_t trainer : trainers) kill(trainer, signal);
  }
  size_t ConnectionsOf(size_t site) {
    size_t count = 0;
    const std::string output = federation_->site(site).Output(), words = "connected to " + federation_->address();
    for (size_t at = output.find(words); at != std::string::npos; at = output.find(words, at + 1)) ++count;
    return count;
  }
  void AwaitConnections(size_t site, size_t count) {
    const absl::Time deadline = absl::Now() + absl::Seconds(60) * kSlowdown;
    while (ConnectionsOf(site) < count && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(20));
    EXPECT_GE(ConnectionsOf(site), count) << federation_->site(site).OutputTail();
  }
  void AwaitLine(bench::Process& process, const std::string& words) {
    const absl::Status said = process.WaitForOutput(words, absl::Seconds(60) * kSlowdown);
    ASSERT_TRUE(said.ok()) << said.message();
  }
  std::string Coordinator(const std::vector<std::string>& arguments) {
    const auto output = federation_->Coordinator(arguments);
    EXPECT_TRUE(output.ok()) << output.status().message();
    return output.value_or("");
  }
  // With a token that the coordinator's operator gives out now, in place of the identity that the site has.
  void EnrolAnew(size_t site) {
    const std::string& name = federation_->site_name(site);
    const auto enrolled =
        bench::RunProgram({federation_->Binary("accord-client"), "enroll", "--force", "--token", "-", "--config",
                           federation_->SiteConfigPath(site)},
                          absl::Seconds(60) * kSlowdown,
                          Coordinator({"token", "site", name, "--organisation", "Organisation of " + name}));
    ASSERT_TRUE(enrolled.ok()) << enrolled.status().message();
  }
  // The version that follows, of the sites as they are enrolled now, signed by all.
  void PublishTheNextRoster() {
    const std::string file = federation_->folder() + "/roster-2";
    Coordinator({"roster", "draft", "--out", file});
    for (size_t site = 0; site < federation_->num_sites(); ++site) {
      const auto signed_by = federation_->Client(site, {"roster", "sign", file});
      EXPECT_TRUE(signed_by.ok()) << signed_by.status().message();
    }
    Coordinator({"roster", "publish", file});
  }
};

// Under secure sums, over all three sites.
std::string JobOfThree(uint32_t local_epochs = 1) {
  bench::TrivialJob job;
  job.rounds = 4;
  job.min_sites = job.target_sites = 3;
  job.local_epochs = local_epochs;
  job.silence_s = 100 * kSlowdown;  // a trainer that stands still is no reason to leave its site out
  return job.Yaml();
}

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

// The connection is of before the renewal and keeps the identity that it began with. What it is closed in the middle of
// goes on in the next one, and nothing of the round is lost.
TEST_F(CertificatesOfAFederation, ASiteWhoseCertificateEndsDuringARoundResumesUnderTheNextAndTheModelIsTheSame) {
  constexpr size_t kSite = 2;
  const std::string yaml = JobOfThree(/*local_epochs=*/500);
  Start(bench::TrivialSites(3));
  if (HasFatalFailure()) return;
  const v1::JobReport undisturbed = Finish(Submit(yaml));
  ASSERT_NE(undisturbed.model_digest(), "");
  federation_->site(kSite).Stop();
  GiveCertificate(kSite, absl::Now(), kShortLife);
  const absl::Time end = End(kSite);
  const std::string authority = PutAnotherAuthorityFirst(kSite);
  ASSERT_TRUE(federation_->StartSites().ok());
  bench::Process& site = federation_->site(kSite);
  AwaitLine(site, "the certificate is not renewed");
  ASSERT_TRUE(WriteFileAtomically(federation_->SiteTls(kSite).ca, authority).ok());
  EXPECT_EQ(End(kSite), end) << "the session is under the one that ends";

  const std::string job = Submit(yaml);
  AwaitRounds(job, 1);
  SignalTrainers(kSite, SIGSTOP);  // the round that comes next is under way until the site has resumed
  const std::string has_ended = "the certificate that this stream was opened under has ended";
  AwaitLine(federation_->coordinator(), absl::StrCat("site ", federation_->site_name(kSite), " is gone: ", has_ended));
  EXPECT_GE(absl::Now(), end);
  AwaitLine(site, has_ended);
  AwaitLine(site, "the certificate was renewed");
  EXPECT_GT(End(kSite), end + absl::Hours(1));
  AwaitConnections(kSite, 2);
  const v1::JobReport under_way = Await(job, [](const v1::JobReport&) { return true; });
  EXPECT_LT(under_way.rounds_done(), 4u) << "the round ended before the certificate did";
  EXPECT_FALSE(bench::IsFinal(under_way));
  SignalTrainers(kSite, SIGCONT);
  const v1::JobReport report = Finish(job);
  EXPECT_EQ(report.model_digest(), undisturbed.model_digest());
  EXPECT_EQ(report.rounds_size(), undisturbed.rounds_size()) << "a try was lost";
  EXPECT_TRUE(site.running()) << "nobody started it again";
}

TEST_F(CertificatesOfAFederation, ARevokedSiteIsShutOutUntilItEnrolsAnew) {
  constexpr size_t kSite = 2;
  Start(bench::TrivialSites(3));
  if (HasFatalFailure()) return;
  const std::string key = ReadWhole(federation_->SiteTls(kSite).certificate);
  EXPECT_THAT(Coordinator({"revoke", "site", "site-3", "--reason", "its laptop was stolen"}),
              HasSubstr("site/site-3 is shut out"));
  AwaitLine(federation_->site(kSite), "its laptop was stolen");
  // No round of three can be.
  const std::string job = Submit(JobOfThree());
  const v1::JobReport waiting = Await(job, [](const v1::JobReport& report) { return !report.waiting_for().empty(); });
  EXPECT_EQ(waiting.rounds_done(), 0u);
  EXPECT_THAT(federation_->Coordinator({"revoke", "site", "nobody", "--reason", "x"}).status().ToString(),
              HasSubstr("not enrolled"));
  // Neither is there one of it that the next roster could list.
  EXPECT_THAT(
      std::string(
          federation_->Coordinator({"roster", "draft", "--site", "site-3", "--out", "/dev/null"}).status().message()),
      HasSubstr("shut out (accord-coordinator revoke): site-3"));

  // With a new key, which the sites agree to, it is in again, and the job that waited for it goes on.
  federation_->site(kSite).Stop();
  EnrolAnew(kSite);
  PublishTheNextRoster();
  ASSERT_FALSE(HasFailure());
  EXPECT_NE(*CertificatePublicKeyDer(ReadWhole(federation_->SiteTls(kSite).certificate)),
            *CertificatePublicKeyDer(key));
  ASSERT_TRUE(federation_->StartSites().ok());
  const v1::JobReport report = Finish(job);
  EXPECT_EQ(report.rounds_done(), 4u);
  for (const auto& round : report.rounds()) EXPECT_EQ(round.sites_size(), 3);
}

}  // namespace
}  // namespace accord
