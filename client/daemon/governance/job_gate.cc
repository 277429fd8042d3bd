#include "client/daemon/governance/job_gate.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/status.h"
#include "client/daemon/governance/kept_case.h"
#include "client/daemon/governance/policy_store.h"
#include "client/daemon/state/state_folder.h"
#include "spdlog/spdlog.h"
#include "trust/charter/approval.h"
#include "trust/charter/job_order.h"

namespace accord {
namespace {

constexpr absl::StatusCode kForGood = absl::StatusCode::kFailedPrecondition;
constexpr absl::StatusCode kForNow = absl::StatusCode::kUnavailable;
constexpr absl::StatusCode kThisTime = absl::StatusCode::kOutOfRange;  // the coordinator can bring something else
constexpr char kRulesDoNotHold[] =
    "no charter and policy are in force at this site now by which it could judge; its operator can read why "
    "(accord-client "
    "check)";
constexpr char kFilesFail[] =
    "this site cannot read or write what it keeps of jobs; its operator can read why (accord-client status)";

}  // namespace

JobGate::JobGate(const v1::SiteConfig& config, const Signer& signer, Clock& clock, Surroundings surroundings)
    : config_(config),
      clock_(clock),
      charter_(config, clock),
      orders_(StateFolder(config.state_dir()).OrderFolder()),
      refusals_(StateFolder(config.state_dir()).RefusalFolder(), signer),
      surroundings_(std::move(surroundings)),
      self_{config.site(), HashMappings(config), StopStore(StateFolder(config.state_dir()).StopFolder()),
            ReleaseStore(StateFolder(config.state_dir()).ReleaseFolder()), surroundings_.version_now},
      bound_(orders_.BoundJobs()) {
  charter_.KeepUnsignedTexts();
  if (!bound_.ok()) spdlog::error("jobs that began here: {}", std::string(bound_.status().message()));
}

// ---- permits ----

std::optional<Sha256Digest> JobGate::BoundOrder(const std::string& job_id) const {
  if (!bound_.ok()) return std::nullopt;
  const auto known = bound_->find(job_id);
  if (known == bound_->end()) return std::nullopt;
  return known->second;
}

absl::Status JobGate::BringReleasesIntoForce(const RulesInForce& rules) {
  if (rules.charter == released_under_) return absl::OkStatus();
  ACCORD_RETURN_IF_ERROR(self_.releases.ComeIntoForce(rules.charter->charter().hash()));
  released_under_ = rules.charter;
  return absl::OkStatus();
}

CaseMemory* JobGate::MemoryUnder(const RulesInForce& rules) {
  if (rules.charter != memory_charter_) memory_ = CaseMemory();
  memory_charter_ = rules.charter;
  return &memory_;
}

// From the disk, or of what is only held.
absl::StatusOr<KeptOrder> JobGate::CaseOf(const std::string& job_id, const Brought* brought,
                                          const Sha256Digest& order) {
  ACCORD_ASSIGN_OR_RETURN(std::optional<KeptOrder> kept, orders_.Find(order));
  if (kept.has_value()) return *std::move(kept);
  if (brought != nullptr && brought->held.has_value()) return *brought->held;
  return absl::NotFoundError(absl::StrCat("the order ", HexDigest(order), " of job ", job_id, " is not here any more"));
}

std::optional<JobGate::Refused> JobGate::Judged(const std::string& job_id, const std::string& job_sha256,
                                                JobPermit& permit, std::optional<Sha256Digest>& order) {
  const auto here_alone = [](const absl::Status& why, const char* told) {
    return Refused{{std::string(why.message())}, kForNow, told};
  };
  const auto never = [](absl::string_view why) { return Refused{{std::string(why)}, kForGood}; };
  const auto rules = charter_.Current();
  if (!rules.ok()) return here_alone(rules.status(), kRulesDoNotHold);
  if (rules->charter == nullptr) {
    // Whose release was taken here says what the rows are for, also to an operator who then forgets the charter.
    const auto released = self_.releases.DataSets();
    if (!released.ok()) return here_alone(released.status(), kFilesFail);
    if (released->empty()) return std::nullopt;
    return Refused{{absl::StrCat("releases of ", absl::StrJoin(*released, ", "),
                                 " were taken here, and without a charter nobody can tell whose word they are: ",
                                 "accord-client charter pin FILE")},
                   kForNow};
  }
  const absl::Status in_force = BringReleasesIntoForce(*rules);
  if (!in_force.ok()) return here_alone(in_force, kFilesFail);
  // Which order a job began under must not be forgotten for an error of the disk.
  if (!bound_.ok()) bound_ = orders_.BoundJobs();
  if (!bound_.ok()) return here_alone(bound_.status(), kFilesFail);
  const auto found = brought_.find(job_id);
  Brought* brought = found == brought_.end() ? nullptr : &found->second;
  const std::optional<Sha256Digest> bound = BoundOrder(job_id);
  order = bound;
  if (brought != nullptr && !brought->fault.empty()) return Refused{{brought->fault}, kThisTime};
  if (brought != nullptr) order = brought->order;
  if (!order.has_value()) {
    return Refused{{"the coordinator brought no order for this job, and this site goes by a charter"}, kThisTime};
  }
  if (bound.has_value() && *bound != *order) {
    return never(absl::StrCat("the job began under the order ", HexDigest(*bound),
                              ", and the coordinator now brings another one for it"));
  }
  if (brought != nullptr && brought->held.has_value()) {
    const absl::Status kept = Keep(*rules->charter, *brought, job_id);
    if (!kept.ok()) return here_alone(kept, kFilesFail);
  }
  const auto kept = CaseOf(job_id, brought, *order);
  if (!kept.ok()) return here_alone(kept.status(), kFilesFail);
  const Verdict verdict = JudgeKept(*rules, *kept, self_, clock_.Now(), MemoryUnder(*rules));
  if (!verdict.allowed()) return Refused{verdict.reasons, verdict.waits() ? kForNow : kForGood};
  const auto named = ParseJobOrder(kept->order.bytes);
  if (!named.ok()) return never(named.status().message());
  if (!job_sha256.empty() && job_sha256 != HexDigest(named->job)) {
    return never(absl::StrCat("the coordinator asks for the job ", Printable(job_sha256.substr(0, 64)),
                              ", and the order names ", HexDigest(named->job)));
  }
  permit = JobPermit{.charter = rules->charter,
                     .policy = rules->policy,
                     .order = *order,
                     .purpose = named->purpose,
                     .data_set = named->data_set,
                     .terms = verdict.terms,
                     .posture = std::nullopt};
  if (std::optional<Refused> poor = HeldAgainstPosture(permit)) return poor;
  if (!bound.has_value()) {
    const absl::Status once = orders_.Bind(*order, job_id);
    if (absl::IsFailedPrecondition(once)) return never(once.message());
    if (!once.ok()) return here_alone(once, kFilesFail);
    bound_->emplace(job_id, *order);
  }
  return std::nullopt;
}

std::optional<JobGate::Refused> JobGate::HeldAgainstPosture(JobPermit& permit) {
  const Charter& charter = permit.charter->charter();
  const v1::CharterFloors& floors = charter.terms().floors();
  if (surroundings_.postures == nullptr) {
    if (!floors.has_posture()) return std::nullopt;
    return Refused{{absl::StrCat(charter.Clause("floors.posture"), " asks what this site says of itself: nothing")},
                   kForNow};
  }
  Posture posture = surroundings_.postures->Now(config_.site(), permit.data_set, permit, clock_.Now());
  std::vector<std::string> reasons;
  if (floors.has_posture()) reasons = JudgePosture(posture, floors.posture(), charter.Clause("floors.posture"));
  // People can mend each of them while the job waits.
  if (!reasons.empty()) return Refused{std::move(reasons), kForNow};
  // It names the policy by the hash of its text, which a site that wants to show that has to have.
  if (permit.policy != nullptr && kept_policy_ != permit.policy->text_hash()) {
    const absl::Status kept =
        PolicyStore(StateFolder(config_.state_dir()).PolicyFolder()).KeepText(permit.policy->text());
    if (!kept.ok()) {
      return Refused{{absl::StrCat("this site's policy could not be kept: ", kept.message())}, kForNow, kFilesFail};
    }
    kept_policy_ = permit.policy->text_hash();
  }
  const auto said = surroundings_.postures->Say(std::move(posture));
  if (!said.ok()) {
    return Refused{{absl::StrCat("what this site says of itself could not be written down: ", said.status().message())},
                   kForNow,
                   kFilesFail};
  }
  permit.posture = *said;
  return std::nullopt;
}

absl::StatusOr<JobPermit> JobGate::Permit(const std::string& job_id, const std::string& job_sha256) {
  JobPermit permit;
  std::optional<Sha256Digest> order;
  const std::optional<Refused> refused = Judged(job_id, job_sha256, permit, order);
  if (!refused.has_value()) return permit;
  return Refuse(job_id, job_sha256, order, *refused);
}

absl::StatusOr<JobPermit> JobGate::PermitPlan(const v1::Plan& plan) {
  ACCORD_ASSIGN_OR_RETURN(JobPermit permit, Permit(plan.id().job_id(), plan.job_sha256()));
  const absl::Status cohort = CheckPermittedCohort(permit, plan);
  if (cohort.ok()) return permit;
  // The coordinator may plan with more sites the next time.
  return Refuse(plan.id().job_id(), plan.job_sha256(), permit.order, {{std::string(cohort.message())}, kThisTime});
}

absl::Status JobGate::WriteDown(const std::string& job_id, const std::string& job_sha256,
                                const std::optional<Sha256Digest>& order, const Refused& refused) {
  RefusalStatement statement;
  statement.site = config_.site();
  if (const auto charter = charter_.Pinned(); charter.ok() && *charter != nullptr) {
    statement.charter = (*charter)->charter().hash();
  }
  statement.order = order;
  if (const auto job = ParseHexDigest(job_sha256); job.ok()) statement.job = *job;
  statement.job_id = job_id;
  statement.time = clock_.Now();
  statement.for_good = refused.code == kForGood;
  statement.reasons = refused.reasons;
  // One that is damaged was kept too.
  bool order_is_kept = false;
  if (order.has_value()) {
    const auto kept = orders_.Find(*order);
    order_is_kept = !kept.ok() || kept->has_value();
  }
  return refusals_.Write(std::move(statement), order_is_kept).status();
}

absl::Status JobGate::Refuse(const std::string& job_id, const std::string& job_sha256,
                             const std::optional<Sha256Digest>& order, const Refused& refused) {
  const absl::Status written = WriteDown(job_id, job_sha256, order, refused);
  refused_in_full_ = absl::StrJoin(refused.reasons, "; ");
  if (!written.ok()) absl::StrAppend(&refused_in_full_, "; it could not be written down: ", written.message());
  const std::string reason = absl::StrCat(refused.told.empty() ? absl::StrJoin(refused.reasons, "; ") : refused.told,
                                          written.ok() ? "" : "; it could not be written down");
  refused_last_ = absl::StrCat(job_id, "\n", reason);
  return absl::Status(refused.code, reason);
}

void JobGate::KeepRefusal(const v1::Refusal& refusal, const std::string& job_sha256) {
  const std::string& job_id = refusal.plan().job_id();
  if (absl::StrCat(job_id, "\n", refusal.reason()) == refused_last_) return;
  std::optional<Sha256Digest> order = BoundOrder(job_id);
  const auto brought = brought_.find(job_id);
  if (brought != brought_.end() && brought->second.fault.empty()) order = brought->second.order;
  const absl::Status written =
      WriteDown(job_id, job_sha256, order, {{refusal.reason()}, refusal.permanent() ? kForGood : kForNow});
  if (!written.ok()) {
    spdlog::warn("job {}: its refusal could not be written down: {}", job_id, std::string(written.message()));
  }
}

std::optional<std::string> JobGate::WhyStopped(const std::string& job_id) const {
  std::optional<Sha256Digest> order = BoundOrder(job_id);
  const auto brought = brought_.find(job_id);
  if (!order.has_value() && brought != brought_.end()) order = brought->second.order;
  if (!order.has_value()) return std::nullopt;
  const auto kept = orders_.Find(*order);
  const auto named = kept.ok() && kept->has_value() ? ParseJobOrder((*kept)->order.bytes)
                                                    : absl::StatusOr<JobOrder>(absl::NotFoundError("no order"));
  return named.ok() ? self_.stops.WhyStopped(named->job) : std::nullopt;
}

// ---- this site's own word ----

std::vector<std::string> JobGate::BroughtJobs() const {
  std::vector<std::string> jobs;
  for (const auto& [job_id, brought] : brought_) jobs.push_back(job_id);
  return jobs;
}

std::optional<v1::SiteApproval> JobGate::NewOwnWord(const std::string& job_id) {
  const auto brought = brought_.find(job_id);
  if (brought == brought_.end() || !brought->second.fault.empty()) return std::nullopt;
  const auto kept = orders_.Find(brought->second.order);
  if (!kept.ok() || !kept->has_value() || !(*kept)->own.has_value()) return std::nullopt;
  const std::string text = (*kept)->own->Text();
  const auto approval = ParseApproval((*kept)->own->bytes);
  if (!approval.ok() || approval->order != brought->second.order) return std::nullopt;
  if (!told_.insert(absl::StrCat(job_id, " ", Sha256Hex(text))).second) return std::nullopt;
  v1::SiteApproval word;
  word.set_job_id(job_id);
  word.set_approval(text);
  return word;
}

}  // namespace accord
