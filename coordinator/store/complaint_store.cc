#include "coordinator/store/complaint_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/hash.h"
#include "base/status.h"
#include "trust/charter/complaint.h"
#include "trust/charter/signed_statement.h"

namespace accord {
namespace {

// Of complaints and complaint_answers side by side. `statement`, `answer`: how much is read of the two files.
std::string Columns(absl::string_view statement, absl::string_view answer) {
  return absl::StrCat(
      "complaints.hash, job_id, site, complaints.organisation, complaints.received_ms, ", statement,
      ", COALESCE(complaint_answers.organisation, ''), COALESCE(complaint_answers.received_ms, 0), COALESCE(", answer,
      ", x'')");
}

constexpr char kWhole[] = "complaints.statement";
constexpr char kWholeAnswer[] = "complaint_answers.statement";

std::string HeadOf(absl::string_view file) {
  return absl::StrCat("SUBSTR(", file, ", 1, ", kMaxComplaintHeadBytes, ")");
}

absl::StatusOr<Complaint> ReadComplaint(const std::string& file, bool is_whole) {
  if (!is_whole) return ParseComplaintHead(file);
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement statement, SignedStatement::Parse(file));
  return ParseComplaint(statement.bytes);
}

absl::StatusOr<ComplaintAnswer> ReadAnswer(const std::string& file, bool is_whole) {
  if (!is_whole) return ParseAnswerHead(file);
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement statement, SignedStatement::Parse(file));
  return ParseAnswer(statement.bytes);
}

// When the time for an answer is over. A complaint may be dated back to a day, and nobody could answer it before it was
// taken in: whoever answers has all the days that it gives.
absl::Time DeadlineOf(const Complaint& complaint, absl::Time received) {
  return complaint.answer_by + std::max(absl::ZeroDuration(), received - complaint.time);
}

// The columns above of one row while they are fetched.
struct ComplaintRow {
  explicit ComplaintRow(soci::session& sql) : statement(sql), answer(sql) {}

  // DATA_LOSS: what is stored is none.
  absl::StatusOr<v1::Complaint> Read(absl::Time now) {
    v1::Complaint complaint;
    complaint.set_id(hash);
    complaint.set_organisation(organisation);
    complaint.set_job_id(job_id);
    complaint.set_site(site);
    std::string file = BlobBytes(statement);
    const auto said = ReadComplaint(file, is_whole != 0);
    if (!said.ok()) return Damaged();
    complaint.set_by(said->ombudsman);
    complaint.set_text(absl::StrJoin(said->text, "\n"));
    complaint.set_filed_unix_ms(absl::ToUnixMillis(said->time));
    const absl::Time deadline = DeadlineOf(*said, absl::FromUnixMillis(received_ms));
    complaint.set_answer_by_unix_ms(absl::ToUnixMillis(deadline));
    if (is_whole != 0) complaint.set_statement(std::move(file));
    std::string answer_file = BlobBytes(answer);
    complaint.set_overdue(answer_file.empty() && now > deadline);
    if (answer_file.empty()) return complaint;
    const auto answered = ReadAnswer(answer_file, is_whole != 0);
    if (!answered.ok()) return Damaged();
    v1::ComplaintAnswer& result = *complaint.mutable_answer();
    result.set_by(answered->lead);
    result.set_organisation(answer_organisation);
    result.set_text(absl::StrJoin(answered->text, "\n"));
    result.set_answered_unix_ms(answered_ms);
    // By this clock, which the lead does not set.
    result.set_late(absl::FromUnixMillis(answered_ms) > deadline);
    if (is_whole != 0) result.set_statement(std::move(answer_file));
    return complaint;
  }

  absl::Status Damaged() const {
    return absl::DataLossError(
        absl::StrCat("the stored complaint ", hash, " is damaged; restore state_dir from a backup"));
  }

  std::string hash, job_id, site, organisation, answer_organisation;
  long long received_ms = 0, answered_ms = 0;
  int is_whole = 1;  // otherwise the heads of its files
  soci::blob statement, answer;
};

LogDraft DraftOf(LogEntryKind kind, const std::string& subject, const BroughtStatement& brought,
                 const std::string& person) {
  LogDraft draft{kind, subject, LogPayload::HashOf(brought.file), {{NameRole::kPerson, person}}};
  if (!brought.organisation.empty()) draft.names.emplace_back(NameRole::kOrganisation, brought.organisation);
  return draft;
}

// How many are open, of all and of the new one's ombudsman.
struct OpenComplaints {
  int about_it = 0;
  int about_it_of_one = 0;
  int of_one = 0;
};

// An ombudsman's own have its organisation, so that of other organisations only those about the same thing are read.
OpenComplaints CountOpen(soci::session& sql, const Complaint& complaint, const std::string& organisation) {
  soci::blob head(sql);
  std::string job_id, site;
  soci::statement rows =
      (sql.prepare << "SELECT " << HeadOf(kWhole)
                   << ", job_id, site FROM complaints LEFT JOIN complaint_answers USING (hash)"
                      " WHERE complaint_answers.hash IS NULL"
                      " AND (complaints.organisation = :organisation OR (job_id = :job AND site = :site))",
       soci::into(head), soci::into(job_id), soci::into(site), soci::use(organisation, "organisation"),
       soci::use(complaint.job_id, "job"), soci::use(complaint.site, "site"));
  rows.execute();
  OpenComplaints open;
  while (rows.fetch()) {
    const auto known = ParseComplaintHead(BlobBytes(head));
    const bool is_about_it = job_id == complaint.job_id && site == complaint.site;
    const bool is_of_one = known.ok() && known->ombudsman == complaint.ombudsman;
    open.about_it += is_about_it;
    open.of_one += is_of_one;
    open.about_it_of_one += is_about_it && is_of_one;
  }
  return open;
}

absl::Status CheckRoom(soci::session& sql, const Complaint& complaint, const std::string& organisation) {
  const OpenComplaints open = CountOpen(sql, complaint, organisation);
  const std::string about = complaint.job_id.empty() ? complaint.site : complaint.job_id;
  const auto full = [](const auto&... parts) {
    return absl::ResourceExhaustedError(absl::StrCat(
        parts..., " already; expected that a lead answers some of them first (`accord complaint list` shows them)"));
  };
  if (open.about_it >= ComplaintStore::kMostOpen) return full(open.about_it, " complaints are open about ", about);
  if (open.about_it_of_one >= ComplaintStore::kMostOpenOfOne) {
    return full(open.about_it_of_one, " complaints of ", complaint.ombudsman, " are open about ", about);
  }
  if (open.of_one >= ComplaintStore::kMostOpenOfOneInAll) {
    return full(open.of_one, " complaints of ", complaint.ombudsman, " are open, about jobs and sites together,");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ComplaintStore::Add(const BroughtStatement& brought) {
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement statement, SignedStatement::Parse(brought.file));
  ACCORD_ASSIGN_OR_RETURN(const Complaint complaint, ParseComplaint(statement.bytes));
  const std::string hash = HexDigest(ComplaintHash(statement.bytes));
  ACCORD_RETURN_IF_ERROR(database_.Write("keep a complaint in", [&](soci::session& sql) -> absl::Status {
    long long known = 0;
    sql << "SELECT COUNT(*) FROM complaints WHERE hash = :hash", soci::into(known), soci::use(hash);
    if (known != 0) return absl::OkStatus();
    ACCORD_RETURN_IF_ERROR(CheckRoom(sql, complaint, brought.organisation));
    const long long received_ms = absl::ToUnixMillis(brought.received);
    BlobParameter file(sql, brought.file);
    sql << "INSERT INTO complaints (hash, job_id, site, organisation, brought_by, received_ms, statement)"
           " VALUES (:hash, :job, :site, :organisation, :brought, :received, :file)",
        soci::use(hash), soci::use(complaint.job_id), soci::use(complaint.site), soci::use(brought.organisation),
        soci::use(brought.brought_by), soci::use(received_ms), soci::use(file.get());
    LogDraft draft = DraftOf(LogEntryKind::kComplaint, complaint.job_id, brought, complaint.ombudsman);
    if (!complaint.site.empty()) draft.names.emplace_back(NameRole::kSite, complaint.site);
    return log_.AppendIn(sql, {draft});
  }));
  return hash;
}

absl::StatusOr<std::string> ComplaintStore::Answer(const BroughtStatement& brought) {
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement statement, SignedStatement::Parse(brought.file));
  ACCORD_ASSIGN_OR_RETURN(const ComplaintAnswer answer, ParseAnswer(statement.bytes));
  const std::string hash = HexDigest(answer.complaint);
  ACCORD_RETURN_IF_ERROR(database_.Write("keep an answer in", [&](soci::session& sql) -> absl::Status {
    std::string job_id;
    sql << "SELECT job_id FROM complaints WHERE hash = :hash", soci::into(job_id), soci::use(hash);
    if (!sql.got_data()) return absl::NotFoundError(absl::StrCat("there is no complaint ", hash));
    soci::blob before(sql);
    sql << "SELECT statement FROM complaint_answers WHERE hash = :hash", soci::into(before), soci::use(hash);
    if (sql.got_data()) {
      ACCORD_ASSIGN_OR_RETURN(const SignedStatement known, SignedStatement::Parse(BlobBytes(before)));
      if (known.bytes == statement.bytes) return absl::OkStatus();
      return absl::AlreadyExistsError(absl::StrCat("the complaint ", hash, " was answered before; an answer stays"));
    }
    const long long received_ms = absl::ToUnixMillis(brought.received);
    BlobParameter file(sql, brought.file);
    sql << "INSERT INTO complaint_answers (hash, organisation, brought_by, received_ms, statement)"
           " VALUES (:hash, :organisation, :brought, :received, :file)",
        soci::use(hash), soci::use(brought.organisation), soci::use(brought.brought_by), soci::use(received_ms),
        soci::use(file.get());
    return log_.AppendIn(sql, {DraftOf(LogEntryKind::kAnswer, job_id, brought, answer.lead)});
  }));
  return hash;
}

absl::StatusOr<v1::Complaint> ComplaintStore::Find(const std::string& hash, absl::Time now) {
  v1::Complaint found;
  ACCORD_RETURN_IF_ERROR(database_.Read("look for a complaint in", [&](soci::session& sql) -> absl::Status {
    ComplaintRow row(sql);
    sql << "SELECT " << Columns(kWhole, kWholeAnswer)
        << " FROM complaints LEFT JOIN complaint_answers USING (hash) WHERE hash = :hash",
        soci::into(row.hash), soci::into(row.job_id), soci::into(row.site), soci::into(row.organisation),
        soci::into(row.received_ms), soci::into(row.statement), soci::into(row.answer_organisation),
        soci::into(row.answered_ms), soci::into(row.answer), soci::use(hash);
    if (!sql.got_data()) return absl::NotFoundError(absl::StrCat("there is no complaint ", hash));
    ACCORD_ASSIGN_OR_RETURN(found, row.Read(now));
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<std::vector<v1::Complaint>> ComplaintStore::List(const std::string& job_id, const std::string& site,
                                                                absl::Time now, ListLimits limits) {
  const auto within = [](absl::string_view file) {
    return absl::StrCat("CASE WHEN so_far <= :budget THEN ", file, " ELSE ", HeadOf(file), " END");
  };
  const long long budget = static_cast<long long>(limits.max_word_bytes);
  std::vector<v1::Complaint> complaints;
  ACCORD_RETURN_IF_ERROR(database_.Read("list the complaints in", [&](soci::session& sql) -> absl::Status {
    ComplaintRow row(sql);
    // `so_far`: bytes of the files down to this row.
    soci::statement rows =
        (sql.prepare
             << "WITH chosen AS (SELECT ordinal, SUM(LENGTH(complaints.statement) +"
                " COALESCE(LENGTH(complaint_answers.statement), 0)) OVER (ORDER BY ordinal DESC) AS so_far"
                " FROM complaints LEFT JOIN complaint_answers USING (hash)"
                " WHERE (:job = '' OR job_id = :job) AND (:site = '' OR site = :site)"
                " ORDER BY ordinal DESC LIMIT :max) SELECT "
             << Columns(within(kWhole), within(kWholeAnswer))
             << ", so_far <= :budget FROM chosen JOIN complaints USING (ordinal) LEFT JOIN complaint_answers USING "
                "(hash) ORDER BY ordinal DESC",
         soci::into(row.hash), soci::into(row.job_id), soci::into(row.site), soci::into(row.organisation),
         soci::into(row.received_ms), soci::into(row.statement), soci::into(row.answer_organisation),
         soci::into(row.answered_ms), soci::into(row.answer), soci::into(row.is_whole), soci::use(job_id, "job"),
         soci::use(site, "site"), soci::use(limits.max, "max"), soci::use(budget, "budget"));
    rows.execute();
    while (rows.fetch()) {
      ACCORD_ASSIGN_OR_RETURN(complaints.emplace_back(), row.Read(now));
    }
    return absl::OkStatus();
  }));
  return complaints;
}

}  // namespace accord
