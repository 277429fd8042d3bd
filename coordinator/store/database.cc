#include "coordinator/store/database.h"

#include <utility>

#include "absl/strings/match.h"
#include "base/status.h"
#include "coordinator/store/schema.h"
#include "soci/sqlite3/soci-sqlite3.h"
#include "sqlite3.h"

namespace accord {

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path) {
  if (path.find('"') != std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("the database's path ", path, " contains a quotation mark; choose another state_dir"));
  }
  auto database = std::unique_ptr<Database>(new Database(path));
  absl::Status opened = database->Guard("open", [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS -> absl::Status {
    database->session_.open(soci::sqlite3, absl::StrCat("dbname=\"", path, "\" timeout=10"));
    std::string mode;
    database->session_ << "PRAGMA journal_mode=WAL", soci::into(mode);
    if (mode != "wal") {
      return absl::FailedPreconditionError(absl::StrCat(
          "the file system of ", path, " does not support SQLite's WAL mode; put state_dir on a local disk"));
    }
    database->session_ << "PRAGMA synchronous=FULL";
    std::string verdict;
    database->session_ << "PRAGMA quick_check(1)", soci::into(verdict);
    if (verdict != "ok") {
      return absl::DataLossError(
          absl::StrCat("the database ", path, " is damaged (", verdict, "); restore state_dir from a backup"));
    }
    return absl::OkStatus();
  });
  ACCORD_RETURN_IF_ERROR(opened);
  ACCORD_RETURN_IF_ERROR(
      database->Write("prepare the tables of", [&](soci::session& sql) { return PrepareTables(sql, path); }));
  return database;
}

absl::Status Database::Write(absl::string_view purpose, absl::FunctionRef<absl::Status(soci::session&)> body) {
  absl::MutexLock lock(&mutex_);
  // IMMEDIATE takes the write lock at once; a plain BEGIN that reads first could fail later, when it wants to write.
  ACCORD_RETURN_IF_ERROR(Guard(purpose, [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    session_ << "BEGIN IMMEDIATE";
    return absl::OkStatus();
  }));
  absl::Status done = Guard(purpose, [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    absl::Status status = body(session_);
    if (status.ok()) session_ << "COMMIT";
    return status;
  });
  if (!done.ok()) {
    // SQLite may have rolled back already (disk full); then this answers with an error that says just that.
    (void)Guard(purpose, [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      session_ << "ROLLBACK";
      return absl::OkStatus();
    });
  }
  return done;
}

absl::Status Database::Read(absl::string_view purpose, absl::FunctionRef<absl::Status(soci::session&)> body) {
  absl::MutexLock lock(&mutex_);
  return Guard(purpose, [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return body(session_); });
}

absl::Status Database::Guard(absl::string_view purpose, absl::FunctionRef<absl::Status()> body) const {
  try {
    return body();
  } catch (const std::exception& error) {
    return Explain(purpose, error);
  }
}

absl::Status Database::Explain(absl::string_view purpose, const std::exception& error) const {
  const std::string what = absl::StrCat("cannot ", purpose, " the database ", path_, ": ", error.what());
  const auto* sqlite_error = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  // Some of SOCI's errors carry no code, only SQLite's words.
  const absl::string_view words = error.what();
  const int code = sqlite_error != nullptr ? sqlite_error->result() & 0xff : SQLITE_OK;
  if (code == SQLITE_FULL || absl::StrContains(words, "disk is full")) {
    return absl::ResourceExhaustedError(absl::StrCat(what, "; free space on its disk"));
  }
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB || absl::StrContains(words, "malformed") ||
      absl::StrContains(words, "not a database")) {
    return absl::DataLossError(absl::StrCat(what, "; restore state_dir from a backup"));
  }
  if (code == SQLITE_BUSY || absl::StrContains(words, "locked")) {
    return absl::UnavailableError(absl::StrCat(what, "; another process holds it, try again"));
  }
  return absl::InternalError(absl::StrCat(what, "; check the disk and the file's permissions"));
}

BlobParameter::BlobParameter(soci::session& session, absl::string_view bytes) : blob_(session) {
  blob_.write(0, bytes.data() == nullptr ? "" : bytes.data(), bytes.size());
}

std::string BlobBytes(soci::blob& blob) {
  std::string bytes(blob.get_len(), '\0');
  if (!bytes.empty()) blob.read(0, bytes.data(), bytes.size());
  return bytes;
}

}  // namespace accord
