#include "trust/provenance/envelope.h"

#include <string>

#include "absl/strings/escaping.h"
#include "base/hash.h"
#include "base/hex.h"
#include "gtest/gtest.h"
#include "trust/identity/key_pair.h"

namespace accord {
namespace {

KeyPairSigner NewSigner() { return *KeyPairSigner::Create(*KeyPair::Generate()); }

// r || s, each with its highest bit clear or with a zero byte in front.
std::string SignatureInDer(const std::string& r_and_s) {
  std::string der;
  for (const size_t at : {size_t{0}, size_t{32}}) {
    std::string number = r_and_s.substr(at, 32);
    if ((number[0] & 0x80) != 0) number.insert(number.begin(), '\0');
    der += std::string("\x02") + static_cast<char>(number.size()) + number;
  }
  return std::string("\x30") + static_cast<char>(der.size()) + der;
}

TEST(Envelope, EncodesWhatIsSignedAsDsseDoes) {
  EXPECT_EQ(EnvelopeBytes("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  EXPECT_EQ(EnvelopeBytes("application/vnd.in-toto+json", ""), "DSSEv1 28 application/vnd.in-toto+json 0 ");
  EXPECT_EQ(EnvelopeBytes("application/vnd.ex\xc3\xa4mple+json", "{}"),
            "DSSEv1 29 application/vnd.ex\xc3\xa4mple+json 2 {}")
      << "lengths are of bytes, not of characters";
}

// The example in DSSE's description of the protocol, with its key and its signature.
TEST(Envelope, VerifiesThePublishedExample) {
  const auto key =
      VerifyingKey::FromDer(*ParseHex("3059301306072a8648ce3d020106082a8648ce3d030107034200"
                                      "0467cd390f77aa359cb08c2235f652270493a9ed832b0abcc01f70954c0390d238"
                                      "0c782bd54e269125a44f4433aff1432ce94e12bca73aa67ac80cea12608ddf74"));
  ASSERT_TRUE(key.ok()) << key.status();
  std::string signature;
  ASSERT_TRUE(absl::Base64Unescape(
      "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==", &signature));
  signature = SignatureInDer(signature);
  EXPECT_TRUE(key->VerifyEnvelope("http://example.com/HelloWorld", "hello world", signature).ok());
  EXPECT_FALSE(key->VerifyEnvelope("http://example.com/HelloWorld", "hello World", signature).ok());
  EXPECT_FALSE(key->VerifyEnvelope("http://example.com/helloWorld", "hello world", signature).ok());
}

TEST(Envelope, HoldsUnderItsKeyAlone) {
  const KeyPairSigner signer = NewSigner(), other = NewSigner();
  const Envelope envelope = *Envelope::Sign("{}", signer);
  EXPECT_TRUE(envelope.Check(signer.public_key_der()).ok());
  EXPECT_EQ(envelope.Check(other.public_key_der()).code(), absl::StatusCode::kInvalidArgument);
  Envelope pretended = envelope;
  pretended.key_id = Sha256Hex(other.public_key_der());
  EXPECT_EQ(pretended.Check(other.public_key_der()).code(), absl::StatusCode::kUnauthenticated);
  Envelope changed = envelope;
  changed.payload = "{ }";
  EXPECT_EQ(changed.Check(signer.public_key_der()).code(), absl::StatusCode::kUnauthenticated);
  for (const std::string& none : {std::string(), std::string("x"), envelope.signature + "x"}) {
    changed = envelope;
    changed.signature = none;
    EXPECT_EQ(changed.Check(signer.public_key_der()).code(), absl::StatusCode::kUnauthenticated);
  }
}

TEST(Envelope, IsNeverASignatureOfAnotherKindOfStatement) {
  const KeyPairSigner signer = NewSigner();
  const std::string bytes = EnvelopeBytes(kStatementPayloadType, "{}");
  const std::string signature = *signer.SignEnvelope(kStatementPayloadType, "{}");
  EXPECT_FALSE(VerifySignature(signer.public_key_der(), "DSSEv1", bytes.substr(7), signature).ok());
  EXPECT_FALSE(VerifySignature(signer.public_key_der(), bytes, "", signature).ok());
}

// (r, n - s) verifies wherever (r, s) does, and is made without the key.
TEST(Envelope, HasOneSignatureOfItsTwo) {
  const KeyPairSigner signer = NewSigner();
  const std::string order = *ParseHex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  for (int i = 0; i < 16; ++i) {
    Envelope envelope = *Envelope::Sign("{}", signer);
    ASSERT_TRUE(envelope.Check(signer.public_key_der()).ok());
    const std::string& der = envelope.signature;
    const auto r_size = static_cast<size_t>(der[3]), s_size = static_cast<size_t>(der[5 + r_size]);
    std::string r = der.substr(4, r_size), s = der.substr(6 + r_size, s_size);
    r = std::string(32, '\0').append(r).substr(r.size());
    s = std::string(32, '\0').append(s).substr(s.size());
    ASSERT_LT(static_cast<unsigned char>(s[0]), 0x80) << "the smaller one is written";
    int borrow = 0;
    for (int place = 31; place >= 0; --place) {
      const auto at = static_cast<size_t>(place);
      const int rest = static_cast<unsigned char>(order[at]) - static_cast<unsigned char>(s[at]) - borrow;
      borrow = rest < 0 ? 1 : 0;
      s[at] = static_cast<char>(rest + 256 * borrow);
    }
    envelope.signature = SignatureInDer(r + s);
    const absl::Status other = envelope.Check(signer.public_key_der());
    EXPECT_NE(std::string(other.message()).find("spelled anew"), std::string::npos) << other;
  }
}

TEST(Envelope, HasOneSpelling) {
  const Envelope envelope = *Envelope::Sign("{}", NewSigner());
  const std::string text = WriteJson(envelope.ToJson());
  EXPECT_EQ(*Envelope::FromJson(*ReadJson(text, "it")), envelope);
  EXPECT_FALSE(ReadJson(text + " ", "it").ok());
  EXPECT_FALSE(ReadJson(text.substr(0, text.size() / 2), "it").ok());
  EXPECT_FALSE(ReadJson("{\"a\": 1, \"a\": 1}\n", "it").ok());
  for (const char* gone : {"payload", "payloadType", "signatures"}) {
    nlohmann::json json = envelope.ToJson();
    json.erase(gone);
    EXPECT_NE(std::string(Envelope::FromJson(json).status().message()).find(gone), std::string::npos) << gone;
  }
  nlohmann::json json = envelope.ToJson();
  json["more"] = 1;
  EXPECT_FALSE(Envelope::FromJson(json).ok());
  json = envelope.ToJson();
  json["signatures"].push_back(json["signatures"][0]);
  EXPECT_FALSE(Envelope::FromJson(json).ok());
  json = envelope.ToJson();
  json["payloadType"] = "text/plain";
  EXPECT_FALSE(Envelope::FromJson(json).ok());
  EXPECT_FALSE(Envelope::FromJson(nlohmann::json::array()).ok());
}

TEST(Envelope, IsNotReadWhereItIsNestedWithoutEnd) {
  constexpr size_t kMany = size_t{1} << 20;
  const auto nested = [](size_t depth) {
    std::string text;
    for (size_t i = 0; i + 1 < depth; ++i) text += std::string(2 * i, ' ').append("[\n");
    text += std::string(2 * (depth - 1), ' ') + "\"[[[[\\\"[[[[[[[[[[[[\"\n";
    for (size_t i = depth - 1; i-- > 0;) text += std::string(2 * i, ' ').append("]\n");
    return text;
  };
  EXPECT_TRUE(ReadJson(nested(13), "it").ok()) << "12 lists; brackets within a string are none";
  EXPECT_NE(std::string(ReadJson(nested(14), "it").status().message()).find("within each other"), std::string::npos);
  for (const std::string& text :
       {std::string(kMany, '['), std::string(kMany, '[') + std::string(kMany, ']'), std::string(kMany, '{')}) {
    EXPECT_EQ(ReadJson(text, "it").status().code(), absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace accord
