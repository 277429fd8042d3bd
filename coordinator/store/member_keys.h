// Which key stands for each member: the one that was certified last, unless it was revoked since. Certificates over any
// other open no call and are not renewed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "coordinator/store/database.h"
#include "coordinator/store/federation_log.h"
#include "coordinator/store/shared_read.h"

namespace accord {

// Thread-safe. Errors are those of Database beside the ones named. Identities are "site/ID" or "person/ID".
class MemberKeys {
 public:
  // Both must outlive it. `log`: null for whoever revokes nothing. `waits`: as SharedRead's.
  explicit MemberKeys(Database& database, FederationLog* log = nullptr, std::function<void()> waits = nullptr)
      : database_(database), log_(log), looks_(kLongestUnseen, std::move(waits)) {}

  // From now on this key stands for the member; within the transaction that enrols it. May throw SOCI's exceptions.
  static void CertifyIn(soci::session& sql, const std::string& identity, absl::string_view public_key_der);
  // No token that was given out for the member before is good any more; within the transaction that makes it so.
  static void VoidTokensIn(soci::session& sql, const std::string& identity, long long now_ms);
  // No key stands for the member until it enrols anew, with a token that is given out after this. In the log, by the
  // same transaction. NOT_FOUND: nobody of this name is enrolled, or could enrol; INVALID_ARGUMENT: no reason, or one
  // that cannot be shown.
  absl::Status Revoke(const std::string& identity, const std::string& reason, absl::Time now);

  // How long a change that another process made may go unseen.
  static constexpr absl::Duration kLongestUnseen = absl::Seconds(2);

  // Of a certificate of the coordinator's, valid from `not_before`, whose holder has shown that the key is its own. Of
  // a member that enrolled with an older version, so that no key of it was written down, writes this one down, and does
  // nothing otherwise. PERMISSION_DENIED: the log says that the member has enrolled since. Where the log has nothing of
  // the member, it began later than the member enrolled, and the key that is shown first stands.
  absl::Status Adopt(const std::string& identity, absl::string_view public_key_der, absl::Time not_before);

  // Reads what changed in the database since, by this process or another. `now` (Clock::Monotonic): CheckNow reckons
  // from it.
  absl::Status Refresh(absl::Duration now = -absl::InfiniteDuration());
  // Grows whenever Refresh found something.
  int64_t last_change() const {
    absl::MutexLock lock(&mutex_);
    return last_change_;
  }
  // As of the last Refresh; reads nothing. OK: the key stands for the member, or none was ever written down, as of
  // members that enrolled with an older version. PERMISSION_DENIED says why it does not, and what to do.
  absl::Status Check(absl::string_view identity, absl::string_view public_key_der) const;
  // As of the last Refresh: no key stands for the member.
  bool IsRevoked(absl::string_view identity) const;
  // Check as of `now` (Clock::Monotonic): reads where the last Refresh is kLongestUnseen ago, one call for all that
  // come meanwhile (SharedRead). UNAVAILABLE: it cannot be read, so nobody can say whether the key stands.
  absl::Status CheckNow(absl::string_view identity, absl::string_view public_key_der, absl::Duration now);

 private:
  struct Standing {
    std::string key_sha256;  // hexadecimal; empty: it is not known which
    bool revoked = false;
    std::string reason;
  };

  // PERMISSION_DENIED: the log has a later enrolment of the member, with another key.
  absl::Status CheckIsOfLastEnrolment(const std::string& identity, absl::string_view public_key_der,
                                      absl::Time not_before);

  Database& database_;
  FederationLog* const log_;
  mutable absl::Mutex mutex_;
  std::map<std::string, Standing, std::less<>> standing_ ABSL_GUARDED_BY(mutex_);
  int64_t last_change_ ABSL_GUARDED_BY(mutex_) = 0;
  SharedRead looks_;
};

}  // namespace accord
