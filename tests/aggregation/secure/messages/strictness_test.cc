// What every parser promises: one value, one encoding, and no more than the bytes that it was given.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/aggregation/secure/messages/message_examples.h"

namespace accord::secure {
namespace {

TranscriptFields ExampleFields() {
  TranscriptFields fields;
  fields.job_id = "job-1";
  fields.cohort = {"site-a", "site-b", "site-c"};
  fields.privacy = "none";
  fields.previous = PreviousOpened{Filled(1), Filled(2), 4, 3, Filled(3)};
  fields.log_head = "head";
  return fields;
}

struct KeyStatements {
  static KeyStatement Example() { return ExampleKeyStatement(); }
  static auto Parse(absl::string_view bytes) { return ParseKeyStatement(bytes); }
  static auto Verify(const SignedBytes& message) { return VerifyKeyStatement(message, TestKey); }
};
struct UploadHeaders {
  static UploadHeader Example() { return ExampleUploadHeader(); }
  static auto Parse(absl::string_view bytes) { return ParseUploadHeader(bytes); }
  static auto Verify(const SignedBytes& message) { return VerifyUploadHeader(message, TestKey); }
};
struct SurvivorStatements {
  static SurvivorStatement Example() { return ExampleSurvivorStatement(); }
  static auto Parse(absl::string_view bytes) { return ParseSurvivorStatement(bytes); }
  static auto Verify(const SignedBytes& message) { return VerifySurvivorStatement(message, TestKey); }
};
struct VoidStatements {
  static VoidStatement Example() { return ExampleVoidStatement(); }
  static auto Parse(absl::string_view bytes) { return ParseVoidStatement(bytes); }
  static auto Verify(const SignedBytes& message) { return VerifyVoidStatement(message, TestKey); }
};
struct RevealStatements {
  static RevealStatement Example() { return ExampleRevealStatement(); }
  static auto Parse(absl::string_view bytes) { return ParseRevealStatement(bytes); }
  static auto Verify(const SignedBytes& message) { return VerifyRevealStatement(message, TestKey); }
};
struct AllOffers {
  static Offers Example() { return ExampleOffers(); }
  static auto Parse(absl::string_view bytes) { return ParseOffers(bytes); }
};
struct ShownOffers {
  static ShownOffer Example() { return ExampleShownOffer(); }
  static auto Parse(absl::string_view bytes) { return ParseShownOffer(bytes); }
};
struct Transcripts {
  static TranscriptFields Example() { return ExampleFields(); }
  static auto Parse(absl::string_view bytes) { return ParseTranscriptFields(bytes); }
};

template <typename Format>
class EveryParser : public testing::Test {};
using Formats = testing::Types<KeyStatements, UploadHeaders, SurvivorStatements, VoidStatements, RevealStatements,
                               AllOffers, ShownOffers, Transcripts>;
TYPED_TEST_SUITE(EveryParser, Formats);

TYPED_TEST(EveryParser, ReadsBackWhatWasWritten) {
  const auto parsed = TypeParam::Parse(Serialize(TypeParam::Example()));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, TypeParam::Example());
}

TYPED_TEST(EveryParser, RefusesTheMessageCutAtEveryByte) {
  const std::string bytes = Serialize(TypeParam::Example());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(TypeParam::Parse(absl::string_view(bytes).substr(0, size)).status().code(),
              absl::StatusCode::kInvalidArgument)
        << size;
  }
}

TYPED_TEST(EveryParser, RefusesBytesAfterTheEnd) {
  const std::string bytes = Serialize(TypeParam::Example());
  for (const char extra : {'\0', '\1', '\xff'}) EXPECT_FALSE(TypeParam::Parse(bytes + extra).ok()) << int{extra};
  EXPECT_FALSE(TypeParam::Parse(bytes + bytes).ok());
}

TYPED_TEST(EveryParser, RefusesEveryVersionButItsOwn) {
  std::string bytes = Serialize(TypeParam::Example());
  for (int version = 0; version < 256; ++version) {
    bytes[0] = static_cast<char>(version);
    EXPECT_EQ(TypeParam::Parse(bytes).ok(), version == 1) << version;
  }
}

// Whatever is accepted is written back to the last bit: so two parties that hold equal values hold equal bytes.
TYPED_TEST(EveryParser, HasOneEncodingForEachValueThatItAccepts) {
  const std::string bytes = Serialize(TypeParam::Example());
  int accepted = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(value);
      const auto parsed = TypeParam::Parse(changed);
      if (!parsed.ok()) continue;
      ++accepted;
      ASSERT_EQ(Serialize(*parsed), changed) << "byte " << i << " is " << value;
      ASSERT_EQ(*parsed == TypeParam::Example(), changed == bytes) << "byte " << i << " is " << value;
    }
  }
  EXPECT_GT(accepted, 255) << "digests and numbers may have any value";
}

// Every four bytes in turn say 4 GiB: a length or a count among them must be refused before memory is asked for.
TYPED_TEST(EveryParser, RefusesHugeLengthsBeforeItAllocates) {
  const auto peak_kib = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  const std::string bytes = Serialize(TypeParam::Example());
  const auto before = peak_kib();
  for (size_t i = 0; i + 4 <= bytes.size(); ++i) {
    for (const char* length : {"\xff\xff\xff\xff", "\x00\x00\x00\x80", "\xff\xff\xff\x7f"}) {
      std::string changed = bytes;
      changed.replace(i, 4, length, 4);
      (void)TypeParam::Parse(changed);
    }
  }
  EXPECT_LT(peak_kib() - before, 64 << 10);
}

template <typename Format>
class EverySignedMessage : public testing::Test {};
using SignedFormats =
    testing::Types<KeyStatements, UploadHeaders, SurvivorStatements, VoidStatements, RevealStatements>;
TYPED_TEST_SUITE(EverySignedMessage, SignedFormats);

TYPED_TEST(EverySignedMessage, IsVerifiedAsItWasSigned) {
  const SignedBytes message = SignedBy("site-a", TypeParam::Example());
  EXPECT_EQ(message.bytes, Serialize(TypeParam::Example()));
  const auto verified = TypeParam::Verify(message);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(*verified, TypeParam::Example());
}

TYPED_TEST(EverySignedMessage, IsRefusedWithAnyBitOfItsBytesFlipped) {
  const SignedBytes message = SignedBy("site-a", TypeParam::Example());
  for (size_t bit = 0; bit < 8 * message.bytes.size(); ++bit) {
    SignedBytes changed = message;
    changed.bytes[bit / 8] = static_cast<char>(changed.bytes[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(TypeParam::Verify(changed).ok()) << "bit " << bit;
  }
}

TYPED_TEST(EverySignedMessage, IsRefusedWithAnyBitOfItsSignatureFlipped) {
  const SignedBytes message = SignedBy("site-a", TypeParam::Example());
  for (size_t bit = 0; bit < 8 * message.signature.size(); ++bit) {
    SignedBytes changed = message;
    changed.signature[bit / 8] = static_cast<char>(changed.signature[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(TypeParam::Verify(changed).ok()) << "bit " << bit;
  }
}

TYPED_TEST(EverySignedMessage, IsRefusedWithASignatureOfAnotherLength) {
  SignedBytes message = SignedBy("site-a", TypeParam::Example());
  const std::string signature = message.signature;
  for (const std::string& wrong : {std::string(), signature.substr(1), signature + '\0', signature + signature}) {
    message.signature = wrong;
    EXPECT_FALSE(TypeParam::Verify(message).ok()) << wrong.size();
  }
}

TYPED_TEST(EverySignedMessage, IsRefusedWhenAnotherSiteSignedIt) {
  EXPECT_FALSE(TypeParam::Verify(SignedBy("site-b", TypeParam::Example())).ok());
}

TYPED_TEST(EverySignedMessage, IsRefusedWhenTheRosterDoesNotHaveTheSite) {
  auto stranger = TypeParam::Example();
  stranger.site = "site-z";
  EXPECT_EQ(TypeParam::Verify(SignedBy("site-a", stranger)).status().code(), absl::StatusCode::kUnauthenticated);
}

TYPED_TEST(EverySignedMessage, IsNotSignedWhenItCouldNotBeRead) {
  auto bad = TypeParam::Example();
  bad.site = "not a site";
  EXPECT_FALSE(Sign(bad, TestSites::Get().signer("site-a")).ok());
}

// The same bytes under every other purpose: a signature holds for one.
TEST(Domains, ASignatureOfOneKindOfMessageHoldsForNoOther) {
  const std::vector<absl::string_view> domains = {"accord/v1/epoch-key", "accord/v1/upload-header",
                                                  "accord/v1/survivors", "accord/v1/void", "accord/v1/reveal"};
  for (const absl::string_view signed_under : domains) {
    const auto message = SignBytes("bytes", signed_under, TestSites::Get().signer("site-a"));
    ASSERT_TRUE(message.ok()) << message.status();
    for (const absl::string_view domain : domains) {
      EXPECT_EQ(VerifyBytes(*message, domain, "site-a", TestKey).ok(), domain == signed_under) << domain;
    }
  }
}

}  // namespace
}  // namespace accord::secure
