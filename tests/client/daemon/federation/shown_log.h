// What a coordinator shows of a log that a test made.
#pragma once

#include <algorithm>
#include <cstdint>

#include "proto/accord/v1/wire.pb.h"
#include "tests/trust/log/example_log.h"

namespace accord {

inline v1::SignedLogHead HeadOnWire(const ExampleLog& log, uint64_t size) {
  SignedLogHead signed_head = log.SignedHead(size);
  v1::SignedLogHead head;
  head.set_head(std::move(signed_head.bytes));
  head.set_signature(std::move(signed_head.signature));
  return head;
}

// Between two sizes, in whichever order.
inline v1::LogProof ProofOnWire(const ExampleLog& log, uint64_t one, uint64_t other) {
  const auto [first, second] = std::minmax(one, other);
  v1::LogProof proof;
  proof.set_first(first);
  proof.set_second(second);
  for (const Sha256Digest& hash : log.tree().Consistency(first, second)) proof.add_hashes(hash.data(), hash.size());
  return proof;
}

// To a site that keeps a head of `kept` entries (0: none), with the log's head of `size`.
inline v1::Welcome GreetingWith(const ExampleLog& log, uint64_t size, uint64_t kept = 0) {
  v1::Welcome welcome;
  welcome.set_log_first_entry(log.entries().front());
  *welcome.mutable_log_head() = HeadOnWire(log, size);
  if (kept != 0 && kept < size) *welcome.mutable_log_proof() = ProofOnWire(log, kept, size);
  return welcome;
}

// A log whose first entries are those of `log`, under the same key, and then others, up to `size` entries.
inline ExampleLog ForkOf(const ExampleLog& log, uint64_t common, uint64_t size) {
  ExampleLog fork = log.Fork(common);
  while (fork.entries().size() < size) fork.AppendJob("another");
  return fork;
}

}  // namespace accord
