#include "aggregation/programs/local_layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "aggregation/programs/kept_state.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

v1::ParameterLayout LayoutOf(const std::vector<std::pair<std::string, std::vector<int64_t>>>& entries) {
  v1::ParameterLayout layout;
  for (const auto& [name, shape] : entries) {
    v1::ParameterLayout::Entry& entry = *layout.add_entries();
    entry.set_name(name);
    entry.set_offset(layout.num_elements());
    uint64_t size = 1;
    for (const int64_t dimension : shape) {
      entry.add_shape(dimension);
      size *= static_cast<uint64_t>(dimension);
    }
    layout.set_num_elements(layout.num_elements() + size);
  }
  return layout;
}

// As TorchScript flattens a network with batch normalisation: buffers behind all parameters.
v1::ParameterLayout WithBatchNorm() {
  return LayoutOf({{"conv.weight", {4, 1, 3, 3}},
                   {"bn.weight", {4}},
                   {"bn.bias", {4}},
                   {"act.weight", {4}},
                   {"fc.weight", {2, 4}},
                   {"fc.bias", {2}},
                   {"fc2.weight", {2, 2}},
                   {"bn.running_mean", {4}},
                   {"bn.running_var", {4}}});
}

v1::JobSpec FedPerOf(const std::vector<std::string>& layers) {
  v1::JobSpec spec;
  for (const std::string& layer : layers) spec.mutable_aggregation()->mutable_fedper()->add_layers(layer);
  return spec;
}

TEST(LocalLayers, OfFedBnAreNormalisationsWithTheirRunningStatistics) {
  v1::JobSpec spec;
  spec.mutable_aggregation()->mutable_fedbn();
  const v1::ParameterLayout layout = WithBatchNorm();
  const auto entries = LocalEntries(spec, layout);
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_THAT(*entries, ElementsAre(1, 2, 7, 8)) << "not the PReLU, whose weight has one dimension too";
  EXPECT_THAT(RangesOf(layout, *entries), ElementsAre(ElementRange{36, 8}, ElementRange{62, 8}));
}

TEST(LocalLayers, AModelWithoutNormalisationHasNoneOfFedBn) {
  v1::JobSpec spec;
  spec.mutable_aggregation()->mutable_fedbn();
  const auto entries = LocalEntries(spec, LayoutOf({{"fc.weight", {2, 4}}, {"fc.bias", {2}}}));
  EXPECT_THAT(std::string(entries.status().message()), AllOf(HasSubstr("no normalisation layer"), HasSubstr("fc")));
}

TEST(LocalLayers, ANameStandsForAllParametersOfItsLayerAndForNoOther) {
  const v1::ParameterLayout layout = WithBatchNorm();
  EXPECT_THAT(*LocalEntries(FedPerOf({"fc"}), layout), ElementsAre(4, 5)) << "not fc2";
  EXPECT_THAT(*LocalEntries(FedPerOf({"fc.bias", "conv"}), layout), ElementsAre(0, 5));
}

TEST(LocalLayers, AllNamesThatTheModelDoesNotHaveAreTold) {
  const auto entries = LocalEntries(FedPerOf({"fc", "head", "f"}), WithBatchNorm());
  EXPECT_EQ(entries.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(entries.status().message()),
              AllOf(HasSubstr("aggregation.fedper.layers: the model has no head, f"), HasSubstr("conv, bn, act, fc")));
}

TEST(LocalLayers, SomethingIsTrainedTogether) {
  const auto entries = LocalEntries(FedPerOf({"fc"}), LayoutOf({{"fc.weight", {2, 4}}, {"fc.bias", {2}}}));
  EXPECT_THAT(std::string(entries.status().message()), HasSubstr("all parameters of the model would stay"));
}

TEST(LocalLayers, OtherStrategiesHaveNone) {
  v1::JobSpec spec;
  spec.mutable_aggregation()->mutable_ditto();
  EXPECT_THAT(*LocalEntries(spec, WithBatchNorm()), ElementsAre());
}

TEST(LocalLayers, TheComplementIsWhatIsBetween) {
  EXPECT_THAT(Complement(std::vector<ElementRange>{{2, 3}, {7, 1}}, 10),
              ElementsAre(ElementRange{0, 2}, ElementRange{5, 2}, ElementRange{8, 2}));
  EXPECT_THAT(Complement(std::vector<ElementRange>{{0, 10}}, 10), ElementsAre());
}

TEST(KeptState, ScaffoldHandsOutTwoNumbersForEachParameter) {
  v1::JobSpec spec;
  spec.mutable_aggregation()->mutable_scaffold();
  EXPECT_TRUE(IsModelSize(spec, 10, 40));
  EXPECT_TRUE(IsModelSize(spec, 10, 80));
  EXPECT_FALSE(IsModelSize(spec, 10, 60));
  spec.mutable_aggregation()->mutable_ditto();
  EXPECT_TRUE(IsModelSize(spec, 10, 40));
  EXPECT_FALSE(IsModelSize(spec, 10, 80));
}

}  // namespace
}  // namespace accord
