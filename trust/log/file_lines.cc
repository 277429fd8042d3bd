#include "trust/log/file_lines.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "trust/log/merkle_proof.h"

namespace accord {

absl::Status CheckLinesSize(absl::string_view text, size_t most) {
  if (text.size() <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the file has ", text.size(), " bytes; expected at most ", most));
}

FileLines::FileLines(absl::string_view text, absl::string_view title) : rest_(text) {
  if (text.empty() || text.back() != '\n') {
    Fail("the file does not end with a whole line: it was cut off");
  } else if (Next() != title) {
    Fail(absl::StrCat("expected ", title));
  }
}

bool FileLines::NextIs(absl::string_view prefix) const { return status_.ok() && absl::StartsWith(rest_, prefix); }

absl::string_view FileLines::Take(absl::string_view prefix) {
  absl::string_view line = Next();
  if (!absl::ConsumePrefix(&line, prefix)) Fail(absl::StrCat("expected '", absl::StripSuffix(prefix, " "), "'"));
  return status_.ok() ? line : "";
}

std::vector<Sha256Digest> FileLines::TakePath(absl::string_view prefix) {
  std::vector<Sha256Digest> path;
  while (NextIs(prefix)) {
    path.push_back(Take(prefix, ParseHexDigest));
    if (path.size() > kMaxProofHashes) Fail("is a hash too many: no proof has more than 64");
  }
  return path;
}

void FileLines::Fail(absl::string_view what) {
  if (status_.ok()) status_ = absl::InvalidArgumentError(absl::StrCat("line ", line_, ": ", what));
}

absl::Status FileLines::Finish() {
  if (status_.ok() && !rest_.empty()) {
    ++line_;
    Fail("expected the end of the file");
  }
  return status_;
}

absl::string_view FileLines::Next() {
  ++line_;
  const size_t end = rest_.find('\n');
  const absl::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(end == absl::string_view::npos ? rest_.size() : end + 1);
  return line;
}

}  // namespace accord
