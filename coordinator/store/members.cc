#include "coordinator/store/members.h"

#include <utility>

#include "absl/strings/strip.h"
#include "base/hash.h"
#include "base/status.h"
#include "coordinator/store/member_keys.h"

namespace accord {
namespace {

struct NewMember {
  std::string identity;
  std::string organisation;
  std::string public_key_der;
};

struct FoundToken {
  NewMember member;
  bool is_used = false;  // or voided
};

absl::Status NotGood() {
  return absl::PermissionDeniedError(
      "this enrolment token is not known, was used before or was withdrawn; ask the coordinator's operator for a new "
      "one");
}

absl::StatusOr<FoundToken> FindToken(soci::session& sql, const std::string& hash, long long now_ms) {
  FoundToken token;
  long long expires_ms = 0, used_ms = 0;
  sql << "SELECT identity, organisation, expires_ms, used_ms FROM tokens WHERE secret_sha256 = :hash",
      soci::into(token.member.identity), soci::into(token.member.organisation), soci::into(expires_ms),
      soci::into(used_ms), soci::use(hash);
  if (!sql.got_data()) return NotGood();
  token.is_used = used_ms != 0;
  if (expires_ms > now_ms) return token;
  if (token.is_used) return NotGood();
  return absl::PermissionDeniedError("this enrolment token has expired; ask the coordinator's operator for a new one");
}

// OK: an enrolment that was done before is asked for again, because its answer was lost: with the keys that stand for
// the member. PERMISSION_DENIED otherwise.
//
// That gives nobody what it had not. The request is signed by the private key that the certificate is over, and without
// that key, for whoever repeats a request that it overheard, the certificate is worth nothing; whoever holds the key
// that stands may renew its certificate at any time, without a token. A used token is worth nothing with any other key,
// a key that was revoked or replaced since does not stand, and the token's own life sets an end. Nothing is written
// down: the member, its tokens and the log stay as they are.
absl::Status CheckAsksAgain(soci::session& sql, const std::string& identity, const CertifiedKeys& keys) {
  std::string key_sha256;
  long long revoked_ms = 0;
  sql << "SELECT key_sha256, revoked_ms FROM member_keys WHERE identity = :identity", soci::into(key_sha256),
      soci::into(revoked_ms), soci::use(identity);
  if (!sql.got_data() || revoked_ms != 0 || key_sha256 != Sha256Hex(keys.certificate_key_der)) return NotGood();
  absl::string_view id = identity;
  if (!absl::ConsumePrefix(&id, "site/")) return absl::OkStatus();
  const std::string site(id);
  soci::blob signing_key(sql);
  sql << "SELECT public_key FROM sites WHERE id = :id", soci::into(signing_key), soci::use(site);
  if (!sql.got_data() || BlobBytes(signing_key) != keys.signing_key_der) return NotGood();
  return absl::OkStatus();
}

void AddMember(soci::session& sql, const NewMember& member, long long now_ms) {
  absl::string_view id = member.identity;
  if (absl::ConsumePrefix(&id, "site/")) {
    const std::string site(id);
    BlobParameter no_facts(sql, "");
    BlobParameter key(sql, member.public_key_der);
    sql << "INSERT INTO sites (id, enrolled_ms, last_seen_ms, facts, organisation, public_key)"
           " VALUES (:id, :now, 0, :facts, :organisation, :key) ON CONFLICT (id) DO UPDATE SET"
           " organisation = excluded.organisation, public_key = excluded.public_key",
        soci::use(site), soci::use(now_ms), soci::use(no_facts.get()), soci::use(member.organisation),
        soci::use(key.get());
  } else {
    const std::string person(absl::StripPrefix(id, "person/"));
    sql << "INSERT OR IGNORE INTO persons (id, enrolled_ms) VALUES (:id, :now)", soci::use(person), soci::use(now_ms);
  }
}

LogDraft DraftOfMember(const NewMember& member) {
  absl::string_view id = member.identity;
  LogDraft draft{LogEntryKind::kMember, "", LogPayload::Bytes(member.public_key_der), {}};
  if (absl::ConsumePrefix(&id, "site/")) {
    draft.names.emplace_back(NameRole::kSite, std::string(id));
    draft.names.emplace_back(NameRole::kOrganisation,
                             member.organisation.empty() ? std::string(id) : member.organisation);
  } else {
    draft.names.emplace_back(NameRole::kPerson, std::string(absl::StripPrefix(id, "person/")));
  }
  return draft;
}

}  // namespace

absl::Status Members::AddToken(const Sha256Digest& secret_hash, absl::string_view identity, absl::Time expires,
                               absl::string_view organisation) {
  return database_.Write("keep a token in", [&](soci::session& sql) {
    const std::string hash = HexDigest(secret_hash);
    const std::string who(identity);
    const std::string whose(organisation);
    const long long expires_ms = absl::ToUnixMillis(expires);
    sql << "INSERT INTO tokens (secret_sha256, identity, expires_ms, used_ms, organisation)"
           " VALUES (:hash, :who, :expires, 0, :whose)",
        soci::use(hash), soci::use(who), soci::use(expires_ms), soci::use(whose);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::string> Members::RedeemToken(
    const Sha256Digest& secret_hash, absl::Time now,
    absl::FunctionRef<absl::StatusOr<CertifiedKeys>(const std::string& identity)> issue) {
  if (log_ == nullptr) return absl::InternalError("a token is redeemed with the log at hand only");
  NewMember member;
  absl::Status redeemed = database_.Write("redeem a token in", [&](soci::session& sql) -> absl::Status {
    const std::string hash = HexDigest(secret_hash);
    const long long now_ms = absl::ToUnixMillis(now);
    ACCORD_ASSIGN_OR_RETURN(FoundToken token, FindToken(sql, hash, now_ms));
    member = std::move(token.member);
    ACCORD_ASSIGN_OR_RETURN(CertifiedKeys keys, issue(member.identity));
    if (token.is_used) return CheckAsksAgain(sql, member.identity, keys);
    member.public_key_der = std::move(keys.signing_key_der);
    // This token and any other of the member: one that lies about would undo this enrolment.
    MemberKeys::VoidTokensIn(sql, member.identity, now_ms);
    AddMember(sql, member, now_ms);
    MemberKeys::CertifyIn(sql, member.identity, keys.certificate_key_der);
    return log_->AppendIn(sql, {DraftOfMember(member)});
  });
  ACCORD_RETURN_IF_ERROR(redeemed);
  return member.identity;
}

absl::StatusOr<bool> Members::AwaitsSites(absl::Time now) {
  int open = 0;
  absl::Status looked = database_.Read("look for open tokens in", [&](soci::session& sql) {
    const long long now_ms = absl::ToUnixMillis(now);
    sql << "SELECT COUNT(*) FROM tokens WHERE identity LIKE 'site/%' AND used_ms = 0 AND expires_ms > :now",
        soci::into(open), soci::use(now_ms);
    return absl::OkStatus();
  });
  ACCORD_RETURN_IF_ERROR(looked);
  return open > 0;
}

absl::Status Members::RecordSiteSeen(const std::string& site, const v1::SiteFact& facts, absl::Time now) {
  return database_.Write("note a site in", [&](soci::session& sql) {
    const long long now_ms = absl::ToUnixMillis(now);
    BlobParameter bytes(sql, facts.SerializeAsString());
    sql << "INSERT INTO sites (id, enrolled_ms, last_seen_ms, facts) VALUES (:id, :now, :seen, :facts)"
           " ON CONFLICT (id) DO UPDATE SET last_seen_ms = excluded.last_seen_ms, facts = excluded.facts",
        soci::use(site), soci::use(now_ms), soci::use(now_ms), soci::use(bytes.get());
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<SiteRecord>> Members::ListSites() {
  std::vector<SiteRecord> sites;
  absl::Status listed = database_.Read("list the sites of", [&](soci::session& sql) {
    std::string id, organisation;
    long long last_seen_ms = 0;
    soci::blob facts(sql), key(sql);
    soci::statement rows =
        (sql.prepare << "SELECT id, organisation, public_key, last_seen_ms, facts FROM sites ORDER BY id",
         soci::into(id), soci::into(organisation), soci::into(key), soci::into(last_seen_ms), soci::into(facts));
    rows.execute();
    while (rows.fetch()) {
      SiteRecord& site = sites.emplace_back();
      site.id = id;
      site.organisation = organisation.empty() ? id : organisation;
      site.public_key_der = BlobBytes(key);
      site.last_seen_unix_ms = last_seen_ms;
      if (!site.facts.ParseFromString(BlobBytes(facts))) {
        return absl::DataLossError(
            absl::StrCat("the record of site ", id, " is damaged; restore state_dir from a backup"));
      }
    }
    return absl::OkStatus();
  });
  ACCORD_RETURN_IF_ERROR(listed);
  return sites;
}

}  // namespace accord
