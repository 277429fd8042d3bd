// Which data went into the rounds of a model, as the sites signed it: opens the commitments that a statement lists with
// the postures that somebody was shown.
//
// What is proven of an opened posture: its site signed it, under the order of the log's entry; the statement, signed
// with the log's key, lists its hash for the rounds. That the list is the one of the round's report stays the keeper's
// word: the log names the report by its SHA-256, and the report is not in the statement.
//
// Adversary: whoever made the files; the log's keeper, who can leave a commitment out or list it for another round, and
// cannot open one that the site did not sign; a site, which can open none to anything else.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/hash.h"
#include "trust/charter/posture.h"
#include "trust/charter/signed_statement.h"
#include "trust/provenance/model_provenance.h"

namespace accord {

bool ListsPostures(const ModelProvenance& statement);

// The hash by which postures name the order of the statement's job. FAILED_PRECONDITION: the statement names no order,
// or another file than this one.
absl::StatusOr<Sha256Digest> OrderOfStatement(const ModelProvenance& statement, const SignedStatement& order);

class Lineage {
 public:
  // A posture that opens commitments of the statement.
  struct Opened {
    Posture posture;
    std::vector<size_t> rounds;  // places in ModelProvenance::rounds, ascending
  };

  // `order`: OrderOfStatement. `statement` must outlive it.
  Lineage(const ModelProvenance& statement, const Sha256Digest& order);

  // A posture whose signature was checked; `commitment`: its hash. INVALID_ARGUMENT: it does not belong here, and why;
  // it opens nothing then.
  absl::Status Open(const Posture& posture, const Sha256Digest& commitment);

  // By site and commitment.
  const std::map<std::pair<std::string, Sha256Digest>, Opened>& opened() const { return opened_; }
  // By site: commitments that nothing has opened.
  std::map<std::string, size_t> Closed() const;
  // By site: sums in which it is without a commitment.
  std::map<std::string, size_t> Without() const;

 private:
  const ModelProvenance& statement_;
  const Sha256Digest order_;
  std::map<std::pair<std::string, Sha256Digest>, Opened> opened_;
};

}  // namespace accord
