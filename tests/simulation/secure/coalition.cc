#include "tests/simulation/secure/coalition.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace accord::secure::simulation {
namespace {

std::string SelfMask(const std::string& site) { return absl::StrCat("b ", site); }

std::string PairMask(const std::string& one, const std::string& other) {
  return absl::StrCat("s ", std::min(one, other), " ", std::max(one, other));
}

std::string Describe(const MaskAlgebra::Combination& combination) {
  return absl::StrJoin(combination, " + ",
                       [](std::string* out, const auto& term) { absl::StrAppend(out, term.second, " ", term.first); });
}

// Of a site in the cohort, by name.
std::vector<std::string> NeighboursOf(const Agreement& agreement, const std::string& site) {
  const std::vector<std::string>& cohort = agreement.fields.cohort;
  const auto place = std::lower_bound(cohort.begin(), cohort.end(), site) - cohort.begin();
  std::vector<std::string> names;
  for (const uint32_t peer : agreement.graph->Neighbours(static_cast<uint32_t>(place))) names.push_back(cohort[peer]);
  return names;
}

}  // namespace

void Coalition::Begin(const Agreement& agreement) { agreement_ = agreement; }

void Coalition::Take(const UploadHeader& header) {
  if (friends_.contains(header.site)) return;
  Held& held = At(header.transcript());
  held.agreement = agreement_;
  const auto [payload, first] = held.payloads.emplace(header.site, header.payload_digest);
  if (!first && payload->second != header.payload_digest) {
    broken_.push_back(absl::StrCat(header.site, " sends two vectors under one set of masks"));
  }
  // The same question about the same model: the same vector.
  held.vectors[header.site] = absl::StrCat(header.site, "@", header.parts.step, header.parts.model[0]);
  for (const std::string& peer : NeighboursOf(agreement_, header.site)) {
    if (!friends_.contains(peer)) continue;
    held.known.insert(PairMask(header.site, peer));
    held.holders[header.site].insert(peer);
  }
}

void Coalition::Take(const SurvivorStatement& statement) {
  At(statement.set.transcript).signers[statement.set.survivors_hash].insert(statement.site);
}

void Coalition::Take(const RevealStatement& reveal) {
  Held& held = At(reveal.transcript);
  if (reveal.self.has_value()) held.known.insert(SelfMask(reveal.site));
  for (const RevealedCommitment& pair : reveal.pairs) held.known.insert(PairMask(reveal.site, pair.site));
  for (const RevealedCommitment& share : reveal.shares) held.holders[share.site].insert(reveal.site);
}

void Coalition::NameSet(const Sha256Digest& survivors_hash, std::vector<std::string> sites) {
  sets_.emplace(survivors_hash, std::move(sites));
}

std::vector<MaskAlgebra::Combination> Coalition::Computable(const Held& held) const {
  MaskAlgebra algebra;
  for (const std::string& mask : held.known) algebra.Know(mask);
  const size_t threshold = held.agreement.fields.share_threshold;
  for (const auto& [maker, holders] : held.holders) {
    if (threshold > 0 && holders.size() >= threshold) algebra.Know(SelfMask(maker));
  }
  for (const auto& [site, vector] : held.vectors) {
    MaskAlgebra::Row row{vector, {{SelfMask(site), 1}}};
    for (const std::string& peer : NeighboursOf(held.agreement, site))
      row.masks[PairMask(site, peer)] = site < peer ? 1 : -1;
    algebra.Hold(std::move(row));
  }
  return algebra.Computable();
}

std::vector<MaskAlgebra::Combination> Coalition::Agreed(const Held& held) const {
  std::vector<Combination> sums;
  const std::vector<std::string>& cohort = held.agreement.fields.cohort;
  const auto members = std::count_if(cohort.begin(), cohort.end(), [this](const auto& site) { return Contains(site); });
  for (const auto& [hash, signers] : held.signers) {
    const auto honest =
        std::count_if(signers.begin(), signers.end(), [this](const auto& site) { return !Contains(site); });
    if (honest + members < held.agreement.fields.required_signatures || !sets_.contains(hash)) continue;
    Combination& sum = sums.emplace_back();
    for (const std::string& site : sets_.at(hash)) {
      if (held.vectors.contains(site)) sum[held.vectors.at(site)] = 1;
    }
  }
  return sums;
}

std::vector<std::string> Coalition::Broken(int& num_opened) const {
  std::vector<std::string> broken = broken_;
  std::vector<Combination> everything;
  std::set<std::string> vectors;
  for (const auto& [transcript, held] : held_) {
    if (held.vectors.empty()) continue;
    const std::vector<Combination> computable = Computable(held);
    const std::vector<Combination> agreed = Agreed(held);
    if (agreed.size() > 1) broken.push_back("enough have signed two sets of one transcript");
    for (const auto& [site, vector] : held.vectors) vectors.insert(vector);
    num_opened += computable.empty() ? 0 : 1;
    for (const Combination& combination : computable) {
      if (combination.size() < 2 || agreed.empty() || combination != agreed[0]) {
        broken.push_back(absl::StrCat("can be computed, and was not agreed: ", Describe(combination)));
      }
    }
    everything.insert(everything.end(), computable.begin(), computable.end());
  }
  for (const std::string& vector : vectors) {
    if (Exposes(everything, vector)) broken.push_back(absl::StrCat("can be computed from all sums: ", vector));
  }
  return broken;
}

}  // namespace accord::secure::simulation
