// Who belongs to the federation: sites, persons, and the one-time tokens by which they join.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "coordinator/store/database.h"
#include "coordinator/store/federation_log.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// What an enrolment certifies: usually one key, of a site that signs with another than its certificate's two.
struct CertifiedKeys {
  CertifiedKeys(std::string key_der)  // NOLINT(google-explicit-constructor): one key is the usual case
      : signing_key_der(key_der), certificate_key_der(std::move(key_der)) {}
  CertifiedKeys(std::string signing_der, std::string certificate_der)
      : signing_key_der(std::move(signing_der)), certificate_key_der(std::move(certificate_der)) {}
  std::string signing_key_der;
  std::string certificate_key_der;
};

struct SiteRecord {
  std::string id;
  std::string organisation;    // as its token said
  std::string public_key_der;  // that it signs with, from its latest enrolment; empty: not known, it enrolled with an
                               // older version
  int64_t last_seen_unix_ms = 0;  // 0: enrolled, never connected
  v1::SiteFact facts;             // as of its last session
};

// Thread-safe. Errors are those of Database beside the ones named.
class Members {
 public:
  // Both must outlive it. `log`: null for whoever redeems no token.
  explicit Members(Database& database, FederationLog* log = nullptr) : database_(database), log_(log) {}

  // Keeps a token by the hash of its secret; `identity` is "site/ID" or "person/ID". `organisation`: that a site
  // belongs to; empty: its id.
  absl::Status AddToken(const Sha256Digest& secret_hash, absl::string_view identity, absl::Time expires,
                        absl::string_view organisation = "");
  // Uses the token up, and every other one of its identity: writes the identity down and returns it. Asked again while
  // the token has not expired, with the very keys that stand for the member since, it returns the identity once more
  // and writes nothing: an answer that was lost on its way needs no new token. PERMISSION_DENIED for a token that is
  // unknown, expired, or used or withdrawn and brought with another key. `issue` makes what the token is good for and
  // returns the public keys (DER) that it certified, whose holder has proven to hold both; if it fails, its status is
  // returned and the token stays good. A site that enrols anew has the organisation and the key of its latest
  // enrolment. In the log, by the same transaction.
  absl::StatusOr<std::string> RedeemToken(
      const Sha256Digest& secret_hash, absl::Time now,
      absl::FunctionRef<absl::StatusOr<CertifiedKeys>(const std::string& identity)> issue);

  // Is there a token of a site that was not used yet, and still can be?
  absl::StatusOr<bool> AwaitsSites(absl::Time now);

  // A site said who it is at the begin or end of a session.
  absl::Status RecordSiteSeen(const std::string& site, const v1::SiteFact& facts, absl::Time now);
  absl::StatusOr<std::vector<SiteRecord>> ListSites();

 private:
  Database& database_;
  FederationLog* const log_;
};

}  // namespace accord
