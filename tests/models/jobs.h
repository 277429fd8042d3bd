// Small jobs and rows that the tests of this folder share.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "base/random_stream.h"
#include "models/examples.h"
#include "models/model.h"
#include "models/training.h"

namespace accord {

// A table of `columns` numbers with `levels` classes; 0 levels: a numeric target in [-100, 100].
inline v1::JobSpec TableJob(int columns, int levels) {
  v1::JobSpec spec;
  spec.set_name("test");
  spec.set_seed(7);
  for (int i = 0; i < columns; ++i) {
    v1::Feature& feature = *spec.mutable_data()->add_features();
    feature.set_name("x" + std::to_string(i));
    feature.mutable_numeric()->set_min(-10);
    feature.mutable_numeric()->set_max(10);
  }
  spec.mutable_data()->mutable_target()->set_name("y");
  if (levels == 0) {
    spec.mutable_data()->mutable_target()->mutable_numeric()->set_min(-100);
    spec.mutable_data()->mutable_target()->mutable_numeric()->set_max(100);
  }
  for (int i = 0; i < levels; ++i) {
    spec.mutable_data()->mutable_target()->mutable_category()->add_levels("level" + std::to_string(i));
  }
  spec.mutable_training()->mutable_sgd()->set_learning_rate(0.1);
  spec.mutable_training()->set_local_steps(1);
  return spec;
}

// Adam with the constants of its paper.
inline void UseAdam(double learning_rate, v1::JobSpec& spec) {
  v1::Adam& adam = *spec.mutable_training()->mutable_adam();
  adam.set_learning_rate(learning_rate);
  adam.set_beta1(0.9);
  adam.set_beta2(0.999);
  adam.set_epsilon(1e-8);
}

inline v1::JobSpec ImageJob(int side, int levels) {
  v1::JobSpec spec = TableJob(0, levels);
  spec.mutable_data()->mutable_image()->set_channels(1);
  spec.mutable_data()->mutable_image()->set_height(static_cast<uint32_t>(side));
  spec.mutable_data()->mutable_image()->set_width(static_cast<uint32_t>(side));
  v1::SmallCnn& cnn = *spec.mutable_model()->mutable_small_cnn();
  cnn.add_channels(16);
  cnn.add_channels(32);
  cnn.set_hidden(128);
  return spec;
}

// Rows around one centre for each class, far enough apart to be told apart by a line.
inline Examples SeparableRows(size_t rows, int columns, int levels, uint64_t seed = 1) {
  RandomStream random({seed, "", 0, "test"});
  Examples examples;
  examples.input_shape = {columns};
  for (size_t row = 0; row < rows; ++row) {
    const int level = static_cast<int>(row) % levels;
    examples.targets.push_back(static_cast<float>(level));
    for (int column = 0; column < columns; ++column) {
      const float centre = column % levels == level ? 2.0f : -2.0f;
      examples.numbers.push_back(centre + random.NextFloat() - 0.5f);
    }
  }
  return examples;
}

// Images whose bright quarter tells the class.
inline Examples SeparableImages(size_t rows, int side, int levels) {
  RandomStream random({2, "", 0, "test"});
  Examples examples;
  examples.input_shape = {1, side, side};
  for (size_t row = 0; row < rows; ++row) {
    const int level = static_cast<int>(row) % levels;
    examples.targets.push_back(static_cast<float>(level));
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) {
        const int quarter = 2 * (y >= side / 2) + (x >= side / 2);
        examples.bytes.push_back(static_cast<uint8_t>((quarter == level ? 200 : 0) + random.NextBelow(40)));
      }
    }
  }
  return examples;
}

inline std::unique_ptr<Model> MakeModel(const v1::JobSpec& spec, const std::string& torchscript = "") {
  auto model = Model::Create(spec, torchscript);
  EXPECT_TRUE(model.ok()) << model.status();
  if (!model.ok()) return nullptr;
  const absl::Status initialised = (*model)->Initialise();
  EXPECT_TRUE(initialised.ok()) << initialised;
  return *std::move(model);
}

inline std::vector<float> Parameters(const Model& model) {
  std::vector<float> values(model.layout().num_elements());
  EXPECT_TRUE(model.StoreParameters(absl::MakeSpan(values)).ok());
  return values;
}

}  // namespace accord
