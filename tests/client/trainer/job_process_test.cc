// A job's process, asked to load a file of others' code under a charter that lists what such code may call.
#include "client/trainer/process/job_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "models/export.h"
#include "models/model.h"
#include "models/operators.h"
#include "tests/client/trainer/table_fixture.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Minutes(5);

class FileOfOthers : public TableTest {
 protected:
  FileOfOthers() {
    Write("rows.csv", "age,pain,ill\n50,none,yes\n40,typical,no\n30,atypical,yes\n");
    schema_.set_name("table");
    *spec_.mutable_data() = schema_;
    spec_.mutable_model()->mutable_logistic_regression();
    spec_.mutable_preprocessing()->set_standardise(v1::Preprocessing::NONE);
    spec_.mutable_training()->mutable_sgd()->set_learning_rate(0.1);
    spec_.mutable_training()->set_local_epochs(1);
    spec_.mutable_aggregation()->mutable_fedavg();
    spec_.mutable_aggregation()->set_update_bound(1);
    spec_.mutable_aggregation()->set_max_rows_per_site(10);
    spec_.mutable_compute()->set_memory_mib(2048);
    // What the exporter writes is TorchScript itself.
    const auto model = Model::Create(spec_, "");
    const std::string path = folder_ + "/model.pt";
    EXPECT_TRUE(model.ok() && ExportTorchScript(spec_, {}, **model, path).ok());
    file_ = ReadFile(path).value_or("");
    spec_.mutable_model()->mutable_torchscript()->set_file("model.pt");
  }

  // In a process of its own, as it limits what it takes of the machine.
  v1::TrainerMessage Load(const std::vector<std::string>& operators) {
    auto ends = IpcChannel::MakePair().value();
    const pid_t child = fork();
    if (child == 0) {
      { const IpcChannel parents = std::move(ends.first); }
      v1::Prepare prepare;
      *prepare.mutable_mapping() = mapping_;
      prepare.set_max_data_bytes(max_bytes_);
      _exit(JobProcess(std::move(ends.second), std::move(prepare)).Run());
    }
    { const IpcChannel childs = std::move(ends.second); }
    v1::DaemonMessage message;
    v1::LoadJob& load = *message.mutable_load_job();
    load.set_job_id("job-1");
    load.set_site("hospital");
    *load.mutable_spec() = spec_;
    load.set_torchscript(file_);
    load.mutable_operators()->Assign(operators.begin(), operators.end());
    load.set_operators_clause("the charter's code.operators (line 7)");
    EXPECT_TRUE(ends.first.Send(message).ok());
    v1::TrainerMessage answer;
    do {
      std::vector<UniqueFd> descriptors;
      const absl::Status received = ends.first.Receive(answer, descriptors, kPatience);
      EXPECT_TRUE(received.ok()) << received;
      if (!received.ok()) break;
    } while (!answer.has_ready() && !answer.has_failed());
    { const IpcChannel own = std::move(ends.first); }
    int state = -1;
    EXPECT_EQ(waitpid(child, &state, 0), child);
    EXPECT_EQ(state, 0);
    return answer;
  }

  v1::JobSpec spec_;
  std::string file_;
};

TEST_F(FileOfOthers, IsLoadedWhereTheCharterListsWhatItCalls) {
  const auto operators = OperatorsOfFile(file_);
  ASSERT_TRUE(operators.ok()) << operators.status();
  EXPECT_TRUE(Load(*operators).has_ready());
  EXPECT_TRUE(Load({}).has_ready()) << "without a list it may call any";
}

TEST_F(FileOfOthers, IsRefusedForGoodWithEachOperatorThatTheCharterDoesNotList) {
  std::vector<std::string> operators = OperatorsOfFile(file_).value();
  ASSERT_THAT(operators, Contains("aten::linear"));
  std::erase(operators, "aten::linear");
  operators.emplace_back("aten::relu");
  const v1::TrainerMessage answer = Load(operators);
  ASSERT_TRUE(answer.has_failed()) << answer.DebugString();
  EXPECT_TRUE(answer.failed().permanent());
  EXPECT_THAT(answer.failed().reason(),
              AllOf(HasSubstr("the charter's code.operators (line 7) does not list: aten::linear;"),
                    HasSubstr("accord operators FILE")));
}

}  // namespace
}  // namespace accord
