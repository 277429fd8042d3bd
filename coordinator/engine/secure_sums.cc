#include "coordinator/engine/secure_sums.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_join.h"
#include "aggregation/programs/attempt_terms.h"
#include "aggregation/programs/plan_terms.h"
#include "aggregation/secure/agreement/roster_view.h"
#include "aggregation/secure/messages/signed_wire.h"
#include "aggregation/secure/messages/survivor_statement.h"
#include "aggregation/secure/site/another_attempt.h"
#include "base/hash.h"
#include "base/status.h"
#include "coordinator/engine/job_report.h"
#include "spdlog/spdlog.h"

namespace accord {
namespace {

void Assign(const std::vector<secure::SignedBytes>& list, google::protobuf::RepeatedPtrField<v1::SignedBytes>& wire) {
  for (const secure::SignedBytes& message : list) *wire.Add() = secure::ToWire(message);
}

void Assign(const std::vector<std::string>& names, google::protobuf::RepeatedPtrField<std::string>& wire) {
  wire.Assign(names.begin(), names.end());
}

// What a proof proves, as the sites read it: it was made and checked here.
absl::StatusOr<std::optional<secure::PreviousOpened>> PreviousOf(const std::vector<secure::SignedBytes>& proof) {
  if (proof.empty()) return std::optional<secure::PreviousOpened>();
  ACCORD_ASSIGN_OR_RETURN(const secure::SurvivorStatement first, secure::ParseSurvivorStatement(proof[0].bytes));
  return secure::PreviousOpened{first.set.transcript, first.set.survivors_hash, first.set.cohort_size,
                                first.set.required_signatures, secure::HashShownStatements(proof)};
}

}  // namespace

struct SecureSums::Epoch {
  v1::PlanId plan;
  std::shared_ptr<const Roster> roster;
  secure::EpochBuilder builder;
  std::optional<secure::EpochReady> ready;
};

struct SecureSums::Running {
  v1::PlanId plan;
  std::shared_ptr<const Roster> roster;
  secure::Agreement agreement;
  secure::SecureRound round;
  Sha256Digest place;
  bool of_every_job;   // the place is
  bool stuck = false;  // survivors or proof could not be kept: nothing that rests on them may leave
};

SecureSums::SecureSums(Surroundings surroundings, std::vector<secure::SignedBytes> proof)
    : around_(std::move(surroundings)), proof_(std::move(proof)), sets_(around_.job_id) {}

SecureSums::~SecureSums() = default;

// Hands over what the machines gave rise to, once nothing of theirs is under way any more.
void SecureSums::Deliver() {
  if (delivering_) return;
  delivering_ = true;
  while (!told_.empty()) {
    const std::vector<JobEvent> events = std::exchange(told_, {});
    for (const JobEvent& event : events) around_.tell(event);
  }
  delivering_ = false;
}

// ---- epochs ----

absl::Status SecureSums::BeginEpoch(const accord::BeginEpoch& action) {
  epoch_.reset();
  ACCORD_ASSIGN_OR_RETURN(std::shared_ptr<const Roster> roster, around_.roster());
  secure::EpochPlan plan;
  plan.roster = roster;
  plan.terms.job_id = around_.job_id;
  ACCORD_ASSIGN_OR_RETURN(plan.terms.job_sha256, ParseHexDigest(around_.job_sha256));
  plan.terms.roster_hash = roster->hash();
  plan.terms.epoch = action.plan.attempt();
  for (const std::string& site : action.cohort) {
    if (roster->Find(site) != nullptr) {
      plan.invited.push_back(site);
      continue;
    }
    told_.push_back(SiteRefused{site, action.plan, "the site is not in the published roster"});
  }
  const v1::SecureSum& sum = around_.spec->aggregation().secure_sum();
  plan.colluding_organisations = ColludingOrganisationsOf(*around_.spec);
  plan.min_sites = around_.spec->rounds().min_sites();
  plan.sparse = sum.graph() == v1::SecureSum::SPARSE;
  epoch_.reset(new Epoch{action.plan, std::move(roster), secure::EpochBuilder(std::move(plan)), std::nullopt});
  return absl::OkStatus();
}

void SecureSums::RequestKey(const accord::RequestKey& action) {
  if (epoch_ == nullptr || epoch_->roster->Find(action.site) == nullptr) return Deliver();
  auto message = std::make_shared<v1::CoordinatorMessage>();
  v1::KeyRequest& request = *message->mutable_key_request();
  *request.mutable_plan() = action.plan;
  request.set_job_sha256(around_.job_sha256);
  const Sha256Digest& hash = epoch_->roster->hash();
  request.set_roster_hash(hash.data(), hash.size());
  around_.send(action.site, std::move(message));
  Deliver();
}

void SecureSums::FormEpoch(const accord::FormEpoch&) {
  if (epoch_ != nullptr && !epoch_->ready.has_value()) HandleEpoch("", secure::CloseKeys{});
  Deliver();
}

void SecureSums::TakeKey(const std::string& site, const v1::KeyAnswer& answer) {
  if (epoch_ == nullptr || answer.plan().attempt() != epoch_->plan.attempt()) return;
  const bool taken = HandleEpoch(site, secure::KeyStatementArrived{site, secure::FromWire(answer.statement())});
  // Before what follows from it in the machine of the job: that it was the last one.
  if (taken) told_.push_back(KeyArrived{site, answer.plan()});
}

void SecureSums::TakeNonce(const std::string& site, const v1::NonceAnswer& answer) {
  secure::NonceArrived event{site, {}};
  if (epoch_ == nullptr || answer.plan().attempt() != epoch_->plan.attempt()) return;
  if (answer.nonce().size() != event.nonce.size()) return;
  std::copy(answer.nonce().begin(), answer.nonce().end(), event.nonce.begin());
  if (HandleEpoch(site, event)) told_.push_back(accord::NonceArrived{site, answer.plan()});
}

bool SecureSums::HandleEpoch(const std::string& site, const secure::EpochEvent& event) {
  rejected_.clear();
  roster_ = epoch_->roster.get();
  for (secure::EpochAction& action : epoch_->builder.Handle(event)) {
    std::visit([this](auto& kind) { Do(std::move(kind)); }, action);
  }
  return !site.empty() && rejected_.empty();
}

void SecureSums::Do(const secure::SendEpochList& action) {
  auto message = std::make_shared<v1::CoordinatorMessage>();
  *message->mutable_epoch_list()->mutable_plan() = epoch_->plan;
  Assign(*action.statements, *message->mutable_epoch_list()->mutable_statements());
  around_.send(action.site, std::move(message));
}

void SecureSums::Do(secure::EpochReady action) { epoch_->ready = std::move(action); }

void SecureSums::Do(const secure::EpochFailed& action) {
  told_.push_back(RoundFailed{epoch_->plan, action.reason, /*final=*/false});
}

// ---- attempts ----

absl::Status SecureSums::BeginAttempt(v1::Plan& plan) {
  running_.reset();
  if (epoch_ == nullptr || !epoch_->ready.has_value()) return absl::FailedPreconditionError("the epoch has no keys");
  v1::SecurePlan& secure_plan = *plan.mutable_secure();
  secure_plan.set_epoch(epoch_->plan.attempt());
  for (const secure::GraphNonce& nonce : epoch_->ready->nonces) {
    secure_plan.add_graph_nonces(nonce.data(), nonce.size());
  }
  Assign(proof_, *secure_plan.mutable_previous());
  Assign(sets_.Voids(), *secure_plan.mutable_voids());
  ACCORD_ASSIGN_OR_RETURN(const auto previous, PreviousOf(proof_));
  ACCORD_ASSIGN_OR_RETURN(const secure::AttemptTerms terms,
                          AttemptTermsOf(*around_.spec, PlannedBy(plan, around_.charter_hash)));
  ACCORD_ASSIGN_OR_RETURN(
      secure::Agreement agreement,
      secure::Agree(terms, {*epoch_->roster, epoch_->ready->list, epoch_->ready->nonces}, previous));
  ACCORD_ASSIGN_OR_RETURN(secure::SecureRound round,
                          secure::SecureRound::Create({epoch_->roster, agreement.fields, agreement.quorum,
                                                       agreement.graph, agreement.max_missing}));
  running_.reset(new Running{plan.id(), epoch_->roster, std::move(agreement), std::move(round),
                             secure::PlaceOf(terms).place, !ReadsModel(plan.kind())});
  return absl::OkStatus();
}

absl::Status SecureSums::CloseUpload(const std::string& site, StagedUpload& upload, const v1::UploadClose& close) {
  const std::string received = upload.received_digest();
  if (received.empty()) return absl::FailedPreconditionError("the header of an upload comes after its last byte");
  if (running_ == nullptr) return absl::FailedPreconditionError("this attempt at the round is over");
  ACCORD_ASSIGN_OR_RETURN(const Sha256Digest payload, ParseHexDigest(received));
  const bool taken =
      HandleRound(site, secure::UploadVerified{site, secure::FromWire(close.header()), close.offers(), payload});
  if (!taken) {
    upload.StartAgain();
    Deliver();
    return absl::InvalidArgumentError(rejected_);
  }
  upload.Accept();
  told_.insert(told_.begin(), UploadArrived{site, running_->plan});
  Deliver();
  return absl::OkStatus();
}

void SecureSums::OpenSum() {
  if (running_ != nullptr) HandleRound("", secure::CloseCollecting{});
  Deliver();
}

void SecureSums::LoseMember(const MemberLost& action) {
  if (running_ != nullptr) HandleRound("", secure::SiteGone{action.site, action.for_good});
  Deliver();
}

void SecureSums::TakeBackMember(const MemberBack& action) {
  if (running_ != nullptr) HandleRound("", secure::SiteBack{action.site});
  Deliver();
}

void SecureSums::GiveUp(const std::string& reason) {
  spdlog::warn("job {}: gives up opening the sum: {}", around_.job_id, reason);
  // Each one gives up at least one site or ends the attempt (secure_round.h).
  for (size_t i = 0;
       running_ != nullptr && !running_->round.ended() && i <= running_->agreement.fields.cohort.size() + 2; ++i) {
    HandleRound("", secure::StopWaiting{});
  }
  Deliver();
}

// A round that has died is kept: signatures and void statements that contradict each other may still come.
void SecureSums::EndAttempt() {
  if (running_ != nullptr && running_->round.state() != secure::SecureRound::State::kDead) running_.reset();
  told_bound_.reset();  // however it ended: the job's machine may not know of it
  TellWhatHolds();
  Deliver();
}

void SecureSums::EndStep() {
  running_.reset();
  sets_.Clear();
  told_bound_.reset();
}

// ---- what was shown before ----

const Sha256Digest* SecureSums::Live() const {
  const bool live = running_ != nullptr && running_->round.state() != secure::SecureRound::State::kDead;
  return live ? &running_->agreement.transcript : nullptr;
}

void SecureSums::HoldTo(std::vector<StoredShownSet> stored) {
  sets_.Begin(std::move(stored));
  for (const std::string& site : sets_.Members()) AskForVoids(site);
  TellWhatHolds();
  Deliver();
}

void SecureSums::AskForVoids(const std::string& site) {
  for (v1::VoidRequest& request : sets_.RequestsFor(site, Live())) {
    auto message = std::make_shared<v1::CoordinatorMessage>();
    *message->mutable_void_request() = std::move(request);
    around_.send(site, std::move(message));
  }
}

void SecureSums::TakeVoid(const secure::SignedBytes& statement) {
  const auto roster = around_.roster();
  if (!roster.ok()) return;
  const auto keys = [&roster](absl::string_view site) { return secure::RosterKey(**roster, site); };
  const std::optional<StoredShownSet> released = sets_.Take(statement, keys);
  if (!released.has_value()) return;
  spdlog::info("job {}: enough sites promise never to sign the survivors of attempt {} of job {}", around_.job_id,
               released->attempt, released->job_id);
  // Without it the sites are asked again after a restart.
  if (absl::Status kept = around_.release_survivors(*released); !kept.ok()) {
    spdlog::error("job {}: {}", around_.job_id, std::string(kept.message()));
  }
  TellWhatHolds();
}

void SecureSums::TellWhatHolds() {
  const std::optional<Bound> holding = sets_.Holding(Live());
  if (holding == told_bound_) return;
  if (told_bound_.has_value()) told_.push_back(BoundReleased{});
  if (holding.has_value()) told_.push_back(StepBound{*holding});
  told_bound_ = holding;
}

std::string SecureSums::WaitingWords() const { return running_ == nullptr ? "" : running_->round.WaitingWords(); }

std::string SecureSums::Protection() const {
  if (running_ == nullptr) return "";
  const secure::TranscriptFields& fields = running_->agreement.fields;
  const std::string graph = fields.graph == secure::TranscriptGraph::kComplete
                                ? "every pair of sites shares a mask"
                                : absl::StrCat("each site shares masks with ", fields.degree, " others");
  std::string words = absl::StrCat("secure sum: ", graph, "; ", fields.required_signatures, " of ",
                                   fields.cohort.size(), " sites sign who is in it; closed to the coordinator");
  if (fields.cohort.size() == 2) return words + ", but each of the two can compute the other's vector from it";
  return absl::StrCat(words, " together with ", fields.colluding_sites,
                      fields.colluding_sites == 1 ? " site" : " sites");
}

std::optional<SignedSum> SecureSums::Signed() const {
  const auto signed_last = PreviousOf(proof_);
  if (running_ == nullptr || !signed_last.ok() || !signed_last->has_value()) return std::nullopt;
  const secure::PreviousOpened& last = **signed_last;
  if (last.transcript != running_->agreement.transcript) return std::nullopt;
  return SignedSum{last.transcript, last.survivors_hash};
}

bool SecureSums::HandleRound(const std::string& site, secure::RoundEvent event) {
  rejected_.clear();
  roster_ = running_->roster.get();
  std::vector<secure::RoundAction> actions = running_->round.Handle(std::move(event));
  for (secure::RoundAction& action : actions) {
    std::visit([this](auto& kind) { Do(kind); }, action);
  }
  const bool ended = running_->round.ended();
  told_.push_back(SurvivorsAwaited{running_->plan, ended ? std::vector<std::string>() : running_->round.WaitsFor()});
  return !site.empty() && rejected_.empty();
}

void SecureSums::Do(const secure::RejectUpload& action) {
  rejected_ = action.reason;
  spdlog::warn("job {}: the upload of {} is not taken: {}", around_.job_id, action.site, action.reason);
}

void SecureSums::Do(const secure::RejectMessage& action) {
  rejected_ = action.reason;
  spdlog::warn("job {}: a message of {} is not taken: {}", around_.job_id, action.site, action.reason);
}

void SecureSums::Do(const secure::Exclude& action) {
  spdlog::warn("job {}: {} is taken out of the sum: {}", around_.job_id, action.site, action.reason);
  Report(around_.unfold(action.site));
}

void SecureSums::Report(const absl::Status& done) {
  if (!done.ok()) told_.push_back(around_.failure(running_->plan, done));
}

void SecureSums::Do(const secure::KeepSurvivors& action) {
  const StoredShownSet shown{around_.job_id,
                             running_->plan.attempt(),
                             running_->plan.step(),
                             running_->place,
                             running_->of_every_job,
                             action.set,
                             {}};
  absl::Status kept = around_.keep_survivors(shown);
  if (kept.ok()) return sets_.Add(shown);
  running_->stuck = true;
  told_.push_back(SumLost{
      running_->plan, absl::StrCat("the survivors could not be stored: ", std::string(kept.message())), std::nullopt});
}

void SecureSums::Do(const secure::SendSurvivors& action) {
  if (running_->stuck) return;
  auto message = std::make_shared<v1::CoordinatorMessage>();
  v1::Survivors& survivors = *message->mutable_survivors();
  *survivors.mutable_plan() = running_->plan;
  Assign(*action.headers, *survivors.mutable_headers());
  Assign(action.offers, *survivors.mutable_offers());
  around_.send(action.site, std::move(message));
}

// Whoever has been shown these statements reveals, and takes part in no plan that forgets them: they are on the disk
// before.
void SecureSums::Do(const secure::KeepProof& action) {
  absl::Status kept = around_.keep_proof(*action.proof.statements);
  if (kept.ok()) {
    proof_ = *action.proof.statements;
    return;
  }
  running_->stuck = true;
  told_.push_back(SumLost{
      running_->plan, absl::StrCat("the signatures could not be stored: ", std::string(kept.message())), std::nullopt});
}

void SecureSums::Do(const secure::SendSignatures& action) {
  if (running_->stuck) return;
  auto message = std::make_shared<v1::CoordinatorMessage>();
  *message->mutable_signatures()->mutable_plan() = running_->plan;
  Assign(*action.statements, *message->mutable_signatures()->mutable_statements());
  around_.send(action.site, std::move(message));
}

void SecureSums::Do(const secure::RequestShares& action) {
  if (running_->stuck) return;
  auto message = std::make_shared<v1::CoordinatorMessage>();
  *message->mutable_share_request()->mutable_plan() = running_->plan;
  Assign(action.gone, *message->mutable_share_request()->mutable_gone());
  around_.send(action.site, std::move(message));
}

void SecureSums::Do(const secure::RequestPairSeeds& action) {
  if (running_->stuck) return;
  auto message = std::make_shared<v1::CoordinatorMessage>();
  v1::PairSeedRequest& request = *message->mutable_pair_seed_request();
  *request.mutable_plan() = running_->plan;
  Assign(*action.headers, *request.mutable_headers());
  Assign(*action.statements, *request.mutable_statements());
  Assign(action.gone, *request.mutable_gone());
  around_.send(action.site, std::move(message));
}

void SecureSums::Do(const secure::RequestVoid& action) {
  if (running_->stuck) return;
  auto message = std::make_shared<v1::CoordinatorMessage>();
  *message->mutable_void_request()->mutable_plan() = running_->plan;
  const Sha256Digest& transcript = running_->agreement.transcript;
  message->mutable_void_request()->set_transcript(transcript.data(), transcript.size());
  around_.send(action.site, std::move(message));
}

void SecureSums::Do(secure::Unmask& action) { Report(around_.remove_masks(std::move(action.seeds))); }

void SecureSums::Do(const secure::Opened& action) {
  SumOpened opened{running_->plan, action.survivors, {}};
  for (const secure::Absence& absence : action.absences) {
    opened.absences.emplace_back().set_site(absence.site);
    opened.absences.back().set_reason(PlainWords(absence.reason));
  }
  told_.push_back(std::move(opened));
}

void SecureSums::Do(const secure::Dead& action) {
  SumLost lost{running_->plan, action.reason, std::nullopt};
  if (!action.signed_by.empty()) {
    absl::StrAppend(&lost.reason, " (signed by ", absl::StrJoin(action.signed_by, ", "), ")");
  }
  if (action.bound.has_value() && !running_->stuck) {
    lost.bound = Bound{action.bound->survivors, action.bound->encoding_sites};
  }
  sets_.NoteSigners(running_->plan.attempt(), action.signed_by);
  told_.push_back(std::move(lost));
}

void SecureSums::Do(const secure::Blame& action) {
  const std::string words = absl::StrCat(absl::StrJoin(action.sites, " or "), ": ", action.what);
  around_.note(PlainWords(words), action.evidence.has_value() ? &*action.evidence : nullptr, *roster_);
}

// ---- messages ----

bool SecureSums::Take(const std::string& site, const v1::SiteMessage& message) {
  const auto current = [this](const v1::PlanId& plan) {
    return running_ != nullptr && running_->plan.attempt() == plan.attempt();
  };
  bool taken = false;
  switch (message.kind_case()) {
    case v1::SiteMessage::kKeyAnswer:
      TakeKey(site, message.key_answer());
      break;
    case v1::SiteMessage::kNonceAnswer:
      TakeNonce(site, message.nonce_answer());
      break;
    case v1::SiteMessage::kSurvivorAnswer:
      taken =
          current(message.survivor_answer().plan()) &&
          HandleRound(site, secure::StatementArrived{site, secure::FromWire(message.survivor_answer().statement())});
      break;
    case v1::SiteMessage::kRevealAnswer: {
      const v1::RevealAnswer& answer = message.reveal_answer();
      const auto* seeds = reinterpret_cast<const uint8_t*>(answer.seeds().data());
      taken = current(answer.plan()) &&
              HandleRound(site, secure::RevealArrived{site, secure::FromWire(answer.statement()),
                                                      SecretBytes(absl::MakeConstSpan(seeds, answer.seeds().size()))});
      break;
    }
    case v1::SiteMessage::kVoidAnswer: {
      const secure::SignedBytes statement = secure::FromWire(message.void_answer().statement());
      taken = current(message.void_answer().plan()) && HandleRound(site, secure::VoidArrived{site, statement});
      TakeVoid(statement);
      break;
    }
    default:
      return false;
  }
  if (taken && running_ != nullptr) told_.insert(told_.begin(), SiteMoved{site, running_->plan});
  Deliver();
  return true;
}

}  // namespace accord
