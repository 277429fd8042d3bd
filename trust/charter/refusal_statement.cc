#include "trust/charter/refusal_statement.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "trust/charter/statement_lines.h"

namespace accord {
namespace {

std::string RefusalText(const RefusalStatement& refusal) {
  LineWriter writer(kRefusalFirstLine);
  writer.Line("site", refusal.site).Digest("charter", refusal.charter);
  writer.Digest("order", refusal.order).Digest("job", refusal.job).Line("job id", refusal.job_id);
  writer.Time("time", refusal.time).Line("for good", refusal.for_good ? "yes" : "no");
  writer.Texts("reason", refusal.reasons);
  return std::move(writer).Take();
}

constexpr size_t kMaxJobIdText = 128;

bool IsJobIdText(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxJobIdText && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

absl::StatusOr<RefusalStatement> ParseRefusalStatement(absl::string_view bytes) {
  LineReader reader(bytes, "the refusal", kRefusalFirstLine);
  RefusalStatement refusal;
  refusal.site = reader.Name("site");
  refusal.charter = reader.Digest("charter");
  refusal.order = reader.DigestOrNone("order");
  refusal.job = reader.DigestOrNone("job");
  refusal.job_id = reader.Value("job id");
  if (!IsJobIdText(refusal.job_id)) {
    reader.Fail(absl::StrCat("does not hold 1 to ", kMaxJobIdText, " lower-case letters, digits and hyphens"));
  }
  refusal.time = reader.Time("time");
  const std::string for_good = reader.Value("for good");
  refusal.for_good = for_good == "yes";
  if (!refusal.for_good && for_good != "no") reader.Fail("is neither yes nor no");
  refusal.reasons = reader.Texts("reason");
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return refusal;
}

absl::StatusOr<std::string> WriteRefusalStatement(const RefusalStatement& refusal) {
  std::string bytes = RefusalText(refusal);
  ACCORD_ASSIGN_OR_RETURN(const RefusalStatement again, ParseRefusalStatement(bytes));
  if (again != refusal) return absl::InvalidArgumentError("the refusal holds what its lines cannot");
  return bytes;
}

}  // namespace accord
