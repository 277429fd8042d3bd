// Faults in what people write (YAML files) and what peers send (messages), collected so that all are told at once.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace accord {

// Where the fields of a message were written. Field paths read "data.features[2].numeric.min"; list indices start at 0,
// the path of the whole message is empty, and a choice has the name of its oneof ("training.optimizer").
class FieldPlaces {
 public:
  FieldPlaces() = default;
  explicit FieldPlaces(std::string file) : file_(std::move(file)) {}

  // Name of the file as the person gave it; empty when the message came from elsewhere.
  const std::string& file() const { return file_; }
  void Record(const std::string& path, int line) { lines_[path] = line; }
  // True when the field was written, if only with its default value.
  bool Wrote(absl::string_view path) const { return lines_.contains(path); }
  // Line (from 1) of the field or of the nearest section around it that was written; 0 when nothing is known.
  int LineOf(absl::string_view path) const;

 private:
  std::string file_;
  absl::flat_hash_map<std::string, int> lines_;
};

struct Fault {
  int line = 0;      // from 1; 0: unknown
  std::string path;  // of the field; empty: the whole
  std::string text;  // what was wrong, what was expected, what to do; never a data value
};

// Not thread-safe.
class FaultList {
 public:
  // Lines are looked up in `places` where there is one; it must outlive the list.
  explicit FaultList(const FieldPlaces* places = nullptr) : places_(places) {}

  void Add(absl::string_view path, absl::string_view text);
  void AddAtLine(int line, absl::string_view path, absl::string_view text);
  // Takes the faults of a later, deeper check over, but for those at or below a field that is already known to be at
  // fault: they would only repeat it in other words.
  void MergeUnrelated(const FaultList& later);

  bool empty() const { return faults_.empty(); }
  size_t size() const { return faults_.size() + num_not_kept_; }
  // The first thousand, in the order in which they were found.
  const std::vector<Fault>& faults() const { return faults_; }
  const FieldPlaces* places() const { return places_; }

  // OK when there is no fault; else INVALID_ARGUMENT that lists all by line, one a line of text, each as
  // "FILE:LINE: PATH: TEXT" (without what is not known). Beyond a hundred only their number is told.
  absl::Status ToStatus() const;

 private:
  const FieldPlaces* places_;
  std::vector<Fault> faults_;
  size_t num_not_kept_ = 0;
};

// "parent.field" ("field" at the top) and "list[index]".
std::string FieldPath(absl::string_view parent, absl::string_view field);
std::string ItemPath(absl::string_view list, int index);

}  // namespace accord
