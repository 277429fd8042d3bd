// The folder in which a site keeps its identity and its state: which file is what, and who may use it.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "base/file.h"
#include "trust/tls/credentials.h"

namespace accord {

// Immutable.
class StateFolder {
 public:
  explicit StateFolder(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  // Key (0600), certificate and the federation's CA, as enrolment wrote them.
  TlsFiles IdentityFiles() const { return {path_ + "/certificate.pem", path_ + "/key.pem", path_ + "/ca.pem"}; }
  // Public key of a site that signs with a key in a token, as enrolment left it (client/daemon/signing/own_key.h), and
  // the memory of a PIN that the token refused (client/signer/pin_file.h).
  std::string SigningKeyFile() const { return path_ + "/signing-key.der"; }
  std::string RefusedPinFile() const { return path_ + "/pin-refused"; }
  std::string ControlSocket() const { return path_ + "/control.sock"; }
  // There while the site is paused.
  std::string PauseFile() const { return path_ + "/paused"; }
  // Of the federation's roster (client/daemon/federation/roster_pin.h).
  std::string RosterFile() const { return path_ + "/roster"; }
  std::string RosterPinFile() const { return path_ + "/roster.pin"; }
  std::string FormerRosterFile() const { return path_ + "/roster.former"; }
  std::string SignedRosterFile() const { return path_ + "/roster.signed"; }
  std::string SignedStepFile() const { return path_ + "/roster.step"; }
  std::string PublishedRosterFile() const { return path_ + "/roster.published"; }
  // Of the federation's log (client/daemon/federation/kept_log.h).
  std::string LogPinFile() const { return path_ + "/log.pin"; }
  std::string LogHeadFile() const { return path_ + "/log.head"; }
  std::string LogContradictionFile() const { return path_ + "/log.contradiction"; }
  // What this site did in secure sums (docs/secure-sum.md): never to be edited, and never to be restored from an older
  // copy.
  std::string RecordFile() const { return path_ + "/secure-record"; }
  // The newest that this site has seen of others' records (aggregation/secure/site/seen_peers.h).
  std::string PeersFile() const { return path_ + "/secure-peers"; }
  // Everything that left this site (docs/egress.md): never to be edited.
  std::string EgressFile() const { return path_ + "/egress"; }
  // Names the vectors that the record speaks of.
  std::string VectorKeyFile() const { return path_ + "/vector-key"; }
  // What proves lies that this site was told, a file each.
  std::string EvidenceFolder() const { return path_ + "/evidence"; }
  // Of the federation's charter (client/daemon/governance/charter_pin.h).
  std::string CharterPinFile() const { return path_ + "/charter.pin"; }
  std::string CharterFolder() const { return path_ + "/charters"; }
  // What jobs are judged by (client/daemon/governance/order_store.h), and what this site refused, a signed file each.
  std::string OrderFolder() const { return path_ + "/orders"; }
  std::string RefusalFolder() const { return path_ + "/refusals"; }
  // Jobs that an ombudsman stopped (client/daemon/governance/stop_store.h).
  std::string StopFolder() const { return path_ + "/stops"; }
  // What the owner of the rows released (client/daemon/governance/release_store.h), which versions of the data sets
  // were found (client/daemon/training/kept_versions.h), and what this site said of itself
  // (client/daemon/governance/posture_file.h).
  std::string PolicyFolder() const { return path_ + "/policy"; }  // client/daemon/governance/policy_store.h
  std::string ReleaseFolder() const { return path_ + "/releases"; }
  std::string DataVersionFolder() const { return path_ + "/data-versions"; }
  std::string PostureFolder() const { return path_ + "/postures"; }
  // What jobs have this site keep between their rounds (client/daemon/state/kept_store.h).
  std::string KeptFolder() const { return path_ + "/kept"; }
  std::string LockFile() const { return path_ + "/lock"; }

  // Makes the folder (0700) where it is missing and locks it for as long as the descriptor lives: two daemons of one
  // site would push each other out. FAILED_PRECONDITION when another process holds it.
  absl::StatusOr<UniqueFd> Lock() const;

 private:
  std::string path_;
};

}  // namespace accord
