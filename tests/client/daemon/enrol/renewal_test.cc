// Renewal of certificates over real TLS, by coordinators that keep to the contract and such that do not.
#include "client/daemon/enrol/renewal.h"

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "client/daemon/enrol/certificate_keeper.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/accord/v1/wire.grpc.pb.h"
#include "tests/temporary_folder.h"
#include "trust/identity/certificate_authority.h"
#include "trust/identity/signing.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

const absl::Duration kOneDay = absl::Hours(24);

class Renewal : public ::testing::Test, private v1::Enrollment::Service {
 protected:
  void SetUp() override {
    const KeyPair server_key = KeyPair::Generate().value();
    const std::string leaf =
        authority_.IssueServer(server_key.MakeRequest("x").value(), {"127.0.0.1"}, absl::Now(), kOneDay).value();
    const TlsFiles server{folder_.Path("server.pem"), folder_.Path("server.key"), folder_.Path("server-ca.pem")};
    ASSERT_TRUE(WriteFileAtomically(server.certificate, leaf + authority_.certificate_pem()).ok());
    ASSERT_TRUE(WriteFileAtomically(server.key, server_key.ToPem()->RevealAsText(), 0600).ok());
    ASSERT_TRUE(WriteFileAtomically(server.ca, authority_.certificate_pem()).ok());
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", MakeServerCredentials(server).value(), &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    address_ = absl::StrCat("127.0.0.1:", port);
    ASSERT_TRUE(WriteFileAtomically(files_.key, key_.ToPem()->RevealAsText(), 0600).ok());
    ASSERT_TRUE(WriteFileAtomically(files_.ca, authority_.certificate_pem()).ok());
    // Ended an hour ago.
    WriteCertificate(absl::Now() - kOneDay - absl::Hours(1));
  }
  void TearDown() override { server_->Shutdown(); }

  grpc::Status Renew(grpc::ServerContext*, const v1::RenewRequest* request, v1::RenewResponse* response) override {
    return answer_(*request, *response);
  }
  std::string Issue(const std::string& csr_der, const std::string& identity = "site/basel") {
    return authority_.IssueIdentity(csr_der, identity, absl::Now(), kOneDay).value_or("");
  }
  void WriteCertificate(absl::Time issued) {
    const std::string pem = authority_.IssueIdentity(*key_.MakeRequest("x"), "site/basel", issued, kOneDay).value();
    ASSERT_TRUE(WriteFileAtomically(files_.certificate, pem).ok());
  }
  absl::Status Ask() { return RenewCertificate(address_, "", files_); }
  // With another answer: what is said, and that nothing was written.
  std::string Fault(std::function<void(v1::RenewResponse&)> change) {
    answer_ = [this, change](const v1::RenewRequest& request, v1::RenewResponse& response) {
      response.set_certificate_pem(Issue(request.csr_der()));
      response.set_ca_pem(authority_.certificate_pem());
      change(response);
      return grpc::Status::OK;
    };
    const std::string before = *ReadFile(files_.certificate);
    const absl::Status status = Ask();
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(*ReadFile(files_.certificate), before);
    return std::string(status.message());
  }

  TemporaryFolder folder_;
  const TlsFiles files_{folder_.Path("certificate.pem"), folder_.Path("key.pem"), folder_.Path("ca.pem")};
  CertificateAuthority authority_ = CertificateAuthority::Create("Federation", absl::Now()).value();
  const KeyPair key_ = KeyPair::Generate().value();
  std::function<grpc::Status(const v1::RenewRequest&, v1::RenewResponse&)> answer_ =
      [this](const v1::RenewRequest& request, v1::RenewResponse& response) {
        response.set_certificate_pem(Issue(request.csr_der()));
        response.set_ca_pem(authority_.certificate_pem());
        return grpc::Status::OK;
      };
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(Renewal, ReplacesACertificateThatHasEnded) {
  ASSERT_TRUE(Ask().ok());
  const auto facts = ReadCertificate(*ReadFile(files_.certificate));
  EXPECT_GT(facts->not_after, absl::Now() + absl::Hours(23));
  EXPECT_TRUE(MakeClientCredentials(files_).ok()) << "certificate and key fit";
  const auto renewed = RenewCertificateIfDue(address_, "", files_, absl::Now());
  ASSERT_TRUE(renewed.ok()) << renewed.status();
  EXPECT_FALSE(*renewed) << "its time has not come";
}

TEST_F(Renewal, IsWrittenDownBeforeItLeavesOrStays) {
  int answered = 0;
  answer_ = [&](const v1::RenewRequest&, v1::RenewResponse&) {
    ++answered;
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "later");
  };
  std::string written;
  const auto before = [&](const v1::RenewRequest& request) {
    EXPECT_EQ(answered, 0);
    written = request.certificate_pem();
    return absl::ResourceExhaustedError("no room on the disk");
  };
  EXPECT_EQ(RenewCertificate(address_, "", files_, before).message(), "no room on the disk");
  EXPECT_EQ(written, *ReadFile(files_.certificate));
  EXPECT_EQ(answered, 0);
}

TEST_F(Renewal, ComesAfterTwoThirdsOfALife) {
  CertificateFacts facts;
  facts.not_before = absl::FromUnixSeconds(0);
  facts.not_after = absl::FromUnixSeconds(900);
  EXPECT_EQ(RenewalTime(facts), absl::FromUnixSeconds(600));
}

TEST_F(Renewal, TakesNothingButItsOwnNextCertificate) {
  const KeyPair other_key = KeyPair::Generate().value();
  const CertificateAuthority other = CertificateAuthority::Create("Another", absl::Now()).value();
  EXPECT_THAT(Fault([&](auto& response) { response.set_certificate_pem(Issue(*other_key.MakeRequest("x"))); }),
              HasSubstr("another key"));
  EXPECT_THAT(Fault([&](auto& response) { response.set_certificate_pem(Issue(*key_.MakeRequest("x"), "site/bern")); }),
              HasSubstr("another identity"));
  EXPECT_THAT(Fault([&](auto& response) { response.set_ca_pem(other.certificate_pem()); }), HasSubstr("the CA"));
  EXPECT_THAT(Fault([&](auto& response) {
                response.set_certificate_pem(
                    other.IssueIdentity(*key_.MakeRequest("x"), "site/basel", absl::Now(), kOneDay).value());
              }),
              HasSubstr("did not sign"));
  EXPECT_THAT(Fault([](auto& response) { response.clear_certificate_pem(); }), HasSubstr("certificates"));
  EXPECT_THAT(Fault([](auto& response) { response.set_ca_pem(std::string(1 << 17, 'x')); }), HasSubstr("not valid"));
}

TEST_F(Renewal, SaysWhyTheCoordinatorDoesNot) {
  answer_ = [](const v1::RenewRequest&, v1::RenewResponse&) {
    return grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "a laptop was stolen");
  };
  const absl::Status refused = Ask();
  EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("a laptop was stolen"));
}

// Another coordinator at the same address is not asked: it never sees the request.
TEST_F(Renewal, AsksNobodyButTheCoordinatorOfItsFederation) {
  const CertificateAuthority other = CertificateAuthority::Create("Another", absl::Now()).value();
  ASSERT_TRUE(WriteFileAtomically(files_.ca, other.certificate_pem()).ok());
  answer_ = [](const v1::RenewRequest&, v1::RenewResponse&) {
    ADD_FAILURE() << "it was asked";
    return grpc::Status::OK;
  };
  EXPECT_EQ(Ask().code(), absl::StatusCode::kUnavailable);
}

TEST_F(Renewal, IsDoneByTheKeeperAsSoonAsItIsDue) {
  absl::Notification asked;
  answer_ = [&](const v1::RenewRequest& request, v1::RenewResponse& response) {
    response.set_certificate_pem(Issue(request.csr_der()));
    response.set_ca_pem(authority_.certificate_pem());
    if (!asked.HasBeenNotified()) asked.Notify();
    return grpc::Status::OK;
  };
  {
    const CertificateKeeper keeper({address_, "", files_, Clock::System()});
    ASSERT_TRUE(asked.WaitForNotificationWithTimeout(absl::Seconds(60)));
  }  // a renewal that has begun is carried through
  EXPECT_GT(ReadCertificate(*ReadFile(files_.certificate))->not_after, absl::Now());
}

TEST_F(Renewal, IsTriedAgainSoonAndThenLessOften) {
  RenewalPlan plan;
  const absl::Time now = absl::FromUnixSeconds(1'000'000);
  EXPECT_EQ(plan.WaitAfterFailure(), absl::Seconds(5));
  EXPECT_EQ(plan.WaitAfterFailure(), absl::Seconds(10));
  for (int i = 0; i < 10; ++i) plan.WaitAfterFailure();
  EXPECT_EQ(plan.WaitAfterFailure(), absl::Minutes(10));
  EXPECT_EQ(plan.WaitAfterSuccess(now, now + absl::Minutes(3)), absl::Minutes(3));
  EXPECT_EQ(plan.WaitAfterFailure(), absl::Seconds(5)) << "a success begins anew";
  EXPECT_EQ(plan.WaitAfterSuccess(now, now + absl::Hours(9)), absl::Minutes(10)) << "clocks may be set meanwhile";
  EXPECT_EQ(plan.WaitAfterSuccess(now, now - absl::Hours(9)), absl::Minutes(1)) << "a clock that is ahead";
  EXPECT_EQ(plan.WaitAfterSuccess(now, std::nullopt), absl::Minutes(10));
}

}  // namespace
}  // namespace accord
