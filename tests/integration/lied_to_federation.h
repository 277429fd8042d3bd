// A federation under a charter whose daemons are connected to a coordinator that lies, with what every attack on them
// has in common: how it is told, what the keys of people sign for it, and what has to be left of it at the site.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "tests/integration/governed_federation.h"
#include "tests/integration/lying_coordinator.h"
#include "trust/charter/approval.h"
#include "trust/charter/job_order.h"

namespace accord {

class LiedToFederation : public GovernedFederation {
 protected:
  // Of a charter: lead and steward decide, and no site is asked for a word of its own. Once they have approved, the
  // engine runs the job, and what the liar makes of its papers is all that is left to stop it.
  static inline const Changes kPeopleDecide = {{"each_site: true", "each_site: false"}};

  // As StartUnderCharter, with the daemons connected to the liar, which tells the truth at first.
  void StartBehindTheLiar(const Changes& changes_of_charter = {}, const std::string& site_config = "");
  // The parts of it, for a charter or sites of another kind: after SetUpPeople, before StartSites.
  void PutTheLiarBetween();
  // The same, and the daemons start and the coordinator publishes charter_.
  void StartSitesBehindTheLiar();
  // Lines of the site's client.yaml that say `from` say `to`; counts from the daemon's next start.
  void ChangeConfig(size_t site, const std::string& from, const std::string& to);

  // Ends every session with the liar; the daemons come back by themselves.
  void EndSessions();
  // Where the site's daemon keeps what it keeps.
  std::string StateOf(size_t site) const { return Path("sites/" + federation_->site_name(site) + "/state"); }

  // A trivial job of so many rounds over all sites under secure sums.
  static std::string JobYaml(uint32_t rounds = 2, const std::string& name = "lied-about");

  // From now on every message to a site is changed so, and no site hears that an attempt or a job is over: each has its
  // own look at the lie, also where another's refusal ended the job for the engine.
  void Lie(std::function<void(v1::CoordinatorMessage&)> change);
  // Until the site has said that it takes plans.
  void AwaitTakesPlans(size_t site);
  // How often the site has said no with these words, of this job where one is named, and until it has so often.
  size_t RefusalsOf(size_t site, const std::string& words, const std::string& job_id = "") const;
  void AwaitRefusals(size_t site, size_t count, const std::string& words, const std::string& job_id = "");
  // A statement's file, signed with the key in this person's profile: stolen, or in the hands of somebody misled.
  std::string SignedBy(const std::string& person, const std::string& bytes, const std::string& domain);
  // The order of these papers with this change, signed by this person, and approved anew by those whose approvals are
  // among them.
  void OrderAnew(v1::JobPapers& papers, const std::function<void(JobOrder&)>& change,
                 const std::string& engineer = "engineer");
  // The same of the file of a person's approval; without a `signer` it is signed by whoever gives it.
  void ApproveAnew(std::string& file, const std::function<void(Approval&)>& change, const std::string& signer = "");

  // Nothing made of rows left the site for this job (without an id: for any), and no trainer computed for it: neither
  // the ledger nor the liar has seen an upload.
  void ExpectNothingLeft(size_t site, const std::string& job_id = "");
  // Cancelled, if it has not ended by itself: nothing that it would still do is waited for.
  v1::JobReport Ended(const std::string& job_id);
  // Refused by the site with these words; the file it signed is checked by a third party, who has the roster alone, and
  // says the words. What that party read.
  std::string ExpectRefused(size_t site, const std::string& words, const std::string& job_id = "");
  // By every site, with nothing left for it; the job is cancelled then, and no round of it was done.
  void ExpectRefusedByAll(const std::string& job_id, const std::string& words);

  std::unique_ptr<LyingCoordinator> liar_;

 private:
  void TearDown() override;
};

}  // namespace accord
