#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz {
namespace {

// Made at the first call, since the targets come before main and in any order.
std::vector<const FuzzTarget*>& Linked() {
  static auto& linked = *new std::vector<const FuzzTarget*>();
  return linked;
}

}  // namespace

FuzzTarget::FuzzTarget(const char* name, SeedsFunction seeds, TakeFunction take)
    : name_(name), seeds_(seeds), take_(take) {
  Linked().push_back(this);
}

const std::vector<const FuzzTarget*>& FuzzTarget::All() { return Linked(); }

}  // namespace accord::fuzz
