#include "trust/provenance/lineage.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "trust/charter/job_order.h"

namespace accord {

bool ListsPostures(const ModelProvenance& statement) {
  return std::any_of(statement.rounds.begin(), statement.rounds.end(),
                     [](const ProvenanceRound& round) { return !round.postures.empty(); });
}

absl::StatusOr<Sha256Digest> OrderOfStatement(const ModelProvenance& statement, const SignedStatement& order) {
  if (!statement.order.has_value()) {
    return absl::FailedPreconditionError("the statement names no order, and no site has said anything for such a job");
  }
  const Sha256Digest sha256 = Sha256(order.Text());
  if (sha256 != *statement.order) {
    return absl::FailedPreconditionError(absl::StrCat(
        "its SHA-256 is ", HexDigest(sha256), "; the order by which the job ran has ", HexDigest(*statement.order)));
  }
  return JobOrderHash(order.bytes);
}

Lineage::Lineage(const ModelProvenance& statement, const Sha256Digest& order) : statement_(statement), order_(order) {}

absl::Status Lineage::Open(const Posture& posture, const Sha256Digest& commitment) {
  Opened found{posture, {}};
  for (size_t i = 0; i < statement_.rounds.size(); ++i) {
    const ProvenanceRound& round = statement_.rounds[i];
    for (size_t place = 0; place < round.postures.size(); ++place) {
      if (round.postures[place] != commitment) continue;
      if (round.sites[place] != posture.site) {
        return absl::InvalidArgumentError(absl::StrCat("site ", posture.site, " said it, and the sum of entry ",
                                                       round.entry, " lists it for site ", round.sites[place]));
      }
      // A sum that serves again was made under its own job's order, and an order is for one job.
      if ((posture.order == order_) != round.sum_of_job.empty()) {
        return absl::InvalidArgumentError(absl::StrCat(
            "it was said under the order ", HexDigest(posture.order), ", and is listed for the sum of entry ",
            round.entry, ", which was made under ",
            round.sum_of_job.empty() ? HexDigest(order_) : absl::StrCat("that of job ", round.sum_of_job)));
      }
      found.rounds.push_back(i);
    }
  }
  if (found.rounds.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "no sum lists its commitment, ", HexDigest(commitment),
        posture.order == order_
            ? ""
            : absl::StrCat(", and it was said under another order than the job's, ", HexDigest(posture.order))));
  }
  opened_.insert_or_assign({posture.site, commitment}, std::move(found));
  return absl::OkStatus();
}

std::map<std::string, size_t> Lineage::Closed() const {
  std::set<std::pair<std::string, Sha256Digest>> closed;
  for (const ProvenanceRound& round : statement_.rounds) {
    for (size_t place = 0; place < round.postures.size(); ++place) {
      if (!round.postures[place].has_value()) continue;
      std::pair<std::string, Sha256Digest> one(round.sites[place], *round.postures[place]);
      if (!opened_.contains(one)) closed.insert(std::move(one));
    }
  }
  std::map<std::string, size_t> by_site;
  for (const auto& [site, commitment] : closed) ++by_site[site];
  return by_site;
}

std::map<std::string, size_t> Lineage::Without() const {
  std::map<std::string, size_t> by_site;
  for (const ProvenanceRound& round : statement_.rounds) {
    for (size_t place = 0; place < round.sites.size(); ++place) {
      if (round.postures.empty() || !round.postures[place].has_value()) ++by_site[round.sites[place]];
    }
  }
  return by_site;
}

}  // namespace accord
