// A federation under a charter whose daemons are connected to a coordinator that lies, with what every attack on them has
// in common: how it is told, and what has to be left of it at the site.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "tests/integration/governed_federation.h"
#include "tests/integration/lying_coordinator.h"

namespace accord {

class LiedToFederation : public GovernedFederation {
 protected:
  // As StartUnderCharter, with the daemons connected to the liar, which tells the truth at first.
  void StartBehindTheLiar(const Changes& changes_of_charter = {}, const std::string& site_config = "");
  // The parts of it, for a charter or sites of another kind: after SetUpPeople, before StartSites.
  void PutTheLiarBetween();
  // Lines of the site's client.yaml that say `from` say `to`; counts from the daemon's next start.
  void ChangeConfig(size_t site, const std::string& from, const std::string& to);

  // A trivial job of so many rounds over all sites under secure sums.
  static std::string JobYaml(uint32_t rounds = 2, const std::string& name = "lied-about");
  // Nothing made of rows left the site for this job, and no trainer computed for it: neither the ledger nor the liar has
  // seen an upload.
  void ExpectNothingLeft(size_t site);
  // Refused by the site with these words; the file it signed is checked by a third party, who has the roster alone, and
  // says the words. What that party read.
  std::string ExpectRefused(size_t site, const std::string& words, const std::string& job_id = "");

  std::unique_ptr<LyingCoordinator> liar_;

 private:
  void TearDown() override;
};

}  // namespace accord
