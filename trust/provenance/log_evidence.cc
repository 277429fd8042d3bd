#include "trust/provenance/log_evidence.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/base64.h"
#include "base/status.h"
#include "trust/log/merkle_proof.h"
#include "trust/provenance/json_fields.h"

namespace accord {
namespace {

std::string PathText(const std::vector<Sha256Digest>& path) {
  std::string bytes;
  for (const Sha256Digest& hash : path) bytes.append(reinterpret_cast<const char*>(hash.data()), hash.size());
  return absl::Base64Escape(bytes);
}

absl::StatusOr<ProvenEntry> ReadProvenEntry(const nlohmann::json& json) {
  JsonFields fields(json, "entry");
  ProvenEntry entry;
  entry.bytes = fields.Bytes("entry");
  const std::string path = fields.Bytes("path");
  if (path.size() % sizeof(Sha256Digest) != 0 || path.size() / sizeof(Sha256Digest) > kMaxProofHashes) {
    fields.Fail("path", "expected at most 64 hashes of 32 bytes");
  }
  ACCORD_RETURN_IF_ERROR(fields.Finish());
  entry.path.resize(path.size() / sizeof(Sha256Digest));
  if (!path.empty()) std::memcpy(entry.path.data(), path.data(), path.size());
  return entry;
}

}  // namespace

nlohmann::json LogEvidence::ToJson() const {
  nlohmann::json list = nlohmann::json::array();
  for (const ProvenEntry& entry : entries) {
    list.push_back({{"entry", absl::Base64Escape(entry.bytes)}, {"path", PathText(entry.path)}});
  }
  return {{"entries", std::move(list)},
          {"first", absl::Base64Escape(first_entry)},
          {"head", absl::Base64Escape(head.bytes)},
          {"headSignature", absl::Base64Escape(head.signature)}};
}

absl::StatusOr<LogEvidence> LogEvidence::FromJson(const nlohmann::json& json) {
  JsonFields fields(json, "accord_log");
  LogEvidence evidence;
  fields.List("entries", kMaxEvidenceEntries, [&evidence](const nlohmann::json& element) -> absl::Status {
    ACCORD_ASSIGN_OR_RETURN(ProvenEntry entry, ReadProvenEntry(element));
    evidence.entries.push_back(std::move(entry));
    return absl::OkStatus();
  });
  evidence.first_entry = fields.Bytes("first");
  evidence.head.bytes = fields.Bytes("head");
  evidence.head.signature = fields.Bytes("headSignature");
  ACCORD_RETURN_IF_ERROR(fields.Finish());
  return evidence;
}

const LogEntry* ShownEvidence::Find(uint64_t index) const {
  const auto found = std::lower_bound(entries.begin(), entries.end(), index,
                                      [](const LogEntry& entry, uint64_t wanted) { return entry.index < wanted; });
  return found == entries.end() || found->index != index ? nullptr : &*found;
}

absl::StatusOr<ShownEvidence> CheckLogEvidence(const LogEvidence& evidence) {
  ACCORD_ASSIGN_OR_RETURN(LogIdentity identity, LogIdentity::FromFirstEntry(evidence.first_entry));
  auto head = identity.CheckHead(evidence.head);
  if (!head.ok()) return Annotate(head.status(), "the log's head");
  ShownEvidence shown{std::move(identity), *std::move(head), {}};
  for (const ProvenEntry& proven : evidence.entries) {
    const std::string which = absl::StrCat("entry ", shown.entries.size(), " of those that it brings");
    auto entry = ParseLogEntry(proven.bytes);
    if (!entry.ok()) return Annotate(entry.status(), which);
    if (!shown.entries.empty() && shown.entries.back().index >= entry->index) {
      return absl::InvalidArgumentError(absl::StrCat(which, ": its index, ", entry->index, ", does not ascend"));
    }
    if (entry->project != shown.head.project || entry->index >= shown.head.tree_size) {
      return absl::InvalidArgumentError(
          absl::StrCat(which, ": entry ", entry->index, " of project ", entry->project, " is not under this head"));
    }
    if ((entry->index == 0) != (entry->kind == LogEntryKind::kOpened) || entry->unix_us > shown.head.unix_us) {
      return absl::InvalidArgumentError(
          absl::StrCat(which, ": entry ", entry->index, " has no place in this log, or is later than its head"));
    }
    const absl::Status is_in = VerifyInclusion(LogLeafHash(proven.bytes), entry->index, shown.head.tree(), proven.path);
    if (!is_in.ok()) {
      return Annotate(is_in, absl::StrCat("entry ", entry->index, " is not shown to be in the log"));
    }
    shown.entries.push_back(*std::move(entry));
  }
  return shown;
}

}  // namespace accord
