#include "client/daemon/run/charter_signing.h"

#include <sstream>
#include <string>

#include "base/file.h"
#include "client/daemon/federation/roster_pin.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/federation/federation_folder.h"
#include "tests/trust/charter/example_charter.h"

namespace accord {
namespace {

class CharterSigning : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.Enrol(federation_.sites(), "va");
    Write("client.yaml", "coordinator: localhost:1\nsite: va\nstate_dir: state\n");
    Write("charter.yaml", federation_.Yaml());
    ASSERT_TRUE(PinRoster(folder_.State(), federation_.sites().Listed()).ok());
  }
  void Write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(WriteFileAtomically(folder_.Path(name), text).ok());
  }
  absl::Status Sign() {
    std::ostringstream out;
    const absl::Status status = SignCharterFile(
        {folder_.Path("client.yaml"), folder_.Path("charter.yaml"), folder_.Path("charter.signed")}, out);
    words_ = out.str();
    return status;
  }
  bool WroteFile() { return ReadFile(folder_.Path("charter.signed")).ok(); }

  FederationFolder folder_;
  ExampleFederation federation_;
  std::string words_;
};

TEST_F(CharterSigning, AddsTheSitesSignatureAndSaysWhatWasSigned) {
  const absl::Status status = Sign();
  ASSERT_TRUE(status.ok()) << status;
  const auto charter = SignedCharter::Parse(ReadFile(folder_.Path("charter.signed")).value(), "charter");
  ASSERT_TRUE(charter.ok()) << charter.status();
  EXPECT_TRUE(charter->IsSignedBy("site/va", federation_.sites().Listed().Find("va")->key));
  EXPECT_THAT(words_, ::testing::AllOf(::testing::StartsWith("Charter heart-network, version 1\n"),
                                       ::testing::HasSubstr("signed as va in ")));
}

TEST_F(CharterSigning, KeyThatTheRosterDoesNotListDoesNotSign) {
  ExampleSites others = FourHospitals();
  ASSERT_TRUE(PinRoster(folder_.State(), others.Listed()).ok());
  EXPECT_THAT(Sign().message(), ::testing::HasSubstr("lists this site, va, with another key"));
  EXPECT_FALSE(WroteFile());
}

TEST_F(CharterSigning, FaultsOfTheCharterAreToldAndNothingIsSigned) {
  Write("charter.yaml", federation_.Yaml({{"min_sites: 3\n", "min_sites: 1\n"}}));
  EXPECT_THAT(Sign().message(), ::testing::HasSubstr("charter.yaml:24: floors.min_sites: is 1"));
  EXPECT_FALSE(WroteFile());
}

}  // namespace
}  // namespace accord
