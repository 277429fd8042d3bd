// A daemon against a coordinator in the test and a trainer that does as the test says.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/keyed_fingerprint.h"
#include "client/daemon/ledger/egress_file.h"
#include "client/daemon/ledger/egress_ledger.h"
#include "client/daemon/work/site_engine.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/fake_coordinator.h"
#include "tests/client/daemon/work/drill.h"

namespace accord {

// Writes zeros (or what the test says) and counts.
class FakeTrainers : public TrainerHost {
 public:
  absl::Status Warm() override { return absl::OkStatus(); }
  absl::StatusOr<ComputeResult> Compute(const ComputeRequest& request,
                                        const std::function<void(uint64_t, uint64_t)>& progress) override {
    absl::MutexLock lock(&mutex_);
    ++computations_;
    last_request_ = request;
    progress(1, 2);
    if (hang_) {
      hanging_ = true;
      const auto ended = [this] { return ended_; };
      if (!mutex_.AwaitWithTimeout(absl::Condition(&ended), kTestPatience)) return absl::InternalError("not ended");
      ended_ = hanging_ = false;
      return absl::CancelledError("the job was ended");
    }
    if (!failures_.empty()) {
      const absl::Status failure = failures_.front();
      failures_.erase(failures_.begin());
      return failure;
    }
    if (first_element_ != 0) {
      EXPECT_TRUE(WriteFully(request.vector_fd, &first_element_, sizeof(first_element_), 0).ok());
    }
    if (request.step.state_bytes() > 0) KeepOneMore(request);
    return ComputeResult{100, ""};
  }
  void EndJob(absl::string_view) override { EndAll(); }
  void EndAll() override {
    absl::MutexLock lock(&mutex_);
    ended_ = hanging_;
  }
  absl::StatusOr<v1::DataReport> CheckData(absl::string_view, const v1::DataSchema*) override {
    return absl::UnimplementedError("not in this test");
  }

  void Hang(bool hang) {
    absl::MutexLock lock(&mutex_);
    hang_ = hang;
  }
  void AwaitHanging() {
    absl::MutexLock lock(&mutex_);
    const auto hanging = [this] { return hanging_; };
    if (!mutex_.AwaitWithTimeout(absl::Condition(&hanging), kTestPatience)) ADD_FAILURE() << "nothing was computed";
  }
  void Fail(std::vector<absl::Status> failures) {
    absl::MutexLock lock(&mutex_);
    failures_ = std::move(failures);
  }
  void Write(uint32_t first_element) {
    absl::MutexLock lock(&mutex_);
    first_element_ = first_element;
  }
  // What the site had kept when each of its steps was computed (the first number); -1: nothing.
  std::vector<float> kept_before() {
    absl::MutexLock lock(&mutex_);
    return kept_before_;
  }
  // Its descriptors are not open any more.
  ComputeRequest last_request() {
    absl::MutexLock lock(&mutex_);
    return last_request_;
  }
  int computations() {
    absl::MutexLock lock(&mutex_);
    return computations_;
  }

 private:
  // Keeps what was kept before, plus one.
  void KeepOneMore(const ComputeRequest& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    float before = -1;
    if (request.step.has_state()) {
      EXPECT_TRUE(ReadFully(request.kept_before_fd, &before, sizeof(before), 0).ok());
    }
    kept_before_.push_back(before);
    const float after = before + 1;
    EXPECT_TRUE(WriteFully(request.kept_after_fd, &after, sizeof(after), 0).ok());
  }

  absl::Mutex mutex_;
  std::vector<float> kept_before_;
  ComputeRequest last_request_;
  bool hang_ = false;
  bool hanging_ = false;
  bool ended_ = false;
  std::vector<absl::Status> failures_;
  uint32_t first_element_ = 0;
  int computations_ = 0;
};

class SiteEngineTest : public ::testing::Test {
 protected:
  // What else the daemon of a test is told.
  virtual void Configure(SiteEngine::Options& options) { options.roster = roster_; }
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "accord-engine-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    Restart();
  }
  void TearDown() override {
    engine_.reset();
    std::filesystem::remove_all(folder_);
  }
  void Restart() {
    engine_.reset();
    SiteEngine::Options options;
    options.config = SiteConfigOf({"heart"});
    options.pause_file = folder_ + "/paused";
    options.vector_key = SecretBytes(std::vector<uint8_t>(KeyedFingerprint::kKeyBytes, 1));
    options.session.make_channel = [this] { return coordinator_.MakeChannel(); };
    options.session.uniform = [] { return 0.5; };
    options.clock = &clock_;
    ledger_.reset();  // before it is opened anew
    ledger_ = EgressLedger::Open(folder_ + "/egress", kLedgerOwner, clock_).value();
    options.ledger = ledger_.get();
    Configure(options);
    engine_ = std::make_unique<SiteEngine>(std::move(options), trainers_);
    engine_->Start();
  }
  void Send(const v1::Plan& plan) {
    v1::CoordinatorMessage message;
    *message.mutable_plan() = plan;
    coordinator_.Send(message);
  }
  void SendEnd(const v1::Plan& plan, v1::PlanEnd::Outcome outcome) {
    v1::CoordinatorMessage message;
    *message.mutable_plan_end()->mutable_plan() = plan.id();
    message.mutable_plan_end()->set_outcome(outcome);
    coordinator_.Send(message);
  }
  // What the ledger holds of one kind, in words, until `count` entries of it are there.
  std::vector<v1::EgressEntry> AwaitLedger(v1::EgressEntry::KindCase kind, size_t count) {
    std::vector<v1::EgressEntry> entries;
    const absl::Duration begin = Clock::System().Monotonic();
    while (entries.size() < count) {
      if (Clock::System().Monotonic() - begin > kTestPatience) {
        ADD_FAILURE() << "waited for " << count << " entries of the ledger, of kind " << kind << "; there are "
                      << entries.size();
        entries.resize(count);  // empty ones: nobody reads past the end
        break;
      }
      entries.clear();
      const auto end = ReadEgressFile(folder_ + "/egress", kLedgerOwner, [&](uint64_t, const v1::EgressEntry& entry) {
        if (entry.kind_case() == kind) entries.push_back(entry);
      });
      if (!end.ok()) {
        ADD_FAILURE() << end.status();
        break;
      }
    }
    return entries;
  }
  v1::Hello AwaitHello() {
    return coordinator_.AwaitMessage([](const v1::SiteMessage& message) { return message.has_hello(); }).hello();
  }
  // Until `status` says so of the first job.
  void AwaitJob(const std::string& words) {
    const absl::Duration begin = Clock::System().Monotonic();
    while (engine_->Status().jobs(0).find(words) == std::string::npos) {
      ASSERT_LT(Clock::System().Monotonic() - begin, kTestPatience) << "waited for the status to say: " << words;
    }
  }
  v1::Refusal AwaitRefusal() {
    return coordinator_.AwaitMessage([](const v1::SiteMessage& message) { return message.has_refusal(); }).refusal();
  }

  static constexpr char kLedgerOwner[] = "basel";

  FakeCoordinator coordinator_;
  FakeTrainers trainers_;
  ManualClock clock_;
  std::unique_ptr<EgressLedger> ledger_;
  std::string folder_;
  PinnedRoster* roster_ = nullptr;
  std::unique_ptr<SiteEngine> engine_;
};

}  // namespace accord
