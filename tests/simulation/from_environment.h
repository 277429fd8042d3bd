// How a run of a simulation is repeated or made longer.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>

#include "absl/strings/numbers.h"

namespace accord::simulation {

// The number in an environment variable (ACCORD_SEED, ACCORD_RUNS); fails the test when it is none.
inline uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  uint64_t value = otherwise;
  if (text != nullptr && !absl::SimpleAtoi(text, &value)) ADD_FAILURE() << name << " is not a number: " << text;
  return value;
}

}  // namespace accord::simulation
