// The same site vectors, arriving in any order, in any chunks and at any speed, give the same model to the last bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/federated_averaging.h"
#include "aggregation/programs/step_schema.h"
#include "aggregation/ring/accumulator.h"
#include "aggregation/ring/codec.h"
#include "coordinator/jobs/job_machine.h"
#include "proto/validation/job_validation.h"
#include "tests/simulation/event_queue.h"

namespace accord::simulation {
namespace {

constexpr size_t kParameters = 3000;
constexpr uint32_t kSites = 5;
constexpr uint32_t kRounds = 3;

v1::JobSpec Job() {
  v1::JobSpec spec;
  spec.mutable_model()->mutable_drill()->set_num_parameters(kParameters);
  spec.mutable_aggregation()->mutable_fedavg()->set_server_learning_rate(0.9);
  spec.mutable_aggregation()->set_update_bound(0.5);  // some updates are clipped
  spec.mutable_aggregation()->set_max_rows_per_site(500);
  spec.mutable_aggregation()->set_plain_sum(true);
  spec.mutable_rounds()->set_count(kRounds);
  spec.mutable_rounds()->set_min_sites(kSites);
  ApplyDefaults(spec);
  return spec;
}

std::string SiteName(uint32_t site) { return absl::StrCat("site-", site); }

// What a site sends: an update that depends on its own rows and on every bit of the model it received.
std::vector<uint32_t> SiteVector(const v1::JobSpec& spec, const VectorSchema& schema, uint32_t site, uint32_t step,
                                 const std::vector<float>& model) {
  const uint32_t rows = 50 + 77 * site;
  RandomStream rows_stream({7, SiteName(site), step, "rows"});
  RandomStream rounding({7, SiteName(site), step, "rounding"});
  std::vector<float> update(kParameters);
  for (size_t i = 0; i < kParameters; ++i) {
    const float local = 2 * rows_stream.NextFloat() - 1 + 0.3f * model[i];
    update[i] = static_cast<float>(rows) / spec.aggregation().max_rows_per_site() * (local - model[i]);
  }
  std::vector<uint32_t> vector(schema.num_elements());
  vector[schema.Find(kRowsBlock)->offset] = rows;
  const VectorSchema::PlacedBlock& block = *schema.Find(kUpdateBlock);
  EXPECT_TRUE(
      Encode(block, absl::MakeConstSpan(update), rounding, absl::MakeSpan(vector).subspan(block.offset, kParameters))
          .ok());
  return vector;
}

// One run of the job in which every site has its own speed and uploads come in pieces of odd sizes.
class ShuffledRun {
 public:
  explicit ShuffledRun(uint64_t seed)
      : random_({seed, "", 0, "speeds"}), machine_("job", spec_, {}, absl::ZeroDuration()), model_(kParameters, 0.25f) {
    for (uint32_t site = 0; site < kSites; ++site) {
      queue_.After(Moment(20), [this, site] { Handle(SiteReady{SiteName(site)}); });
    }
    while (queue_.RunNext()) {
    }
  }
  const std::vector<float>& model() const { return model_; }
  const std::vector<std::string>& arrivals() const { return arrivals_; }
  v1::JobState state() const { return machine_.state(); }

 private:
  absl::Duration Moment(double seconds) { return absl::Seconds(seconds * random_.NextDouble()); }

  void Handle(const JobEvent& event) {
    for (const JobAction& action : machine_.Handle(event, queue_.now())) {
      if (std::holds_alternative<BeginAttempt>(action)) sum_ = Accumulator::Create(schema_.num_elements());
      if (const auto* send = std::get_if<SendPlan>(&action)) Compute(send->site, send->plan);
      if (const auto* fold = std::get_if<FoldUpload>(&action)) Fold(fold->site);
      if (const auto* complete = std::get_if<CompleteRound>(&action)) Step(complete->plan);
    }
  }

  void Compute(const std::string& name, const v1::PlanId& plan) {
    const uint32_t site = static_cast<uint32_t>(name.back() - '0');
    uploads_[site] = SiteVector(spec_, schema_, site, plan.step(), model_);
    queue_.After(Moment(50), [this, name, plan] { Handle(UploadArrived{name, plan}); });
  }

  void Fold(const std::string& name) {
    arrivals_.push_back(name);
    const std::vector<uint32_t>& vector = uploads_[static_cast<size_t>(name.back() - '0')];
    for (size_t first = 0; first < vector.size();) {
      const size_t size = std::min<size_t>(1 + random_.NextBelow(1000), vector.size() - first);
      ASSERT_TRUE(sum_->Add(first, absl::MakeConstSpan(vector).subspan(first, size)).ok());
      first += size;
    }
  }

  void Step(const v1::PlanId& plan) {
    const absl::StatusOr<RingVector> sum = (*std::move(sum_)).Report();
    ASSERT_TRUE(sum.ok()) << sum.status();
    auto step = FederatedAveraging::Create(spec_, schema_, sum->elements());
    ASSERT_TRUE(step.ok()) << step.status();
    const auto update = sum->elements().subspan(schema_.Find(kUpdateBlock)->offset, kParameters);
    for (size_t first = 0; first < kParameters;) {
      const size_t size = std::min<size_t>(1 + random_.NextBelow(2500), kParameters - first);
      const absl::Span<float> tile = absl::MakeSpan(model_).subspan(first, size);
      ASSERT_TRUE(step->StepTile(tile, update.subspan(first, size), {}, tile).ok());
      first += size;
    }
    queue_.After(Moment(3), [this, plan] { Handle(RoundCommitted{plan}); });
  }

  const v1::JobSpec spec_ = Job();
  const VectorSchema schema_ = StepSchema(spec_, v1::STEP_TRAIN, kParameters, kSites).value();
  RandomStream random_;
  EventQueue queue_;
  JobMachine machine_;
  std::vector<float> model_;
  std::vector<uint32_t> uploads_[kSites];
  absl::StatusOr<Accumulator> sum_ = absl::UnknownError("no round yet");
  std::vector<std::string> arrivals_;
};

TEST(ArrivalOrder, HundredShuffledRunsGiveTheSameModelToTheLastBit) {
  const ShuffledRun first(1);
  ASSERT_EQ(first.state(), v1::JOB_FINISHED);
  ASSERT_EQ(first.arrivals().size(), kSites * kRounds);
  EXPECT_NE(first.model(), std::vector<float>(kParameters, 0.25f));
  int other_orders = 0;
  for (uint64_t seed = 2; seed <= 100; ++seed) {
    const ShuffledRun run(seed);
    ASSERT_EQ(run.state(), v1::JOB_FINISHED) << "seed " << seed;
    ASSERT_EQ(run.model(), first.model()) << "seed " << seed;
    other_orders += run.arrivals() != first.arrivals() ? 1 : 0;
  }
  EXPECT_GT(other_orders, 90) << "the order of arrival was not shuffled";
}

}  // namespace
}  // namespace accord::simulation
