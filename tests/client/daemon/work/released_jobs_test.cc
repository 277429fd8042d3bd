// A daemon whose data set an owner released, against a coordinator and an operator who would have it read for more.
// Each attack ends as those of attacks_test.cc do, and the owner's release is the evidence besides the site's own file.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/daemon/governance/release_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/work/governed_jobs.h"
#include "trust/charter/release.h"

namespace accord {
namespace {

class ReleasedJobs : public GovernedJobs {
 protected:
  void SetUp() override {
    plan_ = site_.Plan();
    site_.spec() = ExampleSpec();
    site_.order().data_set = "heart";
    // fritz is steward of the site's organisation, and heart may be read for two purposes.
    site_.UseCharter({{"secure_sum: true", "secure_sum: false"},
                      {"roles: [auditor]", "roles: [steward]"},
                      {"purposes: [risk-of-disease]", "purposes: [billing-audit, risk-of-disease]"}});
    plan_.set_job_inline(site_.job_bytes());
    plan_.set_job_sha256(Sha256Hex(site_.job_bytes()));
    GovernedJobs::SetUp();
  }
  void Release(const std::vector<std::string>& purposes, absl::Duration later = absl::ZeroDuration()) {
    accord::Release release;
    release.charter = site_.charter().hash();
    release.site = "va";
    release.organisation = "V.A. Medical Center";
    release.data_set = "heart";
    release.purposes = purposes;
    release.steward = "fritz";
    release.time = At("2027-02-25T00:00:00Z") + later;
    release.expires = At("2027-08-25T00:00:00Z");
    const SignedStatement statement =
        *SignedStatement::Sign(WriteRelease(release).value(), kReleaseDomain, site_.federation().person("fritz"));
    const auto kept = ReleaseStore(site_.State().ReleaseFolder())
                          .Keep(site_.charter(), *site_.federation().Listed(), "va", statement, site_.clock().Now());
    ASSERT_TRUE(kept.ok()) << kept.status();
  }

  v1::Plan plan_;
};

TEST_F(ReleasedJobs, APurposeThatWasChangedAfterTheReleaseIsRefusedByTheSiteItself) {
  Release({"billing-audit"});
  BringAll();
  ExpectRefusedWithEvidence(plan_,
                            "the job is for the purpose risk-of-disease, and fritz of V.A. Medical Center "
                            "released heart for billing-audit alone");
}

TEST_F(ReleasedJobs, ADataSetThatItsOwnerWithdrewMeanwhileIsNotRead) {
  Release({"risk-of-disease"});
  Release({}, absl::Hours(1));
  BringAll();
  ExpectRefusedWithEvidence(plan_, "withdrew the data set heart");
}

TEST_F(ReleasedJobs, APurposeThatTheOperatorWritesIntoTheReleaseStopsTheDataSet) {
  Release({"billing-audit"});
  const std::string path = absl::StrCat(site_.State().ReleaseFolder(), "/heart");
  const std::string text = ReadFile(path).value();
  ASSERT_TRUE(
      WriteFileAtomically(path, absl::StrReplaceAll(text, {{"purposes: billing-audit", "purposes: risk-of-disease"}}))
          .ok());
  BringAll();
  ExpectRefusedWithEvidence(plan_, "is not signed with the key of fritz");
}

}  // namespace
}  // namespace accord
