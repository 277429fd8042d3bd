// Checks where a model comes from, believing nobody but the keys that the federation's log names.
//
// What is proven: the log's key signed the statement; the job, the model that it began with, every round with the model
// behind it, the charter, the order, and the job's end stand in the log; the model named is the one of that round; who
// made the file is a member. What stays the log keeper's word is told in ProvenanceVerdict::words.
//
// Adversary: whoever made the files; the log's keeper, who can only state what the log does not contradict.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"
#include "trust/log/log_entry.h"
#include "trust/provenance/log_evidence.h"
#include "trust/provenance/model_provenance.h"
#include "trust/provenance/provenance_file.h"

namespace accord {

struct ProvenanceVerdict {
  ModelProvenance statement;
  ModelExport made;
  ShownEvidence evidence;
  std::vector<std::string> faults;  // all that is wrong, each with what was expected; empty: it holds
  std::vector<std::string> words;   // what nothing but the keeper's signature shows
};

// INVALID_ARGUMENT or UNAUTHENTICATED: a file, a signature or a proof that is none, so that no more can be said. Else
// the verdict, also where it does not hold.
absl::StatusOr<ProvenanceVerdict> CheckProvenance(const ProvenanceFile& file);
// Of the federation's statement alone, before somebody has made a file of the model.
absl::StatusOr<ModelProvenance> CheckFederationStatement(const Envelope& envelope);

// What is wrong with the statement, which the evidence was taken from.
std::vector<std::string> FaultsOfStatement(const ModelProvenance& statement, const ShownEvidence& evidence);

// Holds a whole log, entry by entry, against the statement: everything that the log has about the job up to the
// statement's head must stand in it, and no other charter between the one that it names and the order.
class JobEntriesCheck {
 public:
  // `verdict` must outlive it.
  explicit JobEntriesCheck(const ProvenanceVerdict& verdict);
  void See(const LogEntry& entry);
  // Behind the last entry. Empty: nothing is missing.
  std::vector<std::string> Faults() const { return faults_; }

 private:
  const ProvenanceVerdict& verdict_;
  uint64_t behind_charter_ = 0, order_ = 0;  // where no other charter may stand
  std::vector<std::string> faults_;
};

// A file that is said to be the model.
struct HashedFile {
  Sha256Digest sha256 = {};
  Sha256Digest content = {};  // base/content_digest.h
};
// What is wrong with it; empty: it is the one.
std::vector<std::string> FaultsOfModelFile(const HashedFile& file, const ModelExport& made);

}  // namespace accord
