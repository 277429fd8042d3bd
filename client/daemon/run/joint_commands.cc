#include "client/daemon/run/joint_commands.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/status.h"
#include "client/daemon/federation/joint_pin.h"
#include "client/daemon/governance/charter_pin.h"
#include "client/daemon/governance/joint_parents.h"
#include "client/daemon/governance/pinned_charter.h"
#include "client/daemon/signing/own_key.h"
#include "client/daemon/state/state_folder.h"
#include "proto/validation/config_validation.h"
#include "trust/charter/signed_charter.h"
#include "trust/joint/anchor_check.h"
#include "trust/joint/joint_check.h"
#include "trust/roster/roster_words.h"
#include "trust/roster/succession.h"

namespace accord {
namespace {

absl::StatusOr<JointFiles> ReadGivenFiles(const JointOptions& options) {
  JointFiles files;
  files.own_config = std::filesystem::absolute(options.own_config).lexically_normal().string();
  ACCORD_ASSIGN_OR_RETURN(files.own_anchor, ReadFile(options.own_anchor, kMaxSignedAnchorBytes));
  ACCORD_ASSIGN_OR_RETURN(files.other_anchor, ReadFile(options.anchor, kMaxSignedAnchorBytes));
  ACCORD_ASSIGN_OR_RETURN(files.other_roster, ReadFile(options.rosters.back(), kMaxSignedRosterBytes));
  ACCORD_ASSIGN_OR_RETURN(files.other_charter, ReadFile(options.charter, kMaxSignedCharterBytes));
  return files;
}

// What is pinned by now, where it can be read: a damaged pin is mended by pinning anew.
std::optional<JointPapers> KnownPapers(const StateFolder& folder) {
  const auto pin = ReadJointPin(folder);
  if (!pin.ok() || !pin->has_value()) return std::nullopt;
  const auto files = ReadJointFiles(folder, **pin);
  auto papers = files.ok() ? ReadJointPapers(*files) : files.status();
  if (!papers.ok()) return std::nullopt;
  return *std::move(papers);
}

// That each of the given rosters follows the one before it, and the first of them the one that is pinned, or is a first
// roster that all its sites signed. Where neither is so, `unfounded` is set: nothing but its sites' word in another
// channel says that it is theirs.
absl::Status CheckRosterChain(const JointOptions& options, const std::optional<JointPapers>& known, bool& unfounded) {
  std::shared_ptr<const Roster> before = known.has_value() ? known->other_roster.roster() : nullptr;
  for (const std::string& path : options.rosters) {
    ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxSignedRosterBytes));
    const auto roster = SignedRoster::Parse(text);
    if (!roster.ok()) return Annotate(roster.status(), path);
    absl::Status status = absl::OkStatus();
    if (before != nullptr && roster->roster()->hash() != before->hash() && !options.replace) {
      status = CheckStep(*before, *roster);
    } else if (before == nullptr && !roster->roster()->previous().has_value()) {
      status = roster->Verify();
    } else {
      unfounded = unfounded || before == nullptr || roster->roster()->hash() != before->hash();
      status = roster->VerifyPinned();
    }
    ACCORD_RETURN_IF_ERROR(Annotate(status, path));
    before = roster->roster();
  }
  return absl::OkStatus();
}

absl::Status CheckNewer(const JointOptions& options, const std::optional<JointPapers>& known,
                        const JointPapers& papers) {
  if (options.replace || !known.has_value()) return absl::OkStatus();
  for (const auto& [before, next] :
       {std::pair(&known->own_anchor, &papers.own_anchor), std::pair(&known->other_anchor, &papers.other_anchor)}) {
    const absl::Status status = CheckAnchorFollows(before->anchor(), next->anchor());
    if (!status.ok()) {
      return absl::FailedPreconditionError(
          absl::StrCat("nothing was changed: ", status.message(), ". If that is meant, say --replace."));
    }
  }
  return absl::OkStatus();
}

// The others would be shown this site with a key that it does not have.
absl::Status CheckOwnKeyInAnchor(const v1::SiteConfig& config, const Anchor& own) {
  ACCORD_ASSIGN_OR_RETURN(const std::string key, OwnPublicKey(config));
  const AnchorMember* self = own.Find(config.site());
  if (self != nullptr && self->public_key_der == key) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("the anchor of ", own.federation, " names this site, ",
                                                    config.site(),
                                                    self == nullptr ? ", not at all" : ", with ANOTHER KEY",
                                                    ", and its key in the joint federation is ", KeyFingerprint(key)));
}

// With what is pinned of the joint federation so far.
absl::Status CheckPinnedJoint(const v1::SiteConfig& config, const JointPapers& papers, const ActiveCharter& own,
                              absl::Time now) {
  const StateFolder folder(config.state_dir());
  const Roster& other_roster = *papers.other_roster.roster();
  ACCORD_RETURN_IF_ERROR(
      CheckBothAnchors(papers.own_anchor, own.roster(), papers.other_anchor, other_roster, *papers.other_charter));
  ACCORD_RETURN_IF_ERROR(CheckAnchorTime(papers.own_anchor.anchor(), now));
  ACCORD_RETURN_IF_ERROR(CheckAnchorTime(papers.other_anchor.anchor(), now));
  ACCORD_ASSIGN_OR_RETURN(const std::string pin, ReadCharterPin(folder, config.charter_sha256()));
  if (pin.empty()) return absl::OkStatus();
  ACCORD_ASSIGN_OR_RETURN(const SignedCharter charter, ReadKeptCharter(folder, pin));
  ACCORD_ASSIGN_OR_RETURN(const auto roster, PinnedRosterOf(folder, config));
  return CheckJoint({*charter.charter(), *roster, own.charter(), own.roster(), papers.own_anchor, *papers.other_charter,
                     other_roster, papers.other_anchor});
}

}  // namespace

absl::Status PinJoint(const JointOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
  if (options.rosters.empty()) return absl::InvalidArgumentError("say the other federation's roster: --roster FILE");
  ACCORD_ASSIGN_OR_RETURN(const JointFiles files, ReadGivenFiles(options));
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig own_config, OwnFederationOf(files.own_config, config));
  ACCORD_ASSIGN_OR_RETURN(const auto own, PinnedCharter(own_config).Pinned());
  if (own == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat("this site has pinned no charter in its own federation (",
                                                      files.own_config, "), which the joint one must not loosen"));
  }
  ACCORD_ASSIGN_OR_RETURN(const JointPapers papers, ReadJointPapers(files));
  const StateFolder folder(config.state_dir());
  const std::optional<JointPapers> known = KnownPapers(folder);
  bool unfounded = false;
  ACCORD_RETURN_IF_ERROR(CheckNewer(options, known, papers));
  ACCORD_RETURN_IF_ERROR(CheckRosterChain(options, known, unfounded));
  ACCORD_RETURN_IF_ERROR(CheckOwnKeyInAnchor(config, papers.own_anchor.anchor()));
  ACCORD_RETURN_IF_ERROR(CheckPinnedJoint(config, papers, *own, Clock::System().Now()));
  ACCORD_RETURN_IF_ERROR(WriteJointPin(folder, files));
  out << PrintableLines(DescribeAnchor(papers.other_anchor.anchor()))
      << PrintableLines(DescribeRoster(papers.other_roster)) << "pinned in " << folder.path()
      << ": nothing runs here that is weaker than in " << Printable(own->roster().federation()) << " or "
      << Printable(papers.other_anchor.anchor().federation) << ", or with anybody else\n";
  if (!known.has_value() || unfounded) {
    out << "COMPARE BY TELEPHONE with a site of " << Printable(papers.other_anchor.anchor().federation)
        << ": the hash of its roster is\n  " << HexDigest(papers.other_roster.roster()->hash()) << "\n";
  }
  return absl::OkStatus();
}

absl::Status ShowJoint(const JointOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
  const StateFolder folder(config.state_dir());
  ACCORD_ASSIGN_OR_RETURN(const std::optional<JointPin> pin, ReadJointPin(folder));
  if (!pin.has_value()) {
    out << "this site is in no joint federation here\n";
    return absl::OkStatus();
  }
  ACCORD_ASSIGN_OR_RETURN(const JointFiles files, ReadJointFiles(folder, *pin));
  ACCORD_ASSIGN_OR_RETURN(const JointPapers papers, ReadJointPapers(files));
  out << PrintableLines(absl::StrCat("own federation: ", files.own_config, "\n",
                                     DescribeAnchor(papers.own_anchor.anchor()),
                                     DescribeAnchor(papers.other_anchor.anchor())));
  PinnedCharter charter(config);
  ACCORD_RETURN_IF_ERROR(charter.Current().status());
  out << PrintableLines(charter.InWords()) << "\n";
  return absl::OkStatus();
}

absl::Status ForgetJoint(const JointOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
  const StateFolder folder(config.state_dir());
  ACCORD_RETURN_IF_ERROR(ForgetJointPin(folder));
  out << "what is pinned in " << folder.path()
      << " is held against no other federation any more: its charter alone counts here\n";
  return absl::OkStatus();
}

}  // namespace accord
