#include "tests/integration/lied_to_federation.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/secret.h"
#include "gmock/gmock.h"
#include "trust/charter/signed_statement.h"
#include "trust/identity/key_pair.h"
#include "trust/identity/signing.h"

namespace accord {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

void LiedToFederation::PutTheLiarBetween() {
  auto liar = LyingCoordinator::Start(*federation_);
  ASSERT_TRUE(liar.ok()) << liar.status().message();
  liar_ = *std::move(liar);
  for (size_t site = 0; site < federation_->num_sites(); ++site) {
    ChangeConfig(site, federation_->address(), liar_->address());
  }
}

void LiedToFederation::ChangeConfig(size_t site, const std::string& from, const std::string& to) {
  const std::string file = Path("sites/" + federation_->site_name(site) + "/client.yaml");
  const std::string text = ReadWhole(file);
  ASSERT_THAT(text, HasSubstr(from));
  ASSERT_TRUE(WriteFileAtomically(file, absl::StrReplaceAll(text, {{from, to}})).ok());
}

void LiedToFederation::StartBehindTheLiar(const Changes& changes_of_charter, const std::string& site_config) {
  SetUpPeople({}, site_config);
  if (HasFatalFailure()) return;
  charter_ = SignedCharterWith(changes_of_charter);
  PinAtSites(charter_);
  if (HasFatalFailure()) return;
  StartSitesBehindTheLiar();
}

void LiedToFederation::StartSitesBehindTheLiar() {
  PutTheLiarBetween();
  if (HasFatalFailure()) return;
  const absl::Status started = federation_->StartSites();
  ASSERT_TRUE(started.ok()) << started.message();
  const absl::Status published = governance_->Publish(charter_);
  ASSERT_TRUE(published.ok()) << published.message();
}

void LiedToFederation::EndSessions() {
  for (size_t site = 0; site < federation_->num_sites(); ++site) liar_->EndSession(federation_->site_name(site));
}

std::string LiedToFederation::JobYaml(uint32_t rounds, const std::string& name) {
  bench::TrivialJob job;
  job.name = name;
  job.rounds = rounds;
  job.plain_sum = false;
  job.min_sites = job.target_sites = kSites;
  return job.Yaml();
}

void LiedToFederation::Lie(std::function<void(v1::CoordinatorMessage&)> change) {
  liar_->Tell([change = std::move(change)](const std::string& /*site*/, v1::CoordinatorMessage& message) {
    change(message);
    return !message.has_plan_end();
  });
}

void LiedToFederation::AwaitTakesPlans(size_t site) {
  const std::string& name = federation_->site_name(site);
  const absl::Time deadline = absl::Now() + absl::Seconds(60) * kSlowdown;
  std::string waiting_for = "its coordinator";
  while (absl::Now() < deadline) {
    for (const v1::SiteMessage& message : liar_->SaidBy(name)) {
      if (message.has_hello()) waiting_for = message.hello().readiness().waiting_for();
      if (message.has_readiness()) waiting_for = message.readiness().waiting_for();
    }
    if (waiting_for.empty()) return;
    absl::SleepFor(absl::Milliseconds(50));
  }
  ADD_FAILURE() << name << " takes no plans: it waits for " << waiting_for;
}

size_t LiedToFederation::RefusalsOf(size_t site, const std::string& words, const std::string& job_id) const {
  const std::vector<v1::SiteMessage> said = liar_->SaidBy(federation_->site_name(site));
  return static_cast<size_t>(std::count_if(said.begin(), said.end(), [&](const v1::SiteMessage& message) {
    return message.has_refusal() && absl::StrContains(message.refusal().reason(), words) &&
           (job_id.empty() || message.refusal().plan().job_id() == job_id);
  }));
}

void LiedToFederation::AwaitRefusals(size_t site, size_t count, const std::string& words, const std::string& job_id) {
  const absl::Time deadline = absl::Now() + absl::Seconds(60) * kSlowdown;
  while (RefusalsOf(site, words, job_id) < count && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(20));
  EXPECT_GE(RefusalsOf(site, words, job_id), count) << words;
}

std::string LiedToFederation::SignedBy(const std::string& person, const std::string& bytes, const std::string& domain) {
  const std::string pem = ReadWhole(Path(person + "/key.pem"));
  const auto key = KeyPair::FromPem(SecretBytes({reinterpret_cast<const uint8_t*>(pem.data()), pem.size()}));
  EXPECT_TRUE(key.ok()) << key.status().message();
  if (!key.ok()) return "";
  const auto signer = KeyPairSigner::Create(*key);
  EXPECT_TRUE(signer.ok()) << signer.status().message();
  if (!signer.ok()) return "";
  const auto statement = SignedStatement::Sign(bytes, domain, *signer);
  EXPECT_TRUE(statement.ok()) << statement.status().message();
  return statement.ok() ? statement->Text() : "";
}

void LiedToFederation::OrderAnew(v1::JobPapers& papers, const std::function<void(JobOrder&)>& change,
                                 const std::string& engineer) {
  const auto file = SignedStatement::Parse(papers.order());
  ASSERT_TRUE(file.ok()) << file.status().message();
  auto order = ParseJobOrder(file->bytes);
  ASSERT_TRUE(order.ok()) << order.status().message();
  change(*order);
  const auto bytes = WriteJobOrder(*order);
  ASSERT_TRUE(bytes.ok()) << bytes.status().message();
  papers.set_order(SignedBy(engineer, *bytes, kJobOrderDomain));
  for (std::string& approval : *papers.mutable_approvals()) {
    ApproveAnew(approval, [&](Approval& said) {
      said.order = JobOrderHash(*bytes);
      said.charter = order->charter;
    });
  }
}

void LiedToFederation::ApproveAnew(std::string& file, const std::function<void(Approval&)>& change,
                                   const std::string& signer) {
  const auto statement = SignedStatement::Parse(file);
  ASSERT_TRUE(statement.ok()) << statement.status().message();
  auto approval = ParseApproval(statement->bytes);
  ASSERT_TRUE(approval.ok()) << approval.status().message();
  change(*approval);
  const auto bytes = WriteApproval(*approval);
  ASSERT_TRUE(bytes.ok()) << bytes.status().message();
  file = SignedBy(signer.empty() ? std::string(absl::StripPrefix(approval->by, "person/")) : signer, *bytes,
                  kApprovalDomain);
}

void LiedToFederation::ExpectNothingLeft(size_t site, const std::string& job_id) {
  const std::string& name = federation_->site_name(site);
  const auto is_meant = [&](const v1::PlanId& plan) { return job_id.empty() || plan.job_id() == job_id; };
  if (job_id.empty()) {
    EXPECT_EQ(liar_->UploadsOf(name), 0u) << name;
    EXPECT_EQ(liar_->UploadedBytesOf(name), 0u) << name;
  }
  for (const v1::UploadOpen& open : liar_->OpenedBy(name)) EXPECT_FALSE(is_meant(open.plan())) << name;
  std::vector<std::string> egress = {"egress", "--format", "csv"};
  if (!job_id.empty()) egress.insert(egress.end(), {"--job", job_id});
  EXPECT_THAT(AtSite(site, egress), Not(HasSubstr("vector of"))) << name;
  for (const v1::SiteMessage& message : liar_->SaidBy(name)) {
    const bool computes = message.has_progress() && message.progress().phase() == v1::Progress::COMPUTING;
    EXPECT_FALSE(computes && is_meant(message.progress().plan())) << name;
  }
}

v1::JobReport LiedToFederation::Ended(const std::string& job_id) {
  governance_->As("engineer", {"job", "cancel", job_id}).status().IgnoreError();
  return Await(job_id, bench::IsFinal);
}

std::string LiedToFederation::ExpectRefused(size_t site, const std::string& words, const std::string& job_id) {
  const std::string read = CheckedOffline(AwaitRefusalFile(site, words, job_id));
  EXPECT_THAT(read, HasSubstr("Site " + federation_->site_name(site) + " signed"));
  return read;
}

void LiedToFederation::ExpectRefusedByAll(const std::string& job_id, const std::string& words) {
  ASSERT_FALSE(job_id.empty());
  for (size_t site = 0; site < kSites; ++site) {
    EXPECT_THAT(ExpectRefused(site, words, job_id), AllOf(HasSubstr(words), HasSubstr(job_id)));
    ExpectNothingLeft(site, job_id);
  }
  // Where refusals for good have ended it, there is nothing to cancel any more.
  governance_->As("engineer", {"job", "cancel", job_id}).IgnoreError();
  EXPECT_EQ(Await(job_id, bench::IsFinal).rounds_done(), 0u);
}

// Daemons first: one that loses its coordinator looks for it, and a session that goes on holds the liar.
void LiedToFederation::TearDown() {
  GovernedFederation::TearDown();
  if (federation_ != nullptr) {
    for (size_t site = 0; site < federation_->num_sites(); ++site) federation_->site(site).Stop();
  }
  liar_ = nullptr;
}

}  // namespace accord
