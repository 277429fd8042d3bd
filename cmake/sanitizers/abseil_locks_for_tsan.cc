// Tells ThreadSanitizer what the distribution's Abseil does.
//
// Abseil marks its locks for ThreadSanitizer only when it is itself compiled with it. The packaged library is not, so
// every value that an absl::Mutex guards would be reported as a race. The functions below stand before the library's,
// call them, and say what was acquired and released. Linked into programs that are built with -fsanitize=thread, and
// into no others.
#include <dlfcn.h>

#include <cstdlib>
#include <cstring>

#include "absl/base/config.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
}

// Third-party libraries that are not compiled for ThreadSanitizer: what they synchronise inside stays unseen, so that
// memory which passes from one of their threads to another looks like a race. No line names a function of this project.
extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:libgrpc.so\n"
         "called_from_lib:libgrpc++.so\n"
         "called_from_lib:libgpr.so\n"
         "called_from_lib:libabsl_cord.so\n"       // payloads of gRPC's statuses
         "race:libabsl_graphcycles_internal.so\n"  // Abseil's own lock-order check, under a spin lock of its own
         "race:libgrpc.so\n"
         "race:libgrpc++.so\n"
         "race:libupb.so\n"
         "race:libssl.so\n"
         "race:libcrypto.so\n"
         "race:libabsl_status.so\n"
         "race:absl::*::Status::UnrefNonInlined\n"  // the count of a gRPC status that passes from thread to thread
         "race:absl::*status_internal::Payload\n"
         "race:grpc::internal::*\n"  // headers of gRPC, compiled into this program
         "race:grpc::ProtoBuffer*\n";
}

namespace absl {
ABSL_NAMESPACE_BEGIN
namespace {

// The library's own version of the member function that `mine` stands before: next in the order of look-up, under the
// same mangled name.
template <typename Function, typename Member>
Function Next(Member mine) {
  void* address = nullptr;
  static_assert(sizeof(mine) >= sizeof(address));
  std::memcpy(&address, &mine, sizeof(address));
  Dl_info info;
  void* next = dladdr(address, &info) != 0 && info.dli_sname != nullptr ? dlsym(RTLD_NEXT, info.dli_sname) : nullptr;
  if (next == nullptr) std::abort();
  return reinterpret_cast<Function>(next);
}

// A condition is looked at with the lock held, on whichever thread holds it: by the library, unseen.
struct Watched {
  const Condition* condition;
  void* mutex;
  bool Holds() {
    __tsan_acquire(mutex);
    const bool holds = condition->Eval();
    __tsan_release(mutex);
    return holds;
  }
};

}  // namespace

void Mutex::Lock() {
  static const auto next = Next<void (*)(Mutex*)>(&Mutex::Lock);
  next(this);
  __tsan_acquire(this);
}
void Mutex::Unlock() {
  static const auto next = Next<void (*)(Mutex*)>(&Mutex::Unlock);
  __tsan_release(this);
  next(this);
}
void Mutex::ReaderLock() {
  static const auto next = Next<void (*)(Mutex*)>(&Mutex::ReaderLock);
  next(this);
  __tsan_acquire(this);
}
void Mutex::ReaderUnlock() {
  static const auto next = Next<void (*)(Mutex*)>(&Mutex::ReaderUnlock);
  __tsan_release(this);
  next(this);
}
bool Mutex::TryLock() {
  static const auto next = Next<bool (*)(Mutex*)>(&Mutex::TryLock);
  const bool taken = next(this);
  if (taken) __tsan_acquire(this);
  return taken;
}
// Later releases inline the waits of the header and leave one function of each kind in the library.
#if ABSL_LTS_RELEASE_VERSION >= 20240116

bool Mutex::AwaitCommon(const Condition& condition, synchronization_internal::KernelTimeout timeout) {
  using Await = bool (*)(Mutex*, const Condition&, synchronization_internal::KernelTimeout);
  static const auto next = Next<Await>(&Mutex::AwaitCommon);
  Watched watched{&condition, this};
  __tsan_release(this);
  const bool holds = next(this, Condition(&watched, &Watched::Holds), timeout);
  __tsan_acquire(this);
  return holds;
}
bool Mutex::LockWhenCommon(const Condition& condition, synchronization_internal::KernelTimeout timeout, bool write) {
  using LockWhen = bool (*)(Mutex*, const Condition&, synchronization_internal::KernelTimeout, bool);
  static const auto next = Next<LockWhen>(&Mutex::LockWhenCommon);
  Watched watched{&condition, this};
  const bool holds = next(this, Condition(&watched, &Watched::Holds), timeout, write);
  __tsan_acquire(this);
  return holds;
}
bool CondVar::WaitCommon(Mutex* mutex, synchronization_internal::KernelTimeout timeout) {
  using Wait = bool (*)(CondVar*, Mutex*, synchronization_internal::KernelTimeout);
  static const auto next = Next<Wait>(&CondVar::WaitCommon);
  __tsan_release(mutex);
  const bool timed_out = next(this, mutex, timeout);
  __tsan_acquire(mutex);
  return timed_out;
}

#else

void Mutex::Await(const Condition& condition) {
  static const auto next = Next<void (*)(Mutex*, const Condition&)>(&Mutex::Await);
  Watched watched{&condition, this};
  __tsan_release(this);
  next(this, Condition(&watched, &Watched::Holds));
  __tsan_acquire(this);
}
void Mutex::LockWhen(const Condition& condition) {
  static const auto next = Next<void (*)(Mutex*, const Condition&)>(&Mutex::LockWhen);
  Watched watched{&condition, this};
  next(this, Condition(&watched, &Watched::Holds));
  __tsan_acquire(this);
}
bool Mutex::AwaitWithTimeout(const Condition& condition, Duration timeout) {
  static const auto next = Next<bool (*)(Mutex*, const Condition&, Duration)>(&Mutex::AwaitWithTimeout);
  Watched watched{&condition, this};
  __tsan_release(this);
  const bool holds = next(this, Condition(&watched, &Watched::Holds), timeout);
  __tsan_acquire(this);
  return holds;
}
bool Mutex::AwaitWithDeadline(const Condition& condition, Time deadline) {
  static const auto next = Next<bool (*)(Mutex*, const Condition&, Time)>(&Mutex::AwaitWithDeadline);
  Watched watched{&condition, this};
  __tsan_release(this);
  const bool holds = next(this, Condition(&watched, &Watched::Holds), deadline);
  __tsan_acquire(this);
  return holds;
}
void CondVar::Wait(Mutex* mutex) {
  static const auto next = Next<void (*)(CondVar*, Mutex*)>(&CondVar::Wait);
  __tsan_release(mutex);
  next(this, mutex);
  __tsan_acquire(mutex);
}
bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  static const auto next = Next<bool (*)(CondVar*, Mutex*, Duration)>(&CondVar::WaitWithTimeout);
  __tsan_release(mutex);
  const bool timed_out = next(this, mutex, timeout);
  __tsan_acquire(mutex);
  return timed_out;
}
bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  static const auto next = Next<bool (*)(CondVar*, Mutex*, Time)>(&CondVar::WaitWithDeadline);
  __tsan_release(mutex);
  const bool timed_out = next(this, mutex, deadline);
  __tsan_acquire(mutex);
  return timed_out;
}

#endif

void Notification::Notify() {
  static const auto next = Next<void (*)(Notification*)>(&Notification::Notify);
  __tsan_release(this);
  next(this);
}
void Notification::WaitForNotification() const {
  static const auto next = Next<void (*)(const Notification*)>(&Notification::WaitForNotification);
  next(this);
  __tsan_acquire(const_cast<Notification*>(this));
}
bool Notification::WaitForNotificationWithTimeout(Duration timeout) const {
  static const auto next = Next<bool (*)(const Notification*, Duration)>(&Notification::WaitForNotificationWithTimeout);
  const bool notified = next(this, timeout);
  if (notified) __tsan_acquire(const_cast<Notification*>(this));
  return notified;
}

ABSL_NAMESPACE_END
}  // namespace absl
