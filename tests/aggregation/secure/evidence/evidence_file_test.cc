#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "aggregation/secure/evidence/evidence.h"
#include "tests/aggregation/secure/evidence/example_attempt.h"

namespace accord::secure {
namespace {

using testing::HasSubstr;

// One of everything.
Evidence Full() {
  const ExampleAttempt attempt;
  EvidenceBuilder builder(EvidenceKind::kBadShares);
  builder.Terms(attempt.fields()).Add("site-a", attempt.Header("site-a")).Add("site-a", attempt.Reveal());
  builder.Offer(attempt.Show("site-a", "site-b")).Share("site-a", "site-b", attempt.ShareAt("site-a", 1));
  Evidence evidence = builder.evidence();
  evidence.log_head = HeadOfLog{"first entry", {"head", "signature"}};
  return evidence;
}

TEST(EvidenceFile, ReadsBackWhatWasWritten) {
  const Evidence full = Full();
  const auto file = ParseEvidence(WriteEvidence(full, "the roster\nas it is, without a last line feed"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->evidence, full);
  EXPECT_EQ(file->roster_bytes, "the roster\nas it is, without a last line feed");
}

TEST(EvidenceFile, IsTextThatAPersonCanRead) {
  Evidence evidence;
  evidence.kind = EvidenceKind::kTwoKeys;
  evidence.witness = "site-a";
  evidence.claim = "site-b has two keys";
  evidence.messages = {{MessageKind::kVoidStatement, {"bytes", "signature"}}};
  EXPECT_EQ(WriteEvidence(evidence, "accord-roster-v1\n"),
            "accord-evidence-v1\n"
            "kind: two-keys\n"
            "witness: site-a\n"
            "claim: site-b has two keys\n"
            "message: void | Ynl0ZXM= | c2lnbmF0dXJl\n"
            "roster:\n"
            "accord-roster-v1\n");
}

TEST(EvidenceFile, AClaimIsOneLineWhateverItIsMadeOf) {
  Evidence evidence = Full();
  evidence.claim = "two\nlines\x1b[31m and a \xff byte";
  const auto file = ParseEvidence(WriteEvidence(evidence, ""));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->evidence.claim, "two lines [31m and a ");
  evidence.claim = std::string(999, 'x') + "\xc3\xa4";  // cut in the middle of a letter
  EXPECT_EQ(ParseEvidence(WriteEvidence(evidence, ""))->evidence.claim, std::string(999, 'x'));
  evidence.claim.clear();
  EXPECT_TRUE(ParseEvidence(WriteEvidence(evidence, "")).ok());
}

TEST(EvidenceFile, HasAVersionAndAnEnd) {
  const std::string text = WriteEvidence(Full(), "r");
  EXPECT_FALSE(ParseEvidence(absl::StrReplaceAll(text, {{"accord-evidence-v1", "accord-evidence-v2"}})).ok());
  const size_t roster = text.find("roster:\n") + 8;
  for (size_t size = 0; size < roster; ++size) {
    EXPECT_FALSE(ParseEvidence(absl::string_view(text).substr(0, size)).ok()) << size;
  }
  EXPECT_TRUE(ParseEvidence(absl::string_view(text).substr(0, roster)).ok());
}

TEST(EvidenceFile, LinesAreInOrderAndTheFirstThreeAreThere) {
  const std::string head = "accord-evidence-v1\n";
  const std::string kind = "kind: two-keys\n";
  const std::string witness = "witness: site-a\n";
  const std::string claim = "claim: words\n";
  const std::string message = "message: void | Ynl0ZXM= | c2lnbmF0dXJl\n";
  const std::string share = absl::StrCat("share: site-a | site-b | ", std::string(42, 'A'), "8=\n");
  const std::string roster = "roster:\n";
  const auto read = [&](const std::vector<std::string>& lines) {
    std::string text = head;
    for (const std::string& line : lines) text += line;
    return ParseEvidence(text).ok();
  };
  EXPECT_TRUE(read({kind, witness, claim, roster}));
  EXPECT_TRUE(read({kind, witness, claim, message, message, share, share, roster}));
  EXPECT_FALSE(read({kind, witness, roster}));
  EXPECT_FALSE(read({kind, claim, witness, roster}));
  EXPECT_FALSE(read({kind, kind, witness, claim, roster}));
  EXPECT_FALSE(read({witness, claim, roster}));
  EXPECT_FALSE(read({kind, witness, claim, share, message, roster}));
  EXPECT_FALSE(read({kind, witness, claim, "\n", roster}));
  EXPECT_FALSE(read({kind, witness, claim, "note: x\n", roster}));
  EXPECT_FALSE(read({kind, witness, claim, message}));
}

TEST(EvidenceFile, FaultsAreToldWithTheirLine) {
  const auto fault = [](const std::string& line) {
    const std::string text =
        absl::StrCat("accord-evidence-v1\nkind: two-keys\nwitness: site-a\nclaim: x\n", line, "\nroster:\n");
    return std::string(ParseEvidence(text).status().message());
  };
  EXPECT_THAT(fault("message: void | Ynl0ZXM | c2lnbmF0dXJl"), HasSubstr("line 5: the message is not BASE64"));
  EXPECT_THAT(fault("message: void | Ynl0ZXM= | c2lnbm F0dXJl"), HasSubstr("line 5: the signature is not BASE64"));
  EXPECT_THAT(fault("message: void | Ynl0ZXM="), HasSubstr("line 5"));
  EXPECT_THAT(fault("message: vote | Ynl0ZXM= | c2lnbmF0dXJl"), HasSubstr("no such kind of message"));
  EXPECT_THAT(fault("offer: Ynl0ZXM="), HasSubstr("line 5: shown offer"));
  EXPECT_THAT(fault("transcript: Ynl0ZXM="), HasSubstr("line 5: transcript"));
  EXPECT_THAT(fault("share: site-a | site-b | Ynl0ZXM="), HasSubstr("32 bytes"));
}

TEST(EvidenceFile, EveryKindHasANameOfItsOwn) {
  std::set<absl::string_view> names;
  for (int i = 0; i < kNumEvidenceKinds; ++i) names.insert(EvidenceKindName(static_cast<EvidenceKind>(i)));
  EXPECT_EQ(names.size(), static_cast<size_t>(kNumEvidenceKinds));
  EXPECT_FALSE(names.contains(""));
}

}  // namespace
}  // namespace accord::secure
