// Databases that older versions of Accord wrote.
#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/file.h"
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
  TemporaryFolder folder_;
  const std::string state_dir_ = folder_.Path("state");
};

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

TEST_F(Migration, GivesTheTablesThatANewDatabaseHas) {
  Run(kVersion1);
  ASSERT_TRUE(Store::Open(state_dir_).ok());
  ASSERT_TRUE(Store::Open(folder_.Path("new")).ok());
  const auto columns = [](const std::string& state_dir) {
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
  };
  const std::string fresh = columns(folder_.Path("new"));
  EXPECT_NE(fresh.find("sites.public_key BLOB"), std::string::npos) << fresh;
  EXPECT_EQ(columns(state_dir_), fresh);
}

}  // namespace
}  // namespace accord
