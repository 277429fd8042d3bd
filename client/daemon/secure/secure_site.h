// What all secure sums of one site share: its roster, its key, its record, where evidence goes.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "aggregation/secure/site/secure_participant.h"
#include "base/entropy.h"
#include "client/daemon/secure/record_file.h"
#include "proto/accord/v1/site.pb.h"
#include "trust/identity/signing.h"
#include "trust/roster/roster.h"

namespace accord {

// Everything outlives the jobs. Used on the daemon's decision thread only.
struct SecureSite {
  std::string site;
  secure::Floors floors;
  // The roster that this site has pinned, once its signatures are checked; else what the operator has to do.
  std::function<absl::StatusOr<std::shared_ptr<const Roster>>()> roster = [] {
    return absl::FailedPreconditionError("this site has no roster");
  };
  const Signer* signer = nullptr;
  EntropySource* entropy = &EntropySource::System();
  RecordFile* record = nullptr;
  std::string evidence_folder;  // made when there is some
};

// The site's floors as its loaded config says them, defaults filled in.
secure::Floors FloorsOf(const v1::Floors& config);

}  // namespace accord
