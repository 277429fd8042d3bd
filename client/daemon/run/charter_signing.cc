#include "client/daemon/run/charter_signing.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/status.h"
#include "client/daemon/federation/roster_pin.h"
#include "client/daemon/signing/own_key.h"
#include "client/daemon/state/state_folder.h"
#include "proto/validation/config_validation.h"
#include "trust/charter/charter_words.h"
#include "trust/charter/signed_charter.h"
#include "trust/roster/roster_words.h"

namespace accord {
namespace {

// Whether this site's signature counts: by the roster that its operator pinned.
absl::Status CheckListedWithKey(const v1::SiteConfig& config, const Signer& signer) {
  const std::optional<Roster> roster = ReadPinnedRoster(StateFolder(config.state_dir()));
  if (!roster.has_value()) {
    return absl::FailedPreconditionError(
        "no roster is pinned here, and signatures over a charter count by the roster's keys; first: accord-client "
        "roster sign");
  }
  const RosterSite* self = roster->Find(config.site());
  if (self != nullptr && self->public_key_der == signer.public_key_der()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the roster that is pinned here lists this site, ", config.site(),
                   self == nullptr ? ", not at all" : ", with another key", ", and this site's key is ",
                   KeyFingerprint(signer.public_key_der()), ": its signature would count for nothing"));
}

}  // namespace

absl::Status SignCharterFile(const CharterSigningOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
  ACCORD_ASSIGN_OR_RETURN(std::string text, ReadFile(options.file, kMaxSignedCharterBytes));
  ACCORD_ASSIGN_OR_RETURN(SignedCharter charter, SignedCharter::ParseSignedOrNot(std::move(text), options.file));
  ACCORD_ASSIGN_OR_RETURN(const auto signer, MakeOwnSigner(config, IfTokenFails::kRefuse));
  ACCORD_RETURN_IF_ERROR(CheckListedWithKey(config, *signer));
  ACCORD_RETURN_IF_ERROR(charter.Sign(absl::StrCat("site/", config.site()), *signer));
  const std::string& path = options.out.empty() ? options.file : options.out;
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(path, charter.Text()));
  out << PrintableLines(DescribeCharter(*charter.charter())) << "signed as " << config.site() << " in " << path
      << "\nnext: send " << path << " back to whoever collects the signatures, or on to the next site\n";
  return absl::OkStatus();
}

}  // namespace accord
