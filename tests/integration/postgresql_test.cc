// A site whose rows lie on a database server, beside sites with files.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "tests/integration/running_federation.h"
#include "tests/postgres/postgres_server.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kTable[] = "visits";

// The rows of a CSV file as a table, in their order by the column `line`.
void MakeTable(const PostgresServer& server, const std::string& csv) {
  std::vector<std::string> lines = absl::StrSplit(csv, '\n', absl::SkipEmpty());
  std::string sql = absl::StrCat("DROP TABLE IF EXISTS ", kTable, "; CREATE TABLE ", kTable, " (line integer");
  for (const absl::string_view column : absl::StrSplit(lines[0], ',')) {
    absl::StrAppend(&sql, ", ", column, column == "y" ? " text" : " double precision");
  }
  absl::StrAppend(&sql, ")");
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> fields = absl::StrSplit(lines[i], ',');
    absl::StrAppend(&sql, "; INSERT INTO ", kTable, " VALUES (", i);
    for (const std::string& field : fields) absl::StrAppend(&sql, ", '", field, "'");
    absl::StrAppend(&sql, ")");
  }
  server.Run(absl::StrCat(sql, "; GRANT SELECT ON ", kTable, " TO ", PostgresServer::kReader));
}

class ASiteOnADatabaseServer : public RunningFederation {
 protected:
  void SetUp() override { ACCORD_SKIP_WITHOUT_POSTGRES(); }
  static PostgresServer& server() { return *PostgresServer::Shared(); }

  // The model of the trivial job over the federation's sites.
  std::vector<float> Model() {
    bench::TrivialJob job;
    job.min_sites = job.target_sites = 3;
    const std::string id = Submit(job.Yaml());
    Finish(id);
    const absl::StatusOr<std::vector<float>> model = federation_->FetchModel(id, 0);
    EXPECT_TRUE(model.ok()) << model.status().message();
    return model.value_or(std::vector<float>());
  }
};

TEST_F(ASiteOnADatabaseServer, GivesTheModelOfTheSameRowsInAFile) {
  std::vector<bench::SiteSetup> sites = bench::TrivialSites(3);
  Share(sites.size());
  const std::vector<float> of_files = Model();
  GiveBack();
  bench::SiteDataset& dataset = sites[1].datasets[0];
  MakeTable(server(), dataset.files.at("rows.csv"));
  v1::PostgresqlSource source = server().OverTls();
  source.set_query(absl::StrCat("SELECT * FROM ", kTable, " ORDER BY line"));
  dataset = {dataset.name, absl::StrCat(server().Yaml(source), "split: {test_fraction: 0.2}\n"), {}};
  Start(sites);
  const std::vector<float> of_server = Model();
  EXPECT_FALSE(of_files.empty());
  EXPECT_EQ(of_files, of_server) << "to the last bit";

  const auto checked = federation_->Client(1, {"check"});
  EXPECT_THAT(std::string(checked.ok() ? *checked : std::string(checked.status().message())), HasSubstr("200 rows"));
  EXPECT_THAT(federation_->site(1).Output(), Not(HasSubstr(PostgresServer::kPassword)));
}

}  // namespace
}  // namespace accord
