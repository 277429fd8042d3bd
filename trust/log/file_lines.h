// Takes the small files about logs apart, line by line (log_file.h, trust/federation_tree/receipt.h).
//
// Adversary: whoever made the file. Nothing is read beyond its end, and the first fault stays: later reads give
// nothing, and Finish tells it with the number of its line. Not thread-safe; the text must outlive the object.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"

namespace accord {

// INVALID_ARGUMENT: the text has more than `most` bytes.
absl::Status CheckLinesSize(absl::string_view text, size_t most);

class FileLines {
 public:
  // `title`: the whole first line.
  FileLines(absl::string_view text, absl::string_view title);

  bool AtEnd() const { return rest_.empty() || !status_.ok(); }
  bool NextIs(absl::string_view prefix) const;

  // What stands behind `prefix` on the next line.
  absl::string_view Take(absl::string_view prefix);
  // The same, read by `read`, whose fault is that of the line.
  template <typename T>
  T Take(absl::string_view prefix, absl::StatusOr<T> (*read)(absl::string_view)) {
    const absl::string_view value = Take(prefix);
    if (!status_.ok()) return T();
    absl::StatusOr<T> parsed = read(value);
    if (parsed.ok()) return *std::move(parsed);
    Fail(parsed.status().message());
    return T();
  }
  // The hashes of a proof, at most kMaxProofHashes, one on each line that begins with `prefix`.
  std::vector<Sha256Digest> TakePath(absl::string_view prefix);
  void Fail(absl::string_view what);
  // INVALID_ARGUMENT: the first fault, or lines left over.
  absl::Status Finish();

 private:
  absl::string_view Next();

  absl::string_view rest_;
  size_t line_ = 0;
  absl::Status status_;
};

}  // namespace accord
