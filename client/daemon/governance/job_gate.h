// What stands between the coordinator and this site's work: no job is fetched, computed, keyed or signed for here
// unless the papers that came with it let it, judged with this site's own charter, policy, roster, files and clock,
// anew each time (trust/charter/judge.h). A site that has pinned no charter, and whose config demands none, goes by its
// config.
//
// Adversary: the coordinator. It brings papers late, in part, twice, for another job or not at all; it may ask for one
// job under several orders and for several jobs under one. What it brings is kept (order_store.h) only where somebody
// of the charter signed the order, so that it cannot fill the disk either.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "client/daemon/governance/job_permit.h"
#include "client/daemon/governance/kept_case.h"
#include "client/daemon/governance/order_store.h"
#include "client/daemon/governance/pinned_charter.h"
#include "client/daemon/governance/posture_file.h"
#include "client/daemon/governance/refusal_file.h"
#include "proto/accord/v1/site.pb.h"
#include "proto/accord/v1/wire.pb.h"
#include "trust/identity/signing.h"

namespace accord {

// Not thread-safe.
class JobGate {
 public:
  // What it goes by besides files.
  struct Surroundings {
    DataVersionNow version_now = {};   // empty: a release of one version lets nothing be read
    PostureFiles* postures = nullptr;  // outlives it; null: this site says nothing of itself (tests)
  };
  // `signer`, of this site's statements, and `clock` outlive it.
  JobGate(const v1::SiteConfig& config, const Signer& signer, Clock& clock)
      : JobGate(config, signer, clock, Surroundings()) {}
  JobGate(const v1::SiteConfig& config, const Signer& signer, Clock& clock, Surroundings surroundings);

  // FAILED_PRECONDITION: the site's policy loosens the charter, or there is none that it tightens; a daemon does not
  // start then.
  absl::Status CheckRules() { return charter_.CheckPolicy(); }

  // In words for the operator; empty: nothing that was not said before.
  std::string Take(const v1::JobPapers& papers);
  // The same of papers that came before: people may have decided about them since.
  std::string LookAgain(const std::string& job_id);
  // Why an ombudsman stopped the job, in words; nullopt: as far as this site has seen, none did.
  std::optional<std::string> WhyStopped(const std::string& job_id) const;
  // The bytes that were to be fetched; true: something kept needed them.
  bool TakeJobBytes(const std::string& job_sha256, const std::string& bytes);
  // The coordinator says that the job is over.
  void JobOver(const std::string& job_id);

  // May anything be done for the job now? `job_sha256`: what the coordinator asks for, in hexadecimal; empty where it
  // does not say. Binds the order to the job, durably, when it is permitted for the first time. FAILED_PRECONDITION: it
  // never may, and why; UNAVAILABLE: not now; OUT_OF_RANGE: not with what the coordinator brought. Each
  // time a signed file keeps what was refused: paths of this machine, and lines of files that do not hold, are in that
  // and in RefusedInFull alone.
  absl::StatusOr<JobPermit> Permit(const std::string& job_id, const std::string& job_sha256);
  // For the operator: why it was refused last.
  const std::string& RefusedInFull() const { return refused_in_full_; }
  // The same for a plan, and its cohort. OUT_OF_RANGE: not with this cohort; the next one may be another.
  absl::StatusOr<JobPermit> PermitPlan(const v1::Plan& plan);
  // What is refused for any other reason (the log, the roster, a model, a size): a signed file keeps that too, whether
  // or not a charter is pinned. Words that Permit has just written down are in a file already. `job_sha256` as above.
  void KeepRefusal(const v1::Refusal& refusal, const std::string& job_sha256);
  // Whether an order was bound to the job: the word that it never signs an attempt is then given in any case.
  bool IsBound(const std::string& job_id) const { return BoundOrder(job_id).has_value(); }

  // The jobs that it brought papers of.
  std::vector<std::string> BroughtJobs() const;
  // Its bytes, by their SHA-256, where they are still to be fetched; empty: they are here, or are not asked for.
  std::string JobToFetch(const std::string& job_id) const;
  // What this site decided about the job's order, once in each session.
  std::optional<v1::SiteApproval> NewOwnWord(const std::string& job_id);
  void SessionBegins() { told_.clear(); }

  // OK, or why charter and policy let no job run here now.
  absl::Status Holds() { return charter_.Current().status(); }
  // One line for the operator.
  std::string InWords() { return charter_.InWords(); }

 private:
  // What came for a job in this daemon's life.
  struct Brought {
    Sha256Digest order{};
    std::string fault;              // why there is none
    std::optional<KeptOrder> held;  // of an order that is not kept on the disk
    std::string job_sha256;
    std::vector<std::string> stops;  // files that came while there was no charter to hold them against
    std::string words;               // that the operator was told last
  };
  struct Refused {
    std::vector<std::string> reasons;
    absl::StatusCode code;  // as of PermitPlan
    std::string told = {};  // to the coordinator in their place; empty: they are
  };

  std::string TakeForm(const v1::JobPapers& papers, KeptOrder& handed) const;
  // Keeps stops of the job with these bytes; what is wrong with the others, in words.
  std::string KeepStops(const ActiveCharter& charter, const std::string& job_id, const std::string& job_sha256,
                        const std::vector<std::string>& files) const;
  absl::Status Keep(const ActiveCharter& charter, Brought& brought, const std::string& job_id);
  absl::StatusOr<KeptOrder> CaseOf(const std::string& job_id, const Brought* brought, const Sha256Digest& order);
  std::optional<Sha256Digest> BoundOrder(const std::string& job_id) const;
  // Nothing: permitted, with `permit` filled in.
  std::optional<Refused> Judged(const std::string& job_id, const std::string& job_sha256, JobPermit& permit,
                                std::optional<Sha256Digest>& order);
  // Once for each charter, before anything is permitted under it.
  absl::Status BringReleasesIntoForce(const RulesInForce& rules);
  // The judge's, of the charter of these rules.
  CaseMemory* MemoryUnder(const RulesInForce& rules);
  // Nothing: what this site says of itself meets what is demanded, and is written down in `permit`.
  std::optional<Refused> HeldAgainstPosture(JobPermit& permit);
  absl::Status Refuse(const std::string& job_id, const std::string& job_sha256,
                      const std::optional<Sha256Digest>& order, const Refused& refused);
  absl::Status WriteDown(const std::string& job_id, const std::string& job_sha256,
                         const std::optional<Sha256Digest>& order, const Refused& refused);
  std::string WordsOf(const std::string& job_id, Brought& brought);

  const v1::SiteConfig config_;
  Clock& clock_;
  PinnedCharter charter_;
  OrderStore orders_;
  RefusalFiles refusals_;
  const Surroundings surroundings_;
  const KeptAtSite self_;                   // with the mappings as the daemon read them
  std::map<std::string, Brought> brought_;  // by job id
  // By job id, as the disk has it: this alone changes it. Until it could be read nothing is permitted under a charter.
  absl::StatusOr<std::map<std::string, Sha256Digest>> bound_;
  std::shared_ptr<const ActiveCharter> released_under_;  // the releases of this charter are in force
  std::shared_ptr<const ActiveCharter> memory_charter_;
  CaseMemory memory_;           // of memory_charter_
  std::set<std::string> told_;  // own words that went out in this session
  std::string refused_last_;    // by Permit: the job's id, LF, and the words that were told
  std::string refused_in_full_;
  std::optional<Sha256Digest> kept_policy_;  // the text that is among those kept, and postures name
};

}  // namespace accord
