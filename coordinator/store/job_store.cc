#include "coordinator/store/job_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/signed_wire.h"
#include "base/printable.h"
#include "base/status.h"
#include "coordinator/store/job_log.h"
#include "coordinator/store/object_store.h"
#include "coordinator/store/paper_rows.h"
#include "coordinator/store/shown_store.h"

namespace accord {
namespace {

constexpr size_t kMostShownOfId = 64;

absl::Status Damaged(absl::string_view what, absl::string_view job_id) {
  return absl::DataLossError(
      absl::StrCat("the stored ", what, " of job ", job_id, " is damaged; restore state_dir from a backup"));
}

void InsertRound(soci::session& sql, const std::string& job_id, const v1::RoundReport& report,
                 const std::string& report_bytes) {
  const long long attempt = report.attempt();
  BlobParameter bytes(sql, report_bytes);
  sql << "INSERT INTO rounds (job_id, attempt, report) VALUES (:job, :attempt, :report)", soci::use(job_id),
      soci::use(attempt), soci::use(bytes.get());
}

// The state that the job has is needed no more: the row of a small one goes, the file of a large one is noted down, for
// its reader and a crash in between.
void DiscardServerState(soci::session& sql, const std::string& job_id, const std::string& next) {
  std::string name;
  sql << "SELECT server_state FROM jobs WHERE id = :id", soci::into(name), soci::use(job_id);
  if (name.empty() || name == next) return;  // a round that was closed without its answer is closed again
  long long is_inline = 0;
  sql << "SELECT COUNT(*) FROM objects WHERE sha256 = :name", soci::into(is_inline), soci::use(name);
  if (is_inline != 0) {
    sql << "DELETE FROM objects WHERE sha256 = :name", soci::use(name);
  } else {
    sql << "INSERT OR IGNORE INTO discarded (name) VALUES (:name)", soci::use(name);
  }
  sql << "UPDATE jobs SET server_state = '' WHERE id = :id", soci::use(job_id);
}

// NOT_FOUND: no such job; FAILED_PRECONDITION: it is over, and what follows from that.
absl::Status CheckGoesOn(soci::session& sql, const std::string& job_id, absl::string_view so) {
  int state = 0;
  sql << "SELECT state FROM jobs WHERE id = :id", soci::into(state), soci::use(job_id);
  if (!sql.got_data()) return absl::NotFoundError(absl::StrCat("there is no job ", job_id));
  if (state != v1::JOB_FINISHED && state != v1::JOB_FAILED && state != v1::JOB_CANCELLED) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("job ", job_id, " is over: ", so));
}

// States of which there is no way on, as a list of SQL.
std::string FinalStates() {
  return absl::StrCat("(", static_cast<int>(v1::JOB_FINISHED), ", ", static_cast<int>(v1::JOB_FAILED), ", ",
                      static_cast<int>(v1::JOB_CANCELLED), ")");
}

absl::Status CheckRoomIn(soci::session& sql, const std::string& person) {
  int unfinished = 0;
  sql << absl::StrCat("SELECT COUNT(*) FROM jobs WHERE submitted_by = :person AND state NOT IN ", FinalStates()),
      soci::into(unfinished), soci::use(person);
  if (unfinished < JobStore::kMostUnfinishedJobs) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(
      person, " has ", unfinished, " jobs that are not over, and one person may have ", JobStore::kMostUnfinishedJobs,
      " at a time: wait until some are over, or cancel some (`accord job list` shows them, `accord job "
      "cancel` ends one)"));
}

// The columns of one row of `jobs` while they are fetched.
struct JobRow {
  explicit JobRow(soci::session& sql) : spec(sql), layout(sql), statistics(sql) {}

  absl::StatusOr<JobRecord> ToRecord() {
    JobRecord record;
    record.id = id;
    record.submitted_by = submitted_by;
    record.request_id = request_id;
    record.submitted_unix_ms = submitted_ms;
    record.finished_unix_ms = finished_ms;
    record.spec_bytes = BlobBytes(spec);
    if (!record.layout.ParseFromString(BlobBytes(layout))) return Damaged("layout", id);
    record.torchscript_sha256 = torchscript_sha256;
    if (!v1::JobState_IsValid(state)) return Damaged("state", id);
    record.state = static_cast<v1::JobState>(state);
    record.reason = reason;
    record.step = static_cast<uint32_t>(step);
    record.next_attempt = static_cast<uint32_t>(next_attempt);
    const std::string statistics_bytes = BlobBytes(statistics);
    if (!statistics_bytes.empty() && !record.statistics.emplace().ParseFromString(statistics_bytes)) {
      return Damaged("statistics", id);
    }
    record.model_digest = model_digest;
    record.server_state = server_state;
    record.models_by_sha256 = models_by_sha256 != 0;
    return record;
  }

  std::string id, submitted_by, request_id, torchscript_sha256, reason, model_digest, server_state;
  long long submitted_ms = 0, finished_ms = 0, step = 0, next_attempt = 0;
  int state = 0, models_by_sha256 = 0;
  soci::blob spec, layout, statistics;
};

constexpr char kJobColumns[] =
    "id, submitted_by, request_id, submitted_ms, finished_ms, spec, layout, torchscript_sha256, state, reason, step,"
    " next_attempt, statistics, model_digest, models_by_sha256, server_state";

}  // namespace

absl::Status JobStore::AddJob(const JobSubmission& submission) {
  const JobRecord& job = submission.record;
  return database_.Write("add a job to", [&](soci::session& sql) -> absl::Status {
    ACCORD_RETURN_IF_ERROR(CheckRoomIn(sql, job.submitted_by));
    ACCORD_RETURN_IF_ERROR(CheckCharterInForce(sql, submission.papers));
    ACCORD_RETURN_IF_ERROR(CheckNotStopped(sql, Sha256Hex(job.spec_bytes)));
    if (!submission.inline_model.empty()) InsertInlineObject(sql, job.model_digest, submission.inline_model);
    BlobParameter spec(sql, job.spec_bytes), layout(sql, job.layout.SerializeAsString()), statistics(sql, "");
    const long long submitted_ms = job.submitted_unix_ms, next_attempt = job.next_attempt;
    const int state = job.state;
    sql << "INSERT INTO jobs (id, submitted_by, request_id, submitted_ms, finished_ms, spec, layout,"
           " torchscript_sha256, state, reason, step, next_attempt, statistics, model_digest)"
           " VALUES (:id, :by, :request, :submitted, 0, :spec, :layout, :script, :state, '', 0, :next, :stats, :model)",
        soci::use(job.id), soci::use(job.submitted_by), soci::use(job.request_id), soci::use(submitted_ms),
        soci::use(spec.get()), soci::use(layout.get()), soci::use(job.torchscript_sha256), soci::use(state),
        soci::use(next_attempt), soci::use(statistics.get()), soci::use(job.model_digest);
    ACCORD_ASSIGN_OR_RETURN(std::vector<LogDraft> drafts, DraftsOfJob(job));
    if (submission.papers.has_value()) {
      ACCORD_ASSIGN_OR_RETURN(const std::vector<LogDraft> more, InsertPapers(sql, job.id, *submission.papers));
      drafts.insert(drafts.end(), more.begin(), more.end());
    }
    return log_.AppendIn(sql, drafts);
  });
}

absl::Status JobStore::CheckRoomFor(const std::string& person) {
  return database_.Read("count a person's jobs in", [&](soci::session& sql) { return CheckRoomIn(sql, person); });
}

absl::Status JobStore::AddApproval(const std::string& job_id, const StoredApproval& approval) {
  return database_.Write("keep an approval in", [&](soci::session& sql) -> absl::Status {
    ACCORD_RETURN_IF_ERROR(CheckGoesOn(sql, job_id, "nothing can be approved or refused any more"));
    ACCORD_ASSIGN_OR_RETURN(const std::vector<LogDraft> drafts, InsertApproval(sql, job_id, approval));
    return drafts.empty() ? absl::OkStatus() : log_.AppendIn(sql, drafts);
  });
}

absl::Status JobStore::AddStop(const std::string& job_id, const StoredStop& stop) {
  return database_.Write("keep a stop in", [&](soci::session& sql) -> absl::Status {
    ACCORD_RETURN_IF_ERROR(CheckGoesOn(sql, job_id, "there is nothing to stop"));
    ACCORD_ASSIGN_OR_RETURN(const std::vector<LogDraft> drafts, InsertStop(sql, job_id, stop));
    return drafts.empty() ? absl::OkStatus() : log_.AppendIn(sql, drafts);
  });
}

absl::StatusOr<bool> JobStore::IsOrdered(const std::string& job_id) {
  int num_orders = 0;
  ACCORD_RETURN_IF_ERROR(database_.Read("look for an order in", [&](soci::session& sql) {
    sql << "SELECT COUNT(*) FROM job_orders WHERE job_id = :job", soci::into(num_orders), soci::use(job_id);
    return absl::OkStatus();
  }));
  return num_orders > 0;
}

absl::StatusOr<std::optional<StoredPapers>> JobStore::Papers(const std::string& job_id) {
  std::optional<StoredPapers> papers;
  ACCORD_RETURN_IF_ERROR(database_.Read("read who ordered a job from", [&](soci::session& sql) -> absl::Status {
    papers = SelectPapers(sql, job_id);
    return absl::OkStatus();
  }));
  return papers;
}

absl::Status JobStore::CloseRound(const RoundClose& close) {
  const std::string report = close.report.SerializeAsString();
  return database_.Write("close a round in", [&](soci::session& sql) -> absl::Status {
    if (!close.inline_model.empty()) InsertInlineObject(sql, close.model_digest, close.inline_model);
    InsertRound(sql, close.job_id, close.report, report);
    for (const v1::SiteFact& facts : close.new_sites) {
      const std::string site = facts.site();
      BlobParameter bytes(sql, facts.SerializeAsString());
      sql << "INSERT OR REPLACE INTO job_sites (job_id, site, facts) VALUES (:job, :site, :facts)",
          soci::use(close.job_id), soci::use(site), soci::use(bytes.get());
    }
    if (close.statistics.has_value()) {
      BlobParameter bytes(sql, close.statistics->SerializeAsString());
      sql << "UPDATE jobs SET statistics = :stats WHERE id = :id", soci::use(bytes.get()), soci::use(close.job_id);
    }
    if (!close.server_state.empty()) {
      DiscardServerState(sql, close.job_id, close.server_state);
      if (!close.inline_server_state.empty()) InsertInlineObject(sql, close.server_state, close.inline_server_state);
      sql << "UPDATE jobs SET server_state = :state WHERE id = :id", soci::use(close.server_state),
          soci::use(close.job_id);
    }
    std::string model_before;
    sql << "SELECT model_digest FROM jobs WHERE id = :id", soci::into(model_before), soci::use(close.job_id);
    const long long step = close.next_step, next_attempt = close.next_attempt;
    sql << "UPDATE jobs SET step = :step, next_attempt = :next, model_digest = :model WHERE id = :id", soci::use(step),
        soci::use(next_attempt), soci::use(close.model_digest), soci::use(close.job_id);
    if (close.place.has_value()) {
      const std::vector<std::string> sites(close.report.sites().begin(), close.report.sites().end());
      ForgetOpenedSets(sql, close.job_id, close.next_step, *close.place, sites);
    }
    const bool made_model = close.model_digest != model_before && !close.keeps_earlier_model;
    ACCORD_ASSIGN_OR_RETURN(const std::vector<LogDraft> drafts, DraftsOfRound(close, report, made_model));
    return log_.AppendIn(sql, drafts);
  });
}

absl::Status JobStore::RecordAbandoned(const std::string& job_id, const v1::RoundReport& report) {
  return database_.Write("record an abandoned round in", [&](soci::session& sql) {
    const std::string bytes = report.SerializeAsString();
    InsertRound(sql, job_id, report, bytes);
    return log_.AppendIn(sql, {DraftOfAbandoned(job_id, bytes)});
  });
}

absl::Status JobStore::ReserveAttempts(const std::string& job_id, uint32_t next_attempt) {
  return database_.Write("begin an attempt in", [&](soci::session& sql) {
    const long long next = next_attempt;
    sql << "UPDATE jobs SET next_attempt = :next WHERE id = :id AND next_attempt < :bound", soci::use(next),
        soci::use(job_id), soci::use(next);
    return absl::OkStatus();
  });
}

absl::Status JobStore::KeepProof(const std::string& job_id, absl::Span<const secure::SignedBytes> statements) {
  v1::SignedList list;
  for (const secure::SignedBytes& statement : statements) *list.add_messages() = secure::ToWire(statement);
  return database_.Write("keep who signed a sum in", [&](soci::session& sql) {
    BlobParameter bytes(sql, list.SerializeAsString());
    sql << "INSERT OR REPLACE INTO proofs (job_id, statements) VALUES (:job, :statements)", soci::use(job_id),
        soci::use(bytes.get());
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<secure::SignedBytes>> JobStore::LoadProof(const std::string& job_id) {
  std::vector<secure::SignedBytes> statements;
  ACCORD_RETURN_IF_ERROR(database_.Read("read who signed a sum from", [&](soci::session& sql) {
    soci::blob bytes(sql);
    sql << "SELECT statements FROM proofs WHERE job_id = :job", soci::use(job_id), soci::into(bytes);
    if (!sql.got_data()) return absl::OkStatus();
    v1::SignedList list;
    if (!list.ParseFromString(BlobBytes(bytes))) return Damaged("proof", job_id);
    statements = secure::FromWire(list.messages());
    return absl::OkStatus();
  }));
  return statements;
}

absl::Status JobStore::EndJob(const std::string& job_id, v1::JobState state, absl::string_view reason, absl::Time now,
                              uint32_t kept_round) {
  return database_.Write("end a job in", [&](soci::session& sql) {
    const int state_number = state;
    const std::string words(reason);
    const long long now_ms = absl::ToUnixMillis(now);
    DiscardServerState(sql, job_id, "");
    ForgetOwnSets(sql, job_id);
    sql << "UPDATE jobs SET state = :state, reason = :reason, finished_ms = :now WHERE id = :id",
        soci::use(state_number), soci::use(words), soci::use(now_ms), soci::use(job_id);
    return log_.AppendIn(sql, {DraftOfEnd(job_id, state, kept_round)});
  });
}

absl::StatusOr<std::vector<JobRecord>> JobStore::Select(const std::string& condition, const std::string& argument,
                                                        int limit, int* num_damaged) {
  std::vector<JobRecord> jobs;
  ACCORD_RETURN_IF_ERROR(database_.Read("read jobs from", [&](soci::session& sql) -> absl::Status {
    JobRow row(sql);
    soci::statement rows =
        (sql.prepare << absl::StrCat("SELECT ", kJobColumns, " FROM jobs WHERE ", condition,
                                     " = :argument ORDER BY ordinal DESC LIMIT :limit"),
         soci::into(row.id), soci::into(row.submitted_by), soci::into(row.request_id), soci::into(row.submitted_ms),
         soci::into(row.finished_ms), soci::into(row.spec), soci::into(row.layout), soci::into(row.torchscript_sha256),
         soci::into(row.state), soci::into(row.reason), soci::into(row.step), soci::into(row.next_attempt),
         soci::into(row.statistics), soci::into(row.model_digest), soci::into(row.models_by_sha256),
         soci::into(row.server_state), soci::use(argument), soci::use(limit));
    rows.execute();
    while (rows.fetch()) {
      absl::StatusOr<JobRecord> record = row.ToRecord();
      if (!record.ok() && num_damaged == nullptr) return record.status();
      if (record.ok()) {
        jobs.push_back(*std::move(record));
      } else {
        ++*num_damaged;
      }
    }
    return absl::OkStatus();
  }));
  return jobs;
}

absl::StatusOr<JobRecord> JobStore::Get(const std::string& job_id) {
  ACCORD_ASSIGN_OR_RETURN(std::vector<JobRecord> jobs, Select("id", job_id, 1));
  if (jobs.empty()) return absl::NotFoundError(absl::StrCat("there is no job ", job_id));
  return std::move(jobs.front());
}

absl::StatusOr<std::vector<JobRecord>> JobStore::List(int limit) { return Select("'all'", "all", limit); }

absl::StatusOr<std::vector<JobRecord>> JobStore::ListUnfinished() {
  constexpr int kNoLimit = -1;
  return Select(absl::StrCat("state NOT IN ", FinalStates(), " AND 'all'"), "all", kNoLimit);
}

absl::StatusOr<std::vector<JobRecord>> JobStore::ListStandardised(int limit, int& num_damaged) {
  num_damaged = 0;
  return Select("length(statistics) > 0 AND 'all'", "all", limit, &num_damaged);
}

absl::StatusOr<std::string> JobStore::Resolve(absl::string_view prefix) {
  // Ids are lower-case hexadecimal digits: anything else finds nothing, and needs no care in the query.
  const bool plausible = !prefix.empty() && std::all_of(prefix.begin(), prefix.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  std::vector<std::string> ids;
  if (plausible) {
    const std::string first(prefix), last = absl::StrCat(prefix, "g");
    ACCORD_RETURN_IF_ERROR(database_.Read("look for a job in", [&](soci::session& sql) {
      std::string id;
      soci::statement rows = (sql.prepare << "SELECT id FROM jobs WHERE id >= :first AND id < :last LIMIT 2",
                              soci::into(id), soci::use(first), soci::use(last));
      rows.execute();
      while (rows.fetch()) ids.push_back(id);
      return absl::OkStatus();
    }));
  }
  if (ids.empty()) {
    // Of what is no id at all, no more than an id's length.
    return absl::NotFoundError(absl::StrCat("there is no job ", Printable(prefix.substr(0, kMostShownOfId))));
  }
  if (ids.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat("several jobs begin with ", prefix, "; give more digits of the id"));
  }
  return ids.front();
}

absl::StatusOr<std::optional<std::string>> JobStore::FindRequest(const std::string& person,
                                                                 const std::string& request_id) {
  std::optional<std::string> found;
  ACCORD_RETURN_IF_ERROR(database_.Read("look for a request in", [&](soci::session& sql) {
    std::string id;
    sql << "SELECT id FROM jobs WHERE submitted_by = :person AND request_id = :request", soci::into(id),
        soci::use(person), soci::use(request_id);
    if (sql.got_data()) found = id;
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<std::vector<v1::RoundReport>> JobStore::Rounds(const std::string& job_id, int limit) {
  std::vector<v1::RoundReport> rounds;
  ACCORD_RETURN_IF_ERROR(database_.Read("read rounds from", [&](soci::session& sql) -> absl::Status {
    soci::blob report(sql);
    soci::statement rows =
        (sql.prepare << "SELECT report FROM rounds WHERE job_id = :job ORDER BY attempt DESC LIMIT :limit",
         soci::into(report), soci::use(job_id), soci::use(limit));
    rows.execute();
    while (rows.fetch()) {
      if (!rounds.emplace_back().ParseFromString(BlobBytes(report))) return Damaged("round", job_id);
    }
    return absl::OkStatus();
  }));
  std::reverse(rounds.begin(), rounds.end());
  return rounds;
}

absl::StatusOr<uint32_t> JobStore::LatestRound(const std::string& job_id) {
  uint32_t latest = 0;
  ACCORD_RETURN_IF_ERROR(database_.Read("read the latest round from", [&](soci::session& sql) -> absl::Status {
    soci::blob bytes(sql);
    // One row at a time: behind the round are an evaluation and abandoned attempts only.
    soci::statement rows = (sql.prepare << "SELECT report FROM rounds WHERE job_id = :job ORDER BY attempt DESC",
                            soci::into(bytes), soci::use(job_id));
    rows.execute();
    while (latest == 0 && rows.fetch()) {
      v1::RoundReport report;
      if (!report.ParseFromString(BlobBytes(bytes))) return Damaged("round", job_id);
      if (report.outcome() == v1::ROUND_FINISHED) latest = report.round();
    }
    return absl::OkStatus();
  }));
  return latest;
}

absl::StatusOr<std::vector<v1::SiteFact>> JobStore::Sites(const std::string& job_id) {
  std::vector<v1::SiteFact> sites;
  ACCORD_RETURN_IF_ERROR(database_.Read("read a job's sites from", [&](soci::session& sql) -> absl::Status {
    soci::blob facts(sql);
    soci::statement rows = (sql.prepare << "SELECT facts FROM job_sites WHERE job_id = :job ORDER BY site",
                            soci::into(facts), soci::use(job_id));
    rows.execute();
    while (rows.fetch()) {
      if (!sites.emplace_back().ParseFromString(BlobBytes(facts))) return Damaged("sites", job_id);
    }
    return absl::OkStatus();
  }));
  return sites;
}

}  // namespace accord
