// The bytes of each message, written out by hand from docs/secure-sum-messages.md. A change here is another protocol
// version.
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/domains.h"
#include "aggregation/secure/messages/epoch_list.h"
#include "aggregation/secure/messages/seed_commitment.h"
#include "base/hex.h"
#include "tests/aggregation/secure/messages/message_examples.h"

namespace accord::secure {
namespace {

// 32 times one byte, in hexadecimal.
std::string D(const std::string& byte) {
  std::string digits;
  for (int i = 0; i < 32; ++i) digits += byte;
  return digits;
}

const char kJob1[] = "050000006a6f622d31";     // "job-1"
const char kSiteA[] = "06000000736974652d61";  // "site-a"
const char kSiteB[] = "06000000736974652d62";
const char kSiteC[] = "06000000736974652d63";
const char kSiteD[] = "06000000736974652d64";

template <typename Message>
std::string Hex(const Message& message) {
  return absl::BytesToHexString(Serialize(message));
}

std::string PartsHex() {
  return absl::StrCat(kJob1, "03000000", "01000000", "02000000", "05000000", D("11"), D("12"), D("13"), D("14"),
                      D("15"), D("16"), D("17"));
}

TEST(GoldenBytes, KeyStatement) {
  EXPECT_EQ(Hex(ExampleKeyStatement()),
            absl::StrCat("01", kJob1, D("21"), D("22"), "03000000", kSiteA, D("23"), D("24"), "02000000", kSiteB,
                         "0700000000000000", D("25"), kSiteC, "0000000000010000", D("26")));
}

TEST(GoldenBytes, UploadHeader) {
  EXPECT_EQ(Hex(ExampleUploadHeader()), absl::StrCat("01", PartsHex(), kSiteA, D("31"), D("32"), "03000000", "02000000",
                                                     D("33"), "0900000000000000", D("34")));
}

TEST(GoldenBytes, SurvivorStatement) {
  EXPECT_EQ(Hex(ExampleSurvivorStatement()),
            absl::StrCat("01", D("41"), kJob1, "05000000", "04000000", "03000000", "01000000", "03000000", D("42"),
                         kSiteA, "0a00000000000000", D("43"), "02000000", kSiteB, kSiteC));
}

TEST(GoldenBytes, VoidStatement) {
  EXPECT_EQ(Hex(ExampleVoidStatement()), absl::StrCat("01", D("51"), kSiteA, "0b00000000000000", D("52")));
}

TEST(GoldenBytes, RevealStatement) {
  EXPECT_EQ(Hex(ExampleRevealStatement()), absl::StrCat("01", D("61"), D("62"), kSiteA, "01", D("63"), "01000000",
                                                        kSiteD, D("64"), "02000000", kSiteB, D("65"), kSiteC, D("66")));
  RevealStatement without_self = ExampleRevealStatement();
  without_self.self.reset();
  without_self.shares.clear();
  EXPECT_EQ(Hex(without_self),
            absl::StrCat("01", D("61"), D("62"), kSiteA, "00", "01000000", kSiteD, D("64"), "00000000"));
}

std::string Packet(const std::string& byte) {
  std::string digits;
  for (int i = 0; i < 60; ++i) digits += byte;
  return digits;
}

TEST(GoldenBytes, Offers) {
  EXPECT_EQ(Hex(ExampleOffers()), absl::StrCat("01", "02000000", kSiteB, D("71"), "01", D("72"), Packet("73"), kSiteC,
                                               D("81"), "01", D("82"), Packet("83")));
  EXPECT_EQ(Hex(Offers{{PeerOffer{"site-b", Filled(0x71), {}}}}),
            absl::StrCat("01", "01000000", kSiteB, D("71"), "00"));
}

Sha256Digest HashOfHex(const std::string& domain, const std::string& hex) {
  return Sha256(absl::StrCat(domain, std::string(1, '\0'), ParseHex(hex).value()));
}

std::string HexOf(const Sha256Digest& digest) { return HexDigest(digest); }

TEST(GoldenBytes, OffersTree) {
  const std::string left = HexOf(HashOfHex(
      "accord/v1/offers", absl::StrCat("00", kSiteA, "01000000", kSiteB, D("71"), "01", D("72"), Packet("73"))));
  const std::string right = HexOf(HashOfHex(
      "accord/v1/offers", absl::StrCat("00", kSiteA, "02000000", kSiteC, D("81"), "01", D("82"), Packet("83"))));
  const std::string top = HexOf(HashOfHex("accord/v1/offers", absl::StrCat("01", left, right)));
  EXPECT_EQ(HexOf(OffersRoot("site-a", ExampleOffers())),
            HexOf(HashOfHex("accord/v1/offers", absl::StrCat("02", "02000000", top))));
  EXPECT_EQ(Hex(ExampleShownOffer()), absl::StrCat("01", kSiteA, "02000000", "02000000", kSiteC, D("81"), "01", D("82"),
                                                   Packet("83"), "01000000", left));
  EXPECT_EQ(HexOf(OffersRoot("site-a", {})),
            HexOf(HashOfHex("accord/v1/offers", absl::StrCat("02", "00000000", D("00")))));
}

TEST(GoldenBytes, HashesOfMessages) {
  const SignedBytes one{"one", "signature"};
  const SignedBytes two{"two", "another"};
  const std::string one_hex = "6f6e65";
  const std::string two_hex = "74776f";
  EXPECT_EQ(HeaderHash(one), HashOfHex("accord/v1/header-hash", one_hex));
  EXPECT_EQ(SurvivorsHash(Filled(0xaa), {one, two}),
            HashOfHex("accord/v1/survivor-set",
                      absl::StrCat(D("aa"), "02000000", HexOf(HeaderHash(one)), HexOf(HeaderHash(two)))));
  const std::string list = absl::StrCat("02000000", "03000000", one_hex, "03000000", two_hex);
  EXPECT_EQ(HashEpoch({one, two}), HashOfHex("accord/v1/epoch", list));
  EXPECT_EQ(HashShownStatements({one, two}), HashOfHex("accord/v1/shown-statements", list));
}

TEST(GoldenBytes, Commitments) {
  const Sha256Digest transcript = Filled(0xbb);
  EXPECT_EQ(SelfCommitment(transcript, "site-a", SeedOf(1)),
            HashOfHex("accord/v1/self-commitment", absl::StrCat(D("bb"), kSiteA, D("01"))));
  EXPECT_EQ(PairCommitment(transcript, "site-b", "site-a", SeedOf(2)),
            HashOfHex("accord/v1/pair-commitment", absl::StrCat(D("bb"), kSiteA, kSiteB, D("02"))));
  EXPECT_EQ(ShareCommitment(transcript, {"site-b", "site-a", 9}, SeedOf(3)),
            HashOfHex("accord/v1/share-commitment", absl::StrCat(D("bb"), kSiteB, kSiteA, "09", D("03"))));
  EXPECT_EQ(NonceCommitment(Filled(4)), HashOfHex("accord/v1/graph-nonce", D("04")));
}

TEST(GoldenBytes, Transcript) {
  EXPECT_EQ(HashTranscript(ExampleParts()), HashOfHex("accord/v1/transcript", PartsHex()));
  TranscriptFields fields;
  fields.charter_hash = Filled(0x01);
  fields.roster_hash = Filled(0x02);
  fields.job_sha256 = Filled(0x03);
  fields.min_sites = 4;
  fields.colluding_organisations = 5;
  fields.privacy = "p";
  fields.job_id = "job-1";
  fields.epoch = 6;
  fields.step = 7;
  fields.round = 8;
  fields.attempt = 9;
  fields.epoch_hash = Filled(0x0a);
  fields.cohort = {"site-a", "site-b"};
  fields.graph = TranscriptGraph::kHarary;
  fields.graph_seed = Filled(0x0b);
  fields.degree = 12;
  fields.share_threshold = 13;
  fields.required_signatures = 14;
  fields.colluding_sites = 15;
  fields.kind = 16;
  fields.schema_hash = Filled(0x11);
  fields.encoding_sites = 18;
  fields.ring_bits = 32;
  fields.weight_cap = 20;
  fields.model_digest = Filled(0x15);
  fields.statistics_sha256 = Filled(0x16);
  fields.previous = PreviousOpened{Filled(0x17), Filled(0x18), 25, 26, Filled(0x1b)};
  fields.log_head = "head";
  const std::string agreement =
      absl::StrCat("05000000", D("01"), D("02"), D("03"), "04000000", "05000000", "0100000070");
  const std::string plain = absl::StrCat(kJob1, "06000000", "07000000", "08000000", "09000000");
  const std::string cohort =
      absl::StrCat(D("0a"), "02000000", kSiteA, kSiteB, "02", D("0b"), "0c000000", "0d000000", "0e000000", "0f000000");
  const std::string encoding = absl::StrCat("10000000", D("11"), "12000000", "20000000", "1400000000000000");
  const std::string previous = absl::StrCat("01", D("17"), D("18"), "19000000", "1a000000", D("1b"));
  EXPECT_EQ(Hex(fields),
            absl::StrCat("01", agreement, plain, cohort, encoding, D("15"), D("16"), previous, "0400000068656164"));
  const TranscriptParts parts = PartsOf(fields);
  EXPECT_EQ(parts.agreement, HashOfHex("accord/v1/transcript-agreement", agreement));
  EXPECT_EQ(parts.cohort, HashOfHex("accord/v1/transcript-cohort", cohort));
  EXPECT_EQ(parts.encoding, HashOfHex("accord/v1/transcript-encoding", encoding));
  EXPECT_EQ(parts.previous, HashOfHex("accord/v1/transcript-previous", previous));
  EXPECT_EQ(parts.log_head, HashOfHex("accord/v1/transcript-log-head", "68656164"));
  EXPECT_EQ(parts.model, Filled(0x15));
  EXPECT_EQ(parts.statistics, Filled(0x16));
  EXPECT_EQ(HashTranscript(fields), HashTranscript(parts));
  fields.previous.reset();
  EXPECT_EQ(PartsOf(fields).previous, HashOfHex("accord/v1/transcript-previous", "00"));
}

TEST(GoldenBytes, SchemaAndStatistics) {
  const auto schema = VectorSchema::Create({{"rows", VectorBlock::Kind::kCount, 1, 10}}, 3);
  ASSERT_TRUE(schema.ok()) << schema.status();
  EXPECT_EQ(HashSchema(*schema),
            HashOfHex("accord/v1/vector-schema",
                      absl::StrCat("20000000", "01000000", "04000000726f7773", "02", "0100000000000000",
                                   "0000000000002440", "000000000000f03f", "0a00000000000000")));
  const std::vector<double> mean = {1};
  const std::vector<double> spread = {2};
  EXPECT_EQ(
      HashStatistics(mean, spread),
      HashOfHex("accord/v1/statistics", absl::StrCat("01000000", "000000000000f03f", "01000000", "0000000000000040")));
}

// One value as it was computed by another implementation (Python's hashlib), so that the tests above cannot share a
// mistake with the code.
TEST(GoldenBytes, AgreeWithAnotherImplementation) {
  EXPECT_EQ(HexOf(HashTranscript(ExampleParts())), "18de360eb6df5243b496822be3a575740a9289a112ec4eaaa5b7c74685cadb97");
  EXPECT_EQ(HexOf(OffersRoot("site-a", ExampleOffers())),
            "d252e6b836a9b7f05ea27d7941d2b7c122de42822a9565f1f7fafb192230ec70");
}

}  // namespace
}  // namespace accord::secure
