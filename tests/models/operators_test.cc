// What the code of a TorchScript file calls, and that nothing of it runs where it calls what is not allowed.
#include "models/operators.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "models/model.h"
#include "tests/models/jobs.h"
#include "tests/models/python.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

class Operators : public PythonTest {
 protected:
  void Write(const std::string& code) {
    const PythonResult result = Python("import torch\nfrom typing import Tuple\n" + code);
    ASSERT_EQ(result.exit_code, 0) << result.output;
  }
  std::vector<std::string> Of(const std::string& file) {
    const auto operators = OperatorsOfFile(Read(file));
    EXPECT_TRUE(operators.ok()) << operators.status();
    return operators.value_or(std::vector<std::string>{});
  }
  static v1::JobSpec FileJob() {
    v1::JobSpec spec = TableJob(2, 2);
    spec.mutable_model()->mutable_torchscript()->set_file("model.pt");
    return spec;
  }
  std::string Refused(const std::string& file, std::vector<std::string> allowed) {
    const auto model = Model::Create(FileJob(), Read(file), Device::kCpu,
                                     {std::move(allowed), "the charter's code.operators (line 7)"});
    EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(model.status().message());
  }
};

TEST_F(Operators, OfALinearLayerAreItsOwnAndNotThatItReadsItsWeights) {
  Write("torch.jit.script(torch.nn.Linear(2, 1)).save('model.pt')\n");
  EXPECT_THAT(Of("model.pt"), ElementsAre("aten::linear"));
}

TEST_F(Operators, AreFoundInSubmodulesFunctionsBranchesLoopsForksHooksAndMethodsThatNobodyCalls) {
  Write(R"(
def outside(x):
    return torch.sinh(x)

@torch.jit.interface
class Answers(torch.nn.Module):
    def answer(self, x: torch.Tensor) -> torch.Tensor: pass

class Other(torch.nn.Module):
    @torch.jit.export
    def answer(self, x: torch.Tensor) -> torch.Tensor:
        return torch.asinh(x)
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x

class Kept:
    def __init__(self, x: torch.Tensor):
        self.x = x
    def get(self) -> torch.Tensor:
        return torch.acosh(self.x)

class Inner(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for i in range(3):
            if bool(x.sum() > i):
                while bool(x.max() < 2):
                    x = torch.tan(x)
        return x

def forked(x: torch.Tensor):
    return torch.atan(x)

def hook(self, input: Tuple[torch.Tensor], output: torch.Tensor):
    return torch.erfc(output)

class Net(torch.nn.Module):
    behind: Answers
    def __init__(self):
        super().__init__()
        self.inner = Inner()
        self.behind = Other()
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        future = torch.jit.fork(forked, x)
        kept = Kept(outside(x))
        return self.behind.answer(self.inner(kept.get())) + torch.jit.wait(future)
    @torch.jit.export
    def never_called(self, x: torch.Tensor) -> torch.Tensor:
        print(x)
        return torch.from_file('/etc/passwd', size=1)

net = Net()
net.inner.register_forward_hook(hook)
torch.jit.script(net).save('model.pt')
)");
  const std::vector<std::string> operators = Of("model.pt");
  EXPECT_THAT(operators, IsSupersetOf({"aten::acosh", "aten::asinh", "aten::atan", "aten::erfc", "aten::from_file",
                                       "aten::sinh", "aten::tan", "aten::wait", "prim::Print", "prim::fork"}));
  for (const char* structure : {"prim::Constant", "prim::If", "prim::Loop", "prim::GetAttr", "prim::CallMethod",
                                "prim::CallFunction", "prim::CreateObject"}) {
    EXPECT_THAT(operators, Not(Contains(structure)));
  }
  EXPECT_TRUE(std::is_sorted(operators.begin(), operators.end()));
}

TEST_F(Operators, ThatAreNotAllowedKeepAllOfTheFileFromRunning) {
  Write(R"(
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.zeros(2))
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("it ran")
        return torch.mv(x, self.w)
    @torch.jit.export
    def other(self, x: torch.Tensor) -> torch.Tensor:
        return torch.mv(torch.tan(x), self.w)
torch.jit.script(Net()).save('model.pt')
)");
  std::vector<std::string> all = Of("model.pt");
  EXPECT_THAT(all, IsSupersetOf({"aten::mv", "aten::tan", "prim::RaiseException"}));
  EXPECT_THAT(Refused("model.pt", all), HasSubstr("it ran"));
  EXPECT_THAT(Refused("model.pt", {}), HasSubstr("it ran")) << "without a list it may call any";
  std::erase(all, "aten::tan");
  EXPECT_THAT(Refused("model.pt", all),
              AllOf(HasSubstr("its code calls what the charter's code.operators (line 7) does not list: aten::tan;"),
                    HasSubstr("accord operators FILE"), Not(HasSubstr("it ran"))));
}

TEST_F(Operators, OfMoreThanOneTellAreNamedInABoundedLine) {
  Write(R"(
class Net(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch.sin(x) + torch.cos(x) * torch.tan(x) / torch.exp(x) - torch.log(x)
        return torch.erf(y) + torch.sinh(y) + torch.cosh(y) + torch.tanh(y) + torch.floor(y) + torch.ceil(y)
torch.jit.script(Net()).save('model.pt')
)");
  const std::string refused = Refused("model.pt", {"aten::add"});
  EXPECT_THAT(refused, AllOf(HasSubstr("aten::ceil, aten::cos"), HasSubstr(" more;")));
  EXPECT_LT(refused.size(), 500u) << "more of it the site's operator is not shown";
}

TEST_F(Operators, AreNotLookedForInAFileWhoseCodeRunsWhileItIsRead) {
  Write(R"(
class Eager(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.zeros(2))
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.mv(x, self.w)
    @torch.jit.export
    def __getstate__(self):
        return 1, self.training
    @torch.jit.export
    def __setstate__(self, state: Tuple[int, bool]) -> None:
        raise RuntimeError("it ran")
torch.jit.script(Eager()).save('model.pt')
)");
  EXPECT_THAT(Refused("model.pt", {}), HasSubstr("it ran")) << "as LibTorch reads files";
  EXPECT_THAT(Refused("model.pt", {"aten::mv"}),
              AllOf(HasSubstr("__setstate__"), HasSubstr("code.operators"), Not(HasSubstr("it ran"))));
  const auto operators = OperatorsOfFile(Read("model.pt"));
  EXPECT_THAT(std::string(operators.status().message()), AllOf(HasSubstr("__setstate__"), Not(HasSubstr("it ran"))));
}

// LibTorch evaluates them while it reads the file, and no graph shows what they call.
TEST_F(Operators, AreNotLookedForInAFileWithValuesThatAreEvaluatedWhileItIsRead) {
  Write(R"(
import zipfile
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Linear(2, 1)
    def forward(self, x: torch.Tensor, y: int = 3, z: Tuple[int, float] = (1, -0.5), s: str = 'a') -> torch.Tensor:
        return self.inner(x) * y
net = torch.jit.script(Net())
net.save('plain.pt')
def anew(name, old, new, record='.py'):
    done = 0
    with zipfile.ZipFile('plain.pt') as before, zipfile.ZipFile(name, 'w') as after:
        for item in before.infolist():
            content = before.read(item)
            if item.filename.endswith(record) and old in content:
                content = content.replace(old, new, 1)
                done += 1
            after.writestr(item.filename, content)
    assert done, name
anew('default.pt', b'y: int=3', b'y: int=torch.len(torch.list("abc"))')
anew('sum.pt', b'y: int=3', b'y: int=1+2')
anew('nested.pt', b'(1, -0.5)', b'(1, float(torch.rand([1])))')
anew('class.pt', b'  training : bool\n', b'  training : bool\n  many : Final[int] = torch.len(torch.list("abc"))\n')
anew('object.pt', b'__torch__', b'__torch__.torch.classes.quantized\nLinearPackedParamsBase\n', 'data.pkl')
anew('cut.pt', b'__torch__', b'__torch__.torch\nclasses.quantized.LinearPackedParamsBase\n', 'data.pkl')
)");
  EXPECT_THAT(Of("plain.pt"), Contains("aten::linear"));
  for (const char* file : {"default.pt", "sum.pt", "nested.pt", "class.pt"}) {
    const std::string why(OperatorsOfFile(Read(file)).status().message());
    EXPECT_THAT(why, HasSubstr("is more than plain numbers and texts, which runs while the file is read")) << file;
    EXPECT_THAT(Refused(file, {"aten::linear", "aten::mul"}), HasSubstr("plain numbers and texts")) << file;
  }
  for (const char* file : {"object.pt", "cut.pt"}) {
    EXPECT_THAT(std::string(OperatorsOfFile(Read(file)).status().message()),
                HasSubstr("it holds an object of one of LibTorch's own classes"))
        << file;
  }
}

TEST_F(Operators, TellClassesOfLibTorchWhoseMethodsNoFileShows) {
  Write(R"(
class Net(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with torch.autograd.profiler.record_function("name"):
            return torch.tan(x)
torch.jit.script(Net()).save('model.pt')
)");
  EXPECT_THAT(Of("model.pt"), Contains("aten::tan"));
  EXPECT_THAT(Of("model.pt"), Contains(HasSubstr("ecord")));
}

TEST(OperatorsOfNoFile, AreAnError) {
  for (const char* file : {"", "nothing of TorchScript", "PK\x03\x04PTMF and so on", "PK\x03\x04 and so on"}) {
    EXPECT_EQ(OperatorsOfFile(file).status().code(), absl::StatusCode::kInvalidArgument) << file;
  }
}

}  // namespace
}  // namespace accord
