// The files that members of a federation mail to each other, read with their whole form checked, and the person who
// signs some of them.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"
#include "cli/environment.h"
#include "trust/charter/active_charter.h"
#include "trust/charter/charter.h"
#include "trust/charter/posture.h"
#include "trust/charter/signed_charter.h"
#include "trust/charter/site_policy.h"
#include "trust/identity/key_pair.h"
#include "trust/roster/roster.h"

namespace accord {

// A signed file, or the text alone of one that nobody has signed yet. INVALID_ARGUMENT lists every fault with its line.
absl::StatusOr<SignedCharter> ReadCharter(const std::string& path);

// FAILED_PRECONDITION where a signature is bad, or not all listed sites have signed a first roster. A later one is
// taken as whoever gives it vouches for it: what it follows is not at hand.
absl::StatusOr<std::shared_ptr<const Roster>> ReadRoster(const std::string& path);

// A charter with the signatures that make it active under that roster. `former`: file of the version before; empty: it
// is not at hand, and an amendment then needs every site. FAILED_PRECONDITION lists what is lacking.
absl::StatusOr<ActiveCharter> ReadActiveCharter(const std::string& charter, const std::string& former,
                                                const std::string& roster);

// A site's policy, held against the charter. INVALID_ARGUMENT lists every fault, each line that would loosen with the
// clause that it contradicts.
absl::StatusOr<SitePolicy> ReadPolicy(const std::string& path, const Charter& charter, const std::string& site);

// Its bytes, as they are signed; of one that ReadPolicy takes or not.
absl::StatusOr<std::string> ReadPolicyText(const std::string& path);

// ALREADY_EXISTS where there is a file: what somebody signed or edited is never written over.
absl::Status WriteNewFile(const std::string& path, absl::string_view content);

// A site's posture (trust/charter/posture.h) that is signed with the key which the roster lists for that site.
struct SaidPosture {
  Posture posture;
  Sha256Digest commitment{};  // its hash
};
// `path` names the file in errors. FAILED_PRECONDITION: it is not signed so.
absl::StatusOr<SaidPosture> ReadSaidPosture(absl::string_view text, const std::string& path, const Roster& roster);

// Who is logged in, with the key of the login.
struct PersonWithKey {
  std::string identity;  // "person/ID"
  KeyPairSigner signer;
};
// `profile`: folder of the login; empty: the environment's.
absl::StatusOr<PersonWithKey> ReadPerson(const CliEnvironment& environment, const std::string& profile);

}  // namespace accord
