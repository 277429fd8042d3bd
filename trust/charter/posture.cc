#include "trust/charter/posture.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/domain_hash.h"
#include "base/status.h"
#include "trust/charter/statement_lines.h"

namespace accord {
namespace {

constexpr absl::string_view kPostureFirstLine = "accord-posture-v1";
constexpr absl::string_view kNothingRead = "none";
constexpr size_t kMaxSoftwareBytes = 128;

std::string PostureText(const Posture& posture) {
  LineWriter writer(kPostureFirstLine);
  writer.Line("site", posture.site).Digest("charter", posture.charter).Digest("order", posture.order);
  writer.Line("data set", posture.data_set.empty() ? kNothingRead : absl::string_view(posture.data_set));
  writer.Digest("data version", posture.data_version).Digest("release", posture.release);
  if (posture.policy.has_value()) writer.Digest("policy", *posture.policy);
  writer.Line("software", posture.software).Line("sandbox", posture.sandboxed ? "required" : "off");
  writer.Line("clock behind", absl::StrCat(posture.clock_behind_s));
  writer.Line("disk encryption", posture.disk_encryption_declared ? "declared" : "not declared");
  writer.Digest("former", posture.former).Time("time", posture.time).Line("nonce", posture.nonce);
  return std::move(writer).Take();
}

// One of two words: true for the first.
bool ReadEither(LineReader& reader, absl::string_view name, absl::string_view yes, absl::string_view no) {
  const std::string value = reader.Value(name);
  if (value != yes && value != no) reader.Fail(absl::StrCat("is neither '", yes, "' nor '", no, "'"));
  return value == yes;
}

uint32_t ReadSecondsBehind(LineReader& reader) {
  const std::string value = reader.Value("clock behind");
  uint32_t seconds = 0;
  if (!absl::SimpleAtoi(value, &seconds) || absl::StrCat(seconds) != value || seconds > kMostClockBehindS) {
    reader.Fail(absl::StrCat("does not hold seconds, 0 to ", kMostClockBehindS));
  }
  return seconds;
}

}  // namespace

absl::StatusOr<Posture> ParsePosture(absl::string_view bytes) {
  LineReader reader(bytes, "the posture", kPostureFirstLine);
  Posture posture;
  posture.site = reader.Name("site");
  posture.charter = reader.Digest("charter");
  posture.order = reader.Digest("order");
  posture.data_set = reader.Name("data set");
  if (posture.data_set == kNothingRead) posture.data_set.clear();
  posture.data_version = reader.DigestOrNone("data version");
  posture.release = reader.DigestOrNone("release");
  if (reader.NextIs("policy")) posture.policy = reader.Digest("policy");
  posture.software = reader.Text("software", kMaxSoftwareBytes);
  posture.sandboxed = ReadEither(reader, "sandbox", "required", "off");
  posture.clock_behind_s = ReadSecondsBehind(reader);
  posture.disk_encryption_declared = ReadEither(reader, "disk encryption", "declared", "not declared");
  posture.former = reader.DigestOrNone("former");
  posture.time = reader.Time("time");
  posture.nonce = reader.Nonce("nonce");
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return posture;
}

absl::StatusOr<std::string> WritePosture(const Posture& posture) {
  std::string bytes = PostureText(posture);
  ACCORD_ASSIGN_OR_RETURN(const Posture again, ParsePosture(bytes));
  if (again != posture) return absl::InvalidArgumentError("the posture holds what its lines cannot");
  return bytes;
}

Sha256Digest PostureHash(absl::string_view bytes) { return HashUnder(kPostureDomain, bytes); }

bool SaysTheSame(const Posture& a, const Posture& b) {
  Posture like_a = b;
  like_a.former = a.former;
  like_a.time = a.time;
  like_a.nonce = a.nonce;
  if ((a.clock_behind_s == 0) == (b.clock_behind_s == 0)) like_a.clock_behind_s = a.clock_behind_s;
  return like_a == a;
}

uint32_t ClockBehindS(absl::Time now, absl::Time seen, absl::Duration tolerance) {
  if (seen - now <= tolerance) return 0;
  const int64_t seconds = absl::ToInt64Seconds(absl::Ceil(seen - now, absl::Seconds(1)));
  return static_cast<uint32_t>(std::min<int64_t>(seconds, kMostClockBehindS));
}

std::vector<std::string> JudgePosture(const Posture& posture, const v1::PostureFloor& floor, absl::string_view clause) {
  std::vector<std::string> reasons;
  if (floor.sandbox() && !posture.sandboxed) {
    reasons.push_back(absl::StrCat("this site's trainer runs without a sandbox, and ", clause,
                                   " demands one: sandbox.mode of client.yaml"));
  }
  if (floor.disk_encryption() && !posture.disk_encryption_declared) {
    reasons.push_back(
        absl::StrCat("this site does not declare that the disks which hold rows and state are encrypted, "
                     "and ",
                     clause, " demands it"));
  }
  if (posture.clock_behind_s > floor.clock_behind_s()) {
    reasons.push_back(absl::StrCat("this site's clock is ", posture.clock_behind_s,
                                   " s or more behind the federation's log, and ", clause, " allows ",
                                   floor.clock_behind_s(), " s: set the clock"));
  }
  return reasons;
}

}  // namespace accord
