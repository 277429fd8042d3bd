// Short forms for absl::Status and absl::StatusOr, which every public function returns instead of throwing.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace accord {

// Puts `context` in front of the message of a failed status; an OK status passes unchanged.
inline absl::Status Annotate(const absl::Status& status, absl::string_view context) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(context, ": ", status.message()));
}

}  // namespace accord

#define ACCORD_CONCAT_INNER(a, b) a##b
#define ACCORD_CONCAT(a, b) ACCORD_CONCAT_INNER(a, b)

// Returns from the enclosing function when the expression's status is not OK.
#define ACCORD_RETURN_IF_ERROR(expr)                                                       \
  do {                                                                                     \
    if (absl::Status accord_status_ = (expr); !accord_status_.ok()) return accord_status_; \
  } while (false)

// `lhs = value` of a StatusOr, or returns its status from the enclosing function.
#define ACCORD_ASSIGN_OR_RETURN(lhs, expr) ACCORD_ASSIGN_OR_RETURN_INNER(ACCORD_CONCAT(accord_or_, __LINE__), lhs, expr)
#define ACCORD_ASSIGN_OR_RETURN_INNER(tmp, lhs, expr) \
  auto tmp = (expr);                                  \
  if (!tmp.ok()) return tmp.status();                 \
  lhs = std::move(tmp).value()
