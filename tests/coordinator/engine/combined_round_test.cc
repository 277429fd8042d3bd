// A round whose changes are combined by another rule than the mean: from staged uploads to the next model.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/step_schema.h"
#include "base/content_digest.h"
#include "base/hash.h"
#include "base/random_stream.h"
#include "coordinator/engine/round_sum.h"
#include "coordinator/engine/staged_changes.h"
#include "coordinator/store/store.h"
#include "coordinator/transfer/chunk.h"
#include "coordinator/transfer/possible_vector.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr uint64_t kCombinedParameters = 300'000;  // more than a tile and than a block of many sites
constexpr uint32_t kCombinedSites = 5;
constexpr uint32_t kMostCombinedRows = 50;

class CombinedRound : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = Store::Open(folder_.Path("state")).value();
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
        absl::StrCat("model { drill { num_parameters: ", kCombinedParameters,
                     " } } aggregation { fedavg { server_learning_rate: 0.5 } update_bound: 0.5 max_rows_per_site: ",
                     kMostCombinedRows, " plain_sum: true combiner { median {} } }"),
        &spec_));
    schema_ = StepSchema(spec_, v1::STEP_TRAIN, kCombinedParameters, kCombinedSites).value();
    RandomStream random({1, "", 0, "model"});
    for (float& value : model_) value = random.NextFloat();
  }

  // What site number `site` changes, in elements of the ring; one after the other for each parameter.
  static int32_t ElementOf(uint32_t site, uint64_t parameter) {
    return static_cast<int32_t>((parameter * 2654435761u + site * 40503u) % 200'001) - 100'000;
  }
  std::vector<uint32_t> VectorOf(uint32_t site, int32_t rows) const {
    std::vector<uint32_t> elements(schema_->num_elements());
    elements[schema_->Find(kRowsBlock)->offset] = static_cast<uint32_t>(rows);
    for (uint64_t i = 0; i < kCombinedParameters; ++i) {
      elements[schema_->Find(kUpdateBlock)->offset + i] = static_cast<uint32_t>(ElementOf(site, i));
    }
    return elements;
  }
  std::shared_ptr<StagedUpload> Staged(const std::vector<uint32_t>& elements) {
    const absl::string_view bytes(reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(uint32_t));
    auto upload = StagedUpload::Create(store_->objects(), bytes.size(), std::string(64, 'a')).value();
    const uint64_t stream = upload->Attach().stream;
    for (uint64_t offset = 0; offset < bytes.size(); offset += kChunkBytes) {
      v1::Chunk chunk;
      chunk.set_offset(offset);
      chunk.set_data(std::string(bytes.substr(offset, kChunkBytes)));
      chunk.set_crc32c(Crc32c(0, chunk.data().data(), chunk.data().size()));
      EXPECT_TRUE(upload->Append(stream, ViewOf(chunk)).ok());
    }
    return upload;
  }
  // The round over these sites, whose uploads arrive in this order; sites from `without_rows` on have none.
  absl::StatusOr<RoundResult> Round(const std::vector<uint32_t>& arriving, uint32_t without_rows = kCombinedSites) {
    RoundSum sum = RoundSum::Create(spec_, v1::STEP_TRAIN, kCombinedParameters, kCombinedSites, RingVector()).value();
    EXPECT_TRUE(sum.combines());
    for (const uint32_t site : arriving) {
      const auto upload = Staged(VectorOf(site, site < without_rows ? 7 + static_cast<int32_t>(site) : 0));
      EXPECT_TRUE(sum.Fold(*upload).ok());
      sum.KeepChange(absl::StrCat("site-", site), upload);
    }
    const std::string bytes(reinterpret_cast<const char*>(model_.data()), model_.size() * sizeof(float));
    const RoundSum::OldModel old = {HexDigest(ContentDigest(bytes)), std::make_shared<ObjectReader>(bytes)};
    return std::move(sum).Complete(spec_, old, store_->objects());
  }
  std::vector<float> ModelOf(const RoundResult& result) {
    std::vector<float> model(kCombinedParameters);
    const auto reader = store_->objects().Find(result.model_digest).value();
    EXPECT_TRUE(reader->Read(0, {reinterpret_cast<char*>(model.data()), model.size() * sizeof(float)}).ok());
    return model;
  }
  void Use(const std::string& rule) {
    spec_.mutable_aggregation()->mutable_combiner()->Clear();
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(rule, spec_.mutable_aggregation()->mutable_combiner()));
  }

  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
  v1::JobSpec spec_;
  std::optional<VectorSchema> schema_;
  std::vector<float> model_ = std::vector<float>(kCombinedParameters);
};

TEST_F(CombinedRound, MovesTheModelByTheMedianOfTheChanges) {
  const auto result = Round({0, 1, 2, 3, 4});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->combined, "coordinate median of 5 sites' changes");
  EXPECT_EQ(result->metrics.train_rows(), 7u + 8 + 9 + 10 + 11);
  const std::vector<float> model = ModelOf(*result);
  const double scale = schema_->Find(kUpdateBlock)->scale;
  for (uint64_t i = 0; i < kCombinedParameters; ++i) {
    std::vector<int32_t> elements;
    for (uint32_t site = 0; site < kCombinedSites; ++site) elements.push_back(ElementOf(site, i));
    std::sort(elements.begin(), elements.end());
    ASSERT_FLOAT_EQ(model[i], static_cast<float>(model_[i] + 0.5 * elements[2] / scale)) << i;
  }
}

TEST_F(CombinedRound, IsTheSameInWhateverOrderUploadsArrive) {
  for (const char* rule : {"median {}", "krum { hostile_sites: 1 }", "multi_krum { hostile_sites: 1 }",
                           "geometric_median { iterations: 3 }", "norm_bound { max_norm: 1 }"}) {
    Use(rule);
    const auto result = Round({0, 1, 2, 3, 4});
    ASSERT_TRUE(result.ok()) << rule << ": " << result.status();
    const auto other = Round({3, 0, 4, 2, 1});
    ASSERT_TRUE(other.ok()) << rule << ": " << other.status();
    EXPECT_EQ(result->model_digest, other->model_digest) << rule;
    EXPECT_EQ(result->combined, other->combined);
  }
}

// The server's rule takes the combined change for its gradient.
TEST_F(CombinedRound, ServesTheAdaptiveRulesToo) {
  spec_.mutable_aggregation()->mutable_fedadagrad()->set_server_learning_rate(0.1);
  spec_.mutable_aggregation()->mutable_fedadagrad()->set_tau(1e-3);
  const auto result = Round({0, 1, 2, 3, 4});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(result->server_state.name.empty());
  EXPECT_NE(ModelOf(*result), model_);
}

TEST_F(CombinedRound, LeavesSitesWithoutRowsOutAndFailsWhenTooFewAreLeft) {
  const auto result = Round({0, 1, 2, 3, 4}, 4);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->combined, "coordinate median of 4 sites' changes");
  EXPECT_EQ(result->model_digest, Round({0, 1, 2, 3})->model_digest);
  const auto too_few = Round({0, 1, 2, 3, 4}, 2);
  // Not for good: the next attempt may have more.
  EXPECT_EQ(too_few.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(too_few.status().message()), HasSubstr("only 2 sites trained"));
}

TEST_F(CombinedRound, TakesSitesByName) {
  std::vector<StagedChanges::Upload> uploads;
  for (const uint32_t site : {2, 0, 1}) {
    uploads.push_back({absl::StrCat("site-", site), Staged(VectorOf(site, site == 1 ? -1 : 5))});
  }
  const auto changes = StagedChanges::Create(*schema_, std::move(uploads));
  ASSERT_TRUE(changes.ok()) << changes.status();
  ASSERT_EQ(changes->sites().size(), 2u);  // nobody has -1 rows
  EXPECT_EQ(changes->sites()[0].name, "site-0");
  EXPECT_EQ(changes->sites()[1].name, "site-2");
  std::vector<double> two(2);
  ASSERT_TRUE(changes->Read(1, 1000, absl::MakeSpan(two)).ok());
  const double scale = schema_->Find(kUpdateBlock)->scale;
  EXPECT_NEAR(two[0], ElementOf(2, 1000) / scale, 1e-15);
  EXPECT_NEAR(two[1], ElementOf(2, 1001) / scale, 1e-15);
  EXPECT_EQ(changes->Read(1, kCombinedParameters - 1, absl::MakeSpan(two)).code(), absl::StatusCode::kOutOfRange);
}

TEST_F(CombinedRound, NumbersThatNoDaemonLetsOutAreFound) {
  std::vector<uint32_t> vector = VectorOf(1, 5);
  EXPECT_TRUE(CheckWithinBounds(*schema_, *Staged(vector)).ok());
  vector[schema_->Find(kRowsBlock)->offset] = static_cast<uint32_t>(-1);
  EXPECT_EQ(CheckWithinBounds(*schema_, *Staged(vector)).code(), absl::StatusCode::kInvalidArgument);
  vector[schema_->Find(kRowsBlock)->offset] = kMostCombinedRows + 1;
  EXPECT_FALSE(CheckWithinBounds(*schema_, *Staged(vector)).ok());
  vector[schema_->Find(kRowsBlock)->offset] = kMostCombinedRows;
  const VectorSchema::PlacedBlock& update = *schema_->Find(kUpdateBlock);
  uint32_t& last = vector[update.offset + kCombinedParameters - 1];
  last = static_cast<uint32_t>(-update.max_encoded);
  EXPECT_TRUE(CheckWithinBounds(*schema_, *Staged(vector)).ok());
  last = static_cast<uint32_t>(update.max_encoded + 1);
  EXPECT_FALSE(CheckWithinBounds(*schema_, *Staged(vector)).ok());
}

TEST_F(CombinedRound, SumsOfColumnsThatItsRowsCannotMakeAreFound) {
  v1::JobSpec spec;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"(data { features { name: "age" numeric { max: 100 } } target { name: "ill" numeric { max: 1 } } }
         model { linear_regression {} } aggregation { max_rows_per_site: 50 plain_sum: true })",
      &spec));
  const VectorSchema schema = StepSchema(spec, v1::STEP_STANDARDISE, 0, kCombinedSites).value();
  ASSERT_EQ(schema.num_elements(), 4u);
  const auto share = static_cast<int32_t>(schema.Find(kSumBlock)->scale * 10 / 50);  // of ten rows
  const auto possible = [&](int32_t rows, int32_t present, int32_t sum, int32_t squares) {
    return CheckWithinBounds(schema, *Staged({static_cast<uint32_t>(rows), static_cast<uint32_t>(present),
                                              static_cast<uint32_t>(sum), static_cast<uint32_t>(squares)}))
        .ok();
  };
  EXPECT_TRUE(possible(10, 10, share, share));
  EXPECT_TRUE(possible(10, 10, -share - 1, 0)) << "rounded away from zero";
  EXPECT_TRUE(possible(0, 0, 0, 0));
  EXPECT_FALSE(possible(9, 10, 0, 0));
  EXPECT_FALSE(possible(10, -1, 0, 0));
  EXPECT_FALSE(possible(10, 10, share + 3, share));
  EXPECT_FALSE(possible(10, 10, -share - 3, share));
  EXPECT_FALSE(possible(10, 10, 0, share + 3));
  EXPECT_FALSE(possible(10, 10, 0, -1));
  EXPECT_FALSE(possible(0, 0, share, share)) << "no rows at all";
}

TEST_F(CombinedRound, ARefusedUploadIsGoneAndStaysRefused) {
  const auto upload = Staged(VectorOf(0, 5));
  upload->Refuse("no such vector");
  const StagedUpload::Attachment again = upload->Attach();
  EXPECT_FALSE(again.verified);
  EXPECT_EQ(again.received, 0u);
  char byte = 0;
  EXPECT_EQ(upload->Read(0, absl::MakeSpan(&byte, 1)).message(), "no such vector");
  v1::Chunk chunk;
  chunk.set_data("abcd");
  chunk.set_crc32c(Crc32c(0, "abcd", 4));
  EXPECT_EQ(upload->Append(again.stream, ViewOf(chunk)).status().message(), "no such vector");
}

}  // namespace
}  // namespace accord
