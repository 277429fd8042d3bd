#include "coordinator/store/member_keys.h"

#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/status.h"
#include "spdlog/spdlog.h"

namespace accord {
namespace {

constexpr size_t kMaxReasonBytes = 500;
// A certificate is good from an hour before it is made, for clocks that differ
// (trust/identity/certificate_authority.cc), and the log has its enrolment some seconds later.
constexpr absl::Duration kLongestIssue = absl::Minutes(61);

void Write(soci::session& sql, const std::string& identity, const std::string& key_sha256, long long revoked_ms,
           const std::string& reason) {
  sql << "INSERT INTO member_keys (identity, key_sha256, revoked_ms, reason, change) VALUES (:identity, :key, :revoked,"
         " :reason, (SELECT COALESCE(MAX(change), 0) + 1 FROM member_keys)) ON CONFLICT (identity) DO UPDATE SET"
         " key_sha256 = excluded.key_sha256, revoked_ms = excluded.revoked_ms, reason = excluded.reason,"
         " change = excluded.change",
      soci::use(identity), soci::use(key_sha256), soci::use(revoked_ms), soci::use(reason);
}

absl::Status CheckIsKnown(soci::session& sql, const std::string& identity, long long now_ms) {
  absl::string_view id = identity;
  const bool is_site = absl::ConsumePrefix(&id, "site/");
  const std::string name(is_site ? id : absl::StripPrefix(id, "person/"));
  int known = 0;
  if (is_site) {
    sql << "SELECT COUNT(*) FROM sites WHERE id = :id", soci::into(known), soci::use(name);
  } else {
    sql << "SELECT COUNT(*) FROM persons WHERE id = :id", soci::into(known), soci::use(name);
  }
  if (known != 0) return absl::OkStatus();
  sql << "SELECT COUNT(*) FROM tokens WHERE identity = :identity AND used_ms = 0 AND expires_ms > :now",
      soci::into(known), soci::use(identity), soci::use(now_ms);
  if (known != 0) return absl::OkStatus();
  return absl::NotFoundError(
      absl::StrCat(identity, " is not enrolled here, and no token lets it enrol; `accord site list` shows the sites"));
}

std::pair<NameRole, std::string> NameOf(const std::string& identity) {
  absl::string_view id = identity;
  const bool is_site = absl::ConsumePrefix(&id, "site/");
  return {is_site ? NameRole::kSite : NameRole::kPerson, std::string(absl::StripPrefix(id, "person/"))};
}

LogDraft DraftOf(const std::string& identity, const std::string& reason) {
  // The reason may name people: its hash alone is in the log.
  return {LogEntryKind::kRevoked, "", LogPayload::HashOf(reason), {NameOf(identity)}};
}

absl::Status EnrolledAnew(absl::string_view identity) {
  return absl::PermissionDeniedError(
      absl::StrCat(identity,
                   " has enrolled anew with another key since this certificate was made. If that was not "
                   "you, tell the coordinator's operator"));
}

}  // namespace

void MemberKeys::CertifyIn(soci::session& sql, const std::string& identity, absl::string_view public_key_der) {
  Write(sql, identity, Sha256Hex(public_key_der), 0, "");
}

void MemberKeys::VoidTokensIn(soci::session& sql, const std::string& identity, long long now_ms) {
  sql << "UPDATE tokens SET used_ms = :now WHERE identity = :identity AND used_ms = 0", soci::use(now_ms),
      soci::use(identity);
}

absl::Status MemberKeys::Revoke(const std::string& identity, const std::string& reason, absl::Time now) {
  if (reason.empty() || reason.size() > kMaxReasonBytes || Printable(reason) != reason) {
    return absl::InvalidArgumentError(
        absl::StrCat("a revocation needs a reason in words, on one line, of at most ", kMaxReasonBytes, " bytes"));
  }
  if (log_ == nullptr) return absl::InternalError("a key is revoked with the log at hand only");
  return database_.Write("revoke a key in", [&](soci::session& sql) -> absl::Status {
    const long long now_ms = absl::ToUnixMillis(now);
    ACCORD_RETURN_IF_ERROR(CheckIsKnown(sql, identity, now_ms));
    // Whoever has the key may have a token as well, and would enrol with it at once.
    VoidTokensIn(sql, identity, now_ms);
    std::string key_sha256;
    sql << "SELECT key_sha256 FROM member_keys WHERE identity = :identity", soci::into(key_sha256), soci::use(identity);
    Write(sql, identity, key_sha256, now_ms, reason);
    return log_->AppendIn(sql, {DraftOf(identity, reason)});
  });
}

absl::Status MemberKeys::CheckIsOfLastEnrolment(const std::string& identity, absl::string_view public_key_der,
                                                absl::Time not_before) {
  const auto [role, name] = NameOf(identity);
  FederationLog& log = *log_;
  constexpr uint64_t kAll = std::numeric_limits<int64_t>::max();
  ACCORD_ASSIGN_OR_RETURN(const std::optional<uint64_t> last,
                          log.rows().LastEnrolment(log.project(), role, name, kAll));
  if (!last.has_value()) return absl::OkStatus();
  ACCORD_ASSIGN_OR_RETURN(const std::string bytes, log.rows().Entry(log.project(), *last));
  ACCORD_ASSIGN_OR_RETURN(const LogEntry entry, ParseLogEntry(bytes));
  if (entry.payload.IsOf(public_key_der)) return absl::OkStatus();
  // A site may have enrolled with a key to sign with, which is in the log in place of its certificate's.
  const absl::Time enrolled = absl::FromUnixMicros(static_cast<int64_t>(entry.unix_us));
  if (role == NameRole::kSite && not_before + kLongestIssue >= enrolled) return absl::OkStatus();
  return EnrolledAnew(identity);
}

absl::Status MemberKeys::Adopt(const std::string& identity, absl::string_view public_key_der, absl::Time not_before) {
  if (log_ == nullptr) return absl::InternalError("a key is adopted with the log at hand only");
  {
    absl::MutexLock lock(&mutex_);
    if (standing_.contains(identity)) return absl::OkStatus();
  }
  ACCORD_RETURN_IF_ERROR(CheckIsOfLastEnrolment(identity, public_key_der, not_before));
  ACCORD_RETURN_IF_ERROR(database_.Write("adopt a key in", [&](soci::session& sql) {
    int known = 0;
    sql << "SELECT COUNT(*) FROM member_keys WHERE identity = :identity", soci::into(known), soci::use(identity);
    if (known == 0) CertifyIn(sql, identity, public_key_der);
    return absl::OkStatus();
  }));
  ACCORD_RETURN_IF_ERROR(Refresh());
  // Another call may have been faster, with another key.
  return Check(identity, public_key_der);
}

absl::Status MemberKeys::Refresh(absl::Duration now) {
  const long long known = [this] {
    absl::MutexLock lock(&mutex_);
    return last_change_;
  }();
  std::vector<std::pair<std::string, Standing>> changed;
  long long newest = known;
  absl::Status read = database_.Read("read the members' keys in", [&](soci::session& sql) {
    std::string identity, key_sha256, reason;
    long long revoked_ms = 0, change = 0;
    soci::statement rows = (sql.prepare << "SELECT identity, key_sha256, revoked_ms, reason, change FROM member_keys"
                                           " WHERE change > :known ORDER BY change",
                            soci::into(identity), soci::into(key_sha256), soci::into(revoked_ms), soci::into(reason),
                            soci::into(change), soci::use(known));
    rows.execute();
    while (rows.fetch()) {
      changed.emplace_back(identity, Standing{key_sha256, revoked_ms != 0, reason});
      newest = change;
    }
    return absl::OkStatus();
  });
  ACCORD_RETURN_IF_ERROR(read);
  {
    absl::MutexLock lock(&mutex_);
    if (newest > last_change_) {  // else another call was faster
      for (auto& [identity, standing] : changed) standing_[identity] = std::move(standing);
      last_change_ = newest;
    }
  }
  // Only now: a call that finds this look new enough checks against what it found.
  looks_.Note(now);
  return absl::OkStatus();
}

absl::Status MemberKeys::Check(absl::string_view identity, absl::string_view public_key_der) const {
  absl::MutexLock lock(&mutex_);
  const auto found = standing_.find(identity);
  if (found == standing_.end()) return absl::OkStatus();
  const Standing& standing = found->second;
  if (standing.revoked) {
    return absl::PermissionDeniedError(absl::StrCat("the certificate of ", identity, " was revoked: ", standing.reason,
                                                    ". To come back it needs a new token of the coordinator's "
                                                    "operator"));
  }
  if (!standing.key_sha256.empty() && standing.key_sha256 != Sha256Hex(public_key_der)) {
    return EnrolledAnew(identity);
  }
  return absl::OkStatus();
}

bool MemberKeys::IsRevoked(absl::string_view identity) const {
  absl::MutexLock lock(&mutex_);
  const auto found = standing_.find(identity);
  return found != standing_.end() && found->second.revoked;
}

absl::Status MemberKeys::CheckNow(absl::string_view identity, absl::string_view public_key_der, absl::Duration now) {
  if (const absl::Status read = looks_.Fresh(now, [this, now] { return Refresh(now); }); !read.ok()) {
    spdlog::error("whether the key of {} stands: {}", std::string(identity), std::string(read.message()));
    return absl::UnavailableError(
        "the coordinator cannot read its database, which says whether this certificate was revoked; try again later, "
        "or tell its operator, whose log has the reason");
  }
  return Check(identity, public_key_der);
}

}  // namespace accord
