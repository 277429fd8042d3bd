// Tokens of SoftHSM in a temporary folder, for the processes of one test alone. They are made with the tools that a
// site's operator would use.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "gtest/gtest.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

class SoftToken {
 public:
  static constexpr char kModule[] = "/usr/lib/softhsm/libsofthsm2.so";
  static constexpr char kLabel[] = "site-token";
  static constexpr char kKeyLabel[] = "signing";
  static constexpr char kPin[] = "271828";

  // An empty folder for tokens. Sets SOFTHSM2_CONF, so not beside other threads.
  SoftToken() {
    std::string pattern = ::testing::TempDir() + "accord-token-XXXXXX";
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    EXPECT_TRUE(MakeFolders(Tokens(), 0700).ok());
    Write("softhsm2.conf", absl::StrCat("directories.tokendir = ", Tokens(), "\nlog.level = ERROR\n"));
    EXPECT_EQ(setenv("SOFTHSM2_CONF", Path("softhsm2.conf").c_str(), 1), 0);
    Write("pin", absl::StrCat(kPin, "\n"));
  }
  ~SoftToken() {
    unsetenv("SOFTHSM2_CONF");
    std::filesystem::remove_all(folder_);
  }
  SoftToken(const SoftToken&) = delete;
  SoftToken& operator=(const SoftToken&) = delete;

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  // Of all tokens; away and back again is pulling the token and plugging it in.
  std::string Tokens() const { return Path("tokens"); }
  // Of mode 0600, and another file than before.
  void Write(const std::string& name, const std::string& content) const {
    EXPECT_TRUE(WriteFileAtomically(Path(name), content, 0600, Durability::kVisible).ok());
  }

  void MakeToken(const std::string& label = kLabel) const {
    Run(absl::StrCat("softhsm2-util --init-token --free --so-pin 31415926 --pin ", kPin, " --label ", label));
  }
  // `type` as pkcs11-tool names it.
  void MakeKey(const std::string& label = kKeyLabel, const std::string& type = "EC:prime256v1",
               const std::string& id = "01") const {
    Tool(absl::StrCat("--keypairgen --key-type ", type, " --label ", label, " --id ", id));
  }
  // Runs pkcs11-tool, logged in.
  void Tool(const std::string& arguments) const {
    Run(absl::StrCat("pkcs11-tool --module ", kModule, " --token-label ", kLabel, " --login --pin ", kPin, " ",
                     arguments));
  }

  v1::SigningToken Config() const {
    v1::SigningToken token;
    token.set_module(kModule);
    token.set_token_label(kLabel);
    token.set_key_label(kKeyLabel);
    token.set_pin_file(Path("pin"));
    return token;
  }

 private:
  void Run(const std::string& command) const {
    const std::string log = Path("log");
    EXPECT_EQ(std::system(absl::StrCat(command, " >", log, " 2>&1").c_str()), 0) << command << "\n"
                                                                                 << ReadFile(log).value_or("");
  }
  std::string folder_;
};

}  // namespace accord
