#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "models/training.h"
#include "models/warm_up.h"
#include "tests/models/jobs.h"

namespace accord {
namespace {

v1::JobSpec DropoutJob() {
  v1::JobSpec spec = TableJob(6, 3);
  spec.mutable_model()->mutable_mlp()->add_hidden(16);
  spec.mutable_model()->mutable_mlp()->set_dropout(0.5);
  UseAdam(0.01, spec);
  spec.mutable_training()->set_local_epochs(2);
  spec.mutable_training()->set_batch_size(8);
  return spec;
}

std::vector<float> Train(const v1::JobSpec& spec, const Examples& rows, const std::string& site, uint32_t round) {
  const auto model = MakeModel(spec);
  const absl::Status trained = TrainLocally(spec, {.site = site, .round = round, .progress = {}}, rows, *model);
  EXPECT_TRUE(trained.ok()) << trained;
  return Parameters(*model);
}

// Runs `body` in a child process that has no threads of its own yet, and gives what it returns.
// Suites that use it are named DeathTest, for GoogleTest runs those first: LibTorch 2.6 starts a thread of autograd
// with the first training of a process, and no fork of it could train after that (models/warm_up.cc).
template <typename Body>
std::vector<float> InFork(size_t size, Body body) {
  int ends[2];
  if (pipe(ends) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // one that hangs goes with the test's time limit
    const std::vector<float> values = body();
    const auto bytes = static_cast<ssize_t>(values.size() * sizeof(float));
    const bool sent = write(ends[1], values.data(), static_cast<size_t>(bytes)) == bytes;
    _exit(sent && !::testing::Test::HasFailure() ? 0 : 1);
  }
  close(ends[1]);
  std::vector<float> values(size);
  char* next = reinterpret_cast<char*>(values.data());
  char* const end = next + size * sizeof(float);
  for (ssize_t n = 1; n > 0 && next < end; next += n) n = read(ends[0], next, static_cast<size_t>(end - next));
  close(ends[0]);
  int state = 0;
  EXPECT_EQ(waitpid(child, &state, 0), child);
  EXPECT_TRUE(WIFEXITED(state) && WEXITSTATUS(state) == 0) << "the child ended with state " << state;
  return values;
}

// Counted in a fork: for a network of some size LibTorch 2.6 starts OpenMP's threads, and forks of a process that has
// them wait for them for ever.
size_t NumParameters(const v1::JobSpec& spec) {
  const std::vector<float> count =
      InFork(1, [&] { return std::vector<float>{static_cast<float>(MakeModel(spec)->layout().num_elements())}; });
  return static_cast<size_t>(count[0]);
}

float CountThreads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<float>(std::distance(begin(tasks), end(tasks)));
}

TEST(Determinism, TheSameTrainingGivesTheSameBits) {
  const Examples rows = SeparableRows(50, 6, 3);
  EXPECT_EQ(Train(DropoutJob(), rows, "a", 1), Train(DropoutJob(), rows, "a", 1));
}

TEST(Determinism, SiteRoundAndSeedEachGiveOtherRandomStreams) {
  const Examples rows = SeparableRows(50, 6, 3);
  const std::vector<float> first = Train(DropoutJob(), rows, "a", 1);
  EXPECT_NE(first, Train(DropoutJob(), rows, "b", 1));
  EXPECT_NE(first, Train(DropoutJob(), rows, "a", 2));
  v1::JobSpec spec = DropoutJob();
  spec.set_seed(8);
  EXPECT_NE(first, Train(spec, rows, "a", 1));
}

TEST(Determinism, ARoundRepeatedAfterOtherRoundsGivesTheSameBits) {
  const v1::JobSpec spec = DropoutJob();
  const Examples rows = SeparableRows(50, 6, 3);
  const auto model = MakeModel(spec);
  const std::vector<float> start = Parameters(*model);
  ASSERT_TRUE(TrainLocally(spec, {"a", 1, {}}, rows, *model).ok());
  const std::vector<float> first = Parameters(*model);
  ASSERT_TRUE(TrainLocally(spec, {"a", 2, {}}, rows, *model).ok());
  ASSERT_TRUE(model->LoadParameters(start).ok());
  ASSERT_TRUE(TrainLocally(spec, {"a", 1, {}}, rows, *model).ok());
  EXPECT_EQ(Parameters(*model), first);
}

TEST(ProcessesDeathTest, GiveTheSameBits) {
  v1::JobSpec spec = ImageJob(12, 4);
  spec.mutable_training()->set_local_epochs(2);
  spec.mutable_training()->set_batch_size(16);
  const Examples rows = SeparableImages(64, 12, 4);
  const size_t size = NumParameters(spec);
  const auto train = [&] {
    EXPECT_TRUE(SetComputeThreads(2).ok());
    return Train(spec, rows, "a", 1);
  };
  const std::vector<float> first = InFork(size, train);
  EXPECT_NE(first, std::vector<float>(size));
  EXPECT_EQ(first, InFork(size, train));
}

TEST(WarmUpDeathTest, StartsNoThreads) {
  const std::vector<float> threads = InFork(2, [] {
    const float before = CountThreads();
    EXPECT_TRUE(WarmUp().ok());
    return std::vector<float>{before, CountThreads()};
  });
#ifdef __SANITIZE_THREAD__
  // Two of the sanitizer's: one comes with the fork, one with the first thread that LibTorch starts and ends.
  EXPECT_LE(threads[1], 3);
#else
  EXPECT_EQ(threads[0], 1) << "a fork has the thread that forked";
  EXPECT_EQ(threads[1], 1);
#endif
}

TEST(WarmUpDeathTest, AForkOfAWarmProcessTrainsWithSeveralThreadsAndGivesTheSameBits) {
  v1::JobSpec spec = ImageJob(12, 4);
  spec.mutable_training()->set_local_steps(3);
  const Examples rows = SeparableImages(64, 12, 4);
  const size_t size = NumParameters(spec);
  const auto train = [&] {
    EXPECT_TRUE(SetComputeThreads(2).ok());
    return Train(spec, rows, "a", 1);
  };
  const std::vector<float> warm = InFork(size, [&] {
    EXPECT_TRUE(WarmUp().ok());
    return InFork(size, train);
  });
  EXPECT_EQ(warm, InFork(size, train));
}

TEST(SetComputeThreads, RefusesWhatNoMachineHas) { EXPECT_FALSE(SetComputeThreads(100000).ok()); }

}  // namespace
}  // namespace accord
