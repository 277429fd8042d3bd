// Which key a site goes by, with and without a token; and a roster signed by the one in the token.
#include "client/daemon/signing/own_key.h"

#include <sys/stat.h>
#include <unistd.h>

#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "client/daemon/run/roster_commands.h"
#include "client/daemon/run/token_finding.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/federation/federation_folder.h"
#include "tests/client/signer/soft_token.h"
#include "trust/roster/roster_words.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class OwnKeyTest : public ::testing::Test {
 protected:
  void SetUp() override { folder_.Enrol(sites_, "va"); }
  // As if the site had enrolled with a token; its public key.
  std::string EnrolWithToken() {
    token_.MakeToken();
    token_.MakeKey();
    const auto opened = OpenToken(WithToken());
    EXPECT_TRUE(opened.ok()) << opened.status();
    if (!opened.ok()) return "";
    EXPECT_TRUE(KeepSigningKey(folder_.State(), (*opened)->public_key_der()).ok());
    return (*opened)->public_key_der();
  }
  v1::SiteConfig WithToken() {
    v1::SiteConfig config = folder_.Config("va");
    *config.mutable_signing_token() = token_.Config();
    return config;
  }
  void WriteConfig() {
    const v1::SigningToken token = token_.Config();
    const std::string text =
        absl::StrCat("coordinator: localhost:1\nsite: va\nstate_dir: state\nsigning_token:\n  module: ", token.module(),
                     "\n  token_label: ", token.token_label(), "\n  key_label: ", token.key_label(),
                     "\n  pin_file: ", token.pin_file(), "\n");
    ASSERT_TRUE(WriteFileAtomically(folder_.Path("client.yaml"), text).ok());
  }

  SoftToken token_;
  FederationFolder folder_;
  const ExampleSites sites_ = FourHospitals();
};

TEST_F(OwnKeyTest, WithoutATokenIsThatOfTheCertificate) {
  const v1::SiteConfig config = folder_.Config("va");
  EXPECT_EQ(OwnPublicKey(config).value(), sites_.signer("va").public_key_der());
  const auto signer = MakeOwnSigner(config, IfTokenFails::kRefuse);
  ASSERT_TRUE(signer.ok()) << signer.status();
  EXPECT_EQ((*signer)->public_key_der(), sites_.signer("va").public_key_der());
}

TEST_F(OwnKeyTest, InAFileThatOthersCanReadSignsNothing) {
  const std::string path = folder_.State().IdentityFiles().key;
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  const auto signer = MakeOwnSigner(folder_.Config("va"), IfTokenFails::kRefuse);
  EXPECT_EQ(signer.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(signer.status().message()), HasSubstr("chmod 600"));
}

TEST_F(OwnKeyTest, InATokenIsKnownWithoutTheToken) {
  const std::string key = EnrolWithToken();
  EXPECT_NE(key, sites_.signer("va").public_key_der());
  v1::SiteConfig config = WithToken();
  config.mutable_signing_token()->set_module("/nowhere.so");
  EXPECT_EQ(OwnPublicKey(config).value(), key);
  EXPECT_EQ(MakeOwnSigner(config, IfTokenFails::kRefuse).status().code(), absl::StatusCode::kNotFound);
  const auto later = MakeOwnSigner(config, IfTokenFails::kWarnAndGoOn);
  ASSERT_TRUE(later.ok()) << later.status();
  EXPECT_EQ((*later)->public_key_der(), key);
  EXPECT_EQ((*later)->Sign("d", "m").status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(OwnKeyTest, ThatTheConfigOrTheEnrolmentDoesNotKnowIsNobodys) {
  EXPECT_THAT(std::string(OwnPublicKey(WithToken()).status().message()), HasSubstr("enrolled without"));
  EnrolWithToken();
  EXPECT_THAT(std::string(OwnPublicKey(folder_.Config("va")).status().message()), HasSubstr("has no signing_token"));
  ASSERT_TRUE(KeepSigningKey(folder_.State(), "").ok());
  EXPECT_TRUE(OwnPublicKey(folder_.Config("va")).ok());
  ASSERT_TRUE(KeepSigningKey(folder_.State(), "").ok()) << "there is none to remove";
  ASSERT_TRUE(WriteFileAtomically(folder_.State().SigningKeyFile(), "no key").ok());
  EXPECT_THAT(std::string(OwnPublicKey(WithToken()).status().message()), HasSubstr("signing-key.der"));
  ASSERT_EQ(unlink(folder_.State().IdentityFiles().certificate.c_str()), 0);
  EXPECT_EQ(OwnPublicKey(WithToken()).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(OwnKeyTest, InATokenSignsTheRosterThatListsIt) {
  const std::string key = EnrolWithToken();
  WriteConfig();
  std::vector<RosterEntry> entries;
  const Roster listed = sites_.Listed();
  for (const RosterSite& site : listed.sites()) {
    entries.push_back({site.site, site.organisation, site.site == "va" ? key : site.public_key_der});
  }
  const auto roster = Roster::Parse(Roster::Write("Hearts", std::move(entries)).value());
  RosterFileOptions options;
  options.config_path = folder_.Path("client.yaml");
  options.file = folder_.Path("roster.txt");
  ASSERT_TRUE(WriteFileAtomically(options.file, SignedRoster(*roster).Text()).ok());
  std::ostringstream out;
  ASSERT_TRUE(ShowRoster(options, out).ok());
  EXPECT_THAT(out.str(), HasSubstr("It lists this site, va, with its key."));
  const absl::Status signed_it = SignRosterFile(options, out);
  ASSERT_TRUE(signed_it.ok()) << signed_it;
  const auto written = SignedRoster::Parse(*ReadFile(options.file));
  EXPECT_THAT(written->Examine().bad, ::testing::IsEmpty());
  EXPECT_THAT(written->Examine().missing, ::testing::SizeIs(3));
  // The draft of before lists the certificate's key.
  ASSERT_TRUE(WriteFileAtomically(options.file, sites_.Draft().Text()).ok());
  EXPECT_THAT(std::string(SignRosterFile(options, out).message()), HasSubstr("with another key"));
}

TEST_F(OwnKeyTest, InATokenIsToldByCheck) {
  EXPECT_THAT(ExamineToken(folder_.Config("va")), ::testing::IsEmpty());
  const std::string key = EnrolWithToken();
  const std::vector<Finding> fine = ExamineToken(WithToken());
  ASSERT_THAT(fine, ::testing::SizeIs(1));
  EXPECT_EQ(fine[0].level, Finding::Level::kFine);
  EXPECT_THAT(fine[0].text, HasSubstr(KeyFingerprint(key)));
  token_.Write("pin", "000000");
  for (const char* words : {"the PIN is wrong", "refused the PIN in"}) {
    const std::vector<Finding> faults = ExamineToken(WithToken());
    ASSERT_THAT(faults, ::testing::SizeIs(1));
    EXPECT_EQ(faults[0].level, Finding::Level::kFault);
    EXPECT_THAT(faults[0].text, HasSubstr(words));
  }
  // Before enrolment it is looked at too.
  ASSERT_EQ(unlink(folder_.State().IdentityFiles().certificate.c_str()), 0);
  token_.Write("pin", SoftToken::kPin);
  const std::vector<Finding> warned = ExamineToken(WithToken());
  ASSERT_THAT(warned, ::testing::SizeIs(2));
  EXPECT_EQ(warned[0].level, Finding::Level::kWarning);
}

}  // namespace
}  // namespace accord
