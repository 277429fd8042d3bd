// `accord-coordinator invite`, `init --site`, and the roster that is drafted once all who were invited are there.
#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/file.h"
#include "coordinator/commands/commands.h"
#include "coordinator/commands/first_roster.h"
#include "coordinator/store/store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"
#include "tests/trust/roster/example_roster.h"
#include "trust/identity/invitation.h"
#include "trust/roster/signed_roster.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class Invite : public ::testing::Test {
 protected:
  absl::Status Init(const std::string& listen = "127.0.0.1:7443", const std::vector<std::string>& sites = {},
                    const std::vector<std::string>& people = {},
                    const std::vector<std::string>& names = {"localhost"}) {
    ::testing::internal::CaptureStdout();
    const absl::Status made = RunInit({folder_.Path("coordinator"), names, listen, sites, people});
    said_ = ::testing::internal::GetCapturedStdout();
    return made;
  }
  absl::Status Run(const std::vector<std::string>& sites, const std::vector<std::string>& people = {}) {
    std::ostringstream out;
    const absl::Status status = RunInvite({.config = config_, .sites = sites, .people = people, .out = out_}, out);
    said_ = out.str();
    return status;
  }
  Invitation Read(const std::string& id, const std::string& folder) {
    auto invitation = Invitation::Parse(ReadFile(absl::StrCat(folder, "/", id, ".invitation")).value_or(""));
    EXPECT_TRUE(invitation.ok()) << invitation.status();
    return *std::move(invitation);
  }

  TemporaryFolder folder_;
  const std::string config_ = folder_.Path("coordinator/coordinator.yaml");
  const std::string out_ = folder_.Path("coordinator/invitations");
  std::string said_;
};

TEST_F(Invite, WritesAFileForEachThatOnlyItsOwnerReadsAndThatNamesTheCoordinator) {
  ASSERT_TRUE(Init().ok());
  ASSERT_TRUE(Run({"cleveland=Cleveland Clinic", "va=V.A. Medical Center"}, {"ada"}).ok());
  for (const char* who : {"site/cleveland", "site/va", "person/ada"}) {
    const std::string id = std::string(who).substr(std::string(who).find('/') + 1);
    const Invitation invitation = Read(id, out_);
    EXPECT_EQ(invitation.identity, who);
    EXPECT_EQ(invitation.coordinator, "localhost:7443");
    struct stat facts {};
    ASSERT_EQ(stat(absl::StrCat(out_, "/", id, ".invitation").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600u);
    EXPECT_THAT(said_, HasSubstr(absl::StrCat("--token-file ", id, ".invitation")));
  }
}

TEST_F(Invite, InitInvitesAtOnce) {
  ASSERT_TRUE(Init("0.0.0.0:7001", {"va=V.A. Medical Center"}, {"ada"}).ok());
  EXPECT_EQ(Read("va", out_).coordinator, "localhost:7001");
  EXPECT_EQ(Read("ada", out_).identity, "person/ada");
  EXPECT_THAT(said_, HasSubstr("accord-coordinator run"));
}

TEST_F(Invite, InitMakesNothingWhereNobodyCouldFollowTheInvitation) {
  EXPECT_THAT(std::string(Init("127.0.0.1:0", {"va=V.A."}).message()), HasSubstr("give --listen a port"));
  EXPECT_THAT(std::string(Init("127.0.0.1:7443", {"va=V.A."}, {}, {}).message()), HasSubstr("say --name HOST"));
  EXPECT_THAT(std::string(Init("127.0.0.1:7443", {"V.A."}).message()), HasSubstr("cannot be an id"));
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("coordinator")));
}

TEST_F(Invite, InitTellsAllFaultsOfItsOptionsAndMakesNothing) {
  EXPECT_THAT(std::string(Init("99999", {"V.A."}, {}, {"a b", "fine.example.org", "c/d"}).message()),
              AllOf(HasSubstr("--name a b is no host name"), HasSubstr("--name c/d is no host name"),
                    HasSubstr("--listen 99999: expected ADDRESS:PORT"), HasSubstr("cannot be an id")));
  for (const char* listen : {"0.0.0.0:99999", ":7443", "0.0.0.0", "0.0.0.0:", "0.0.0.0:x", "[]:1", "a:b:1", "\"x:1"}) {
    EXPECT_THAT(std::string(Init(listen).message()), HasSubstr(absl::StrCat("--listen ", listen, ": expected")));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("coordinator")));
  EXPECT_TRUE(Init("[::1]:0").ok()) << "an address of IPv6";
}

TEST_F(Invite, InitASecondTimeSaysThatTheFolderIsThere) {
  ASSERT_TRUE(Init("0.0.0.0:7001", {"va=V.A. Medical Center"}, {"ada"}).ok());
  const absl::Status again = Init("0.0.0.0:7001", {"va=V.A. Medical Center"}, {"ada"});
  EXPECT_EQ(again.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(again.message()),
              AllOf(HasSubstr("coordinator.yaml exists; nothing was changed"), ::testing::Not(HasSubstr("--out"))));
}

TEST_F(Invite, AllFaultsAreToldAndNobodyIsInvited) {
  ASSERT_TRUE(Init().ok());
  ASSERT_TRUE(Run({"zurich=Universitätsspital"}).ok());
  const absl::Status status =
      Run({"North=N", "va", "va=V.A.", "zurich=Universitätsspital", "east=A|B"}, {"ada", "ada"});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("site/North cannot be an id"), HasSubstr("--site va=ORGANISATION"),
                    HasSubstr("va is invited twice"), HasSubstr("zurich.invitation is there already"),
                    HasSubstr("--site east=ORGANISATION"), HasSubstr("ada is invited twice")));
  EXPECT_FALSE(std::filesystem::exists(out_ + "/ada.invitation"));
  EXPECT_THAT(std::string(Run({}).message()), HasSubstr("say whom"));
}

TEST_F(Invite, OfACoordinatorOnAFreePortWaitsUntilItRuns) {
  ASSERT_TRUE(Init("127.0.0.1:0").ok());
  EXPECT_THAT(std::string(Run({"va=V.A."}).message()), HasSubstr("only known while it runs"));
  ASSERT_TRUE(WriteFileAtomically(folder_.Path("coordinator/state/port"), "40404\n").ok());
  ASSERT_TRUE(Run({"va=V.A."}).ok());
  EXPECT_EQ(Read("va", out_).coordinator, "localhost:40404");
}

class FirstRosterTest : public Invite {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Init().ok());
    ASSERT_TRUE(Run({"cleveland=Cleveland Clinic", "va=V.A. Medical Center"}, {"ada"}).ok());
    auto store = Store::Open(folder_.Path("coordinator/state"));
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    first_ = std::make_unique<FirstRoster>(config_, *store_, Clock::System());
  }
  // As the enrolment service does.
  void Enrol(const std::string& site) {
    const Invitation invitation = Read(site, out_);
    const auto issue = [&](const std::string&) -> absl::StatusOr<std::string> {
      return sites_.signer(site).public_key_der();
    };
    EXPECT_TRUE(store_->members().RedeemToken(invitation.token.SecretHash(), absl::Now(), issue).ok());
    first_->SomebodyEnrolled();
  }
  std::shared_ptr<const Roster> Drafted() {
    const auto roster = SignedRoster::Parse(ReadFile(first_->path()).value_or(""));
    EXPECT_TRUE(roster.ok()) << roster.status();
    return roster.ok() ? roster->roster() : nullptr;
  }

  ExampleSites sites_ = FourHospitals();
  std::unique_ptr<Store> store_;
  std::unique_ptr<FirstRoster> first_;
};

TEST_F(FirstRosterTest, IsDraftedOnceAllSitesThatWereInvitedHaveEnrolled) {
  Enrol("cleveland");
  EXPECT_FALSE(std::filesystem::exists(first_->path())) << "va may still come";
  Enrol("va");
  ASSERT_NE(Drafted(), nullptr);
  EXPECT_THAT(Drafted()->sites(), SizeIs(2)) << "whether the person has logged in does not matter";
  EXPECT_EQ(Drafted()->Find("va")->organisation, "V.A. Medical Center");
}

TEST_F(FirstRosterTest, FollowsWhoComesLaterAsLongAsNobodyHasSigned) {
  Enrol("cleveland");
  Enrol("va");
  ASSERT_TRUE(Run({"zurich=Universitätsspital Zürich"}).ok());
  first_->SomebodyEnrolled();
  EXPECT_THAT(Drafted()->sites(), SizeIs(2)) << "zurich may still come";
  auto signed_one = SignedRoster::Parse(*ReadFile(first_->path()));
  ASSERT_TRUE(signed_one->Sign("va", sites_.signer("va")).ok());
  ASSERT_TRUE(WriteFileAtomically(first_->path(), signed_one->Text()).ok());
  const std::string before = *ReadFile(first_->path());
  first_->SomebodyEnrolled();
  EXPECT_EQ(*ReadFile(first_->path()), before);
}

TEST_F(FirstRosterTest, IsNeverWrittenOnceOneWasPublished) {
  Enrol("cleveland");
  Enrol("va");
  auto roster = SignedRoster::Parse(*ReadFile(first_->path()));
  for (const char* site : {"cleveland", "va"}) ASSERT_TRUE(roster->Sign(site, sites_.signer(site)).ok());
  ASSERT_TRUE(store_->rosters().Publish(*roster, absl::Now()).ok());
  std::filesystem::remove(first_->path());
  first_->SomebodyEnrolled();
  EXPECT_FALSE(std::filesystem::exists(first_->path()));
}

}  // namespace
}  // namespace accord
