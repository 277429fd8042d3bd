#include "coordinator/store/paper_rows.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/hash.h"
#include "base/status.h"
#include "coordinator/store/database.h"
#include "trust/charter/approval.h"
#include "trust/charter/job_order.h"
#include "trust/charter/job_stop.h"
#include "trust/charter/signed_statement.h"

namespace accord {
namespace {

// By the hash of its file, because the text names people. The signature in it is random, so nobody finds the names by
// trying.
absl::StatusOr<LogDraft> DraftOfOrder(const std::string& job_id, const StoredPapers& papers, const JobOrder& order) {
  LogDraft draft{LogEntryKind::kOrder, job_id, LogPayload::HashOf(papers.order), {}};
  draft.names = {{NameRole::kPerson, order.engineer}, {NameRole::kOrganisation, papers.organisation}};
  if (!order.data_set.empty()) draft.names.emplace_back(NameRole::kDataSet, order.data_set);
  return draft;
}

LogDraft DraftOfApproval(const std::string& job_id, const StoredApproval& stored, const Approval& approval) {
  LogDraft draft{approval.approves ? LogEntryKind::kApproval : LogEntryKind::kRefusal,
                 job_id,
                 LogPayload::HashOf(stored.file),
                 {}};
  absl::string_view id = approval.by;
  const NameRole role = absl::ConsumePrefix(&id, "site/") ? NameRole::kSite : NameRole::kPerson;
  absl::ConsumePrefix(&id, "person/");
  draft.names.emplace_back(role, std::string(id));
  if (!stored.organisation.empty()) draft.names.emplace_back(NameRole::kOrganisation, stored.organisation);
  return draft;
}

absl::Status CheckOrderIsNew(soci::session& sql, const std::string& order_hash) {
  std::string other;
  sql << "SELECT job_id FROM job_orders WHERE order_hash = :hash", soci::into(other), soci::use(order_hash);
  if (!sql.got_data()) return absl::OkStatus();
  return absl::AlreadyExistsError(absl::StrCat("the order ", order_hash, " is job ", other,
                                               "'s already, and one order serves one job: write and sign another order "
                                               "(accord order write), and have that one approved"));
}

}  // namespace

absl::Status CheckCharterInForce(soci::session& sql, const std::optional<StoredPapers>& papers) {
  std::string in_force;
  sql << "SELECT hash FROM charters ORDER BY ordinal DESC LIMIT 1", soci::into(in_force);
  if (!sql.got_data()) return absl::OkStatus();
  constexpr char kNextStep[] =
      " in this moment: fetch it (accord charter fetch), write and sign an order under it (accord order write), and "
      "submit the job with that one";
  if (!papers.has_value()) return absl::FailedPreconditionError(absl::StrCat("a charter was published", kNextStep));
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement statement, SignedStatement::Parse(papers->order));
  ACCORD_ASSIGN_OR_RETURN(const JobOrder order, ParseJobOrder(statement.bytes));
  if (HexDigest(order.charter) == in_force) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("another charter was published", kNextStep));
}

absl::StatusOr<std::vector<LogDraft>> InsertPapers(soci::session& sql, const std::string& job_id,
                                                   const StoredPapers& papers) {
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement statement, SignedStatement::Parse(papers.order));
  ACCORD_ASSIGN_OR_RETURN(const JobOrder order, ParseJobOrder(statement.bytes));
  const std::string hash = HexDigest(JobOrderHash(statement.bytes)), charter = HexDigest(order.charter);
  ACCORD_RETURN_IF_ERROR(CheckOrderIsNew(sql, hash));
  BlobParameter file(sql, papers.order);
  sql << "INSERT INTO job_orders (job_id, order_hash, charter_hash, charter_name, organisation, statement)"
         " VALUES (:job, :hash, :charter, :name, :organisation, :file)",
      soci::use(job_id), soci::use(hash), soci::use(charter), soci::use(papers.charter_name),
      soci::use(papers.organisation), soci::use(file.get());
  std::vector<LogDraft> drafts;
  ACCORD_ASSIGN_OR_RETURN(drafts.emplace_back(), DraftOfOrder(job_id, papers, order));
  for (const StoredApproval& approval : papers.approvals) {
    ACCORD_ASSIGN_OR_RETURN(const std::vector<LogDraft> more, InsertApproval(sql, job_id, approval));
    drafts.insert(drafts.end(), more.begin(), more.end());
  }
  return drafts;
}

absl::StatusOr<std::vector<LogDraft>> InsertApproval(soci::session& sql, const std::string& job_id,
                                                     const StoredApproval& approval) {
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement statement, SignedStatement::Parse(approval.file));
  ACCORD_ASSIGN_OR_RETURN(const Approval said, ParseApproval(statement.bytes));
  const std::string name = Sha256Hex(statement.bytes);
  long long known = 0, place = 0;
  sql << "SELECT COUNT(*) FROM job_approvals WHERE job_id = :job AND bytes_sha256 = :name", soci::into(known),
      soci::use(job_id), soci::use(name);
  if (known != 0) return std::vector<LogDraft>();
  sql << "SELECT COUNT(*) FROM job_approvals WHERE job_id = :job", soci::into(place), soci::use(job_id);
  const long long received_ms = approval.received_unix_ms;
  BlobParameter file(sql, approval.file);
  sql << "INSERT INTO job_approvals (job_id, place, bytes_sha256, organisation, brought_by, received_ms, statement)"
         " VALUES (:job, :place, :name, :organisation, :brought, :received, :file)",
      soci::use(job_id), soci::use(place), soci::use(name), soci::use(approval.organisation),
      soci::use(approval.brought_by), soci::use(received_ms), soci::use(file.get());
  return std::vector<LogDraft>{DraftOfApproval(job_id, approval, said)};
}

absl::Status CheckNotStopped(soci::session& sql, const std::string& job_sha256) {
  std::string job_id;
  soci::blob file(sql);
  sql << "SELECT job_id, statement FROM job_stops WHERE job_sha256 = :hash ORDER BY received_ms LIMIT 1",
      soci::into(job_id), soci::into(file), soci::use(job_sha256);
  if (!sql.got_data()) return absl::OkStatus();
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement statement, SignedStatement::Parse(BlobBytes(file)));
  ACCORD_ASSIGN_OR_RETURN(const JobStop stop, ParseJobStop(statement.bytes));
  return absl::FailedPreconditionError(absl::StrCat("this is, byte for byte, job ", job_id, " again, and ",
                                                    StopInWords(stop),
                                                    ". A stop is for good: change the job and have it ordered anew"));
}

absl::StatusOr<std::vector<LogDraft>> InsertStop(soci::session& sql, const std::string& job_id,
                                                 const StoredStop& stop) {
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement statement, SignedStatement::Parse(stop.file));
  ACCORD_ASSIGN_OR_RETURN(const JobStop said, ParseJobStop(statement.bytes));
  long long known = 0;
  sql << "SELECT COUNT(*) FROM job_stops WHERE job_id = :job", soci::into(known), soci::use(job_id);
  if (known != 0) return std::vector<LogDraft>();
  const std::string job_sha256 = HexDigest(said.job);
  const long long received_ms = stop.received_unix_ms;
  BlobParameter file(sql, stop.file);
  sql << "INSERT INTO job_stops (job_id, job_sha256, organisation, brought_by, received_ms, statement)"
         " VALUES (:job, :hash, :organisation, :brought, :received, :file)",
      soci::use(job_id), soci::use(job_sha256), soci::use(stop.organisation), soci::use(stop.brought_by),
      soci::use(received_ms), soci::use(file.get());
  LogDraft draft{LogEntryKind::kStop, job_id, LogPayload::HashOf(stop.file), {{NameRole::kPerson, said.ombudsman}}};
  if (!stop.organisation.empty()) draft.names.emplace_back(NameRole::kOrganisation, stop.organisation);
  return std::vector<LogDraft>{draft};
}

namespace {

std::optional<StoredStop> SelectStop(soci::session& sql, const std::string& job_id) {
  StoredStop stop;
  long long received_ms = 0;
  soci::blob file(sql);
  sql << "SELECT organisation, brought_by, received_ms, statement FROM job_stops WHERE job_id = :job",
      soci::into(stop.organisation), soci::into(stop.brought_by), soci::into(received_ms), soci::into(file),
      soci::use(job_id);
  if (!sql.got_data()) return std::nullopt;
  stop.received_unix_ms = received_ms;
  stop.file = BlobBytes(file);
  return stop;
}

}  // namespace

std::optional<StoredPapers> SelectPapers(soci::session& sql, const std::string& job_id) {
  StoredPapers papers;
  soci::blob order(sql);
  sql << "SELECT charter_name, organisation, statement FROM job_orders WHERE job_id = :job",
      soci::into(papers.charter_name), soci::into(papers.organisation), soci::into(order), soci::use(job_id);
  if (!sql.got_data()) return std::nullopt;
  papers.order = BlobBytes(order);
  StoredApproval approval;
  long long received_ms = 0;
  soci::blob file(sql);
  soci::statement rows =
      (sql.prepare << "SELECT organisation, brought_by, received_ms, statement FROM job_approvals WHERE job_id = :job"
                      " ORDER BY place",
       soci::into(approval.organisation), soci::into(approval.brought_by), soci::into(received_ms), soci::into(file),
       soci::use(job_id));
  rows.execute();
  while (rows.fetch()) {
    approval.file = BlobBytes(file);
    approval.received_unix_ms = received_ms;
    papers.approvals.push_back(approval);
  }
  papers.stop = SelectStop(sql, job_id);
  return papers;
}

}  // namespace accord
