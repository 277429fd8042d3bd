#include "coordinator/store/shown_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "aggregation/secure/messages/signed_wire.h"
#include "base/status.h"
#include "spdlog/spdlog.h"

namespace accord {
namespace {

// Ids have no spaces.
std::vector<std::string> SitesOf(const std::string& text) { return absl::StrSplit(text, ' ', absl::SkipEmpty()); }

std::string BytesOf(absl::Span<const secure::SignedBytes> statements) {
  v1::SignedList list;
  for (const secure::SignedBytes& statement : statements) *list.add_messages() = secure::ToWire(statement);
  return list.SerializeAsString();
}

// The columns of one row while they are fetched.
struct ShownRow {
  explicit ShownRow(soci::session& sql) : voids(sql) {}

  absl::StatusOr<StoredShownSet> ToSet() {
    StoredShownSet shown;
    shown.job_id = job_id;
    shown.attempt = static_cast<uint32_t>(attempt);
    shown.step = static_cast<uint32_t>(step);
    shown.of_every_job = of_every_job != 0;
    ACCORD_ASSIGN_OR_RETURN(shown.place, ParseHexDigest(place));
    ACCORD_ASSIGN_OR_RETURN(shown.set.transcript, ParseHexDigest(transcript));
    shown.set.cohort = SitesOf(cohort);
    shown.set.survivors = SitesOf(survivors);
    shown.set.encoding_sites = static_cast<uint32_t>(encoding_sites);
    shown.set.required_signatures = static_cast<uint32_t>(required_signatures);
    shown.set.colluding_sites = static_cast<uint32_t>(colluding_sites);
    ACCORD_RETURN_IF_ERROR(CheckShownSet(shown.set));
    v1::SignedList list;
    if (!list.ParseFromString(BlobBytes(voids))) return absl::InvalidArgumentError("its void statements are damaged");
    shown.voids = secure::FromWire(list.messages());
    return shown;
  }

  std::string job_id, place, transcript, cohort, survivors;
  long long attempt = 0, step = 0, encoding_sites = 0, required_signatures = 0, colluding_sites = 0;
  int of_every_job = 0;
  soci::blob voids;
};

}  // namespace

absl::Status ShownStore::Keep(const StoredShownSet& shown) {
  return database_.Write("keep the survivors of a sum in", [&](soci::session& sql) {
    const std::string place = HexDigest(shown.place), transcript = HexDigest(shown.set.transcript);
    const std::string cohort = absl::StrJoin(shown.set.cohort, " "),
                      survivors = absl::StrJoin(shown.set.survivors, " ");
    const long long attempt = shown.attempt, step = shown.step, encoding = shown.set.encoding_sites;
    const long long required = shown.set.required_signatures, colluding = shown.set.colluding_sites;
    const int of_every_job = shown.of_every_job ? 1 : 0;
    BlobParameter voids(sql, BytesOf(shown.voids));
    sql << "INSERT INTO shown_sets (job_id, attempt, step, place, of_every_job, transcript, cohort, survivors,"
           " encoding_sites, required_signatures, colluding_sites, voids) VALUES (:job, :attempt, :step, :place, "
           ":every,"
           " :transcript, :cohort, :survivors, :encoding, :required, :colluding, :voids)",
        soci::use(shown.job_id), soci::use(attempt), soci::use(step), soci::use(place), soci::use(of_every_job),
        soci::use(transcript), soci::use(cohort), soci::use(survivors), soci::use(encoding), soci::use(required),
        soci::use(colluding), soci::use(voids.get());
    return absl::OkStatus();
  });
}

absl::Status ShownStore::Release(const StoredShownSet& shown) {
  return database_.Write("release the survivors of a sum in", [&](soci::session& sql) {
    const std::string place = HexDigest(shown.place);
    const long long attempt = shown.attempt;
    BlobParameter bytes(sql, BytesOf(shown.voids));
    sql << "UPDATE shown_sets SET voids = :voids WHERE place = :place AND job_id = :job AND attempt = :attempt",
        soci::use(bytes.get()), soci::use(place), soci::use(shown.job_id), soci::use(attempt);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<StoredShownSet>> ShownStore::At(const Sha256Digest& place, const std::string& job_id) {
  std::vector<StoredShownSet> sets;
  ACCORD_RETURN_IF_ERROR(database_.Read("read the survivors of sums from", [&](soci::session& sql) -> absl::Status {
    const std::string name = HexDigest(place);
    ShownRow row(sql);
    soci::statement rows =
        (sql.prepare << "SELECT job_id, attempt, step, place, of_every_job, transcript, cohort, survivors,"
                        " encoding_sites, required_signatures, colluding_sites, voids FROM shown_sets"
                        " WHERE place = :place AND (job_id = :job OR of_every_job = 1) ORDER BY job_id, attempt",
         soci::into(row.job_id), soci::into(row.attempt), soci::into(row.step), soci::into(row.place),
         soci::into(row.of_every_job), soci::into(row.transcript), soci::into(row.cohort), soci::into(row.survivors),
         soci::into(row.encoding_sites), soci::into(row.required_signatures), soci::into(row.colluding_sites),
         soci::into(row.voids), soci::use(name), soci::use(job_id));
    rows.execute();
    while (rows.fetch()) {
      auto shown = row.ToSet();
      if (shown.ok()) {
        sets.push_back(*std::move(shown));
        continue;
      }
      const std::string words =
          absl::StrCat("the stored survivors of attempt ", row.attempt, " of job ", row.job_id, " are damaged (",
                       std::string(shown.status().message()), "); restore state_dir from a backup");
      if (row.job_id == job_id) return absl::DataLossError(words);
      spdlog::error("job {} goes on without them: {}", job_id, words);
    }
    return absl::OkStatus();
  }));
  std::stable_partition(sets.begin(), sets.end(), [&job_id](const auto& shown) { return shown.job_id == job_id; });
  return sets;
}

void ForgetOpenedSets(soci::session& sql, const std::string& job_id, uint32_t next_step, const Sha256Digest& place,
                      absl::Span<const std::string> sites) {
  const std::string name = HexDigest(place), survivors = absl::StrJoin(sites, " ");
  const long long next = next_step;
  sql << "DELETE FROM shown_sets WHERE place = :place AND survivors = :survivors", soci::use(name),
      soci::use(survivors);
  sql << "DELETE FROM shown_sets WHERE job_id = :job AND step < :next AND of_every_job = 0", soci::use(job_id),
      soci::use(next);
}

void ForgetOwnSets(soci::session& sql, const std::string& job_id) {
  sql << "DELETE FROM shown_sets WHERE job_id = :job AND of_every_job = 0", soci::use(job_id);
}

}  // namespace accord
