// Rounds of a job as the product computes them, without processes: each site's step by the trainer's programs, the sum
// in the ring, the coordinator's step. For tests that hold strategies against their papers.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "aggregation/federated_averaging.h"
#include "aggregation/programs/kept_state.h"
#include "aggregation/programs/step_schema.h"
#include "aggregation/ring/accumulator.h"
#include "client/trainer/programs/evaluate_step.h"
#include "client/trainer/programs/train_step.h"
#include "models/model.h"

namespace accord {

inline constexpr int kStrategyColumns = 3;

// A logistic regression of two classes on three columns, "x0" to "x2", by plain steps on all rows.
inline v1::JobSpec TwoClassJob(uint64_t seed, double learning_rate, uint32_t steps, double update_bound) {
  v1::JobSpec spec;
  spec.set_seed(seed);
  for (int i = 0; i < kStrategyColumns; ++i) {
    v1::Feature& feature = *spec.mutable_data()->add_features();
    feature.set_name("x" + std::to_string(i));
    feature.mutable_numeric()->set_min(-10);
    feature.mutable_numeric()->set_max(10);
  }
  v1::Target& target = *spec.mutable_data()->mutable_target();
  target.set_name("y");
  for (const char* level : {"no", "yes"}) target.mutable_category()->add_levels(level);
  spec.mutable_model()->mutable_logistic_regression();
  spec.mutable_training()->mutable_sgd()->set_learning_rate(learning_rate);
  spec.mutable_training()->set_local_epochs(steps);  // an epoch is one step
  spec.mutable_aggregation()->set_update_bound(update_bound);
  return spec;
}

class StrategyRounds {
 public:
  struct Site {
    Examples train;
    std::vector<float> kept = {};  // empty: nothing yet
  };

  StrategyRounds(v1::JobSpec spec, std::map<std::string, Site> sites)
      : spec_(std::move(spec)), sites_(std::move(sites)) {
    spec_.mutable_aggregation()->set_max_rows_per_site(100);
    spec_.mutable_aggregation()->mutable_secure_sum()->set_ring_bits(64);
    model_ = *Model::Create(spec_, "");
    parameters_ = model_->layout().num_elements();
    EXPECT_TRUE(model_->Initialise().ok());
    handed_out_.resize(parameters_);
    EXPECT_TRUE(model_->StoreParameters(absl::MakeSpan(handed_out_)).ok());
    first_ = handed_out_;
  }

  // One round over these sites. What they keep becomes theirs with it, as when their sum counts.
  void Run(uint32_t round, const std::vector<std::string>& members) {
    const auto cohort = static_cast<uint32_t>(members.size());
    const VectorSchema schema = *StepSchema(spec_, v1::STEP_TRAIN, parameters_, cohort);
    Accumulator sum = *Accumulator::Create(schema.num_elements(), schema.ring());
    for (const std::string& name : members) {
      Site& site = sites_.at(name);
      std::vector<uint8_t> bytes(schema.num_bytes());
      const std::vector<float> after = Step(name, round, cohort, absl::MakeSpan(bytes));
      ASSERT_TRUE(sum.Add(0, ConstRingBytes(schema.ring(), bytes)).ok());
      if (KeptBy(spec_) != Kept::kNothing) site.kept = after;
    }
    const RingVector total = *std::move(sum).Report();
    StepServer(schema, total.sums());
  }

  // What the site would keep after a step.
  std::vector<float> Step(const std::string& name, uint32_t round, uint32_t cohort, absl::Span<uint8_t> bytes) {
    const Site& site = sites_.at(name);
    v1::ComputeStep step;
    step.set_kind(v1::STEP_TRAIN);
    step.set_step(round - 1);
    step.set_cohort_size(cohort);
    step.set_num_parameters(parameters_);
    StepVector vector = *StepVector::Create(spec_, name, step, bytes);
    std::vector<float> after(KeptBy(spec_) == Kept::kNothing ? 0 : parameters_);
    const LocalTraining local = {.site = name, .round = round};
    const KeptNumbers kept = {site.kept, absl::MakeSpan(after), first_};
    const auto held_out = FillTraining({spec_, local, site.train, site.train, handed_out_, kept}, *model_, vector);
    EXPECT_TRUE(held_out.ok()) << held_out.status();
    if (held_out.ok()) losses_[name] = held_out->received.loss + held_out->received.squared_error;
    EXPECT_EQ(vector.outcome().num_clipped, 0u) << "the bounds of this test are too small";
    return after;
  }

  absl::Span<const float> parameters() const { return absl::MakeConstSpan(handed_out_).first(parameters_); }
  absl::Span<const float> control() const { return absl::MakeConstSpan(handed_out_).subspan(parameters_); }
  const std::vector<float>& kept(const std::string& site) const { return sites_.at(site).kept; }
  // Of the model that the site's last round began with, on its rows: log loss and squared error, summed.
  double loss(const std::string& site) const { return losses_.at(site); }
  std::map<std::string, Site>& sites() { return sites_; }
  const v1::JobSpec& spec() const { return spec_; }
  Model& model() { return *model_; }

 private:
  void StepServer(const VectorSchema& schema, RingSums sums) {
    auto step = FederatedAveraging::Create(spec_, schema, sums);
    ASSERT_TRUE(step.ok()) << step.status();
    const uint64_t update = schema.Find(kUpdateBlock)->offset;
    const auto model = absl::MakeSpan(handed_out_).first(parameters_);
    ASSERT_TRUE(step->StepTile(model, sums.subspan(update, parameters_), {}, model).ok());
    const VectorSchema::PlacedBlock* control = schema.Find(kControlBlock);
    if (control == nullptr) return;
    handed_out_.resize(2 * parameters_);
    const auto numbers = absl::MakeSpan(handed_out_).subspan(parameters_);
    ASSERT_TRUE(step->StepControl(numbers, sums.subspan(control->offset, parameters_), numbers).ok());
  }

  v1::JobSpec spec_;
  std::map<std::string, Site> sites_;
  std::unique_ptr<Model> model_;
  uint64_t parameters_ = 0;
  std::vector<float> first_;  // weights, with which a model that a site trains alone begins
  std::vector<float> handed_out_;
  std::map<std::string, double> losses_;
};

}  // namespace accord
