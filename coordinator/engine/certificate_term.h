// How long a session may last: no longer than the certificate that it was made under is good, and stands for the site.
#pragma once

#include <string>

#include "absl/time/time.h"

namespace accord {

struct CertificateTerm {
  std::string public_key_der;
  absl::Time good_until = absl::InfiniteFuture();
};

}  // namespace accord
