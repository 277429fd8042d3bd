#include "client/daemon/run/commands.h"

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/status.h"
#include "client/daemon/control/control_server.h"
#include "client/daemon/enrol/enrolment.h"
#include "client/daemon/run/first_config.h"
#include "client/daemon/signing/own_key.h"
#include "client/daemon/state/state_folder.h"
#include "proto/validation/config_validation.h"
#include "trust/identity/signing.h"
#include "trust/roster/roster_words.h"

namespace accord {
namespace {

// A pause waits for transfers to end, a resume for the trainers to start.
constexpr absl::Duration kDaemonPatience = absl::Minutes(2);

// The config as it is, or as enrolment will write it.
absl::StatusOr<v1::SiteConfig> ConfigFor(const EnrolOptions& options, const FirstConfig& first) {
  if (access(options.config_path.c_str(), F_OK) == 0) {
    ACCORD_ASSIGN_OR_RETURN(v1::SiteConfig config, LoadSiteConfig(options.config_path));
    const bool adds_two_sites = options.allow_two_sites && !config.floors().allow_two_sites();
    if (!options.data.empty() || adds_two_sites) {
      return absl::AlreadyExistsError(
          absl::StrCat(options.config_path, " is there already: write datasets and floors in it, and leave --data and ",
                       "--allow-two-sites out", adds_two_sites ? absl::StrCat("; the line is\n", kTwoSitesLine) : ""));
    }
    if (!options.coordinator.empty()) config.set_coordinator(options.coordinator);
    return config;
  }
  if (first.coordinator.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("there is no ", options.config_path,
                                                   " yet, and a token does not name the coordinator: say ",
                                                   "--coordinator HOST:PORT, or give the file of an invitation"));
  }
  ACCORD_RETURN_IF_ERROR(CheckFirstConfig(first));
  v1::SiteConfig config;
  config.set_coordinator(first.coordinator);
  config.set_state_dir(ResolveBeside(options.config_path, "state"));
  return config;
}

std::string InWords(const v1::DaemonStatus& status) {
  std::string text = absl::StrCat("site ", status.site(), ", coordinator ", status.coordinator(), ": ",
                                  status.connected() ? "connected" : "not connected",
                                  status.paused() ? ", PAUSED: nothing leaves" : "", "\n");
  absl::StrAppend(&text, "waiting for: ", status.waiting_for(), "\n");
  absl::StrAppend(
      &text, "released data sets: ", status.datasets().empty() ? "none" : absl::StrJoin(status.datasets(), ", "), "\n");
  absl::StrAppend(&text, "roster: ", status.roster(), "\n");
  absl::StrAppend(&text, "log: ", status.log(), "\n");
  absl::StrAppend(&text, "charter: ", status.charter(), "\n");
  absl::StrAppend(&text, "certificate valid until ", status.certificate_expires(), "\n");
  absl::StrAppend(&text, status.jobs().empty() ? "no jobs\n" : "jobs:\n");
  for (const std::string& job : status.jobs()) absl::StrAppend(&text, "  ", job, "\n");
  if (!status.latest_events().empty()) absl::StrAppend(&text, "latest:\n");
  for (const std::string& event : status.latest_events()) absl::StrAppend(&text, "  ", event, "\n");
  return text;
}

}  // namespace

absl::Status EnrolSite(const EnrolOptions& options, std::istream& in, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const Invitation invitation, ReadInvitation(options.invitation, in, "site"));
  const FirstConfig first{.path = options.config_path,
                          .coordinator = options.coordinator.empty() ? invitation.coordinator : options.coordinator,
                          .data = options.data,
                          .allow_two_sites = options.allow_two_sites};
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, ConfigFor(options, first));
  const StateFolder folder(config.state_dir());
  const TlsFiles files = folder.IdentityFiles();
  if (!options.force) ACCORD_RETURN_IF_ERROR(CheckNotEnrolled(files));
  // A running daemon would go on with the old identity.
  ACCORD_ASSIGN_OR_RETURN(const UniqueFd lock, folder.Lock());
  std::unique_ptr<TokenSigner> signer;  // none: the certificate's key signs
  if (config.has_signing_token()) {
    ACCORD_ASSIGN_OR_RETURN(signer, OpenToken(config));
  }
  ACCORD_ASSIGN_OR_RETURN(const NewIdentity granted,
                          RequestIdentity(config.coordinator(), config.proxy(), invitation.token,
                                          {.kind = v1::EnrollRequest::SITE, .signer = signer.get(), .files = &files}));
  absl::string_view site = granted.identity;
  if (!absl::ConsumePrefix(&site, "site/")) {
    return absl::FailedPreconditionError(
        absl::StrCat("the token is for ", granted.identity, ", not for a site; a person logs in with `accord login`"));
  }
  if (!config.site().empty() && config.site() != site) {
    return absl::FailedPreconditionError(absl::StrCat("the token is for site ", site, ", but ", options.config_path,
                                                      " says site: ", config.site(),
                                                      "; mend the config and enrol again with the same token"));
  }
  ACCORD_RETURN_IF_ERROR(WriteIdentity(files, granted));
  ACCORD_RETURN_IF_ERROR(KeepSigningKey(folder, signer == nullptr ? "" : signer->public_key_der()));
  out << "enrolled as " << granted.identity << "; key and certificate are in " << config.state_dir() << "\n";
  if (signer != nullptr) {
    out << "statements and rosters are signed by the key \"" << config.signing_token().key_label()
        << "\" in the token \"" << config.signing_token().token_label()
        << "\": " << KeyFingerprint(signer->public_key_der()) << "\n";
  }
  ACCORD_ASSIGN_OR_RETURN(const std::string listed, signer != nullptr
                                                        ? absl::StatusOr<std::string>(signer->public_key_der())
                                                        : CertificatePublicKeyDer(granted.certificate_pem));
  out << "this site's fingerprint, which the other sites compare with the roster's before they sign it:\n  key "
      << KeyFingerprint(listed) << "\n";
  if (config.site().empty()) {
    ACCORD_RETURN_IF_ERROR(WriteFileAtomically(options.config_path, FirstConfigText(first, site)));
    out << "wrote " << options.config_path
        << (options.data.empty() ? ": list the data sets that this site releases in it\n"
                                 : ", with the data sets that this site releases\n");
  }
  out << "next: accord-client check --config " << options.config_path << "\n"
      << "then, when the coordinator's operator sends the roster of all sites: accord-client roster show FILE --config "
      << options.config_path << ", which prints every site's fingerprint to compare with what its operator reads you, "
      << "and accord-client roster sign FILE --config " << options.config_path << "\n";
  return absl::OkStatus();
}

absl::Status TellDaemon(const std::string& config_path, const v1::ControlRequest& request, bool json,
                        std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(config_path));
  const StateFolder folder(config.state_dir());
  ACCORD_ASSIGN_OR_RETURN(const v1::ControlReply reply, AskDaemon(folder.ControlSocket(), request, kDaemonPatience));
  if (json) {
    ACCORD_ASSIGN_OR_RETURN(const std::string text, MessageToJson(reply.status()));
    out << text << "\n";
  } else {
    out << InWords(reply.status());
  }
  return reply.error().empty() ? absl::OkStatus() : absl::InternalError(reply.error());
}

}  // namespace accord
