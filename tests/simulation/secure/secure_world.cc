#include "tests/simulation/secure/secure_world.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "aggregation/secure/agreement/roster_view.h"
#include "aggregation/secure/messages/survivor_quorum.h"
#include "aggregation/secure/messages/upload_header.h"
#include "aggregation/secure/round/unmask.h"
#include "base/random_stream.h"

namespace accord::secure::simulation {
namespace {

constexpr size_t kElements = 5;

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

void Add(std::vector<uint32_t>& sum, const std::vector<uint32_t>& vector, uint32_t sign) {
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += sign * vector[i];
}

SecretBytes Secret(const std::string& bytes) {
  return SecretBytes(absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
}

}  // namespace

SecureWorld::SecureWorld(WorldOptions options) : options_(options) {
  RandomStream vectors({.job_seed = options_.seed, .site = "", .round = 0, .use = "vectors"});
  std::vector<RosterEntry> entries;
  for (size_t i = 0; i < options_.num_sites; ++i) {
    names_.push_back(absl::StrFormat("site-%03d", i));
    auto site = std::make_unique<TestSite>(names_[i], absl::StrCat("Hospital ", i), options_.seed * 1000 + i);
    entries.push_back(site->Entry());
    site->vector.resize(kElements);
    vectors.Fill(absl::MakeSpan(site->vector));
    sites_[names_[i]] = std::move(site);
  }
  roster_ = std::make_shared<const Roster>(*Roster::Parse(*Roster::Write("Test", entries)));
  const Floors floors{.sites = 3, .organisations = 3, .colluding_organisations = 1, .two_sites = true};
  for (auto& [name, site] : sites_) site->Start(roster_, floors);
}

bool SecureWorld::OpenEpoch(const std::vector<std::string>& members) {
  epoch_ = next_number_++;
  ready_.reset();
  EpochBuilder builder({.roster = roster_,
                        .terms = {"job-1", Sha256("job"), roster_->hash(), epoch_},
                        .invited = members,
                        .colluding_organisations = options_.colluding_organisations,
                        .min_sites = options_.min_sites,
                        .sparse = options_.graph.sparse});
  std::vector<EpochAction> actions;
  const auto handle = [&](const EpochEvent& event) {
    for (EpochAction& action : builder.Handle(event)) actions.push_back(std::move(action));
  };
  for (const std::string& name : members) {
    Outbox outbox = site(name).Send(EpochRequested{"job-1", Sha256("job"), epoch_, roster_->hash()});
    if (outbox.key_statement.has_value()) handle(KeyStatementArrived{name, *outbox.key_statement});
    EventsOf(name, std::move(outbox));
  }
  const bool listed = std::any_of(actions.begin(), actions.end(), [](const EpochAction& action) {
    return std::holds_alternative<SendEpochList>(action);
  });
  if (!listed) handle(StopWaiting{});
  for (size_t i = 0; i < actions.size(); ++i) {
    if (const SendEpochList* send = std::get_if<SendEpochList>(&actions[i])) {
      const std::string name = send->site;
      Outbox outbox = site(name).Send(EpochListed{epoch_, *send->statements});
      if (outbox.nonce.has_value() && options_.graph.sparse) handle(NonceArrived{name, *outbox.nonce});
      EventsOf(name, std::move(outbox));
    } else if (const EpochReady* ready = std::get_if<EpochReady>(&actions[i])) {
      ready_ = *ready;
    } else if (const EpochFailed* failed = std::get_if<EpochFailed>(&actions[i])) {
      epoch_failure = failed->reason;
    }
  }
  return ready_.has_value();
}

std::optional<PreviousOpened> SecureWorld::Previous() const {
  if (previous.empty()) return std::nullopt;
  const auto set = ParseSurvivorStatement(previous[0].bytes)->set;
  return PreviousOpened{set.transcript, set.survivors_hash, set.cohort_size, set.required_signatures,
                        HashShownStatements(previous)};
}

bool SecureWorld::CohortIsSound(const std::vector<std::string>& members) const {
  if (members.size() < options_.min_sites) return false;
  return ComputeCohortTerms(RosterOrganisations(*roster_, members), options_.colluding_organisations).ok();
}

bool SecureWorld::Begin(const Bound& bound) {
  attempt = Attempt();
  attempt.cohort = ready_->list.Sites();
  if (!bound.survivors.empty() && attempt.cohort != bound.survivors) return false;
  AttemptTerms& terms = attempt.plan.terms;
  terms.job_id = "job-1";
  terms.job_sha256 = Sha256("job");
  terms.epoch = epoch_;
  terms.step = step_;
  terms.kind = 2;
  terms.round = step_;
  terms.attempt = next_number_++;
  terms.data_set = "heart";
  terms.schema_hash = Sha256("schema");
  terms.encoding_sites = std::max(bound.encoding_sites, static_cast<uint32_t>(attempt.cohort.size()));
  terms.ring_bits = 32;
  terms.weight_cap = 1000;
  terms.colluding_organisations = options_.colluding_organisations;
  terms.min_sites = options_.min_sites;
  terms.two_sites = true;
  terms.graph = options_.graph;
  terms.model_digest = Sha256(absl::StrCat("model ", step_));
  attempt.plan.previous = previous;
  attempt.plan.voids = voids;
  attempt.plan.graph_nonces = ready_->nonces;
  absl::StatusOr<Agreement> agreement = Agree(terms, AgreedEpoch{*roster_, ready_->list, ready_->nonces}, Previous());
  if (!agreement.ok()) return false;
  absl::StatusOr<SecureRound> round =
      SecureRound::Create({roster_, agreement->fields, agreement->quorum, agreement->graph, agreement->max_missing});
  if (!round.ok()) return false;
  coalition.Begin(*agreement);
  attempt.round.emplace(*std::move(round));
  attempt.sum.assign(kElements, 0);
  return true;
}

// Everything that a site sent, as the coordinator's machine is told of it.
std::vector<RoundEvent> SecureWorld::EventsOf(const std::string& name, Outbox outbox) {
  std::vector<RoundEvent> events;
  TestSite& sender = site(name);
  if (outbox.header.has_value()) {
    const Sha256Digest hash = testing::HashOfVector(sender.payload);
    attempt.staged[hash] = options_.masks ? sender.payload : sender.vector;
    events.push_back(UploadVerified{name, *outbox.header, outbox.offers, hash});
  }
  if (outbox.statement.has_value()) events.push_back(StatementArrived{name, *outbox.statement});
  if (outbox.reveal.has_value()) events.push_back(RevealArrived{name, *outbox.reveal, Secret(outbox.seeds)});
  if (outbox.void_statement.has_value()) events.push_back(VoidArrived{name, *outbox.void_statement});
  for (const Refuse& refuse : outbox.refusals) refused.emplace_back(name, refuse);
  for (const Evidence& found : outbox.evidence) evidence.emplace_back(name, found);
  return events;
}

void SecureWorld::NameSet(const std::vector<SignedBytes>& headers) {
  std::vector<std::string> sites;
  Sha256Digest transcript{};
  for (const SignedBytes& message : headers) {
    const auto header = ParseUploadHeader(message.bytes);
    if (!header.ok()) return;  // nobody signs this
    sites.push_back(header->site);
    transcript = header->transcript();
  }
  if (!sites.empty()) coalition.NameSet(SurvivorsHash(transcript, headers), sites);
}

void SecureWorld::NoteGiven(const std::string& name, const Outbox& outbox) {
  if (coalition.Contains(name)) return;
  if (outbox.header.has_value()) coalition.Take(*ParseUploadHeader(outbox.header->bytes));
  if (outbox.statement.has_value()) {
    coalition.Take(*ParseSurvivorStatement(outbox.statement->bytes));
    if (on_statement) on_statement(*outbox.statement);
  }
  if (outbox.reveal.has_value()) coalition.Take(*ParseRevealStatement(outbox.reveal->bytes));
}

std::vector<RoundEvent> SecureWorld::SendTo(const std::string& name, const SiteEvent& event) {
  std::vector<SiteEvent> sent = {event};
  if (alter) sent = alter(name, event);
  std::vector<RoundEvent> events;
  for (const SiteEvent& each : sent) {
    if (const auto* list = std::get_if<SurvivorsListed>(&each)) NameSet(list->headers);
    Outbox outbox = site(name).Send(each);
    NoteGiven(name, outbox);
    for (RoundEvent& said : EventsOf(name, std::move(outbox))) events.push_back(std::move(said));
  }
  return events;
}

std::vector<RoundEvent> SecureWorld::SendPlan(const std::string& name) { return SendTo(name, attempt.plan); }

std::vector<RoundEvent> SecureWorld::Deliver(const RoundAction& action) {
  const std::string name = AddresseeOf(action);
  const auto send = [&](const SiteEvent& event) { return SendTo(name, event); };
  return std::visit(Overloaded{[&](const SendSurvivors& a) {
                                 return send(SurvivorsListed{*a.headers, a.offers});
                               },
                               [&](const SendSignatures& a) { return send(SignaturesShown{*a.statements}); },
                               [&](const RequestShares& a) { return send(SharesRequested{a.gone}); },
                               [&](const RequestPairSeeds& a) {
                                 return send(PairSeedsRequested{*a.headers, *a.statements, a.gone});
                               },
                               [&](const RequestVoid& a) { return send(VoidRequested{a.transcript}); },
                               [](const auto&) { return std::vector<RoundEvent>(); }},
                    action);
}

void SecureWorld::Carry(RoundAction& action) {
  Attempt& now = attempt;
  std::visit(
      Overloaded{[&](AcceptUpload& a) {
                   const bool first = now.folded.emplace(a.site, now.arrived).second;
                   if (!first) violations.push_back("folded twice: " + a.site);
                   Add(now.sum, now.staged.at(now.arrived), 1);
                 },
                 [&](Exclude& a) {
                   const auto folded = now.folded.find(a.site);
                   if (folded == now.folded.end()) return violations.push_back("unfolded what was not in: " + a.site);
                   Add(now.sum, now.staged.at(folded->second), static_cast<uint32_t>(-1));
                   now.folded.erase(folded);
                 },
                 [&](RejectUpload& a) { now.rejected.push_back(absl::StrCat(a.site, ": ", a.reason)); },
                 [&](RejectMessage& a) { now.rejected.push_back(absl::StrCat(a.site, ": ", a.reason)); },
                 [&](KeepProof& a) { previous = *a.proof.statements; },
                 [&](Unmask& a) {
                   now.unmasked = true;
                   if (!options_.masks) return;
                   const absl::Status removed = RemoveMasks(a.seeds, absl::MakeSpan(now.sum), 1);
                   if (!removed.ok()) violations.push_back(std::string(removed.message()));
                 },
                 [&](Opened& a) { now.opened = a; }, [&](Dead& a) { now.dead = a; },
                 [&](Released& a) { now.released = true, voids.insert(voids.end(), a.voids.begin(), a.voids.end()); },
                 [&](Blame& a) { now.blamed.push_back(a); }, [](auto&) {}},
      action);
}

std::vector<RoundAction> SecureWorld::Handle(RoundEvent event) {
  std::vector<RoundAction> for_sites;
  if (const auto* upload = std::get_if<UploadVerified>(&event)) attempt.arrived = upload->payload_digest;
  for (RoundAction& action : attempt.round->Handle(std::move(event))) {
    if (attempt.opened.has_value() || (attempt.dead.has_value() && std::holds_alternative<Unmask>(action))) {
      violations.push_back("something happened after the end");
    }
    Carry(action);
    if (!AddresseeOf(action).empty()) for_sites.push_back(std::move(action));
  }
  return for_sites;
}

void SecureWorld::End() {
  const AttemptOutcome outcome = attempt.opened.has_value() ? AttemptOutcome::kOpened : AttemptOutcome::kAbandoned;
  for (const std::string& name : attempt.cohort) site(name).Send(AttemptEnded{attempt.plan.terms.attempt, outcome});
}

std::vector<uint32_t> SecureWorld::PlainSum(const std::vector<std::string>& sites) const {
  std::vector<uint32_t> sum(kElements);
  for (const std::string& name : sites) Add(sum, sites_.at(name)->vector, 1);
  return sum;
}

std::string AddresseeOf(const RoundAction& action) {
  return std::visit(
      Overloaded{[](const SendSurvivors& a) { return a.site; }, [](const SendSignatures& a) { return a.site; },
                 [](const RequestShares& a) { return a.site; }, [](const RequestPairSeeds& a) { return a.site; },
                 [](const RequestVoid& a) { return a.site; }, [](const auto&) { return std::string(); }},
      action);
}

}  // namespace accord::secure::simulation
