// What a check of the site's machine comes to: a value, or a named refusal.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "aggregation/secure/evidence/evidence.h"
#include "aggregation/secure/site/site_actions.h"
#include "aggregation/secure/site/site_refusal.h"
#include "base/status.h"  // ACCORD_ASSIGN_OR_RETURN

namespace accord::secure {

struct Refusal {
  Refusal(SiteRefusal refusal, std::string reason) : refusal(refusal), reason(std::move(reason)) {}

  // This site takes no further part in the job.
  Refusal&& ForGood() && {
    permanent = true;
    return std::move(*this);
  }
  Refusal&& With(BoundTo what) && {
    bound = std::move(what);
    return std::move(*this);
  }
  Refusal&& With(Evidence proof) && {
    evidence = std::move(proof);
    return std::move(*this);
  }

  SiteRefusal refusal;
  std::string reason;
  bool permanent = false;
  std::optional<BoundTo> bound;
  std::optional<Evidence> evidence;
};

// A T or the Refusal that stands in its place. Has the names of absl::StatusOr, so that ACCORD_ASSIGN_OR_RETURN works.
template <typename T>
class Verdict {
 public:
  Verdict(T value) : verdict_(std::move(value)) {}            // NOLINT: as StatusOr
  Verdict(Refusal refusal) : verdict_(std::move(refusal)) {}  // NOLINT: as StatusOr

  bool ok() const { return std::holds_alternative<T>(verdict_); }
  T& value() & { return std::get<T>(verdict_); }
  T&& value() && { return std::get<T>(std::move(verdict_)); }
  Refusal status() && { return std::get<Refusal>(std::move(verdict_)); }
  Refusal& status() & { return std::get<Refusal>(verdict_); }

 private:
  std::variant<T, Refusal> verdict_;
};

// A check without a value: nothing, or why not.
using Objection = std::optional<Refusal>;

}  // namespace accord::secure

// Returns from the enclosing function when a check objects.
#define ACCORD_RETURN_IF_OBJECTION(expr)                                                     \
  do {                                                                                       \
    if (accord::secure::Objection accord_objection_ = (expr); accord_objection_.has_value()) \
      return *std::move(accord_objection_);                                                  \
  } while (false)
