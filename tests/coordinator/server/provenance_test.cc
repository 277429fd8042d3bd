// What a coordinator states about the models that it hands out.
#include "coordinator/server/provenance.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "base/content_digest.h"
#include "base/hash.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/coordinator/server/running_coordinator.h"
#include "trust/identity/key_pair.h"
#include "trust/identity/signing.h"
#include "trust/provenance/provenance_check.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class CoordinatorsProvenance : public ::testing::Test {
 protected:
  // As `accord-client enroll` and `accord login` do it; the log's entry is made then.
  std::string Enrol(const std::string& identity, const std::string& organisation = "") {
    const Sha256Digest secret = Sha256(identity);
    const std::string key = *PublicKeyDer(*KeyPair::Generate());
    EXPECT_TRUE(coordinator_.store().members().AddToken(secret, identity, absl::InfiniteFuture(), organisation).ok());
    const auto issue = [&key](const std::string&) -> absl::StatusOr<std::string> { return key; };
    EXPECT_TRUE(coordinator_.store().members().RedeemToken(secret, absl::Now(), issue).ok());
    return key;
  }
  // Two rounds of both sites; the job's id.
  std::string TrainTwoRounds() {
    const v1::JobSpec spec = DrillSpec(10, 2, 2);
    FakeSite north(coordinator_, "north"), south(coordinator_, "south");
    const std::string job = ada_.SubmitDrill(spec);
    for (uint32_t round = 1; round <= 2; ++round) {
      const v1::Plan plan = north.NextPlan();
      south.NextPlan();
      EXPECT_TRUE(north.Upload(plan.id(), DrillVector(spec, 2, 0.5f)).has_verified());
      EXPECT_TRUE(south.Upload(plan.id(), DrillVector(spec, 2, -0.25f)).has_verified());
      EXPECT_EQ(north.NextPlanEnd().outcome(), v1::PlanEnd::SUMMED);
      EXPECT_EQ(south.NextPlanEnd().outcome(), v1::PlanEnd::SUMMED);
    }
    ada_.WatchToTheEnd(job);
    return job;
  }
  grpc::Status Fetch(const std::string& job, uint32_t round, std::string* text) {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::FetchModelRequest request;
    request.set_job_id(job);
    request.set_round(round);
    const auto reader = ada_.stub().FetchProvenance(&context, request);
    v1::Chunk chunk;
    while (reader->Read(&chunk)) text->append(chunk.data());
    return reader->Finish();
  }
  ModelProvenance Statement(const std::string& job, uint32_t round) {
    std::string text;
    const grpc::Status status = Fetch(job, round, &text);
    EXPECT_TRUE(status.ok()) << status.error_message();
    const auto envelope = Envelope::FromJson(*ReadJson(text, "it"));
    EXPECT_TRUE(envelope.ok()) << envelope.status();
    auto statement = CheckFederationStatement(*envelope);
    EXPECT_TRUE(statement.ok()) << statement.status();
    return statement.value_or(ModelProvenance());
  }

  RunningCoordinator coordinator_;
  FakePerson ada_{coordinator_, "ada"};
};

TEST_F(CoordinatorsProvenance, NamesJobModelsSumsAndSitesAsTheLogAndTheReportHaveThem) {
  Enrol("site/north", "Hospital North");
  const std::string adas_key = Enrol("person/ada");
  const std::string job = TrainTwoRounds();
  const ModelProvenance statement = Statement(job.substr(0, 6), 0);
  v1::JobReport report;
  ASSERT_TRUE(ada_.Get(job, &report).ok());
  EXPECT_EQ(statement.job_id, job);
  EXPECT_EQ(HexDigest(statement.job), report.job_sha256());
  EXPECT_EQ(statement.start_model, ContentDigest(std::string(10 * sizeof(float), '\0')));
  EXPECT_EQ(statement.state, v1::JOB_FINISHED);
  EXPECT_EQ(statement.round, 2u);
  EXPECT_EQ(HexDigest(statement.model), report.model_digest());
  EXPECT_EQ(statement.parameters, statement.model);
  ASSERT_THAT(statement.rounds, SizeIs(2));
  EXPECT_THAT(statement.rounds[0].sites, ElementsAre("north", "south"));
  EXPECT_EQ(HexDigest(statement.rounds[0].model), report.rounds(0).model_digest());
  ASSERT_THAT(statement.sites, SizeIs(2));
  EXPECT_EQ(statement.sites[0].organisation, "Hospital North");
  EXPECT_TRUE(statement.sites[0].membership.has_value());
  EXPECT_EQ(statement.sites[1].organisation, "south") << "never enrolled here: its id, and no proof";
  EXPECT_FALSE(statement.sites[1].membership.has_value());
  EXPECT_EQ(LogIdOf(statement.log.first_entry), coordinator_.store().log().identity().id());
  const auto is_adas = [&](const ProvenEntry& entry) {
    const auto parsed = ParseLogEntry(entry.bytes);
    return parsed.ok() && parsed->kind == LogEntryKind::kMember && parsed->payload.IsOf(adas_key);
  };
  EXPECT_TRUE(std::any_of(statement.log.entries.begin(), statement.log.entries.end(), is_adas));
}

TEST_F(CoordinatorsProvenance, OfAnEarlierRoundAndOfAJobThatRuns) {
  const std::string job = TrainTwoRounds();
  const ModelProvenance first = Statement(job, 1);
  EXPECT_EQ(first.round, 1u);
  EXPECT_EQ(first.model, first.rounds[0].model);
  std::string text;
  EXPECT_EQ(Fetch(job, 3, &text).error_code(), grpc::StatusCode::NOT_FOUND);
  const std::string waiting = ada_.SubmitDrill(DrillSpec(10, 2, 2));
  const ModelProvenance begun = Statement(waiting, 0);
  EXPECT_EQ(begun.state, v1::JOB_RUNNING);
  EXPECT_EQ(begun.round, 0u);
  EXPECT_EQ(begun.model, begun.start_model);
  EXPECT_THAT(begun.rounds, IsEmpty());
  EXPECT_EQ(begun.finished_unix_ms, 0);
}

TEST_F(CoordinatorsProvenance, HasTheWholeLogsEntriesOfTheJobAndNoOther) {
  const std::string job = TrainTwoRounds();
  ada_.SubmitDrill(DrillSpec(10, 2, 2));
  const ModelProvenance statement = Statement(job, 0);
  auto evidence = CheckLogEvidence(statement.log);
  ASSERT_TRUE(evidence.ok()) << evidence.status();
  LogStore& log = coordinator_.store().log().rows();
  std::vector<uint64_t> expected;
  for (uint64_t i = 0; i < evidence->head.tree_size; ++i) {
    if (ParseLogEntry(*log.Entry(kFederationProject, i))->subject == job) expected.push_back(i);
  }
  EXPECT_THAT(expected, SizeIs(7)) << "job and model, two rounds with their models, the end";
  EXPECT_EQ(*log.EntriesAbout(kFederationProject, job), expected);
  EXPECT_THAT(*log.EntriesAbout(kFederationProject, job.substr(0, 6)), IsEmpty());
  for (const uint64_t index : expected) EXPECT_NE(evidence->Find(index), nullptr) << index;
}

TEST_F(CoordinatorsProvenance, TheLastEnrolmentOfANameCounts) {
  LogStore& log = coordinator_.store().log().rows();
  EXPECT_EQ(*log.LastEnrolment(kFederationProject, NameRole::kSite, "north"), std::nullopt);
  Enrol("site/north", "Hospital North");
  Enrol("person/north");
  EXPECT_EQ(*log.LastEnrolment(kFederationProject, NameRole::kSite, "north"), 1u);
  EXPECT_EQ(*log.LastEnrolment(kFederationProject, NameRole::kPerson, "north"), 2u);
  EXPECT_EQ(log.ProveEntries(kFederationProject, {3}).status().code(), absl::StatusCode::kOutOfRange);
  // A submission names its person too, and is no enrolment.
  FakePerson north(coordinator_, "north");
  north.SubmitDrill(DrillSpec(10, 1, 1));
  EXPECT_EQ(*log.LastEnrolment(kFederationProject, NameRole::kPerson, "north"), 2u);
}

TEST_F(CoordinatorsProvenance, IsForPeopleAlone) {
  const std::string job = TrainTwoRounds();
  const auto stub = v1::Operations::NewStub(coordinator_.ChannelAs("site/north"));
  grpc::ClientContext context;
  SetDeadline(context);
  v1::FetchModelRequest request;
  request.set_job_id(job);
  EXPECT_EQ(stub->FetchProvenance(&context, request)->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

}  // namespace
}  // namespace accord
