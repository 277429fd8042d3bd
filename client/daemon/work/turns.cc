#include "client/daemon/work/turns.h"

#include "absl/time/time.h"

namespace accord {
namespace {

// Well within every silence_s that a job can have in earnest.
constexpr absl::Duration kTellEvery = absl::Seconds(2);

}  // namespace

Turns::Turns(size_t at_once) : at_once_(at_once), thread_([this] { TellThatTheyWait(); }) {}

Turns::~Turns() {
  {
    const absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

std::unique_ptr<Turns::Turn> Turns::Ask(Calls calls) {
  const absl::MutexLock lock(&mutex_);
  const uint64_t number = next_number_++;
  waiting_.emplace(number, std::move(calls));
  BeginNext();
  return std::unique_ptr<Turn>(new Turn(*this, number));
}

void Turns::End(uint64_t number) {
  const absl::MutexLock lock(&mutex_);
  if (waiting_.erase(number) > 0) return;
  --begun_;
  BeginNext();
}

void Turns::BeginNext() {
  while (begun_ < at_once_ && !waiting_.empty()) {
    const auto first = waiting_.begin();
    ++begun_;
    first->second.begin();
    waiting_.erase(first);
  }
}

void Turns::TellThatTheyWait() {
  const absl::MutexLock lock(&mutex_);
  while (!mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kTellEvery)) {
    for (const auto& [number, calls] : waiting_) calls.waits();
  }
}

}  // namespace accord
