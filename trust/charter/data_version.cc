#include "trust/charter/data_version.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/domain_hash.h"
#include "base/status.h"
#include "trust/charter/statement_lines.h"

namespace accord {
namespace {

constexpr absl::string_view kVersionFirstLine = "accord-data-version-v1";
constexpr absl::string_view kPart = "part";
constexpr absl::string_view kHashed = "hashed";
constexpr absl::string_view kAskedFor = "asked for";

std::string PartText(const DataPart& part) {
  return absl::StrCat(part.place, " ", HexDigest(part.sha256), " ", part.bytes);
}

void ReadPart(LineReader& reader, DataVersion& version) {
  const std::string value = reader.Value(kPart);
  const std::vector<absl::string_view> fields = absl::StrSplit(value, ' ');
  DataPart part;
  const auto digest = fields.size() == 3 ? ParseHexDigest(fields[1]) : absl::InvalidArgumentError("");
  const bool numbers =
      digest.ok() && absl::SimpleAtoi(fields[0], &part.place) && absl::SimpleAtoi(fields[2], &part.bytes);
  if (digest.ok()) part.sha256 = *digest;
  // The comparison also finds zeros in front and signs, which a number's one spelling has not.
  if (!numbers || PartText(part) != value) {
    reader.Fail("is not of the form 'part: N HEX BYTES'");
  } else if (!version.parts.empty() && version.parts.back().place >= part.place) {
    reader.Fail("is not in ascending order of the parts, each once");
  } else if (version.parts.size() == kMaxDataParts) {
    reader.Fail(absl::StrCat("is one part more than ", kMaxDataParts));
  } else {
    version.parts.push_back(part);
  }
}

}  // namespace

absl::StatusOr<DataVersion> ParseDataVersion(absl::string_view text) {
  LineReader reader(text, "the data version", kVersionFirstLine);
  DataVersion version;
  version.mapping = reader.Digest("mapping");
  const std::string rows = reader.Value("rows");
  version.rows_hashed = rows == kHashed;
  if (!version.rows_hashed && rows != kAskedFor) reader.Fail("is neither 'hashed' nor 'asked for'");
  while (reader.NextIs(kPart)) ReadPart(reader, version);
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return version;
}

absl::StatusOr<std::string> WriteDataVersion(const DataVersion& version) {
  LineWriter writer(kVersionFirstLine);
  writer.Digest("mapping", version.mapping).Line("rows", version.rows_hashed ? kHashed : kAskedFor);
  for (const DataPart& part : version.parts) writer.Line(kPart, PartText(part));
  std::string text = std::move(writer).Take();
  ACCORD_ASSIGN_OR_RETURN(const DataVersion again, ParseDataVersion(text));
  if (again != version) return absl::InvalidArgumentError("the data version holds what its lines cannot");
  return text;
}

Sha256Digest DataVersionHash(absl::string_view text) { return HashUnder(kDataVersionDomain, text); }

std::string DataVersionInWords(const DataVersion& version) {
  uint64_t bytes = 0;
  for (const DataPart& part : version.parts) bytes += part.bytes;
  return absl::StrCat(
      version.parts.size(), version.parts.size() == 1 ? " file or folder of " : " files or folders of ", bytes,
      " bytes, and the mapping file",
      version.rows_hashed ? "" : "; the rows are a database server's, and only what it is asked is in the version");
}

}  // namespace accord
