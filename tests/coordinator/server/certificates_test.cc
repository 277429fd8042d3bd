// Certificates that live for hours: how they are renewed, and what ends with them.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/synchronization/notification.h"
#include "coordinator/engine/site_link.h"
#include "coordinator/store/database.h"
#include "coordinator/store/federation_log.h"
#include "coordinator/store/member_keys.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/protocol_version.h"
#include "tests/coordinator/server/running_coordinator.h"
#include "tests/coordinator/server/set_clock.h"
#include "trust/identity/granted_identity.h"
#include "trust/identity/signing.h"

namespace accord {
namespace {

using ::grpc::StatusCode;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Certificates : public ::testing::Test {
 protected:
  // As a member has it that enrolled when the coordinator's clock stood there.
  std::string Certificate(const KeyPair& key, const std::string& identity, absl::Duration validity = absl::Hours(24)) {
    return coordinator_.authority().IssueIdentity(*key.MakeRequest("x"), identity, clock_.Now(), validity).value();
  }
  grpc::Status Renew(const std::string& certificate, const KeyPair& key, v1::RenewResponse* response) {
    const auto stub = v1::Enrollment::NewStub(coordinator_.ChannelWithoutCertificate());
    grpc::ClientContext context;
    SetDeadline(context);
    v1::RenewRequest request;
    request.set_certificate_pem(certificate);
    request.set_csr_der(*key.MakeRequest("x"));
    return stub->Renew(&context, request, response);
  }
  // What the coordinator says to who may not; the answer is empty then.
  std::string Refusal(const std::string& certificate, const KeyPair& key) {
    v1::RenewResponse response;
    const grpc::Status status = Renew(certificate, key, &response);
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(response.certificate_pem(), "");
    return status.error_message();
  }
  // By this process, and known at once.
  void Revoke(const std::string& identity) {
    MemberKeys& keys = coordinator_.store().member_keys();
    ASSERT_TRUE(keys.Revoke(identity, "a laptop was stolen", clock_.Now()).ok());
    ASSERT_TRUE(keys.Refresh().ok());
    coordinator_.engine().Poke();
  }
  // By a command, which is another process.
  void RevokeElsewhere(const std::string& identity, const std::string& reason) {
    auto database = Database::Open(DatabasePath(coordinator_.state_dir()));
    ASSERT_TRUE(database.ok()) << database.status();
    auto log = FederationLog::Open(coordinator_.state_dir(), **database);
    ASSERT_TRUE(log.ok()) << log.status();
    ASSERT_TRUE(MemberKeys(**database, log->get()).Revoke(identity, reason, clock_.Now()).ok());
  }
  void Enrol(const std::string& identity, const std::string& key_der) {
    const Sha256Digest secret = Sha256(identity + key_der);
    Members& members = coordinator_.store().members();
    ASSERT_TRUE(members.AddToken(secret, identity, absl::InfiniteFuture()).ok());
    const auto issue = [&](const std::string&) -> absl::StatusOr<CertifiedKeys> { return CertifiedKeys(key_der); };
    ASSERT_TRUE(members.RedeemToken(secret, clock_.Now(), issue).ok());
    ASSERT_TRUE(coordinator_.store().member_keys().Refresh().ok());
    coordinator_.engine().Poke();
  }
  // How a session ended.
  static grpc::Status End(FakeSite& site) {
    while (site.Next().has_value()) {
    }
    return site.Finish();
  }

  SetClock clock_;
  RunningCoordinator coordinator_{clock_};
  const KeyPair key_ = KeyPair::Generate().value();
};

TEST_F(Certificates, AreRenewedOverTheSameKeyForTheSameMember) {
  const std::string first = Certificate(key_, "site/north");
  clock_.Advance(absl::Hours(20));
  v1::RenewResponse response;
  const grpc::Status status = Renew(first, key_, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.ca_pem(), coordinator_.authority().certificate_pem());
  EXPECT_EQ(*CertificatePublicKeyDer(response.certificate_pem()), *CertificatePublicKeyDer(first));
  const auto facts = ReadCertificate(response.certificate_pem());
  EXPECT_EQ(facts->identity, "site/north");
  EXPECT_LE(facts->not_after - clock_.Now(), absl::Hours(24));
  EXPECT_GT(facts->not_after - clock_.Now(), absl::Hours(24) - absl::Minutes(5));
}

TEST_F(Certificates, CanBeRenewedForAWhileAfterTheirEnd) {
  const std::string first = Certificate(key_, "person/ada");
  clock_.Advance(absl::Hours(24 * 31) - absl::Minutes(5));
  v1::RenewResponse response;
  EXPECT_TRUE(Renew(first, key_, &response).ok());
  clock_.Advance(absl::Minutes(10));
  EXPECT_THAT(Refusal(first, key_), HasSubstr("too long ago to be renewed"));
}

TEST_F(Certificates, AreRenewedForTheirOwnKeyAndThisFederationAlone) {
  const KeyPair other = KeyPair::Generate().value();
  EXPECT_THAT(Refusal(Certificate(key_, "site/north"), other), HasSubstr("another key"));
  const auto elsewhere = CertificateAuthority::Create("another federation", clock_.Now());
  const std::string foreign =
      elsewhere->IssueIdentity(*key_.MakeRequest("x"), "site/north", clock_.Now(), absl::Hours(1)).value();
  EXPECT_THAT(Refusal(foreign, key_), HasSubstr("no certificate that this federation's CA issued"));
  const std::string server =
      coordinator_.authority().IssueServer(*key_.MakeRequest("x"), {"localhost"}, clock_.Now(), absl::Hours(1)).value();
  EXPECT_THAT(Refusal(server, key_), HasSubstr("no certificate that this federation's CA issued"));
  EXPECT_THAT(Refusal(coordinator_.authority().certificate_pem(), key_), HasSubstr("no certificate"));
  EXPECT_THAT(Refusal("", key_), HasSubstr("no certificate"));
  EXPECT_THAT(Refusal(std::string(1 << 20, 'x'), key_), HasSubstr("16384 bytes"));
}

TEST_F(Certificates, AreNotRenewedForWhoWasRevokedOrEnrolledAnew) {
  const std::string certificate = Certificate(key_, "site/north");
  Enrol("site/north", *PublicKeyDer(key_));
  v1::RenewResponse response;
  EXPECT_TRUE(Renew(certificate, key_, &response).ok());
  Revoke("site/north");
  EXPECT_THAT(Refusal(certificate, key_), HasSubstr("was revoked: a laptop was stolen"));
  const KeyPair next = KeyPair::Generate().value();
  Enrol("site/north", *PublicKeyDer(next));
  EXPECT_THAT(Refusal(certificate, key_), HasSubstr("has enrolled anew with another key"));
  EXPECT_TRUE(Renew(Certificate(next, "site/north"), next, &response).ok());
}

TEST_F(Certificates, EndTheSessionsAndCallsThatWereMadeUnderThem) {
  coordinator_.LetCertificatesLast(absl::Hours(2));
  FakeSite north(coordinator_, "north");
  north.NextWelcome();
  FakePerson ada(coordinator_, "ada");
  v1::JobReport report;
  EXPECT_EQ(ada.Get("0123", &report).error_code(), StatusCode::NOT_FOUND);
  clock_.Advance(absl::Hours(1));
  coordinator_.engine().Poke();
  FakeSite south(coordinator_, "south");  // somebody else's later certificate changes nothing
  south.NextWelcome();
  clock_.Advance(absl::Hours(1));
  coordinator_.engine().Poke();

  const grpc::Status end = End(north);
  EXPECT_EQ(end.error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_THAT(end.error_message(), HasSubstr("has ended"));
  // The connections are still there, and of no use.
  std::string bytes;
  EXPECT_EQ(north.Download(std::string(64, 'a'), 0, &bytes).error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ada.Get("0123", &report).error_code(), StatusCode::UNAUTHENTICATED);
}

TEST_F(Certificates, OfARevokedSiteOpenNothing) {
  FakeSite north(coordinator_, "north");
  north.NextWelcome();
  FakeSite south(coordinator_, "south");
  south.NextWelcome();
  Enrol("site/west", "a key");
  EXPECT_EQ(coordinator_.store().member_keys().Revoke("site/east", "who?", clock_.Now()).code(),
            absl::StatusCode::kNotFound);
  Enrol("site/north", "another key than the session's");
  const grpc::Status superseded = End(north);
  EXPECT_EQ(superseded.error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(superseded.error_message(), HasSubstr("enrolled anew"));
  Revoke("site/north");
  FakeSite again(coordinator_, "north");
  const grpc::Status end = End(again);
  EXPECT_EQ(end.error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(end.error_message(), HasSubstr("was revoked: a laptop was stolen"));
  std::string bytes;
  EXPECT_EQ(again.Download(std::string(64, 'a'), 0, &bytes).error_code(), StatusCode::PERMISSION_DENIED);
  // South, of which no key was ever written down, goes on.
  EXPECT_THAT(south.Download(std::string(64, 'a'), 0, &bytes).error_message(),
              HasSubstr("this is no object of a plan"));
}

TEST_F(Certificates, OfARevokedPersonOpenNothing) {
  FakePerson ada(coordinator_, "ada");
  Enrol("person/ada", "a key");
  v1::JobReport report;
  EXPECT_THAT(ada.Get("0123", &report).error_message(), HasSubstr("enrolled anew"));
  Revoke("person/ada");
  const grpc::Status status = ada.Get("0123", &report);
  EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status.error_message(), HasSubstr("a laptop was stolen"));
}

// The command is another process: the coordinator finds what it wrote.
TEST_F(Certificates, AreRevokedByAnotherProcessToo) {
  FakeSite north(coordinator_, "north");
  north.NextWelcome();
  Enrol("site/south", "a key");
  {
    auto database = Database::Open(DatabasePath(coordinator_.state_dir()));
    ASSERT_TRUE(database.ok()) << database.status();
    auto log = FederationLog::Open(coordinator_.state_dir(), **database);
    ASSERT_TRUE(log.ok()) << log.status();
    MemberKeys keys(**database, log->get());
    EXPECT_EQ(keys.Revoke("site/south", "two\nlines", clock_.Now()).code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(keys.Revoke("site/south", "", clock_.Now()).code(), absl::StatusCode::kInvalidArgument);
    Enrol("site/north", "known to this process");
    ASSERT_TRUE(keys.Revoke("site/north", "its project is over", clock_.Now()).ok());
  }
  clock_.Advance(absl::Seconds(3));
  coordinator_.engine().Poke();
  EXPECT_EQ(End(north).error_code(), StatusCode::PERMISSION_DENIED);
  coordinator_.Restart();
  FakeSite again(coordinator_, "north");
  EXPECT_THAT(End(again).error_message(), HasSubstr("its project is over"));
}

TEST_F(Certificates, AreRevokedByAnotherProcessThoughNoSiteIsConnected) {
  Enrol("person/ada", coordinator_.KeyOf("person/ada"));
  const std::string certificate = Certificate(key_, "person/bob");
  Enrol("person/bob", *PublicKeyDer(key_));
  FakePerson ada(coordinator_, "ada");
  v1::JobReport report;
  EXPECT_EQ(ada.Get("0123", &report).error_code(), StatusCode::NOT_FOUND);
  RevokeElsewhere("person/ada", "a laptop was stolen");
  RevokeElsewhere("person/bob", "he has left");
  clock_.Advance(absl::Seconds(3));
  EXPECT_EQ(ada.Get("0123", &report).error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(Refusal(certificate, key_), HasSubstr("he has left"));
}

TEST_F(Certificates, OpenNothingWhileNobodyCanReadWhetherTheyStand) {
  Enrol("person/ada", coordinator_.KeyOf("person/ada"));
  FakePerson ada(coordinator_, "ada");
  auto database = Database::Open(DatabasePath(coordinator_.state_dir()));
  ASSERT_TRUE(database.ok()) << database.status();
  ASSERT_TRUE((*database)
                  ->Write("damage",
                          [](soci::session& sql) {
                            sql << "ALTER TABLE member_keys RENAME TO gone";
                            return absl::OkStatus();
                          })
                  .ok());
  clock_.Advance(absl::Seconds(3));
  v1::JobReport report;
  EXPECT_EQ(ada.Get("0123", &report).error_code(), StatusCode::UNAVAILABLE);
}

TEST_F(Certificates, RevokedBeforeASubmissionEndsStoreNoJob) {
  Enrol("person/ada", coordinator_.KeyOf("person/ada"));
  FakePerson ada(coordinator_, "ada");
  const std::string model(10 * sizeof(float), '\0');
  grpc::ClientContext context;
  SetDeadline(context);
  v1::SubmitResponse response;
  const auto writer = ada.stub().SubmitJob(&context, &response);
  v1::SubmitMessage message;
  *message.mutable_open() = ada.OpenFor(DrillSpec(10, 1, 1), model, "held open");
  ASSERT_TRUE(writer->Write(message));
  *message.mutable_artifact() = ChunkMessage(model, 0, model.size()).chunk();
  ASSERT_TRUE(writer->Write(message));
  Revoke("person/ada");
  writer->WritesDone();
  EXPECT_EQ(writer->Finish().error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(*coordinator_.store().jobs().List(10), IsEmpty());
}

TEST_F(Certificates, RevokedWhileTheirOwnerFollowsAJobShowNoMoreOfIt) {
  Enrol("person/ada", coordinator_.KeyOf("person/ada"));
  FakePerson ada(coordinator_, "ada");
  v1::GetJobRequest request;
  request.set_job_id(ada.SubmitDrill(DrillSpec(10, 1, 1)));
  grpc::ClientContext context;
  SetDeadline(context);
  const auto reader = ada.stub().WatchJob(&context, request);
  v1::JobReport report;
  ASSERT_TRUE(reader->Read(&report));
  Revoke("person/ada");
  while (reader->Read(&report)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), StatusCode::PERMISSION_DENIED);
}

TEST_F(Certificates, RevokedWhileTheirSiteUploadsEndTheUpload) {
  Enrol("site/north", coordinator_.KeyOf("site/north"));
  FakeSite north(coordinator_, "north"), south(coordinator_, "south");
  const v1::JobSpec spec = DrillSpec(10, 1, 2);
  FakePerson(coordinator_, "ada").SubmitDrill(spec);
  const v1::Plan plan = north.NextPlan();
  const std::string vector = DrillVector(spec, 2, 0.5f);
  grpc::ClientContext context;
  SetDeadline(context);
  const auto upload = north.stub().Upload(&context);
  v1::UploadMessage message;
  *message.mutable_open() = OpenOf(plan.id(), vector);
  ASSERT_TRUE(upload->Write(message));
  v1::UploadReply reply;
  ASSERT_TRUE(upload->Read(&reply));
  Revoke("site/north");
  upload->Write(ChunkMessage(vector, 0, vector.size()));
  upload->WritesDone();
  while (upload->Read(&reply)) EXPECT_FALSE(reply.has_verified());
  EXPECT_EQ(upload->Finish().error_code(), StatusCode::PERMISSION_DENIED);
}

// The database of an older version has no keys of members, and the log has their enrolments.
TEST_F(Certificates, FromBeforeTheLastEnrolmentAreNotRenewedThoughNoKeyWasWrittenDown) {
  const KeyPair old = KeyPair::Generate().value();
  const auto before = [&](const std::string& identity) {
    return coordinator_.authority()
        .IssueIdentity(*old.MakeRequest("x"), identity, clock_.Now() - absl::Hours(2), absl::Hours(24))
        .value();
  };
  Enrol("person/ada", *PublicKeyDer(key_));
  Enrol("site/north", "the key that it signs with");
  auto database = Database::Open(DatabasePath(coordinator_.state_dir()));
  ASSERT_TRUE(database.ok()) << database.status();
  ASSERT_TRUE((*database)
                  ->Write("age",
                          [](soci::session& sql) {
                            sql << "DELETE FROM member_keys";
                            return absl::OkStatus();
                          })
                  .ok());
  coordinator_.Restart();
  for (const char* identity : {"person/ada", "site/north"}) {
    EXPECT_THAT(Refusal(before(identity), old), HasSubstr("has enrolled anew")) << identity;
    v1::RenewResponse response;
    EXPECT_TRUE(Renew(Certificate(key_, identity), key_, &response).ok()) << identity;
    // From then on no other key opens anything.
    EXPECT_EQ(coordinator_.store().member_keys().Check(identity, *PublicKeyDer(old)).code(),
              absl::StatusCode::kPermissionDenied)
        << identity;
  }
}

TEST_F(Certificates, OfAMemberThatNoLogHasStandOnceTheyAreRenewed) {
  v1::RenewResponse response;
  EXPECT_TRUE(Renew(Certificate(key_, "site/north"), key_, &response).ok());
  const KeyPair other = KeyPair::Generate().value();
  EXPECT_THAT(Refusal(Certificate(other, "site/north"), other), HasSubstr("has enrolled anew"));
}

// A stream that says hello when the test likes.
class LateLink final : public SiteLink {
 public:
  void Send(std::shared_ptr<const v1::CoordinatorMessage>) override {}
  void Close(absl::Status reason) override {
    if (closed_.HasBeenNotified()) return;
    reason_ = std::move(reason);
    closed_.Notify();
  }
  absl::Status End() {
    EXPECT_TRUE(closed_.WaitForNotificationWithTimeout(absl::Seconds(60)));
    return reason_;
  }

 private:
  absl::Notification closed_;
  absl::Status reason_;
};

TEST_F(Certificates, ThatNoLongerStandPushNoSessionOut) {
  Enrol("site/north", coordinator_.KeyOf("site/north"));
  FakeSite north(coordinator_, "north");
  north.NextWelcome();
  v1::Hello hello;
  hello.set_protocol_version(kProtocolVersion);
  const auto superseded = std::make_shared<LateLink>(), ended = std::make_shared<LateLink>();
  coordinator_.engine().Connect("north", hello, superseded, {"site/north", "the key before"});
  EXPECT_EQ(superseded->End().code(), absl::StatusCode::kPermissionDenied);
  coordinator_.engine().Connect("north", hello, ended,
                                {"site/north", coordinator_.KeyOf("site/north"), clock_.Now() - absl::Hours(1)});
  EXPECT_EQ(ended->End().code(), absl::StatusCode::kUnauthenticated);
  FakePerson(coordinator_, "ada").SubmitDrill(DrillSpec(10, 1, 1));
  north.NextPlan();
}

}  // namespace
}  // namespace accord
