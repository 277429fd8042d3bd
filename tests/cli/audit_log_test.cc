#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "aggregation/secure/evidence/evidence.h"
#include "base/file.h"
#include "base/hash.h"
#include "cli/audit/line_file.h"
#include "tests/cli/cli_fixture.h"
#include "tests/trust/log/example_log.h"
#include "tests/trust/timestamp/test_authority.h"

namespace accord {
namespace {

using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

class AuditLog : public CliTest {
 protected:
  // Another story under the same key.
  ExampleLog ForkedAt(uint64_t entries) const {
    ExampleLog fork = log_.Fork(entries);
    while (fork.entries().size() < 30) fork.AppendJob("another");
    return fork;
  }
  const ExampleLog log_{"heart", 30};
  const std::string id_ = HexDigest(log_.identity().id());
};

class AuditVerify : public AuditLog {};

TEST_F(AuditVerify, SaysWhatAWholeLogHoldsWithoutALogin) {
  EXPECT_EQ(Run({"audit", "verify", WriteFile("log", log_.Text({10, 30}))}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr(absl::StrCat("Log of project heart, id ", id_)));
  EXPECT_THAT(Output(), HasSubstr("30 entries, 2023-11-14 22:13:20 UTC to"));
  EXPECT_THAT(Output(), HasSubstr("  opened: 1\n  job: 29\n"));
  EXPECT_THAT(Output(), HasSubstr("2 signed heads in the file"));
  EXPECT_THAT(Output(), HasSubstr("The log holds."));
}

TEST_F(AuditLog, OneEntryIsWrittenWithTheProofThatVerifyChecks) {
  const std::string whole = WriteFile("log", log_.Text({10, 30}));
  const std::string head = WriteFile("head", HeadOfLog{log_.entries()[0], log_.SignedHead(30)}.Write());
  for (const int index : {0, 17, 29}) {
    const std::string file = Path(absl::StrCat("entry-", index));
    ASSERT_EQ(Run({"audit", "entry", whole, absl::StrCat(index), "-o", file}), kExitOk) << Errors();
    EXPECT_THAT(Output(), HasSubstr(absl::StrCat("accord audit verify ", file, " --log-id ", id_)));
    EXPECT_EQ(Run({"audit", "verify", file, "--log-id", id_, "--against", head}), kExitOk) << Errors() << Output();
    EXPECT_THAT(Output(), HasSubstr(absl::StrCat("The log has this entry: ", index, ", ")));
  }
  EXPECT_EQ(Run({"audit", "entry", whole, "17", "-o", Path("entry-17")}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("is there already"));
  const std::string fork = WriteFile("fork", HeadOfLog{log_.entries()[0], ForkedAt(20).SignedHead(30)}.Write());
  EXPECT_EQ(Run({"audit", "verify", Path("entry-17"), "--against", fork}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("FORKED"));
}

TEST_F(AuditLog, NoEntryIsTakenOutOfWhatDoesNotHoldOrHasNone) {
  const std::string whole = WriteFile("log", log_.Text({30}));
  EXPECT_EQ(Run({"audit", "entry", whole, "30", "-o", Path("x")}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("has 30 entries, counted from 0; none is 30"));
  const std::string torn = WriteFile("torn", log_.Text({30}).substr(0, log_.Text({30}).size() - 20));
  EXPECT_EQ(Run({"audit", "entry", torn, "3", "-o", Path("x")}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("does not hold, nothing was written"));
  const std::string head = WriteFile("head", HeadOfLog{log_.entries()[0], log_.SignedHead(30)}.Write());
  EXPECT_EQ(Run({"audit", "entry", head, "3", "-o", Path("x")}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("is no whole log"));
  EXPECT_EQ(ReadBack("x"), "(no such file)");
}

class AuditStamps : public AuditLog {
 protected:
  absl::Time TimeOf(uint64_t size) const { return absl::FromUnixMicros(static_cast<int64_t>(log_.Head(size).unix_us)); }
  // With stamps behind the heads of 10 and 30 entries.
  std::string Stamped(const ExampleLog& log, absl::Time second) const {
    const std::string first = LogHeadLine(log.SignedHead(10)), last = LogHeadLine(log.SignedHead(30));
    const std::string on_first = LogStampLine(tsa_.Stamp(log.SignedHead(10), TimeOf(10) + absl::Minutes(1)));
    const std::string on_last = LogStampLine(tsa_.Stamp(log.SignedHead(30), second));
    return absl::StrReplaceAll(log.Text({10, 30}),
                               {{first, absl::StrCat(first, on_first)}, {last, absl::StrCat(last, on_last)}});
  }
  const TestStampAuthority tsa_;
};

TEST_F(AuditStamps, SaysOfEachHeadWhenItWasStampedAndByWhom) {
  const std::string file = WriteFile("log", Stamped(log_, TimeOf(30) + absl::Hours(1)));
  const std::string roots = WriteFile("tsa.pem", tsa_.roots_pem());
  EXPECT_EQ(Run({"audit", "verify", file, "--authority", roots, "--stamped-within-hours", "2"}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("2 time stamps\n  head of 10 entries: 2023-11-14 22:14:20 UTC by CN=Test Stamps\n"
                                  "  head of 30 entries: 2023-11-14 23:13:20 UTC by CN=Test Stamps\n"));
  EXPECT_THAT(Output(), HasSubstr("The log holds."));
  EXPECT_EQ(Run({"audit", "verify", file, "--authority", roots, "--json"}), kExitOk);
  const Json verdict = Json::parse(Output());
  EXPECT_EQ(verdict["time_stamps"]["checked"], true);
  EXPECT_EQ(verdict["time_stamps"]["heads"][1]["tree_size"], 30);
  EXPECT_EQ(verdict["time_stamps"]["heads"][1]["by"], "CN=Test Stamps");
}

TEST_F(AuditStamps, WithoutTheAuthoritySaysThatTheyAreNotChecked) {
  EXPECT_EQ(Run({"audit", "verify", WriteFile("log", Stamped(log_, TimeOf(30)))}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("2 time stamps, NOT CHECKED"));
  EXPECT_EQ(Run({"audit", "verify", WriteFile("plain", log_.Text({30}))}), kExitOk);
  EXPECT_THAT(Output(), HasSubstr("No time stamp\n"));
}

TEST_F(AuditStamps, NamesTheFirstThatIsWrong) {
  const TestStampAuthority other;
  const std::string file = WriteFile("log", Stamped(log_, TimeOf(30)));
  EXPECT_EQ(Run({"audit", "verify", file, "--authority", WriteFile("other.pem", other.roots_pem())}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("WRONG at entry 9, found on line 13 of the file:\n  the time stamp on the head of 10 "
                                  "entries: the time stamp is not one of the authority"));
}

TEST_F(AuditStamps, FindsALogThatWasRewrittenLaterAndDatedBack) {
  const std::string roots = WriteFile("tsa.pem", tsa_.roots_pem());
  const std::string file = WriteFile("log", Stamped(ForkedAt(20), TimeOf(30) + absl::Hours(24 * 30)));
  EXPECT_EQ(Run({"audit", "verify", file, "--authority", roots}), kExitOk) << "the stamps are real";
  EXPECT_EQ(Run({"audit", "verify", file, "--authority", roots, "--stamped-within-hours", "26"}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("WRONG at entry 10"));
  EXPECT_THAT(Output(), HasSubstr("expected within 26h"));
}

TEST_F(AuditStamps, AreWaitedForByThisMachinesClockOrAsOfATimeThatTheVerdictNames) {
  const std::string roots = WriteFile("tsa.pem", tsa_.roots_pem());
  const std::string head = LogHeadLine(log_.SignedHead(10));
  const std::string stamp = LogStampLine(tsa_.Stamp(log_.SignedHead(10), TimeOf(10) + absl::Minutes(1)));
  const std::string file =
      WriteFile("log", absl::StrReplaceAll(log_.Text({10, 30}), {{head, absl::StrCat(head, stamp)}}));
  clock_.Advance(TimeOf(30) + absl::Hours(24 * 30) - clock_.Now());
  EXPECT_EQ(Run({"audit", "verify", file, "--authority", roots, "--stamped-within-hours", "26"}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("no time stamp covers the entries from 10 on"));
  EXPECT_EQ(Run({"audit", "verify", file, "--authority", roots, "--stamped-within-hours", "26", "--as-of",
                 "2023-11-15T00:00:00Z"}),
            kExitOk)
      << Errors();
  EXPECT_THAT(Output(), HasSubstr("The log holds as of 2023-11-15T00:00:00Z."));
  EXPECT_EQ(Run({"audit", "verify", file, "--authority", roots, "--stamped-within-hours", "26", "--as-of",
                 "2123-11-15T00:00:00Z"}),
            kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("is to come"));
}

TEST_F(AuditStamps, AreHeldAgainstTheirTimesOnlyWithAnAuthority) {
  const std::string file = WriteFile("log", log_.Text({30}));
  EXPECT_EQ(Run({"audit", "verify", file, "--stamped-within-hours", "2"}), kExitUsage);
  const std::string proof = WriteFile("proof", log_.ProofOfEntry(3, 30).Write());
  EXPECT_EQ(Run({"audit", "verify", proof, "--authority", WriteFile("tsa.pem", tsa_.roots_pem())}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("--authority is for the time stamps of a whole log"));
  EXPECT_EQ(Run({"audit", "verify", file, "--authority", WriteFile("no.pem", "none")}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("expected the root certificates of the time-stamp authority"));
}

TEST_F(AuditVerify, NamesTheFirstIndexThatIsWrong) {
  std::string text = log_.Text({10, 30});
  const std::string line = LogEntryLine(LogLeafHash(log_.entries()[17]), log_.entries()[17]);
  const std::string file = WriteFile("log", absl::StrReplaceAll(text, {{line, ""}}));
  EXPECT_EQ(Run({"audit", "verify", file}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("WRONG at entry 17, found on line 20 of the file:"));
  EXPECT_THAT(Output(), Not(HasSubstr("The log holds")));
  EXPECT_EQ(Run({"audit", "verify", file, "--json"}), kExitFailed);
  const Json verdict = Json::parse(Output());
  EXPECT_EQ(verdict["holds"], false);
  EXPECT_EQ(verdict["fault"]["first_index"], 17);
  EXPECT_EQ(verdict["fault"]["end_index"], 18);
  EXPECT_EQ(verdict["project"], "heart");
}

TEST_F(AuditVerify, GivesTheSameAsJson) {
  EXPECT_EQ(Run({"audit", "verify", WriteFile("log", log_.Text({30})), "--json"}), kExitOk);
  const Json verdict = Json::parse(Output());
  EXPECT_EQ(verdict["form"], "log");
  EXPECT_EQ(verdict["holds"], true);
  EXPECT_EQ(verdict["log_id"], id_);
  EXPECT_EQ(verdict["entries"], 30);
  EXPECT_EQ(verdict["kinds"]["job"], 29);
  EXPECT_EQ(verdict["last_head"]["tree_size"], 30);
  EXPECT_EQ(verdict["last_head"]["root"], HexDigest(log_.Head(30).root));
}

TEST_F(AuditVerify, RefusesAnotherLogThanTheTrustedOne) {
  for (const std::string& text : {log_.Text({30}), log_.ProofOfEntry(3, 30).Write(), log_.HeadFile(30).Write()}) {
    const std::string file = WriteFile("file", text);
    EXPECT_EQ(Run({"audit", "verify", file, "--log-id", id_}), kExitOk) << Errors();
    EXPECT_EQ(Run({"audit", "verify", file, "--log-id", std::string(64, '0')}), kExitFailed);
    EXPECT_THAT(Errors(), HasSubstr("not the one that you trust"));
  }
  EXPECT_EQ(Run({"audit", "verify", WriteFile("log", log_.Text({30})), "--log-id", "12"}), kExitFailed);
}

TEST_F(AuditVerify, FindsATruncatedLogByAHeadFromElsewhere) {
  const std::string file = WriteFile("log", log_.Fork(12).Text({12}));
  const std::string older = WriteFile("older", log_.HeadFile(9).Write());
  const std::string newer = WriteFile("newer", log_.ProofOfEntry(3, 20).Write());
  EXPECT_EQ(Run({"audit", "verify", file, "--against", older}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("1 head from elsewhere: the log agrees"));
  EXPECT_EQ(Run({"audit", "verify", file, "--against", older, "--against", newer}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("WRONG at entry 12:"));
  EXPECT_THAT(Output(), HasSubstr("was signed over 20 entries"));
}

TEST_F(AuditVerify, ConvictsAForkedLogsKeeper) {
  const std::string file = WriteFile("log", ForkedAt(15).Text({30}));
  const std::string head = WriteFile("head", log_.ProofOfGrowth(10, 20).Write());
  EXPECT_EQ(Run({"audit", "verify", file, "--against", head}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("FORKED at one of the entries 10 to 19"));
  EXPECT_THAT(Output(), HasSubstr("they convict whoever holds the log's key"));
}

TEST_F(AuditVerify, ChecksASingleEntry) {
  const EntryProof proof = log_.ProofOfEntry(17, 30);
  EXPECT_EQ(Run({"audit", "verify", WriteFile("entry", proof.Write())}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("The log has this entry: 17, job job-17, 2023-11-14"));
  EntryProof wrong = proof;
  wrong.path[2][0] ^= 1;
  EXPECT_EQ(Run({"audit", "verify", WriteFile("wrong", wrong.Write())}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("this entry is not in that log"));
  EXPECT_EQ(Run({"audit", "verify", WriteFile("entry", proof.Write()), "--json"}), kExitOk);
  const Json verdict = Json::parse(Output());
  EXPECT_EQ(verdict["form"], "entry");
  EXPECT_EQ(verdict["entry"]["index"], 17);
  EXPECT_EQ(verdict["entry"]["kind"], "job");
}

TEST_F(AuditVerify, ChecksThatALaterHeadContinuesAnEarlierOne) {
  EXPECT_EQ(Run({"audit", "verify", WriteFile("growth", log_.ProofOfGrowth(12, 30).Write())}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("The log of 30 entries begins with the one of 12."));
  ConsistencyProof forked = ForkedAt(5).ProofOfGrowth(12, 30);
  forked.earlier = log_.SignedHead(12);
  EXPECT_EQ(Run({"audit", "verify", WriteFile("forked", forked.Write())}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("does not lead to the earlier head's root"));
}

TEST_F(AuditVerify, DoesNotPassOverHeadsThatItCannotCompare) {
  const std::string entry = WriteFile("entry", log_.ProofOfEntry(17, 30).Write());
  const std::string other = WriteFile("other", ForkedAt(15).HeadFile(20).Write());
  EXPECT_EQ(Run({"audit", "verify", entry, "--against", other}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("The log has this entry: 17"));
  EXPECT_THAT(Output(), HasSubstr("NOT KNOWN: "));
  EXPECT_THAT(Output(), HasSubstr("ends with a head of 20 entries"));
  EXPECT_EQ(Run({"audit", "verify", entry, "--against", other, "--json"}), kExitFailed);
  const Json verdict = Json::parse(Output());
  EXPECT_EQ(verdict["holds"], false);
  EXPECT_EQ(verdict["is_unknown"], true);
  const std::string growth = WriteFile("growth", log_.ProofOfGrowth(20, 30).Write());
  EXPECT_EQ(Run({"audit", "verify", entry, "--against", growth}), kExitOk) << Errors();
  EXPECT_EQ(Run({"audit", "verify", growth, "--against", other}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("FORKED: "));
  EXPECT_EQ(Run({"audit", "verify", entry, "--against", WriteFile("b", ExampleLog("heart", 30).HeadFile(30).Write())}),
            kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("another one"));
}

TEST_F(AuditVerify, OpensNamesForAnAuditor) {
  ExampleLog log("heart", 4);
  LogEntry entry = log.Draft("job-1");
  const NameOpening opening = *NameOpening::Draw(NameRole::kPerson, "Ada Lovelace", EntropySource::System());
  entry.names = {opening.Commit()};
  log.Append(*WriteLogEntry(entry));
  const std::string file = WriteFile("log", log.Text({5}));
  EXPECT_THAT(*WriteLogEntry(entry), Not(HasSubstr("Lovelace")));
  EXPECT_THAT(log.Text({5}), Not(HasSubstr("Lovelace")));
  EXPECT_EQ(Run({"audit", "verify", file, "--names", WriteFile("names", WriteNameOpenings({{4, opening}}))}), kExitOk);
  EXPECT_THAT(Output(), HasSubstr("entry 4: person Ada Lovelace"));
  NameOpening other = opening;
  other.name = "Charles Babbage";
  EXPECT_EQ(Run({"audit", "verify", file, "--names", WriteFile("names", WriteNameOpenings({{4, other}}))}),
            kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("1 name of the file open nothing"));
  EXPECT_THAT(Output(), HasSubstr("The log holds; the file of names does not."));
  EXPECT_THAT(Output(), Not(HasSubstr("Babbage")));
}

TEST_F(AuditVerify, SaysWhatItCannotRead) {
  EXPECT_EQ(Run({"audit", "verify", Path("missing")}), kExitFailed);
  EXPECT_EQ(Run({"audit", "verify", WriteFile("other", "something else\n")}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("it is no file of a log"));
  EXPECT_EQ(Run({"audit", "verify", WriteFile("names", "accord-log-names-v1\n")}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("--names"));
  EXPECT_EQ(Run({"audit", "verify", WriteFile("entry", "accord-log-entry-v1\nfirst: *\n")}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("line 2"));
  const std::string log = WriteFile("log", log_.Text({30}));
  EXPECT_EQ(Run({"audit", "verify", log, "--against", log}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("audit compare"));
  std::string cut = log_.Text({30});
  cut.resize(cut.size() - 7);
  EXPECT_EQ(Run({"audit", "verify", WriteFile("cut", cut)}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("the file ends within a line"));
  EXPECT_EQ(Run({"audit", "verify", WriteFile("long", absl::StrCat(kLogTitle, "\n", std::string(1 << 20, 'x')))}),
            kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("WRONG at entry 0"));
  EXPECT_THAT(Output(), HasSubstr("the line has more than"));
}

class AuditCompare : public AuditLog {};

TEST_F(AuditCompare, FindsWhereTwoLogsPart) {
  const std::string one = WriteFile("one", log_.Text({30}));
  const std::string other = WriteFile("other", ForkedAt(15).Text({20, 30}));
  EXPECT_EQ(Run({"audit", "compare", one, other}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("FORKED: both logs are signed by the same key, and they part at entry 15"));
  EXPECT_EQ(Run({"audit", "compare", other, one, "--json"}), kExitFailed);
  const Json outcome = Json::parse(Output());
  EXPECT_EQ(outcome["outcome"], "forked");
  EXPECT_EQ(outcome["first_index"], 15);
}

TEST_F(AuditCompare, AgreesWhereOneLogBeginsTheOther) {
  const std::string one = WriteFile("one", log_.Text({30}));
  const std::string other = WriteFile("other", log_.Fork(12).Text({12}));
  EXPECT_EQ(Run({"audit", "compare", one, other}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("AGREE: the logs, of 30 entries and of 12 entries"));
  EXPECT_EQ(Run({"audit", "compare", one, one}), kExitOk) << Errors();
}

TEST_F(AuditCompare, HoldsHeadsAgainstALogAndAgainstEachOther) {
  const ExampleLog fork = ForkedAt(15);
  const std::string log = WriteFile("log", log_.Text({30}));
  const std::string own = WriteFile("own", log_.HeadFile(20).Write());
  const std::string forked = WriteFile("forked", fork.HeadFile(20).Write());
  const std::string later = WriteFile("later", fork.HeadFile(25).Write());
  EXPECT_EQ(Run({"audit", "compare", log, own}), kExitOk) << Errors();
  EXPECT_EQ(Run({"audit", "compare", forked, log}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("FORKED"));
  EXPECT_EQ(Run({"audit", "compare", own, own}), kExitOk) << Errors();
  EXPECT_EQ(Run({"audit", "compare", own, forked}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("FORKED: two heads of 20 entries have different roots"));
  EXPECT_EQ(Run({"audit", "compare", own, later}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("NOT KNOWN: heads of 20 entries and of 25 entries"));
  // A proof that ends where the other's head is brings them together.
  const std::string growth = WriteFile("growth", log_.ProofOfGrowth(20, 25).Write());
  EXPECT_EQ(Run({"audit", "compare", growth, later}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("FORKED: two heads of 25 entries"));
}

TEST_F(AuditCompare, DoesNotCallAgreedWhatEndsDifferently) {
  // Both begin with the head of 10, the fork comes behind it.
  const std::string one = WriteFile("one", log_.ProofOfGrowth(10, 20).Write());
  const std::string other = WriteFile("other", ForkedAt(15).ProofOfGrowth(10, 25).Write());
  EXPECT_EQ(Run({"audit", "compare", one, other}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("NOT KNOWN: heads of 20 entries and of 25 entries"));
  EXPECT_THAT(Output(), HasSubstr("(they agree up to 10)"));
  EXPECT_EQ(Run({"audit", "compare", one, WriteFile("early", log_.HeadFile(10).Write())}), kExitOk) << Errors();
}

TEST_F(AuditCompare, DoesNotBlameALogForBeingOlderThanAHead) {
  const std::string log = WriteFile("log", log_.Fork(12).Text({12}));
  EXPECT_EQ(Run({"audit", "compare", log, WriteFile("head", log_.HeadFile(20).Write())}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("NOT KNOWN: the log, of 12 entries, is older than the head of 20 entries"));
  // One that it should have is still looked at.
  const std::string forked = WriteFile("forked", ForkedAt(5).ProofOfGrowth(10, 20).Write());
  EXPECT_EQ(Run({"audit", "compare", log, forked}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("FORKED"));
}

TEST_F(AuditCompare, SaysNothingAboutLogsThatDoNotHoldOrAreOthers) {
  const std::string one = WriteFile("one", log_.Text({30}));
  const std::string another = WriteFile("another", ExampleLog("heart", 30).Text({30}));
  EXPECT_EQ(Run({"audit", "compare", one, another}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("different logs"));
  const std::string unsigned_fork = WriteFile("unsigned", ForkedAt(15).Text({}));
  EXPECT_EQ(Run({"audit", "compare", one, unsigned_fork}), kExitFailed);
  EXPECT_THAT(Output(), Not(HasSubstr("FORKED")));
  EXPECT_THAT(Errors(), HasSubstr("no signed head covers"));
}

TEST(LineFile, GivesTheLinesOfFilesOfAnyLength) {
  const std::string path = testing::TempDir() + "/accord-lines";
  std::string text;
  std::vector<std::string> lines;
  for (size_t i = 0; i < 3000; ++i) {
    lines.push_back(std::string(i % 501, static_cast<char>('a' + i % 26)));
    absl::StrAppend(&text, lines.back(), "\n");
  }
  ASSERT_TRUE(WriteFileAtomically(path, text, 0644, Durability::kVisible).ok());
  auto file = LineFile::Open(path, 500);
  ASSERT_TRUE(file.ok()) << file.status();
  absl::string_view line;
  for (const std::string& expected : lines) {
    const auto more = file->Next(line);
    ASSERT_TRUE(more.ok() && *more) << more.status();
    ASSERT_EQ(line, expected);
  }
  EXPECT_EQ(*file->Next(line), false);
  auto narrow = LineFile::Open(path, 499);
  absl::Status failure;
  while (failure.ok()) failure = narrow->Next(line).status();
  EXPECT_EQ(failure.code(), absl::StatusCode::kOutOfRange);
}

// Two sites that took part in one attempt, each shown a head of its own.
TEST_F(AuditCompare, TakesTheHeadsOutOfTheEvidenceOfTwoSites) {
  const ExampleLog fork = ForkedAt(7);
  secure::Evidence here, there;
  here.kind = there.kind = secure::EvidenceKind::kUnequalTranscripts;
  here.witness = "north";
  there.witness = "south";
  here.claim = there.claim = "other heads";
  const std::string none = WriteFile("none", secure::WriteEvidence(here, ""));
  here.log_head = log_.HeadFile(12);
  there.log_head = fork.HeadFile(12);
  const std::string one = WriteFile("north", secure::WriteEvidence(here, ""));
  const std::string other = WriteFile("south", secure::WriteEvidence(there, ""));
  EXPECT_EQ(Run({"audit", "compare", one, other}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("FORKED: two heads of 12 entries"));
  EXPECT_EQ(Run({"audit", "compare", one, one}), kExitOk);
  const std::string log = WriteFile("log", log_.Text({30}));
  EXPECT_EQ(Run({"audit", "verify", log, "--against", one}), kExitOk) << Errors();
  EXPECT_EQ(Run({"audit", "verify", log, "--against", other}), kExitFailed);
  EXPECT_EQ(Run({"audit", "compare", one, none}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("has no head of a log"));
}

}  // namespace
}  // namespace accord
