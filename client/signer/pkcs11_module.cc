#include "client/signer/pkcs11_module.h"

#include <dlfcn.h>
#include <unistd.h>

#include "base/file.h"
#include "base/status.h"
#include "client/signer/pkcs11_error.h"

namespace accord {
namespace {

absl::StatusOr<CK_C_GetFunctionList> EntryOf(const std::string& path) {
  if (access(path.c_str(), R_OK) != 0) return ErrnoError("open the PKCS#11 module", path);
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat("cannot load the PKCS#11 module: ", dlerror()));
  }
  const auto entry = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
  if (entry == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is no PKCS#11 module: it is a library without C_GetFunctionList"));
  }
  return entry;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Pkcs11Module>> Pkcs11Module::Load(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(const CK_C_GetFunctionList entry, EntryOf(path));
  CK_FUNCTION_LIST* functions = nullptr;
  ACCORD_RETURN_IF_ERROR(Annotate(Pkcs11Error("list its functions", entry(&functions)), path));
  if (functions == nullptr || functions->version.major != 2) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is not of version 2 of PKCS#11"));
  }
  CK_C_INITIALIZE_ARGS arguments = {};
  arguments.flags = CKF_OS_LOCKING_OK;  // threads of the module's own
  const CK_RV started = functions->C_Initialize(&arguments);
  if (started != CKR_OK) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": ", Pkcs11Error("start it", started).message(),
                                                      "; is the token's software set up on this machine?"));
  }
  return std::unique_ptr<Pkcs11Module>(new Pkcs11Module(*functions));
}

Pkcs11Module::~Pkcs11Module() { functions_.C_Finalize(nullptr); }

}  // namespace accord
