// A regression by newton over made-up sites, with everything between them but the network: rows, vectors of the ring of
// 64 bits, their sum, the step, a model of float32.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "aggregation/newton/newton_step.h"
#include "aggregation/newton/newton_sums.h"
#include "aggregation/newton/regression.h"
#include "aggregation/programs/step_schema.h"
#include "aggregation/ring/accumulator.h"
#include "aggregation/ring/codec.h"
#include "base/random_stream.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

class NewtonFederation {
 public:
  NewtonFederation(const v1::JobSpec& spec, std::vector<RegressionRows> sites)
      : spec_(spec), regression_(RegressionOf(spec).value()), sites_(std::move(sites)) {}

  // The decoded sum over all sites at `coefficients`.
  NewtonSums Sum(absl::Span<const double> coefficients, uint32_t iteration) const {
    const VectorSchema schema =
        StepSchema(spec_, v1::STEP_NEWTON, regression_.size(), static_cast<uint32_t>(sites_.size())).value();
    Accumulator accumulator = Accumulator::Create(schema.num_elements(), schema.ring()).value();
    for (size_t site = 0; site < sites_.size(); ++site) {
      std::vector<uint8_t> bytes(schema.num_bytes());
      const RingBytes vector(schema.ring(), absl::MakeSpan(bytes));
      RandomStream rounding({site, "", iteration, "rounding"});
      const auto sums = SumRows(regression_, sites_[site], coefficients, iteration == 1, nullptr);
      EXPECT_TRUE(sums.ok()) << sums.status();
      for (const BlockValues& values : ValuesOf(regression_, *sums)) {
        const VectorSchema::PlacedBlock& block = *schema.Find(values.block);
        EXPECT_EQ(values.values.size(), block.block.num_elements) << values.block;
        const auto outcome = Encode(block, absl::MakeConstSpan(values.values), rounding,
                                    vector.subspan(block.offset, values.values.size()));
        EXPECT_EQ(outcome->num_clipped, 0u) << values.block;
      }
      EXPECT_TRUE(WithinBounds(schema, vector));
      EXPECT_TRUE(accumulator.Add(0, vector).ok());
    }
    const RingVector sum = std::move(accumulator).Report().value();
    return ReadNewtonSums(regression_, schema, sum.sums()).value();
  }

  // All iterations until there are estimates.
  absl::StatusOr<v1::Estimates> Fit() {
    std::vector<double> point(regression_.size());
    std::optional<v1::NewtonRound> previous;
    for (uint32_t iteration = 1; iteration <= spec_.rounds().count(); ++iteration) {
      const NewtonSums sums = Sum(point, iteration);
      NewtonQuestion question;
      question.regression = &regression_;
      question.tolerance = 1e-8;
      question.sums = &sums;
      question.point = point;
      question.iteration = iteration;
      question.last = iteration == spec_.rounds().count();
      question.previous = previous.has_value() ? &*previous : nullptr;
      question.same_sites = true;
      auto answer = StepNewton(question);
      if (!answer.ok()) return answer.status();
      if (answer->estimates.has_value()) return *std::move(answer->estimates);
      halvings_ += answer->round.halvings() > 0 ? 1 : 0;
      previous = std::move(answer->round);
      // As the model travels.
      point = CoefficientsOf(regression_, ModelOf(regression_, answer->coefficients)).value();
    }
    return absl::InternalError("the last iteration gave no estimates");
  }

  const Regression& regression() const { return regression_; }
  int halvings() const { return halvings_; }

 private:
  const v1::JobSpec spec_;
  const Regression regression_;
  const std::vector<RegressionRows> sites_;
  int halvings_ = 0;
};

}  // namespace accord
