#include "trust/timestamp/stamp_authority.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/timestamp/test_authority.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

const absl::Time kAt = absl::FromUnixSeconds(1'750'000'000);

TEST(StampAuthority, TakesItsOwnStampAndSaysWhenAndByWhom) {
  const TestStampAuthority tsa;
  const Sha256Digest imprint = Sha256("a head");
  const auto stamp = tsa.Believed().Check(tsa.Token(imprint, kAt), imprint);
  ASSERT_TRUE(stamp.ok()) << stamp.status();
  EXPECT_EQ(stamp->time, kAt);
  EXPECT_EQ(stamp->accuracy, absl::Seconds(1));
  EXPECT_EQ(stamp->policy, TestStampAuthority::kPolicy);
  EXPECT_EQ(stamp->serial, "07");
  EXPECT_EQ(stamp->authority, "CN=Test Stamps");
  EXPECT_EQ(StampInWords(*stamp), "2025-06-15 15:06:40 UTC by CN=Test Stamps");
}

TEST(StampAuthority, OneChangedByteAnywhereIsNoStampAnyMore) {
  const TestStampAuthority tsa;
  const StampAuthority authority = tsa.Believed();
  const Sha256Digest imprint = Sha256("a head");
  const std::string token = tsa.Token(imprint, kAt);
  std::string survived;
  for (size_t i = 0; i < token.size(); ++i) {
    for (const int change : {0x01, 0x80, 0xff}) {
      std::string changed = token;
      changed[i] = static_cast<char>(changed[i] ^ change);
      if (authority.Check(changed, imprint).ok()) absl::StrAppend(&survived, i, "^", change, " ");
    }
  }
  EXPECT_EQ(survived, "");
  EXPECT_FALSE(authority.Check(token + std::string(1, '\0'), imprint).ok());
  EXPECT_FALSE(authority.Check(absl::string_view(token).substr(0, token.size() - 1), imprint).ok());
}

// The same token in other bytes: the outer length is left open, as BER allows.
TEST(StampAuthority, OneStampHasOneSpelling) {
  const TestStampAuthority tsa;
  const Sha256Digest imprint = Sha256("a head");
  const std::string token = tsa.Token(imprint, kAt);
  ASSERT_EQ(token.substr(0, 2), "\x30\x82");
  const std::string open = absl::StrCat("\x30\x80", token.substr(4), std::string(2, '\0'));
  EXPECT_THAT(std::string(tsa.Believed().Check(open, imprint).status().message()), HasSubstr("as DER demands"));
}

TEST(StampAuthority, RefusesAStampOfAnotherAuthority) {
  const TestStampAuthority tsa, other;  // of one name: it is the key that counts
  const Sha256Digest imprint = Sha256("a head");
  const auto stamp = tsa.Believed().Check(other.Token(imprint, kAt), imprint);
  EXPECT_EQ(stamp.status().code(), absl::StatusCode::kUnauthenticated) << stamp.status();
}

TEST(StampAuthority, RefusesAStampOnSomethingElse) {
  const TestStampAuthority tsa;
  const auto stamp = tsa.Believed().Check(tsa.Token(Sha256("a head"), kAt), Sha256("another head"));
  EXPECT_EQ(stamp.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(stamp.status().message()), HasSubstr("imprint"));
}

TEST(StampAuthority, RefusesAStampThatWasMadeWhenItsCertificateWasNotValid) {
  TestStampAuthority::Options options;
  options.end = kAt - absl::Hours(1);
  const TestStampAuthority expired(options);
  const Sha256Digest imprint = Sha256("a head");
  const auto late = expired.Believed().Check(expired.Token(imprint, kAt), imprint);
  EXPECT_EQ(late.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(late.status().message()), HasSubstr("expired"));
  // One that it made in time stays good, although the certificate has expired since.
  const auto in_time = expired.Believed().Check(expired.Token(imprint, kAt - absl::Hours(2)), imprint);
  EXPECT_TRUE(in_time.ok()) << in_time.status();
}

TEST(StampAuthority, RefusesACertificateThatIsNotForStampsAlone) {
  for (const char* usage : {"critical,serverAuth", "timeStamping", "critical,timeStamping,serverAuth"}) {
    TestStampAuthority::Options options;
    options.usage = usage;
    const TestStampAuthority tsa(options);
    const Sha256Digest imprint = Sha256("a head");
    const auto stamp = tsa.Believed().Check(tsa.Token(imprint, kAt), imprint);
    EXPECT_EQ(stamp.status().code(), absl::StatusCode::kUnauthenticated) << usage;
    EXPECT_THAT(std::string(stamp.status().message()), HasSubstr("purpose")) << usage;
  }
}

TEST(StampAuthority, RefusesAStampOnASha1Digest) {
  const TestStampAuthority tsa;
  const Sha256Digest imprint = Sha256("a head");
  const auto stamp = tsa.Believed().Check(tsa.Token(imprint, kAt, NID_sha1, 20), imprint);
  EXPECT_EQ(stamp.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(stamp.status().message()), HasSubstr("SHA1 with 20 bytes; expected SHA-256"));
}

TEST(StampAuthority, RefusesASignatureOverASha1Digest) {
  TestStampAuthority::Options options;
  options.digest = EVP_sha1();
  const TestStampAuthority tsa(options);
  const Sha256Digest imprint = Sha256("a head");
  const auto stamp = tsa.Believed().Check(tsa.Token(imprint, kAt), imprint);
  EXPECT_THAT(std::string(stamp.status().message()), HasSubstr("signed over another digest than SHA-256"));
}

TEST(StampAuthority, HoldsStampsToThePolicyThatItIsGiven) {
  const TestStampAuthority tsa;
  const Sha256Digest imprint = Sha256("a head");
  const std::string token = tsa.Token(imprint, kAt);
  EXPECT_TRUE(tsa.Believed(TestStampAuthority::kPolicy).Check(token, imprint).ok());
  const auto other = tsa.Believed("1.2.3.4.2").Check(token, imprint);
  EXPECT_EQ(other.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(other.status().message()), HasSubstr("policy"));
}

TEST(StampAuthority, RefusesAnAuthorityThatKnowsTheTimeTooBadly) {
  TestStampAuthority::Options options;
  options.accuracy_s = 301;
  const TestStampAuthority tsa(options);
  const Sha256Digest imprint = Sha256("a head");
  const auto stamp = tsa.Believed().Check(tsa.Token(imprint, kAt), imprint);
  EXPECT_EQ(stamp.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(stamp.status().message()), HasSubstr("exact to 5m1s only"));
  options.accuracy_s = 0;
  const TestStampAuthority silent(options);
  const auto unsaid = silent.Believed().Check(silent.Token(imprint, kAt), imprint);
  ASSERT_TRUE(unsaid.ok()) << unsaid.status();
  EXPECT_EQ(unsaid->accuracy, std::nullopt);
}

TEST(StampAuthority, SaysWhatIsWrongWithItsOwnFileAndPolicy) {
  EXPECT_EQ(StampAuthority::FromPem("no certificate", "").status().code(), absl::StatusCode::kInvalidArgument);
  const TestStampAuthority tsa;
  EXPECT_THAT(std::string(StampAuthority::FromPem(tsa.roots_pem(), "9.9").status().message()), HasSubstr("is no OID"));
}

TEST(TimeStampToken, OfNothingOrTooMuchIsRefusedBeforeItIsRead) {
  EXPECT_FALSE(ReadTimeStamp("").ok());
  EXPECT_THAT(std::string(ReadTimeStamp(std::string(kMaxStampTokenBytes + 1, '0')).status().message()),
              HasSubstr("expected 1 to 65536"));
  EXPECT_FALSE(ReadTimeStamp(std::string(64, '\x30')).ok());
}

}  // namespace
}  // namespace accord
