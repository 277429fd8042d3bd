// Networks for series, texts, images and masks: their sizes, what they answer beside PyTorch's own layers, what they
// learn.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/export.h"
#include "models/initial_weights.h"
#include "tests/models/network_jobs.h"
#include "tests/models/python.h"

namespace accord {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> NamesOf(const Model& model) {
  std::vector<std::string> names;
  for (const auto& entry : model.layout().entries()) names.push_back(entry.name());
  return names;
}

TEST(Networks, HaveTheParametersThatTheirPapersCount) {
  EXPECT_EQ(MakeModel(ResNetJob(64, 32, 1000))->layout().num_elements(), 11689512u) << "torchvision's resnet18";
  EXPECT_EQ(MakeModel(CnnJob())->layout().num_elements(), (2u * 3 + 1) * 4 + (4 * 3 + 1) * 5 + (5 + 1) * 3);
  EXPECT_EQ(MakeModel(RnnJob(v1::SeriesRnn::GRU, 1))->layout().num_elements(), 3u * 6 * (2 + 6 + 2) + 7 * 3);
  EXPECT_EQ(MakeModel(RnnJob(v1::SeriesRnn::LSTM, 2))->layout().num_elements(),
            4u * 6 * (2 + 6 + 2) + 4 * 6 * (6 + 6 + 2) + 7 * 3);
  // As tests/proto/network_job_test.cc counts them, layer by layer.
  EXPECT_EQ(MakeModel(MaskJob(8, 3))->layout().num_elements(), 1351u);
  EXPECT_EQ(MakeModel(TextJob())->layout().num_elements(), 28u * 8 + 2 * (4 * 8 * 9 + 9 * 16 + 17 * 8 + 32) + 16 + 27);
}

TEST(Networks, ParametersHaveTheNamesOfPyTorchsLayers) {
  EXPECT_THAT(
      NamesOf(*MakeModel(RnnJob(v1::SeriesRnn::GRU, 1))),
      ElementsAre("rnn.weight_ih_l0", "rnn.weight_hh_l0", "rnn.bias_ih_l0", "rnn.bias_hh_l0", "fc.weight", "fc.bias"));
  const std::vector<std::string> names = NamesOf(*MakeModel(ResNetJob(8, 2, 3)));
  EXPECT_THAT(names, testing::Contains("layer2.0.downsample.1.weight"));
  EXPECT_THAT(NamesOf(*MakeModel(TextJob())), testing::Contains("layers.1.self_attn.in_proj_weight"));
}

TEST(Networks, InitialWeightsOfNormalisationsAreOneAndOfRecurrentLayersFollowTheHiddenUnits) {
  v1::ParameterLayout layout;
  const auto add = [&](const std::string& name, std::vector<int64_t> shape, uint64_t offset) {
    v1::ParameterLayout::Entry& entry = *layout.add_entries();
    entry.set_name(name);
    for (const int64_t size : shape) entry.add_shape(size);
    entry.set_offset(offset);
  };
  add("norm.weight", {2}, 0);
  add("norm.bias", {2}, 2);
  add("rnn.weight_ih_l0", {300, 1}, 4);
  add("rnn.weight_hh_l0", {300, 100}, 304);
  add("rnn.bias_ih_l0", {300}, 30304);
  std::vector<float> values(30604, 7);
  DrawInitialWeights(layout, 1, absl::MakeSpan(values));
  EXPECT_THAT(absl::MakeSpan(values).subspan(0, 2), Each(1.0f));
  EXPECT_THAT(absl::MakeSpan(values).subspan(2, 2), Each(0.0f));
  for (size_t i = 4; i < values.size(); ++i) EXPECT_LE(std::abs(values[i]), 0.1f);
}

TEST(Networks, SayWhatDoesNotFit) {
  const auto error = [](const v1::JobSpec& spec) { return std::string(Model::Create(spec, "").status().message()); };
  v1::JobSpec table = TableJob(3, 2);
  for (const v1::JobSpec& network : {CnnJob(), RnnJob(v1::SeriesRnn::GRU, 1), TextJob(), ResNetJob(8, 2, 2)}) {
    *table.mutable_model() = network.model();
    EXPECT_THAT(error(table), HasSubstr("needs data."));
  }
  v1::JobSpec unet = MaskJob(8, 2);
  unet.mutable_data()->mutable_image()->set_width(9);
  EXPECT_THAT(error(unet), HasSubstr("multiples of 2"));
  v1::JobSpec resnet = ResNetJob(9, 2, 2);
  EXPECT_THAT(error(resnet), HasSubstr("cannot be shared by 2 groups"));
  resnet.mutable_model()->mutable_resnet18()->set_width(1u << 31);
  EXPECT_THAT(error(resnet), HasSubstr("at most 1000000000 parameters"));
}

// ---- beside PyTorch's own layers ----

class NetworksInPython : public PythonTest {
 protected:
  // `net`: Python that makes `net`, a torch.nn.Module that takes the model's state_dict, and `x`, its input.
  void ExpectSameAnswers(const v1::JobSpec& spec, const std::string& net) {
    const auto model = MakeModel(spec);
    std::vector<float> values = Parameters(*model);
    // Away from ones and zeros, which would hide a normalisation's own parameters.
    for (size_t i = 0; i < values.size(); ++i)
      values[i] += 0.05f * static_cast<float>(std::sin(static_cast<double>(i)));
    ASSERT_TRUE(model->LoadParameters(values).ok());
    ASSERT_TRUE(ExportTorchScript(spec, {}, *model, Path("model.pt")).ok());
    ASSERT_TRUE(ExportStateDict({}, *model, Path("state.pt")).ok());
    const PythonResult result = Python("import torch\nfrom torch import nn\ntorch.manual_seed(0)\n" + net + R"(
net.load_state_dict(torch.load("state.pt", weights_only=True))
net.eval()
with torch.no_grad(): mine, theirs = torch.jit.load("model.pt")(x), net(x)
assert mine.shape == theirs.shape, (mine.shape, theirs.shape)
assert torch.allclose(mine, theirs, atol=1e-5, rtol=1e-5), (mine - theirs).abs().max()
assert theirs.std() > 1e-3
)");
    EXPECT_EQ(result.exit_code, 0) << result.output;
  }
};

TEST_F(NetworksInPython, SeriesCnn) {
  ExpectSameAnswers(CnnJob(), R"(
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv1d(2, 4, 3, padding=1), nn.Conv1d(4, 5, 3, padding=1)
        self.fc = nn.Linear(5, 3)
    def forward(self, x):
        for conv in (self.conv1, self.conv2): x = nn.functional.max_pool1d(conv(x).relu(), 2)
        return self.fc(x.mean(2))
net, x = Net(), torch.randn(4, 2, 21)
)");
}

TEST_F(NetworksInPython, SeriesRnn) {
  for (const auto& [cell, name] : {std::pair(v1::SeriesRnn::GRU, "GRU"), std::pair(v1::SeriesRnn::LSTM, "LSTM")}) {
    ExpectSameAnswers(RnnJob(cell, 2), std::string("Cell = nn.") + name + R"(
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.fc = Cell(2, 6, 2, batch_first=True), nn.Linear(6, 3)
    def forward(self, x): return self.fc(self.rnn(x.transpose(1, 2))[0][:, -1])
net, x = Net(), torch.randn(4, 2, 9)
)");
  }
}

TEST_F(NetworksInPython, TextTransformer) {
  ExpectSameAnswers(TextJob(), R"(
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.position = nn.Embedding(21, 8), nn.Embedding(7, 8)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True, norm_first=True) for _ in range(2))
        self.norm, self.fc = nn.LayerNorm(8), nn.Linear(8, 3)
    def forward(self, x):
        x = x.long()
        z = self.embedding(x) + self.position(torch.arange(7))
        for layer in self.layers: z = layer(z, src_key_padding_mask=x == 0)
        known = (x != 0).float().unsqueeze(2)
        return self.fc((self.norm(z) * known).sum(1) / known.sum(1))
net, x = Net(), torch.tensor([[1, 2, 3, 0, 0, 0, 0], [4, 5, 6, 7, 8, 9, 20], [11, 0, 0, 0, 0, 0, 0]]).float()
)");
}

TEST_F(NetworksInPython, ResNet18) {
  ExpectSameAnswers(ResNetJob(8, 2, 3), R"(
class Block(nn.Module):
    def __init__(self, i, o, s):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(i, o, 3, s, 1, bias=False), nn.GroupNorm(2, o)
        self.conv2, self.bn2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.GroupNorm(2, o)
        self.downsample = nn.Sequential(nn.Conv2d(i, o, 1, s, bias=False), nn.GroupNorm(2, o)) if i != o else None
    def forward(self, x):
        z = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (z + (x if self.downsample is None else self.downsample(x))).relu()
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 8, 7, 2, 3, bias=False), nn.GroupNorm(2, 8)
        self.layer1 = nn.Sequential(Block(8, 8, 1), Block(8, 8, 1))
        self.layer2 = nn.Sequential(Block(8, 16, 2), Block(16, 16, 1))
        self.layer3 = nn.Sequential(Block(16, 32, 2), Block(32, 32, 1))
        self.layer4 = nn.Sequential(Block(32, 64, 2), Block(64, 64, 1))
        self.fc = nn.Linear(64, 3)
    def forward(self, x):
        x = nn.functional.max_pool2d(self.bn1(self.conv1(x)).relu(), 3, 2, 1)
        return self.fc(self.layer4(self.layer3(self.layer2(self.layer1(x)))).mean((2, 3)))
net, x = Net(), torch.rand(2, 3, 40, 40)
)");
}

TEST_F(NetworksInPython, Unet) {
  ExpectSameAnswers(MaskJob(8, 3), R"(
class Double(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(i, o, 3, padding=1), nn.GroupNorm(2, o)
        self.conv2, self.norm2 = nn.Conv2d(o, o, 3, padding=1), nn.GroupNorm(2, o)
    def forward(self, x): return self.norm2(self.conv2(self.norm1(self.conv1(x)).relu())).relu()
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1, self.down2 = Double(1, 4), Double(4, 6)
        self.enlarge1, self.up1, self.out = nn.ConvTranspose2d(6, 4, 2, 2), Double(8, 4), nn.Conv2d(4, 3, 1)
    def forward(self, x):
        seen = self.down1(x)
        x = self.down2(nn.functional.max_pool2d(seen, 2))
        return self.out(self.up1(torch.cat([seen, self.enlarge1(x)], 1)))
net, x = Net(), torch.rand(2, 1, 8, 8)
)");
}

// ---- what they learn ----

// Trains until a step too many and gives the share of rows (pixels) that are right.
double ShareLearnt(v1::JobSpec spec, const Examples& rows, uint32_t steps, double rate) {
  UseAdam(rate, spec);
  spec.mutable_training()->set_local_steps(steps);
  spec.mutable_training()->set_batch_size(16);
  const auto model = MakeModel(spec);
  EXPECT_TRUE(TrainLocally(spec, {"a", 1, {}}, rows, *model).ok());
  const auto sums = Evaluate(spec, rows, rows.rows(), *model);
  EXPECT_TRUE(sums.ok()) << sums.status();
  if (!sums.ok()) return 0;
  return (rows.masks.empty() ? static_cast<double>(sums->correct) : sums->pixels) / static_cast<double>(rows.rows());
}

TEST(NetworksLearn, SeriesByTheirSpeed) {
  const Examples waves = Waves(60, 2, 24, 2);
  v1::JobSpec cnn = SeriesJob(2, 24, 2);
  cnn.mutable_model()->mutable_series_cnn()->add_channels(8);
  cnn.mutable_model()->mutable_series_cnn()->set_kernel(5);
  EXPECT_GT(ShareLearnt(cnn, waves, 150, 0.02), 0.95);
  v1::JobSpec rnn = SeriesJob(2, 24, 2);
  rnn.mutable_model()->mutable_series_rnn()->set_cell(v1::SeriesRnn::GRU);
  rnn.mutable_model()->mutable_series_rnn()->set_hidden(8);
  rnn.mutable_model()->mutable_series_rnn()->set_layers(1);
  EXPECT_GT(ShareLearnt(rnn, waves, 150, 0.02), 0.95);
}

TEST(NetworksLearn, TextsByOneWordWhereverItStands) {
  EXPECT_GT(ShareLearnt(TextJob(), TextsWithOneWord(90), 150, 0.02), 0.95);
}

TEST(NetworksLearn, MasksOfWhatIsBright) {
  EXPECT_GT(ShareLearnt(MaskJob(8, 2), PicturesBrightBehindAnEdge(32), 40, 0.02), 0.95);
}

// ---- sums over masks ----

TEST(Masks, AreSummedAsCountedByHand) {
  v1::JobSpec spec = MaskJob(2, 2);
  spec.mutable_model()->set_initial_weights(v1::ModelSpec::ZEROS);
  const auto model = MakeModel(spec);  // says level 0 of every pixel, with a loss of log 2
  Examples rows;
  rows.input_shape = {1, 2, 2};
  rows.bytes.assign(8, 100);
  rows.targets = {0, 0};
  rows.masks = {0, 0, 0, 1, 1, 1, 1, 0};
  const auto sums = Evaluate(spec, rows, 10, *model);
  ASSERT_TRUE(sums.ok()) << sums.status();
  EXPECT_EQ(sums->rows, 2u);
  EXPECT_NEAR(sums->loss, 2 * std::log(2), 1e-9);
  EXPECT_NEAR(sums->pixels, 0.75 + 0.25, 1e-12);
  EXPECT_THAT(sums->overlap, ElementsAre(1.0, 0.0));
  EXPECT_THAT(sums->extent, ElementsAre((0.75 + 1 + 0.25 + 1) / 2, (0.25 + 0.75) / 2));
}

TEST(Masks, OfAnotherSizeOrWithAnotherLevelAreRefused) {
  const v1::JobSpec spec = MaskJob(2, 2);
  const auto model = MakeModel(spec);
  Examples rows;
  rows.input_shape = {1, 2, 2};
  rows.bytes.assign(8, 100);
  rows.targets = {0, 0};
  rows.masks = {0, 0, 0, 1, 1, 2, 1, 0};
  EXPECT_THAT(std::string(Evaluate(spec, rows, 10, *model).status().message()), HasSubstr("the mask of row 2"));
  rows.masks.pop_back();
  EXPECT_THAT(std::string(Evaluate(spec, rows, 10, *model).status().message()), HasSubstr("7 pixels of masks"));
}

}  // namespace
}  // namespace accord
