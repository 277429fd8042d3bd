// How long a session or another stream may last: no longer than the certificate that it was made under is good, and its
// key stands for the member.
#pragma once

#include <string>

#include "absl/time/time.h"

namespace accord {

struct CertificateTerm {
  std::string identity;        // "site/ID" or "person/ID"
  std::string public_key_der;  // empty: not known, and not looked at
  absl::Time good_until = absl::InfiniteFuture();
};

}  // namespace accord
