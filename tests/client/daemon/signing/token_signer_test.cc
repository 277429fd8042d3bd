// Signing through the real accord-signer and SoftHSM, and through processes that end, hang and lie.
#include "client/daemon/signing/token_signer.h"

#include <signal.h>
#include <sys/stat.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/signer/soft_token.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kDomain[] = "accord/v1/test";

class TokenSignerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    token_.MakeToken();
    token_.MakeKey();
    options_.token = token_.Config();
    options_.refused_pin_file = token_.Path("refused");
    options_.clock = &clock_;
    // Leaves its number for a test that wants to harm it.
    Script("signer",
           std::string("echo $$ >") + token_.Path("pid") + "\nexec " + ACCORD_BINARY_DIR + "/accord-signer \"$@\"");
    options_.signer_path = token_.Path("signer");
  }
  void Script(const std::string& name, const std::string& lines) {
    ASSERT_TRUE(WriteFileAtomically(token_.Path(name), "#!/bin/sh\n" + lines + "\n", 0700, Durability::kVisible).ok());
  }
  // One that knows its key, as after enrolment.
  std::unique_ptr<TokenSigner> Signer() {
    auto first = TokenSigner::Create(options_);
    EXPECT_TRUE(first.ok()) << first.status();
    if (!first.ok()) return nullptr;
    options_.public_key_der = (*first)->public_key_der();
    first->reset();
    return TokenSigner::Create(options_).value();
  }
  void SignalSigner(int signal) {
    int pid = 0;
    ASSERT_TRUE(absl::SimpleAtoi(absl::StripAsciiWhitespace(ReadFile(token_.Path("pid")).value()), &pid));
    ASSERT_EQ(kill(pid, signal), 0);
  }
  static void ExpectSigns(const TokenSigner& signer) {
    const auto signature = signer.Sign(kDomain, "message");
    ASSERT_TRUE(signature.ok()) << signature.status();
    EXPECT_TRUE(VerifySignature(signer.public_key_der(), kDomain, "message", *signature).ok());
  }
  // Others are told nothing of this machine.
  void ExpectCannotSign(const TokenSigner& signer) {
    const auto signature = signer.Sign(kDomain, "message");
    EXPECT_EQ(signature.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(signature.status().message()),
                AllOf(HasSubstr("accord-client check"), Not(HasSubstr(token_.Path("")))));
  }

  SoftToken token_;
  ManualClock clock_;
  TokenSigner::Options options_;
};

TEST_F(TokenSignerTest, SignsWithTheKeyInTheToken) {
  const auto signer = Signer();
  ASSERT_NE(signer, nullptr);
  ExpectSigns(*signer);
  EXPECT_EQ(signer->Sign("", "message").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(
      VerifySignature(signer->public_key_der(), "accord/v1/other", "message", *signer->Sign(kDomain, "message")).code(),
      absl::StatusCode::kUnauthenticated);
}

TEST_F(TokenSignerTest, SignsForSeveralThreads) {
  const auto signer = Signer();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 10; ++j) ExpectSigns(*signer);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(TokenSignerTest, DoesNotTouchTheTokenBeforeItIsNeeded) {
  options_.public_key_der = Signer()->public_key_der();
  token_.Write("pid", "none");
  const auto signer = TokenSigner::Create(options_);
  ASSERT_TRUE(signer.ok());
  EXPECT_EQ(*ReadFile(token_.Path("pid")), "none");
  EXPECT_TRUE((*signer)->Open().ok());
  EXPECT_NE(*ReadFile(token_.Path("pid")), "none");
}

TEST_F(TokenSignerTest, AProcessThatEndedIsStartedAgainForTheSameSignature) {
  const auto signer = Signer();
  ExpectSigns(*signer);
  SignalSigner(SIGKILL);
  ExpectSigns(*signer);
}

TEST_F(TokenSignerTest, AProcessThatHangsIsStoppedAndLeftAloneForAWhile) {
  options_.sign_limit = absl::Milliseconds(200);
  const auto signer = Signer();
  ASSERT_TRUE(signer->Open().ok());
  SignalSigner(SIGSTOP);
  ExpectCannotSign(*signer);
  EXPECT_THAT(std::string(signer->Open().message()), HasSubstr("did not answer within 200ms"));
  clock_.Advance(options_.rest - absl::Seconds(1));
  ExpectCannotSign(*signer);
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(signer->Open().ok());
}

TEST_F(TokenSignerTest, AProgramThatEndsAtOnceOrNeverAnswersIsTold) {
  options_.signer_path = "/nowhere/accord-signer";
  EXPECT_EQ(TokenSigner::Create(options_).status().code(), absl::StatusCode::kNotFound);
  Script("ends", "echo no such luck >&2; exit 1");
  options_.signer_path = token_.Path("ends");
  const auto ends = TokenSigner::Create(options_);
  EXPECT_EQ(ends.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(ends.status().message()), HasSubstr("no such luck"));
  Script("hangs", "exec sleep 600");
  options_.signer_path = token_.Path("hangs");
  options_.open_limit = absl::Milliseconds(100);
  EXPECT_EQ(TokenSigner::Create(options_).status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(TokenSignerTest, ATokenWithAnotherKeySignsNothing) {
  const auto signer = Signer();
  token_.Tool("--delete-object --type privkey --id 01");
  token_.Tool("--delete-object --type pubkey --id 01");
  token_.MakeKey();
  const absl::Status open = signer->Open();
  EXPECT_EQ(open.code(), absl::StatusCode::kFailedPrecondition) << open;
  EXPECT_THAT(std::string(open.message()), HasSubstr("another key"));
  ExpectCannotSign(*signer);
}

TEST_F(TokenSignerTest, ARefusedPinIsToldAndNotTriedAgainByALaterProcess) {
  const auto signer = Signer();
  token_.Write("pin", "000000");
  EXPECT_EQ(signer->Open().code(), absl::StatusCode::kPermissionDenied);
  clock_.Advance(options_.rest);
  EXPECT_THAT(std::string(signer->Open().message()), HasSubstr("before, so it is not tried again"));
  token_.Write("pin", SoftToken::kPin);
  clock_.Advance(options_.rest);
  EXPECT_TRUE(signer->Open().ok());
  ExpectSigns(*signer);
}

TEST_F(TokenSignerTest, ASignatureThatIsNotGoodDoesNotLeave) {
  // The private half of one pair with the public half of another.
  token_.Tool("--delete-object --type pubkey --id 01");
  token_.MakeKey("other", "EC:prime256v1", "02");
  token_.Tool("--delete-object --type privkey --id 02");
  token_.Tool("--type pubkey --id 02 --set-id 01");
  const auto signer = Signer();
  ASSERT_NE(signer, nullptr);
  ASSERT_TRUE(signer->Open().ok());
  ExpectCannotSign(*signer);
  EXPECT_THAT(std::string(signer->Open().message()), HasSubstr("a signature that is not good"));
}

TEST_F(TokenSignerTest, ATokenThatIsPulledIsToldAndFoundAgain) {
  const auto signer = Signer();
  ExpectSigns(*signer);
  std::filesystem::rename(token_.Tokens(), token_.Path("pulled"));
  ASSERT_TRUE(MakeFolders(token_.Tokens(), 0700).ok());
  SignalSigner(SIGKILL);  // SoftHSM goes on with what it has read; a card does not
  ExpectCannotSign(*signer);
  EXPECT_THAT(std::string(signer->Open().message()), HasSubstr("no token labelled"));
  std::filesystem::remove(token_.Tokens());
  std::filesystem::rename(token_.Path("pulled"), token_.Tokens());
  clock_.Advance(options_.rest);
  ExpectSigns(*signer);
}

}  // namespace
}  // namespace accord
