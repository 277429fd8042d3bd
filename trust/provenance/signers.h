// By whose word a model's job ran: its charter, order and approvals, as files that somebody was given, held against the
// log's entries in the model's provenance, and judged by the rules that members go by.
//
// What is proven: these are the files of the log's entries; the charter is active under the given roster; the order is
// its engineer's; each approval was signed by whom it names; together they let the job run at the moment of its first
// sum, as the log dates it. That the roster was the one of then stays the word of whoever gives it.
//
// Adversary: whoever made the files. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/hash.h"
#include "trust/charter/active_charter.h"
#include "trust/charter/approval.h"
#include "trust/charter/signed_statement.h"
#include "trust/provenance/log_evidence.h"
#include "trust/provenance/model_provenance.h"

namespace accord {

struct GivenPapers {
  const ActiveCharter& charter;
  Sha256Digest charter_file{};  // SHA-256 of the file with its signatures
  SignedStatement order;
  std::vector<SignedStatement> approvals;  // refusals among them
  std::optional<std::string> job_bytes;    // nullopt: not at hand, and the job itself is not judged
};

struct Signers {
  struct Word {
    Approval said;
    uint64_t entry = 0;  // of the log
  };
  std::string engineer;      // "person/ID"; empty: the order is nobody's
  std::string organisation;  // the engineer's
  std::vector<Word> words;   // that are the log's and signed by whom they name, in the log's order
  absl::Time as_of;          // of the judgement
  // Entries of approvals and refusals in front of the first sum whose files were not given.
  std::vector<uint64_t> not_given;
  std::vector<std::string> faults;      // each names its entry, where it is about one; empty: all holds
  std::optional<uint64_t> first_wrong;  // the first entry that a fault is about
};

// `evidence`: of the statement, and shown.
Signers CheckSigners(const ModelProvenance& statement, const ShownEvidence& evidence, const GivenPapers& papers);

}  // namespace accord
