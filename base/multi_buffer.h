// Intel's multi-buffer library, which hashes and encrypts several buffers side by side, with the widest instructions of
// the processor that it runs on. A manager of the library serves one thread at a time and takes half a millisecond to
// make, so managers are lent out and kept. For .cc files only; on other architectures than x86 there are none.
#pragma once

#ifdef ACCORD_IPSEC_MB

#include <intel-ipsec-mb.h>

#include <memory>
#include <utility>

namespace accord {

// A manager for as long as this lives. Movable. Thread-safe to borrow; used by one thread. Memory: 200 KiB kept for
// each thread that borrows at the same time.
class MultiBuffer {
 public:
  MultiBuffer(MultiBuffer&&) noexcept = default;
  MultiBuffer& operator=(MultiBuffer&&) = delete;
  ~MultiBuffer();

  // Without a manager where the library refuses this processor: OpenSSL does the work then.
  static MultiBuffer Borrow();

  bool valid() const { return manager_ != nullptr; }
  IMB_MGR* get() const { return manager_.get(); }
  // Whether AES runs on 256 bits and more: below that the library is no faster than OpenSSL.
  bool HasWideAes() const { return valid() && (manager_->features & IMB_FEATURE_VAES) != 0; }
  // An error left it in an unknown state: it is not lent again.
  void Discard() { manager_.reset(); }

 private:
  struct Free {
    void operator()(IMB_MGR* manager) const { free_mb_mgr(manager); }
  };
  using Manager = std::unique_ptr<IMB_MGR, Free>;
  class Pool;

  explicit MultiBuffer(Manager manager) : manager_(std::move(manager)) {}

  Manager manager_;
};

}  // namespace accord

#endif
