// A token's PKCS#11 module: a shared library of the token's vendor, loaded into this process.
//
// It is foreign code and may do what this process may, which is why it gets a process of its own: it links its own
// copy of whatever it likes (SoftHSM shares this machine's libcrypto, and sets its default engines), starts threads,
// hangs or crashes.
// Source: PKCS #11 Base Specification v2.40, sections 5.2 and 5.4.
#pragma once

#include <p11-kit/pkcs11.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace accord {

class Pkcs11Module {
 public:
  // Loads and initialises it. NOT_FOUND: no such file; FAILED_PRECONDITION: it cannot be loaded, is no PKCS#11 module,
  // or does not start, with the reason.
  static absl::StatusOr<std::unique_ptr<Pkcs11Module>> Load(const std::string& path);
  // Finalises it. The library stays loaded: threads of its own may still run.
  ~Pkcs11Module();
  Pkcs11Module(const Pkcs11Module&) = delete;
  Pkcs11Module& operator=(const Pkcs11Module&) = delete;

  const CK_FUNCTION_LIST& functions() const { return functions_; }

 private:
  explicit Pkcs11Module(const CK_FUNCTION_LIST& functions) : functions_(functions) {}
  const CK_FUNCTION_LIST& functions_;  // the module's own
};

}  // namespace accord
