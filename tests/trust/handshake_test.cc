// Real handshakes over loopback: who is let in, who is not, and as whom.
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/synchronization/notification.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "trust/identity/certificate_authority.h"
#include "trust/identity/key_pair.h"
#include "trust/tls/credentials.h"
#include "trust/tls/pinned_verifier.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

const absl::Duration kDay = absl::Hours(24);

// Answers every call with "ROLE:ID" of its caller.
class WhoAmI : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    class Reactor : public grpc::ServerGenericBidiReactor {
     public:
      explicit Reactor(const PeerIdentity& peer) {
        const std::string text = std::to_string(static_cast<int>(peer.role)) + ":" + peer.id;
        answer_ = grpc::ByteBuffer(std::vector<grpc::Slice>{grpc::Slice(text)}.data(), 1);
        StartWriteAndFinish(&answer_, grpc::WriteOptions(), grpc::Status::OK);
      }
      void OnDone() override { delete this; }

     private:
      grpc::ByteBuffer answer_;
    };
    return new Reactor(IdentifyPeer(*context->auth_context()));
  }
};

class Handshake : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "accord-handshake-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override {
    if (server_ != nullptr) server_->Shutdown();
    std::filesystem::remove_all(folder_);
  }

  // Writes NAME.crt, NAME.key, NAME.ca.
  TlsFiles Write(const std::string& name, const std::string& certificate, const KeyPair& key,
                 const CertificateAuthority& trusted) {
    const TlsFiles files{folder_ + "/" + name + ".crt", folder_ + "/" + name + ".key", folder_ + "/" + name + ".ca"};
    EXPECT_TRUE(WriteFileAtomically(files.certificate, certificate, 0644, Durability::kVisible).ok());
    EXPECT_TRUE(WriteFileAtomically(files.key, key.ToPem()->RevealAsText(), 0600, Durability::kVisible).ok());
    EXPECT_TRUE(WriteFileAtomically(files.ca, trusted.certificate_pem(), 0644, Durability::kVisible).ok());
    return files;
  }
  TlsFiles Client(const CertificateAuthority& issuer, const std::string& identity, absl::Time from = absl::Now()) {
    const KeyPair key = KeyPair::Generate().value();
    return Write("client", issuer.IssueIdentity(key.MakeRequest("x").value(), identity, from, kDay).value(), key,
                 authority_);
  }
  void StartServer(const std::vector<std::string>& names, absl::Time from = absl::Now()) {
    const KeyPair key = KeyPair::Generate().value();
    const std::string leaf = authority_.IssueServer(key.MakeRequest("x").value(), names, from, kDay).value();
    ServeWith(Write("server", leaf + authority_.certificate_pem(), key, authority_));
  }
  void ServeWith(const TlsFiles& files, absl::Duration reread = absl::Minutes(1)) {
    auto credentials = MakeServerCredentials(files, reread);
    ASSERT_TRUE(credentials.ok()) << credentials.status();
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", *credentials, &port_);
    builder.RegisterCallbackGenericService(&service_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
  }

  // The server's answer, or "refused".
  std::string Ask(const std::shared_ptr<grpc::ChannelCredentials>& credentials, const std::string& host = "127.0.0.1") {
    auto channel = grpc::CreateCustomChannel(host + ":" + std::to_string(port_), credentials, grpc::ChannelArguments());
    grpc::GenericStub stub(channel);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    const std::string ping = "?";
    grpc::Slice slice(ping);
    grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    grpc::Status status;
    absl::Notification done;
    stub.UnaryCall(&context, "/test/WhoAmI", grpc::StubOptions(), &request, &response, [&](grpc::Status s) {
      status = std::move(s);
      done.Notify();
    });
    done.WaitForNotification();
    if (!status.ok()) return "refused";
    std::vector<grpc::Slice> slices;
    EXPECT_TRUE(response.Dump(&slices).ok());
    std::string text;
    for (const grpc::Slice& s : slices) text.append(reinterpret_cast<const char*>(s.begin()), s.size());
    return text;
  }
  std::string AskAs(const TlsFiles& files, const std::string& host = "127.0.0.1") {
    auto credentials = MakeClientCredentials(files);
    EXPECT_TRUE(credentials.ok()) << credentials.status();
    return credentials.ok() ? Ask(*credentials, host) : "refused";
  }

  CertificateAuthority authority_ = CertificateAuthority::Create("Federation", absl::Now()).value();
  CertificateAuthority stranger_ = CertificateAuthority::Create("Stranger", absl::Now()).value();
  std::string folder_;
  WhoAmI service_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

TEST_F(Handshake, ASiteIsKnownByItsCertificate) {
  StartServer({"127.0.0.1"});
  EXPECT_EQ(AskAs(Client(authority_, "site/basel")), "1:basel");
}

TEST_F(Handshake, APersonIsKnownByItsCertificate) {
  StartServer({"127.0.0.1"});
  EXPECT_EQ(AskAs(Client(authority_, "person/ada")), "2:ada");
}

TEST_F(Handshake, AHostNameIsAcceptedWhereTheCertificateHasIt) {
  StartServer({"localhost"});
  EXPECT_EQ(AskAs(Client(authority_, "site/basel"), "localhost"), "1:basel");
}

TEST_F(Handshake, ACallerWithoutACertificateIsNobody) {
  StartServer({"127.0.0.1"});
  EXPECT_EQ(Ask(MakeEnrolmentCredentials(authority_.Fingerprint())), "0:");
}

TEST_F(Handshake, AClientOfAnotherAuthorityIsRefused) {
  StartServer({"127.0.0.1"});
  EXPECT_EQ(AskAs(Client(stranger_, "site/basel")), "refused");
}

TEST_F(Handshake, AnExpiredClientIsRefused) {
  StartServer({"127.0.0.1"});
  EXPECT_EQ(AskAs(Client(authority_, "site/basel", absl::Now() - 2 * kDay)), "refused");
}

TEST_F(Handshake, AClientFromTheFutureIsRefused) {
  StartServer({"127.0.0.1"});
  EXPECT_EQ(AskAs(Client(authority_, "site/basel", absl::Now() + 2 * kDay)), "refused");
}

TEST_F(Handshake, AServerOfAnotherNameIsRefused) {
  StartServer({"accord.example.org"});
  EXPECT_EQ(AskAs(Client(authority_, "site/basel")), "refused");
  EXPECT_EQ(Ask(MakeEnrolmentCredentials(authority_.Fingerprint())), "refused");
}

TEST_F(Handshake, AnExpiredServerIsRefused) {
  StartServer({"127.0.0.1"}, absl::Now() - 2 * kDay);
  EXPECT_EQ(AskAs(Client(authority_, "site/basel")), "refused");
  EXPECT_EQ(Ask(MakeEnrolmentCredentials(authority_.Fingerprint())), "refused");
}

TEST_F(Handshake, ARenewedServerCertificateCountsWithoutARestart) {
  const KeyPair key = KeyPair::Generate().value();
  const auto chain = [&](absl::Time from) {
    return authority_.IssueServer(key.MakeRequest("x").value(), {"127.0.0.1"}, from, kDay).value() +
           authority_.certificate_pem();
  };
  const TlsFiles files = Write("server", chain(absl::Now() - 2 * kDay), key, authority_);
  ServeWith(files, absl::Seconds(1));
  const TlsFiles client = Client(authority_, "site/basel");
  EXPECT_EQ(AskAs(client), "refused") << "its certificate has expired";
  ASSERT_TRUE(WriteFileAtomically(files.certificate, chain(absl::Now()), 0644, Durability::kVisible).ok());
  const absl::Time give_up = absl::Now() + absl::Seconds(30);
  while (AskAs(client) == "refused" && absl::Now() < give_up) {
  }
  EXPECT_EQ(AskAs(client), "1:basel");
}

TEST_F(Handshake, AServerWhoseFilesAreGoneGoesOnWithWhatItHas) {
  const KeyPair key = KeyPair::Generate().value();
  const std::string leaf =
      authority_.IssueServer(key.MakeRequest("x").value(), {"127.0.0.1"}, absl::Now(), kDay).value();
  const TlsFiles files = Write("server", leaf + authority_.certificate_pem(), key, authority_);
  ServeWith(files, absl::Seconds(1));
  const TlsFiles client = Client(authority_, "site/basel");
  for (const std::string& path : {files.certificate, files.key, files.ca}) std::filesystem::remove(path);
  const absl::Time enough = absl::Now() + absl::Seconds(3);  // it has looked for them in between
  do {
    EXPECT_EQ(AskAs(client), "1:basel");
  } while (absl::Now() < enough && !HasFailure());
}

TEST_F(Handshake, AServerOfAnotherAuthorityIsRefused) {
  const KeyPair key = KeyPair::Generate().value();
  const std::string leaf =
      stranger_.IssueServer(key.MakeRequest("x").value(), {"127.0.0.1"}, absl::Now(), kDay).value();
  ServeWith(Write("server", leaf + stranger_.certificate_pem(), key, authority_));
  EXPECT_EQ(AskAs(Client(authority_, "site/basel")), "refused");
  EXPECT_EQ(Ask(MakeEnrolmentCredentials(authority_.Fingerprint())), "refused");
  EXPECT_EQ(Ask(MakeEnrolmentCredentials(stranger_.Fingerprint())), "0:");
}

TEST_F(Handshake, ASiteCannotPassForTheCoordinator) {
  const TlsFiles site = Client(authority_, "site/basel");
  const std::string chain = ReadFile(site.certificate).value() + authority_.certificate_pem();
  ASSERT_TRUE(WriteFileAtomically(site.certificate, chain, 0644, Durability::kVisible).ok());
  ServeWith(site);
  EXPECT_EQ(Ask(MakeEnrolmentCredentials(authority_.Fingerprint())), "refused");
  EXPECT_EQ(AskAs(Client(authority_, "site/geneva")), "refused");
}

TEST_F(Handshake, AServerThatAppendsTheTrueAuthorityToAForeignLeafIsRefused) {
  const KeyPair key = KeyPair::Generate().value();
  const std::string leaf =
      stranger_.IssueServer(key.MakeRequest("x").value(), {"127.0.0.1"}, absl::Now(), kDay).value();
  ServeWith(Write("server", leaf + stranger_.certificate_pem() + authority_.certificate_pem(), key, authority_));
  EXPECT_EQ(Ask(MakeEnrolmentCredentials(authority_.Fingerprint())), "refused");
}

TEST_F(Handshake, NothingBelowTls13IsSpoken) {
  StartServer({"127.0.0.1"});
  const auto connects = [&](int version) {
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    SSL_CTX_set_max_proto_version(context.get(), version);
    std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new_ssl_connect(context.get()), BIO_free_all);
    SSL* ssl = nullptr;
    BIO_get_ssl(bio.get(), &ssl);
    const unsigned char protocols[] = {2, 'h', '2'};
    SSL_set_alpn_protos(ssl, protocols, sizeof(protocols));
    BIO_set_conn_hostname(bio.get(), ("127.0.0.1:" + std::to_string(port_)).c_str());
    return BIO_do_handshake(bio.get()) == 1;
  };
  EXPECT_TRUE(connects(TLS1_3_VERSION));
  EXPECT_FALSE(connects(TLS1_2_VERSION));
}

TEST_F(Handshake, AKeyThatOthersCanReadIsRefused) {
  const TlsFiles files = Client(authority_, "site/basel");
  for (const mode_t mode : {0640, 0604, 0660}) {
    ASSERT_EQ(chmod(files.key.c_str(), mode), 0);
    const auto credentials = MakeClientCredentials(files);
    EXPECT_EQ(credentials.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(credentials.status().message()), HasSubstr("chmod 600"));
    EXPECT_FALSE(MakeServerCredentials(files).ok());
  }
}

TEST_F(Handshake, FilesThatDoNotBelongTogetherAreNamed) {
  const TlsFiles files = Client(authority_, "site/basel");
  ASSERT_TRUE(
      WriteFileAtomically(files.key, KeyPair::Generate()->ToPem()->RevealAsText(), 0600, Durability::kVisible).ok());
  EXPECT_THAT(std::string(MakeClientCredentials(files).status().message()), HasSubstr("does not belong"));
  ASSERT_TRUE(WriteFileAtomically(files.ca, "nothing", 0644, Durability::kVisible).ok());
  EXPECT_FALSE(MakeClientCredentials(files).ok());
  std::filesystem::remove(files.key);
  EXPECT_EQ(MakeClientCredentials(files).status().code(), absl::StatusCode::kNotFound);
}

TEST(PinnedChain, GarbageIsRefusedWithAReason) {
  const Sha256Digest fingerprint = Sha256("x");
  for (const std::string& chain : {std::string(), std::string("-----BEGIN CERTIFICATE-----\nAAAA\n"),
                                   std::string("\0\xff\xfe", 3), std::string(1 << 20, 'A')}) {
    const absl::Status status = VerifyPinnedChain(chain, "127.0.0.1:1", fingerprint, absl::Now());
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  }
}

}  // namespace
}  // namespace accord
