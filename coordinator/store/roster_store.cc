#include "coordinator/store/roster_store.h"

#include <utility>

#include "base/status.h"
#include "trust/roster/succession.h"

namespace accord {

namespace {

absl::Status ReadRow(long long ordinal, long long published_ms, soci::blob& bytes, PublishedRoster& roster) {
  roster.ordinal = ordinal;
  roster.published = absl::FromUnixMillis(published_ms);
  roster.signed_text = BlobBytes(bytes);
  return absl::OkStatus();
}

absl::Status ParseRow(PublishedRoster& published) {
  const auto roster = SignedRoster::Parse(published.signed_text);
  if (!roster.ok()) {
    return absl::DataLossError(absl::StrCat("the published roster in the database is damaged (",
                                            roster.status().message(), "); publish it again from its file"));
  }
  published.roster = roster->roster();
  return absl::OkStatus();
}

}  // namespace

// A first one may take any other's place: sites go over to it by hand alone.
absl::Status RosterStore::CheckMayFollow(const SignedRoster& roster) {
  if (!roster.roster()->previous().has_value()) return roster.Verify();
  ACCORD_ASSIGN_OR_RETURN(const auto in_force, Latest());
  if (in_force == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat("the roster is version ", roster.roster()->version(),
                                                      ", and none is in force that it could follow; publish the "
                                                      "earlier ones first"));
  }
  if (in_force->roster->hash() == roster.roster()->hash()) return absl::OkStatus();
  return CheckStep(*in_force->roster, roster);
}

absl::Status RosterStore::Publish(const SignedRoster& roster, absl::Time now) {
  ACCORD_RETURN_IF_ERROR(CheckMayFollow(roster));
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
    const auto& previous = roster.roster()->previous();
    if (previous.has_value() && in_force != HexDigest(*previous)) {
      return absl::AbortedError("another roster was published meanwhile; look at it and draft this one anew");
    }
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
    return ReadRow(ordinal, published_ms, bytes, *latest);
  });
  ACCORD_RETURN_IF_ERROR(read);
  if (latest->ordinal == 0) return nullptr;
  ACCORD_RETURN_IF_ERROR(ParseRow(*latest));
  return latest;
}

absl::StatusOr<std::shared_ptr<const PublishedRoster>> RosterStore::OfHash(const Sha256Digest& hash) {
  auto found = std::make_shared<PublishedRoster>();
  const std::string name = HexDigest(hash);
  ACCORD_RETURN_IF_ERROR(database_.Read("read a roster in", [&](soci::session& sql) {
    long long ordinal = 0, published_ms = 0;
    soci::blob bytes(sql);
    sql << "SELECT ordinal, published_ms, signed FROM rosters WHERE hash = :hash ORDER BY ordinal DESC LIMIT 1",
        soci::into(ordinal), soci::into(published_ms), soci::into(bytes), soci::use(name);
    return sql.got_data() ? ReadRow(ordinal, published_ms, bytes, *found) : absl::OkStatus();
  }));
  if (found->ordinal == 0) return nullptr;
  ACCORD_RETURN_IF_ERROR(ParseRow(*found));
  return found;
}

absl::StatusOr<std::vector<std::string>> RosterStore::After(const Sha256Digest& hash, size_t max_bytes) {
  std::vector<std::string> texts;
  ACCORD_ASSIGN_OR_RETURN(auto last, OfHash(hash));
  size_t bytes = 0;
  while (last != nullptr) {
    auto next = std::make_shared<PublishedRoster>();
    ACCORD_RETURN_IF_ERROR(database_.Read("read the next roster in", [&](soci::session& sql) {
      const long long after = last->ordinal;
      long long ordinal = 0, published_ms = 0;
      soci::blob blob(sql);
      sql << "SELECT ordinal, published_ms, signed FROM rosters WHERE ordinal > :after ORDER BY ordinal LIMIT 1",
          soci::into(ordinal), soci::into(published_ms), soci::into(blob), soci::use(after);
      return sql.got_data() ? ReadRow(ordinal, published_ms, blob, *next) : absl::OkStatus();
    }));
    if (next->ordinal == 0) break;
    ACCORD_RETURN_IF_ERROR(ParseRow(*next));
    if (next->roster->previous() != last->roster->hash()) break;
    bytes += next->signed_text.size();
    if (!texts.empty() && bytes > max_bytes) break;
    texts.push_back(next->signed_text);
    last = std::move(next);
  }
  return texts;
}

}  // namespace accord
