#include "aggregation/secure/messages/transcript.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "tests/aggregation/secure/messages/message_examples.h"

namespace accord::secure {
namespace {

TranscriptFields Base() {
  TranscriptFields fields;
  fields.job_id = "job-1";
  fields.cohort = {"site-a", "site-b", "site-c"};
  fields.previous = PreviousOpened{Filled(1), Filled(2), 4, 3, Filled(3)};
  return fields;
}

// Every field, changed: whatever two sites disagree in gives them different transcripts.
const std::vector<std::function<void(TranscriptFields&)>>& Changes() {
  using F = TranscriptFields;
  static const auto* changes = new std::vector<std::function<void(TranscriptFields&)>>{
      [](F& f) { f.protocol_version = kProtocolVersion + 1; },
      [](F& f) { f.charter_hash = Filled(9); },
      [](F& f) { f.roster_hash = Filled(9); },
      [](F& f) { f.job_sha256 = Filled(9); },
      [](F& f) { f.min_sites = 9; },
      [](F& f) { f.colluding_organisations = 9; },
      [](F& f) { f.privacy = "x"; },
      [](F& f) { f.job_id = "job-2"; },
      [](F& f) { f.epoch = 9; },
      [](F& f) { f.step = 9; },
      [](F& f) { f.round = 9; },
      [](F& f) { f.attempt = 9; },
      [](F& f) { f.epoch_hash = Filled(9); },
      [](F& f) { f.cohort.pop_back(); },
      [](F& f) { f.cohort.push_back("site-d"); },
      [](F& f) { f.cohort[0] = "site-0"; },
      [](F& f) { f.graph = TranscriptGraph::kHarary; },
      [](F& f) { f.graph_seed = Filled(9); },
      [](F& f) { f.degree = 9; },
      [](F& f) { f.share_threshold = 9; },
      [](F& f) { f.required_signatures = 9; },
      [](F& f) { f.colluding_sites = 9; },
      [](F& f) { f.kind = 9; },
      [](F& f) { f.schema_hash = Filled(9); },
      [](F& f) { f.encoding_sites = 9; },
      [](F& f) { f.ring_bits = 24; },
      [](F& f) { f.weight_cap = 9; },
      [](F& f) { f.model_digest = Filled(9); },
      [](F& f) { f.statistics_sha256 = Filled(9); },
      [](F& f) { f.previous.reset(); },
      [](F& f) { f.previous->transcript = Filled(9); },
      [](F& f) { f.previous->survivors_hash = Filled(9); },
      [](F& f) { f.previous->cohort_size = 9; },
      [](F& f) { f.previous->required_signatures = 9; },
      [](F& f) { f.previous->statements = Filled(9); },
      [](F& f) { f.log_head = "x"; },
  };
  return *changes;
}

TEST(Transcript, EveryFieldChangesItAndExactlyOnePart) {
  std::set<Sha256Digest> hashes = {HashTranscript(Base())};
  for (size_t i = 0; i < Changes().size(); ++i) {
    TranscriptFields changed = Base();
    Changes()[i](changed);
    EXPECT_TRUE(hashes.insert(HashTranscript(changed)).second) << "change " << i;
    EXPECT_THAT(Differences(PartsOf(Base()), PartsOf(changed)), testing::SizeIs(1)) << "change " << i;
    EXPECT_NE(Serialize(changed), Serialize(Base())) << "change " << i;
  }
}

TEST(Transcript, EqualPartsHaveNoDifferences) {
  EXPECT_THAT(Differences(PartsOf(Base()), PartsOf(Base())), testing::IsEmpty());
}

TEST(Transcript, DifferencesAreToldInWords) {
  TranscriptFields changed = Base();
  changed.model_digest = Filled(9);
  changed.previous.reset();
  EXPECT_THAT(Differences(PartsOf(Base()), PartsOf(changed)),
              testing::ElementsAre("the bytes of the model", "the history (the last attempt that was opened)"));
}

TEST(TranscriptFields, RefuseAnUnsortedCohortAndAnUnknownGraph) {
  TranscriptFields fields = Base();
  std::swap(fields.cohort[0], fields.cohort[1]);
  EXPECT_FALSE(ParseTranscriptFields(Serialize(fields)).ok());
  fields = Base();
  for (int graph = 0; graph < 256; ++graph) {
    fields.graph = static_cast<TranscriptGraph>(graph);
    EXPECT_EQ(ParseTranscriptFields(Serialize(fields)).ok(), graph == 1 || graph == 2) << graph;
  }
}

TEST(SchemaHash, ChangesWithEverythingThatGivesAnElementItsMeaning) {
  using Kind = VectorBlock::Kind;
  const auto hash = [](std::vector<VectorBlock> blocks, uint32_t sites, RingWidth ring = RingWidth::k32) {
    return HashSchema(*VectorSchema::Create(std::move(blocks), sites, ring));
  };
  const std::set<Sha256Digest> hashes = {
      hash({{"a", Kind::kReal, 3, 2}}, 4),
      hash({{"a", Kind::kReal, 3, 2}}, 4, RingWidth::k24),
      hash({{"a", Kind::kReal, 3, 2}}, 5),  // another scale
      hash({{"b", Kind::kReal, 3, 2}}, 4),
      hash({{"a", Kind::kCount, 3, 2}}, 4),
      hash({{"a", Kind::kCount, 3, 2}}, 4, RingWidth::k64),
      hash({{"a", Kind::kReal, 4, 2}}, 4),
      hash({{"a", Kind::kReal, 3, 1}}, 4),
      hash({{"a", Kind::kReal, 3, 2}, {"b", Kind::kReal, 3, 2}}, 4),
      hash({{"a", Kind::kReal, 2, 2}, {"b", Kind::kReal, 4, 2}}, 4),
  };
  EXPECT_EQ(hashes.size(), 10u);
  EXPECT_EQ(hash({{"a", Kind::kReal, 3, 2}}, 4), hash({{"a", Kind::kReal, 3, 2}}, 4));
}

TEST(StatisticsHash, TellsMeansFromSpreads) {
  const std::vector<double> one = {1};
  const std::vector<double> two = {2};
  const std::vector<double> both = {1, 2};
  EXPECT_NE(HashStatistics(one, two), HashStatistics(two, one));
  EXPECT_NE(HashStatistics(both, {}), HashStatistics(one, two));
}

}  // namespace
}  // namespace accord::secure
