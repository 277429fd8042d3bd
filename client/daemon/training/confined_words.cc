#include "client/daemon/training/confined_words.h"

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"

namespace accord {
namespace {

constexpr char kPayload[] = "accord/confined-words";
constexpr char kWhere[] = "; this site's operator sees why (accord-client status, and the daemon's log)";

struct Kind {
  absl::string_view sign;  // in the words of an honest trainer
  absl::string_view told;
};

// The first whose sign is there. A process that lies chooses one of these and says no more by it.
constexpr Kind kKinds[] = {
    {"code.operators",
     "the job's TorchScript file is not one whose code calls only what the charter lists (code.operators); `accord "
     "operators FILE` prints all that a file calls"},
    {"ran out of memory", "the trainer ran out of memory (compute.memory_mib, within the site's sandbox.memory_mib)"},
    {"fewer training rows for the job than",
     "this site has fewer training rows for the job than the least that it takes part with (floors.min_rows)"},
    {"sandbox.max_data_mib", "the data set is larger than the site's sandbox.max_data_mib allows"},
    {"sandbox.max_scratch_mib",
     "the rows need more of a scratch file than the site allows (sandbox.max_scratch_mib, limits.scratch_mib of its "
     "policy)"},
    {"opt-out list", "the site's opt-out list cannot be held against the data set"},
    {"postgresql.", "the site's database did not give the rows of the data set"},
    {"database server", "the site's database did not give the rows of the data set"},
    {"accord-reader", "the site's database did not give the rows of the data set"},
    {"column '", "a column or a row of the data set is not as the job's schema wants it"},
};

absl::string_view ToldOf(absl::StatusCode code, absl::string_view words) {
  for (const Kind& kind : kKinds) {
    if (absl::StrContains(words, kind.sign)) return kind.told;
  }
  return code == absl::StatusCode::kUnavailable ? "the trainer failed or ended before it had computed the step"
                                                : "the trainer cannot do this job with the site's data set";
}

}  // namespace

absl::Status ConfinedFailure(absl::StatusCode code, absl::string_view before, absl::string_view words) {
  words = words.substr(0, kMaxConfinedWords);
  absl::Status failure(code, absl::StrCat(before, Printable(words)));
  failure.SetPayload(kPayload, absl::Cord(ToldOf(code, words)));
  return failure;
}

std::string WordsThatMayLeave(const absl::Status& failure) {
  const auto told = failure.GetPayload(kPayload);
  return told.has_value() ? absl::StrCat(std::string(*told), kWhere) : std::string(failure.message());
}

}  // namespace accord
