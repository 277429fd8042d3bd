// The transparency log: appending a million entries durably, proving, and checking the whole of it.
#include <sqlite3.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/status.h"
#include "bench/federation/process.h"
#include "bench/figure.h"
#include "coordinator/store/database.h"
#include "coordinator/store/log_store.h"
#include "trust/identity/key_pair.h"
#include "trust/log/merkle_tree.h"

namespace accord::bench {
namespace {

constexpr char kLoggedProject[] = "heart";
constexpr uint64_t kEntries = 1'000'000;
constexpr size_t kBatchEntries = 1000;  // entries of one durable transaction
constexpr int kProofs = 500;
const absl::Time kLogTime = absl::FromUnixSeconds(1'700'000'000);

double SecondsOf(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// What most entries are: something about a job, by the hash of its bytes, and who did it.
std::vector<LogDraft> Drafts() {
  std::vector<LogDraft> drafts;
  for (size_t i = 0; i < kBatchEntries; ++i) {
    drafts.push_back({LogEntryKind::kRound,
                      absl::StrCat("5f2c8e1d0a7b", 1000 + i),
                      LogPayload::HashOf(absl::StrCat(i)),
                      {{NameRole::kPerson, "ada"}}});
  }
  return drafts;
}

absl::Status Sqlite(int code, sqlite3* database) {
  if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("SQLite: ", sqlite3_errmsg(database)));
}

// Rows of as many bytes, under the same durability and in as large transactions, and nothing else.
absl::StatusOr<double> PlainRowsPerSecond(const std::string& path, size_t row_bytes) {
  sqlite3* database = nullptr;
  ACCORD_RETURN_IF_ERROR(Sqlite(sqlite3_open(path.c_str(), &database), database));
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> owned(database, &sqlite3_close);
  const auto run = [&](const char* statement) {
    return Sqlite(sqlite3_exec(database, statement, nullptr, nullptr, nullptr), database);
  };
  ACCORD_RETURN_IF_ERROR(run("PRAGMA journal_mode=WAL"));
  ACCORD_RETURN_IF_ERROR(run("PRAGMA synchronous=FULL"));
  ACCORD_RETURN_IF_ERROR(run("CREATE TABLE rows (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL)"));
  sqlite3_stmt* insert = nullptr;
  ACCORD_RETURN_IF_ERROR(
      Sqlite(sqlite3_prepare_v2(database, "INSERT INTO rows VALUES (?, ?)", -1, &insert, nullptr), database));
  const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> prepared(insert, &sqlite3_finalize);
  const std::string row(row_bytes, 'r');
  absl::Status failure;
  constexpr uint64_t kRows = 100'000;
  const double took = SecondsOf([&] {
    for (uint64_t i = 0; i < kRows; ++i) {
      if (i % kBatchEntries == 0) failure.Update(run("BEGIN IMMEDIATE"));
      sqlite3_bind_int64(insert, 1, static_cast<sqlite3_int64>(i));
      sqlite3_bind_blob(insert, 2, row.data(), static_cast<int>(row.size()), SQLITE_STATIC);
      failure.Update(Sqlite(sqlite3_step(insert), database));
      sqlite3_reset(insert);
      if (i % kBatchEntries == kBatchEntries - 1) failure.Update(run("COMMIT"));
    }
  });
  ACCORD_RETURN_IF_ERROR(failure);
  return static_cast<double>(kRows) / took;
}

// A million entries, and everything that is measured on them.
class BigLog {
 public:
  static absl::StatusOr<std::unique_ptr<BigLog>> Create() {
    ACCORD_ASSIGN_OR_RETURN(const KeyPair key, KeyPair::Generate());
    ACCORD_ASSIGN_OR_RETURN(KeyPairSigner signer, KeyPairSigner::Create(key));
    auto big = std::unique_ptr<BigLog>(new BigLog(std::move(signer)));
    ACCORD_ASSIGN_OR_RETURN(big->database_, Database::Open(big->folder_.Path("log.db")));
    big->log_ = std::make_unique<LogStore>(*big->database_, big->signer_);
    ACCORD_RETURN_IF_ERROR(big->log_->Begin(kLoggedProject, kLogTime).status());
    return big;
  }

  absl::Status Append(const std::function<void(const Figure&)>& report) {
    const std::vector<LogDraft> drafts = Drafts();
    absl::Status failure;
    const double took = SecondsOf([&] {
      for (uint64_t size = 1; size < kEntries && failure.ok(); size += kBatchEntries) {
        const size_t count = std::min<uint64_t>(kBatchEntries, kEntries - size);
        failure.Update(log_->Append(kLoggedProject, absl::MakeConstSpan(drafts).subspan(0, count), kLogTime).status());
      }
    });
    ACCORD_RETURN_IF_ERROR(failure);
    ACCORD_ASSIGN_OR_RETURN(const std::string entry, log_->Entry(kLoggedProject, kEntries - 1));
    entry_bytes_ = entry.size();
    ACCORD_ASSIGN_OR_RETURN(const double plain, PlainRowsPerSecond(folder_.Path("plain.db"), entry_bytes_));
    report({"log/append_per_s", static_cast<double>(kEntries) / took, "entries/s", plain});
    return absl::OkStatus();
  }

  absl::Status Prove(const std::function<void(const Figure&)>& report) {
    absl::Status failure;
    std::vector<double> inclusion_ms, consistency_ms, read_ms;
    for (uint64_t i = 0; i < kProofs; ++i) {
      const uint64_t index = 1 + i * 7919 * 131 % (kEntries - 1);
      inclusion_ms.push_back(1e3 *
                             SecondsOf([&] { failure.Update(log_->ProveEntry(kLoggedProject, index).status()); }));
      consistency_ms.push_back(
          1e3 * SecondsOf([&] { failure.Update(log_->ProveGrowth(kLoggedProject, index, kEntries).status()); }));
      read_ms.push_back(1e3 * SecondsOf([&] { failure.Update(log_->LastHead(kLoggedProject).status()); }));
    }
    ACCORD_RETURN_IF_ERROR(failure);
    const double one_read = Median(read_ms);
    report({"log/proof_ms/inclusion", Median(inclusion_ms), "ms", one_read});
    report({"log/proof_ms/consistency", Median(consistency_ms), "ms", one_read});
    return absl::OkStatus();
  }

  absl::Status Verify(const std::string& binary_folder, const std::function<void(const Figure&)>& report) {
    const std::string path = folder_.Path("heart.log");
    std::ofstream file(path, std::ios::binary);
    ACCORD_RETURN_IF_ERROR(log_->Export(kLoggedProject, [&file](absl::string_view line) {
      file << line;
      return file.good() ? absl::OkStatus() : absl::ResourceExhaustedError("the temporary folder is full");
    }));
    file.close();
    absl::Status failure;
    const double took = SecondsOf([&] {
      failure.Update(RunProgram({binary_folder + "/accord", "audit", "verify", path}, absl::Minutes(2)).status());
    });
    ACCORD_RETURN_IF_ERROR(failure);
    report({"log/verify_1m_s", took, "s", HashingSeconds()});
    return absl::OkStatus();
  }

 private:
  explicit BigLog(KeyPairSigner signer) : signer_(std::move(signer)) {}

  // SHA-256 of the leaves and of the inner nodes, one after the other.
  double HashingSeconds() const {
    const std::string leaf(entry_bytes_ + 21, 'l');
    const std::string inner(65, 'i');
    return SecondsOf([&] {
      Sha256Hasher hasher;
      for (uint64_t i = 0; i < kEntries; ++i) {
        for (const std::string* data : {&leaf, &inner}) {
          hasher.Update(*data);
          hasher.Finish();
        }
      }
    });
  }

  TempFolder folder_;
  const KeyPairSigner signer_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<LogStore> log_;
  size_t entry_bytes_ = 0;
};

absl::Status MeasureLog(const Settings& settings, const std::function<void(const Figure&)>& report) {
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<BigLog> big, BigLog::Create());
  ACCORD_RETURN_IF_ERROR(big->Append(report));
  ACCORD_RETURN_IF_ERROR(big->Prove(report));
  return big->Verify(settings.binary_folder, report);
}

}  // namespace

std::vector<Subject> LogSubjects() {
  return {{{"log/append_per_s", "log/proof_ms/inclusion", "log/proof_ms/consistency", "log/verify_1m_s"}, &MeasureLog}};
}

}  // namespace accord::bench
