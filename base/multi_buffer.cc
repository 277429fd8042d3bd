#include "base/multi_buffer.h"

#ifdef ACCORD_IPSEC_MB

#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace accord {

class MultiBuffer::Pool {
 public:
  // Never destroyed: threads may still hash while the process ends.
  static Pool& Get() {
    static Pool& pool = *new Pool();
    return pool;
  }

  Manager Take() {
    absl::MutexLock lock(&mutex_);
    if (idle_.empty()) return nullptr;
    Manager manager = std::move(idle_.back());
    idle_.pop_back();
    return manager;
  }

  void Give(Manager manager) {
    absl::MutexLock lock(&mutex_);
    idle_.push_back(std::move(manager));
  }

 private:
  absl::Mutex mutex_;
  std::vector<Manager> idle_ ABSL_GUARDED_BY(mutex_);
};

MultiBuffer::~MultiBuffer() {
  if (manager_ != nullptr) Pool::Get().Give(std::move(manager_));
}

MultiBuffer MultiBuffer::Borrow() {
  if (Manager manager = Pool::Get().Take(); manager != nullptr) return MultiBuffer(std::move(manager));
  Manager manager(alloc_mb_mgr(0));
  if (manager == nullptr) return MultiBuffer(nullptr);
  IMB_ARCH architecture = IMB_ARCH_NONE;
  init_mb_mgr_auto(manager.get(), &architecture);
  // Below SSE the library emulates instructions.
  const bool usable = imb_get_errno(manager.get()) == 0 && architecture >= IMB_ARCH_SSE;
  return MultiBuffer(usable ? std::move(manager) : nullptr);
}

}  // namespace accord

#endif
