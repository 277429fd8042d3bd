#include "client/daemon/federation/pinned_roster.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/hash_named_file.h"
#include "base/status.h"
#include "client/daemon/federation/roster_pin.h"
#include "spdlog/spdlog.h"
#include "trust/charter/utc_time.h"
#include "trust/roster/roster_fork.h"
#include "trust/roster/roster_words.h"
#include "trust/roster/succession.h"

namespace accord {
namespace {

absl::Status NothingPublished() {
  return absl::FailedPreconditionError(
      "the coordinator has published no roster: its operator drafts one (accord-coordinator roster draft), every site "
      "signs it (accord-client roster sign), and the operator publishes it");
}

std::string HashOf(const Roster& roster) { return HexDigest(roster.hash()); }

}  // namespace

PinnedRoster::PinnedRoster(const v1::SiteConfig& config, std::string public_key_der, Clock& clock)
    : folder_(config.state_dir()),
      site_(config.site()),
      config_hash_(config.roster_sha256()),
      public_key_der_(std::move(public_key_der)),
      clock_(clock),
      offered_(NothingPublished()) {}

// ---- what the coordinator brings ----

absl::StatusOr<PinnedRoster::Offered> PinnedRoster::Examine(absl::string_view signed_roster) const {
  if (signed_roster.empty()) return NothingPublished();
  constexpr char kNotValid[] = "the roster that the coordinator published is not valid";
  if (signed_roster.size() > kMaxPublishedRosterBytes) {
    return absl::FailedPreconditionError(absl::StrCat(kNotValid, ": it has ", signed_roster.size(), " bytes; at most ",
                                                      kMaxPublishedRosterBytes, " are taken"));
  }
  auto parsed = SignedRoster::Parse(signed_roster);
  const absl::Status verified = parsed.ok() ? parsed->VerifyPinned() : parsed.status();
  if (!verified.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat(kNotValid, "; tell its operator, and believe no other word for it: ", verified.message()));
  }
  return std::make_shared<const SignedRoster>(*std::move(parsed));
}

void PinnedRoster::Offer(absl::string_view signed_roster) {
  absl::MutexLock lock(&mutex_);
  asked_.clear();
  behind_ = false;
  if (signed_roster != offered_bytes_ || !offered_.ok()) {
    offered_ = Examine(signed_roster);
    offered_bytes_ = std::string(signed_roster);
    if (offered_.ok()) {
      const absl::Status kept = WriteFileAtomically(folder_.PublishedRosterFile(), signed_roster);
      if (!kept.ok()) {
        spdlog::warn("the published roster cannot be kept for looking at: {}", std::string(kept.message()));
      }
    }
  }
  refused_ = absl::OkStatus();
  if (offered_.ok()) Advance(**offered_);
}

void PinnedRoster::Advance(const SignedRoster& next) {
  const Roster& listed = *next.roster();
  const auto pin = ReadRosterPin(folder_, config_hash_);
  if (!pin.ok() || pin->empty()) return;  // Current says so
  if (*pin == HashOf(listed)) {
    behind_ = false;
    return KeepSignatures(next);
  }
  if (!listed.previous().has_value()) return;  // a first one is pinned by hand
  const std::shared_ptr<const Roster> pinned = OfHash(*pin);
  if (!config_hash_.empty()) {
    refused_ = absl::FailedPreconditionError(
        "this site's config names exactly one roster (roster_sha256): with that line it goes over to no other by "
        "itself; write the new hash there, or take the line out and pin the roster");
  } else if (pinned == nullptr) {
    refused_ = absl::FailedPreconditionError(absl::StrCat("the pinned roster, ", *pin, ", is not in ", folder_.path(),
                                                          ", so that nothing can follow it; pin one again"));
  } else if (listed.federation() == pinned->federation() && listed.version() > pinned->version() + 1) {
    behind_ = true;
    refused_ = absl::FailedPreconditionError(absl::StrCat("this site has come to version ", pinned->version(),
                                                          " of the roster, and the coordinator published version ",
                                                          listed.version(), ": it is asked for those in between"));
  } else {
    LookForFork(*pinned, next);
    refused_ = CheckStep(*pinned, next);
    if (refused_.ok()) refused_ = GoOver(next);
  }
}

// The first ones that were shown: a coordinator that shows fewer later cannot take away what proves a fork.
void PinnedRoster::KeepSignatures(const SignedRoster& pinned) {
  const auto text = ReadFile(folder_.SignedRosterFile(), kMaxSignedRosterBytes);
  const auto known = text.ok() ? SignedRoster::Parse(*text) : text.status();
  if (known.ok() && known->roster()->hash() == pinned.roster()->hash()) return;
  const absl::Status kept = WriteFileAtomically(folder_.SignedRosterFile(), pinned.Text());
  if (!kept.ok()) spdlog::warn("the signatures of the roster cannot be kept: {}", std::string(kept.message()));
}

absl::Status PinnedRoster::GoOver(const SignedRoster& next) {
  const Roster& listed = *next.roster();
  const std::shared_ptr<const Roster> before = pinned_;
  ACCORD_RETURN_IF_ERROR(
      Annotate(MovePin(folder_, HashOf(*before), listed), "the roster that follows cannot be pinned"));
  KeepSignatures(next);
  news_.push_back(absl::StrCat("this site went over to version ", listed.version(), " of the roster, ", HashOf(listed),
                               ", which enough organisations have signed"));
  for (const std::string& line : RosterDifferences(*before, listed)) news_.push_back(absl::StrCat("roster: ", line));
  return absl::OkStatus();
}

void PinnedRoster::LookForFork(const Roster& pinned, const SignedRoster& other) {
  if (!pinned.previous().has_value() || other.roster()->previous() != pinned.previous()) return;
  const auto former = ReadRosterOf(folder_, HexDigest(*pinned.previous()));
  const auto text = ReadFile(folder_.SignedRosterFile(), kMaxSignedRosterBytes);
  const auto ours = text.ok() ? SignedRoster::Parse(*text) : text.status();
  if (!former.has_value() || !ours.ok() || ours->roster()->hash() != pinned.hash()) return;
  const auto fork = WriteRosterFork(*former, *ours, other);
  if (!fork.ok()) return;  // nobody signed both
  const auto path = WriteHashNamedFile(folder_.EvidenceFolder(), ".roster-fork", *fork);
  news_.push_back(path.ok() ? absl::StrCat("the coordinator shows ANOTHER version ", pinned.version(),
                                           " of the roster than the one that this site went over to, and somebody "
                                           "signed both: what proves it is in ",
                                           *path, "; `accord audit fork` explains it")
                            : absl::StrCat("somebody signed two rosters of version ", pinned.version(),
                                           ", but what proves it could not be kept: ", path.status().message()));
}

std::optional<v1::RosterRequest> PinnedRoster::NextRequest() {
  absl::MutexLock lock(&mutex_);
  const auto pin = ReadRosterPin(folder_, config_hash_);
  if (!behind_ || !pin.ok() || *pin == asked_) return std::nullopt;
  asked_ = *pin;
  const auto hash = ParseHexDigest(*pin);
  if (!hash.ok()) return std::nullopt;
  v1::RosterRequest request;
  request.set_pinned_hash(hash->data(), hash->size());
  return request;
}

void PinnedRoster::Take(const v1::RosterChain& chain) {
  absl::MutexLock lock(&mutex_);
  if (!behind_ || !offered_.ok()) return;  // not asked for
  for (const std::string& text : chain.signed_rosters()) {
    const auto next = Examine(text);
    refused_ = next.status();
    if (next.ok()) Advance(**next);
    if (!refused_.ok()) break;
  }
  const absl::Status why =
      chain.signed_rosters().empty()
          ? absl::FailedPreconditionError(
                "the coordinator has no roster that follows the one that this site has pinned; ask its operator, and "
                "pin the one in force (accord-client roster pin --replace --hash HEX) once its hash is compared with "
                "other sites")
          : refused_;
  behind_ = false;
  refused_ = absl::OkStatus();
  Advance(**offered_);  // may still be behind
  if (!why.ok()) {
    behind_ = false;
    refused_ = why;
  }
}

std::vector<std::string> PinnedRoster::News() {
  absl::MutexLock lock(&mutex_);
  return std::exchange(news_, {});
}

// ---- what this site goes by ----

std::shared_ptr<const Roster> PinnedRoster::OfHash(const std::string& hash) const {
  if (pinned_ != nullptr && HashOf(*pinned_) == hash) return pinned_;
  if (offered_.ok() && HashOf(*(*offered_)->roster()) == hash) {
    pinned_ = (*offered_)->roster();
  } else {
    auto roster = ReadRosterOf(folder_, hash);
    pinned_ = roster.has_value() ? std::make_shared<const Roster>(*std::move(roster)) : nullptr;
  }
  return pinned_;
}

absl::Status PinnedRoster::CheckEnd(const Roster& roster) const {
  if (clock_.Now() < roster.valid_until()) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("the roster that this site has pinned, version ", roster.version(), ", was valid until ",
                   FormatUtc(roster.valid_until()),
                   ": no round is joined before it is renewed (accord-coordinator roster draft, sign, publish)"));
}

absl::Status PinnedRoster::CheckSelf(const Roster& roster) const {
  if (const RevokedKey* revoked = roster.FindRevoked(public_key_der_); revoked != nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("the key of this site was revoked by the roster: ", revoked->reason));
  }
  const RosterSite* self = roster.Find(site_);
  if (self != nullptr && self->public_key_der == public_key_der_) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the roster that the coordinator published ",
                   self == nullptr ? "does not list this site" : "lists this site with another key than it has now",
                   "; ask its operator for a new draft, which all sites sign"));
}

absl::StatusOr<std::shared_ptr<const Roster>> PinnedRoster::Pinned() const {
  absl::MutexLock lock(&mutex_);
  return ReadPinned();
}

absl::StatusOr<std::shared_ptr<const Roster>> PinnedRoster::ReadPinned() const {
  ACCORD_ASSIGN_OR_RETURN(const std::string pin, ReadRosterPin(folder_, config_hash_));
  if (pin.empty()) return nullptr;
  std::shared_ptr<const Roster> roster = OfHash(pin);
  if (roster != nullptr) return roster;
  // Without it nobody can say whom it lists or revoked, nor whether it has expired.
  return absl::FailedPreconditionError(
      absl::StrCat("the roster that this site has pinned, ", pin, ", is not in ", folder_.path(),
                   ", and the coordinator does not show it; pin its file (accord-client roster pin FILE)"));
}

absl::Status PinnedRoster::CheckCohort(const std::vector<std::string>& sites) const {
  absl::MutexLock lock(&mutex_);
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> roster, ReadPinned());
  if (roster == nullptr) return absl::OkStatus();
  ACCORD_RETURN_IF_ERROR(CheckEnd(*roster));
  if (const RevokedKey* own = roster->FindRevoked(public_key_der_); own != nullptr) return CheckSelf(*roster);
  for (const std::string& site : sites) {
    const RevokedKey* revoked = roster->ShutOut(site);
    if (revoked == nullptr) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("site ", site, " is in the cohort, and the roster revoked its key: ", revoked->reason));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const Roster>> PinnedRoster::Current() const {
  absl::MutexLock lock(&mutex_);
  if (!offered_.ok()) return offered_.status();
  const std::shared_ptr<const Roster>& listed = (*offered_)->roster();
  ACCORD_ASSIGN_OR_RETURN(const std::string pin, ReadRosterPin(folder_, config_hash_));
  if (HashOf(*listed) == pin) {
    ACCORD_RETURN_IF_ERROR(CheckSelf(*listed));
    const absl::Status end = CheckEnd(*listed);
    if (!end.ok()) return absl::FailedPreconditionError(end.message());
    return listed;
  }
  if (pin.empty() || !listed->previous().has_value()) ACCORD_RETURN_IF_ERROR(CheckSelf(*listed));
  const std::string path = folder_.PublishedRosterFile();
  const std::string advice =
      absl::StrCat("look at it (accord-client roster show ", path,
                   ") and, if it is right, pin it (accord-client roster pin ", path, pin.empty() ? ")" : " --replace)");
  if (pin.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("this site has pinned no roster; the coordinator published ", HashOf(*listed), ": ", advice));
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "the coordinator published another roster, ", HashOf(*listed), ", than this site has pinned, ", pin, ": ",
      refused_.ok() ? "" : absl::StrCat("it was not gone over to, because ", refused_.message(), "; "), advice));
}

std::string PinnedRoster::InWords() const {
  const auto current = Current();
  if (!current.ok()) return absl::StrCat("no secure job can run here: ", current.status().message());
  return absl::StrCat((*current)->federation(), ", ", RosterInShort(**current), ", as pinned (", HashOf(**current),
                      ")");
}

}  // namespace accord
