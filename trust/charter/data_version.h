// Which content of a data set: a short text over the bytes that it is made of, whose hash people name in releases and
// sites in what they say of themselves (docs/governance.md, "Releases").
//
//   accord-data-version-v1
//   mapping: HEX            SHA-256 of the mapping file's bytes: source, query, columns, codes, split
//   rows: hashed|asked for  asked for: a database server has them, and nobody hashed them
//   part: N HEX BYTES       for each path that the mapping names, by ascending N, its place among those that its source
//                           can have; of a file its SHA-256 and size, of a folder the SHA-256 of its list
//                           (client/trainer/data/content_hash.h) and the size of all files in it
//
// The list of persons who opted out is no part of it: it changes every day, and only ever takes rows away.
// Nothing here was signed by anybody. Adversary: whoever handed over the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"

namespace accord {

inline constexpr char kDataVersionDomain[] = "accord/v1/data-version";
inline constexpr size_t kMaxDataParts = 64;

struct DataPart {
  uint32_t place = 0;
  Sha256Digest sha256{};
  uint64_t bytes = 0;

  friend bool operator==(const DataPart&, const DataPart&) = default;
};

struct DataVersion {
  Sha256Digest mapping{};
  bool rows_hashed = true;
  std::vector<DataPart> parts;

  friend bool operator==(const DataVersion&, const DataVersion&) = default;
};

// INVALID_ARGUMENT: what ParseDataVersion would not take.
absl::StatusOr<std::string> WriteDataVersion(const DataVersion& version);
// INVALID_ARGUMENT with the number of the line for whatever is not the format above.
absl::StatusOr<DataVersion> ParseDataVersion(absl::string_view text);
// SHA-256(kDataVersionDomain || 0x00 || text).
Sha256Digest DataVersionHash(absl::string_view text);

// "3 files or folders of 1048576 bytes, and the mapping file"; says where rows were not hashed.
std::string DataVersionInWords(const DataVersion& version);

}  // namespace accord
