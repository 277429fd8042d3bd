#include "trust/identity/invitation.h"

#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Invitation Made() {
  Invitation invitation{.identity = "site/cleveland",
                        .coordinator = "accord.example.org:7443",
                        .until = absl::FromUnixSeconds(1'800'000'000),
                        .token = EnrolmentToken::Make(Sha256("a certificate")).value()};
  return invitation;
}

std::string TextOf(const Invitation& invitation) { return std::string(invitation.Text().RevealAsText()); }

TEST(InvitationTest, ComesBackFromItsText) {
  const Invitation made = Made();
  const auto read = Invitation::Parse(TextOf(made));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->identity, "site/cleveland");
  EXPECT_EQ(read->coordinator, "accord.example.org:7443");
  EXPECT_EQ(read->until, made.until);
  EXPECT_EQ(read->token.SecretHash(), made.token.SecretHash());
}

TEST(InvitationTest, ATokenAloneNamesNoCoordinator) {
  const Invitation made = Made();
  const auto read = Invitation::Parse("  " + std::string(made.token.Text().RevealAsText()) + " \n");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->coordinator, "");
  EXPECT_EQ(read->token.SecretHash(), made.token.SecretHash());
}

TEST(InvitationTest, AnythingElseIsRefusedWithoutBeingRepeated) {
  const std::string good = TextOf(Made());
  const std::string secret = good.substr(good.find("accord1-") + 8, 40);
  std::vector<std::string> wrong = {good + "\n", good + "more: x\n", "accord-invitation-v2" + good.substr(20),
                                    " " + good};
  for (size_t length = 0; length < good.size(); ++length) wrong.push_back(good.substr(0, length));
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{{"for: ", "For: "},
                                                                                 {"site/", "si te/"},
                                                                                 {"org:7443", "org:7443\r"},
                                                                                 {"coordinator: ", "coordinator:  "},
                                                                                 {"2027", "27"},
                                                                                 {"until: ", "until:"},
                                                                                 {"token: ", "token: x"},
                                                                                 {"for: site/cleveland\n", ""}}) {
    wrong.push_back(absl::StrReplaceAll(good, {{from, to}}));
  }
  for (const std::string& text : wrong) {
    const auto read = Invitation::Parse(text);
    ASSERT_EQ(read.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(read.status().message()), Not(HasSubstr(secret)));
  }
}

TEST(InvitationTest, IsReadFromAFileFromStandardInputOrFromTheCommandLine) {
  const TemporaryFolder folder;
  const Invitation made = Made();
  const std::string path = folder.Path("cleveland.invitation");
  ASSERT_TRUE(WriteFileAtomically(path, TextOf(made)).ok());
  std::istringstream nothing, whole(TextOf(made) + "what comes behind is not its"),
      token(TextOf(made).substr(TextOf(made).find("accord1-")));
  EXPECT_EQ(ReadInvitation({"", path}, nothing, "site")->coordinator, made.coordinator);
  EXPECT_EQ(ReadInvitation({"-", ""}, whole, "site")->coordinator, made.coordinator);
  EXPECT_EQ(ReadInvitation({"-", ""}, token, "site")->token.SecretHash(), made.token.SecretHash());
  EXPECT_THAT(std::string(ReadInvitation({"", path}, nothing, "person").status().message()),
              HasSubstr("is for site/cleveland"));
  for (const auto& source : {InvitationSource{"", ""}, InvitationSource{"x", path}}) {
    const auto none = ReadInvitation(source, nothing, "person");
    EXPECT_THAT(std::string(none.status().message()), HasSubstr("accord-coordinator token person NAME"));
  }
}

}  // namespace
}  // namespace accord
