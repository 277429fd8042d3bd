#include "cli/synthetic/array_files.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/file.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr size_t kNpyFront = 10;    // magic number, version, length of the header
constexpr size_t kNpyAligned = 64;  // NEP 1

// A field of a CSV file (RFC 4180).
std::string QuotedForCsv(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) absl::StrAppend(&quoted, c == '"' ? "\"\"" : std::string(1, c));
  return quoted + "\"";
}

}  // namespace

std::string NpyFileHead(absl::string_view type, const std::vector<uint64_t>& shape) {
  std::string literal = absl::StrCat("{'descr': '", type, "', 'fortran_order': False, 'shape': (",
                                     absl::StrJoin(shape, ", "), shape.size() == 1 ? "," : "", "), }");
  literal.append((kNpyAligned - (kNpyFront + literal.size() + 1) % kNpyAligned) % kNpyAligned, ' ');
  literal.push_back('\n');
  std::string header = "\x93NUMPY";
  header += {1, 0, static_cast<char>(literal.size()), static_cast<char>(literal.size() >> 8)};
  return header + literal;
}

std::string LabelTableText(const v1::Target& target, const std::vector<size_t>& labels) {
  const bool masks = target.has_mask();
  std::string table = masks ? "SYNTHETIC\n" : absl::StrCat("SYNTHETIC,", QuotedForCsv(target.name()), "\n");
  for (const size_t label : labels) {
    absl::StrAppend(&table, "SYNTHETIC");
    if (!masks) absl::StrAppend(&table, ",", QuotedForCsv(target.category().levels(static_cast<int>(label))));
    table.push_back('\n');
  }
  return table;
}

absl::StatusOr<SyntheticSite> WriteArraySite(const SiteToWrite& site, const std::string& folder,
                                             const std::string& mapping, const std::vector<NamedContent>& files) {
  const auto path = [&](absl::string_view ending) {
    return absl::StrCat(folder, "/", SyntheticFileName(site, ending));
  };
  SyntheticSite written{.site = site.name, .mapping = path(".mapping.yaml"), .rows = site.rows};
  const std::string text =
      absl::StrCat(SyntheticMappingHead(site.name), mapping, "split: {test_fraction: ", kSyntheticTestFraction, "}\n");
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(written.mapping, text, 0644, Durability::kVisible));
  for (const NamedContent& file : files) {
    written.files.push_back(path(file.ending));
    ACCORD_RETURN_IF_ERROR(WriteFileAtomically(written.files.back(), file.content, 0644, Durability::kVisible));
  }
  return written;
}

std::string SyntheticFileName(const SiteToWrite& site, absl::string_view ending) {
  return absl::StrCat("SYNTHETIC-", site.name, ending);
}

}  // namespace accord
