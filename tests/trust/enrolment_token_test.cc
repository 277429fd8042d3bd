#include "trust/identity/enrolment_token.h"

#include <string>
#include <vector>

#include "base/random_stream.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string MakeText() {
  return std::string(EnrolmentToken::Make(Sha256("a certificate")).value().Text().RevealAsText());
}

void ExpectRefusedWithoutBeingRepeated(const std::string& text) {
  const auto token = EnrolmentToken::Parse(text);
  ASSERT_EQ(token.status().code(), absl::StatusCode::kInvalidArgument) << "accepted: " << text;
  if (text.size() < 16) return;  // shorter texts are part of any sentence
  EXPECT_THAT(std::string(token.status().message()), Not(HasSubstr(text.substr(8, 8))));
}

TEST(EnrolmentToken, ComesBackFromItsText) {
  const EnrolmentToken token = EnrolmentToken::Make(Sha256("a certificate")).value();
  const auto again = EnrolmentToken::Parse(token.Text().RevealAsText());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->ca_fingerprint, token.ca_fingerprint);
  EXPECT_TRUE(again->secret.EqualsConstantTime(token.secret.Reveal()));
  EXPECT_EQ(again->SecretHash(), token.SecretHash());
}

TEST(EnrolmentToken, IsNeverTheSameTwice) { EXPECT_NE(MakeText(), MakeText()); }

TEST(EnrolmentToken, EveryShorterOrLongerTextIsRefused) {
  const std::string text = MakeText();
  for (size_t length = 0; length < text.size(); ++length) ExpectRefusedWithoutBeingRepeated(text.substr(0, length));
  for (const char* tail : {"x", "=", "==", "\n", " ", "AAAA"}) ExpectRefusedWithoutBeingRepeated(text + tail);
}

TEST(EnrolmentToken, OtherPrefixesAlphabetsAndPaddingBitsAreRefused) {
  const std::string text = MakeText();
  std::vector<std::string> bad = {"accord2-" + text.substr(8), "ACCORD1-" + text.substr(8), " " + text};
  for (const char c : {'+', '/', '=', ' ', '\n', '\0', '\xff'}) {
    std::string changed = text;
    changed[20] = c;
    bad.push_back(changed);
  }
  // The last character carries two bits; its other four must be zero, or one token would have sixteen spellings.
  std::string padded = text;
  padded.back() = padded.back() == 'A' ? 'B' : static_cast<char>(padded.back() + 1);
  bad.push_back(padded);
  for (const std::string& one : bad) ExpectRefusedWithoutBeingRepeated(one);
}

TEST(EnrolmentToken, RandomTextsAreRefusedOrReadAsTheyStand) {
  RandomStream random(StreamPurpose{.job_seed = 7, .site = "", .round = 0, .use = "token-fuzz"});
  const std::string good = MakeText();
  for (int i = 0; i < 20000; ++i) {
    std::string text = good;
    const uint64_t changes = 1 + random.NextBelow(4);
    for (uint64_t c = 0; c < changes; ++c)
      text[random.NextBelow(text.size())] = static_cast<char>(random.NextBelow(256));
    const auto token = EnrolmentToken::Parse(text);
    if (token.ok()) {
      EXPECT_EQ(token->Text().RevealAsText(), text);
    } else {
      EXPECT_THAT(std::string(token.status().message()), Not(HasSubstr(text.substr(30, 20))));
    }
  }
}

}  // namespace
}  // namespace accord
