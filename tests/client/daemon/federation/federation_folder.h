// A site's state folder with an identity in it, as enrolment would leave it.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "base/file.h"
#include "client/daemon/state/state_folder.h"
#include "gtest/gtest.h"
#include "proto/accord/v1/site.pb.h"
#include "tests/trust/roster/example_roster.h"
#include "trust/identity/certificate_authority.h"

namespace accord {

class FederationFolder {
 public:
  FederationFolder() {
    std::string pattern = ::testing::TempDir() + "accord-federation-XXXXXX";
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    path_ = pattern;
  }
  ~FederationFolder() { std::filesystem::remove_all(path_); }
  FederationFolder(const FederationFolder&) = delete;
  FederationFolder& operator=(const FederationFolder&) = delete;

  std::string Path(const std::string& name) const { return path_ + "/" + name; }
  StateFolder State() const { return StateFolder(Path("state")); }

  // The site's key becomes that of `sites`.
  void Enrol(const ExampleSites& sites, const std::string& site) const {
    const absl::Time now = absl::Now();
    const auto authority = CertificateAuthority::Create("test", now);
    const auto certificate =
        authority->IssueIdentity(*sites.key(site).MakeRequest("test"), "site/" + site, now, absl::Hours(1));
    ASSERT_TRUE(certificate.ok()) << certificate.status();
    const TlsFiles files = State().IdentityFiles();
    ASSERT_TRUE(MakeFolders(State().path(), 0700).ok());
    ASSERT_TRUE(WriteFileAtomically(files.certificate, *certificate).ok());
    ASSERT_TRUE(WriteFileAtomically(files.ca, authority->certificate_pem()).ok());
    ASSERT_TRUE(WriteFileAtomically(files.key, sites.key(site).ToPem()->RevealAsText(), 0600).ok());
  }

  v1::SiteConfig Config(const std::string& site, const std::string& roster_sha256 = "") const {
    v1::SiteConfig config;
    config.set_site(site);
    config.set_state_dir(State().path());
    config.set_roster_sha256(roster_sha256);
    return config;
  }

 private:
  std::string path_;
};

}  // namespace accord
