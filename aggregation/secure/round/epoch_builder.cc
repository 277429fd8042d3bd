#include "aggregation/secure/round/epoch_builder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/secure/agreement/roster_view.h"
#include "aggregation/secure/key_agreement.h"
#include "base/status.h"

namespace accord::secure {
EpochBuilder::EpochBuilder(EpochPlan plan) : plan_(std::move(plan)) {
  for (const std::string& site : plan_.invited) gone_[site] = false;
}

std::vector<EpochAction> EpochBuilder::Handle(const EpochEvent& event) {
  actions_.clear();
  if (state_ != State::kEnded) std::visit([this](const auto& typed) { On(typed); }, event);
  if (state_ == State::kKeys && AllHaveAnswered()) Close();
  return std::exchange(actions_, {});
}

bool EpochBuilder::AllHaveAnswered() const {
  return std::all_of(plan_.invited.begin(), plan_.invited.end(),
                     [this](const std::string& site) { return answers_.contains(site); });
}

std::vector<std::string> EpochBuilder::WaitsFor() const {
  std::vector<std::string> sites;
  if (state_ == State::kKeys) {
    std::copy_if(plan_.invited.begin(), plan_.invited.end(), std::back_inserter(sites),
                 [this](const std::string& site) { return !answers_.contains(site); });
  } else if (state_ == State::kNonces) {
    for (const auto& [site, answer] : answers_) {
      if (!nonces_.contains(site)) sites.push_back(site);
    }
  }
  return sites;
}

absl::StatusOr<KeyStatement> EpochBuilder::CheckStatement(const KeyStatementArrived& event) const {
  ACCORD_ASSIGN_OR_RETURN(KeyStatement statement, VerifyKeyStatement(event.statement, [this](absl::string_view site) {
                            return RosterKey(*plan_.roster, site);
                          }));
  if (statement.site != event.site) {
    return absl::InvalidArgumentError(absl::StrCat("a key statement of ", statement.site));
  }
  const EpochTerms& terms = plan_.terms;
  if (statement.job_id != terms.job_id || statement.job_sha256 != terms.job_sha256 || statement.epoch != terms.epoch) {
    return absl::InvalidArgumentError("a key statement for another job or epoch");
  }
  if (statement.roster_hash != terms.roster_hash) {
    return absl::InvalidArgumentError("a key statement under another roster");
  }
  ACCORD_RETURN_IF_ERROR(CheckPublicKey(statement.public_key));
  for (const auto& [site, answer] : answers_) {
    if (answer.statement.public_key != statement.public_key) continue;
    return absl::InvalidArgumentError(absl::StrCat("its public key is that of ", site));
  }
  return statement;
}

// A site signs one key for each epoch, durably first, so two of them are a lie or a restored disk.
void EpochBuilder::TakeSecondStatement(const KeyStatementArrived& event) {
  const SignedBytes& first = answers_.at(event.site).message;
  if (event.statement.bytes == first.bytes) return;
  actions_.push_back(RejectMessage{event.site, "its key for this epoch is here already"});
  const auto second =
      VerifyKeyStatement(event.statement, [this](absl::string_view site) { return RosterKey(*plan_.roster, site); });
  const EpochTerms& terms = plan_.terms;
  if (!second.ok() || second->site != event.site || second->job_id != terms.job_id || second->epoch != terms.epoch)
    return;
  Evidence evidence;
  evidence.kind = EvidenceKind::kTwoKeys;
  evidence.witness = "coordinator";
  evidence.claim = "signed two keys for one epoch";
  evidence.messages = {{MessageKind::kKeyStatement, first}, {MessageKind::kKeyStatement, event.statement}};
  actions_.push_back(Blame{{event.site}, evidence.claim, evidence});
}

void EpochBuilder::On(const KeyStatementArrived& event) {
  const auto invited = gone_.find(event.site);
  if (invited == gone_.end()) {
    actions_.push_back(RejectMessage{event.site, "the site is not invited to this epoch"});
    return;
  }
  if (answers_.contains(event.site)) return TakeSecondStatement(event);
  if (state_ != State::kKeys) {
    actions_.push_back(RejectMessage{event.site, "too late: the epoch began without this site"});
    return;
  }
  absl::StatusOr<KeyStatement> statement = CheckStatement(event);
  if (!statement.ok()) {
    actions_.push_back(RejectMessage{event.site, std::string(statement.status().message())});
    return;
  }
  invited->second = false;
  answers_[event.site] = {event.statement, *std::move(statement)};
}

void EpochBuilder::On(const SiteGone& event) {
  const auto invited = gone_.find(event.site);
  if (invited == gone_.end() || !event.for_good) return;
  // Its private key is gone with it.
  invited->second = true;
  if (state_ == State::kKeys) {
    answers_.erase(event.site);
  } else if (!nonces_.contains(event.site)) {
    Fail(absl::StrCat(event.site, " is gone and has not shown its nonce for the graph"), {event.site});
  }
}

void EpochBuilder::On(const CloseKeys&) {
  if (state_ == State::kKeys) Close();
}

void EpochBuilder::On(const StopWaiting&) {
  if (state_ == State::kKeys) return Close();
  std::vector<std::string> missing = WaitsFor();
  Fail(absl::StrCat("no nonce for the graph from ", absl::StrJoin(missing, ", ")), missing);
}

void EpochBuilder::Fail(std::string reason, std::vector<std::string> at_fault) {
  state_ = State::kEnded;
  actions_.push_back(EpochFailed{std::move(reason), std::move(at_fault)});
}

void EpochBuilder::Close() {
  std::vector<std::string> organisations;
  auto statements = std::make_shared<std::vector<SignedBytes>>();
  for (const auto& [site, answer] : answers_) {
    organisations.push_back(plan_.roster->Find(site)->organisation);
    statements->push_back(answer.message);
  }
  if (answers_.size() < plan_.min_sites) {
    return Fail(absl::StrCat("only ", answers_.size(), " of the ", plan_.min_sites, " sites needed sent a key"), {});
  }
  const absl::StatusOr<CohortTerms> quorum = ComputeCohortTerms(organisations, plan_.colluding_organisations);
  if (!quorum.ok()) return Fail(std::string(quorum.status().message()), {});
  const auto list = VerifyEpochList(*statements, plan_.terms, nullptr,
                                    [this](absl::string_view site) { return RosterKey(*plan_.roster, site); });
  if (const EpochFault* fault = std::get_if<EpochFault>(&list)) return Fail(fault->words, {});
  list_ = std::get<EpochList>(list);
  quorum_ = *quorum;
  statements_ = std::move(statements);
  state_ = State::kNonces;
  for (const auto& [site, answer] : answers_) actions_.push_back(SendEpochList{site, statements_});
  ConsiderReady();
}

void EpochBuilder::On(const NonceArrived& event) {
  const auto answer = answers_.find(event.site);
  if (!plan_.sparse || state_ != State::kNonces || answer == answers_.end()) {
    actions_.push_back(RejectMessage{event.site, "a nonce that nobody asked for"});
    return;
  }
  if (NonceCommitment(event.nonce) != answer->second.statement.nonce_commitment) {
    actions_.push_back(RejectMessage{event.site, "a nonce unlike the one that it committed to"});
    return;
  }
  nonces_[event.site] = event.nonce;
  ConsiderReady();
}

void EpochBuilder::ConsiderReady() {
  EpochReady ready{*list_, statements_, quorum_, {}, {}};
  if (plan_.sparse) {
    if (nonces_.size() < answers_.size()) return;
    for (const auto& [site, nonce] : nonces_) ready.nonces.push_back(nonce);
    const absl::StatusOr<Sha256Digest> seed = GraphSeed(*list_, ready.nonces);
    if (!seed.ok()) return Fail(std::string(seed.status().message()), {});
    ready.graph_seed = *seed;
  }
  state_ = State::kEnded;
  actions_.push_back(std::move(ready));
}

}  // namespace accord::secure
