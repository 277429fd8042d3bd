// What all secure sums of one site share: its roster, its key, its record, where evidence goes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "aggregation/secure/site/secure_participant.h"
#include "base/entropy.h"
#include "client/daemon/secure/peers_file.h"
#include "client/daemon/secure/record_file.h"
#include "proto/accord/v1/site.pb.h"
#include "proto/accord/v1/wire.pb.h"
#include "trust/identity/signing.h"
#include "trust/log/log_file.h"
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
  const PeersFile* peers = nullptr;  // null: what was seen of others is kept in memory alone (tests)
  std::string evidence_folder;  // made when there is some
  // A plan's head of the log, as others can check it: goes into evidence.
  std::function<std::optional<HeadOfLog>(const v1::SignedLogHead&)> named_log_head = [](const v1::SignedLogHead&) {
    return std::nullopt;
  };
};

// The site's floors as its loaded config says them, defaults filled in.
secure::Floors FloorsOf(const v1::Floors& config);

}  // namespace accord
