#include "client/daemon/federation/stamp_floor.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/status.h"
#include "client/daemon/federation/log_growth.h"
#include "trust/log/merkle_proof.h"
#include "trust/timestamp/log_stamp.h"

namespace accord {
namespace {

constexpr char kFloor[] = "floors.require_time_stamps";

// That the log has both heads.
absl::Status CheckSameLog(const LogHead& stamped, const LogHead& named, const v1::LogProof* proof) {
  const LogHead& earlier = stamped.tree_size <= named.tree_size ? stamped : named;
  const LogHead& later = stamped.tree_size <= named.tree_size ? named : stamped;
  ACCORD_ASSIGN_OR_RETURN(const std::vector<Sha256Digest> hashes,
                          ProofBetween(earlier.tree_size, later.tree_size, proof));
  return VerifyConsistency(earlier.tree(), later.tree(), hashes);
}

}  // namespace

absl::StatusOr<std::unique_ptr<StampFloor>> StampFloor::Open(const v1::SiteConfig& config, Clock& clock) {
  if (!config.floors().has_require_time_stamps()) return nullptr;
  const v1::TimeStampFloor& floor = config.floors().require_time_stamps();
  auto authority = StampAuthority::FromFile(floor.authority(), floor.policy());
  if (!authority.ok()) return Annotate(authority.status(), absl::StrCat(kFloor, ".authority"));
  return std::unique_ptr<StampFloor>(new StampFloor(*std::move(authority), absl::Seconds(floor.max_age_s()), clock));
}

absl::Status StampFloor::Take(const v1::LogStamp* stamp, const v1::SignedLogHead& named, const LogIdentity& log) {
  const std::string place = absl::StrCat("the config says ", kFloor);
  if (stamp == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat(place,
                     ", and the coordinator shows no time stamp on the federation's log: it needs time_stamps in "
                     "its coordinator.yaml, or its authority gives none now"));
  }
  const SignedLogHead head{stamp->head().head(), stamp->head().signature()};
  const auto stamped = log.CheckHead(head);
  if (!stamped.ok()) return Annotate(stamped.status(), absl::StrCat(place, "; the stamped head of the log"));
  auto checked = CheckLogStamp(authority_, head, stamp->token());
  if (!checked.ok()) return Annotate(checked.status(), place);
  const absl::Time now = clock_.Now();
  if (checked->time > now + kStampTolerance) {
    return absl::FailedPreconditionError(absl::StrCat(place, ", and the time stamp on the federation's log is of ",
                                                      StampInWords(*checked),
                                                      ", which this machine's clock has not reached: set the clock"));
  }
  if (now - checked->time > max_age_) {
    return absl::FailedPreconditionError(
        absl::StrCat(place, ", and the newest time stamp that the coordinator shows on the federation's log is of ",
                     StampInWords(*checked), "; expected one that is at most ", absl::FormatDuration(max_age_),
                     " old: the coordinator's operator has to look after its authority"));
  }
  ACCORD_ASSIGN_OR_RETURN(const LogHead plan_head, ParseLogHead(named.head()));
  const absl::Status same = CheckSameLog(*stamped, plan_head, stamp->has_proof() ? &stamp->proof() : nullptr);
  if (!same.ok()) {
    return Annotate(same, absl::StrCat(place, ", and the head that was stamped, of ", EntriesOfLog(stamped->tree_size),
                                       ", is not shown to be of the log whose head of ",
                                       EntriesOfLog(plan_head.tree_size), " the coordinator names"));
  }
  if (log_id_ != log.id()) named_.StartAgain();
  log_id_ = log.id();
  const uint64_t known = named_.EntriesBefore(now - checked->time + kStampDelay);
  if (stamped->tree_size < known) {
    return absl::FailedPreconditionError(absl::StrCat(
        place, ", and the time stamp of ", StampInWords(*checked), " is on the log of ",
        EntriesOfLog(stamped->tree_size), ", when plans had named ", EntriesOfLog(known),
        " already: what came in between is stamped by nobody; the coordinator's operator has to look after it"));
  }
  named_.Took(plan_head.tree_size);
  last_ = *std::move(checked);
  return absl::OkStatus();
}

std::string StampFloor::InWords() const {
  return last_.has_value() ? absl::StrCat("stamped ", StampInWords(*last_)) : "no time stamp was taken yet";
}

}  // namespace accord
