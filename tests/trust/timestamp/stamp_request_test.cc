#include "trust/timestamp/stamp_request.h"

#include <stdlib.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/seeded_entropy.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"
#include "tests/trust/timestamp/test_authority.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

const absl::Time kAnsweredAt = absl::FromUnixSeconds(1'750'000'000);

StampRequest Ask(const StampAuthority& authority, const Sha256Digest& imprint = Sha256("a head")) {
  return *StampRequest::Create(imprint, authority, EntropySource::System());
}

TEST(StampRequest, TakesTheAnswerToItselfAndToNoOtherRequest) {
  const TestStampAuthority tsa;
  const StampRequest request = Ask(tsa.Believed());
  const auto granted = request.Accept(tsa.Answer(request.der(), kAnsweredAt));
  ASSERT_TRUE(granted.ok()) << granted.status();
  EXPECT_EQ(granted->stamp.time, kAnsweredAt);
  EXPECT_TRUE(tsa.Believed().Check(granted->token, Sha256("a head")).ok());
  // The same imprint asked for again: an answer that was kept does not answer it.
  const auto old = Ask(tsa.Believed()).Accept(tsa.Answer(request.der(), kAnsweredAt));
  EXPECT_EQ(old.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(old.status().message()), HasSubstr("nonce"));
}

TEST(StampRequest, RefusesAnAnswerWithoutItsNonce) {
  const TestStampAuthority tsa;
  const Sha256Digest imprint = Sha256("a head");
  const StampRequest request = Ask(tsa.Believed());
  // An answer as of somebody who stamps whatever comes: the token of a request that had no nonce, with "granted"
  // around.
  const std::string token = tsa.Token(imprint, kAnsweredAt);
  const std::string length = {'\x82', static_cast<char>((token.size() + 5) >> 8), static_cast<char>(token.size() + 5)};
  const std::string answer = absl::StrCat("\x30", length, std::string("\x30\x03\x02\x01\x00", 5), token);
  const auto granted = request.Accept(answer);
  EXPECT_EQ(granted.status().code(), absl::StatusCode::kUnauthenticated) << granted.status();
  EXPECT_THAT(std::string(granted.status().message()), HasSubstr("nonce"));
}

TEST(StampRequest, TellsARefusalInTheAuthoritysWords) {
  const TestStampAuthority tsa;
  const StampRequest request = Ask(tsa.Believed("1.2.3.4.9"));  // a policy that it does not have
  const auto granted = request.Accept(tsa.Answer(request.der(), kAnsweredAt));
  EXPECT_EQ(granted.status().code(), absl::StatusCode::kFailedPrecondition) << granted.status();
  EXPECT_THAT(std::string(granted.status().message()), HasSubstr("status 2 of RFC 3161"));
}

TEST(StampRequest, WhatIsNoAnswerIsSaidToBeNone) {
  const TestStampAuthority tsa;
  const StampRequest request = Ask(tsa.Believed());
  const std::string answer = tsa.Answer(request.der(), kAnsweredAt);
  EXPECT_EQ(request.Accept("").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(request.Accept("<html>login</html>").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(request.Accept(absl::StrCat(answer, "x")).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(request.Accept(std::string(kMaxStampAnswerBytes + 1, 'x')).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(StampRequest, HasAFreshNonceEachTime) {
  const TestStampAuthority tsa;
  EXPECT_NE(Ask(tsa.Believed()).der(), Ask(tsa.Believed()).der());
  SeededEntropy one(7), same(7);
  EXPECT_EQ(StampRequest::Create(Sha256("a"), tsa.Believed(), one)->der(),
            StampRequest::Create(Sha256("a"), tsa.Believed(), same)->der());
}

// ---- the openssl command as the other side ----

class OpensslAuthority {
 public:
  // A root, and a certificate for stamps with a key of this kind.
  explicit OpensslAuthority(const std::string& key_kind) {
    Write("tsa.cnf",
          "[tsa]\ndefault_tsa = t\n[t]\nserial = serial\ncrypto_device = builtin\nsigner_cert = tsa.pem\n"
          "certs = root.pem\nsigner_key = tsa.key\nsigner_digest = sha384\ndefault_policy = 1.2.3.4.1\n"
          "other_policies = 1.2.3.4.5\ndigests = sha256\naccuracy = secs:1, millisecs:500\nordering = yes\n"
          "tsa_name = yes\ness_cert_id_chain = no\ness_cert_id_alg = sha256\n"
          "[ext]\nbasicConstraints = critical,CA:FALSE\nkeyUsage = critical,digitalSignature\n"
          "extendedKeyUsage = critical,timeStamping\n");
    Run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem -days 30 "
        "-subj '/O=Example/CN=Example Root'");
    Run("openssl req -new -newkey " + key_kind +
        " -nodes -keyout tsa.key -out tsa.csr -subj '/O=Example/CN=Example Stamps'");
    Run("openssl x509 -req -in tsa.csr -CA root.pem -CAkey root.key -CAcreateserial -days 30 -out tsa.pem "
        "-extfile tsa.cnf -extensions ext");
  }
  std::string Answer(const std::string& request) {
    Write("request.tsq", request);
    Run("openssl ts -reply -config tsa.cnf -queryfile request.tsq -out answer.tsr");
    return *ReadFile(folder_.Path("answer.tsr"), size_t{1} << 20);
  }
  StampAuthority Believed() { return *StampAuthority::FromFile(folder_.Path("root.pem"), ""); }
  void Write(const std::string& name, const std::string& bytes) {
    ASSERT_TRUE(WriteFileAtomically(folder_.Path(name), bytes, 0600, Durability::kVisible).ok());
  }
  int Try(const std::string& command) {
    return std::system(absl::StrCat("cd '", folder_.path(), "' && ", command, " >said 2>&1").c_str());
  }
  void Run(const std::string& command) {
    ASSERT_EQ(Try(command), 0) << command << "\n" << ReadFile(folder_.Path("said"), size_t{1} << 20).value_or("");
  }

 private:
  TemporaryFolder folder_;
};

TEST(StampsOfOpenssl, AreTakenWhateverTheKeyAndOpensslTakesWhatIsStored) {
  for (const char* kind : {"rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-384"}) {
    OpensslAuthority openssl(kind);
    const StampRequest request = Ask(openssl.Believed());
    const std::string answer = openssl.Answer(request.der());
    const auto granted = request.Accept(answer);
    ASSERT_TRUE(granted.ok()) << kind << ": " << granted.status();
    EXPECT_EQ(granted->stamp.authority, "CN=Example Stamps,O=Example");
    EXPECT_EQ(granted->stamp.accuracy, absl::Milliseconds(1500));
    // What we keep is what openssl calls a token, on the digest that we meant.
    openssl.Write("token.der", granted->token);
    const std::string verify = absl::StrCat("openssl ts -verify -token_in -in token.der -CAfile root.pem -digest ",
                                            HexDigest(Sha256("a head")));
    openssl.Run(verify);
    std::string changed = granted->token;
    changed[changed.size() - 3] = static_cast<char>(changed[changed.size() - 3] ^ 1);
    openssl.Write("token.der", changed);
    EXPECT_NE(openssl.Try(verify), 0);
    EXPECT_FALSE(openssl.Believed().Check(changed, Sha256("a head")).ok());
  }
}

TEST(StampsOfOpenssl, OfAWeakKeyAreRefused) {
  OpensslAuthority openssl("rsa:1024");
  const StampRequest request = Ask(openssl.Believed());
  const auto granted = request.Accept(openssl.Answer(request.der()));
  EXPECT_EQ(granted.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(granted.status().message()), HasSubstr("too weak"));
}

}  // namespace
}  // namespace accord
