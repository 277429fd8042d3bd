#include "coordinator/store/log_store.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sqlite3.h"
#include "tests/temporary_folder.h"
#include "tests/trust/log/stored_tree.h"
#include "trust/identity/key_pair.h"
#include "trust/log/log_check.h"

namespace accord {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const absl::Time kBegun = absl::FromUnixSeconds(1'700'000'000);

LogDraft Job(const std::string& id) { return {LogEntryKind::kJob, id, LogPayload::HashOf(id), {}}; }

std::vector<LogDraft> Jobs(size_t count) {
  std::vector<LogDraft> drafts;
  for (size_t i = 0; i < count; ++i) drafts.push_back(Job(absl::StrCat("job-", i)));
  return drafts;
}

class LogStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Reopen();
    ASSERT_TRUE(log_->Begin("heart", kBegun).ok());
  }
  void Reopen() {
    log_.reset();
    database_.reset();
    auto database = Database::Open(path_);
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *std::move(database);
    log_ = std::make_unique<LogStore>(*database_, signer_);
  }
  // As somebody with the file and SQLite would.
  void Edit(const std::string& statement) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(database, statement.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error;
    EXPECT_GT(sqlite3_changes(database), 0);
    sqlite3_free(error);
    sqlite3_close(database);
  }
  LogHead Head(const std::string& project = "heart") {
    const auto head = log_->LastHead(project);
    EXPECT_TRUE(head.ok()) << head.status();
    const auto checked = log_->Identity(project)->CheckHead(*head);
    EXPECT_TRUE(checked.ok()) << checked.status();
    return *checked;
  }
  LogEntry Entry(uint64_t index) { return *ParseLogEntry(*log_->Entry("heart", index)); }
  WholeLogCheck CheckedExport(std::vector<KnownHead> known = {}) {
    WholeLogCheck check(std::move(known));
    const absl::Status exported = log_->Export("heart", [&](absl::string_view line) {
      check.Take(absl::StripSuffix(line, "\n"));
      return absl::OkStatus();
    });
    EXPECT_TRUE(exported.ok()) << exported;
    check.Finish();
    return check;
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.Path("coordinator.db");
  const KeyPairSigner signer_ = *KeyPairSigner::Create(*KeyPair::Generate());
  std::unique_ptr<Database> database_;
  std::unique_ptr<LogStore> log_;
};

TEST_F(LogStoreTest, BeginsALogOnce) {
  const auto identity = log_->Identity("heart");
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->project(), "heart");
  EXPECT_EQ(identity->public_key_der(), signer_.public_key_der());
  EXPECT_EQ(Head().tree_size, 1u);
  const auto again = log_->Begin("heart", kBegun + absl::Hours(1));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->id(), identity->id());
  EXPECT_EQ(Head().tree_size, 1u);
  EXPECT_EQ(log_->Begin("No project", kBegun).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(LogStoreTest, IsNotContinuedUnderAnotherKey) {
  const KeyPairSigner other = *KeyPairSigner::Create(*KeyPair::Generate());
  LogStore stranger(*database_, other);
  EXPECT_EQ(stranger.Begin("heart", kBegun).status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(stranger.Append("heart", Jobs(1), kBegun).status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(Head().tree_size, 1u);
}

TEST_F(LogStoreTest, WritesDownWhatHappened) {
  LogDraft approval{LogEntryKind::kApproval, "job-7", LogPayload::Bytes("the signed statement"), {}};
  ASSERT_TRUE(log_->Append("heart", {approval}, kBegun + absl::Seconds(1)).ok());
  const LogEntry entry = Entry(1);
  EXPECT_EQ(entry.project, "heart");
  EXPECT_EQ(entry.index, 1u);
  EXPECT_EQ(entry.unix_us, 1'700'000'001'000'000u);
  EXPECT_EQ(entry.kind, LogEntryKind::kApproval);
  EXPECT_EQ(entry.subject, "job-7");
  EXPECT_TRUE(entry.payload.IsOf("the signed statement"));
  EXPECT_EQ(Head().unix_us, entry.unix_us);
}

TEST_F(LogStoreTest, HasTheTreeOfItsEntriesHoweverTheyCame) {
  StoredTree tree;
  tree.Append(LogLeafHash(*log_->Entry("heart", 0)));
  for (const size_t count : {1u, 2u, 3u, 60u, 1u, 100u, 7u}) {
    if (count == 100) Reopen();
    ASSERT_TRUE(log_->Append("heart", Jobs(count), kBegun).ok());
    for (size_t i = 0; i < count; ++i) tree.Append(LogLeafHash(*log_->Entry("heart", tree.frontier().size())));
    ASSERT_EQ(Head().tree_size, tree.frontier().size());
    ASSERT_EQ(Head().root, tree.frontier().Root());
  }
  const uint64_t size = tree.frontier().size();
  for (uint64_t index = 0; index < size; ++index) {
    const auto proof = log_->ProveEntry("heart", index);
    ASSERT_TRUE(proof.ok()) << proof.status();
    EXPECT_EQ(proof->path, tree.Inclusion(index, size));
    ASSERT_TRUE(CheckEntryProof(*proof).ok()) << index;
  }
  for (uint64_t first = 1; first <= size; ++first) {
    const auto proof = log_->ProveGrowth("heart", first, size);
    ASSERT_TRUE(proof.ok()) << proof.status();
    EXPECT_EQ(*proof, tree.Consistency(first, size));
  }
}

TEST_F(LogStoreTest, EveryHeadContinuesTheOneBefore) {
  LogHead before = Head();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(log_->Append("heart", Jobs(1 + i % 3), kBegun).ok());
    const LogHead head = Head();
    const auto proof = log_->ProveGrowth("heart", before.tree_size, head.tree_size);
    ASSERT_TRUE(proof.ok()) << proof.status();
    EXPECT_TRUE(VerifyConsistency(before.tree(), head.tree(), *proof).ok());
    before = head;
  }
}

TEST_F(LogStoreTest, IsPartOfTheTransactionThatMakesTheChange) {
  const auto change = [&](const absl::Status& outcome) {
    return database_->Write("make a change in", [&](soci::session& sql) -> absl::Status {
      sql << "INSERT OR REPLACE INTO persons (id, enrolled_ms) VALUES ('ada', 1)";
      const auto head = log_->AppendIn(sql, "heart", Jobs(5), kBegun);
      EXPECT_TRUE(head.ok()) << head.status();
      return outcome;
    });
  };
  const auto num_persons = [&] {
    int count = 0;
    EXPECT_TRUE(database_
                    ->Read("count in",
                           [&](soci::session& sql) {
                             sql << "SELECT COUNT(*) FROM persons", soci::into(count);
                             return absl::OkStatus();
                           })
                    .ok());
    return count;
  };
  const LogHead before = Head();
  EXPECT_EQ(change(absl::AbortedError("no")).code(), StatusCode::kAborted);
  EXPECT_EQ(num_persons(), 0);
  EXPECT_EQ(Head(), before);
  EXPECT_EQ(log_->Entry("heart", 1).status().code(), StatusCode::kOutOfRange);
  EXPECT_TRUE(change(absl::OkStatus()).ok());
  EXPECT_EQ(num_persons(), 1);
  EXPECT_EQ(Head().tree_size, 6u);
  EXPECT_FALSE(CheckedExport().fault().has_value());
}

TEST_F(LogStoreTest, AnEntryThatIsNoneFailsTheWholeChange) {
  std::vector<LogDraft> drafts = Jobs(3);
  drafts[2].subject = "Not an id";
  EXPECT_EQ(log_->Append("heart", drafts, kBegun).status().code(), StatusCode::kInvalidArgument);
  drafts[2] = {LogEntryKind::kOpened, "", LogPayload::Bytes(signer_.public_key_der()), {}};
  EXPECT_EQ(log_->Append("heart", drafts, kBegun).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Head().tree_size, 1u);
}

TEST_F(LogStoreTest, KeepsNamesApartFromTheEntries) {
  LogDraft access{LogEntryKind::kAccess, "job-7", LogPayload::HashOf("report"), {}};
  access.names = {{NameRole::kPerson, "Ada Lovelace"}, {NameRole::kOrganisation, "Universitätsspital Zürich"}};
  ASSERT_TRUE(log_->Append("heart", {access, access}, kBegun).ok());
  EXPECT_THAT(*log_->Entry("heart", 1), ::testing::Not(HasSubstr("Lovelace")));
  const LogEntry first = Entry(1), second = Entry(2);
  ASSERT_THAT(first.names, SizeIs(2));
  EXPECT_FALSE(first.names[0] == second.names[0]);  // one person, and nobody can tell
  const auto openings = log_->Openings("heart", 1, 2);
  ASSERT_TRUE(openings.ok()) << openings.status();
  ASSERT_THAT(*openings, SizeIs(2));
  EXPECT_EQ(openings->begin()->second.name, "Ada Lovelace");
  EXPECT_EQ(openings->begin()->second.Commit(), first.names[0]);
  EXPECT_EQ(std::next(openings->begin())->second.Commit(), first.names[1]);
  EXPECT_THAT(*log_->Openings("heart", 0, 100), SizeIs(4));
}

TEST_F(LogStoreTest, ForgottenNamesLeaveALogThatHolds) {
  LogDraft access{LogEntryKind::kAccess, "job-7", LogPayload::HashOf("report"), {{NameRole::kPerson, "Ada"}}};
  ASSERT_TRUE(log_->Append("heart", {access}, kBegun).ok());
  Edit("DELETE FROM log_names");
  EXPECT_THAT(*log_->Openings("heart", 0, 2), SizeIs(0));
  EXPECT_FALSE(CheckedExport().fault().has_value());
}

TEST_F(LogStoreTest, ClockThatIsSetBackDoesNotSetTheLogBack) {
  ASSERT_TRUE(log_->Append("heart", Jobs(1), kBegun + absl::Hours(2)).ok());
  ASSERT_TRUE(log_->Append("heart", Jobs(1), kBegun).ok());
  EXPECT_EQ(Entry(2).unix_us, Entry(1).unix_us);
  EXPECT_FALSE(CheckedExport().fault().has_value());
}

TEST_F(LogStoreTest, EachProjectHasALogOfItsOwn) {
  ASSERT_TRUE(log_->Begin("lungs", kBegun).ok());
  ASSERT_TRUE(log_->Append("lungs", Jobs(3), kBegun).ok());
  ASSERT_TRUE(log_->Append("heart", Jobs(1), kBegun).ok());
  EXPECT_EQ(Head("lungs").tree_size, 4u);
  EXPECT_EQ(Head("heart").tree_size, 2u);
  EXPECT_EQ(ParseLogEntry(*log_->Entry("lungs", 3))->project, "lungs");
  EXPECT_EQ(log_->Append("liver", Jobs(1), kBegun).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(log_->LastHead("liver").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(log_->ProveEntry("heart", 2).status().code(), StatusCode::kOutOfRange);
  EXPECT_EQ(log_->ProveGrowth("heart", 1, 3).status().code(), StatusCode::kOutOfRange);
}

TEST_F(LogStoreTest, SeveralProcessesMayAppend) {
  auto second_database = Database::Open(path_);
  ASSERT_TRUE(second_database.ok()) << second_database.status();
  LogStore second(**second_database, signer_);
  const auto append = [](LogStore& log) {
    for (int i = 0; i < 20; ++i) {
      const auto head = log.Append("heart", Jobs(1 + i % 2), kBegun);
      ASSERT_TRUE(head.ok()) << head.status();
    }
  };
  std::thread other([&] { append(second); });
  append(*log_);
  other.join();
  EXPECT_EQ(Head().tree_size, 61u);
  EXPECT_FALSE(CheckedExport().fault().has_value());
}

TEST_F(LogStoreTest, ExportsALogThatHolds) {
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(log_->Append("heart", Jobs(50), kBegun).ok());  // more than one page
  const SignedLogHead last = *log_->LastHead("heart");
  const WholeLogCheck check = CheckedExport({{"the last head", last}});
  EXPECT_FALSE(check.fault().has_value()) << check.fault()->what;
  EXPECT_EQ(check.facts().num_entries, 1501u);
  EXPECT_EQ(check.facts().num_heads, 31u);
  EXPECT_EQ(check.facts().num_known_heads, 1u);
  EXPECT_EQ(check.facts().identity->id(), log_->Identity("heart")->id());
}

TEST_F(LogStoreTest, ExportsEveryHeadOfALogOf4096EntriesAndFewerOfALongerOne) {
  while (Head().tree_size < 4096) ASSERT_TRUE(log_->Append("heart", Jobs(45), kBegun).ok());
  EXPECT_EQ(CheckedExport().facts().num_heads, 92u);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(log_->Append("heart", Jobs(1), kBegun).ok());
  const WholeLogCheck check = CheckedExport();
  EXPECT_FALSE(check.fault().has_value());
  EXPECT_EQ(check.facts().num_entries, 4099u);
  EXPECT_EQ(check.facts().num_heads, 93u);  // without those that stand a single entry behind the one before
}

TEST_F(LogStoreTest, ExportEndsWhereItsReaderDoes) {
  ASSERT_TRUE(log_->Append("heart", Jobs(5), kBegun).ok());
  int lines = 0;
  const absl::Status exported = log_->Export("heart", [&](absl::string_view) {
    return ++lines < 3 ? absl::OkStatus() : absl::ResourceExhaustedError("disk full");
  });
  EXPECT_EQ(exported.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(lines, 3);
}

TEST_F(LogStoreTest, EditedDatabaseIsFoundOut) {
  ASSERT_TRUE(log_->Append("heart", Jobs(20), kBegun).ok());
  LogEntry entry = Entry(9);
  entry.subject = "job-x";
  const std::string bytes = *WriteLogEntry(entry);
  Edit(absl::StrCat("UPDATE log_entries SET entry = x'", absl::BytesToHexString(bytes), "' WHERE position = 9"));
  WholeLogCheck check = CheckedExport();
  ASSERT_TRUE(check.fault().has_value());
  EXPECT_EQ(check.fault()->first_index, 9u);
  EXPECT_FALSE(CheckEntryProof(*log_->ProveEntry("heart", 9)).ok());
  // With the leaf as well: the head tells.
  Edit(absl::StrCat("UPDATE log_entries SET leaf = x'", HexDigest(LogLeafHash(bytes)), "' WHERE position = 9"));
  check = CheckedExport();
  ASSERT_TRUE(check.fault().has_value());
  EXPECT_EQ(check.fault()->first_index, 1u);
  EXPECT_EQ(check.fault()->end_index, 21u);
}

TEST_F(LogStoreTest, MissingRowsAreDataLoss) {
  ASSERT_TRUE(log_->Append("heart", Jobs(20), kBegun).ok());
  Edit("DELETE FROM log_nodes WHERE level = 2 AND position = 0");
  EXPECT_EQ(log_->ProveEntry("heart", 6).status().code(), StatusCode::kDataLoss);
  Edit("DELETE FROM log_entries WHERE position = 3");
  EXPECT_EQ(log_->Entry("heart", 3).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(log_->Export("heart", [](absl::string_view) { return absl::OkStatus(); }).code(), StatusCode::kDataLoss);
  Edit("DELETE FROM log_nodes");
  EXPECT_EQ(log_->Append("heart", Jobs(1), kBegun).status().code(), StatusCode::kDataLoss);
  Edit("DELETE FROM log_heads");
  EXPECT_EQ(log_->LastHead("heart").status().code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace accord
