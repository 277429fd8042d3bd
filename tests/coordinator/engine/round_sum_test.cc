// A round's arithmetic over staged uploads, in every ring: with masks and without it comes to the same model.
#include "coordinator/engine/round_sum.h"

#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "aggregation/programs/step_schema.h"
#include "aggregation/ring/codec.h"
#include "aggregation/secure/mask_stream.h"
#include "aggregation/server_optimizer.h"
#include "base/hash.h"
#include "coordinator/store/store.h"
#include "coordinator/transfer/chunk.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

constexpr uint64_t kParameters = 300'000;  // more than a tile, in more than one chunk
constexpr uint32_t kSites = 4;
constexpr uint32_t kMaxRows = 50;

class RoundSums : public ::testing::TestWithParam<uint32_t> {
 protected:
  void SetUp() override {
    store_ = Store::Open(folder_.Path("state")).value();
    spec_.mutable_model()->mutable_drill()->set_num_parameters(kParameters);
    spec_.mutable_aggregation()->mutable_fedavg()->set_server_learning_rate(0.9);
    spec_.mutable_aggregation()->set_update_bound(0.5);
    spec_.mutable_aggregation()->set_max_rows_per_site(kMaxRows);
    spec_.mutable_aggregation()->mutable_secure_sum()->set_ring_bits(GetParam());
    schema_ = StepSchema(spec_, v1::STEP_TRAIN, kParameters, kSites).value();
    RandomStream random({1, "", 0, "model"});
    for (float& value : model_) value = random.NextFloat();
    for (uint32_t site = 0; site < kSites; ++site) vectors_.push_back(VectorOf(site));
  }

  RingWidth ring() const { return schema_->ring(); }
  std::vector<float> UpdateOf(uint32_t site) const {
    RandomStream random({2, std::to_string(site), 0, "update"});
    std::vector<float> update(kParameters);
    for (float& value : update) value = RowsOf(site) / float{kMaxRows} * (random.NextFloat() - 0.5f);
    return update;
  }
  static uint32_t RowsOf(uint32_t site) { return 20 + 5 * site; }
  std::vector<uint8_t> VectorOf(uint32_t site) const {
    std::vector<uint8_t> bytes(schema_->num_bytes());
    const RingBytes elements(ring(), absl::MakeSpan(bytes));
    RandomStream rounding({3, std::to_string(site), 0, "rounding"});
    const auto put = [&](const char* name, const auto& values) {
      const VectorSchema::PlacedBlock& block = *schema_->Find(name);
      EXPECT_TRUE(
          Encode(block, absl::MakeConstSpan(values), rounding, elements.subspan(block.offset, values.size())).ok());
    };
    put(kRowsBlock, std::vector<double>{static_cast<double>(RowsOf(site))});
    put(kUpdateBlock, UpdateOf(site));
    put(kClippedBlock, std::vector<double>{ClippedUnit(ring()) / 4});
    return bytes;
  }

  static SecretBytes SeedOf(uint32_t a, uint32_t b) {
    std::vector<uint8_t> seed(32, 5);
    seed[0] = static_cast<uint8_t>(a), seed[1] = static_cast<uint8_t>(b);
    return SecretBytes(std::move(seed));
  }
  // Under a mask with each other site and the site's own.
  template <typename Word>
  std::vector<uint8_t> MaskedWords(std::vector<Word> words, uint32_t site) const {
    for (uint32_t other = 0; other < kSites; ++other) {
      const MaskStream mask = MaskStream::Create(SeedOf(std::min(site, other), std::max(site, other))).value();
      EXPECT_TRUE(mask.Apply(site <= other ? MaskSign::kPlus : MaskSign::kMinus, 0, absl::MakeSpan(words)).ok());
    }
    std::vector<uint8_t> bytes(schema_->num_bytes());
    for (size_t i = 0; i < words.size(); ++i) {
      std::memcpy(bytes.data() + i * ElementBytes(ring()), &words[i], ElementBytes(ring()));
    }
    return bytes;
  }
  std::vector<uint8_t> Masked(uint32_t site) const {
    const std::vector<uint8_t>& vector = vectors_[site];
    if (ring() == RingWidth::k64) {
      std::vector<uint64_t> words(schema_->num_elements());
      std::memcpy(words.data(), vector.data(), vector.size());
      return MaskedWords(std::move(words), site);
    }
    std::vector<uint32_t> words(schema_->num_elements());
    for (size_t i = 0; i < words.size(); ++i) {
      std::memcpy(&words[i], vector.data() + i * ElementBytes(ring()), ElementBytes(ring()));
    }
    return MaskedWords(std::move(words), site);
  }

  std::shared_ptr<StagedUpload> Staged(const std::vector<uint8_t>& vector) {
    const absl::string_view bytes(reinterpret_cast<const char*>(vector.data()), vector.size());
    auto upload = StagedUpload::Create(store_->objects(), bytes.size(), Sha256Hex(bytes)).value();
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
  RoundSum NewSum(RingVector memory = RingVector()) {
    return RoundSum::Create(spec_, v1::STEP_TRAIN, kParameters, kSites, std::move(memory)).value();
  }
  RoundResult Completed(RoundSum sum) {
    const std::string bytes(reinterpret_cast<const char*>(model_.data()), model_.size() * sizeof(float));
    const RoundSum::OldModel old = {Sha256Hex(bytes), std::make_shared<ObjectReader>(bytes)};
    auto result = std::move(sum).Complete(spec_, old, store_->objects());
    EXPECT_TRUE(result.ok()) << result.status();
    return *std::move(result);
  }
  std::vector<float> ModelOf(const RoundResult& result) {
    std::vector<float> model(kParameters);
    const auto reader = store_->objects().Find(result.model_digest).value();
    EXPECT_TRUE(reader->Read(0, {reinterpret_cast<char*>(model.data()), model.size() * sizeof(float)}).ok());
    return model;
  }

  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
  v1::JobSpec spec_;
  std::optional<VectorSchema> schema_;
  std::vector<float> model_ = std::vector<float>(kParameters);
  std::vector<std::vector<uint8_t>> vectors_;
};

INSTANTIATE_TEST_SUITE_P(Rings, RoundSums, ::testing::Values(24, 32, 64),
                         [](const auto& info) { return "Of" + std::to_string(info.param) + "Bits"; });

// Sites count alike, and the control variate moves by their sum over all sites of the job, of which one was away.
TEST_P(RoundSums, ScaffoldHandsOutTheControlVariateBehindTheModel) {
  spec_.mutable_aggregation()->mutable_scaffold()->set_server_learning_rate(0.5);
  spec_.mutable_aggregation()->mutable_scaffold()->set_control_bound(2);
  for (uint32_t site = 0; site <= kSites; ++site) spec_.mutable_rounds()->add_sites("site-" + std::to_string(site));
  schema_ = StepSchema(spec_, v1::STEP_TRAIN, kParameters, kSites).value();
  const auto folded = [this](float update, float control) {
    RoundSum sum = NewSum();
    for (uint32_t site = 0; site < kSites; ++site) {
      std::vector<uint8_t> bytes(schema_->num_bytes());
      const RingBytes elements(ring(), absl::MakeSpan(bytes));
      RandomStream rounding({3, std::to_string(site), 0, "rounding"});
      const auto put = [&](const char* name, const std::vector<float>& values) {
        const VectorSchema::PlacedBlock& block = *schema_->Find(name);
        EXPECT_TRUE(
            Encode(block, absl::MakeConstSpan(values), rounding, elements.subspan(block.offset, values.size())).ok());
      };
      put(kRowsBlock, {static_cast<float>(RowsOf(site))});
      put(kUpdateBlock, std::vector<float>(kParameters, update));
      put(kControlBlock, std::vector<float>(kParameters, control));
      put(kTrainedBlock, {1});
      EXPECT_TRUE(sum.Fold(*Staged(bytes)).ok());
    }
    return sum;
  };
  const auto read = [this](const RoundResult& result) {
    const auto reader = store_->objects().Find(result.model_digest).value();
    EXPECT_EQ(reader->size(), 2 * kParameters * sizeof(float));
    std::string bytes(reader->size(), '\0');
    EXPECT_TRUE(reader->Read(0, absl::MakeSpan(bytes)).ok());
    return bytes;
  };
  const auto number = [](const std::string& bytes, uint64_t i) {
    float value = 0;
    std::memcpy(&value, bytes.data() + i * sizeof(float), sizeof(value));
    return value;
  };
  const double step = kSites / schema_->Find(kUpdateBlock)->scale + 1e-6;
  const double control_step = kSites / schema_->Find(kControlBlock)->scale + 1e-6;
  const std::string first = read(Completed(folded(0.25f, 1)));
  for (const uint64_t i : {uint64_t{0}, kParameters / 2, kParameters - 1}) {
    EXPECT_NEAR(number(first, i), model_[i] + 0.5 * 0.25, step) << i;
    EXPECT_NEAR(number(first, kParameters + i), 4.0 / 5, control_step) << i;
  }
  const RoundSum::OldModel old = {Sha256Hex(first), std::make_shared<ObjectReader>(first)};
  auto next = folded(-0.125f, -0.5f);
  const auto result = std::move(next).Complete(spec_, old, store_->objects());
  ASSERT_TRUE(result.ok()) << result.status();
  const std::string second = read(*result);
  EXPECT_NEAR(number(second, 7), model_[7] + 0.5 * (0.25 - 0.125), 2 * step);
  EXPECT_NEAR(number(second, kParameters + 7), 4.0 / 5 - 2.0 / 5, 2 * control_step);
}

TEST_P(RoundSums, TheModelMovesAlongTheWeightedMeanOfTheUpdates) {
  RoundSum sum = NewSum();
  EXPECT_EQ(sum.num_bytes(), (kParameters + 2) * GetParam() / 8);
  std::vector<double> mean(kParameters);
  double rows = 0;
  for (uint32_t site = 0; site < kSites; ++site) {
    ASSERT_TRUE(sum.Fold(*Staged(vectors_[site])).ok());
    const std::vector<float> update = UpdateOf(site);
    for (size_t i = 0; i < kParameters; ++i) mean[i] += update[i];
    rows += RowsOf(site);
  }
  const RoundResult result = Completed(std::move(sum));
  EXPECT_EQ(result.metrics.train_rows(), static_cast<uint64_t>(rows));
  EXPECT_DOUBLE_EQ(result.metrics.clipped_share(), 0.25);
  const std::vector<float> model = ModelOf(result);
  // Each site rounds by less than a step, and a float has 24 digits.
  const double step = kSites / schema_->Find(kUpdateBlock)->scale * kMaxRows / rows;
  for (size_t i = 0; i < kParameters; ++i) {
    ASSERT_NEAR(model[i], model_[i] + 0.9 * mean[i] * kMaxRows / rows, step + 1e-7) << i;
  }
}

TEST_P(RoundSums, MasksOnAndMasksOffGiveTheBitIdenticalModel) {
  RoundSum plain = NewSum();
  for (uint32_t site = 0; site + 1 < kSites; ++site) ASSERT_TRUE(plain.Fold(*Staged(vectors_[site])).ok());
  RoundResult expected = Completed(std::move(plain));

  // The last site's upload came, and was taken out again when the survivors were chosen.
  RoundSum masked = NewSum(std::move(expected.memory));
  std::vector<secure::SignedMaskSeed> seeds;
  for (uint32_t site = 0; site < kSites; ++site) {
    ASSERT_TRUE(masked.Fold(*Staged(Masked(site))).ok());
    if (site + 1 == kSites) continue;
    seeds.push_back({SeedOf(site, site), MaskSign::kMinus});
    seeds.push_back({SeedOf(site, kSites - 1), MaskSign::kMinus});
  }
  ASSERT_TRUE(masked.Unfold(*Staged(Masked(kSites - 1))).ok());
  ASSERT_TRUE(masked.RemoveMasks(seeds, 2).ok());
  const RoundResult result = Completed(std::move(masked));
  EXPECT_EQ(result.model_digest, expected.model_digest);
  EXPECT_EQ(result.metrics.train_rows(), expected.metrics.train_rows());
}

// The rule's state goes from round to round through the store.
TEST_P(RoundSums, AnAdaptiveRuleGoesOnWithTheStateOfTheRoundBefore) {
  v1::FedAdam& rule = *spec_.mutable_aggregation()->mutable_fedadam();
  rule.set_server_learning_rate(0.1);
  rule.set_beta1(0.9);
  rule.set_beta2(0.99);
  rule.set_tau(1e-3);
  RoundSum::OldModel old;
  const std::string bytes(reinterpret_cast<const char*>(model_.data()), model_.size() * sizeof(float));
  old = {Sha256Hex(bytes), std::make_shared<ObjectReader>(bytes), nullptr, "job-1", 0};
  std::vector<float> expected = model_, state(2 * kParameters);
  const auto optimizer = MakeServerOptimizer(spec_).value();
  optimizer->InitialState(absl::MakeSpan(state));
  std::string first_state;
  for (uint32_t round = 0; round < 2; ++round) {
    RoundSum sum = NewSum();
    std::vector<double> mean(kParameters);
    double rows = 0;
    for (uint32_t site = round; site < kSites; ++site) {
      ASSERT_TRUE(sum.Fold(*Staged(vectors_[site])).ok());
      const std::vector<float> update = UpdateOf(site);
      for (size_t i = 0; i < kParameters; ++i) mean[i] += update[i];
      rows += RowsOf(site);
    }
    for (double& value : mean) value *= kMaxRows / rows;
    optimizer->StepTile(expected, mean, absl::MakeSpan(state), absl::MakeSpan(expected));
    old.step = round;
    auto result = std::move(sum).Complete(spec_, old, store_->objects());
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->server_state.bytes, "") << "2.4 MB are a file";
    const auto kept = store_->objects().Find(result->server_state.name);
    ASSERT_TRUE(kept.ok()) << kept.status();
    EXPECT_EQ((*kept)->size(), 128 + 8 * kParameters);
    old.bytes = store_->objects().Find(result->model_digest).value();
    old.server_state = *kept;
    if (round == 0) first_state = result->server_state.name;
    EXPECT_TRUE(round == 0 || result->server_state.name != first_state);
  }
  std::vector<float> model(kParameters);
  ASSERT_TRUE(old.bytes->Read(0, {reinterpret_cast<char*>(model.data()), model.size() * sizeof(float)}).ok());
  // A rounding step of the ring may turn a small update; a parameter moves by about the rate in each round.
  size_t far = 0;
  for (size_t i = 0; i < kParameters; ++i) far += std::abs(model[i] - expected[i]) > 1e-3 ? 1 : 0;
  EXPECT_LT(far, GetParam() == 24 ? kParameters / 10 : kParameters / 1000);
}

TEST_P(RoundSums, AStateOfAnotherSizeIsNoState) {
  spec_.mutable_aggregation()->mutable_fedavgm()->set_momentum(0.9);
  RoundSum sum = NewSum();
  ASSERT_TRUE(sum.Fold(*Staged(vectors_[0])).ok());
  const std::string bytes(kParameters * sizeof(float), '\0');
  const RoundSum::OldModel old = {Sha256Hex(bytes), std::make_shared<ObjectReader>(bytes),
                                  std::make_shared<ObjectReader>(std::string(1000, 'x')), "job-1", 1};
  const auto result = std::move(sum).Complete(spec_, old, store_->objects());
  EXPECT_EQ(result.status().code(), absl::StatusCode::kDataLoss);
}

TEST_P(RoundSums, ASumUnderMasksIsNoModel) {
  RoundSum masked = NewSum();
  for (uint32_t site = 0; site < kSites; ++site) ASSERT_TRUE(masked.Fold(*Staged(Masked(site))).ok());
  const std::string bytes(kParameters * sizeof(float), '\0');
  const RoundSum::OldModel old = {Sha256Hex(bytes), std::make_shared<ObjectReader>(bytes)};
  const auto result = std::move(masked).Complete(spec_, old, store_->objects());
  EXPECT_TRUE(!result.ok() || result->metrics.train_rows() != 110) << "the rows are readable";
}

}  // namespace
}  // namespace accord
