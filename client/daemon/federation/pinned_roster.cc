#include "client/daemon/federation/pinned_roster.h"

#include <utility>

#include "base/file.h"
#include "base/status.h"
#include "client/daemon/federation/roster_pin.h"
#include "spdlog/spdlog.h"
#include "trust/roster/roster_words.h"
#include "trust/roster/signed_roster.h"

namespace accord {
namespace {

absl::Status NothingPublished() {
  return absl::FailedPreconditionError(
      "the coordinator has published no roster: its operator drafts one (accord-coordinator roster draft), every site "
      "signs it (accord-client roster sign), and the operator publishes it");
}

}  // namespace

PinnedRoster::PinnedRoster(const v1::SiteConfig& config, std::string public_key_der)
    : folder_(config.state_dir()),
      site_(config.site()),
      config_hash_(config.roster_sha256()),
      public_key_der_(std::move(public_key_der)),
      offered_(NothingPublished()) {}

void PinnedRoster::Offer(absl::string_view signed_roster) {
  {
    absl::MutexLock lock(&mutex_);
    if (signed_roster == offered_bytes_) return;
  }
  auto examined = Examine(signed_roster);
  if (examined.ok()) {
    const absl::Status kept = WriteFileAtomically(folder_.PublishedRosterFile(), signed_roster);
    if (!kept.ok()) spdlog::warn("the published roster cannot be kept for looking at: {}", std::string(kept.message()));
  }
  absl::MutexLock lock(&mutex_);
  offered_bytes_ = std::string(signed_roster);
  offered_ = std::move(examined);
}

absl::StatusOr<std::shared_ptr<const Roster>> PinnedRoster::Examine(absl::string_view signed_roster) const {
  if (signed_roster.empty()) return NothingPublished();
  constexpr char kNotValid[] = "the roster that the coordinator published is not valid";
  if (signed_roster.size() > kMaxPublishedRosterBytes) {
    return absl::FailedPreconditionError(absl::StrCat(kNotValid, ": it has ", signed_roster.size(), " bytes; at most ",
                                                      kMaxPublishedRosterBytes, " are taken"));
  }
  const auto parsed = SignedRoster::Parse(signed_roster);
  const absl::Status verified = parsed.ok() ? parsed->Verify() : parsed.status();
  if (!verified.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat(kNotValid, "; tell its operator, and believe no other word for it: ", verified.message()));
  }
  const RosterSite* self = parsed->roster()->Find(site_);
  if (self == nullptr || self->public_key_der != public_key_der_) {
    return absl::FailedPreconditionError(
        absl::StrCat("the roster that the coordinator published ",
                     self == nullptr ? "does not list this site" : "lists this site with another key than it has now",
                     "; ask its operator for a new draft, which all sites sign"));
  }
  return parsed->roster();
}

absl::StatusOr<std::shared_ptr<const Roster>> PinnedRoster::Current() const {
  absl::StatusOr<std::shared_ptr<const Roster>> offered = absl::InternalError("");
  {
    absl::MutexLock lock(&mutex_);
    offered = offered_;
  }
  if (!offered.ok()) return offered.status();
  ACCORD_ASSIGN_OR_RETURN(const std::string pin, ReadRosterPin(folder_, config_hash_));
  const std::string hash = HexDigest((*offered)->hash());
  if (hash == pin) return offered;
  const std::string advice = absl::StrCat("look at it (accord-client roster show ", folder_.PublishedRosterFile(),
                                          ") and, if it is right, pin it "
                                          "(accord-client roster pin ",
                                          folder_.PublishedRosterFile(), pin.empty() ? ")" : " --replace)");
  if (pin.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("this site has pinned no roster; the coordinator published ", hash, ": ", advice));
  }
  return absl::FailedPreconditionError(absl::StrCat("the coordinator published another roster, ", hash,
                                                    ", than this site has pinned, ", pin, ": ", advice));
}

std::string PinnedRoster::InWords() const {
  const auto current = Current();
  if (!current.ok()) return absl::StrCat("no secure job can run here: ", current.status().message());
  return absl::StrCat((*current)->federation(), ", ", RosterSize(**current), ", as pinned (",
                      HexDigest((*current)->hash()), ")");
}

}  // namespace accord
