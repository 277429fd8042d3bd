// Enrolment over real TLS, against coordinators that keep to the contract and such that do not.
#include "client/daemon/enrol/enrolment.h"

#include <grpcpp/grpcpp.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/hash.h"
#include "client/daemon/run/commands.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/accord/v1/wire.grpc.pb.h"
#include "proto/validation/config_validation.h"
#include "trust/identity/certificate_authority.h"
#include "trust/identity/granted_identity.h"
#include "trust/identity/signing.h"
#include "trust/identity/signing_key_proof.h"
#include "trust/tls/credentials.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const absl::Duration kDay = absl::Hours(24);

class Enrolment : public ::testing::Test, private v1::Enrollment::Service {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "accord-enrol-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    const KeyPair key = KeyPair::Generate().value();
    const std::string leaf =
        authority_.IssueServer(key.MakeRequest("x").value(), {"127.0.0.1"}, absl::Now(), kDay).value();
    const TlsFiles files{folder_ + "/server.pem", folder_ + "/server.key", folder_ + "/server-ca.pem"};
    ASSERT_TRUE(WriteFileAtomically(files.certificate, leaf + authority_.certificate_pem()).ok());
    ASSERT_TRUE(WriteFileAtomically(files.key, key.ToPem()->RevealAsText(), 0600).ok());
    ASSERT_TRUE(WriteFileAtomically(files.ca, authority_.certificate_pem()).ok());
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", MakeServerCredentials(files).value(), &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    address_ = absl::StrCat("127.0.0.1:", port);
  }
  void TearDown() override {
    server_->Shutdown();
    std::filesystem::remove_all(folder_);
  }
  grpc::Status Enroll(grpc::ServerContext*, const v1::EnrollRequest* request, v1::EnrollResponse* response) override {
    return answer_(*request, *response);
  }
  grpc::Status Grant(const v1::EnrollRequest& request, v1::EnrollResponse& response) {
    response.set_identity("site/basel");
    response.set_ca_pem(authority_.certificate_pem());
    response.set_certificate_pem(
        authority_.IssueIdentity(request.csr_der(), "site/basel", absl::Now(), kDay).value_or(""));
    return grpc::Status::OK;
  }
  absl::StatusOr<NewIdentity> Ask() {
    return RequestIdentity(address_, "", EnrolmentToken::Make(authority_.Fingerprint()).value(), {});
  }

  CertificateAuthority authority_ = CertificateAuthority::Create("Federation", absl::Now()).value();
  std::function<grpc::Status(const v1::EnrollRequest&, v1::EnrollResponse&)> answer_ =
      [this](const v1::EnrollRequest& request, v1::EnrollResponse& response) { return Grant(request, response); };
  std::string folder_;
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(Enrolment, GivesAnIdentityThatCanBeUsed) {
  const auto identity = Ask();
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->identity, "site/basel");
  const TlsFiles files{folder_ + "/new/certificate.pem", folder_ + "/new/key.pem", folder_ + "/new/ca.pem"};
  ASSERT_TRUE(CheckNotEnrolled(files).ok());
  ASSERT_TRUE(WriteIdentity(files, *identity).ok());
  EXPECT_TRUE(MakeClientCredentials(files).ok());
  struct stat info;
  ASSERT_EQ(stat(files.key.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(CheckNotEnrolled(files).code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(Enrolment, AStopBetweenCertificateAndKeyLosesNeitherIdentity) {
  const TlsFiles files{folder_ + "/certificate.pem", folder_ + "/key.pem", folder_ + "/ca.pem"};
  const std::string next = files.key + ".next";
  const auto before = Ask(), after = Ask();
  ASSERT_TRUE(before.ok() && after.ok());
  ASSERT_TRUE(WriteIdentity(files, *before).ok());
  EXPECT_FALSE(std::filesystem::exists(next));
  // Stopped in front of the certificate.
  ASSERT_TRUE(WriteFileAtomically(next, after->key_pem.RevealAsText(), 0600).ok());
  ASSERT_TRUE(FinishIdentity(files).ok());
  EXPECT_TRUE(MakeClientCredentials(files).ok());
  // Stopped behind it.
  ASSERT_TRUE(WriteFileAtomically(files.certificate, after->certificate_pem).ok());
  EXPECT_FALSE(MakeClientCredentials(files).ok());
  ASSERT_TRUE(FinishIdentity(files).ok());
  EXPECT_TRUE(MakeClientCredentials(files).ok());
  EXPECT_FALSE(std::filesystem::exists(next));
}

TEST_F(Enrolment, TheNewKeyIsOnTheDiskBeforeItsCertificate) {
  const TlsFiles files{folder_ + "/certificate.pem", folder_ + "/key.pem", folder_ + "/ca.pem"};
  const auto before = Ask(), after = Ask();
  ASSERT_TRUE(before.ok() && after.ok());
  ASSERT_TRUE(WriteIdentity(files, *before).ok());
  // A folder in the key's place: it is the last file that is written.
  std::filesystem::remove(files.key);
  ASSERT_TRUE(MakeFolders(files.key + "/in the way").ok());
  EXPECT_FALSE(WriteIdentity(files, *after).ok());
  std::filesystem::remove_all(files.key);
  ASSERT_TRUE(FinishIdentity(files).ok());
  EXPECT_TRUE(MakeClientCredentials(files).ok());
}

TEST_F(Enrolment, SendsTheTokenAsItIs) {
  std::string seen;
  answer_ = [&](const v1::EnrollRequest& request, v1::EnrollResponse& response) {
    seen = request.token();
    return Grant(request, response);
  };
  const EnrolmentToken token = EnrolmentToken::Make(authority_.Fingerprint()).value();
  ASSERT_TRUE(RequestIdentity(address_, "", token, {}).ok());
  EXPECT_EQ(seen, token.Text().RevealAsText());
}

TEST_F(Enrolment, ALostAnswerIsAskedForAgainWithTheSameKeyAndNoOtherTokenIs) {
  const TlsFiles files{folder_ + "/site/certificate.pem", folder_ + "/site/key.pem", folder_ + "/site/ca.pem"};
  const EnrolmentToken token = EnrolmentToken::Make(authority_.Fingerprint()).value();
  std::vector<std::string> keys;
  bool is_lost = true;
  answer_ = [&](const v1::EnrollRequest& request, v1::EnrollResponse& response) {
    const grpc::Status granted = Grant(request, response);
    keys.push_back(CertificatePublicKeyDer(response.certificate_pem()).value());
    return is_lost ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "the connection broke") : granted;
  };
  EXPECT_TRUE(absl::IsUnavailable(RequestIdentity(address_, "", token, {.files = &files}).status()));
  struct stat info;
  ASSERT_EQ(stat((files.key + ".asked").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_TRUE(CheckNotEnrolled(files).ok()) << "it has no identity yet";
  const EnrolmentToken other = EnrolmentToken::Make(authority_.Fingerprint()).value();
  is_lost = false;
  const auto identity = RequestIdentity(address_, "", token, {.files = &files});
  ASSERT_TRUE(identity.ok()) << identity.status();
  ASSERT_TRUE(RequestIdentity(address_, "", other, {.files = &files}).ok());
  ASSERT_EQ(keys.size(), 3u);
  EXPECT_EQ(keys[0], keys[1]);
  EXPECT_NE(keys[1], keys[2]);
  ASSERT_TRUE(WriteIdentity(files, *identity).ok());
  EXPECT_FALSE(std::filesystem::exists(files.key + ".asked"));
  EXPECT_TRUE(MakeClientCredentials(files).ok());
}

TEST_F(Enrolment, ASiteWithASigningKeyOfItsOwnProvesThatItHoldsIt) {
  const KeyPairSigner signer = KeyPairSigner::Create(KeyPair::Generate().value()).value();
  answer_ = [&](const v1::EnrollRequest& request, v1::EnrollResponse& response) {
    EXPECT_EQ(request.signing_key_der(), signer.public_key_der());
    EXPECT_TRUE(CheckSigningKeyProof(request.signing_key_der(), request.csr_der(), request.signing_key_proof()).ok());
    response.set_signing_key_der(request.signing_key_der());
    return Grant(request, response);
  };
  const auto identity =
      RequestIdentity(address_, "", EnrolmentToken::Make(authority_.Fingerprint()).value(), {.signer = &signer});
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_NE(CertificatePublicKeyDer(identity->certificate_pem).value(), signer.public_key_der());
}

TEST_F(Enrolment, ACoordinatorThatWouldListTheCertificatesKeyInsteadIsNotTaken) {
  const KeyPairSigner signer = KeyPairSigner::Create(KeyPair::Generate().value()).value();
  const auto identity =
      RequestIdentity(address_, "", EnrolmentToken::Make(authority_.Fingerprint()).value(), {.signer = &signer});
  EXPECT_EQ(identity.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(identity.status().message()), HasSubstr("have it upgraded"));
}

TEST_F(Enrolment, NeverShowsTheTokenToAnotherCoordinator) {
  bool asked = false;
  answer_ = [&](const v1::EnrollRequest&, v1::EnrollResponse&) {
    asked = true;
    return grpc::Status::OK;
  };
  const EnrolmentToken token = EnrolmentToken::Make(Sha256("another CA")).value();
  const auto identity = RequestIdentity(address_, "", token, {});
  EXPECT_EQ(identity.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(asked);
}

TEST_F(Enrolment, ARefusedTokenIsToldInTheCoordinatorsWords) {
  answer_ = [](const v1::EnrollRequest&, v1::EnrollResponse&) {
    return grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "the token has been used");
  };
  const auto identity = Ask();
  EXPECT_EQ(identity.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(identity.status().message()), HasSubstr("the token has been used"));
}

TEST_F(Enrolment, ACertificateThatIsNotOursIsNotTaken) {
  const CertificateAuthority stranger = CertificateAuthority::Create("Stranger", absl::Now()).value();
  const KeyPair other_key = KeyPair::Generate().value();
  const std::vector<std::function<void(const v1::EnrollRequest&, v1::EnrollResponse&)>> lies = {
      [&](const v1::EnrollRequest&, v1::EnrollResponse& response) { response.set_ca_pem(stranger.certificate_pem()); },
      [&](const v1::EnrollRequest& request, v1::EnrollResponse& response) {
        response.set_certificate_pem(
            stranger.IssueIdentity(request.csr_der(), "site/basel", absl::Now(), kDay).value());
      },
      [&](const v1::EnrollRequest&, v1::EnrollResponse& response) {
        response.set_certificate_pem(
            authority_.IssueIdentity(other_key.MakeRequest("x").value(), "site/basel", absl::Now(), kDay).value());
      },
      [&](const v1::EnrollRequest&, v1::EnrollResponse& response) { response.set_identity("site/geneva"); },
      [&](const v1::EnrollRequest&, v1::EnrollResponse& response) { response.set_identity("../../etc"); },
      [&](const v1::EnrollRequest&, v1::EnrollResponse& response) { response.set_certificate_pem("hello"); },
      [&](const v1::EnrollRequest&, v1::EnrollResponse& response) { response.set_ca_pem(std::string(1 << 20, 'A')); },
  };
  for (size_t i = 0; i < lies.size(); ++i) {
    answer_ = [&, i](const v1::EnrollRequest& request, v1::EnrollResponse& response) {
      const grpc::Status status = Grant(request, response);
      lies[i](request, response);
      return status;
    };
    EXPECT_FALSE(Ask().ok()) << "lie " << i;
  }
}

TEST_F(Enrolment, ACoordinatorThatIsNotThereIsToldSo) {
  server_->Shutdown();
  EXPECT_EQ(Ask().status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(Enrolment, ASiteGetsAConfigToStartFromAndIsNotEnrolledTwice) {
  const std::string token(EnrolmentToken::Make(authority_.Fingerprint())->Text().RevealAsText());
  EnrolOptions options;
  options.config_path = folder_ + "/site/client.yaml";
  options.coordinator = address_;
  options.invitation.text = "-";
  std::istringstream in(token + "\n");
  std::ostringstream out;
  ASSERT_TRUE(MakeFolders(folder_ + "/site").ok());
  const absl::Status enrolled = EnrolSite(options, in, out);
  ASSERT_TRUE(enrolled.ok()) << enrolled;
  EXPECT_THAT(out.str(), ::testing::Not(HasSubstr(token)));
  const auto config = LoadSiteConfig(options.config_path);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->site(), "basel");
  EXPECT_EQ(config->coordinator(), address_);

  options.invitation.text = token;
  EXPECT_EQ(EnrolSite(options, in, out).code(), absl::StatusCode::kAlreadyExists);
  options.force = true;
  EXPECT_TRUE(EnrolSite(options, in, out).ok());
}

TEST_F(Enrolment, ATokenForAnotherSiteOrAPersonIsNotWritten) {
  EnrolOptions options;
  options.config_path = folder_ + "/client.yaml";
  options.invitation.text = std::string(EnrolmentToken::Make(authority_.Fingerprint())->Text().RevealAsText());
  std::istringstream in;
  std::ostringstream out;
  ASSERT_TRUE(WriteFileAtomically(options.config_path,
                                  absl::StrCat("coordinator: ", address_, "\nsite: geneva\nstate_dir: state\n"))
                  .ok());
  EXPECT_THAT(std::string(EnrolSite(options, in, out).message()), HasSubstr("for site basel"));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/state/key.pem"));
}

TEST_F(Enrolment, AnInvitationOfAPersonIsSentNowhere) {
  bool asked = false;
  answer_ = [&](const v1::EnrollRequest& request, v1::EnrollResponse& response) {
    asked = true;
    return Grant(request, response);
  };
  const Invitation invitation{.identity = "person/frank",
                              .coordinator = address_,
                              .until = absl::FromUnixSeconds(1'900'000'000),
                              .token = EnrolmentToken::Make(authority_.Fingerprint()).value()};
  EnrolOptions options;
  options.config_path = folder_ + "/client.yaml";
  options.invitation.file = folder_ + "/frank.invitation";
  ASSERT_TRUE(WriteFileAtomically(options.invitation.file, invitation.Text().RevealAsText(), 0600).ok());
  std::istringstream in;
  std::ostringstream out;
  const absl::Status refused = EnrolSite(options, in, out);
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("frank.invitation is for person/frank"), HasSubstr("accord login --token-file")));
  EXPECT_FALSE(asked);
}

TEST_F(Enrolment, ATokenThatSaysNothingIsAskedWithAsASites) {
  answer_ = [&](const v1::EnrollRequest& request, v1::EnrollResponse& response) {
    EXPECT_EQ(request.kind(), v1::EnrollRequest::SITE);
    return Grant(request, response);
  };
  EnrolOptions options;
  options.config_path = folder_ + "/client.yaml";
  options.coordinator = address_;
  options.invitation.text = std::string(EnrolmentToken::Make(authority_.Fingerprint())->Text().RevealAsText());
  std::istringstream in;
  std::ostringstream out;
  const absl::Status enrolled = EnrolSite(options, in, out);
  ASSERT_TRUE(enrolled.ok()) << enrolled;
  // As rosters show it.
  const std::string certificate = ReadFile(folder_ + "/state/certificate.pem").value_or("");
  const auto key = CertificatePublicKeyDer(certificate);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_THAT(out.str(), AllOf(HasSubstr("key " + Sha256Hex(*key) + "\n"), HasSubstr("accord-client roster show")));
}

TEST_F(Enrolment, AnInvitationAndAMappingMakeAConfigThatIsComplete) {
  ASSERT_TRUE(MakeFolders(folder_ + "/site/data").ok());
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/site/data/heart.yaml", "csv: {file: rows.csv}\n").ok());
  const Invitation invitation{.identity = "site/basel",
                              .coordinator = address_,
                              .until = absl::FromUnixSeconds(1'900'000'000),
                              .token = EnrolmentToken::Make(authority_.Fingerprint()).value()};
  EnrolOptions options;
  options.config_path = folder_ + "/site/client.yaml";
  options.invitation.file = folder_ + "/basel.invitation";
  options.data = {"heart=" + folder_ + "/site/data/heart.yaml"};
  options.allow_two_sites = true;
  ASSERT_TRUE(WriteFileAtomically(options.invitation.file, invitation.Text().RevealAsText(), 0600).ok());
  std::istringstream in;
  std::ostringstream out;
  const absl::Status enrolled = EnrolSite(options, in, out);
  ASSERT_TRUE(enrolled.ok()) << enrolled;
  const auto config = LoadSiteConfig(options.config_path);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->coordinator(), address_);
  ASSERT_EQ(config->datasets_size(), 1);
  EXPECT_EQ(config->datasets(0).name(), "heart");
  EXPECT_EQ(config->datasets(0).mapping(), folder_ + "/site/data/heart.yaml");
  EXPECT_TRUE(config->floors().allow_two_sites());
  // What is there already is the operator's.
  options.force = true;
  EXPECT_THAT(std::string(EnrolSite(options, in, out).message()), HasSubstr("write datasets and floors in it"));
  options.data.clear();
  EXPECT_TRUE(EnrolSite(options, in, out).ok()) << "the config says already what --allow-two-sites would write";
  ASSERT_TRUE(WriteFileAtomically(options.config_path,
                                  absl::StrCat("coordinator: ", address_, "\nsite: basel\nstate_dir: state\n"))
                  .ok());
  EXPECT_THAT(std::string(EnrolSite(options, in, out).message()), HasSubstr("\nfloors: {allow_two_sites: true}"));
}

TEST_F(Enrolment, AFaultInWhatItWouldWriteLeavesTheTokenUnused) {
  bool asked = false;
  answer_ = [&](const v1::EnrollRequest& request, v1::EnrollResponse& response) {
    asked = true;
    return Grant(request, response);
  };
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/wrong.yaml", "csv: {flie: rows.csv}\n").ok());
  EnrolOptions options;
  options.config_path = folder_ + "/client.yaml";
  options.coordinator = address_;
  options.invitation.text = std::string(EnrolmentToken::Make(authority_.Fingerprint())->Text().RevealAsText());
  options.data = {"heart", "heart=" + folder_ + "/nowhere.yaml", "ecg=" + folder_ + "/wrong.yaml"};
  std::istringstream in;
  std::ostringstream out;
  const std::string faults(EnrolSite(options, in, out).message());
  EXPECT_THAT(faults, AllOf(HasSubstr("--data heart: expected NAME=MAPPING"), HasSubstr("nowhere.yaml"),
                            HasSubstr("wrong.yaml:1"), HasSubstr("the token was not used")));
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/heart.yaml", "csv: {file: rows.csv}\n").ok());
  options.data = {"He'art=" + folder_ + "/heart.yaml"};
  EXPECT_THAT(std::string(EnrolSite(options, in, out).message()), HasSubstr("datasets[0].name"));
  EXPECT_FALSE(asked);
  EXPECT_FALSE(std::filesystem::exists(options.config_path));
}

TEST(ReadCertificate, TellsIdentityAndValidity) {
  const absl::Time now = absl::FromUnixSeconds(1700000000);
  const CertificateAuthority authority = CertificateAuthority::Create("F", now).value();
  const KeyPair key = KeyPair::Generate().value();
  const std::string pem = authority.IssueIdentity(key.MakeRequest("x").value(), "site/basel", now, kDay).value();
  const CertificateFacts facts = ReadCertificate(pem).value();
  EXPECT_EQ(facts.identity, "site/basel");
  EXPECT_EQ(facts.not_after, now + kDay);
  EXPECT_LT(facts.not_before, now);
  EXPECT_FALSE(ReadCertificate("nothing").ok());
}

}  // namespace
}  // namespace accord
