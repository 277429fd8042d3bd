// What the judge need not work out twice: which signatures were good, and what a job's bytes say. Neither changes with
// time; whatever may change (papers, rules, files, the clock) is looked at anew each time.
//
// Of one charter and one roster, for the keys are theirs: whoever goes by others clears it. Only what was found good is
// kept, so nobody without a key of the charter makes it grow, and it has a bound. Not thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "base/hash.h"
#include "proto/accord/v1/job.pb.h"
#include "trust/charter/signed_statement.h"

namespace accord {

class JudgeMemory {
 public:
  static constexpr size_t kMaxSignatures = 4096;
  static constexpr size_t kMaxJobs = 16;

  // The name of a signed statement here: the SHA-256 of its file, bytes and signature.
  static Sha256Digest NameOf(const SignedStatement& statement) { return Sha256(statement.Text()); }

  bool WasGood(const Sha256Digest& statement) const { return good_.contains(statement); }
  size_t num_good() const { return good_.size(); }
  void KeepGood(const Sha256Digest& statement) {
    if (good_.size() >= kMaxSignatures) good_.clear();
    good_.insert(statement);
  }
  // By the SHA-256 of its bytes; nullptr: it was not read yet.
  std::shared_ptr<const v1::JobSpec> FindJob(const Sha256Digest& bytes) const {
    const auto found = jobs_.find(bytes);
    return found == jobs_.end() ? nullptr : found->second;
  }
  void KeepJob(const Sha256Digest& bytes, std::shared_ptr<const v1::JobSpec> spec) {
    if (jobs_.size() >= kMaxJobs) jobs_.clear();
    jobs_.emplace(bytes, std::move(spec));
  }
  void Clear() {
    good_.clear();
    jobs_.clear();
  }

 private:
  absl::flat_hash_set<Sha256Digest> good_;
  absl::flat_hash_map<Sha256Digest, std::shared_ptr<const v1::JobSpec>> jobs_;
};

}  // namespace accord
