#include "coordinator/store/schema.h"

#include <iterator>

#include "absl/types/span.h"
#include "base/status.h"

namespace accord {
namespace {

// Times are milliseconds since 1970. BLOBs named as a message hold its serialised bytes.
constexpr const char* kVersion1[] = {
    "CREATE TABLE schema_version (version INTEGER NOT NULL)",
    "CREATE TABLE sites (id TEXT PRIMARY KEY, enrolled_ms INTEGER NOT NULL, last_seen_ms INTEGER NOT NULL,"
    " facts BLOB NOT NULL)",
    "CREATE TABLE persons (id TEXT PRIMARY KEY, enrolled_ms INTEGER NOT NULL)",
    // The secret itself is never stored.
    "CREATE TABLE tokens (secret_sha256 TEXT PRIMARY KEY, identity TEXT NOT NULL, expires_ms INTEGER NOT NULL,"
    " used_ms INTEGER NOT NULL)",
    // `ordinal` is the order of submission. `next_attempt` is greater than every attempt number that was ever sent.
    "CREATE TABLE jobs (ordinal INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, submitted_by TEXT NOT NULL,"
    " request_id TEXT NOT NULL, submitted_ms INTEGER NOT NULL, finished_ms INTEGER NOT NULL, spec BLOB NOT NULL,"
    " layout BLOB NOT NULL, torchscript_sha256 TEXT NOT NULL, state INTEGER NOT NULL, reason TEXT NOT NULL,"
    " step INTEGER NOT NULL, next_attempt INTEGER NOT NULL, statistics BLOB NOT NULL, model_sha256 TEXT NOT NULL,"
    " UNIQUE (submitted_by, request_id))",
    "CREATE TABLE rounds (job_id TEXT NOT NULL, attempt INTEGER NOT NULL, report BLOB NOT NULL,"
    " PRIMARY KEY (job_id, attempt)) WITHOUT ROWID",
    // What the sites of a job said about themselves when they first took part.
    "CREATE TABLE job_sites (job_id TEXT NOT NULL, site TEXT NOT NULL, facts BLOB NOT NULL,"
    " PRIMARY KEY (job_id, site)) WITHOUT ROWID",
    // Models of at most ObjectStore::kInlineBytes; larger ones are files.
    "CREATE TABLE objects (sha256 TEXT PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID",
};

constexpr const char* kVersion2[] = {
    // v1::SignedList: the survivor statements of the job's last attempt that was signed by enough.
    "CREATE TABLE proofs (job_id TEXT PRIMARY KEY, statements BLOB NOT NULL) WITHOUT ROWID",
    // Empty: the site's id. The key is that of the site's latest certificate, in DER; empty: enrolled under version 1.
    "ALTER TABLE tokens ADD COLUMN organisation TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE sites ADD COLUMN organisation TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE sites ADD COLUMN public_key BLOB NOT NULL DEFAULT x''",
    // `signed` is the file with the signatures of all its sites (trust/roster/signed_roster.h); the last one holds.
    "CREATE TABLE rosters (ordinal INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL, published_ms INTEGER NOT "
    "NULL,"
    " signed BLOB NOT NULL)",
};

constexpr const char* kVersion3[] = {
    // Models are named by their content digest; those of earlier jobs by their SHA-256.
    "ALTER TABLE jobs RENAME COLUMN model_sha256 TO model_digest",
    "ALTER TABLE jobs ADD COLUMN models_by_sha256 INTEGER NOT NULL DEFAULT 0",
    "UPDATE jobs SET models_by_sha256 = 1",
};

constexpr const char* kVersion4[] = {
    // Name of the object with what the server's rule keeps from round to round; empty: nothing yet.
    "ALTER TABLE jobs ADD COLUMN server_state TEXT NOT NULL DEFAULT ''",
    // Object files that nothing refers to any more. They are deleted at once; a crash may leave them.
    "CREATE TABLE discarded (name TEXT PRIMARY KEY) WITHOUT ROWID",
};

constexpr const char* kVersion5[] = {
    // Survivor sets that sites were shown (coordinator/store/shown_store.h). Lists of sites: ids, ascending, one space
    // between two. Digests: hexadecimal. `of_every_job`: 1 where every job of the data set comes to the same place.
    // `voids`: v1::SignedList of the promises that released it; empty: it binds.
    "CREATE TABLE shown_sets (place TEXT NOT NULL, job_id TEXT NOT NULL, attempt INTEGER NOT NULL,"
    " step INTEGER NOT NULL, of_every_job INTEGER NOT NULL, transcript TEXT NOT NULL, cohort TEXT NOT NULL,"
    " survivors TEXT NOT NULL, encoding_sites INTEGER NOT NULL, required_signatures INTEGER NOT NULL,"
    " colluding_sites INTEGER NOT NULL, voids BLOB NOT NULL, PRIMARY KEY (place, job_id, attempt)) WITHOUT ROWID",
};

constexpr const char* kVersion6[] = {
    // The transparency logs, one for each project (docs/log.md). `size`: entries; `last_us`: the last one's time;
    // `public_key`: DER of the key that signs heads; `first_entry`: whose hash is the log's id.
    "CREATE TABLE logs (log INTEGER PRIMARY KEY, project TEXT NOT NULL UNIQUE, public_key BLOB NOT NULL,"
    " first_entry BLOB NOT NULL, size INTEGER NOT NULL, last_us INTEGER NOT NULL)",
    // Rows of these are never changed. `entry`: the exact bytes; `leaf`: their hash in the tree.
    "CREATE TABLE log_entries (log INTEGER NOT NULL, position INTEGER NOT NULL, leaf BLOB NOT NULL, entry BLOB NOT "
    "NULL,"
    " PRIMARY KEY (log, position)) WITHOUT ROWID",
    // Complete subtrees above the leaves (trust/log/merkle_tree.h).
    "CREATE TABLE log_nodes (log INTEGER NOT NULL, level INTEGER NOT NULL, position INTEGER NOT NULL,"
    " hash BLOB NOT NULL, PRIMARY KEY (log, level, position)) WITHOUT ROWID",
    "CREATE TABLE log_heads (log INTEGER NOT NULL, size INTEGER NOT NULL, head BLOB NOT NULL, signature BLOB NOT NULL,"
    " PRIMARY KEY (log, size)) WITHOUT ROWID",
    // What opens the commitments in an entry. A deleted row is a forgotten name.
    "CREATE TABLE log_names (log INTEGER NOT NULL, position INTEGER NOT NULL, place INTEGER NOT NULL,"
    " role INTEGER NOT NULL, name TEXT NOT NULL, salt BLOB NOT NULL, PRIMARY KEY (log, position, place)) WITHOUT ROWID",
};

constexpr const char* kVersion7[] = {
    // Charters that were published (docs/governance.md); the last one is in force. `hash`: of the charter; `signed`:
    // the
    // file with its signatures; `former`: the bytes of the version before, where it has one that was at hand.
    "CREATE TABLE charters (ordinal INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL, published_ms INTEGER NOT "
    "NULL,"
    " signed BLOB NOT NULL, former BLOB NOT NULL)",
    // The order of a job that runs under a charter: the engineer's signed statement, as its file. One order serves one
    // job. `charter_name`, `organisation` (the engineer's): for people.
    "CREATE TABLE job_orders (job_id TEXT PRIMARY KEY, order_hash TEXT NOT NULL UNIQUE, charter_hash TEXT NOT NULL,"
    " charter_name TEXT NOT NULL, organisation TEXT NOT NULL, statement BLOB NOT NULL) WITHOUT ROWID",
    // Its approvals and refusals, in the order in which they were handed in. `bytes_sha256`: of what was signed,
    // without
    // the signature.
    "CREATE TABLE job_approvals (job_id TEXT NOT NULL, place INTEGER NOT NULL, bytes_sha256 TEXT NOT NULL,"
    " organisation TEXT NOT NULL, brought_by TEXT NOT NULL, received_ms INTEGER NOT NULL, statement BLOB NOT NULL,"
    " PRIMARY KEY (job_id, place), UNIQUE (job_id, bytes_sha256)) WITHOUT ROWID",
    // By which entry somebody was enrolled is looked for by name.
    "CREATE INDEX log_names_by_name ON log_names (log, role, name, position)",
};

constexpr const char* kVersion8[] = {
    // Which key stands for a member (coordinator/store/member_keys.h): that of its latest enrolment's certificate.
    // `revoked_ms`: 0 if it was not. `change` grows with every write, so that a process finds what others wrote.
    "CREATE TABLE member_keys (identity TEXT PRIMARY KEY, key_sha256 TEXT NOT NULL, revoked_ms INTEGER NOT NULL,"
    " reason TEXT NOT NULL, change INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE UNIQUE INDEX member_keys_by_change ON member_keys (change)",
    // Time stamps on heads: of one head the first, and the last where there were more. `token`: as the authority gave
    // it;
    // `stamped_ms`: its time.
    "CREATE TABLE log_stamps (log INTEGER NOT NULL, size INTEGER NOT NULL, stamped_ms INTEGER NOT NULL,"
    " token BLOB NOT NULL, PRIMARY KEY (log, size, stamped_ms)) WITHOUT ROWID",
    "CREATE INDEX log_stamps_by_time ON log_stamps (log, stamped_ms)",
    // An ombudsman's stop of a job (docs/governance.md): the signed statement, as its file. `job_sha256`: of the job's
    // bytes, which no later job may have.
    "CREATE TABLE job_stops (job_id TEXT PRIMARY KEY, job_sha256 TEXT NOT NULL, organisation TEXT NOT NULL,"
    " brought_by TEXT NOT NULL, received_ms INTEGER NOT NULL, statement BLOB NOT NULL) WITHOUT ROWID",
    "CREATE INDEX job_stops_by_bytes ON job_stops (job_sha256)",
    // Complaints, about a job or a site (the other is empty), and answers. `hash`: of the complaint, which its answer
    // names. `organisation`: of the person who signed it.
    "CREATE TABLE complaints (ordinal INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL UNIQUE,"
    " job_id TEXT NOT NULL, site TEXT NOT NULL, organisation TEXT NOT NULL, brought_by TEXT NOT NULL,"
    " received_ms INTEGER NOT NULL, statement BLOB NOT NULL)",
    "CREATE INDEX complaints_by_job ON complaints (job_id)",
    "CREATE TABLE complaint_answers (hash TEXT PRIMARY KEY, organisation TEXT NOT NULL, brought_by TEXT NOT NULL,"
    " received_ms INTEGER NOT NULL, statement BLOB NOT NULL) WITHOUT ROWID",
};

// What makes tables of version i + 1 out of those of version i. Never changed once released.
constexpr absl::Span<const char* const> kVersions[] = {kVersion1, kVersion2, kVersion3, kVersion4,
                                                       kVersion5, kVersion6, kVersion7, kVersion8};
static_assert(std::size(kVersions) == kSchemaVersion);

// 0: an empty database.
int VersionOf(soci::session& sql) {
  int num_tables = 0;
  sql << "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'", soci::into(num_tables);
  if (num_tables == 0) return 0;
  int version = 0;
  sql << "SELECT MAX(version) FROM schema_version", soci::into(version);
  return version;
}

}  // namespace

absl::Status PrepareTables(soci::session& sql, const std::string& path) {
  const int version = VersionOf(sql);
  if (version > kSchemaVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("the database ", path, " has tables of version ", version,
                     ", written by a newer Accord; this program reads version ", kSchemaVersion,
                     ". Install the newer accord-coordinator or restore the backup made before the upgrade"));
  }
  if (version == kSchemaVersion) return absl::OkStatus();
  for (int next = version; next < kSchemaVersion; ++next) {
    for (const char* statement : kVersions[next]) sql << statement;
  }
  sql << "DELETE FROM schema_version";
  sql << "INSERT INTO schema_version (version) VALUES (:version)", soci::use(kSchemaVersion);
  return absl::OkStatus();
}

}  // namespace accord
