// What a coordinator states about the models that it hands out.
#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "base/clock.h"
#include "base/content_digest.h"
#include "base/hash.h"
#include "coordinator/server/provenance_desk.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/coordinator/server/ordered_jobs.h"
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
    const Sha256Digest secret = Sha256(absl::StrCat(identity, " ", ++num_tokens_));  // each is good once
    const std::string key = coordinator_.KeyOf(identity);
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
  int num_tokens_ = 0;
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
  EXPECT_EQ(log.EntriesAbout(kFederationProject, job)->indices, expected);
  EXPECT_THAT(log.EntriesAbout(kFederationProject, job.substr(0, 6))->indices, IsEmpty());
  for (const uint64_t index : expected) EXPECT_NE(evidence->Find(index), nullptr) << index;
}

TEST_F(CoordinatorsProvenance, TheLastEnrolmentOfANameCounts) {
  LogStore& log = coordinator_.store().log().rows();
  const auto last = [&log](NameRole role, uint64_t before) {
    return *log.LastEnrolment(kFederationProject, role, "north", before);
  };
  EXPECT_EQ(last(NameRole::kSite, 100), std::nullopt);
  Enrol("site/north", "Hospital North");
  Enrol("person/north");
  EXPECT_EQ(last(NameRole::kSite, 100), 1u);
  EXPECT_EQ(last(NameRole::kPerson, 100), 2u);
  EXPECT_EQ(log.ProveEntries(kFederationProject, {3}, 3).status().code(), absl::StatusCode::kOutOfRange);
  // A submission names its person too, and is no enrolment.
  FakePerson north(coordinator_, "north");
  north.SubmitDrill(DrillSpec(10, 1, 1));
  EXPECT_EQ(last(NameRole::kPerson, 100), 2u);
  Enrol("site/north", "Hospital Elsewhere");
  EXPECT_EQ(last(NameRole::kSite, 100), *log.Size(kFederationProject) - 1);
  EXPECT_EQ(last(NameRole::kSite, *log.Size(kFederationProject) - 1), 1u);
  EXPECT_EQ(last(NameRole::kSite, 1), std::nullopt);
  EXPECT_EQ(*log.LastOfKind(kFederationProject, LogEntryKind::kMember, 100), *log.Size(kFederationProject) - 1);
  EXPECT_EQ(*log.LastOfKind(kFederationProject, LogEntryKind::kMember, 2), 1u);
  EXPECT_EQ(*log.LastOfKind(kFederationProject, LogEntryKind::kRoster, 100), std::nullopt);
}

// As the round's report has them: by site, also where one gave none.
TEST_F(CoordinatorsProvenance, ListsTheCommitmentsThatSitesGaveWithTheirUploads) {
  const v1::JobSpec spec = DrillSpec(10, 1, 2);
  FakeSite north(coordinator_, "north"), south(coordinator_, "south");
  const std::string job = ada_.SubmitDrill(spec);
  const v1::Plan plan = north.NextPlan();
  south.NextPlan();
  const std::string vector = DrillVector(spec, 2, 0.5f);
  v1::UploadOpen open = OpenOf(plan.id(), vector);
  open.set_posture_sha256(Sha256Hex("what south said"));
  EXPECT_TRUE(south.Upload(open, vector).has_verified());
  EXPECT_TRUE(north.Upload(plan.id(), vector).has_verified());
  EXPECT_EQ(north.NextPlanEnd().outcome(), v1::PlanEnd::SUMMED);
  ada_.WatchToTheEnd(job);
  const ModelProvenance statement = Statement(job, 0);
  ASSERT_THAT(statement.rounds, SizeIs(1));
  EXPECT_THAT(statement.rounds[0].sites, ElementsAre("north", "south"));
  EXPECT_THAT(statement.rounds[0].postures, ElementsAre(std::nullopt, Sha256("what south said")));
}

// A site that was enrolled anew behind a job's rounds was in them as what it was before.
TEST_F(CoordinatorsProvenance, NamesTheEnrolmentUnderWhichASiteTookPart) {
  Enrol("site/north", "Hospital North");
  const std::string job = TrainTwoRounds();
  Enrol("site/north", "Hospital Elsewhere");
  Enrol("site/south", "Hospital South");
  const ModelProvenance statement = Statement(job, 0);
  ASSERT_THAT(statement.sites, SizeIs(2));
  EXPECT_EQ(statement.sites[0].organisation, "Hospital North");
  EXPECT_EQ(statement.sites[0].membership->entry, 1u);
  EXPECT_FALSE(statement.sites[1].membership.has_value()) << "enrolled behind them";
}

// What comes in between two looks at the log is under a later head.
TEST_F(CoordinatorsProvenance, ProvesUnderTheHeadOfTheEntriesThatWereLookedAt) {
  const std::string job = ada_.SubmitDrill(DrillSpec(10, 2, 2));
  LogStore& log = coordinator_.store().log().rows();
  const FoundEntries found = *log.EntriesAbout(kFederationProject, job);
  Enrol("site/north", "Hospital North");
  const auto evidence = log.ProveEntries(kFederationProject, found.indices, found.tree_size);
  ASSERT_TRUE(evidence.ok()) << evidence.status();
  const auto shown = CheckLogEvidence(*evidence);
  ASSERT_TRUE(shown.ok()) << shown.status();
  EXPECT_EQ(shown->head.tree_size, found.tree_size);
  EXPECT_EQ(*log.Size(kFederationProject), found.tree_size + 1);
  EXPECT_EQ(log.ProveEntries(kFederationProject, {1}, 2).status().code(), absl::StatusCode::kDataLoss)
      << "a submission's two entries have one head";
}

// Signatures are random: the same text was kept.
TEST_F(CoordinatorsProvenance, IsMadeOnceForWhoeverAsksAgainOfTheSameLog) {
  const std::string job = TrainTwoRounds();
  std::string first, again, earlier, later;
  ASSERT_TRUE(Fetch(job, 0, &first).ok());
  ASSERT_TRUE(Fetch(job, 0, &again).ok());
  ASSERT_TRUE(Fetch(job, 1, &earlier).ok());
  EXPECT_EQ(again, first);
  EXPECT_NE(earlier, first);
  Enrol("person/ada");
  ASSERT_TRUE(Fetch(job, 0, &later).ok());
  EXPECT_NE(later, first);
}

// Ten at once, which wait for each other.
TEST_F(CoordinatorsProvenance, IsGivenToManyAtOnce) {
  const std::string job = TrainTwoRounds();
  std::vector<std::string> texts(10);
  std::vector<std::thread> threads;
  for (std::string& text : texts) threads.emplace_back([&] { EXPECT_TRUE(Fetch(job, 0, &text).ok()); });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& text : texts) EXPECT_EQ(text, texts[0]) << "the second one found it kept";
}

TEST_F(CoordinatorsProvenance, RefusesWhereTooManyWait) {
  const std::string job = ada_.SubmitDrill(DrillSpec(10, 2, 2));
  ProvenanceDesk desk(coordinator_.store(), Clock::System());
  absl::Notification begun, go;
  absl::BlockingCounter answered(ProvenanceDesk::kMaxWaiting);
  const auto done = [&](absl::StatusOr<std::string> text) {
    EXPECT_EQ(text.status().code(), absl::StatusCode::kCancelled);
    answered.DecrementCount();
  };
  const auto hold = [&] {
    if (!begun.HasBeenNotified()) begun.Notify();
    go.WaitForNotification();
    return false;
  };
  for (int i = 0; i < ProvenanceDesk::kMaxWaiting; ++i) desk.Ask({job, 0, "ada"}, hold, done);
  begun.WaitForNotification();
  absl::Status refused;
  desk.Ask(
      {job, 0, "ada"}, [] { return true; }, [&](absl::StatusOr<std::string> text) { refused = text.status(); });
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  go.Notify();
  answered.Wait();
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

class OrderedProvenance : public OrderedJobs {
 protected:
  ModelProvenance Statement(const std::string& job) {
    const auto stated = SignedProvenance({job, 0, "ada"}, coordinator_.store());
    EXPECT_TRUE(stated.ok()) << stated.status();
    if (!stated.ok()) return {};
    auto statement = CheckFederationStatement(*Envelope::FromJson(*ReadJson(stated->text, "it")));
    EXPECT_TRUE(statement.ok()) << statement.status();
    return statement.value_or(ModelProvenance());
  }
};

TEST_F(OrderedProvenance, NamesTheOrderAndTheCharterInForceBeforeIt) {
  const std::string free = ada_->SubmitDrill(Job());
  const SignedCharter first = CharterNow(false);
  Publish(first);
  const SignedStatement order = Sign(OrderOf(Job()));
  const std::string job = Submitted(Job(), order);
  SignedCharter next = CharterNow(
      false, {{"version: 1\n", absl::StrCat("version: 2\nformer_sha256: ", HexDigest(charter_->hash()), "\n")}});
  federation_.SignAs(next, "clara");
  Publish(next);
  const ModelProvenance statement = Statement(job);
  EXPECT_EQ(statement.order, Sha256(order.Text()));
  EXPECT_EQ(statement.charter, Sha256(first.Text())) << "not the one of afterwards";
  EXPECT_EQ(Statement(free).order, std::nullopt);
  EXPECT_EQ(Statement(free).charter, std::nullopt);
}

}  // namespace
}  // namespace accord
