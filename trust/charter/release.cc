#include "trust/charter/release.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/domain_hash.h"
#include "base/status.h"
#include "trust/charter/statement_lines.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

constexpr absl::string_view kReleaseFirstLine = "accord-release-v1";
constexpr absl::string_view kAnyVersion = "any";
constexpr absl::string_view kNoPurposes = "none";
constexpr size_t kMaxOrganisationBytes = 128;

std::string ReleaseText(const Release& release) {
  LineWriter writer(kReleaseFirstLine);
  writer.Digest("charter", release.charter).Line("site", release.site).Line("organisation", release.organisation);
  writer.Line("data set", release.data_set);
  writer.Line("version", release.version.has_value() ? HexDigest(*release.version) : std::string(kAnyVersion));
  writer.Line("purposes", release.purposes.empty() ? std::string(kNoPurposes) : absl::StrJoin(release.purposes, ", "));
  writer.Line("steward", release.steward).Time("time", release.time).Time("expires", release.expires);
  return std::move(writer).Take();
}

std::optional<Sha256Digest> ReadVersion(LineReader& reader) {
  const std::string value = reader.Value("version");
  if (value == kAnyVersion) return std::nullopt;
  const auto digest = ParseHexDigest(value);
  if (!digest.ok()) reader.Fail("holds neither 64 lower-case hexadecimal digits nor 'any'");
  return digest.value_or(Sha256Digest{});
}

// A purpose that is called none could not be told from a withdrawal.
std::vector<std::string> ReadPurposes(LineReader& reader) {
  const std::string value = reader.Value("purposes");
  if (value == kNoPurposes) return {};
  std::vector<std::string> purposes = absl::StrSplit(value, ", ");
  const bool names = std::all_of(purposes.begin(), purposes.end(), [](const std::string& purpose) {
    return IsStatementName(purpose) && purpose != kNoPurposes;
  });
  if (!names) reader.Fail("does not hold names of purposes, parted by a comma and a blank, or 'none'");
  if (purposes.size() > kMaxReleasePurposes) reader.Fail(absl::StrCat("names more than ", kMaxReleasePurposes));
  if (std::adjacent_find(purposes.begin(), purposes.end(), std::greater_equal<>()) != purposes.end()) {
    reader.Fail("does not name the purposes in ascending order, each once");
  }
  return purposes;
}

}  // namespace

bool Release::Names(absl::string_view purpose) const {
  return std::find(purposes.begin(), purposes.end(), purpose) != purposes.end();
}

absl::StatusOr<Release> ParseRelease(absl::string_view bytes) {
  LineReader reader(bytes, "the release", kReleaseFirstLine);
  Release release;
  release.charter = reader.Digest("charter");
  release.site = reader.Name("site");
  release.organisation = reader.Text("organisation", kMaxOrganisationBytes);
  release.data_set = reader.Name("data set");
  release.version = ReadVersion(reader);
  release.purposes = ReadPurposes(reader);
  release.steward = reader.Name("steward");
  release.time = reader.Time("time");
  release.expires = reader.Time("expires");
  if (release.expires <= release.time) reader.Fail("is not after 'time'");
  if (release.expires - release.time > absl::Hours(24) * kLongestReleaseDays) {
    reader.Fail(absl::StrCat("is more than ", kLongestReleaseDays, " days after 'time'"));
  }
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return release;
}

absl::StatusOr<std::string> WriteRelease(const Release& release) {
  std::string bytes = ReleaseText(release);
  ACCORD_ASSIGN_OR_RETURN(const Release again, ParseRelease(bytes));
  if (again != release) return absl::InvalidArgumentError("the release holds what its lines cannot");
  return bytes;
}

Sha256Digest ReleaseHash(absl::string_view bytes) { return HashUnder(kReleaseDomain, bytes); }

std::string ReleaseInWords(const Release& release) {
  if (release.purposes.empty()) {
    return absl::StrCat(release.data_set, " at ", release.site, ", WITHDRAWN at ", FormatUtc(release.time), " by ",
                        release.steward);
  }
  return absl::StrCat(release.data_set, " at ", release.site, " for ", absl::StrJoin(release.purposes, ", "), ", in ",
                      release.version.has_value() ? absl::StrCat("the version ", HexDigest(*release.version))
                                                  : std::string("any version"),
                      ", from ", FormatUtc(release.time), " until ", FormatUtc(release.expires), ", by ",
                      release.steward);
}

}  // namespace accord
