#include "tests/simulation/secure/adversary.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/survivor_statement.h"
#include "aggregation/secure/messages/upload_header.h"

namespace accord::secure::simulation {
namespace {

using testing::Outbox;

testing::FederationOptions OptionsOf(size_t num_sites, uint64_t seed) {
  testing::FederationOptions options;
  options.num_sites = num_sites;
  options.floors = {.sites = 3, .organisations = 3, .colluding_organisations = 1, .two_sites = true};
  options.seed = seed;
  options.vector_length = 1;
  return options;
}

bool Contains(const Sites& sites, size_t site) { return std::binary_search(sites.begin(), sites.end(), site); }

}  // namespace

Adversary::Adversary(size_t num_sites, size_t friends, std::vector<size_t> order, uint64_t seed)
    : federation_(OptionsOf(num_sites, seed)),
      honest_(order.begin(), order.end() - static_cast<std::ptrdiff_t>(friends)),
      friends_(order.end() - static_cast<std::ptrdiff_t>(friends), order.end()) {
  federation_.colluding_organisations = static_cast<uint32_t>(friends);
}

std::string Adversary::SelfMask(size_t site) const { return absl::StrCat("b", site, "@", attempt_.terms.attempt); }

std::string Adversary::PairMask(size_t one, size_t other) const {
  return absl::StrCat("s", std::min(one, other), "-", std::max(one, other), "@", attempt_.terms.attempt);
}

size_t Adversary::IndexOf(const std::string& name) const {
  const std::vector<std::string> names = federation_.Names(federation_.All());
  return static_cast<size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

void Adversary::Upload(uint32_t question) {
  federation_.OpenEpoch(next_number_++, federation_.All());
  AttemptTerms terms = federation_.Terms(next_number_++);
  terms.two_sites = true;
  terms.step = question;
  terms.model_digest = Sha256(absl::StrCat("model ", question));
  const AttemptPlanned plan = federation_.Plan(terms);
  agreement_ = federation_.AgreementOf(plan);
  attempt_ = testing::PlayedAttempt();
  attempt_.terms = terms;
  statements_.clear();
  for (const size_t site : federation_.All()) {
    const Outbox outbox = federation_[site].Send(plan);
    if (!outbox.header.has_value()) continue;  // bound by what it signed before
    attempt_.headers[site] = *outbox.header;
    attempt_.offers[site] = outbox.offers;
  }
  for (const size_t site : honest_) {
    if (!attempt_.headers.contains(site)) continue;
    MaskAlgebra::Row& row = rows_.emplace_back(MaskAlgebra::Row{VectorOf(site), {{SelfMask(site), 1}}});
    for (const size_t peer : federation_.All()) {
      if (peer != site) row.masks[PairMask(site, peer)] = site < peer ? 1 : -1;
    }
  }
  for (const size_t site : friends_) {
    for (const size_t peer : federation_.All()) {
      if (peer == site) continue;
      known_.insert(PairMask(site, peer));
      holders_[SelfMask(peer)].insert(site);
    }
  }
  if (friends_.empty()) return;
  UploadHeader header = *ParseUploadHeader(attempt_.headers.at(friends_[0]).bytes);
  header.floor_organisations = 1;  // an honest one has 2
  second_header_ = *Sign(header, federation_[friends_[0]].signer());
}

bool Adversary::AllHaveUploaded(const ShownSet& set) const {
  return std::all_of(set.sites.begin(), set.sites.end(),
                     [this](size_t site) { return attempt_.headers.contains(site); });
}

ShownSet Adversary::Normal(ShownSet set) const {
  set.second_header = set.second_header && Contains(set.sites, friends_[0]);
  return set;
}

std::vector<SignedBytes> Adversary::Headers(const ShownSet& set) const {
  std::vector<SignedBytes> headers;
  for (const size_t site : set.sites) {
    headers.push_back(set.second_header && site == friends_[0] ? second_header_ : attempt_.headers.at(site));
  }
  return headers;
}

// Those that honest sites gave, and one of each friend.
std::vector<SignedBytes> Adversary::Statements(const ShownSet& set) {
  std::map<size_t, SignedBytes>& statements = statements_[Normal(set)];
  const CohortTerms& quorum = agreement_.quorum;
  for (const size_t site : friends_) {
    if (statements.contains(site)) continue;
    SurvivorStatement statement;
    statement.set = {agreement_.transcript,
                     attempt_.terms.job_id,
                     attempt_.terms.attempt,
                     quorum.cohort_size,
                     quorum.required_signatures,
                     quorum.colluding_sites,
                     static_cast<uint32_t>(set.sites.size()),
                     SurvivorsHash(agreement_.transcript, Headers(set))};
    statement.site = federation_[site].name();
    statements[site] = *Sign(statement, federation_[site].signer());
  }
  std::vector<SignedBytes> list;
  for (const auto& [site, statement] : statements) list.push_back(statement);
  return list;
}

void Adversary::Take(size_t site, const Outbox& outbox) {
  if (!outbox.reveal.has_value()) return;
  const RevealStatement reveal = *ParseRevealStatement(outbox.reveal->bytes);
  if (reveal.self.has_value()) known_.insert(SelfMask(site));
  for (const RevealedCommitment& pair : reveal.pairs) known_.insert(PairMask(site, IndexOf(pair.site)));
  for (const RevealedCommitment& share : reveal.shares) holders_[SelfMask(IndexOf(share.site))].insert(site);
}

void Adversary::ShowSurvivors(size_t site, const ShownSet& set) {
  if (!AllHaveUploaded(set)) return;
  SurvivorsListed list = federation_.List(attempt_, set.sites, site);
  list.headers = Headers(set);
  const Outbox outbox = federation_[site].Send(list);
  if (outbox.statement.has_value()) statements_[Normal(set)][site] = *outbox.statement;
  Take(site, outbox);
}

void Adversary::ShowSignatures(size_t site, const ShownSet& set) {
  if (!AllHaveUploaded(set)) return;
  const std::vector<SignedBytes> statements = Statements(set);
  const Outbox outbox = federation_[site].Send(SignaturesShown{statements});
  Take(site, outbox);
  if (!outbox.reveal.has_value()) return;
  // A friend that is not among the survivors signs too, but a proof of more statements than survivors is none.
  federation_.previous = statements;
  federation_.previous.resize(std::min(statements.size(), set.sites.size()));
}

void Adversary::AskForShares(size_t site, const ShownSet& set) {
  if (!AllHaveUploaded(set)) return;
  SharesRequested request;
  for (const size_t maker : set.sites) {
    if (maker != site) request.gone.push_back(federation_[maker].name());
  }
  Take(site, federation_[site].Send(request));
}

void Adversary::AskForPairSeeds(size_t site, const ShownSet& set) {
  if (!AllHaveUploaded(set)) return;
  PairSeedsRequested request{Headers(set), Statements(set), {}};
  for (const size_t survivor : set.sites) {
    if (survivor != site) request.gone.push_back(federation_[survivor].name());
  }
  Take(site, federation_[site].Send(request));
}

const ShownSet* Adversary::SignedBy(size_t site) const {
  for (const auto& [set, statements] : statements_) {
    if (statements.contains(site)) return &set;
  }
  return nullptr;
}

void Adversary::AskForEverything(size_t site, const ShownSet& set) {
  if (Contains(set.sites, site)) ShowSurvivors(site, set);
  ShowSignatures(site, set);
  AskForShares(site, set);
  AskForPairSeeds(site, set);
}

MaskAlgebra Adversary::Knowledge() const {
  MaskAlgebra algebra;
  for (const MaskAlgebra::Row& row : rows_) algebra.Hold(row);
  for (const std::string& mask : known_) algebra.Know(mask);
  const size_t threshold = agreement_.fields.share_threshold;
  for (const auto& [mask, holders] : holders_) {
    if (threshold > 0 && holders.size() >= threshold) algebra.Know(mask);
  }
  return algebra;
}

}  // namespace accord::secure::simulation
