#include "tests/integration/lied_to_federation.h"

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "base/file.h"
#include "gmock/gmock.h"

namespace accord {

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
  PutTheLiarBetween();
  if (HasFatalFailure()) return;
  const absl::Status started = federation_->StartSites();
  ASSERT_TRUE(started.ok()) << started.message();
  const absl::Status published = governance_->Publish(charter_);
  ASSERT_TRUE(published.ok()) << published.message();
}

std::string LiedToFederation::JobYaml(uint32_t rounds, const std::string& name) {
  bench::TrivialJob job;
  job.name = name;
  job.rounds = rounds;
  job.plain_sum = false;
  job.min_sites = job.target_sites = kSites;
  return job.Yaml();
}

void LiedToFederation::ExpectNothingLeft(size_t site) {
  const std::string& name = federation_->site_name(site);
  EXPECT_EQ(liar_->UploadsOf(name), 0u) << name;
  EXPECT_EQ(liar_->UploadedBytesOf(name), 0u) << name;
  EXPECT_THAT(AtSite(site, {"egress", "--format", "csv"}), Not(HasSubstr("vector of"))) << name;
  for (const v1::SiteMessage& message : liar_->SaidBy(name)) {
    EXPECT_FALSE(message.has_progress() && message.progress().phase() == v1::Progress::COMPUTING) << name;
  }
}

std::string LiedToFederation::ExpectRefused(size_t site, const std::string& words, const std::string& job_id) {
  const std::string read = CheckedOffline(AwaitRefusalFile(site, words, job_id));
  EXPECT_THAT(read, HasSubstr("Site " + federation_->site_name(site) + " signed"));
  return read;
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
