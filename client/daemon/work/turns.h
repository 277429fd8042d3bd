// Whose turn it is among the many sites of one process (client/simulator): only so many hold a step's model and vectors
// in memory at a time, the others wait in the order in which they asked. A daemon, which is one site, has none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace accord {

// Thread-safe.
class Turns {
 public:
  struct Calls {
    std::function<void()> begin;  // once: it is this one's turn
    std::function<void()> waits;  // now and then until then: a site that only waits is not a silent one
  };
  // Gives the turn back, or the place among those that wait, when it goes. Afterwards neither call comes any more.
  class Turn {
   public:
    ~Turn() { turns_.End(number_); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    friend class Turns;
    Turn(Turns& turns, uint64_t number) : turns_(turns), number_(number) {}
    Turns& turns_;
    const uint64_t number_;
  };

  // `at_once`: at least 1.
  explicit Turns(size_t at_once);
  // All turns must have ended.
  ~Turns();

  // `calls` come from any thread, also from this one before Ask returns; they must not block, nor call this object.
  std::unique_ptr<Turn> Ask(Calls calls) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void End(uint64_t number) ABSL_LOCKS_EXCLUDED(mutex_);
  void BeginNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellThatTheyWait() ABSL_LOCKS_EXCLUDED(mutex_);

  const size_t at_once_;
  absl::Mutex mutex_;
  uint64_t next_number_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t begun_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<uint64_t, Calls> waiting_ ABSL_GUARDED_BY(mutex_);  // by number, which is the order of asking
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace accord
