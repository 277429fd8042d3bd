#include "coordinator/store/complaint_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/hash.h"
#include "base/status.h"
#include "trust/charter/complaint.h"
#include "trust/charter/signed_statement.h"

namespace accord {
namespace {

constexpr char kColumns[] =
    "complaints.hash, job_id, site, complaints.organisation, complaints.received_ms, complaints.statement,"
    " COALESCE(complaint_answers.organisation, ''), COALESCE(complaint_answers.received_ms, 0),"
    " COALESCE(complaint_answers.statement, x'')";

// The columns above of one row while they are fetched.
struct ComplaintRow {
  explicit ComplaintRow(soci::session& sql) : statement(sql), answer(sql) {}

  // DATA_LOSS: what is stored is none.
  absl::StatusOr<v1::Complaint> Read(absl::Time now) {
    const auto damaged = [this] {
      return absl::DataLossError(
          absl::StrCat("the stored complaint ", hash, " is damaged; restore state_dir from a backup"));
    };
    v1::Complaint complaint;
    complaint.set_id(hash);
    complaint.set_organisation(organisation);
    complaint.set_job_id(job_id);
    complaint.set_site(site);
    complaint.set_statement(BlobBytes(statement));
    const auto file = SignedStatement::Parse(complaint.statement());
    const auto said = file.ok() ? ParseComplaint(file->bytes) : file.status();
    if (!said.ok()) return damaged();
    complaint.set_by(said->ombudsman);
    complaint.set_text(absl::StrJoin(said->text, "\n"));
    complaint.set_filed_unix_ms(absl::ToUnixMillis(said->time));
    complaint.set_answer_by_unix_ms(absl::ToUnixMillis(said->answer_by));
    const std::string answer_file = BlobBytes(answer);
    complaint.set_overdue(answer_file.empty() && now > said->answer_by);
    if (answer_file.empty()) return complaint;
    const auto signed_answer = SignedStatement::Parse(answer_file);
    const auto answered = signed_answer.ok() ? ParseAnswer(signed_answer->bytes) : signed_answer.status();
    if (!answered.ok()) return damaged();
    v1::ComplaintAnswer& result = *complaint.mutable_answer();
    result.set_by(answered->lead);
    result.set_organisation(answer_organisation);
    result.set_text(absl::StrJoin(answered->text, "\n"));
    result.set_answered_unix_ms(answered_ms);
    // By this clock, which the lead does not set.
    result.set_late(absl::FromUnixMillis(answered_ms) > said->answer_by);
    result.set_statement(answer_file);
    return complaint;
  }

  std::string hash, job_id, site, organisation, answer_organisation;
  long long received_ms = 0, answered_ms = 0;
  soci::blob statement, answer;
};

LogDraft DraftOf(LogEntryKind kind, const std::string& subject, const BroughtStatement& brought,
                 const std::string& person) {
  LogDraft draft{kind, subject, LogPayload::HashOf(brought.file), {{NameRole::kPerson, person}}};
  if (!brought.organisation.empty()) draft.names.emplace_back(NameRole::kOrganisation, brought.organisation);
  return draft;
}

absl::Status CheckRoom(soci::session& sql, const Complaint& complaint) {
  soci::blob file(sql);
  soci::statement rows =
      (sql.prepare << "SELECT complaints.statement FROM complaints LEFT JOIN complaint_answers USING (hash)"
                      " WHERE job_id = :job AND site = :site AND complaint_answers.hash IS NULL",
       soci::into(file), soci::use(complaint.job_id), soci::use(complaint.site));
  rows.execute();
  int open = 0, of_this_one = 0;
  while (rows.fetch()) {
    const auto statement = SignedStatement::Parse(BlobBytes(file));
    const auto known = statement.ok() ? ParseComplaint(statement->bytes) : statement.status();
    ++open;
    if (known.ok() && known->ombudsman == complaint.ombudsman) ++of_this_one;
  }
  const bool too_many_of_one = of_this_one >= ComplaintStore::kMostOpenOfOne;
  if (open < ComplaintStore::kMostOpen && !too_many_of_one) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(
      too_many_of_one ? of_this_one : open, " complaints",
      too_many_of_one ? absl::StrCat(" of ", complaint.ombudsman) : "", " are open about ",
      complaint.job_id.empty() ? complaint.site : complaint.job_id, " already; expected that they are answered first"));
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
    ACCORD_RETURN_IF_ERROR(CheckRoom(sql, complaint));
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
    sql << "SELECT " << kColumns << " FROM complaints LEFT JOIN complaint_answers USING (hash) WHERE hash = :hash",
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
                                                                absl::Time now, int limit) {
  std::vector<v1::Complaint> complaints;
  ACCORD_RETURN_IF_ERROR(database_.Read("list the complaints in", [&](soci::session& sql) -> absl::Status {
    ComplaintRow row(sql);
    soci::statement rows =
        (sql.prepare << "SELECT " << kColumns
                     << " FROM complaints LEFT JOIN complaint_answers USING (hash)"
                        " WHERE (:job = '' OR job_id = :same_job) AND (:site = '' OR site = :same_site)"
                        " ORDER BY ordinal DESC LIMIT :limit",
         soci::into(row.hash), soci::into(row.job_id), soci::into(row.site), soci::into(row.organisation),
         soci::into(row.received_ms), soci::into(row.statement), soci::into(row.answer_organisation),
         soci::into(row.answered_ms), soci::into(row.answer), soci::use(job_id, "job"), soci::use(job_id, "same_job"),
         soci::use(site, "site"), soci::use(site, "same_site"), soci::use(limit, "limit"));
    rows.execute();
    while (rows.fetch()) {
      ACCORD_ASSIGN_OR_RETURN(complaints.emplace_back(), row.Read(now));
    }
    return absl::OkStatus();
  }));
  return complaints;
}

}  // namespace accord
