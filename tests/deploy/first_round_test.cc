// docs/first-round.md is played with real processes by the people whom it names, and its commands and files are
// counted.
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "base/random_stream.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/deploy/desks.h"
#include "trust/identity/key_pair.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;

constexpr size_t kMostCommands = 3;
constexpr size_t kScalarBytes = 32;

// What one kind of people types and writes.
struct Part {
  std::vector<std::string> commands;
  std::map<std::string, std::string> files;  // those that they write themselves
};

// The part under this heading. The file that a block of YAML is, stands at the end of the text before it.
Part PartOf(const std::string& heading) {
  const std::string page = ReadFile(ACCORD_SOURCE_DIR "/docs/first-round.md").value();
  const size_t begin = page.find("\n## " + heading);
  EXPECT_NE(begin, std::string::npos) << heading;
  Part part;
  std::string language, last_name;
  for (const std::string& line :
       std::vector<std::string>(absl::StrSplit(page.substr(begin, page.find("\n## ", begin + 1) - begin), '\n'))) {
    if (absl::StartsWith(line, "```")) {
      language = language.empty() ? line.substr(3) : "";
    } else if (language == "sh") {
      part.commands.push_back(line);
    } else if (language == "yaml") {
      absl::StrAppend(&part.files[last_name], line, "\n");
    } else if (absl::EndsWith(line, "`")) {
      const size_t close = line.size() - 1;
      const size_t open = line.rfind('`', close - 1);
      last_name = line.substr(open + 1, close - open - 1);
    }
  }
  return part;
}

std::string Patients(uint64_t seed) {
  RandomStream draw({seed, "", 0, "patients"});
  std::string csv = "age,gender,pressure,disease\n";
  for (int i = 0; i < 200; ++i) {
    const double age = 20 + 70 * draw.NextDouble();
    const double pressure = 90 + 90 * draw.NextDouble();
    const bool ill = (age - 55) / 20 + (pressure - 135) / 30 + 2 * draw.NextDouble() - 1 > 0;
    absl::StrAppendFormat(&csv, "%.0f,%s,%.0f,%d\n", age, draw.NextBelow(2) == 0 ? "F" : "M", pressure, ill ? 1 : 0);
  }
  return csv;
}

class FirstRound : public Desks {
 protected:
  void Write(const std::string& who, const Part& part) {
    for (const auto& [name, content] : part.files) WriteAt(who, name, content);
  }
};

void ForEachFile(const std::string& folder,
                 const std::function<void(const std::string& path, const std::string&)>& look) {
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const auto content = ReadFile(entry.path().string());
    EXPECT_TRUE(content.ok()) << entry.path() << ": " << content.status();
    look(entry.path().string(), content.value_or(""));
    ++files;
  }
  EXPECT_GT(files, 0) << folder;
}

// The secret numbers of the private keys in the PEM files below a folder, each with the file that it stands in.
std::map<std::string, std::string> PrivateKeysBelow(const std::string& folder) {
  std::map<std::string, std::string> keys;
  ForEachFile(folder, [&](const std::string& path, const std::string& content) {
    const std::string end = "-----END PRIVATE KEY-----\n";
    for (size_t begin = content.find("-----BEGIN PRIVATE KEY-----"); begin != std::string::npos;
         begin = content.find("-----BEGIN PRIVATE KEY-----", begin + 1)) {
      const std::string pem = content.substr(begin, content.find(end, begin) + end.size() - begin);
      const auto key = KeyPair::FromPem(SecretBytes({reinterpret_cast<const uint8_t*>(pem.data()), pem.size()}));
      ASSERT_TRUE(key.ok()) << path << ": " << key.status();
      BIGNUM* number = nullptr;
      ASSERT_EQ(EVP_PKEY_get_bn_param(key->get(), OSSL_PKEY_PARAM_PRIV_KEY, &number), 1) << path;
      std::string scalar(kScalarBytes, '\0');
      EXPECT_EQ(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(scalar.data()), kScalarBytes),
                static_cast<int>(kScalarBytes));
      BN_clear_free(number);
      keys.emplace(scalar, path);
    }
    EXPECT_THAT(content, Not(HasSubstr("BEGIN EC PRIVATE KEY"))) << path << ": a form that is not looked into";
  });
  return keys;
}

// Neither as a key file nor among the bytes of any other.
void ExpectNoKeyOf(const std::string& other, const std::string& folder) {
  const std::map<std::string, std::string> theirs = PrivateKeysBelow(other);
  EXPECT_FALSE(theirs.empty()) << other;
  const std::map<std::string, std::string> here = PrivateKeysBelow(folder);
  EXPECT_FALSE(here.empty()) << folder << ": it has keys of its own";
  for (const auto& [scalar, path] : theirs) {
    const auto found = here.find(scalar);
    EXPECT_TRUE(found == here.end()) << path << " is also in " << (found == here.end() ? "" : found->second);
    ForEachFile(folder, [&, scalar = scalar, path = path](const std::string& file, const std::string& content) {
      EXPECT_EQ(content.find(scalar), std::string::npos) << path << " is also in " << file;
    });
  }
}

void ExpectFewSteps(const Part& part, size_t files) {
  EXPECT_THAT(part.commands.size(), Le(kMostCommands));
  EXPECT_THAT(part.files, SizeIs(files));
}

TEST_F(FirstRound, OfTwoHospitalsTakesThreeCommandsAndOneFileOfEachAtMost) {
  const Part lead = PartOf("The lead"), hospital = PartOf("The operator"), engineer = PartOf("The engineer");
  ExpectFewSteps(lead, 0);
  ExpectFewSteps(hospital, 1);
  ExpectFewSteps(engineer, 1);
  ASSERT_EQ(lead.commands.size(), 3u);
  ASSERT_EQ(hospital.commands.size(), 3u);
  ASSERT_EQ(engineer.commands.size(), 3u);

  // The one difference to the page: where the coordinator is.
  const std::string here = absl::StrCat("--name localhost --listen 127.0.0.1:", FreePort());
  Type("lead", absl::StrReplaceAll(lead.commands[0], {{"--name accord.example.org", here}}));
  Serve("lead", lead.commands[1], "listening");
  for (const char* site : {"cleveland", "va"}) {
    Mail("lead", absl::StrCat("heart/invitations/", site, ".invitation"), site);
    Write(site, hospital);
    EXPECT_TRUE(WriteFileAtomically(Desk(site) + "/patients.csv", Patients(site[0])).ok());
    Type(site, absl::StrReplaceAll(hospital.commands[0], {{"cleveland", site}}));
  }
  Mail("lead", "heart/roster.txt", "cleveland");
  Type("cleveland", hospital.commands[1]);
  Mail("cleveland", "roster.txt", "va");
  Type("va", hospital.commands[1]);
  Mail("va", "roster.txt", "lead");
  for (const char* site : {"cleveland", "va"}) Serve(site, hospital.commands[2], "connected to ");
  Type("lead", lead.commands[2]);

  Mail("lead", "heart/invitations/ada.invitation", "ada");
  Write("ada", engineer);
  Type("ada", engineer.commands[0]);
  const std::string watched = Type("ada", engineer.commands[1]);
  EXPECT_THAT(watched, HasSubstr("finished"));
  const std::vector<std::string> lines = absl::StrSplit(Type("ada", "accord job list --json"), '"');
  std::string job;
  for (size_t i = 0; i + 2 < lines.size(); ++i) {
    if (lines[i] == "job_id") job = lines[i + 2];
  }
  Type("ada", absl::StrReplaceAll(engineer.commands[2], {{"JOB", job}}));
  EXPECT_THAT(ReadFile(Desk("ada") + "/report.html").value_or(""), HasSubstr("heart-risk"));
  // What has passed through the coordinator's hands by now left nobody's key with it.
  for (const char* who : {"cleveland", "va", "ada"}) ExpectNoKeyOf(Desk(who), Desk("lead"));
}

}  // namespace
}  // namespace accord
