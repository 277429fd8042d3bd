// Models that a job brings as a file, written by Python as an engineer would.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/random_stream.h"
#include "models/export.h"
#include "models/training.h"
#include "tests/models/jobs.h"
#include "tests/models/python.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

v1::JobSpec FileJob(int columns, int levels) {
  v1::JobSpec spec = TableJob(columns, levels);
  spec.mutable_model()->mutable_torchscript()->set_file("model.pt");
  spec.mutable_training()->set_local_epochs(10);
  spec.mutable_training()->set_batch_size(10);
  return spec;
}

std::string ErrorOf(const v1::JobSpec& spec, const std::string& file) {
  const auto model = Model::Create(spec, file);
  EXPECT_FALSE(model.ok());
  return model.ok() ? "" : std::string(model.status().message());
}

class TorchScriptFile : public PythonTest {};

TEST_F(TorchScriptFile, WithBatchNormAndDropoutTrainsAndExports) {
  ASSERT_EQ(Python(R"(
import torch
from torch import nn
torch.manual_seed(1)
net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 2))
torch.jit.script(net).save("model.pt")
)")
                .exit_code,
            0);
  const v1::JobSpec spec = FileJob(4, 2);
  const Examples rows = SeparableRows(60, 4, 2);
  const auto model = MakeModel(spec, Read("model.pt"));
  ASSERT_NE(model, nullptr);
  std::vector<std::string> names;
  for (const auto& entry : model->layout().entries()) names.push_back(entry.name());
  EXPECT_THAT(names, ElementsAre("0.weight", "0.bias", "1.weight", "1.bias", "4.weight", "4.bias", "1.running_mean",
                                 "1.running_var"));
  const std::vector<float> start = Parameters(*model);
  const double before = Evaluate(spec, rows, 60, *model)->loss;
  ASSERT_TRUE(TrainLocally(spec, {"a", 1, {}}, rows, *model).ok());
  const auto after = Evaluate(spec, rows, 60, *model);
  EXPECT_LT(after->loss, 0.5 * before);
  EXPECT_EQ(after->correct, 60u);
  const std::vector<float> trained = Parameters(*model);
  EXPECT_NE(trained.back(), start.back()) << "running statistics are part of the model";
  ASSERT_TRUE(model->LoadParameters(start).ok());
  ASSERT_TRUE(TrainLocally(spec, {"a", 1, {}}, rows, *model).ok());
  EXPECT_EQ(Parameters(*model), trained);

  ASSERT_TRUE(ExportTorchScript(spec, {}, *model, Path("out.pt")).ok());
  const PythonResult result = Python(R"(
import torch
state = torch.jit.load("out.pt").state_dict()
print(sorted(state)[0], state["model.1.running_var"].shape, state["model.0.weight"].storage().size())
)");
  EXPECT_EQ(result.output, "model.0.bias torch.Size([8]) 32\n");
}

TEST_F(TorchScriptFile, KeepsItsWeightsUnlessTheJobAsksForZeros) {
  ASSERT_EQ(Python(R"(
import torch
net = torch.nn.Linear(2, 1)
torch.nn.init.constant_(net.weight, 0.25)
torch.nn.init.constant_(net.bias, -1)
torch.jit.script(net).save("model.pt")
)")
                .exit_code,
            0);
  v1::JobSpec spec = FileJob(2, 0);
  const auto model = MakeModel(spec, Read("model.pt"));
  EXPECT_THAT(Parameters(*model), ElementsAre(0.25f, 0.25f, -1));
  ASSERT_TRUE(model->LoadParameters(std::vector<float>{1, 2, 3}).ok());
  EXPECT_EQ(model->Initialise().code(), absl::StatusCode::kFailedPrecondition);
  spec.mutable_model()->set_initial_weights(v1::ModelSpec::ZEROS);
  EXPECT_THAT(Parameters(*MakeModel(spec, Read("model.pt"))), ElementsAre(0, 0, 0));
}

TEST_F(TorchScriptFile, TiedWeightsAreOneAndFrozenOnesStay) {
  ASSERT_EQ(Python(R"(
import torch
class Tied(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a = torch.nn.Linear(3, 3, bias=False)
        self.b = torch.nn.Linear(3, 3, bias=False)
        self.b.weight = self.a.weight
        self.frozen = torch.nn.Parameter(torch.ones(3), requires_grad=False)
    def forward(self, x):
        return self.b(torch.tanh(self.a(x))) * self.frozen
torch.jit.script(Tied()).save("model.pt")
)")
                .exit_code,
            0);
  v1::JobSpec spec = FileJob(3, 3);
  spec.mutable_training()->mutable_sgd()->set_weight_decay(0.1);
  const auto model = MakeModel(spec, Read("model.pt"));
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->layout().num_elements(), 12u);
  const std::vector<float> start = Parameters(*model);
  ASSERT_TRUE(TrainLocally(spec, {"a", 1, {}}, SeparableRows(30, 3, 3), *model).ok());
  const std::vector<float> trained = Parameters(*model);
  EXPECT_NE(trained[0], start[0]);
  EXPECT_EQ(std::vector<float>(trained.begin() + 9, trained.end()), std::vector<float>(3, 1.0f));
  ASSERT_TRUE(ExportTorchScript(spec, {}, *model, Path("out.pt")).ok());
  const PythonResult result = Python(R"(
import torch
state = torch.jit.load("out.pt").state_dict()
print(torch.equal(state["model.a.weight"], state["model.b.weight"]))
)");
  EXPECT_EQ(result.output, "True\n");
}

TEST_F(TorchScriptFile, ThatDoesNotFitIsRefusedWithTheReason) {
  const PythonResult made = Python(R"(
import torch
from torch import nn
def save(net, name): torch.jit.script(net).save(name)
save(nn.Linear(5, 2), "wide.pt")
save(nn.Linear(4, 3), "classes.pt")
save(nn.Linear(4, 2).double(), "double.pt")
save(nn.ReLU(), "empty.pt")
class Constant(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(1), requires_grad=False)
    def forward(self, x):
        return x[:, 0] * self.w
save(Constant(), "frozen.pt")
class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(1))
    def forward(self, x):
        return x * self.w, x
save(Pair(), "pair.pt")
class Huge(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(1).expand(1 << 40))
    def forward(self, x):
        return x[:, 0] * self.w[0]
save(Huge(), "huge.pt")
class NoForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(1))
    @torch.jit.export
    def other(self, x):
        return x
save(NoForward(), "no_forward.pt")
)");
  ASSERT_EQ(made.exit_code, 0) << made.output;
  const v1::JobSpec spec = FileJob(4, 2);
  EXPECT_THAT(ErrorOf(spec, Read("wide.pt")), HasSubstr("shapes cannot be multiplied"));
  EXPECT_THAT(ErrorOf(spec, Read("classes.pt")), HasSubstr("3 rows with Float [3, 3]; the target needs float32 [n],"));
  EXPECT_THAT(ErrorOf(spec, Read("double.pt")), HasSubstr("is Double; Accord trains float32"));
  EXPECT_THAT(ErrorOf(spec, Read("empty.pt")), HasSubstr("no parameters"));
  EXPECT_THAT(ErrorOf(spec, Read("frozen.pt")), HasSubstr("nothing can be trained"));
  EXPECT_THAT(ErrorOf(spec, Read("pair.pt")), HasSubstr("does not return a tensor"));
  EXPECT_THAT(ErrorOf(spec, Read("huge.pt")), HasSubstr("w is an expanded view"));
  EXPECT_THAT(ErrorOf(spec, Read("no_forward.pt")), HasSubstr("no forward"));
}

// Code that a job brings chooses the words of its errors and prints what it likes.
TEST_F(TorchScriptFile, CannotCarryRowsOutInErrorsPrintsOrWarnings) {
  ASSERT_EQ(Python(R"(
import torch, warnings
class Spy(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.zeros(1))
    def forward(self, x):
        secret = float(x.max())
        if secret > 0:
            print("row", secret)
            warnings.warn("row " + str(secret))
            raise ValueError("row " + str(secret))
        return x[:, 0] * self.w
torch.jit.script(Spy()).save("model.pt")
)")
                .exit_code,
            0);
  const v1::JobSpec spec = FileJob(1, 2);
  Examples rows = SeparableRows(10, 1, 2);
  rows.numbers[3] = 4242;
  const auto model = MakeModel(spec, Read("model.pt"));
  ASSERT_NE(model, nullptr);
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  const absl::Status trained = TrainLocally(spec, {"a", 1, {}}, rows, *model);
  const absl::Status evaluated = Evaluate(spec, rows, 10, *model).status();
  const std::string printed = ::testing::internal::GetCapturedStdout() + ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(printed, Not(HasSubstr("4242")));
  for (const absl::Status& status : {trained, evaluated}) {
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("4242")));
    EXPECT_THAT(std::string(status.message()), HasSubstr("withheld"));
  }
}

// A file without Python's help: what the exporter writes is TorchScript itself.
std::string AnExportedFile() {
  v1::JobSpec spec = TableJob(4, 2);
  spec.mutable_model()->mutable_mlp()->add_hidden(3);
  const std::string path = ::testing::TempDir() + "/accord-exported.pt";
  EXPECT_TRUE(ExportTorchScript(spec, {}, *MakeModel(spec), path).ok());
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(HostileTorchScript, AnExportedModelCanBeTrainedOn) {
  EXPECT_EQ(MakeModel(FileJob(4, 2), AnExportedFile())->layout().num_elements(), 4u * 3 + 3 + 3 + 1);
}

TEST(HostileTorchScript, EmptyRandomAndTruncatedFilesAreRefused) {
  const v1::JobSpec spec = FileJob(4, 2);
  EXPECT_THAT(ErrorOf(spec, ""), HasSubstr("missing or empty"));
  std::string random(10000, '\0');
  RandomStream stream({1, "", 0, "test"});
  for (char& c : random) c = static_cast<char>(stream.NextUint32());
  EXPECT_THAT(ErrorOf(spec, random), HasSubstr("not a TorchScript file"));
  const std::string file = AnExportedFile();
  for (size_t size = 1; size < file.size(); size += 1 + file.size() / 60) {
    EXPECT_THAT(ErrorOf(spec, file.substr(0, size)), Not(HasSubstr("\n")));
  }
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kDamagedFiles = 40;  // sanitizers reserve terabytes of address space, so memory stays unlimited
void LimitMemory() {}
#else
constexpr int kDamagedFiles = 300;
void LimitMemory() {
  const rlimit limit{rlim_t{3} << 30, rlim_t{3} << 30};
  setrlimit(RLIMIT_AS, &limit);
}
#endif

// Under a limit of memory, as in the trainer's sandbox: a wrong length in the file makes LibTorch allocate gigabytes.
TEST(HostileTorchScript, ADamagedFileIsRefusedOrUsableButNeverACrash) {
  const v1::JobSpec spec = FileJob(4, 2);
  const std::string file = AnExportedFile();
  const pid_t child = fork();
  if (child == 0) {
    LimitMemory();
    RandomStream stream({2, "", 0, "test"});
    for (int i = 0; i < kDamagedFiles; ++i) {
      std::string damaged = file;
      damaged[stream.NextBelow(damaged.size())] ^= static_cast<char>(1 + stream.NextBelow(255));
      (void)Model::Create(spec, damaged);
    }
    _exit(0);
  }
  int state = -1;
  ASSERT_EQ(waitpid(child, &state, 0), child);
  EXPECT_EQ(state, 0);
}

}  // namespace
}  // namespace accord
