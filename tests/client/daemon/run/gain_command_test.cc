#include "client/daemon/run/gain_command.h"

#include <filesystem>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "client/daemon/run/personal_model.h"
#include "client/daemon/state/kept_file.h"
#include "client/daemon/state/state_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class GainCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(KeptFolder());
    ASSERT_TRUE(WriteFileAtomically(config_, "coordinator: localhost:1\nsite: va\nstate_dir: state\n").ok());
  }
  std::string KeptFolder() const { return StateFolder(folder_ + "/state").KeptFolder(); }
  // Of a job whose site trained alone, with a gain of accuracy.
  static v1::KeptHead Head(const std::string& job) {
    v1::KeptHead head;
    head.set_job_id(job);
    head.set_job_name("heart-risk");
    head.set_strategy(kTrainedAlone);
    head.set_alone_rounds(20);
    head.set_num_numbers(1);
    head.mutable_layout()->set_num_elements(1);
    head.mutable_gain()->set_metric(v1::Evaluation::ACCURACY);
    head.mutable_gain()->set_common(0.875);
    head.mutable_gain()->set_alone(0.75);
    head.mutable_gain()->set_gain(0.125);
    head.mutable_gain()->set_test_rows(64);
    return head;
  }
  void Keep(const v1::KeptHead& head, const std::string& kind) {
    const std::vector<uint8_t> number(sizeof(float));
    ASSERT_TRUE(WriteKeptFile(absl::StrCat(KeptFolder(), "/", head.job_id(), ".", kind), head, number).ok());
  }
  std::string Shown(bool json = false) {
    std::ostringstream out;
    EXPECT_TRUE(ShowGains({config_, json}, out).ok());
    return out.str();
  }

  const std::string folder_ = ::testing::TempDir() + "/gain-command";
  const std::string config_ = folder_ + "/client.yaml";
};

TEST_F(GainCommand, ShowsBothModelsFiguresOfEachJob) {
  Keep(Head("job-1"), "model");
  const std::string shown = Shown();
  for (const char* part : {"job-1", "heart-risk", "accuracy", "0.875", "0.75", "+0.125", "64", "20"}) {
    EXPECT_THAT(shown, HasSubstr(part));
  }
  const auto json = nlohmann::json::parse(Shown(/*json=*/true));
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["gain"], 0.125);
  EXPECT_EQ(json[0]["rounds"], 20);
}

TEST_F(GainCommand, SaysWhyThereIsNone) {
  EXPECT_THAT(Shown(), HasSubstr("keeps the gain of no job"));
  v1::KeptHead lost = Head("job-1");
  lost.clear_gain();
  lost.set_no_baseline("what was kept of earlier rounds is lost");
  Keep(lost, "model");
  v1::KeptHead running = Head("job-2");
  running.clear_gain();
  running.set_round(7);
  Keep(running, "counted");
  v1::KeptHead personal = Head("job-3");
  personal.set_strategy("ditto");
  Keep(personal, "model");
  const std::string shown = Shown();
  EXPECT_THAT(shown, HasSubstr("nothing to compare with: what was kept of earlier rounds is lost"));
  EXPECT_THAT(shown, HasSubstr("told at the job's end"));
  EXPECT_THAT(shown, Not(HasSubstr("job-3")));
}

TEST_F(GainCommand, TheModelTrainedAloneIsAModelOfThisSitesOwn) {
  Keep(Head("job-1"), "model");
  v1::KeptHead none = Head("job-2");
  none.set_alone_rounds(0);
  Keep(none, "model");
  std::ostringstream out;
  ASSERT_TRUE(ListPersonalModels({config_, "", ""}, out).ok());
  EXPECT_THAT(out.str(), HasSubstr("trained alone for 20 rounds"));
  EXPECT_THAT(out.str(), Not(HasSubstr("job-2")));
}

}  // namespace
}  // namespace accord
