// Databases that older versions of Accord wrote.
#include <iterator>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/hash.h"
#include "coordinator/store/schema.h"
#include "coordinator/store/store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sqlite3.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

// As version 1 made its tables; never to be changed.
constexpr char kVersion1[] = R"(
CREATE TABLE schema_version (version INTEGER NOT NULL);
CREATE TABLE sites (id TEXT PRIMARY KEY, enrolled_ms INTEGER NOT NULL, last_seen_ms INTEGER NOT NULL,
  facts BLOB NOT NULL);
CREATE TABLE persons (id TEXT PRIMARY KEY, enrolled_ms INTEGER NOT NULL);
CREATE TABLE tokens (secret_sha256 TEXT PRIMARY KEY, identity TEXT NOT NULL, expires_ms INTEGER NOT NULL,
  used_ms INTEGER NOT NULL);
CREATE TABLE jobs (ordinal INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, submitted_by TEXT NOT NULL,
  request_id TEXT NOT NULL, submitted_ms INTEGER NOT NULL, finished_ms INTEGER NOT NULL, spec BLOB NOT NULL,
  layout BLOB NOT NULL, torchscript_sha256 TEXT NOT NULL, state INTEGER NOT NULL, reason TEXT NOT NULL,
  step INTEGER NOT NULL, next_attempt INTEGER NOT NULL, statistics BLOB NOT NULL, model_sha256 TEXT NOT NULL,
  UNIQUE (submitted_by, request_id));
CREATE TABLE rounds (job_id TEXT NOT NULL, attempt INTEGER NOT NULL, report BLOB NOT NULL,
  PRIMARY KEY (job_id, attempt)) WITHOUT ROWID;
CREATE TABLE job_sites (job_id TEXT NOT NULL, site TEXT NOT NULL, facts BLOB NOT NULL,
  PRIMARY KEY (job_id, site)) WITHOUT ROWID;
CREATE TABLE objects (sha256 TEXT PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID;
INSERT INTO schema_version VALUES (1);
INSERT INTO sites VALUES ('north', 1000, 2000, x''), ('south', 1000, 0, x'');
INSERT INTO persons VALUES ('ada', 1000);
INSERT INTO jobs VALUES (7, 'a1', 'ada', 'request', 5, 0, x'00ff', x'', '', 2, 'runs', 3, 9, x'', 'm');
)";

// What each later version made of the tables of the one before, and something that only it could store; never to be
// changed either.
constexpr const char* kLaterVersions[] = {
    R"(
CREATE TABLE proofs (job_id TEXT PRIMARY KEY, statements BLOB NOT NULL) WITHOUT ROWID;
ALTER TABLE tokens ADD COLUMN organisation TEXT NOT NULL DEFAULT '';
ALTER TABLE sites ADD COLUMN organisation TEXT NOT NULL DEFAULT '';
ALTER TABLE sites ADD COLUMN public_key BLOB NOT NULL DEFAULT x'';
CREATE TABLE rosters (ordinal INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL, published_ms INTEGER NOT NULL,
  signed BLOB NOT NULL);
UPDATE schema_version SET version = 2;
UPDATE sites SET organisation = 'North Hospital' WHERE id = 'north';
)",
    R"(
ALTER TABLE jobs RENAME COLUMN model_sha256 TO model_digest;
ALTER TABLE jobs ADD COLUMN models_by_sha256 INTEGER NOT NULL DEFAULT 0;
UPDATE jobs SET models_by_sha256 = 1;
UPDATE schema_version SET version = 3;
UPDATE jobs SET models_by_sha256 = 0;
)",
    R"(
ALTER TABLE jobs ADD COLUMN server_state TEXT NOT NULL DEFAULT '';
CREATE TABLE discarded (name TEXT PRIMARY KEY) WITHOUT ROWID;
UPDATE schema_version SET version = 4;
UPDATE jobs SET server_state = 'kept';
)",
    R"(
CREATE TABLE shown_sets (place TEXT NOT NULL, job_id TEXT NOT NULL, attempt INTEGER NOT NULL,
  step INTEGER NOT NULL, of_every_job INTEGER NOT NULL, transcript TEXT NOT NULL, cohort TEXT NOT NULL,
  survivors TEXT NOT NULL, encoding_sites INTEGER NOT NULL, required_signatures INTEGER NOT NULL,
  colluding_sites INTEGER NOT NULL, voids BLOB NOT NULL, PRIMARY KEY (place, job_id, attempt)) WITHOUT ROWID;
UPDATE schema_version SET version = 5;
)",
    R"(
CREATE TABLE logs (log INTEGER PRIMARY KEY, project TEXT NOT NULL UNIQUE, public_key BLOB NOT NULL,
  first_entry BLOB NOT NULL, size INTEGER NOT NULL, last_us INTEGER NOT NULL);
CREATE TABLE log_entries (log INTEGER NOT NULL, position INTEGER NOT NULL, leaf BLOB NOT NULL, entry BLOB NOT NULL,
  PRIMARY KEY (log, position)) WITHOUT ROWID;
CREATE TABLE log_nodes (log INTEGER NOT NULL, level INTEGER NOT NULL, position INTEGER NOT NULL,
  hash BLOB NOT NULL, PRIMARY KEY (log, level, position)) WITHOUT ROWID;
CREATE TABLE log_heads (log INTEGER NOT NULL, size INTEGER NOT NULL, head BLOB NOT NULL, signature BLOB NOT NULL,
  PRIMARY KEY (log, size)) WITHOUT ROWID;
CREATE TABLE log_names (log INTEGER NOT NULL, position INTEGER NOT NULL, place INTEGER NOT NULL,
  role INTEGER NOT NULL, name TEXT NOT NULL, salt BLOB NOT NULL, PRIMARY KEY (log, position, place)) WITHOUT ROWID;
UPDATE schema_version SET version = 6;
)",
    R"(
CREATE TABLE charters (ordinal INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL, published_ms INTEGER NOT NULL,
  signed BLOB NOT NULL, former BLOB NOT NULL);
CREATE TABLE job_orders (job_id TEXT PRIMARY KEY, order_hash TEXT NOT NULL UNIQUE, charter_hash TEXT NOT NULL,
  charter_name TEXT NOT NULL, organisation TEXT NOT NULL, statement BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE job_approvals (job_id TEXT NOT NULL, place INTEGER NOT NULL, bytes_sha256 TEXT NOT NULL,
  organisation TEXT NOT NULL, brought_by TEXT NOT NULL, received_ms INTEGER NOT NULL, statement BLOB NOT NULL,
  PRIMARY KEY (job_id, place), UNIQUE (job_id, bytes_sha256)) WITHOUT ROWID;
CREATE INDEX log_names_by_name ON log_names (log, role, name, position);
UPDATE schema_version SET version = 7;
)",
};
constexpr int kNumOldVersions = 1 + static_cast<int>(std::size(kLaterVersions));
static_assert(kNumOldVersions == kSchemaVersion - 1);

class Migration : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(MakeFolders(state_dir_, 0700).ok()); }
  void Run(const std::string& statements) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(DatabasePath(state_dir_).c_str(), &database), SQLITE_OK);
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(database, statements.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error;
    sqlite3_free(error);
    sqlite3_close(database);
  }
  // A database as this version left it.
  void MakeOld(int version) {
    Run(kVersion1);
    for (int later = 2; later <= version; ++later) Run(kLaterVersions[later - 2]);
  }
  static std::string Columns(const std::string& state_dir) {
    const auto append = [](void* text, int, char** values, char**) {
      *static_cast<std::string*>(text) += absl::StrCat(values[0], ".", values[1], " ", values[2], "\n");
      return 0;
    };
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open(DatabasePath(state_dir).c_str(), &database), SQLITE_OK);
    std::string text;
    sqlite3_exec(database,
                 "SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_info(m.name) c ORDER BY 1, 2",
                 append, &text, nullptr);
    sqlite3_close(database);
    return text;
  }
  TemporaryFolder folder_;
  const std::string state_dir_ = folder_.Path("state");
};

class MigrationFrom : public Migration, public ::testing::WithParamInterface<int> {};

TEST_F(Migration, ADatabaseOfVersion1KeepsWhatIsInItAndTakesNewThings) {
  const Sha256Digest secret = Sha256("secret");
  Run(kVersion1);
  Run(absl::StrCat("INSERT INTO tokens VALUES ('", HexDigest(secret), "', 'site/west', 1800000000000, 0)"));
  auto store = Store::Open(state_dir_);
  ASSERT_TRUE(store.ok()) << store.status();
  auto sites = (*store)->members().ListSites();
  ASSERT_TRUE(sites.ok()) << sites.status();
  ASSERT_THAT(*sites, SizeIs(2));
  EXPECT_EQ(sites->at(0).id, "north");
  EXPECT_EQ(sites->at(0).organisation, "north");
  EXPECT_EQ(sites->at(0).public_key_der, "");
  EXPECT_EQ(sites->at(0).last_seen_unix_ms, 2000);
  const auto job = (*store)->jobs().Get("a1");
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->next_attempt, 9u);
  EXPECT_EQ(job->model_digest, "m");
  EXPECT_TRUE(job->models_by_sha256);
  EXPECT_EQ(*(*store)->rosters().Latest(), nullptr);
  // A token of before is still good.
  const auto issue = [](const std::string&) -> absl::StatusOr<std::string> { return "a key"; };
  EXPECT_EQ(*(*store)->members().RedeemToken(secret, kNow, issue), "site/west");
  sites = (*store)->members().ListSites();
  ASSERT_THAT(*sites, SizeIs(3));
  EXPECT_EQ(sites->at(2).organisation, "west");
  EXPECT_EQ(sites->at(2).public_key_der, "a key");
}

TEST_F(Migration, HappensOnce) {
  Run(kVersion1);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Store::Open(state_dir_).ok());
  const auto count = [](void* total, int, char** values, char**) {
    *static_cast<std::string*>(total) += std::string(values[0]) + ";";
    return 0;
  };
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(DatabasePath(state_dir_).c_str(), &database), SQLITE_OK);
  std::string versions;
  sqlite3_exec(database, "SELECT version FROM schema_version", count, &versions, nullptr);
  sqlite3_close(database);
  EXPECT_EQ(versions, absl::StrCat(kSchemaVersion, ";"));
}

TEST_P(MigrationFrom, GivesTheTablesThatANewDatabaseHasAndKeepsWhatIsInThem) {
  MakeOld(GetParam());
  auto store = Store::Open(state_dir_);
  ASSERT_TRUE(store.ok()) << store.status();
  const auto sites = (*store)->members().ListSites();
  ASSERT_TRUE(sites.ok()) << sites.status();
  EXPECT_EQ(sites->at(0).organisation, GetParam() < 2 ? "north" : "North Hospital");
  const auto job = (*store)->jobs().Get("a1");
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->models_by_sha256, GetParam() < 3);
  EXPECT_EQ(job->server_state, GetParam() < 4 ? "" : "kept");
  store->reset();
  ASSERT_TRUE(Store::Open(folder_.Path("new")).ok());
  const std::string fresh = Columns(folder_.Path("new"));
  EXPECT_NE(fresh.find("sites.public_key BLOB"), std::string::npos) << fresh;
  EXPECT_NE(fresh.find("log_entries.leaf BLOB"), std::string::npos) << fresh;
  EXPECT_EQ(Columns(state_dir_), fresh);
}

// What happened before is not in it, and everything from now on is.
TEST_P(MigrationFrom, BeginsTheFederationsLog) {
  MakeOld(GetParam());
  const auto entries = [](Store& store) {
    return store.log().identity().CheckHead(store.log().rows().LastHead(kFederationProject).value())->tree_size;
  };
  auto store = Store::Open(state_dir_);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(entries(**store), 1u);
  ASSERT_TRUE((*store)->jobs().EndJob("a1", v1::JOB_FAILED, "submit it again", kNow).ok());
  EXPECT_EQ(entries(**store), 2u);
  store->reset();
  store = Store::Open(state_dir_);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(entries(**store), 2u) << "the same log, not another one";
}

TEST_F(Migration, KeepsSurvivorsThatBindAStep) {
  MakeOld(5);
  const StoredShownSet shown = {
      "a1", 8, 3, Sha256("place"), false, {Sha256("transcript"), {"a", "b", "c"}, {"a", "b", "c"}, 3, 3, 1}, {}};
  Run(absl::StrCat("INSERT INTO shown_sets VALUES ('", HexDigest(shown.place), "', 'a1', 8, 3, 0, '",
                   HexDigest(shown.set.transcript), "', 'a b c', 'a b c', 3, 3, 1, x'')"));
  auto store = Store::Open(state_dir_);
  ASSERT_TRUE(store.ok()) << store.status();
  const auto sets = (*store)->shown().At(shown.place, "a1");
  ASSERT_TRUE(sets.ok()) << sets.status();
  ASSERT_THAT(*sets, SizeIs(1));
  EXPECT_EQ(sets->at(0).set, shown.set);
  EXPECT_EQ(sets->at(0).attempt, 8u);
}

INSTANTIATE_TEST_SUITE_P(AnyVersion, MigrationFrom, ::testing::Range(1, kNumOldVersions + 1),
                         [](const auto& version) { return absl::StrCat("Version", version.param); });

}  // namespace
}  // namespace accord
