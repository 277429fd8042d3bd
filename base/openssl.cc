#include "base/openssl.h"

#include <openssl/err.h>

#include "absl/strings/str_cat.h"

namespace accord {

absl::Status OpenSslError(absl::string_view action) {
  const unsigned long code = ERR_peek_last_error();  // NOLINT(runtime/int): OpenSSL's type
  char reason[256] = "no reason given";
  if (code != 0) ERR_error_string_n(code, reason, sizeof(reason));
  ERR_clear_error();
  return absl::InternalError(absl::StrCat("cannot ", action, ": ", reason));
}

}  // namespace accord
