// A transparency log and what proves something about one. The first byte of the input says what it is: 'e' an entry,
// 'h' a head, 'w' a whole log's file, 'p' the file of an entry's proof, 'c' of consistency, 'l' of a head, 'n' of
// names; 'i' a bare inclusion proof (index, size, leaf, root, hashes), 'k' a bare consistency proof (two sizes, two
// roots, hashes).
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/fields.h"
#include "tests/fuzz/support/frames.h"
#include "tests/fuzz/support/fuzz_target.h"
#include "tests/trust/log/example_log.h"
#include "trust/log/log_check.h"
#include "trust/log/log_entry.h"
#include "trust/log/log_file.h"
#include "trust/log/log_head.h"
#include "trust/log/merkle_proof.h"

namespace accord::fuzz::log {
namespace {

bool TakeEntry(absl::string_view bytes) {
  const absl::StatusOr<LogEntry> entry = ParseLogEntry(bytes);
  if (!entry.ok()) return false;
  Require(WriteLogEntry(*entry).value() == bytes, "an entry has one encoding");
  const absl::StatusOr<LogIdentity> identity = LogIdentity::FromFirstEntry(bytes);
  Require(!identity.ok() || (entry->index == 0 && entry->kind == LogEntryKind::kOpened), "a log is opened by entry 0");
  return true;
}

bool TakeHead(absl::string_view bytes) {
  const absl::StatusOr<LogHead> head = ParseLogHead(bytes);
  if (!head.ok()) return false;
  Require(head->tree_size > 0 && IsProjectId(head->project), "a head is one of a log");
  return true;
}

bool TakeWholeLog(absl::string_view text) {
  uint64_t seen = 0;
  WholeLogCheck check({}, [&seen](const LogEntry& entry) { Require(entry.index == seen++, "entries come in order"); });
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!check.Take(line)) break;
  }
  const bool holds = check.Finish();
  Require(holds != check.fault().has_value(), "a log holds or has a fault");
  Require(!holds || check.facts().last_head->tree_size == seen, "a log that holds is covered by a head");
  Require(holds || check.fault()->first_index < check.fault()->end_index, "a fault has a place");
  Require(holds || check.fault()->first_index <= seen, "a fault is no further than what was read");
  return holds;
}

template <typename File>
bool TakeFile(absl::string_view text, bool (*shows)(const File&)) {
  const absl::StatusOr<File> file = File::Parse(text);
  if (!file.ok()) return false;
  Require(file->Write() == text || !shows(*file), "a proof has one spelling");
  return shows(*file);
}

bool ShowsEntry(const EntryProof& proof) { return CheckEntryProof(proof).ok(); }
bool ShowsConsistency(const ConsistencyProof& proof) { return CheckConsistencyProof(proof).ok(); }
bool ShowsHead(const HeadOfLog& file) {
  const absl::StatusOr<LogIdentity> identity = LogIdentity::FromFirstEntry(file.first_entry);
  return identity.ok() && identity->CheckHead(file.head).ok();
}

bool TakeNames(absl::string_view text) {
  const absl::StatusOr<NameOpenings> openings = ParseNameOpenings(text);
  if (!openings.ok()) return false;
  Require(ParseNameOpenings(WriteNameOpenings(*openings)).value() == *openings, "names come back");
  return true;
}

std::vector<Sha256Digest> TakeHashes(FieldReader& reader, absl::string_view bytes, size_t before) {
  std::vector<Sha256Digest> hashes(bytes.size() < before ? 0 : (bytes.size() - before) / 32);
  for (Sha256Digest& hash : hashes) hash = reader.Digest("hash");
  return hashes;
}

bool TakeInclusion(absl::string_view bytes) {
  FieldReader reader(bytes, "proof");
  const uint64_t index = reader.U64("index"), size = reader.U64("size");
  const Sha256Digest leaf = reader.Digest("leaf"), root = reader.Digest("root");
  const std::vector<Sha256Digest> path = TakeHashes(reader, bytes, 80);
  if (!VerifyInclusion(leaf, index, {size, root}, path).ok()) return false;
  Require(index < size && size <= kMaxTreeSize && path.size() == InclusionProofHashes(index, size), "a path is whole");
  return true;
}

bool TakeConsistency(absl::string_view bytes) {
  FieldReader reader(bytes, "proof");
  const uint64_t first = reader.U64("first"), second = reader.U64("second");
  const Sha256Digest earlier = reader.Digest("earlier"), later = reader.Digest("later");
  const std::vector<Sha256Digest> proof = TakeHashes(reader, bytes, 80);
  if (!VerifyConsistency({first, earlier}, {second, later}, proof).ok()) return false;
  Require(first <= second && proof.size() == ConsistencyProofHashes(first, second), "a proof is whole");
  return true;
}

std::string BareProof(uint64_t first, uint64_t second, const Sha256Digest& one, const Sha256Digest& other,
                      const std::vector<Sha256Digest>& hashes) {
  FieldWriter writer;
  writer.U64(first).U64(second).Digest(one).Digest(other);
  for (const Sha256Digest& hash : hashes) writer.Digest(hash);
  return std::move(writer).Take();
}

}  // namespace

std::vector<std::string> Seeds() {
  const ExampleLog log("heart", 6);
  LogEntry named = log.Draft("job-1");
  NameOpening opening = NameOpening{NameRole::kPerson, "Ada", Sha256("salt")};
  named.payload = LogPayload::Bytes("approved");
  named.names = {opening.Commit(), opening.Commit()};
  const std::vector<Sha256Digest> path = log.tree().Inclusion(3, 6), growth = log.tree().Consistency(3, 6);
  return {absl::StrCat("e", log.entries()[0]),
          absl::StrCat("e", *WriteLogEntry(named)),
          absl::StrCat("h", log.SignedHead().bytes),
          absl::StrCat("w", log.Text({1, 3, 6})),
          absl::StrCat("w", log.Text({1, 3, 6}), LogStampLine("a token"), LogStampLine("another")),
          absl::StrCat("p", log.ProofOfEntry(3, 6).Write()),
          absl::StrCat("c", log.ProofOfGrowth(3, 6).Write()),
          absl::StrCat("l", log.HeadFile(6).Write()),
          absl::StrCat("n", WriteNameOpenings({{3, opening}, {5, opening}})),
          absl::StrCat("i", BareProof(3, 6, LogLeafHash(log.entries()[3]), log.Head(6).root, path)),
          absl::StrCat("k", BareProof(3, 6, log.Head(3).root, log.Head(6).root, growth))};
}

bool Take(absl::string_view bytes) {
  switch (TakeSelector(bytes)) {
    case 'e':
      return TakeEntry(bytes);
    case 'h':
      return TakeHead(bytes);
    case 'w':
      return TakeWholeLog(bytes);
    case 'p':
      return TakeFile<EntryProof>(bytes, ShowsEntry);
    case 'c':
      return TakeFile<ConsistencyProof>(bytes, ShowsConsistency);
    case 'l':
      return TakeFile<HeadOfLog>(bytes, ShowsHead);
    case 'n':
      return TakeNames(bytes);
    case 'i':
      return TakeInclusion(bytes);
    case 'k':
      return TakeConsistency(bytes);
    default:
      return false;
  }
}

const FuzzTarget kTarget("log", &Seeds, &Take);

}  // namespace accord::fuzz::log
