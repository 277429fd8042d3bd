#include "models/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "models/training.h"
#include "tests/models/jobs.h"
#include "tests/models/python.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

// A trained model, raw rows, and the losses that it has on them after standardisation.
struct Trained {
  v1::JobSpec spec;
  v1::ColumnStatistics statistics;
  Examples raw;
  std::unique_ptr<Model> model;
  EvaluationSums sums;
};

Trained TrainOn(v1::JobSpec spec, const Examples& raw, bool standardise) {
  Trained trained;
  Examples rows = raw;
  if (standardise) trained.statistics = OwnStatistics(raw);
  StandardiseInPlace(trained.statistics, rows);
  spec.mutable_training()->set_local_epochs(3);
  spec.mutable_training()->set_batch_size(8);
  trained.model = MakeModel(spec);
  EXPECT_TRUE(TrainLocally(spec, {"a", 1, {}}, rows, *trained.model).ok());
  const auto sums = Evaluate(spec, rows, rows.rows(), *trained.model);
  EXPECT_TRUE(sums.ok());
  trained.sums = *sums;
  trained.spec = spec;
  trained.raw = raw;
  return trained;
}

Examples RowsWithHolesAndAConstantColumn() {
  Examples rows = SeparableRows(40, 5, 2);
  for (size_t row = 0; row < 40; ++row) {
    rows.numbers[row * 5] = rows.numbers[row * 5] * 1000 + 77;
    rows.numbers[row * 5 + 4] = 3;
    if (row % 7 == 0) rows.numbers[row * 5 + row % 5] = kMissing;
  }
  return rows;
}

class Export : public PythonTest {
 protected:
  // What Python gets to see: raw inputs (null = missing) and targets.
  void WriteRows(const Trained& trained) {
    nlohmann::json rows;
    rows["shape"] = trained.raw.input_shape;
    rows["targets"] = trained.raw.targets;
    rows["inputs"] = nlohmann::json::array();
    for (const float value : trained.raw.numbers) rows["inputs"].push_back(value);
    rows["bytes"] = trained.raw.bytes;
    std::ofstream(Path("rows.json")) << rows.dump();
  }

  // Loads model.pt in Python and expects the sum of losses that Evaluate gave.
  void ExpectSameLossesInPython(const Trained& trained) {
    WriteRows(trained);
    const PythonResult result = Python(R"(
import json, torch
rows = json.load(open("rows.json"))
values = [float("nan") if v is None else v for v in rows["inputs"]] or rows["bytes"]
x = torch.tensor(values, dtype=torch.float32).reshape([-1] + rows["shape"])
if rows["bytes"]: x = x / 255
y = torch.tensor(rows["targets"])
model = torch.jit.load("model.pt")
assert not model.training
z = model(x).double().detach()
if z.shape[1] == 1: loss = torch.nn.functional.binary_cross_entropy_with_logits(z[:, 0], y.double(), reduction="sum")
else: loss = torch.nn.functional.cross_entropy(z, y.long(), reduction="sum")
print(json.dumps({"loss": loss.item(), "job": model.accord_job, "columns": model.accord_columns,
                  "levels": model.accord_levels}))
)");
    ASSERT_EQ(result.exit_code, 0) << result.output;
    const nlohmann::json answer = nlohmann::json::parse(result.output);
    EXPECT_NEAR(answer["loss"].get<double>(), trained.sums.loss, 1e-9 * trained.sums.loss);
    EXPECT_EQ(answer["job"], trained.spec.name());
    EXPECT_EQ(answer["columns"].size(), static_cast<size_t>(trained.spec.data().features_size()));
    EXPECT_EQ(answer["levels"][1], "level1");
  }
};

TEST_F(Export, TorchScriptOfAStandardisedTableTakesRawRowsWithHoles) {
  v1::JobSpec spec = TableJob(5, 2);
  spec.mutable_model()->mutable_mlp()->add_hidden(8);
  spec.mutable_model()->mutable_mlp()->set_dropout(0.3);
  const Trained trained = TrainOn(spec, RowsWithHolesAndAConstantColumn(), /*standardise=*/true);
  ASSERT_TRUE(ExportTorchScript(trained.spec, trained.statistics, *trained.model, Path("model.pt")).ok());
  ExpectSameLossesInPython(trained);
}

TEST_F(Export, TorchScriptOfATableWithoutStatisticsFillsHolesWithZero) {
  v1::JobSpec spec = TableJob(5, 2);
  spec.mutable_model()->mutable_logistic_regression();
  spec.mutable_training()->mutable_sgd()->set_learning_rate(1e-6);
  const Trained trained = TrainOn(spec, RowsWithHolesAndAConstantColumn(), /*standardise=*/false);
  ASSERT_TRUE(ExportTorchScript(trained.spec, {}, *trained.model, Path("model.pt")).ok());
  ExpectSameLossesInPython(trained);
}

TEST_F(Export, TorchScriptOfAnImageModelTakesPixelsFromZeroToOne) {
  const Trained trained = TrainOn(ImageJob(12, 4), SeparableImages(24, 12, 4), /*standardise=*/false);
  ASSERT_TRUE(ExportTorchScript(trained.spec, {}, *trained.model, Path("model.pt")).ok());
  ExpectSameLossesInPython(trained);
}

TEST_F(Export, StateDictLoadsPlainlyAndWithWeightsOnly) {
  const Trained trained = TrainOn(ImageJob(8, 4), SeparableImages(24, 8, 4), /*standardise=*/false);
  ASSERT_TRUE(ExportStateDict({}, *trained.model, Path("state.pt")).ok());
  const PythonResult result = Python(R"(
import json, torch
plain, safe = torch.load("state.pt"), torch.load("state.pt", weights_only=True)
assert list(plain) == list(safe) and all(torch.equal(plain[k], safe[k]) for k in plain)
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = torch.nn.Conv2d(1, 16, 5, padding=2), torch.nn.Conv2d(16, 32, 5, padding=2)
        self.fc1, self.fc2 = torch.nn.Linear(32 * 2 * 2, 128), torch.nn.Linear(128, 4)
net = Net()
net.load_state_dict(safe)
print(json.dumps([v for p in net.parameters() for v in p.detach().flatten().tolist()]))
)");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_EQ(nlohmann::json::parse(result.output).get<std::vector<float>>(), Parameters(*trained.model));
}

TEST_F(Export, StateDictOfAStandardisedTableHoldsTheStatistics) {
  v1::JobSpec spec = TableJob(5, 2);
  spec.mutable_model()->mutable_logistic_regression();
  const Trained trained = TrainOn(spec, RowsWithHolesAndAConstantColumn(), /*standardise=*/true);
  ASSERT_TRUE(ExportStateDict(trained.statistics, *trained.model, Path("state.pt")).ok());
  const PythonResult result = Python(R"(
import json, torch
state = torch.load("state.pt", weights_only=True)
print(json.dumps({k: [str(v.dtype), list(v.shape), v.flatten().tolist()] for k, v in state.items()}))
)");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  const nlohmann::json state = nlohmann::json::parse(result.output);
  EXPECT_EQ(state["linear.weight"][1], (std::vector<int>{1, 5}));
  EXPECT_EQ(state["input_mean"][0], "torch.float64");
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(state["input_mean"][2][static_cast<size_t>(i)].get<double>(), trained.statistics.mean(i));
    EXPECT_EQ(state["input_spread"][2][static_cast<size_t>(i)].get<double>(), trained.statistics.spread(i));
  }
}

TEST_F(Export, StateDictOfADrillIsItsVector) {
  v1::JobSpec spec;
  spec.mutable_model()->mutable_drill()->set_num_parameters(70000);
  const auto model = MakeModel(spec);
  ASSERT_TRUE(ExportStateDict({}, *model, Path("state.pt")).ok());
  const PythonResult result = Python("import torch\nprint(torch.load('state.pt', weights_only=True)['vector'].shape)");
  EXPECT_THAT(result.output, HasSubstr("torch.Size([70000])"));
}

TEST(ExportErrors, SayWhatDoesNotFit) {
  v1::JobSpec drill;
  drill.mutable_model()->mutable_drill()->set_num_parameters(3);
  EXPECT_THAT(std::string(ExportTorchScript(drill, {}, *MakeModel(drill), "/nowhere/model.pt").message()),
              HasSubstr("no forward"));
  v1::JobSpec spec = TableJob(5, 2);
  spec.mutable_model()->mutable_logistic_regression();
  v1::ColumnStatistics statistics;
  statistics.add_mean(1);
  statistics.add_spread(1);
  EXPECT_THAT(std::string(ExportTorchScript(spec, statistics, *MakeModel(spec), "/nowhere/model.pt").message()),
              HasSubstr("1 means"));
  EXPECT_THAT(std::string(ExportTorchScript(spec, {}, *MakeModel(spec), "/nowhere/model.pt").message()),
              HasSubstr("/nowhere"));
}

TEST(ExportedModel, StillTrainsAfterItWasExported) {
  v1::JobSpec spec = TableJob(4, 2);
  spec.mutable_model()->mutable_logistic_regression();
  spec.mutable_training()->set_local_steps(5);
  const Examples rows = SeparableRows(20, 4, 2);
  const auto exported = MakeModel(spec), other = MakeModel(spec);
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(TrainLocally(spec, {"a", 1, {}}, rows, *exported).ok());
    ASSERT_TRUE(TrainLocally(spec, {"a", 1, {}}, rows, *other).ok());
    ASSERT_TRUE(ExportTorchScript(spec, {}, *exported, ::testing::TempDir() + "/still-trains.pt").ok());
  }
  EXPECT_EQ(Parameters(*exported), Parameters(*other));
}

}  // namespace
}  // namespace accord
