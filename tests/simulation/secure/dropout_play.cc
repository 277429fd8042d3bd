#include "tests/simulation/secure/dropout_play.h"

#include <gtest/gtest.h>

#include <utility>

#include "absl/strings/str_join.h"

namespace accord::secure::simulation {

DropoutPlay::DropoutPlay(const WorldOptions& options, const std::vector<Last>& last, Ending ending)
    : ending_(ending), world_(options) {
  for (size_t i = 0; i < last.size(); ++i) last_[world_.names()[i]] = last[i];
}

void DropoutPlay::Run() {
  ASSERT_TRUE(world_.OpenEpoch(world_.names())) << world_.epoch_failure;
  ASSERT_TRUE(world_.Begin());
  Collect();
  Deliver();
  for (size_t stops = 0; !round().ended(); ++stops) {
    ASSERT_LE(stops, last_.size() + 2) << "the attempt does not end";
    Resolve();
    Deliver();
  }
  Check();
}

void DropoutPlay::Collect() {
  for (const auto& [name, last] : last_) {
    std::vector<RoundEvent> events;
    if (last != Last::kNothing) events = world_.SendPlan(name);
    if (last == Last::kSlow) continue;
    for (RoundEvent& event : events) Push(std::move(event));
    if (ending_ == Ending::kNoticedEarly && last == Last::kUpload) Gone(name);
  }
  Push(CloseCollecting{});
}

void DropoutPlay::Push(RoundEvent event) {
  for (RoundAction& action : world_.Handle(std::move(event))) queue_.push_back(std::move(action));
}

void DropoutPlay::Gone(const std::string& name) {
  if (ending_ == Ending::kPatienceEnds || !gone_.insert(name).second) return;
  Push(SiteGone{name});
}

bool DropoutPlay::Answers(const std::string& name, const RoundAction& action) const {
  if (back_) return true;
  const Last last = last_.at(name);
  if (std::holds_alternative<SendSurvivors>(action)) return last >= Last::kStatement;
  if (std::holds_alternative<SendSignatures>(action)) return last >= Last::kReveal;
  return last == Last::kEverything || last == Last::kSlow;
}

void DropoutPlay::Deliver() {
  while (!queue_.empty()) {
    const RoundAction action = std::move(queue_.front());
    queue_.pop_front();
    const std::string name = AddresseeOf(action);
    if (!Answers(name, action)) {
      Gone(name);
      continue;
    }
    for (RoundEvent& event : world_.Deliver(action)) Push(std::move(event));
  }
}

void DropoutPlay::Resolve() {
  if (ending_ == Ending::kAllComeBack && !back_) {
    back_ = true;
    for (const auto& [name, last] : last_) Push(SiteBack{name});
    return;
  }
  if (ending_ == Ending::kAllRestart) {
    for (const std::string& name : gone_) Push(SiteGone{name, true});
  }
  Push(StopWaiting{});
}

void DropoutPlay::Check() const {
  const Attempt& attempt = world_.attempt;
  if (attempt.opened.has_value()) {
    EXPECT_EQ(attempt.sum, world_.PlainSum(attempt.opened->survivors));
  } else {
    ASSERT_TRUE(attempt.dead.has_value());
    EXPECT_FALSE(attempt.dead->reason.empty());
    EXPECT_FALSE(attempt.unmasked);
  }
  EXPECT_TRUE(attempt.blamed.empty());
  EXPECT_TRUE(attempt.rejected.empty()) << absl::StrJoin(attempt.rejected, "\n");
  EXPECT_TRUE(world_.evidence.empty());
  int num_opened = 0;
  const std::vector<std::string> broken = world_.coalition.Broken(num_opened);
  EXPECT_TRUE(broken.empty()) << absl::StrJoin(broken, "\n");
  EXPECT_EQ(num_opened, attempt.opened.has_value() ? 1 : 0);
  EXPECT_TRUE(world_.violations.empty()) << absl::StrJoin(world_.violations, "\n");
}

}  // namespace accord::secure::simulation
