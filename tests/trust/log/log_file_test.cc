#include "trust/log/log_file.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/log/example_log.h"
#include "trust/log/log_check.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

TEST(EntryProof, IsTheTextThatIsDocumented) {
  const ExampleLog log("heart", 2);
  const EntryProof proof = log.ProofOfEntry(1, 2);
  EXPECT_EQ(proof.Write(),
            absl::StrCat("accord-log-entry-v1\nfirst: ", absl::Base64Escape(log.entries()[0]),
                         "\nentry: ", HexDigest(LogLeafHash(log.entries()[1])), " | ",
                         absl::Base64Escape(log.entries()[1]), "\npath: ", HexDigest(LogLeafHash(log.entries()[0])),
                         "\nhead: ", absl::Base64Escape(proof.head.bytes), " | ",
                         absl::Base64Escape(proof.head.signature), "\n"));
}

TEST(EntryProof, ShowsEachEntryUnderEachHead) {
  const ExampleLog log("heart", 12);
  for (uint64_t size = 1; size <= 12; ++size) {
    for (uint64_t index = 0; index < size; ++index) {
      const auto proof = EntryProof::Parse(log.ProofOfEntry(index, size).Write());
      ASSERT_TRUE(proof.ok()) << proof.status();
      const auto shown = CheckEntryProof(*proof);
      ASSERT_TRUE(shown.ok()) << shown.status();
      EXPECT_EQ(shown->entry.index, index);
      EXPECT_EQ(shown->head.tree_size, size);
      EXPECT_EQ(shown->identity.id(), log.identity().id());
    }
  }
}

TEST(EntryProof, OfARewrittenEntryShowsNothing) {
  const ExampleLog log("heart", 12);
  EntryProof proof = log.ProofOfEntry(5, 12);
  LogEntry entry = *ParseLogEntry(proof.entry);
  entry.subject = "job-6";
  proof.entry = *WriteLogEntry(entry);
  EXPECT_THAT(std::string(CheckEntryProof(proof).status().message()), HasSubstr("not in that log"));
  // Also at another place of its own log.
  proof = log.ProofOfEntry(5, 12);
  proof.entry = log.entries()[6];
  EXPECT_FALSE(CheckEntryProof(proof).ok());
}

TEST(EntryProof, UnderAnotherKeyShowsNothing) {
  const ExampleLog log("heart", 12), other("heart", 12);
  EntryProof proof = log.ProofOfEntry(5, 12);
  proof.head.signature = other.SignedHead(12).signature;
  EXPECT_EQ(CheckEntryProof(proof).status().code(), absl::StatusCode::kUnauthenticated);
  proof = log.ProofOfEntry(5, 12);
  proof.first_entry = other.entries()[0];
  EXPECT_THAT(std::string(CheckEntryProof(proof).status().message()), HasSubstr("the head is of the log"));
}

// What only the log's keeper can do.
TEST(EntryProof, OfAnotherBeginningOrOfWhatCameAfterItsHeadShowsNothing) {
  const ExampleLog log("heart", 12);
  StoredTree tree;
  const std::string another = *WriteFirstEntry("heart", ExampleLog::kStartUs + 1, log.signer().public_key_der());
  tree.Append(LogLeafHash(another));
  tree.Append(LogLeafHash(another));
  LogHead head = log.Head(2);
  head.root = tree.Head(2).root;
  const SignedLogHead lie = *SignLogHead(head, log.signer());
  EXPECT_THAT(std::string(CheckEntryProof({log.entries()[0], another, tree.Inclusion(0, 2), lie}).status().message()),
              HasSubstr("entry 0, of kind opened, has no place"));
  EntryProof early = log.ProofOfEntry(5, 12);
  head = log.Head(12);
  head.unix_us = ExampleLog::kStartUs;
  early.head = *SignLogHead(head, log.signer());
  EXPECT_THAT(std::string(CheckEntryProof(early).status().message()), HasSubstr("signed before the entry"));
}

TEST(CompareHeads, AgreeWhereTheOneThatKnowsLessEndsAtAHeadOfTheOther) {
  using Kind = ComparedHeads::Kind;
  const ExampleLog log("heart", 30);
  ExampleLog fork = log.Fork(15);
  while (fork.entries().size() < 30) fork.AppendJob("another");
  const auto heads = [](const ExampleLog& of, const std::vector<uint64_t>& sizes) {
    std::vector<LogHead> heads;
    for (const uint64_t size : sizes) heads.push_back(of.Head(size));
    return heads;
  };
  const auto compare = [](const std::vector<LogHead>& one, const std::vector<LogHead>& other) {
    const ComparedHeads compared = CompareHeads(one, other), swapped = CompareHeads(other, one);
    EXPECT_EQ(compared.kind, swapped.kind);
    EXPECT_EQ(compared.size, swapped.size);
    return std::pair(compared.kind, compared.size);
  };
  EXPECT_EQ(compare(heads(log, {10}), heads(log, {10})), std::pair(Kind::kAgree, uint64_t{10}));
  EXPECT_EQ(compare(heads(log, {10, 20}), heads(log, {10})), std::pair(Kind::kAgree, uint64_t{10}));
  EXPECT_EQ(compare(heads(log, {10, 20}), heads(log, {5, 20})), std::pair(Kind::kAgree, uint64_t{20}));
  EXPECT_EQ(compare(heads(log, {20}), heads(log, {10})), std::pair(Kind::kUnknown, uint64_t{0}));
  EXPECT_EQ(compare(heads(log, {10, 20}), heads(fork, {10, 25})), std::pair(Kind::kUnknown, uint64_t{10}));
  EXPECT_EQ(compare(heads(log, {10, 20}), heads(fork, {10, 20})), std::pair(Kind::kForked, uint64_t{20}));
}

TEST(ConsistencyProof, ShowsThatTheLogOnlyGrew) {
  const ExampleLog log("heart", 12);
  for (uint64_t first = 1; first <= 12; ++first) {
    const auto proof = ConsistencyProof::Parse(log.ProofOfGrowth(first, 12).Write());
    ASSERT_TRUE(proof.ok()) << proof.status();
    const auto shown = CheckConsistencyProof(*proof);
    ASSERT_TRUE(shown.ok()) << shown.status();
    EXPECT_EQ(shown->earlier.tree_size, first);
    EXPECT_EQ(shown->later.tree_size, 12u);
  }
}

TEST(ConsistencyProof, OfAForkedLogShowsNothing) {
  const ExampleLog log("heart", 12);
  ExampleLog fork = log.Fork(6);
  while (fork.entries().size() < 12) fork.AppendJob("another");
  ConsistencyProof proof = fork.ProofOfGrowth(8, 12);
  proof.earlier = log.SignedHead(8);
  EXPECT_FALSE(CheckConsistencyProof(proof).ok());
  proof = fork.ProofOfGrowth(6, 12);  // what was before the fork is common
  proof.earlier = log.SignedHead(6);
  EXPECT_TRUE(CheckConsistencyProof(proof).ok());
  EXPECT_TRUE(AreForked(log.Head(8), fork.Head(8)));
  EXPECT_FALSE(AreForked(log.Head(6), fork.Head(6)));
  EXPECT_FALSE(AreForked(log.Head(8), fork.Head(9)));
  EXPECT_FALSE(AreForked(log.Head(8), ExampleLog("heart", 8).Head(8)));
}

TEST(ProofFiles, NameTheLineThatIsWrong) {
  const ExampleLog log("heart", 12);
  const std::string text = log.ProofOfEntry(5, 12).Write();
  const auto fault = [](const std::string& changed) {
    const auto proof = EntryProof::Parse(changed);
    EXPECT_EQ(proof.status().code(), absl::StatusCode::kInvalidArgument) << changed;
    return std::string(proof.status().message());
  };
  EXPECT_THAT(fault(""), HasSubstr("cut off"));
  EXPECT_THAT(fault(text.substr(0, text.size() - 1)), HasSubstr("cut off"));
  EXPECT_THAT(fault(text + "more\n"), HasSubstr("line 9: expected the end"));
  EXPECT_THAT(fault(absl::StrCat("x", text)), HasSubstr("line 1: expected accord-log-entry-v1"));
  EXPECT_THAT(fault(absl::StrReplaceAll(text, {{"first: ", "last: "}})), HasSubstr("line 2: expected 'first:'"));
  EXPECT_THAT(fault(absl::StrReplaceAll(text, {{"entry: ", "entry: f"}})), HasSubstr("line 3: "));
  EXPECT_THAT(fault(absl::StrReplaceAll(text, {{"path: ", "path: F"}})), HasSubstr("line 4: "));
  EXPECT_THAT(fault(absl::StrReplaceAll(text, {{"path: ", "way: "}})), HasSubstr("line 4: expected 'head:'"));
  EXPECT_THAT(fault(absl::StrReplaceAll(text, {{"head: ", "head: *"}})), HasSubstr("line 8: is not of the form"));
  EXPECT_THAT(fault(absl::StrReplaceAll(text, {{"\n", "\r\n"}})), HasSubstr("line 1"));
  EntryProof long_path = log.ProofOfEntry(5, 12);
  long_path.path.resize(65);
  EXPECT_THAT(fault(long_path.Write()), HasSubstr("line 68: is a hash too many: no proof has more than 64"));
  EXPECT_THAT(fault(std::string(kMaxLogProofFileBytes + 1, 'x')), HasSubstr("expected at most"));
  EXPECT_FALSE(ConsistencyProof::Parse(text).ok());
  EXPECT_FALSE(HeadOfLog::Parse(text).ok());
}

TEST(ProofFiles, ComeBackAsTheyWereWritten) {
  const ExampleLog log("heart", 12);
  const HeadOfLog head = log.HeadFile(7);
  const auto read = HeadOfLog::Parse(head.Write());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->head, head.head);
  EXPECT_EQ(read->first_entry, head.first_entry);
  const std::string growth = log.ProofOfGrowth(5, 12).Write();
  EXPECT_EQ(ConsistencyProof::Parse(growth)->Write(), growth);
  // The largest entry still fits.
  LogEntry entry = log.Draft("job-1");
  entry.payload = LogPayload::Bytes(std::string(kMaxLogPayloadBytes, 'x'));
  ExampleLog large = log;
  large.Append(*WriteLogEntry(entry));
  EXPECT_TRUE(EntryProof::Parse(large.ProofOfEntry(12, 13).Write()).ok());
  EXPECT_LE(LogEntryLine({}, large.entries().back()).size(), kMaxLogLineBytes);
}

TEST(NameOpenings, ComeBackAsTheyWereWritten) {
  NameOpenings openings;
  openings.emplace(7, *NameOpening::Draw(NameRole::kPerson, "Ada | Lovelace", EntropySource::System()));
  openings.emplace(7, *NameOpening::Draw(NameRole::kDataSet, "heart", EntropySource::System()));
  openings.emplace(3,
                   *NameOpening::Draw(NameRole::kOrganisation, "Universitätsspital Zürich", EntropySource::System()));
  const std::string text = WriteNameOpenings(openings);
  EXPECT_THAT(text, HasSubstr("accord-log-names-v1\nname: 3 | organisation | "));
  const auto read = ParseNameOpenings(text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, openings);
}

TEST(NameOpenings, NameTheLineThatIsWrong) {
  const std::string salt(64, '0');
  const auto fault = [](const std::string& line) {
    return std::string(ParseNameOpenings(absl::StrCat("accord-log-names-v1\n", line, "\n")).status().message());
  };
  EXPECT_EQ(fault(absl::StrCat("name: 7 | person | ", salt, " | Ada")), "");
  EXPECT_THAT(fault("name: 7"), HasSubstr("line 2: is not of the form"));
  EXPECT_THAT(fault(absl::StrCat("name: 07 | person | ", salt, " | Ada")), HasSubstr("line 2: is not of the form"));
  EXPECT_THAT(fault(absl::StrCat("name: -7 | person | ", salt, " | Ada")), HasSubstr("line 2: is not of the form"));
  EXPECT_THAT(fault(absl::StrCat("name: 7 | cat | ", salt, " | Ada")), HasSubstr("role"));
  EXPECT_THAT(fault("name: 7 | person | 00 | Ada"), HasSubstr("64 lower-case"));
  EXPECT_THAT(fault(absl::StrCat("name: 7 | person | ", salt, " | ")), HasSubstr("1 to 256 bytes"));
  EXPECT_THAT(fault("nam: 7"), HasSubstr("expected 'name:'"));
}

}  // namespace
}  // namespace accord
