#include "client/daemon/run/anchor_commands.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/status.h"
#include "client/daemon/governance/charter_pin.h"
#include "client/daemon/governance/pinned_charter.h"
#include "client/daemon/signing/own_key.h"
#include "client/daemon/state/state_folder.h"
#include "proto/validation/config_validation.h"
#include "trust/charter/active_charter.h"
#include "trust/joint/anchor.h"
#include "trust/joint/anchor_check.h"
#include "trust/roster/roster_words.h"
#include "trust/roster/signed_roster.h"

namespace accord {
namespace {

absl::StatusOr<SignedAnchor> ReadAnchorFile(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxSignedAnchorBytes));
  auto anchor = SignedAnchor::Parse(text);
  if (!anchor.ok()) return Annotate(anchor.status(), path);
  return anchor;
}

// What this site's federation goes by, as pinned here.
absl::StatusOr<std::shared_ptr<const ActiveCharter>> FederationHere(const v1::SiteConfig& config) {
  ACCORD_ASSIGN_OR_RETURN(std::shared_ptr<const ActiveCharter> charter, PinnedCharter(config).Pinned());
  if (charter != nullptr) return charter;
  return absl::FailedPreconditionError(
      "no charter is pinned here, and an anchor shows roster and charter of a federation: accord-client charter pin "
      "FILE");
}

// That the key under this site's name in the anchor is its own.
absl::Status CheckOwnMembership(const AnchorOptions& options, const v1::SiteConfig& config, const Anchor& anchor,
                                const Signer& signer) {
  const AnchorMember* self = anchor.Find(config.site());
  if (self == nullptr || self->public_key_der == signer.public_key_der()) return absl::OkStatus();
  const std::string listed = KeyFingerprint(self->public_key_der);
  if (options.joint_config.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the anchor names this site with the key ", listed, " in ", anchor.joint,
                     ": say with --joint CONFIG where this site has that key, so that nobody takes part in its name"));
  }
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig joint, LoadSiteConfig(options.joint_config));
  ACCORD_ASSIGN_OR_RETURN(const std::string key, OwnPublicKey(joint));
  if (key == self->public_key_der) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("the anchor names this site with ANOTHER KEY in ", anchor.joint,
                                                    " than it has there: ", listed, ", not ", KeyFingerprint(key),
                                                    "; do not sign it, and ask who made that key"));
}

absl::Status CheckIsOfHere(const Anchor& anchor, const ActiveCharter& here) {
  if (anchor.federation == here.roster().federation() && anchor.roster == here.roster().hash() &&
      anchor.charter == here.charter().hash()) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat("nothing was signed: the anchor is of ", anchor.federation, ", roster ", HexDigest(anchor.roster),
                   ", charter ", HexDigest(anchor.charter), "; pinned here are ", here.roster().federation(), ", ",
                   HexDigest(here.roster().hash()), ", ", HexDigest(here.charter().hash())));
}

std::vector<AnchorMember> MembersOfHere(const Roster& joint, const Roster& here) {
  std::vector<AnchorMember> members;
  for (const RosterSite& site : joint.sites()) {
    const RosterSite* own = here.Find(site.site);
    if (own != nullptr && own->organisation == site.organisation) members.push_back({site.site, site.public_key_der});
  }
  return members;
}

}  // namespace

absl::Status WriteAnchorFile(const AnchorOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
  ACCORD_ASSIGN_OR_RETURN(const auto here, FederationHere(config));
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.file, kMaxSignedRosterBytes));
  const auto joint = SignedRoster::Parse(text);
  if (!joint.ok()) return Annotate(joint.status(), options.file);
  Anchor anchor;
  anchor.federation = here->roster().federation();
  anchor.joint = joint->roster()->federation();
  anchor.roster_version = here->roster().version();
  anchor.roster = here->roster().hash();
  anchor.charter = here->charter().hash();
  anchor.made = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()));
  anchor.valid_until =
      std::min({anchor.made + absl::Hours(24) * options.days, here->roster().valid_until(), here->charter().expires()});
  anchor.members = MembersOfHere(*joint->roster(), here->roster());
  if (anchor.members.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("no site in ", options.file, " is one of ", anchor.federation,
                                                      ", by its name and organisation to the letter"));
  }
  ACCORD_ASSIGN_OR_RETURN(const std::string bytes, WriteAnchor(anchor));
  if (access(options.out.c_str(), F_OK) == 0) {
    return absl::AlreadyExistsError(absl::StrCat(options.out, " is there already and is not written over"));
  }
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(options.out, bytes));
  out << PrintableLines(DescribeAnchor(anchor)) << "in " << options.out << ", signed by nobody yet\nnext: sites of "
      << here->roster().quorum() << " organisations sign it, and each member (accord-client anchor sign)\n";
  return absl::OkStatus();
}

absl::Status SignAnchorFile(const AnchorOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
  ACCORD_ASSIGN_OR_RETURN(const auto here, FederationHere(config));
  ACCORD_ASSIGN_OR_RETURN(SignedAnchor anchor, ReadAnchorFile(options.file));
  ACCORD_RETURN_IF_ERROR(CheckIsOfHere(anchor.anchor(), *here));
  ACCORD_RETURN_IF_ERROR(CheckAnchorTime(anchor.anchor(), absl::Now()));
  ACCORD_ASSIGN_OR_RETURN(const auto signer, MakeOwnSigner(config, IfTokenFails::kRefuse));
  const RosterSite* self = here->roster().Find(config.site());
  if (self == nullptr || self->public_key_der != signer->public_key_der()) {
    return absl::FailedPreconditionError(absl::StrCat("the roster that is pinned here lists this site, ", config.site(),
                                                      self == nullptr ? ", not at all" : ", with another key",
                                                      ": its signature would count for nothing"));
  }
  ACCORD_RETURN_IF_ERROR(CheckOwnMembership(options, config, anchor.anchor(), *signer));
  ACCORD_RETURN_IF_ERROR(anchor.Sign(config.site(), *signer));
  const std::string& path = options.out.empty() ? options.file : options.out;
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(path, anchor.Text()));
  const AnchorFindings findings = ExamineAnchor(anchor, here->roster(), AnchorRoster::kNamed);
  out << PrintableLines(absl::StrCat(DescribeAnchor(anchor.anchor()), DescribeAnchorFindings(findings))) << "signed as "
      << config.site() << " in " << path
      << (findings.holds() ? "\nnext: send it to the other federation, with the files of the roster and the charter\n"
                           : "\nnext: send it on to the next site\n");
  return absl::OkStatus();
}

absl::Status MergeAnchorFiles(const AnchorOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(SignedAnchor anchor, ReadAnchorFile(options.file));
  for (const std::string& path : options.others) {
    ACCORD_ASSIGN_OR_RETURN(const SignedAnchor other, ReadAnchorFile(path));
    ACCORD_RETURN_IF_ERROR(Annotate(anchor.MergeFrom(other), path));
  }
  const std::string& path = options.out.empty() ? options.file : options.out;
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(path, anchor.Text()));
  out << path << " has " << anchor.signatures().size() << " signatures now\n";
  return absl::OkStatus();
}

absl::Status ShowAnchorFile(const AnchorOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const SignedAnchor anchor, ReadAnchorFile(options.file));
  out << PrintableLines(DescribeAnchor(anchor.anchor()));
  std::shared_ptr<const Roster> roster;
  if (!options.roster.empty()) {
    ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.roster, kMaxSignedRosterBytes));
    const auto parsed = SignedRoster::Parse(text);
    if (!parsed.ok()) return Annotate(parsed.status(), options.roster);
    ACCORD_RETURN_IF_ERROR(Annotate(parsed->VerifyPinned(), options.roster));
    roster = parsed->roster();
  } else if (access(options.config_path.c_str(), F_OK) == 0) {
    ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
    ACCORD_ASSIGN_OR_RETURN(roster, PinnedRosterOf(StateFolder(config.state_dir()), config));
  }
  if (roster == nullptr) {
    out << "Whether signatures are good and enough: say --roster FILE\n";
    return absl::OkStatus();
  }
  out << PrintableLines(DescribeAnchorFindings(ExamineAnchor(anchor, *roster, AnchorRoster::kNamed)));
  ACCORD_RETURN_IF_ERROR(CheckAnchorTime(anchor.anchor(), absl::Now()));
  return CheckAnchor(anchor, *roster, AnchorRoster::kNamed);
}

}  // namespace accord
