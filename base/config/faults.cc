#include "base/config/faults.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace accord {
namespace {

constexpr size_t kMaxKept = 1000;  // a hostile message has as many faults as it likes
constexpr size_t kMaxTold = 100;

// "a.b" for "a.b.c" and for "a.b[3]"; the empty path for "a".
absl::string_view Enclosing(absl::string_view path) {
  const size_t cut = path.find_last_of(".[");
  return cut == absl::string_view::npos ? absl::string_view() : path.substr(0, cut);
}

bool IsAtOrBelow(absl::string_view path, absl::string_view section) {
  if (section.empty() || path == section) return true;
  return absl::StartsWith(path, section) && (path[section.size()] == '.' || path[section.size()] == '[');
}

std::string Line(absl::string_view file, const Fault& fault) {
  std::string line;
  if (!file.empty()) absl::StrAppend(&line, file, ":");
  if (fault.line > 0) absl::StrAppend(&line, file.empty() ? "line " : "", fault.line, ":");
  if (!line.empty()) line += ' ';
  if (!fault.path.empty()) absl::StrAppend(&line, fault.path, ": ");
  return line + fault.text;
}

}  // namespace

int FieldPlaces::LineOf(absl::string_view path) const {
  while (true) {
    if (const auto found = lines_.find(path); found != lines_.end()) return found->second;
    if (path.empty()) return 0;
    path = Enclosing(path);
  }
}

void FaultList::Add(absl::string_view path, absl::string_view text) {
  AddAtLine(places_ == nullptr ? 0 : places_->LineOf(path), path, text);
}

void FaultList::AddAtLine(int line, absl::string_view path, absl::string_view text) {
  if (faults_.size() < kMaxKept) {
    faults_.push_back({line, std::string(path), std::string(text)});
  } else {
    ++num_not_kept_;
  }
}

void FaultList::MergeUnrelated(const FaultList& later) {
  const size_t num_known = faults_.size();
  for (const Fault& fault : later.faults_) {
    const bool known = std::any_of(faults_.begin(), faults_.begin() + num_known,
                                   [&](const Fault& earlier) { return IsAtOrBelow(fault.path, earlier.path); });
    if (!known) AddAtLine(fault.line, fault.path, fault.text);
  }
  num_not_kept_ += later.num_not_kept_;
}

absl::Status FaultList::ToStatus() const {
  if (empty()) return absl::OkStatus();
  std::vector<Fault> by_line = faults_;
  std::stable_sort(by_line.begin(), by_line.end(), [](const Fault& a, const Fault& b) { return a.line < b.line; });
  const absl::string_view file = places_ == nullptr ? absl::string_view() : absl::string_view(places_->file());
  std::string text;
  for (size_t i = 0; i < std::min(by_line.size(), kMaxTold); ++i) {
    absl::StrAppend(&text, text.empty() ? "" : "\n", Line(file, by_line[i]));
  }
  if (size() > kMaxTold) absl::StrAppend(&text, "\nand ", size() - kMaxTold, " more faults");
  return absl::InvalidArgumentError(text);
}

std::string FieldPath(absl::string_view parent, absl::string_view field) {
  return parent.empty() ? std::string(field) : absl::StrCat(parent, ".", field);
}

std::string ItemPath(absl::string_view list, int index) { return absl::StrCat(list, "[", index, "]"); }

}  // namespace accord
