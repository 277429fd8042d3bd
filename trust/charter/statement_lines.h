// Short statements that people sign, as texts that they can read: a first line that names the kind and the version,
// then "NAME: VALUE" lines in one fixed order, each ended by one LF, and nothing else.
//
// One statement has one spelling: what a reader accepts, a writer writes back to the last byte, so that a hash names a
// statement and not one of its spellings.
//
// Adversary: whoever handed over the bytes. Not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "proto/accord/v1/charter.pb.h"

namespace accord {

inline constexpr size_t kMaxStatementBytes = 64 * 1024;
inline constexpr size_t kNonceBytes = 16;
// Of words that a statement holds one line each.
inline constexpr size_t kMaxTextLines = 64;
inline constexpr size_t kMaxTextLineBytes = 900;

// 1 to 63 lower-case letters, digits, hyphens and underscores, a letter or digit first.
bool IsStatementName(absl::string_view text);

class LineWriter {
 public:
  explicit LineWriter(absl::string_view first_line);
  LineWriter& Line(absl::string_view name, absl::string_view value);
  // "none" without a digest.
  LineWriter& Digest(absl::string_view name, const std::optional<Sha256Digest>& digest);
  LineWriter& Time(absl::string_view name, absl::Time time);
  // "min_sites, hours"; "none" without rules.
  LineWriter& Rules(absl::string_view name, const std::vector<v1::Rule>& rules);
  // One line for each.
  LineWriter& Texts(absl::string_view name, const std::vector<std::string>& lines);
  std::string Take() && { return std::move(text_); }

 private:
  std::string text_;
};

// Reads lines in order. The first fault stays: later reads give nothing, and Finish tells it. The bytes must outlive
// the reader.
class LineReader {
 public:
  // `what` names the statement in faults: "the job order".
  LineReader(absl::string_view bytes, absl::string_view what, absl::string_view first_line);

  // Is the next line one of this name? For lines that come any number of times.
  bool NextIs(absl::string_view name) const;
  std::string Value(absl::string_view name);
  // 1 to 63 lower-case letters, digits, hyphens and underscores.
  std::string Name(absl::string_view name);
  Sha256Digest Digest(absl::string_view name);
  std::optional<Sha256Digest> DigestOrNone(absl::string_view name);
  absl::Time Time(absl::string_view name);
  // Each once, in the order of the schema.
  std::vector<v1::Rule> Rules(absl::string_view name);
  // 1 to kMaxTextLines lines of this name, each with 1 to kMaxTextLineBytes bytes of readable text.
  std::vector<std::string> Texts(absl::string_view name);
  // 1 to `max_bytes` bytes of readable text.
  std::string Text(absl::string_view name, size_t max_bytes);
  // 32 lower-case hexadecimal digits.
  std::string Nonce(absl::string_view name);

  // Records a fault of the line that was read last (only the first one counts).
  void Fail(absl::string_view fault);
  // INVALID_ARGUMENT: the first fault with the number of its line, or lines left over.
  absl::Status Finish();

 private:
  absl::string_view rest_;
  const std::string what_;
  int line_ = 0;
  absl::Status status_;
};

}  // namespace accord
