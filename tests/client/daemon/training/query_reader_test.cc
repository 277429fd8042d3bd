// A data set on a database server, through the daemon's own processes: reader and trainer, each in its sandbox.
#include "client/daemon/training/query_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "client/daemon/training/bound_data.h"
#include "tests/client/daemon/training/host_fixture.h"
#include "tests/postgres/postgres_server.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kQuery[] =
    "SELECT i % 10 AS x, CASE WHEN i % 10 > 4 THEN 'yes' ELSE 'no' END AS y FROM visits ORDER BY i";

// As many rows as the table has by the query.
v1::JobSpec QueriedJob() {
  v1::JobSpec job = TableJob();
  job.mutable_aggregation()->set_max_rows_per_site(10'000);
  return job;
}

class QueryReaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ACCORD_SKIP_WITHOUT_SANDBOX();
    ACCORD_SKIP_WITHOUT_POSTGRES();
    server().Run(
        "DROP TABLE IF EXISTS visits; CREATE TABLE visits AS SELECT i FROM generate_series(1, 3000) AS i; "
        "GRANT SELECT ON visits TO reader");
  }
  static PostgresServer& server() { return *PostgresServer::Shared(); }
  std::unique_ptr<TrainerHost> HostOf(v1::PostgresqlSource source, TrainerHostOptions options = HostOptions()) {
    if (source.query().empty()) source.set_query(kQuery);
    const std::string mapping = absl::StrCat(server().Yaml(source), "split: {test_fraction: 0}\n");
    options.datasets.push_back({"table", folder_.Write("mapping.yaml", mapping)});
    absl::StatusOr<std::unique_ptr<TrainerHost>> host = TrainerHost::Create(std::move(options));
    EXPECT_TRUE(host.ok()) << host.status();
    return *std::move(host);
  }
  // What the check says is wrong.
  std::string Problem(TrainerHost& host) {
    const absl::StatusOr<v1::DataReport> report = host.CheckData("table", nullptr);
    if (!report.ok()) return std::string(report.status().message());
    return report->faults_size() == 0 ? "" : report->faults(0).problem();
  }

  TemporaryFolder folder_;
};

TEST_F(QueryReaderTest, AServersRowsAreCheckedAndTrainedOn) {
  for (const v1::PostgresqlSource& source : {server().OverSocket(), server().OverTls()}) {
    const std::unique_ptr<TrainerHost> host = HostOf(source);
    const v1::JobSpec job = QueriedJob();
    const absl::StatusOr<v1::DataReport> report = host->CheckData("table", &job.data());
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->rows(), 3000u) << (report->faults_size() > 0 ? report->faults(0).problem() : "");
    EXPECT_THAT(report->warnings(), ::testing::ElementsAre(HasSubstr("no row is held out")));
    Computation computation(job, "table", v1::STEP_TRAIN, {0, 0});
    const absl::StatusOr<ComputeResult> result = host->Compute(computation.request, nullptr);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->train_rows, 3000u);
    EXPECT_GT(computation.Block(kUpdateBlock)[0], 0);
  }
}

TEST_F(QueryReaderTest, TheModelIsThatOfTheSameRowsInAFile) {
  const std::unique_ptr<TrainerHost> host = HostOf(server().OverTls());
  Computation computation(QueriedJob(), "table", v1::STEP_TRAIN, {0, 0});
  ASSERT_TRUE(host->Compute(computation.request, nullptr).ok());
  std::string csv = "x,y\n";
  for (int i = 1; i <= 3000; ++i) absl::StrAppend(&csv, i % 10, ",", i % 10 > 4 ? "yes" : "no", "\n");
  folder_.Write("rows.csv", csv);
  TrainerHostOptions options = HostOptions();
  options.datasets.push_back({"table", folder_.Write("csv.yaml", kTableMapping)});
  const auto of_file = TrainerHost::Create(options);
  ASSERT_TRUE(of_file.ok()) << of_file.status();
  Computation same(QueriedJob(), "table", v1::STEP_TRAIN, {0, 0});
  ASSERT_TRUE((*of_file)->Compute(same.request, nullptr).ok());
  EXPECT_EQ(computation.Block(kUpdateBlock), same.Block(kUpdateBlock));
}

TEST_F(QueryReaderTest, AJobKeepsItsRowsAndTheNextOneAsksAnew) {
  const std::unique_ptr<TrainerHost> host = HostOf(server().OverSocket());
  Computation computation(QueriedJob(), "table", v1::STEP_TRAIN, {0, 0});
  ASSERT_TRUE(host->Compute(computation.request, nullptr).ok());
  server().Run("DELETE FROM visits WHERE i > 1000");
  computation.request.step.set_round(2);
  EXPECT_EQ(host->Compute(computation.request, nullptr)->train_rows, 3000u);
  computation.request.job_id = "job-2";
  EXPECT_EQ(host->Compute(computation.request, nullptr)->train_rows, 1000u);
}

// Other statistics want the rows as they were: nobody is there to ask, and a new process begins with a new reader.
TEST_F(QueryReaderTest, RowsThatAreWantedRawAgainAreAskedForByANewProcess) {
  const std::unique_ptr<TrainerHost> host = HostOf(server().OverSocket());
  v1::JobSpec job = QueriedJob();
  job.mutable_preprocessing()->set_standardise(v1::Preprocessing::FEDERATED);
  Computation computation(job, "table", v1::STEP_TRAIN, {0, 0});
  v1::ColumnStatistics& statistics = *computation.request.step.mutable_statistics();
  statistics.add_mean(4.5);
  statistics.add_spread(3);
  ASSERT_TRUE(host->Compute(computation.request, nullptr).ok());
  statistics.set_spread(0, 2);
  const absl::Status once = host->Compute(computation.request, nullptr).status();
  EXPECT_EQ(once.code(), absl::StatusCode::kUnavailable) << once;
  const absl::StatusOr<ComputeResult> again = host->Compute(computation.request, nullptr);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->train_rows, 3000u);
}

TEST_F(QueryReaderTest, WhatTheUserMayBesideReadingIsInTheReport) {
  server().Run(
      "DROP ROLE IF EXISTS writer; CREATE ROLE writer LOGIN; GRANT pg_write_all_data, pg_read_all_data TO writer");
  const std::unique_ptr<TrainerHost> host = HostOf(server().OverSocket("writer"));
  const absl::StatusOr<v1::DataReport> report = host->CheckData("table", nullptr);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->warnings(), Contains(HasSubstr("may change rows of a table")));
}

TEST_F(QueryReaderTest, WhatGoesWrongComesOutAtTheCheckAndEndsAJob) {
  v1::PostgresqlSource source = server().OverSocket();
  source.set_query("SELECT * FROM nowhere");
  std::unique_ptr<TrainerHost> host = HostOf(source);
  EXPECT_THAT(Problem(*host), HasSubstr("names a table that is not there"));
  Computation computation(QueriedJob(), "table", v1::STEP_TRAIN, {0, 0});
  const absl::Status status = host->Compute(computation.request, nullptr).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("SQLSTATE 42P01"));

  EXPECT_THAT(Problem(*HostOf(server().OverSocket("owner"))), HasSubstr("is a superuser"));
  source = server().OverTls();
  source.set_password_file(server().Write("wrong", "4711\n"));
  EXPECT_THAT(Problem(*HostOf(source)), AllOf(HasSubstr("refuses postgresql.user"), Not(HasSubstr("4711"))));
  source.set_password_file(server().folder() + "/absent");
  EXPECT_THAT(Problem(*HostOf(source)), HasSubstr("postgresql.password_file"));
  source = server().OverSocket();
  source.set_port(1);
  EXPECT_THAT(Problem(*HostOf(source)), HasSubstr("is the database server running?"));
}

TEST_F(QueryReaderTest, AServerThatStallsIsGivenUpBeforeTheTrainerIs) {
  v1::PostgresqlSource source = server().OverSocket();
  source.set_query("SELECT 1 AS x, 'no' AS y, pg_sleep(600)");
  TrainerHostOptions options = HostOptions();
  options.sandbox.set_silence_s(8);
  const std::unique_ptr<TrainerHost> host = HostOf(source, options);
  Computation computation(QueriedJob(), "table", v1::STEP_TRAIN, {0, 0});
  const absl::Status status = host->Compute(computation.request, nullptr).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("three quarters of sandbox.silence_s"));
}

TEST_F(QueryReaderTest, ARowThatIsLargerThanTheReaderIsRefused) {
  v1::PostgresqlSource source = server().OverSocket();
  source.set_query("SELECT 1 AS x, 'no' AS y, repeat('0123456789', 50000000) AS note");
  const std::unique_ptr<TrainerHost> host = HostOf(source);
  EXPECT_THAT(Problem(*host), HasSubstr("larger than accord-reader takes"));
}

TEST_F(QueryReaderTest, TheTrainerIsToldNothingOfTheServer) {
  v1::DatasetMapping mapping;
  *mapping.mutable_postgresql() = server().OverTls();
  const BoundData data = BindData(mapping, "", /*sandboxed=*/true);
  EXPECT_TRUE(data.mapping.has_postgresql());
  EXPECT_EQ(data.mapping.postgresql().ByteSizeLong(), 0u);
  EXPECT_THAT(data.files, IsEmpty());
  const BoundQuery query = BindQuery(server().OverTls(), /*sandboxed=*/true);
  EXPECT_THAT(query.files, SizeIs(2));
  EXPECT_EQ(query.source.password_file(), "/server/password");
}

TEST_F(QueryReaderTest, WithoutTheProgramNoDataSetOfAServerIsReleased) {
  TrainerHostOptions options = HostOptions();
  std::filesystem::copy_file(options.trainer_path, folder_.path() + "/accord-trainer");
  options.trainer_path = folder_.path() + "/accord-trainer";
  v1::PostgresqlSource source = server().OverSocket();
  source.set_query(kQuery);
  options.datasets.push_back({"table", folder_.Write("mapping.yaml", server().Yaml(source))});
  EXPECT_THAT(std::string(TrainerHost::Create(options).status().message()),
              AllOf(HasSubstr("mapping.yaml"), HasSubstr("install accord-reader")));
}

}  // namespace
}  // namespace accord
