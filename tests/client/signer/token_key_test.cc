// A key in a token of SoftHSM, through its real module, and through one that loses sessions or counts wrong PINs.
#include "client/signer/token_key.h"

#include <filesystem>
#include <memory>
#include <string>

#include "base/file.h"
#include "client/signer/pkcs11_module.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/signer/soft_token.h"
#include "trust/identity/signing.h"
#include "trust/identity/statement_parts.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kDomain[] = "accord/v1/test";

class TokenKeyTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<TokenKey>> Open() {
    if (module_ == nullptr) {
      auto module = Pkcs11Module::Load(SoftToken::kModule);
      if (!module.ok()) return module.status();
      module_ = *std::move(module);
    }
    return TokenKey::Open(module_->functions(), Place());
  }
  TokenPlace Place() const { return {SoftToken::kLabel, key_label_, {token_.Path("pin"), token_.Path("refused")}}; }
  std::string Refusal(absl::StatusCode code) {
    const auto key = Open();
    EXPECT_EQ(key.status().code(), code) << key.status();
    EXPECT_THAT(std::string(key.status().message()), Not(HasSubstr(SoftToken::kPin)));
    return std::string(key.status().message());
  }
  static void ExpectSigns(TokenKey& key) {
    const auto signature = key.Sign(StatementDigest(kDomain, "message").value());
    ASSERT_TRUE(signature.ok()) << signature.status();
    EXPECT_TRUE(VerifySignature(key.public_key_der(), kDomain, "message", *signature).ok());
  }

  SoftToken token_;
  std::string key_label_ = SoftToken::kKeyLabel;
  std::unique_ptr<Pkcs11Module> module_;
};

TEST_F(TokenKeyTest, SignsStatementsThatVerifyUnderItsPublicKey) {
  token_.MakeToken();
  token_.MakeKey();
  auto key = Open();
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_THAT((*key)->warnings(), IsEmpty());
  for (int i = 0; i < 300; ++i) ExpectSigns(**key);  // one in 128 has a number with a leading zero byte
  EXPECT_FALSE(std::filesystem::exists(token_.Path("refused")));
}

TEST_F(TokenKeyTest, AModuleThatIsMissingOrNoneIsNamed) {
  EXPECT_EQ(Pkcs11Module::Load("/nowhere/module.so").status().code(), absl::StatusCode::kNotFound);
  const auto text = Pkcs11Module::Load(token_.Path("pin"));
  EXPECT_EQ(text.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(text.status().message()), HasSubstr(token_.Path("pin")));
  const auto library = Pkcs11Module::Load("/lib/x86_64-linux-gnu/libm.so.6");
  EXPECT_THAT(std::string(library.status().message()), HasSubstr("is a library without C_GetFunctionList"));
}

TEST_F(TokenKeyTest, ATokenThatIsNotThereIsToldWithThoseThatAre) {
  EXPECT_THAT(Refusal(absl::StatusCode::kNotFound), HasSubstr("there is none"));
  module_.reset();
  token_.MakeToken("another");
  EXPECT_THAT(Refusal(absl::StatusCode::kNotFound), AllOf(HasSubstr("\"site-token\""), HasSubstr("\"another\"")));
}

TEST_F(TokenKeyTest, TwoTokensOfOneLabelAreToldApartByNobody) {
  token_.MakeToken();
  token_.MakeToken();
  EXPECT_THAT(Refusal(absl::StatusCode::kFailedPrecondition), HasSubstr("two tokens"));
}

TEST_F(TokenKeyTest, AMissingKeyAndTwoOfOneLabelAreTold) {
  token_.MakeToken();
  EXPECT_THAT(Refusal(absl::StatusCode::kNotFound), HasSubstr("no private key labelled \"signing\""));
  module_.reset();
  token_.MakeKey();
  token_.MakeKey(SoftToken::kKeyLabel, "EC:prime256v1", "02");
  EXPECT_THAT(Refusal(absl::StatusCode::kFailedPrecondition), HasSubstr("two private keys"));
}

TEST_F(TokenKeyTest, KeysOfOtherKindsAreRefusedByTheirKind) {
  token_.MakeToken();
  token_.MakeKey("rsa", "rsa:2048", "01");
  token_.MakeKey("p384", "EC:secp384r1", "02");
  token_.MakeKey("edwards", "EC:edwards25519", "03");
  for (const auto& [label, words] :
       {std::pair{"rsa", "is an RSA key"}, {"p384", "lies on another curve"}, {"edwards", "is an Ed25519"}}) {
    key_label_ = label;
    EXPECT_THAT(Refusal(absl::StatusCode::kFailedPrecondition), AllOf(HasSubstr(words), HasSubstr("prime256v1")));
  }
}

TEST_F(TokenKeyTest, APrivateKeyWithoutItsPublicHalfIsToldWhatItLacks) {
  token_.MakeToken();
  token_.MakeKey();
  token_.Tool("--delete-object --type pubkey --id 01");
  EXPECT_THAT(Refusal(absl::StatusCode::kNotFound), HasSubstr("no public key beside the private key"));
}

TEST_F(TokenKeyTest, ARefusedPinIsNotShownAgainUntilItsFileIsWrittenAnew) {
  token_.MakeToken();
  token_.MakeKey();
  token_.Write("pin", "000000\n");
  EXPECT_THAT(Refusal(absl::StatusCode::kPermissionDenied), HasSubstr("the PIN is wrong"));
  module_.reset();  // as a restart
  EXPECT_THAT(Refusal(absl::StatusCode::kPermissionDenied), HasSubstr("refused the PIN in"));
  token_.Write("pin", SoftToken::kPin);
  const auto key = Open();
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_THAT((*key)->warnings(), SizeIs(1)) << "somebody else's wrong PIN would look the same";
  EXPECT_FALSE(std::filesystem::exists(token_.Path("refused")));
  module_.reset();
  EXPECT_THAT((*Open())->warnings(), IsEmpty());
}

TEST_F(TokenKeyTest, APinFileThatOthersCanReadOrThatHoldsNoPinIsNotUsed) {
  token_.MakeToken();
  token_.MakeKey();
  std::filesystem::permissions(token_.Path("pin"), std::filesystem::perms(0644));
  EXPECT_THAT(Refusal(absl::StatusCode::kFailedPrecondition), HasSubstr("chmod 600"));
  for (const std::string content : {"", "\n", "12\n34\n"}) {
    token_.Write("pin", content);
    EXPECT_THAT(Refusal(absl::StatusCode::kInvalidArgument), HasSubstr("does not hold a PIN"));
  }
  ASSERT_TRUE(std::filesystem::remove(token_.Path("pin")));
  EXPECT_THAT(Refusal(absl::StatusCode::kNotFound), HasSubstr(token_.Path("pin")));
}

// ---- a module that is not well ----

// SoftHSM's functions, some of them with faults. One at a time.
struct Faulty {
  static CK_FUNCTION_LIST Functions(const CK_FUNCTION_LIST& real) {
    real_ = &real;
    flags_ = 0;
    pulled_ = false;
    sign_answers_.clear();
    logins_ = 0;
    CK_FUNCTION_LIST functions = real;
    functions.C_GetTokenInfo = GetTokenInfo;
    functions.C_Sign = Sign;
    functions.C_Login = Login;
    return functions;
  }
  static CK_RV GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO* info) {
    if (pulled_) return CKR_TOKEN_NOT_PRESENT;
    const CK_RV answer = real_->C_GetTokenInfo(slot, info);
    info->flags |= flags_;
    return answer;
  }
  static CK_RV Sign(CK_SESSION_HANDLE session, unsigned char* data, unsigned long size, unsigned char* signature,
                    unsigned long* signature_size) {
    if (pulled_) return CKR_DEVICE_REMOVED;
    if (sign_answers_.empty()) return real_->C_Sign(session, data, size, signature, signature_size);
    const CK_RV answer = sign_answers_.front();
    sign_answers_.erase(sign_answers_.begin());
    *signature_size = 3;
    return answer;
  }
  static CK_RV Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, unsigned char* pin, unsigned long size) {
    ++logins_;
    return real_->C_Login(session, user, pin, size);
  }

  static inline const CK_FUNCTION_LIST* real_ = nullptr;
  static inline CK_FLAGS flags_ = 0;  // set on every token
  static inline bool pulled_ = false;
  static inline std::vector<CK_RV> sign_answers_;  // of the next calls of C_Sign
  static inline int logins_ = 0;
};

class AFaultyModule : public TokenKeyTest {
 protected:
  void SetUp() override {
    token_.MakeToken();
    token_.MakeKey();
    module_ = Pkcs11Module::Load(SoftToken::kModule).value();
    functions_ = Faulty::Functions(module_->functions());
  }
  absl::StatusOr<std::unique_ptr<TokenKey>> OpenFaulty() { return TokenKey::Open(functions_, Place()); }
  absl::StatusOr<std::string> Sign(TokenKey& key) { return key.Sign(StatementDigest(kDomain, "message").value()); }
  CK_FUNCTION_LIST functions_;
};

TEST_F(AFaultyModule, ThatLosesTheSessionIsOpenedOnceMoreAndSigns) {
  auto key = OpenFaulty().value();
  EXPECT_EQ(Faulty::logins_, 1);
  for (const CK_RV lost : {CKR_SESSION_HANDLE_INVALID, CKR_SESSION_CLOSED, CKR_USER_NOT_LOGGED_IN, CKR_DEVICE_REMOVED,
                           CKR_TOKEN_NOT_PRESENT, CKR_KEY_HANDLE_INVALID, CKR_DEVICE_ERROR}) {
    Faulty::sign_answers_ = {lost};
    Faulty::logins_ = 0;
    ExpectSigns(*key);
    EXPECT_EQ(Faulty::logins_, 1) << lost;
  }
}

TEST_F(AFaultyModule, ThatLosesTheSessionAgainAtOnceIsNotTriedAThirdTime) {
  auto key = OpenFaulty().value();
  Faulty::sign_answers_ = {CKR_DEVICE_REMOVED, CKR_DEVICE_REMOVED, CKR_OK};
  Faulty::logins_ = 0;
  EXPECT_EQ(Sign(*key).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Faulty::logins_, 1);
  EXPECT_THAT(Faulty::sign_answers_, SizeIs(1));
}

TEST_F(AFaultyModule, WithAnyOtherErrorIsNotTriedAgain) {
  auto key = OpenFaulty().value();
  Faulty::sign_answers_ = {CKR_GENERAL_ERROR, CKR_OK};
  EXPECT_EQ(Sign(*key).status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(Faulty::sign_answers_, SizeIs(1));
}

TEST_F(AFaultyModule, WithASignatureOfAnotherLengthIsRefused) {
  auto key = OpenFaulty().value();
  Faulty::sign_answers_ = {CKR_OK};
  EXPECT_THAT(std::string(Sign(*key).status().message()), HasSubstr("has 3 bytes; expected 64"));
}

TEST_F(AFaultyModule, WhoseTokenWouldBeLockedByOneMoreWrongPinIsShownNone) {
  for (const CK_FLAGS flag : {CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED}) {
    Faulty::flags_ = flag;
    const auto key = OpenFaulty();
    EXPECT_EQ(key.status().code(), absl::StatusCode::kFailedPrecondition) << key.status();
  }
  EXPECT_EQ(Faulty::logins_, 0);
}

TEST_F(AFaultyModule, ThatSaysThatThePinWasOftenWrongWarns) {
  Faulty::flags_ = CKF_USER_PIN_COUNT_LOW;
  const auto key = OpenFaulty();
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_THAT((*key)->warnings(), SizeIs(1));
}

TEST_F(AFaultyModule, WhoseTokenComesBackWithAnotherKeyDoesNotSign) {
  auto key = OpenFaulty().value();
  token_.Tool("--delete-object --type privkey --id 01");
  token_.Tool("--delete-object --type pubkey --id 01");
  token_.MakeKey();
  Faulty::sign_answers_ = {CKR_TOKEN_NOT_PRESENT};
  const auto signature = Sign(*key);
  EXPECT_EQ(signature.status().code(), absl::StatusCode::kFailedPrecondition) << signature.status();
  EXPECT_THAT(std::string(signature.status().message()), HasSubstr("another key"));
}

TEST_F(AFaultyModule, WhoseTokenIsPulledIsLookedForAgainAtEachSignature) {
  auto key = OpenFaulty().value();
  Faulty::pulled_ = true;
  EXPECT_EQ(Sign(*key).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Sign(*key).status().code(), absl::StatusCode::kNotFound);
  Faulty::pulled_ = false;
  ExpectSigns(*key);
}

}  // namespace
}  // namespace accord
