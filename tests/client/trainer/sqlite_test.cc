// Rows from a database: whatever its values are of, and nothing but reading.
#include <gmock/gmock.h>
#include <sqlite3.h>

#include "client/trainer/data/sqlite_source.h"
#include "tests/bad_inputs/bad_inputs.h"
#include "tests/client/trainer/table_fixture.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsNan;
using ::testing::Not;

// A value that no message may hold.
constexpr char kSecretValue[] = "4711";

class Sqlite : public TableTest {
 protected:
  Sqlite() {
    path_ = folder_ + "/hospital.db";
    mapping_.mutable_sqlite()->set_file(path_);
    Ask("SELECT * FROM patients ORDER BY id");
    Execute("CREATE TABLE patients (id INTEGER, age, pain, ill)");
    Execute(
        "INSERT INTO patients VALUES (1, 50, 'typical', 'yes'), (2, 60.5, 'none', 'no'), (3, '70', ' none ', 'no')");
  }
  void Ask(const std::string& query) { mapping_.mutable_sqlite()->set_query(query); }
  void Execute(const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error;
    sqlite3_close(database);
  }
  std::string path_;
};

TEST_F(Sqlite, NumbersAndTextsAreReadAsTheyAreStored) {
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.numbers, ElementsAre(50, 1, 0, 60.5, 0, 0, 70, 0, 0));
  EXPECT_THAT(data->train.targets, ElementsAre(1, 0, 0));
  EXPECT_EQ(report_.rows(), 3u);
}

TEST_F(Sqlite, ColumnsAreMappedAsThoseOfAFileAre) {
  v1::ColumnMapping& pain = *mapping_.add_columns();
  pain.set_name("pain");
  pain.set_column("code");
  for (const auto& [code, level] : {std::pair{"1", "typical"}, {"2", "none"}}) {
    v1::Code& added = *pain.add_codes();
    added.set_code(code);
    added.set_level(level);
  }
  Ask("SELECT age, CASE pain WHEN 'typical' THEN 1 ELSE 2.0 END AS code, ill FROM patients ORDER BY id");
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.numbers, ElementsAre(50, 1, 0, 60.5, 0, 0, 70, 0, 0));
}

TEST_F(Sqlite, NullIsAMissingValue) {
  Execute("UPDATE patients SET age = NULL, pain = NULL WHERE id = 1");
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.numbers[0], IsNan());
  EXPECT_EQ(report_.columns(0).missing(), 1u);
  EXPECT_EQ(report_.columns(1).missing(), 1u);
  ASSERT_TRUE(Inspect().ok());
  EXPECT_EQ(report_.columns(1).missing(), 1u);
}

TEST_F(Sqlite, WhatAColumnCannotHoldIsToldByRowAndColumn) {
  Execute("UPDATE patients SET age = x'3437313100' WHERE id = 1");
  Execute("UPDATE patients SET age = '4711 years' WHERE id = 2");
  Execute("UPDATE patients SET pain = CAST(x'34373131ff' AS TEXT), ill = '4711' WHERE id = 3");
  EXPECT_THAT(Problem(), AllOf(HasSubstr("row 1, column 'age': bytes (a blob)"), Not(HasSubstr(kSecretValue))));
  ASSERT_EQ(report_.faults_size(), 4);
  EXPECT_EQ(report_.faults(0).place(), v1::DataFault::ROW);
  EXPECT_THAT(report_.faults(1).problem(), "not a number");
  EXPECT_THAT(report_.faults(2).problem(), HasSubstr("not UTF-8"));
  EXPECT_THAT(report_.faults(3).problem(), "undeclared level");
  EXPECT_THAT(report_.ShortDebugString(), Not(HasSubstr(kSecretValue)));
}

TEST_F(Sqlite, AColumnThatNobodyReadsMayHoldAnything) {
  Ask("SELECT *, zeroblob(100000) AS scan, CAST(x'ff' AS TEXT) AS note FROM patients");
  EXPECT_TRUE(Load().ok());
}

TEST_F(Sqlite, PersonsWhoOptedOutAreLeftOut) {
  mapping_.set_person_id("id");
  opt_out_list_ = Write("opt-out.txt", "002\n");
  ASSERT_TRUE(Load().ok());
  EXPECT_EQ(report_.rows(), 2u);
  Execute("UPDATE patients SET id = 2.0 WHERE id = 3");
  ASSERT_TRUE(Load().ok());
  EXPECT_EQ(report_.rows(), 1u);
}

TEST_F(Sqlite, ManyRowsAreReadOneByOne) {
  Ask("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) "
      "SELECT i % 100 AS age, 'none' AS pain, CASE WHEN i % 2 THEN 'yes' ELSE 'no' END AS ill FROM n");
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ(data->train.rows(), 50'000u);
}

TEST_F(Sqlite, AQueryWithoutRowsIsADataSetWithoutRows) {
  Ask("SELECT * FROM patients WHERE id > 10");
  EXPECT_EQ(Problem(), "the data set has no rows");
}

// ---- nothing but reading ----

TEST_F(Sqlite, EachBadQueryIsRefusedInItsWordsAndChangesNothing) {
  Execute("CREATE VIEW reaching AS SELECT load_extension('/tmp/x') AS age");
  const std::string before = *ReadFile(path_);
  const std::vector<BadInput> queries = BadInputs("queries", "-- expected: ");
  ASSERT_GE(queries.size(), 15u);
  for (const BadInput& query : queries) {
    Ask(query.content);
    EXPECT_THAT(Problem(), HasSubstr(query.expected)) << query.name;
    const bool is_fine_without_schema = query.expected.find("column '") == 0;
    EXPECT_EQ(Inspect().ok() && report_.num_faults() == 0, is_fine_without_schema) << query.name;
  }
  EXPECT_TRUE(*ReadFile(path_) == before);
}

TEST_F(Sqlite, SQLitesWordsWhileItRunsAreNotPassedOn) {
  Ask("SELECT json_extract(CASE WHEN id = 2 THEN '{4711' ELSE '{}' END, '$.x') AS age, pain, ill FROM patients");
  EXPECT_THAT(Problem(), AllOf(HasSubstr("failed while it ran"), Not(HasSubstr(kSecretValue))));
}

// ---- files ----

TEST_F(Sqlite, WhatIsNoDatabaseIsRefused) {
  for (const std::string& content : {std::string(), std::string("age,pain\n1,2\n"), std::string(4096, '\0')}) {
    Write("hospital.db", content);
    EXPECT_THAT(Problem(), HasSubstr("is not an SQLite 3 database"));
  }
  std::filesystem::remove(path_);
  EXPECT_EQ(Load().status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(path_)) << "reading must not make a database";
}

TEST_F(Sqlite, ADamagedDatabaseIsRefused) {
  std::string content = *ReadFile(path_);
  for (size_t i = 100; i < content.size(); i += 3) content[i] = static_cast<char>(content[i] ^ 0x55);
  Write("hospital.db", content);
  EXPECT_FALSE(Load().ok());
}

TEST_F(Sqlite, OneInWalModeIsRefusedWithTheWayOut) {
  Execute("PRAGMA journal_mode=WAL");
  EXPECT_THAT(Problem(), AllOf(HasSubstr("WAL mode"), HasSubstr("VACUUM INTO")));
}

TEST_F(Sqlite, OneThatIsTooLargeIsRefused) {
  max_bytes_ = 1000;
  EXPECT_EQ(Load().status().code(), absl::StatusCode::kOutOfRange);
}

}  // namespace
}  // namespace accord
