#include "client/daemon/run/roster_commands.h"

#include <unistd.h>

#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_join.h"
#include "base/file.h"
#include "base/status.h"
#include "client/daemon/federation/roster_pin.h"
#include "client/daemon/signing/own_key.h"
#include "client/daemon/state/state_folder.h"
#include "proto/validation/config_validation.h"
#include "trust/roster/roster_draft.h"
#include "trust/roster/roster_words.h"
#include "trust/roster/signed_roster.h"
#include "trust/roster/succession.h"

namespace accord {
namespace {

// The site that the config describes.
struct Place {
  v1::SiteConfig config;
  StateFolder folder;
};

absl::StatusOr<Place> PlaceOf(const RosterFileOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(v1::SiteConfig config, LoadSiteConfig(options.config_path));
  StateFolder folder(config.state_dir());
  return Place{std::move(config), std::move(folder)};
}

absl::StatusOr<SignedRoster> ReadRosterFile(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxSignedRosterBytes));
  auto roster = SignedRoster::Parse(text);
  if (!roster.ok()) return Annotate(roster.status(), path);
  return roster;
}

std::string OwnLineInWords(const Place& place, const Roster& roster) {
  const RosterSite* self = roster.Find(place.config.site());
  if (self == nullptr) return absl::StrCat("This site, ", place.config.site(), ", is NOT in it.\n");
  const auto key = OwnPublicKey(place.config);
  if (!key.ok())
    return absl::StrCat("Whether its key of this site is right cannot be said: ", key.status().message(), ".\n");
  if (*key != self->public_key_der) {
    return absl::StrCat("It lists this site, ", place.config.site(),
                        ", with ANOTHER KEY than it has: ", KeyFingerprint(*key), ".\n");
  }
  return absl::StrCat("It lists this site, ", place.config.site(), ", with its key.\n");
}

std::string DifferencesInWords(const Place& place, const Roster& roster) {
  const std::optional<Roster> pinned = ReadPinnedRoster(place.folder);
  if (!pinned.has_value()) return "What differs cannot be said: the pinned roster itself is not in the state folder.\n";
  return absl::StrCat("What would change:\n  ", absl::StrJoin(RosterDifferences(*pinned, roster), "\n  "), "\n");
}

bool Follows(const Roster& roster, const std::string& pin) {
  return roster.previous().has_value() && HexDigest(*roster.previous()) == pin;
}

// The roster before, where this site has it.
std::optional<Roster> PreviousOf(const Place& place, const Roster& roster) {
  if (!roster.previous().has_value()) return std::nullopt;
  return ReadRosterOf(place.folder, HexDigest(*roster.previous()));
}

std::string Described(const SignedRoster& roster, const std::optional<Roster>& previous) {
  return DescribeRoster(roster, previous.has_value() ? &*previous : nullptr);
}

std::string PinInWords(const Place& place, const Roster& roster) {
  const auto pin = ReadRosterPin(place.folder, place.config.roster_sha256());
  if (!pin.ok()) return absl::StrCat(pin.status().message(), "\n");
  if (pin->empty()) return "This site has pinned no roster yet.\n";
  if (*pin == HexDigest(roster.hash())) return "It is the roster that this site has pinned.\n";
  if (Follows(roster, *pin)) {
    return absl::StrCat("It follows the roster that this site has pinned.\n", DifferencesInWords(place, roster));
  }
  return absl::StrCat("This site has pinned ANOTHER roster, ", *pin, ".\n", DifferencesInWords(place, roster));
}

// May this roster be pinned here?
absl::Status CheckMayPin(const RosterFileOptions& options, const Place& place, const Roster& roster) {
  const std::string hash = HexDigest(roster.hash());
  const std::string& config_hash = place.config.roster_sha256();
  if (!config_hash.empty() && config_hash != hash) {
    return absl::FailedPreconditionError(absl::StrCat(options.config_path, " says roster_sha256: ", config_hash,
                                                      ", and this roster is ", hash, "; mend the config first"));
  }
  const auto pin = ReadRosterPin(place.folder, "");
  if (options.replace || (pin.ok() && (pin->empty() || *pin == hash))) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("nothing was changed: ", PinInWords(place, roster), "If that is meant, say --replace."));
}

constexpr char kFollowsAnother[] = "nothing was changed: the roster follows one that this site has not pinned, and ";
constexpr char kSayTheHash[] =
    ". Ask other sites, by telephone or in person, for the hash of the roster in force, and say it: --hash HEX";

// Does a roster hold here without the one that it follows? A first one does once all its sites have signed it. A later
// one is as good as its signatures, and whoever invents its sites has their keys; but not this site's. So its officer
// has signed it, or `knows_hash`.
absl::Status CheckHolds(const Place& place, const SignedRoster& signed_roster, bool knows_hash) {
  const Roster& roster = *signed_roster.roster();
  if (!roster.previous().has_value()) return signed_roster.Verify();
  ACCORD_RETURN_IF_ERROR(signed_roster.VerifyPinned());
  if (knows_hash) return absl::OkStatus();
  std::set<std::string> all, signed_by;
  for (const RosterSite& site : roster.sites()) {
    all.insert(site.organisation);
    if (signed_roster.IsSignedBy(site.site, site.key)) signed_by.insert(site.organisation);
  }
  const RosterSite* self = roster.Find(place.config.site());
  if (self == nullptr || !signed_roster.IsSignedBy(self->site, self->key)) {
    return absl::FailedPreconditionError(
        absl::StrCat(kFollowsAnother, "this site has not signed it: anybody could have made it up", kSayTheHash));
  }
  const uint32_t least = LeastQuorum(all.size());
  if (signed_by.size() >= least) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(kFollowsAnother, "of its ", all.size(), " organisations ",
                                                    signed_by.size(), " have signed it; expected ", least,
                                                    kSayTheHash));
}

absl::Status Pin(const Place& place, const Roster& roster, std::ostream& out) {
  ACCORD_RETURN_IF_ERROR(PinRoster(place.folder, roster));
  out << "pinned " << HexDigest(roster.hash()) << " in " << place.folder.path()
      << ": this site takes part in secure jobs of exactly these sites' keys\n";
  return absl::OkStatus();
}

// Could it follow the pinned one, if enough sign it?
absl::Status CheckCanFollow(const Place& place, const std::optional<Roster>& previous, const SignedRoster& roster) {
  if (!previous.has_value()) {
    return absl::FailedPreconditionError(absl::StrCat("the roster that it follows is not in ", place.folder.path(),
                                                      "; pin that one first (accord-client roster pin FILE)"));
  }
  const StepFindings step = ExamineStep(*previous, roster);
  if (step.faults.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "nothing was signed: whoever signs it, it cannot follow the pinned roster: ", absl::StrJoin(step.faults, "; ")));
}

}  // namespace

absl::Status ShowRoster(const RosterFileOptions& options, std::ostream& out) {
  const bool has_config = access(options.config_path.c_str(), F_OK) == 0;
  std::optional<Place> place;
  if (has_config || options.file.empty()) {
    ACCORD_ASSIGN_OR_RETURN(place, PlaceOf(options));
  }
  ACCORD_ASSIGN_OR_RETURN(const SignedRoster roster,
                          ReadRosterFile(options.file.empty() ? place->folder.PublishedRosterFile() : options.file));
  out << Described(roster, place.has_value() ? PreviousOf(*place, *roster.roster()) : std::nullopt);
  if (place.has_value()) out << OwnLineInWords(*place, *roster.roster()) << PinInWords(*place, *roster.roster());
  return absl::OkStatus();
}

absl::Status SignRosterFile(const RosterFileOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const Place place, PlaceOf(options));
  ACCORD_ASSIGN_OR_RETURN(SignedRoster roster, ReadRosterFile(options.file));
  ACCORD_ASSIGN_OR_RETURN(const auto signer, MakeOwnSigner(place.config, IfTokenFails::kRefuse));
  const std::string pin = ReadRosterPin(place.folder, place.config.roster_sha256()).value_or("");
  const std::optional<Roster> previous = PreviousOf(place, *roster.roster());
  const bool steps = Follows(*roster.roster(), pin);
  const bool pins = !steps && !options.sign_only;
  if (steps) {
    ACCORD_RETURN_IF_ERROR(CheckCanFollow(place, previous, roster));
    ACCORD_RETURN_IF_ERROR(roster.SignAfter(*previous, place.config.site(), *signer));
  } else {
    ACCORD_RETURN_IF_ERROR(roster.Sign(place.config.site(), *signer));
  }
  if (pins) ACCORD_RETURN_IF_ERROR(CheckMayPin(options, place, *roster.roster()));
  // Before the signature is in any file. A second roster that follows the same one, signed by this site as well, would
  // be held against it: whichever is pinned here by now, and whether or not this one is to be.
  if (const auto& former = roster.roster()->previous(); former.has_value()) {
    ACCORD_RETURN_IF_ERROR(
        NoteSignedStep(place.folder, HexDigest(*former), HexDigest(roster.roster()->hash()), options.replace));
  }
  const std::string& path = options.out.empty() ? options.file : options.out;
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(path, roster.Text()));
  out << Described(roster, previous) << "signed as " << place.config.site() << " in " << path << "\n";
  if (pins) ACCORD_RETURN_IF_ERROR(Pin(place, *roster.roster(), out));
  if (steps) out << "it follows the pinned roster: this site's daemon goes over to it by itself once it is published\n";
  out << "next: send " << path << " back to the coordinator's operator, or on to the next site\n";
  return absl::OkStatus();
}

absl::Status PinRosterFile(const RosterFileOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const Place place, PlaceOf(options));
  ACCORD_ASSIGN_OR_RETURN(const SignedRoster roster,
                          ReadRosterFile(options.file.empty() ? place.folder.PublishedRosterFile() : options.file));
  const std::string pinned = ReadRosterPin(place.folder, place.config.roster_sha256()).value_or("");
  const std::optional<Roster> previous = PreviousOf(place, *roster.roster());
  const bool steps = Follows(*roster.roster(), pinned) && previous.has_value();
  const std::string hash = HexDigest(roster.roster()->hash());
  if (!options.hash.empty() && options.hash != hash) {
    return absl::FailedPreconditionError(absl::StrCat("nothing was changed: the roster's hash is ", hash,
                                                      ", and --hash says ", options.hash,
                                                      "; compare with other sites which one is in force"));
  }
  ACCORD_ASSIGN_OR_RETURN(const std::string key, OwnPublicKey(place.config));
  const RosterSite* self = roster.roster()->Find(place.config.site());
  if (self == nullptr || self->public_key_der != key) {
    return absl::FailedPreconditionError(OwnLineInWords(place, *roster.roster()));
  }
  const bool knows_hash = !options.hash.empty() || pinned == hash;
  ACCORD_RETURN_IF_ERROR(steps ? CheckStep(*previous, roster) : CheckHolds(place, roster, knows_hash));
  if (!steps) ACCORD_RETURN_IF_ERROR(CheckMayPin(options, place, *roster.roster()));
  out << Described(roster, previous);
  return Pin(place, *roster.roster(), out);
}

}  // namespace accord
