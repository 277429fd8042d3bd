#include "client/daemon/secure/secure_site.h"

namespace accord {

secure::Floors FloorsOf(const v1::Floors& config) {
  return {.sites = config.min_sites(),
          .organisations = config.min_organisations(),
          .colluding_organisations = config.min_colluding_organisations(),
          .two_sites = config.allow_two_sites()};
}

}  // namespace accord
