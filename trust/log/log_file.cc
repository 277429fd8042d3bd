#include "trust/log/log_file.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/base64.h"
#include "base/status.h"
#include "trust/log/file_lines.h"

namespace accord {
namespace {

constexpr absl::string_view kFirst = "first: ";
constexpr absl::string_view kEntry = "entry: ";
constexpr absl::string_view kPath = "path: ";
constexpr absl::string_view kHead = "head: ";
constexpr absl::string_view kStamp = "stamp: ";
constexpr absl::string_view kName = "name: ";
constexpr absl::string_view kBar = " | ";

absl::Status Fault(absl::string_view what) { return absl::InvalidArgumentError(what); }

std::string FirstLine(absl::string_view first_entry) {
  return absl::StrCat(kFirst, absl::Base64Escape(first_entry), "\n");
}

std::string PathLines(const std::vector<Sha256Digest>& path) {
  std::string lines;
  for (const Sha256Digest& hash : path) absl::StrAppend(&lines, kPath, HexDigest(hash), "\n");
  return lines;
}

NameRole RoleNamed(absl::string_view word) {
  for (const NameRole role :
       {NameRole::kPerson, NameRole::kSite, NameRole::kOrganisation, NameRole::kDataSet, NameRole::kProject}) {
    if (NameRoleWord(role) == word) return role;
  }
  return NameRole{0};
}

absl::StatusOr<std::pair<uint64_t, NameOpening>> ReadName(absl::string_view value) {
  const std::vector<absl::string_view> columns = absl::StrSplit(value, absl::MaxSplits(kBar, 3));
  uint64_t index = 0;
  if (columns.size() != 4 || !absl::SimpleAtoi(columns[0], &index) || absl::StrCat(index) != columns[0]) {
    return Fault("is not of the form 'name: INDEX | ROLE | HEX | TEXT'");
  }
  NameOpening opening{RoleNamed(columns[1]), std::string(columns[3]), {}};
  if (NameRoleWord(opening.role).empty()) return Fault("has a role that is none");
  ACCORD_ASSIGN_OR_RETURN(opening.salt, ParseHexDigest(columns[2]));
  ACCORD_RETURN_IF_ERROR(CheckCommittedName(opening.name));
  return std::pair{index, std::move(opening)};
}

}  // namespace

std::string LogEntryLine(const Sha256Digest& leaf, absl::string_view entry_bytes) {
  return absl::StrCat(kEntry, HexDigest(leaf), kBar, absl::Base64Escape(entry_bytes), "\n");
}

std::string LogHeadLine(const SignedLogHead& head) {
  return absl::StrCat(kHead, absl::Base64Escape(head.bytes), kBar, absl::Base64Escape(head.signature), "\n");
}

std::string LogStampLine(absl::string_view token) { return absl::StrCat(kStamp, absl::Base64Escape(token), "\n"); }

absl::StatusOr<LogEntryOnLine> ReadLogEntryValue(absl::string_view value) {
  const std::pair<absl::string_view, absl::string_view> columns = absl::StrSplit(value, absl::MaxSplits(kBar, 1));
  if (!IsHexDigest(columns.first)) return Fault("is not of the form 'entry: HEX | BASE64'");
  auto bytes = ParseBase64(columns.second);
  if (!bytes.ok()) return Fault("the entry is not in base64");
  if (bytes->size() > kMaxLogEntryBytes) {
    return Fault(absl::StrCat("the entry has ", bytes->size(), " bytes; expected at most ", kMaxLogEntryBytes));
  }
  const Sha256Digest leaf = LogLeafHash(*bytes);
  if (HexDigest(leaf) != columns.first) {
    return Fault("the entry's bytes do not have the hash that stands before them: one of the two was changed");
  }
  return LogEntryOnLine{*std::move(bytes), leaf};
}

absl::StatusOr<SignedLogHead> ReadLogHeadValue(absl::string_view value) {
  const std::pair<absl::string_view, absl::string_view> columns = absl::StrSplit(value, absl::MaxSplits(kBar, 1));
  auto bytes = ParseBase64(columns.first);
  auto signature = ParseBase64(columns.second);
  if (!bytes.ok() || !signature.ok()) return Fault("is not of the form 'head: BASE64 | BASE64'");
  return SignedLogHead{*std::move(bytes), *std::move(signature)};
}

absl::StatusOr<std::string> ReadLogStampValue(absl::string_view value) {
  auto token = ParseBase64(value);
  if (!token.ok()) return Fault("is not of the form 'stamp: BASE64'");
  return token;
}

std::string EntryProof::Write() const {
  return absl::StrCat(kEntryProofTitle, "\n", FirstLine(first_entry), LogEntryLine(LogLeafHash(entry), entry),
                      PathLines(path), LogHeadLine(head));
}

absl::StatusOr<EntryProof> EntryProof::Parse(absl::string_view text) {
  ACCORD_RETURN_IF_ERROR(CheckLinesSize(text, kMaxLogProofFileBytes));
  FileLines lines(text, kEntryProofTitle);
  EntryProof proof;
  proof.first_entry = lines.Take(kFirst, ParseBase64);
  proof.entry = lines.Take(kEntry, ReadLogEntryValue).bytes;
  proof.path = lines.TakePath(kPath);
  proof.head = lines.Take(kHead, ReadLogHeadValue);
  ACCORD_RETURN_IF_ERROR(lines.Finish());
  return proof;
}

std::string ConsistencyProof::Write() const {
  return absl::StrCat(kConsistencyTitle, "\n", FirstLine(first_entry), LogHeadLine(earlier), PathLines(path),
                      LogHeadLine(later));
}

absl::StatusOr<ConsistencyProof> ConsistencyProof::Parse(absl::string_view text) {
  ACCORD_RETURN_IF_ERROR(CheckLinesSize(text, kMaxLogProofFileBytes));
  FileLines lines(text, kConsistencyTitle);
  ConsistencyProof proof;
  proof.first_entry = lines.Take(kFirst, ParseBase64);
  proof.earlier = lines.Take(kHead, ReadLogHeadValue);
  proof.path = lines.TakePath(kPath);
  proof.later = lines.Take(kHead, ReadLogHeadValue);
  ACCORD_RETURN_IF_ERROR(lines.Finish());
  return proof;
}

std::string HeadOfLog::Write() const {
  return absl::StrCat(kLogHeadTitle, "\n", FirstLine(first_entry), LogHeadLine(head));
}

absl::StatusOr<HeadOfLog> HeadOfLog::Parse(absl::string_view text) {
  ACCORD_RETURN_IF_ERROR(CheckLinesSize(text, kMaxLogProofFileBytes));
  FileLines lines(text, kLogHeadTitle);
  HeadOfLog file;
  file.first_entry = lines.Take(kFirst, ParseBase64);
  file.head = lines.Take(kHead, ReadLogHeadValue);
  ACCORD_RETURN_IF_ERROR(lines.Finish());
  return file;
}

std::string WriteNameOpenings(const NameOpenings& openings) {
  std::string text = absl::StrCat(kLogNamesTitle, "\n");
  for (const auto& [index, opening] : openings) {
    absl::StrAppend(&text, kName, index, kBar, NameRoleWord(opening.role), kBar, HexDigest(opening.salt), kBar,
                    opening.name, "\n");
  }
  return text;
}

absl::StatusOr<NameOpenings> ParseNameOpenings(absl::string_view text) {
  ACCORD_RETURN_IF_ERROR(CheckLinesSize(text, kMaxLogNamesFileBytes));
  FileLines lines(text, kLogNamesTitle);
  NameOpenings openings;
  while (!lines.AtEnd()) {
    const auto opening = lines.Take(kName, ReadName);
    openings.insert(opening);
  }
  ACCORD_RETURN_IF_ERROR(lines.Finish());
  return openings;
}

}  // namespace accord
