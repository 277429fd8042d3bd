#include "client/daemon/ledger/egress_ledger.h"

#include <fcntl.h>
#include <unistd.h>

#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "base/secret.h"
#include "base/status.h"
#include "client/daemon/ledger/egress_file.h"
#include "trust/charter/approval.h"
#include "trust/charter/signed_statement.h"

namespace accord {
namespace {

constexpr size_t kMaxWords = 1000;
constexpr uint64_t kMaxCounted = 1000;  // progress messages that one entry stands for

// The name of the kind that is set, as in the schema; empty for none (a message of a later version).
std::string KindOf(const google::protobuf::Message& message) {
  const google::protobuf::FieldDescriptor* kind =
      message.GetReflection()->GetOneofFieldDescriptor(message, message.GetDescriptor()->FindOneofByName("kind"));
  return kind == nullptr ? "" : std::string(kind->name());
}

// The plan that a message speaks of; an empty one for none.
v1::PlanId PlanOf(const google::protobuf::Message& message) {
  const google::protobuf::Reflection& outer = *message.GetReflection();
  const google::protobuf::FieldDescriptor* kind =
      outer.GetOneofFieldDescriptor(message, message.GetDescriptor()->FindOneofByName("kind"));
  if (kind == nullptr) return {};
  const google::protobuf::Message& inner = outer.GetMessage(message, kind);
  const google::protobuf::FieldDescriptor* plan = inner.GetDescriptor()->FindFieldByName("plan");
  if (plan == nullptr) plan = inner.GetDescriptor()->FindFieldByName("id");
  if (plan == nullptr || plan->message_type() != v1::PlanId::descriptor()) return {};
  v1::PlanId id;
  id.CopyFrom(inner.GetReflection()->GetMessage(inner, plan));
  return id;
}

// Wiped: it may hold seeds.
SecretBytes BytesOf(const google::protobuf::Message& message) {
  auto bytes = SecretBytes::Written(message.ByteSizeLong(), [&message](absl::Span<uint8_t> out) {
    message.SerializeWithCachedSizesToArray(out.data());
    return absl::OkStatus();
  });
  return bytes.ok() ? *std::move(bytes) : SecretBytes();
}

bool Asks(const v1::CoordinatorMessage& message) {
  switch (message.kind_case()) {
    case v1::CoordinatorMessage::kWelcome:
    case v1::CoordinatorMessage::kPlanEnd:
    case v1::CoordinatorMessage::kRosterPublished:
    case v1::CoordinatorMessage::kRosterChain:
    case v1::CoordinatorMessage::kEpochList:
    case v1::CoordinatorMessage::kLogProof:
    case v1::CoordinatorMessage::kJobPapers:
    case v1::CoordinatorMessage::kWitnessReport:
    case v1::CoordinatorMessage::KIND_NOT_SET:
      return false;
    default:
      return true;
  }
}

// "approves the order 12ab...", without its time and signature.
std::string WordOnOrder(const v1::SiteApproval& word) {
  const auto statement = SignedStatement::Parse(word.approval());
  const auto approval = statement.ok() ? ParseApproval(statement->bytes) : absl::StatusOr<Approval>(statement.status());
  if (!approval.ok()) return "";
  return absl::StrCat(approval->approves ? "approves" : "refuses", " the order ", HexDigest(approval->order));
}

void Remember(const v1::EgressEntry& entry, std::optional<HeadOfLog>& memory) {
  if (!entry.has_log_head()) return;
  const v1::EgressLogHead& head = entry.log_head();
  if (head.head().empty()) return memory.reset();
  if (!memory.has_value()) memory.emplace();
  if (!head.first_entry().empty()) memory->first_entry = head.first_entry();
  memory->head = {head.head(), head.signature()};
}

// What is left of the uploads that a ledger must have, while it is read.
class Missing {
 public:
  explicit Missing(absl::Span<const LeftUpload> left) {
    for (const LeftUpload& upload : left) lacking_.emplace(std::pair(upload.job_id, upload.attempt), &upload);
  }

  void See(const v1::EgressEntry& entry) {
    if (entry.has_start() && entry.start().has_record_entries() && !began_.has_value()) {
      began_ = entry.start().record_entries();
    }
    if (entry.has_upload()) lacking_.erase(std::pair(entry.job_id(), entry.attempt()));
  }

  absl::Status Check(const std::string& path) const {
    const LeftUpload* first = nullptr;
    size_t count = 0;
    for (const auto& [name, upload] : lacking_) {
      if (!began_.has_value() || upload->record_entries <= *began_) continue;
      ++count;
      if (first == nullptr || upload->record_entries < first->record_entries) first = upload;
    }
    if (count == 0) return absl::OkStatus();
    return absl::DataLossError(absl::StrCat(
        "the ledger of what left this site, ", path, ", lacks ", count, " ", count == 1 ? "upload" : "uploads",
        " that this site's record of secure sums has, the first one for job ", first->job_id, ", attempt ",
        first->attempt,
        ": it was put back from an older copy, so nothing leaves. Put the newer one back. If there is none, keep this "
        "one elsewhere and start again: a new ledger begins, and shows that it does"));
  }

 private:
  std::map<std::pair<std::string, uint32_t>, const LeftUpload*> lacking_;
  std::optional<uint64_t> began_;  // entries that the record had when the ledger was begun, as far as it says so
};

}  // namespace

absl::StatusOr<std::optional<HeadOfLog>> ReadLogMemory(const std::string& path, absl::string_view site) {
  std::optional<HeadOfLog> memory;
  const auto chain =
      ReadEgressFile(path, site, [&](uint64_t, const v1::EgressEntry& entry) { Remember(entry, memory); });
  if (!chain.ok() && !absl::IsNotFound(chain.status())) return chain.status();
  return memory;
}

EgressLedger::EgressLedger(std::string path, UniqueFd fd, HashChain chain, std::optional<HeadOfLog> log_memory,
                           Clock& clock)
    : path_(std::move(path)),
      fd_(std::move(fd)),
      clock_(clock),
      log_memory_(std::move(log_memory)),
      chain_(std::move(chain)),
      log_first_entry_(log_memory_.has_value() ? log_memory_->first_entry : ""),
      minute_began_(clock.Monotonic()) {}

void EgressLedger::Counted::Add(absl::string_view message) {
  count += 1;
  bytes += message.size();
  hasher.Update(message);
}

absl::StatusOr<std::unique_ptr<EgressLedger>> EgressLedger::Open(const std::string& path, absl::string_view site,
                                                                 Clock& clock, absl::Span<const LeftUpload> left) {
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.valid()) return ErrnoError("open", path);
  std::optional<HeadOfLog> log_memory;
  Missing missing(left);
  auto chain = ReadEgressFile(path, site, [&](uint64_t, const v1::EgressEntry& entry) {
    Remember(entry, log_memory);
    missing.See(entry);
  });
  if (!chain.ok()) {
    return Annotate(chain.status(),
                    "the ledger of what left this site cannot be continued, so nothing leaves. Keep the file, it still "
                    "shows what left before; move it elsewhere and start again: a new ledger begins");
  }
  ACCORD_RETURN_IF_ERROR(missing.Check(path));
  if (ftruncate(fd.get(), static_cast<off_t>(chain->bytes())) != 0) return ErrnoError("truncate", path);
  if (fsync(fd.get()) != 0) return ErrnoError("sync", path);
  ACCORD_RETURN_IF_ERROR(SyncParentFolder(path));
  return std::unique_ptr<EgressLedger>(
      new EgressLedger(path, std::move(fd), *std::move(chain), std::move(log_memory), clock));
}

EgressLedger::~EgressLedger() {
  absl::MutexLock lock(&mutex_);
  while (!progress_.empty() && WriteProgress(std::string(progress_.begin()->first)).ok()) {
  }
  WriteCrowd().IgnoreError();  // the file says itself where it ends
  WriteLogHead().IgnoreError();
  fdatasync(fd_.get());
}

v1::EgressEntry EgressLedger::NewEntry(const v1::PlanId& plan) {
  v1::EgressEntry entry;
  entry.set_unix_ms(absl::ToUnixMillis(clock_.Now()));
  entry.set_job_id(Printable(plan.job_id().substr(0, kMaxWords)));
  entry.set_step(plan.step());
  entry.set_attempt(plan.attempt());
  return entry;
}

absl::Status EgressLedger::Append(const v1::EgressEntry& entry) {
  if (!broken_.ok()) return broken_;
  const std::string payload = entry.SerializeAsString();
  const uint64_t offset = chain_.bytes();
  const std::string bytes = chain_.Append(payload);
  broken_ = Annotate(WriteFully(fd_.get(), bytes.data(), bytes.size(), offset),
                     absl::StrCat("the ledger of what leaves cannot be written, so nothing leaves: ", path_));
  return broken_;
}

absl::Status EgressLedger::WriteProgress(const std::string& job_id) {
  const auto counted = progress_.find(job_id);
  if (counted == progress_.end()) return absl::OkStatus();
  v1::PlanId plan;
  plan.set_job_id(job_id);
  v1::EgressEntry entry = NewEntry(plan);
  entry.mutable_message()->set_message("progress");
  entry.mutable_message()->set_count(counted->second.count);
  entry.mutable_message()->set_bytes(counted->second.bytes);
  entry.mutable_message()->set_sha256(HexDigest(counted->second.hasher.Finish()));
  progress_.erase(counted);
  return Append(entry);
}

absl::StatusOr<bool> EgressLedger::TakesEntry() {
  const absl::Duration now = clock_.Monotonic();
  if (now - minute_began_ >= absl::Minutes(1)) {
    minute_began_ = now;
    entries_of_minute_ = 0;
    ACCORD_RETURN_IF_ERROR(WriteCrowd());
  }
  return entries_of_minute_++ < kMostEntriesPerMinute;
}

absl::Status EgressLedger::WriteCrowd() {
  for (auto& [kind, counted] : std::exchange(crowded_requests_, {})) {
    v1::EgressEntry entry = NewEntry({});
    entry.mutable_request()->set_request(kind);
    entry.mutable_request()->set_count(counted.count);
    entry.mutable_request()->set_bytes(counted.bytes);
    entry.mutable_request()->set_sha256(HexDigest(counted.hasher.Finish()));
    ACCORD_RETURN_IF_ERROR(Append(entry));
  }
  for (auto& [kind, counted] : std::exchange(crowded_messages_, {})) {
    v1::EgressEntry entry = NewEntry({});
    entry.mutable_message()->set_message(kind);
    entry.mutable_message()->set_count(counted.count);
    entry.mutable_message()->set_bytes(counted.bytes);
    entry.mutable_message()->set_sha256(HexDigest(counted.hasher.Finish()));
    ACCORD_RETURN_IF_ERROR(Append(entry));
  }
  return absl::OkStatus();
}

absl::Status EgressLedger::DaemonStarts(const std::string& software_version, const std::string& coordinator,
                                        uint64_t record_entries) {
  absl::MutexLock lock(&mutex_);
  v1::EgressEntry entry = NewEntry({});
  entry.mutable_start()->set_software_version(software_version);
  entry.mutable_start()->set_coordinator(coordinator);
  entry.mutable_start()->set_record_entries(record_entries);
  return Append(entry);
}

absl::Status EgressLedger::RenewalLeaves(const v1::RenewRequest& request) {
  const std::string bytes = request.SerializeAsString();
  absl::MutexLock lock(&mutex_);
  v1::EgressEntry entry = NewEntry({});
  v1::EgressMessage& left = *entry.mutable_message();
  left.set_message("renewal");
  left.set_count(1);
  left.set_bytes(bytes.size());
  left.set_sha256(Sha256Hex(bytes));
  return Append(entry);
}

absl::Status EgressLedger::MessageLeaves(const v1::SiteMessage& message) {
  v1::PlanId plan = PlanOf(message);
  if (message.has_site_approval()) plan.set_job_id(message.site_approval().job_id());
  const SecretBytes bytes = BytesOf(message);
  absl::MutexLock lock(&mutex_);
  if (!broken_.ok()) return broken_;
  if (message.has_progress()) {
    Counted& progress = progress_[plan.job_id()];
    progress.Add(bytes.RevealAsText());
    return progress.count < kMaxCounted ? absl::OkStatus() : WriteProgress(plan.job_id());
  }
  ACCORD_RETURN_IF_ERROR(WriteProgress(plan.job_id()));
  ACCORD_ASSIGN_OR_RETURN(const bool stands_alone, TakesEntry());
  if (!stands_alone) {
    crowded_messages_[KindOf(message)].Add(bytes.RevealAsText());
    return absl::OkStatus();
  }
  v1::EgressEntry entry = NewEntry(plan);
  v1::EgressMessage& left = *entry.mutable_message();
  left.set_message(KindOf(message));
  left.set_count(1);
  left.set_bytes(bytes.size());
  left.set_sha256(Sha256Hex(bytes.RevealAsText()));
  if (message.has_refusal()) left.set_words(Printable(message.refusal().reason().substr(0, kMaxWords)));
  if (message.has_site_approval()) left.set_words(WordOnOrder(message.site_approval()));
  return Append(entry);
}

absl::Status EgressLedger::IsAskedFor(const v1::CoordinatorMessage& message) {
  const v1::PlanId plan = PlanOf(message);
  if (message.has_plan_end()) {
    absl::MutexLock lock(&mutex_);
    return WriteProgress(plan.job_id());
  }
  if (!Asks(message)) return absl::OkStatus();
  const std::string bytes = message.SerializeAsString();
  absl::MutexLock lock(&mutex_);
  if (!broken_.ok()) return broken_;
  ACCORD_RETURN_IF_ERROR(WriteProgress(plan.job_id()));
  ACCORD_ASSIGN_OR_RETURN(const bool stands_alone, TakesEntry());
  if (!stands_alone) {
    crowded_requests_[KindOf(message)].Add(bytes);
    return absl::OkStatus();
  }
  v1::EgressEntry entry = NewEntry(plan);
  v1::EgressRequest& request = *entry.mutable_request();
  request.set_request(KindOf(message));
  request.set_bytes(bytes.size());
  request.set_sha256(Sha256Hex(bytes));
  if (message.has_plan()) {
    request.set_step_kind(message.plan().kind());
    request.set_round(message.plan().round());
    request.set_cohort_size(static_cast<uint32_t>(message.plan().cohort_size()));
  }
  return Append(entry);
}

absl::Status EgressLedger::Fetches(const v1::PlanId& plan, const std::string& name, uint64_t offset) {
  absl::MutexLock lock(&mutex_);
  if (!broken_.ok()) return broken_;
  ACCORD_ASSIGN_OR_RETURN(const bool stands_alone, TakesEntry());
  if (!stands_alone) {
    crowded_messages_["fetch"].Add(name);
    return absl::OkStatus();
  }
  v1::EgressEntry entry = NewEntry(plan);
  entry.mutable_fetch()->set_name(name);
  entry.mutable_fetch()->set_offset(offset);
  return Append(entry);
}

absl::Status EgressLedger::UploadBegins(const v1::PlanId& plan, v1::EgressUpload upload) {
  absl::MutexLock lock(&mutex_);
  ACCORD_RETURN_IF_ERROR(WriteProgress(plan.job_id()));
  ACCORD_RETURN_IF_ERROR(WriteLogHead());
  v1::EgressEntry entry = NewEntry(plan);
  *entry.mutable_upload() = std::move(upload);
  ACCORD_RETURN_IF_ERROR(Append(entry));
  payload_digests_.erase(plan.job_id());
  if (fdatasync(fd_.get()) != 0) broken_ = ErrnoError("sync", path_);
  return broken_;
}

void EgressLedger::PayloadIs(const v1::PlanId& plan, std::string payload_digest) {
  absl::MutexLock lock(&mutex_);
  payload_digests_[plan.job_id()] = std::move(payload_digest);
}

absl::Status EgressLedger::UploadEnds(const v1::PlanId& plan, v1::EgressUploadEnd end) {
  absl::MutexLock lock(&mutex_);
  ACCORD_RETURN_IF_ERROR(WriteProgress(plan.job_id()));
  v1::EgressEntry entry = NewEntry(plan);
  if (const auto digest = payload_digests_.extract(plan.job_id()); !digest.empty()) {
    end.set_payload_digest(digest.mapped());
  }
  end.set_reason(Printable(end.reason().substr(0, kMaxWords)));
  *entry.mutable_upload_end() = std::move(end);
  return Append(entry);
}

void EgressLedger::LogGrows(HeadOfLog head) {
  absl::MutexLock lock(&mutex_);
  log_head_ = std::move(head);
}

absl::Status EgressLedger::WriteLogHead() {
  if (!log_head_.has_value()) return absl::OkStatus();
  v1::EgressEntry entry = NewEntry({});
  v1::EgressLogHead& grown = *entry.mutable_log_head();
  if (log_head_->first_entry != log_first_entry_) grown.set_first_entry(log_head_->first_entry);
  grown.set_head(log_head_->head.bytes);
  grown.set_signature(log_head_->head.signature);
  ACCORD_RETURN_IF_ERROR(Append(entry));
  log_first_entry_ = std::move(log_head_->first_entry);
  log_head_.reset();
  return absl::OkStatus();
}

absl::Status EgressLedger::LogIsForgotten() {
  absl::MutexLock lock(&mutex_);
  v1::EgressEntry entry = NewEntry({});
  entry.mutable_log_head();
  ACCORD_RETURN_IF_ERROR(Append(entry));
  log_first_entry_.clear();
  log_head_.reset();
  if (fdatasync(fd_.get()) != 0) broken_ = ErrnoError("sync", path_);
  return broken_;
}

absl::Status EgressLedger::RecordIsLost(v1::EgressRecordLoss loss) {
  absl::MutexLock lock(&mutex_);
  v1::EgressEntry entry = NewEntry({});
  *entry.mutable_record_loss() = std::move(loss);
  ACCORD_RETURN_IF_ERROR(Append(entry));
  if (fdatasync(fd_.get()) != 0) broken_ = ErrnoError("sync", path_);
  return broken_;
}

}  // namespace accord
