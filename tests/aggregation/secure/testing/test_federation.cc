#include "tests/aggregation/secure/testing/test_federation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "aggregation/secure/agreement/roster_view.h"
#include "aggregation/secure/messages/offers.h"
#include "base/random_stream.h"

namespace accord::secure::testing {
namespace {

std::string SiteName(size_t index) { return absl::StrFormat("site-%04d", index); }

void AddMask(const SecretBytes& seed, MaskSign sign, std::vector<uint32_t>& sum) {
  const MaskStream stream = MaskStream::Create(seed).value();
  EXPECT_TRUE(stream.Apply(sign, 0, absl::MakeSpan(sum)).ok());
}

bool Contains(const Sites& sites, size_t site) { return std::binary_search(sites.begin(), sites.end(), site); }

}  // namespace

TestFederation::TestFederation(FederationOptions options) : options_(std::move(options)) {
  std::vector<RosterEntry> entries;
  SeededEntropy vectors(options_.seed + 1'000'000);
  for (size_t i = 0; i < options_.num_sites; ++i) {
    const std::string organisation =
        options_.organisations.empty() ? absl::StrFormat("Organisation %d", i) : options_.organisations[i];
    sites_.push_back(std::make_unique<TestSite>(SiteName(i), organisation, options_.seed * 1000 + i));
    entries.push_back(sites_.back()->Entry());
    sites_.back()->vector.resize(options_.vector_length);
    EXPECT_TRUE(vectors
                    .Fill(absl::Span<uint8_t>(reinterpret_cast<uint8_t*>(sites_.back()->vector.data()),
                                              options_.vector_length * sizeof(uint32_t)))
                    .ok());
  }
  roster_ = std::make_shared<const Roster>(Roster::Parse(Roster::Write("Test", entries).value()).value());
  for (auto& site : sites_) site->Start(roster_, options_.floors);
}

Sites TestFederation::All() const {
  Sites all(sites_.size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

Sites TestFederation::AllBut(const Sites& missing) const {
  Sites rest;
  for (size_t i = 0; i < sites_.size(); ++i) {
    if (!Contains(missing, i)) rest.push_back(i);
  }
  return rest;
}

std::vector<std::string> TestFederation::Names(const Sites& sites) const {
  std::vector<std::string> names;
  for (const size_t site : sites) names.push_back(sites_[site]->name());
  return names;
}

EpochRequested TestFederation::EpochRequest(uint32_t epoch) const {
  return EpochRequested{job_id, job_sha256, epoch, roster_->hash()};
}

std::vector<SignedBytes> TestFederation::CollectKeys(uint32_t epoch, const Sites& members) {
  epoch_ = epoch;
  members_ = members;
  statements_.clear();
  for (const size_t site : members) {
    Outbox outbox = sites_[site]->Send(EpochRequest(epoch));
    EXPECT_TRUE(outbox.key_statement.has_value()) << outbox;
    statements_.push_back(outbox.key_statement.value_or(SignedBytes{}));
  }
  return statements_;
}

void TestFederation::OpenEpoch(uint32_t epoch, const Sites& members) {
  const EpochListed list{epoch, CollectKeys(epoch, members)};
  nonces_.clear();
  for (const size_t site : members) {
    Outbox outbox = sites_[site]->Send(list);
    EXPECT_TRUE(outbox.nonce.has_value()) << outbox;
    nonces_.push_back(outbox.nonce.value_or(GraphNonce{}));
  }
}

AttemptTerms TestFederation::Terms(uint32_t attempt) const {
  AttemptTerms terms;
  terms.job_id = job_id;
  terms.job_sha256 = job_sha256;
  terms.epoch = epoch_;
  terms.step = attempt;
  terms.kind = 2;
  terms.round = attempt;
  terms.attempt = attempt;
  terms.data_set = "heart";
  terms.schema_hash = Sha256("schema");
  terms.encoding_sites = static_cast<uint32_t>(members_.size());
  terms.ring_bits = 32;
  terms.weight_cap = 1000;
  terms.colluding_organisations = colluding_organisations;
  terms.min_sites = std::min<uint32_t>(2, static_cast<uint32_t>(members_.size()));
  terms.model_digest = Sha256(absl::StrCat("model after ", attempt - 1));
  return terms;
}

AttemptPlanned TestFederation::Plan(const AttemptTerms& terms) const {
  return AttemptPlanned{terms, previous, voids, nonces_};
}

Agreement TestFederation::AgreementOf(const AttemptPlanned& plan) const {
  const EpochTerms terms{job_id, job_sha256, roster_->hash(), epoch_};
  auto keys = [this](absl::string_view site) { return RosterKey(*roster_, site); };
  auto verified = VerifyEpochList(statements_, terms, nullptr, keys);
  const EpochList& list = std::get<EpochList>(verified);
  std::optional<PreviousOpened> opened;
  if (!plan.previous.empty()) {
    auto organisations = [this](absl::string_view site) { return RosterOrganisation(*roster_, site); };
    const SurvivorSet set =
        CheckOpenedProof(plan.previous, job_id, ProofContext{keys, organisations, colluding_organisations}).value();
    opened = PreviousOpened{set.transcript, set.survivors_hash, set.cohort_size, set.required_signatures,
                            HashShownStatements(plan.previous)};
  }
  return Agree(plan.terms, AgreedEpoch{*roster_, list, plan.graph_nonces}, opened).value();
}

PlayedAttempt TestFederation::Upload(const AttemptPlanned& plan, const Sites& uploaders) {
  PlayedAttempt attempt;
  attempt.terms = plan.terms;
  for (const size_t site : uploaders) {
    Outbox outbox = sites_[site]->Send(plan);
    EXPECT_TRUE(outbox.header.has_value()) << outbox;
    attempt.headers[site] = outbox.header.value_or(SignedBytes{});
    attempt.offers[site] = outbox.offers;
    attempt.payloads[site] = sites_[site]->payload;
  }
  return attempt;
}

SurvivorsListed TestFederation::List(const PlayedAttempt& attempt, const Sites& survivors, size_t site) const {
  SurvivorsListed event;
  for (const size_t survivor : survivors) {
    event.headers.push_back(attempt.headers.at(survivor));
    if (survivor == site) continue;
    const OfferTree tree(sites_[survivor]->name(), ParseOffers(attempt.offers.at(survivor)).value());
    const auto shown = tree.Show(sites_[site]->name());
    if (shown.ok()) event.offers.push_back(Serialize(*shown));
  }
  return event;
}

void TestFederation::Sign(PlayedAttempt& attempt, const Sites& survivors, const Sites& to) {
  for (const size_t site : to) {
    Outbox outbox = sites_[site]->Send(List(attempt, survivors, site));
    EXPECT_TRUE(outbox.statement.has_value()) << sites_[site]->name() << ": " << outbox;
    attempt.statements[site] = outbox.statement.value_or(SignedBytes{});
  }
}

SignaturesShown TestFederation::Signatures(const PlayedAttempt& attempt, const Sites& signers) const {
  SignaturesShown event;
  for (const size_t site : signers) event.statements.push_back(attempt.statements.at(site));
  return event;
}

void TestFederation::Reveal(PlayedAttempt& attempt, const Sites& signers, const Sites& to) {
  const SignaturesShown event = Signatures(attempt, signers);
  for (const size_t site : to) {
    Outbox outbox = sites_[site]->Send(event);
    ASSERT_TRUE(outbox.reveal.has_value()) << sites_[site]->name() << ": " << outbox;
    attempt.reveals[site] = ParseRevealStatement(outbox.reveal->bytes).value();
    attempt.seeds[site] = ParseSeeds(attempt.reveals[site], outbox.seeds).value();
  }
  previous = event.statements;
}

void TestFederation::End(const PlayedAttempt& attempt, AttemptOutcome outcome) {
  for (const size_t site : members_) sites_[site]->Send(AttemptEnded{attempt.terms.attempt, outcome});
}

PlayedAttempt TestFederation::Run(uint32_t attempt_number) {
  PlayedAttempt attempt = Upload(attempt_number, members_);
  Sign(attempt, members_, members_);
  Reveal(attempt, members_, members_);
  End(attempt, AttemptOutcome::kOpened);
  return attempt;
}

std::optional<std::vector<uint32_t>> TestFederation::Unmask(const PlayedAttempt& attempt,
                                                            const Sites& survivors) const {
  std::vector<uint32_t> sum(options_.vector_length);
  for (const size_t site : survivors) {
    const std::vector<uint32_t>& payload = attempt.payloads.at(site);
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += payload[i];
    const auto seeds = attempt.seeds.find(site);
    if (seeds == attempt.seeds.end() || !seeds->second.self.has_value()) return std::nullopt;
    AddMask(*seeds->second.self, MaskSign::kMinus, sum);
    const RevealStatement& reveal = attempt.reveals.at(site);
    for (size_t i = 0; i < reveal.pairs.size(); ++i) {
      const bool added = sites_[site]->name() < reveal.pairs[i].site;
      AddMask(seeds->second.pairs[i], added ? MaskSign::kMinus : MaskSign::kPlus, sum);
    }
  }
  return sum;
}

std::vector<uint32_t> TestFederation::PlainSum(const Sites& survivors) const {
  std::vector<uint32_t> sum(options_.vector_length);
  for (const size_t site : survivors) {
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += sites_[site]->vector[i];
  }
  return sum;
}

}  // namespace accord::secure::testing
