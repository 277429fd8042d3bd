// How a published roster reaches the sites, and where the keys in a draft come from.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/coordinator/server/running_coordinator.h"
#include "tests/trust/roster/example_chain.h"
#include "tests/trust/roster/example_roster.h"
#include "trust/identity/enrolment_token.h"
#include "trust/identity/key_pair.h"
#include "trust/identity/signing.h"
#include "trust/identity/signing_key_proof.h"

namespace accord {
namespace {

using ::testing::SizeIs;

class Rosters : public ::testing::Test {
 protected:
  // As `accord-coordinator roster publish`, another process, does.
  std::string Publish(const SignedRoster& roster) {
    auto database = Database::Open(DatabasePath(coordinator_.state_dir()));
    EXPECT_TRUE(database.ok()) << database.status();
    auto log = FederationLog::Open(coordinator_.state_dir(), **database);
    EXPECT_TRUE(log.ok()) << log.status();
    EXPECT_TRUE(RosterStore(**database, log->get()).Publish(roster, absl::Now()).ok());
    return roster.Text();
  }
  static std::string Welcomed(FakeSite& site) { return site.NextWelcome().signed_roster(); }
  // Over whatever else comes before.
  static std::string NextRoster(FakeSite& site) {
    while (const auto message = site.Next()) {
      if (message->has_roster_published()) return message->roster_published().signed_roster();
    }
    ADD_FAILURE() << "the session ended, a roster was expected";
    return "";
  }
  // In its welcome or later, over whatever else comes before.
  static bool IsTold(FakeSite& site, const std::string& roster) {
    while (const auto message = site.Next()) {
      if (message->has_welcome() && message->welcome().signed_roster() == roster) return true;
      if (message->has_roster_published() && message->roster_published().signed_roster() == roster) return true;
    }
    return false;
  }
  // Exchanges a fresh token for a certificate. `public_key`, `proof`: of a signing key; empty: none.
  grpc::Status Enrol(const std::string& identity, const std::string& request_der, const std::string& public_key,
                     const std::string& proof) {
    const auto token = EnrolmentToken::Make(coordinator_.authority().Fingerprint());
    EXPECT_TRUE(coordinator_.store()
                    .members()
                    .AddToken(token->SecretHash(), identity, absl::Now() + absl::Hours(1), "Northern Clinic")
                    .ok());
    v1::EnrollRequest request;
    request.set_token(std::string(token->Text().RevealAsText()));
    request.set_csr_der(request_der);
    request.set_signing_key_der(public_key);
    request.set_signing_key_proof(proof);
    v1::EnrollResponse response;
    grpc::ClientContext context;
    SetDeadline(context);
    const auto stub = v1::Enrollment::NewStub(coordinator_.ChannelWithoutCertificate());
    const grpc::Status status = stub->Enroll(&context, request, &response);
    if (status.ok()) {
      EXPECT_EQ(response.signing_key_der(), public_key);
    }
    return status;
  }

  RunningCoordinator coordinator_;
};

TEST_F(Rosters, ASiteIsWelcomedWithTheExactFileThatWasPublished) {
  {
    FakeSite before(coordinator_, "north");
    EXPECT_EQ(Welcomed(before), "");
  }
  const std::string text = Publish(FourHospitals().SignedByAll());
  coordinator_.Restart();
  FakeSite site(coordinator_, "north");
  EXPECT_EQ(Welcomed(site), text);
}

// A coordinator may still be looking when a session begins: whether the welcome has the newest one already is open.
TEST_F(Rosters, OneThatIsPublishedDuringASessionReachesItWhenAnotherBegins) {
  FakeSite north(coordinator_, "north");
  EXPECT_EQ(Welcomed(north), "");
  const std::string first = Publish(FourHospitals().SignedByAll());
  FakeSite south(coordinator_, "south");
  EXPECT_TRUE(IsTold(north, first));
  EXPECT_TRUE(IsTold(south, first));
  const std::string second = Publish(FourHospitals().SignedByAll());
  FakeSite west(coordinator_, "west");
  EXPECT_TRUE(IsTold(west, second));
  EXPECT_TRUE(IsTold(north, second));
}

TEST_F(Rosters, OneThatIsPublishedDuringASessionComesBeforeThePlansOfALaterJob) {
  FakeSite north(coordinator_, "north");
  EXPECT_EQ(Welcomed(north), "");
  const std::string text = Publish(FourHospitals().SignedByAll());
  FakePerson ada(coordinator_, "ada");
  ada.SubmitDrill(DrillSpec(10, 1, 1));
  const auto first = north.Next();
  ASSERT_TRUE(first.has_value() && first->has_roster_published());
  EXPECT_EQ(first->roster_published().signed_roster(), text);
  EXPECT_EQ(north.NextPlan().cohort_size(), 1);
}

TEST_F(Rosters, ARefusalMakesTheCoordinatorLookForANewerOne) {
  FakeSite north(coordinator_, "north");
  EXPECT_EQ(Welcomed(north), "");
  FakePerson ada(coordinator_, "ada");
  ada.SubmitDrill(DrillSpec(10, 1, 1));
  const v1::Plan plan = north.NextPlan();
  const std::string text = Publish(FourHospitals().SignedByAll());
  v1::SiteMessage refusal;
  *refusal.mutable_refusal()->mutable_plan() = plan.id();
  refusal.mutable_refusal()->set_reason("no roster is pinned");
  north.Send(refusal);
  EXPECT_EQ(NextRoster(north), text);
}

TEST_F(Rosters, ASiteThatIsBehindIsSentWhatFollowsItsOwn) {
  const ExampleChain chain;
  const SignedRoster first = chain.First();
  const SignedRoster second = chain.Renewed(*first.roster());
  const SignedRoster third = chain.Renewed(*second.roster(), 360);
  for (const SignedRoster* roster : {&first, &second, &third}) Publish(*roster);
  FakeSite north(coordinator_, "north");
  north.NextWelcome();
  const auto ask = [&](const Sha256Digest& hash) {
    v1::SiteMessage request;
    request.mutable_roster_request()->set_pinned_hash(hash.data(), hash.size());
    north.Send(request);
    while (const auto message = north.Next()) {
      if (message->has_roster_chain()) {
        const auto& texts = message->roster_chain().signed_rosters();
        return std::vector<std::string>(texts.begin(), texts.end());
      }
    }
    ADD_FAILURE() << "the session ended";
    return std::vector<std::string>();
  };
  EXPECT_THAT(ask(first.roster()->hash()), ::testing::ElementsAre(second.Text(), third.Text()));
  EXPECT_THAT(ask(third.roster()->hash()), SizeIs(0));
  EXPECT_THAT(ask(Sha256("never published")), SizeIs(0));
}

TEST_F(Rosters, ARequestWithoutAHashEndsTheSession) {
  FakeSite north(coordinator_, "north");
  north.NextWelcome();
  v1::SiteMessage request;
  request.mutable_roster_request()->set_pinned_hash("short");
  north.Send(request);
  while (north.Next().has_value()) {
  }
  EXPECT_EQ(north.Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(Rosters, ARevokedSiteIsShutOutAtOnceAndForGood) {
  const ExampleChain chain;
  const SignedRoster first = chain.First();
  Publish(first);
  FakeSite va(coordinator_, "va");
  va.NextWelcome();
  RosterChanges changes = ExampleChain::Renewal();
  changes.revocations = {{true, "va", "stolen laptop"}};
  Publish(chain.SignedNext(*first.roster(), changes, {"cleveland", "hungarian", "switzerland"}));
  FakeSite another(coordinator_, "cleveland");  // makes the coordinator look
  while (va.Next().has_value()) {
  }
  const grpc::Status ended = va.Finish();
  EXPECT_EQ(ended.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(ended.error_message(), ::testing::HasSubstr("stolen laptop"));
  FakeSite again(coordinator_, "va");
  EXPECT_FALSE(again.Next().has_value());
  EXPECT_EQ(again.Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
  std::string bytes;
  EXPECT_EQ(again.Download(std::string(64, 'a'), 0, &bytes).error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(Rosters, EnrolmentKeepsTheKeyThatItCertified) {
  const auto key = KeyPair::Generate();
  ASSERT_TRUE(Enrol("site/north", *key->MakeRequest("whoever"), "", "").ok());
  const auto sites = coordinator_.store().members().ListSites();
  ASSERT_THAT(*sites, SizeIs(1));
  EXPECT_EQ(sites->at(0).organisation, "Northern Clinic");
  EXPECT_EQ(sites->at(0).public_key_der, *PublicKeyDer(*key));
}

TEST_F(Rosters, EnrolmentKeepsASigningKeyOnlyOfWhoHoldsIt) {
  const auto key = KeyPair::Generate();
  const KeyPairSigner signer = KeyPairSigner::Create(*KeyPair::Generate()).value();
  const std::string request = *key->MakeRequest("whoever");
  const std::string proof = *ProveSigningKey(signer, request);
  const std::string of_another_request = *ProveSigningKey(signer, *key->MakeRequest("another"));
  for (const auto& [public_key, bad_proof] : {std::pair{signer.public_key_der(), of_another_request},
                                              {*PublicKeyDer(*key), proof},
                                              {std::string("no key"), proof},
                                              {std::string(), proof},
                                              {signer.public_key_der(), std::string()}}) {
    EXPECT_FALSE(Enrol("site/north", request, public_key, bad_proof).ok());
  }
  EXPECT_FALSE(Enrol("person/north", request, signer.public_key_der(), proof).ok());
  EXPECT_THAT(*coordinator_.store().members().ListSites(), SizeIs(0));
  ASSERT_TRUE(Enrol("site/north", request, signer.public_key_der(), proof).ok());
  EXPECT_EQ(coordinator_.store().members().ListSites()->at(0).public_key_der, signer.public_key_der());
}

}  // namespace
}  // namespace accord
