#include "client/daemon/run/roster_finding.h"

#include <string>

#include "client/daemon/federation/roster_pin.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/federation/federation_folder.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class RosterFinding : public ::testing::Test {
 protected:
  void SetUp() override { folder_.Enrol(sites_, "va"); }
  void Expect(Finding::Level level, const std::string* published, const std::string& text,
              const std::string& config_hash = "") {
    const Finding finding = ExamineRoster(folder_.Config("va", config_hash), published);
    EXPECT_EQ(finding.level, level) << finding.text;
    EXPECT_EQ(finding.subject, "roster");
    EXPECT_THAT(finding.text, HasSubstr(text));
  }
  void Pin(const ExampleSites& sites) { ASSERT_TRUE(PinRoster(folder_.State(), sites.Listed()).ok()); }

  FederationFolder folder_;
  const ExampleSites sites_ = FourHospitals();
  const std::string published_ = sites_.SignedByAll().Text();
  const std::string none_;
};

TEST_F(RosterFinding, IsFineWhereThePublishedRosterIsThePinnedOne) {
  Pin(sites_);
  Expect(Finding::Level::kFine, &published_, "4 sites of 4 organisations, as pinned");
}

TEST_F(RosterFinding, WarnsBeforeTheFirstRoster) {
  Expect(Finding::Level::kWarning, &none_, "the coordinator has published no roster");
  Expect(Finding::Level::kWarning, &published_, "this site has pinned no roster");
}

TEST_F(RosterFinding, IsAFaultWhereAnotherRosterThanThePinnedOneIsPublishedOrNone) {
  Pin(FourHospitals());
  Expect(Finding::Level::kFault, &published_, "another roster");
  Expect(Finding::Level::kFault, &none_, "the coordinator has published no roster");
}

TEST_F(RosterFinding, IsAFaultWhereConfigAndStateFolderDisagree) {
  Pin(sites_);
  Expect(Finding::Level::kFault, &published_, "roster_sha256", std::string(64, 'a'));
}

TEST_F(RosterFinding, GoesByTheLastPublishedOneWhereTheCoordinatorIsNotAsked) {
  Pin(sites_);
  Expect(Finding::Level::kFine, nullptr, "the coordinator was not asked");
  ASSERT_TRUE(WriteFileAtomically(folder_.State().PublishedRosterFile(), published_).ok());
  Expect(Finding::Level::kFine, nullptr, "as pinned");
  Pin(FourHospitals());
  Expect(Finding::Level::kFault, nullptr, "another roster");
}

TEST_F(RosterFinding, NeedsAnEnrolledSite) {
  const Finding finding = ExamineRoster(FederationFolder().Config("va"), &published_);
  EXPECT_EQ(finding.level, Finding::Level::kFault);
  EXPECT_THAT(finding.text, HasSubstr("enrolled"));
}

}  // namespace
}  // namespace accord
