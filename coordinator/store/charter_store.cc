#include "coordinator/store/charter_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "trust/charter/active_charter.h"

namespace accord {
namespace {

absl::Status ChainedTo(const Charter& in_force, const Charter& next) {
  if (next.terms().former_sha256() == HexDigest(in_force.hash())) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "in force is ", CharterName(in_force), ", hash ", HexDigest(in_force.hash()), ", and this is ", CharterName(next),
      ", which amends ", next.terms().former_sha256().empty() ? "none" : next.terms().former_sha256(),
      ": write an amendment of the one in force (version ", in_force.terms().version() + 1,
      ", former_sha256 its hash) and have that one signed"));
}

absl::StatusOr<std::shared_ptr<const PublishedCharter>> ReadPublished(const PublishedCharter& row,
                                                                      const std::string& signed_text,
                                                                      const std::string& former_bytes) {
  const auto damaged = [](const absl::Status& why) {
    return absl::DataLossError(absl::StrCat("the published charter in the database is damaged (", why.message(),
                                            "); publish it again from its file"));
  };
  auto published = std::make_shared<PublishedCharter>(row);
  auto file = SignedCharter::Parse(signed_text, "the published charter");
  if (!file.ok()) return damaged(file.status());
  published->file = std::make_shared<const SignedCharter>(*std::move(file));
  if (former_bytes.empty()) return published;
  auto former = Charter::Parse(former_bytes, "the version before the published charter");
  if (!former.ok()) return damaged(former.status());
  published->former = std::make_shared<const Charter>(*std::move(former));
  return published;
}

}  // namespace

std::string CharterName(const Charter& charter) {
  return absl::StrCat(charter.terms().name(), ", version ", charter.terms().version());
}

absl::Status CharterStore::Publish(const SignedCharter& charter, std::shared_ptr<const Charter> former,
                                   std::shared_ptr<const Roster> roster, absl::Time now) {
  if (log_ == nullptr) return absl::InternalError("a charter is published with the log at hand only");
  ACCORD_ASSIGN_OR_RETURN(const auto in_force, Latest());
  const bool again = in_force != nullptr && in_force->file->charter()->hash() == charter.charter()->hash();
  if (again && former == nullptr) former = in_force->former;
  if (in_force != nullptr && !again) {
    ACCORD_RETURN_IF_ERROR(ChainedTo(*in_force->file->charter(), *charter.charter()));
    if (former == nullptr) former = in_force->file->charter();
  }
  ACCORD_RETURN_IF_ERROR(ActiveCharter::Create(charter, std::move(roster), former.get()).status());
  const int64_t known = in_force == nullptr ? 0 : in_force->ordinal;
  const std::string text = charter.Text();
  if (again && in_force->file->Text() == text) return absl::OkStatus();
  return database_.Write("publish a charter in", [&](soci::session& sql) -> absl::Status {
    long long latest = 0;
    sql << "SELECT COALESCE(MAX(ordinal), 0) FROM charters", soci::into(latest);
    if (latest != known) return absl::AbortedError("another charter was published in this moment; look at it first");
    const std::string hash = HexDigest(charter.charter()->hash());
    const long long now_ms = absl::ToUnixMillis(now);
    BlobParameter file(sql, text), before(sql, former == nullptr ? absl::string_view() : former->bytes());
    sql << "INSERT INTO charters (hash, published_ms, signed, former) VALUES (:hash, :now, :signed, :former)",
        soci::use(hash), soci::use(now_ms), soci::use(file.get()), soci::use(before.get());
    return log_->AppendIn(sql, {LogDraft{LogEntryKind::kCharter, "", LogPayload::HashOf(text), {}}});
  });
}

absl::StatusOr<std::shared_ptr<const PublishedCharter>> CharterStore::Latest(int64_t known) {
  PublishedCharter row;
  std::string signed_text, former_bytes;
  ACCORD_RETURN_IF_ERROR(database_.Read("read the charter in", [&](soci::session& sql) {
    const long long after = known;
    long long ordinal = 0, published_ms = 0;
    soci::blob file(sql), former(sql);
    sql << "SELECT ordinal, published_ms, signed, former FROM charters WHERE ordinal > :after ORDER BY ordinal DESC"
           " LIMIT 1",
        soci::into(ordinal), soci::into(published_ms), soci::into(file), soci::into(former), soci::use(after);
    if (!sql.got_data()) return absl::OkStatus();
    row.ordinal = ordinal;
    row.published = absl::FromUnixMillis(published_ms);
    signed_text = BlobBytes(file);
    former_bytes = BlobBytes(former);
    return absl::OkStatus();
  }));
  if (row.ordinal == 0) return nullptr;
  return ReadPublished(row, signed_text, former_bytes);
}

absl::StatusOr<std::string> CharterStore::FileOf(const Sha256Digest& hash) {
  std::string text;
  ACCORD_RETURN_IF_ERROR(database_.Read("look for a charter in", [&](soci::session& sql) {
    const std::string name = HexDigest(hash);
    soci::blob file(sql);
    sql << "SELECT signed FROM charters WHERE hash = :hash ORDER BY ordinal DESC LIMIT 1", soci::into(file),
        soci::use(name);
    if (sql.got_data()) text = BlobBytes(file);
    return absl::OkStatus();
  }));
  if (text.empty()) return absl::NotFoundError(absl::StrCat("no charter ", HexDigest(hash), " was published here"));
  return text;
}

}  // namespace accord
