#include "coordinator/federation_tree/tree_store.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "coordinator/store/log_rows.h"

namespace accord {
namespace {

constexpr int kMostOpenings = 5000;

constexpr const char* kTreeTables[] = {
    // One row: what the tree shows of itself, and its log's project.
    "CREATE TABLE tree_terms (project TEXT NOT NULL, slots INTEGER NOT NULL, cadence_s INTEGER NOT NULL)",
    "CREATE TABLE tree_projects (name TEXT PRIMARY KEY, slot INTEGER NOT NULL UNIQUE, log_id TEXT NOT NULL UNIQUE,"
    " first_entry BLOB NOT NULL, head BLOB NOT NULL, signature BLOB NOT NULL, present INTEGER NOT NULL) WITHOUT ROWID",
    // What opens a commitment, until its receipt is written.
    "CREATE TABLE tree_openings (tick_us INTEGER NOT NULL, name TEXT NOT NULL, entry INTEGER NOT NULL,"
    " salt BLOB NOT NULL, head BLOB NOT NULL, signature BLOB NOT NULL,"
    " PRIMARY KEY (tick_us, name)) WITHOUT ROWID",
};

std::string TreeDatabase(const std::string& state_dir) { return absl::StrCat(state_dir, "/federation-tree.db"); }

absl::string_view AsText(const CommitmentSalt& salt) {
  return {reinterpret_cast<const char*>(salt.data()), salt.size()};
}

struct StoredTerms {
  std::string project;
  TreeTerms terms;
};

// An empty project: there is no tree.
absl::StatusOr<StoredTerms> ReadTerms(Database& database) {
  StoredTerms stored;
  ACCORD_RETURN_IF_ERROR(database.Read("look for a federation tree in", [&stored](soci::session& sql) {
    int num_tables = 0;
    sql << "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'tree_terms'", soci::into(num_tables);
    if (num_tables == 0) return absl::OkStatus();
    long long slots = 0, cadence_s = 0;
    sql << "SELECT project, slots, cadence_s FROM tree_terms", soci::into(stored.project), soci::into(slots),
        soci::into(cadence_s);
    stored.terms = {static_cast<uint32_t>(slots), static_cast<uint32_t>(cadence_s)};
    return absl::OkStatus();
  }));
  return stored;
}

std::vector<TreeProject> ReadProjects(soci::session& sql) {
  std::vector<TreeProject> projects;
  TreeProject row;
  long long slot = 0;
  int present = 0;
  soci::blob first(sql), head(sql), signature(sql);
  soci::statement rows = (sql.prepare << "SELECT name, slot, first_entry, head, signature, present FROM tree_projects"
                                         " ORDER BY name",
                          soci::into(row.name), soci::into(slot), soci::into(first), soci::into(head),
                          soci::into(signature), soci::into(present));
  rows.execute();
  while (rows.fetch()) {
    row.slot = static_cast<uint32_t>(slot);
    row.head = {BlobBytes(first), {BlobBytes(head), BlobBytes(signature)}};
    row.is_present = present != 0;
    projects.push_back(row);
  }
  return projects;
}

void KeepOpening(soci::session& sql, const TreeOpening& opening) {
  const auto tick_us = static_cast<long long>(opening.tick_us), entry = static_cast<long long>(opening.entry);
  const SignedLogHead& signed_head = opening.committed.head;
  BlobParameter salt(sql, AsText(opening.salt)), head(sql, signed_head.bytes), signature(sql, signed_head.signature);
  sql << "INSERT INTO tree_openings (tick_us, name, entry, salt, head, signature)"
         " VALUES (:tick, :name, :entry, :salt, :head, :signature)",
      soci::use(tick_us), soci::use(opening.name), soci::use(entry), soci::use(salt.get()), soci::use(head.get()),
      soci::use(signature.get());
  BlobParameter kept_head(sql, signed_head.bytes), kept_signature(sql, signed_head.signature);
  sql << "UPDATE tree_projects SET head = :head, signature = :signature WHERE name = :name", soci::use(kept_head.get()),
      soci::use(kept_signature.get()), soci::use(opening.name);
}

// One of the slots that nobody has, each as likely as the others: a project's slot says nothing about the others.
absl::StatusOr<uint32_t> DrawSlot(const std::vector<TreeProject>& projects, const TreeTerms& terms,
                                  EntropySource& entropy) {
  std::set<uint32_t> taken;
  for (const TreeProject& project : projects) taken.insert(project.slot);
  std::vector<uint32_t> free;
  for (uint32_t slot = 0; slot < terms.slots; ++slot) {
    if (!taken.contains(slot)) free.push_back(slot);
  }
  if (free.empty()) {
    return absl::ResourceExhaustedError(
        absl::StrCat("all ", terms.slots,
                     " slots of this federation tree are taken, each for ever: begin another tree with more "
                     "slots (accord-coordinator federation-tree init) for the projects that come now"));
  }
  uint64_t drawn = 0;  // of 64 bits: the first slots are likelier by less than 2^-50
  ACCORD_RETURN_IF_ERROR(entropy.Fill(absl::MakeSpan(reinterpret_cast<uint8_t*>(&drawn), sizeof(drawn))));
  return free[drawn % free.size()];
}

}  // namespace

absl::StatusOr<std::unique_ptr<TreeStore>> TreeStore::Create(const std::string& state_dir, const std::string& name,
                                                             const TreeTerms& terms, Clock& clock) {
  ACCORD_RETURN_IF_ERROR(terms.Check());
  if (!IsProjectId(name))
    return absl::InvalidArgumentError(absl::StrCat("name ", name, " is not 1 to 63 of a-z 0-9 -"));
  ACCORD_RETURN_IF_ERROR(MakeFolders(state_dir, 0700));
  ACCORD_ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(TreeDatabase(state_dir)));
  ACCORD_ASSIGN_OR_RETURN(const StoredTerms stored, ReadTerms(*database));
  if (!stored.project.empty()) {
    return absl::AlreadyExistsError(absl::StrCat(state_dir, " has the federation tree ", stored.project,
                                                 "; nothing was changed. Choose another folder"));
  }
  ACCORD_ASSIGN_OR_RETURN(std::unique_ptr<FederationLog> log,
                          FederationLog::OpenOrBegin(state_dir, *database, clock, name));
  // The terms last: with them the folder is complete.
  ACCORD_RETURN_IF_ERROR(database->Write("begin a federation tree in", [&](soci::session& sql) {
    for (const char* table : kTreeTables) sql << table;
    const long long slots = terms.slots, cadence_s = terms.cadence_s;
    sql << "INSERT INTO tree_terms (project, slots, cadence_s) VALUES (:project, :slots, :cadence)", soci::use(name),
        soci::use(slots), soci::use(cadence_s);
    return absl::OkStatus();
  }));
  return std::unique_ptr<TreeStore>(new TreeStore(std::move(database), std::move(log), terms, EntropySource::System()));
}

absl::StatusOr<std::unique_ptr<TreeStore>> TreeStore::Open(const std::string& state_dir, Clock& clock,
                                                           EntropySource& entropy) {
  const absl::Status none = absl::NotFoundError(absl::StrCat(
      state_dir, " has no federation tree: name its folder, or make one (accord-coordinator federation-tree init)"));
  if (access(TreeDatabase(state_dir).c_str(), F_OK) != 0) return none;
  ACCORD_ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(TreeDatabase(state_dir)));
  ACCORD_ASSIGN_OR_RETURN(const StoredTerms stored, ReadTerms(*database));
  if (stored.project.empty()) return none;
  ACCORD_RETURN_IF_ERROR(stored.terms.Check());
  ACCORD_ASSIGN_OR_RETURN(std::unique_ptr<FederationLog> log,
                          FederationLog::Open(state_dir, *database, clock, stored.project));
  return std::unique_ptr<TreeStore>(new TreeStore(std::move(database), std::move(log), stored.terms, entropy));
}

absl::StatusOr<std::vector<TreeProject>> TreeStore::Projects() {
  std::vector<TreeProject> projects;
  ACCORD_RETURN_IF_ERROR(database_->Read("list the projects of", [&projects](soci::session& sql) {
    projects = ReadProjects(sql);
    return absl::OkStatus();
  }));
  return projects;
}

absl::Status TreeStore::AddProject(const std::string& name, const HeadOfLog& head) {
  if (!IsProjectId(name))
    return absl::InvalidArgumentError(absl::StrCat("name ", name, " is not 1 to 63 of a-z 0-9 -"));
  ACCORD_ASSIGN_OR_RETURN(const LogIdentity identity, LogIdentity::FromFirstEntry(head.first_entry));
  ACCORD_RETURN_IF_ERROR(identity.CheckHead(head.head).status());
  return database_->Write("add a project to", [&](soci::session& sql) -> absl::Status {
    const std::vector<TreeProject> projects = ReadProjects(sql);
    for (const TreeProject& other : projects) {
      if (other.name != name && other.head.first_entry != head.first_entry) continue;
      return absl::AlreadyExistsError(absl::StrCat(
          other.name == name ? "there is a project of this name" : "this log is there", " already, as ", other.name,
          other.is_present ? "; nothing was changed" : "; let it come back (federation-tree restore)"));
    }
    ACCORD_ASSIGN_OR_RETURN(const long long slot, DrawSlot(projects, terms_, entropy_));
    const std::string log_id = HexDigest(identity.id());
    BlobParameter first(sql, head.first_entry), bytes(sql, head.head.bytes), signature(sql, head.head.signature);
    sql << "INSERT INTO tree_projects (name, slot, log_id, first_entry, head, signature, present)"
           " VALUES (:name, :slot, :log, :first, :head, :signature, 1)",
        soci::use(name), soci::use(slot), soci::use(log_id), soci::use(first.get()), soci::use(bytes.get()),
        soci::use(signature.get());
    return absl::OkStatus();
  });
}

absl::Status TreeStore::SetPresent(const std::string& name, bool is_present) {
  return database_->Write("change a project of", [&](soci::session& sql) -> absl::Status {
    const int present = is_present ? 1 : 0;
    int found = 0;
    sql << "SELECT COUNT(*) FROM tree_projects WHERE name = :name", soci::into(found), soci::use(name);
    if (found == 0) {
      return absl::NotFoundError(absl::StrCat("there is no project ", name,
                                              " in this tree; accord-coordinator federation-tree show lists them"));
    }
    sql << "UPDATE tree_projects SET present = :present WHERE name = :name", soci::use(present), soci::use(name);
    return absl::OkStatus();
  });
}

absl::Status TreeStore::Tick(uint64_t tick_us, const std::map<std::string, HeadOfLog>& taken) {
  return database_->Write("make a tick in", [&](soci::session& sql) { return TickIn(sql, tick_us, taken); });
}

absl::Status TreeStore::TickIn(soci::session& sql, uint64_t tick_us, const std::map<std::string, HeadOfLog>& taken) {
  ACCORD_ASSIGN_OR_RETURN(const LogRow row, GetLogRow(sql, log_->project()));
  if (row.last_us >= tick_us) return absl::AlreadyExistsError("the tree has this tick, or a later one");
  std::vector<LogDraft> drafts(terms_.slots);
  for (LogDraft& draft : drafts) {
    ACCORD_ASSIGN_OR_RETURN(const SlotPayload nothing, SlotPayload::OfNothing(terms_, entropy_));
    draft = {LogEntryKind::kProjectHead, "", LogPayload::Bytes(nothing.Write()), {}};
  }
  for (const TreeProject& project : ReadProjects(sql)) {
    const auto head = taken.find(project.name);
    if (head == taken.end() || !project.is_present || project.slot >= terms_.slots) continue;
    TreeOpening opening{project.name, tick_us, row.size + project.slot, {}, head->second};
    ACCORD_ASSIGN_OR_RETURN(opening.salt, DrawCommitmentSalt(entropy_));
    const SlotPayload payload = SlotPayload::OfHead(terms_, opening.salt, opening.committed.head.bytes);
    drafts[project.slot].payload = LogPayload::Bytes(payload.Write());
    KeepOpening(sql, opening);
  }
  const absl::Time moment = absl::FromUnixMicros(static_cast<int64_t>(tick_us));
  return log_->rows().AppendIn(sql, log_->project(), drafts, moment).status();
}

absl::StatusOr<uint64_t> TreeStore::LastUs() {
  uint64_t last_us = 0;
  ACCORD_RETURN_IF_ERROR(database_->Read("look for the last tick in", [&](soci::session& sql) -> absl::Status {
    ACCORD_ASSIGN_OR_RETURN(const LogRow row, GetLogRow(sql, log_->project()));
    last_us = row.last_us;
    return absl::OkStatus();
  }));
  return last_us;
}

absl::StatusOr<std::vector<TreeOpening>> TreeStore::WithoutReceipt(const TreeOpening& behind) {
  std::vector<TreeOpening> openings;
  ACCORD_RETURN_IF_ERROR(database_->Read("look for receipts to write in", [&](soci::session& sql) -> absl::Status {
    TreeOpening row;
    long long tick_us = 0, entry = 0;
    const auto behind_us = static_cast<long long>(behind.tick_us);
    soci::blob salt(sql), first(sql), head(sql), signature(sql);
    soci::statement rows =
        (sql.prepare << "SELECT name, tick_us, entry, salt, first_entry, tree_openings.head, tree_openings.signature"
                        " FROM tree_openings JOIN tree_projects USING (name)"
                        " WHERE (tick_us, name) > (:behind_us, :behind) ORDER BY tick_us, name LIMIT :most",
         soci::into(row.name), soci::into(tick_us), soci::into(entry), soci::into(salt), soci::into(first),
         soci::into(head), soci::into(signature), soci::use(behind_us), soci::use(behind.name),
         soci::use(kMostOpenings));
    rows.execute();
    while (rows.fetch()) {
      const std::string salt_bytes = BlobBytes(salt);
      if (salt_bytes.size() != row.salt.size()) return MissingOfLog("the opening of a commitment", log_->project());
      std::memcpy(row.salt.data(), salt_bytes.data(), row.salt.size());
      row.tick_us = static_cast<uint64_t>(tick_us);
      row.entry = static_cast<uint64_t>(entry);
      row.committed = {BlobBytes(first), {BlobBytes(head), BlobBytes(signature)}};
      openings.push_back(row);
    }
    return absl::OkStatus();
  }));
  return openings;
}

absl::StatusOr<TreeReceipt> TreeStore::ReceiptOf(const TreeOpening& opening) {
  ACCORD_ASSIGN_OR_RETURN(EntryProof in_tree, log_->rows().ProveEntry(log_->project(), opening.entry));
  return TreeReceipt{opening.salt, opening.committed, std::move(in_tree)};
}

absl::Status TreeStore::ReceiptsAreWritten(const std::vector<TreeOpening>& openings) {
  return database_->Write("forget what has its receipt in", [&openings](soci::session& sql) {
    for (const TreeOpening& opening : openings) {
      const auto tick_us = static_cast<long long>(opening.tick_us);
      sql << "DELETE FROM tree_openings WHERE tick_us = :tick AND name = :name", soci::use(tick_us),
          soci::use(opening.name);
    }
    return absl::OkStatus();
  });
}

}  // namespace accord
