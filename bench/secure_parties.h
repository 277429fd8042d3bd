// All parties of a secure sum in one process: the machines of the sites and of the coordinator as they are, and shells
// that do nothing but mask, fold and carry messages. Nothing is durable and nobody is remote.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "aggregation/secure/agreement/attempt_terms.h"
#include "aggregation/secure/round/epoch_builder.h"
#include "aggregation/secure/round/secure_round.h"
#include "aggregation/secure/site/secure_participant.h"
#include "trust/identity/signing.h"

namespace accord::bench {

struct PartiesOptions {
  uint32_t num_sites = 0;
  uint32_t colluding_organisations = 1;
  secure::GraphTerms graph = {};
  uint64_t num_elements = 0;
  int num_threads = 2;  // that mask and take masks off
};

class SecureParties {
 public:
  explicit SecureParties(PartiesOptions options);
  ~SecureParties();

  // Keys, list, and nonces of all sites.
  absl::Status OpenEpoch();

  struct Outcome {
    double coordinator_s = 0;      // in its machine: all checks, and what goes to the sites
    double unmask_s = 0;           // taking the masks off the sum
    uint64_t most_bytes_sent = 0;  // by one site: masked vector, header, offers, statements and seeds
    size_t num_seeds = 0;
    size_t num_survivors = 0;
  };
  // One attempt in which `missing` sites, evenly spread, upload nothing. INTERNAL when the sum is not that of the
  // others.
  absl::StatusOr<Outcome> Run(uint32_t missing);

 private:
  struct Site;
  absl::StatusOr<secure::SecureRound> Begin(const secure::AttemptPlanned& plan) const;
  secure::AttemptPlanned Plan() const;
  absl::Status Handle(secure::RoundEvent event);
  absl::Status Carry(secure::RoundAction& action);
  absl::Status Send(Site& site, const secure::SiteEvent& event);
  absl::Status FromSite(Site& site, secure::SiteAction& action);
  absl::Status Mask(Site& site, const secure::MaskVector& action);

  const PartiesOptions options_;
  std::vector<std::unique_ptr<Site>> sites_;
  std::shared_ptr<const Roster> roster_;
  std::unique_ptr<secure::EpochReady> epoch_;
  std::unique_ptr<secure::SecureRound> round_;
  std::vector<secure::RoundAction> queue_;
  std::vector<uint32_t> sum_;
  std::vector<uint32_t> payload_;  // of the site at hand
  bool opened_ = false;
  Outcome outcome_;
};

}  // namespace accord::bench
