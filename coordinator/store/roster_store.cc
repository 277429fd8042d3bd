#include "coordinator/store/roster_store.h"

#include <utility>

#include "base/status.h"

namespace accord {

absl::Status RosterStore::Publish(const SignedRoster& roster, absl::Time now) {
  ACCORD_RETURN_IF_ERROR(roster.Verify());
  const std::string text = roster.Text();
  if (text.size() > kMaxPublishedRosterBytes) {
    return absl::OutOfRangeError(absl::StrCat("the roster with its signatures has ", text.size(), " bytes; at most ",
                                              kMaxPublishedRosterBytes, " are sent to sites"));
  }
  if (log_ == nullptr) return absl::InternalError("a roster is published with the log at hand only");
  return database_.Write("publish a roster in", [&](soci::session& sql) -> absl::Status {
    const std::string hash = HexDigest(roster.roster()->hash());
    std::string in_force;
    sql << "SELECT hash FROM rosters ORDER BY ordinal DESC LIMIT 1", soci::into(in_force);
    if (sql.got_data() && in_force == hash) return absl::OkStatus();
    const long long now_ms = absl::ToUnixMillis(now);
    BlobParameter bytes(sql, text);
    sql << "INSERT INTO rosters (hash, published_ms, signed) VALUES (:hash, :now, :signed)", soci::use(hash),
        soci::use(now_ms), soci::use(bytes.get());
    return log_->AppendIn(sql, {LogDraft{LogEntryKind::kRoster, "", LogPayload::HashOf(text), {}}});
  });
}

absl::StatusOr<std::shared_ptr<const PublishedRoster>> RosterStore::Latest(int64_t known) {
  auto latest = std::make_shared<PublishedRoster>();
  absl::Status read = database_.Read("read the roster in", [&](soci::session& sql) {
    const long long after = known;
    long long ordinal = 0, published_ms = 0;
    soci::blob bytes(sql);
    sql << "SELECT ordinal, published_ms, signed FROM rosters WHERE ordinal > :after ORDER BY ordinal DESC LIMIT 1",
        soci::into(ordinal), soci::into(published_ms), soci::into(bytes), soci::use(after);
    if (!sql.got_data()) return absl::OkStatus();
    latest->ordinal = ordinal;
    latest->published = absl::FromUnixMillis(published_ms);
    latest->signed_text = BlobBytes(bytes);
    return absl::OkStatus();
  });
  ACCORD_RETURN_IF_ERROR(read);
  if (latest->ordinal == 0) return nullptr;
  const auto roster = SignedRoster::Parse(latest->signed_text);
  if (!roster.ok()) {
    return absl::DataLossError(absl::StrCat("the published roster in the database is damaged (",
                                            roster.status().message(), "); publish it again from its file"));
  }
  latest->roster = roster->roster();
  return latest;
}

}  // namespace accord
