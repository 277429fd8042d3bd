// What a confined process says went wrong, on its way to the site's operator and no further.
//
// Adversary: a job's own model that has taken over the trainer, or a database server that has taken over the reader.
// Either can write rows into any word of its own. So the words go to the operator alone, and what leaves the site is
// one of a few sentences that are written here: of a fault the coordinator hears its kind, never a byte that came from
// where rows are.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace accord {

// Longest piece of a confined process' words that its operator is shown.
inline constexpr size_t kMaxConfinedWords = 500;

// A failure whose message is `before` and `words`, cut to kMaxConfinedWords and made printable: for the operator.
absl::Status ConfinedFailure(absl::StatusCode code, absl::string_view before, absl::string_view words);

// What may leave the site of a failed computation: the message of a failure that the daemon itself found; of a
// ConfinedFailure the sentence of its kind, which says where the operator finds the rest.
std::string WordsThatMayLeave(const absl::Status& failure);

}  // namespace accord
