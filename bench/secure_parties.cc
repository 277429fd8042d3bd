#include "bench/secure_parties.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "absl/strings/str_format.h"
#include "aggregation/secure/agreement/agreement.h"
#include "aggregation/secure/masking.h"
#include "aggregation/secure/round/unmask.h"
#include "base/content_digest.h"
#include "base/entropy.h"
#include "base/status.h"

namespace accord::bench {
namespace {

using namespace secure;  // NOLINT: nearly every name here is from there

constexpr char kJob[] = "bench";

// Adds to `seconds` what passes until it goes.
class ScopedStopwatch {
 public:
  explicit ScopedStopwatch(double& seconds) : seconds_(seconds), start_(std::chrono::steady_clock::now()) {}
  ~ScopedStopwatch() { seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  double& seconds_;
  std::chrono::steady_clock::time_point start_;
};

Sha256Digest DigestOf(const std::vector<uint32_t>& vector) {
  return ContentDigest(
      absl::string_view(reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(uint32_t)));
}

uint32_t Plain(size_t site, uint64_t element) { return static_cast<uint32_t>(site * 2654435761u + element); }

}  // namespace

struct SecureParties::Site {
  Site(size_t place, std::string id)
      : index(place), name(std::move(id)), signer(*KeyPairSigner::Create(*KeyPair::Generate())), record(name) {}

  size_t index;
  std::string name;
  KeyPairSigner signer;
  secure::SiteRecord record;
  std::unique_ptr<SecureParticipant> machine;
  uint64_t bytes_sent = 0;
  std::unique_ptr<EpochEvent> key;  // its answers while an epoch opens
  std::unique_ptr<EpochEvent> nonce;
};

SecureParties::~SecureParties() = default;

SecureParties::SecureParties(PartiesOptions options) : options_(options) {
  std::vector<RosterEntry> entries;
  for (size_t i = 0; i < options_.num_sites; ++i) {
    sites_.push_back(std::make_unique<Site>(i, absl::StrFormat("site-%04d", i)));
    entries.push_back({sites_[i]->name, absl::StrCat("Organisation ", i), sites_[i]->signer.public_key_der()});
  }
  roster_ = std::make_shared<const Roster>(*Roster::Parse(*Roster::Write("Bench", entries)));
  for (auto& site : sites_) {
    site->machine = std::make_unique<SecureParticipant>(SecureParticipantConfig{site->name, roster_, Floors{}},
                                                        site->signer, EntropySource::System(), site->record);
  }
}

absl::Status SecureParties::OpenEpoch() {
  EpochPlan plan{roster_, {kJob, Sha256(kJob), roster_->hash(), 1},
                 {},      options_.colluding_organisations,
                 2,       options_.graph.sparse};
  for (const auto& site : sites_) plan.invited.push_back(site->name);
  EpochBuilder builder(std::move(plan));
  std::vector<EpochAction> actions;
  const auto handle = [&](const EpochEvent& event) {
    for (EpochAction& action : builder.Handle(event)) actions.push_back(std::move(action));
  };
  for (auto& site : sites_) {
    ACCORD_RETURN_IF_ERROR(Send(*site, EpochRequested{kJob, Sha256(kJob), 1, roster_->hash()}));
    if (site->key != nullptr) handle(*site->key);
  }
  std::map<std::string, Site*> by_name;
  for (auto& site : sites_) by_name[site->name] = site.get();
  for (size_t i = 0; i < actions.size(); ++i) {
    if (const auto* ready = std::get_if<EpochReady>(&actions[i])) epoch_ = std::make_unique<EpochReady>(*ready);
    const auto* send = std::get_if<SendEpochList>(&actions[i]);
    if (send == nullptr) continue;
    Site& site = *by_name.at(send->site);
    ACCORD_RETURN_IF_ERROR(Send(site, EpochListed{1, *send->statements}));
    if (site.nonce != nullptr && options_.graph.sparse) handle(*site.nonce);
  }
  return epoch_ != nullptr ? absl::OkStatus() : absl::InternalError("the epoch did not open");
}

AttemptPlanned SecureParties::Plan() const {
  AttemptTerms terms;
  terms.job_id = kJob;
  terms.job_sha256 = Sha256(kJob);
  terms.epoch = 1;
  terms.attempt = 2;
  terms.data_set = "bench";
  terms.encoding_sites = options_.num_sites;
  terms.ring_bits = 32;
  terms.colluding_organisations = options_.colluding_organisations;
  terms.min_sites = 3;
  terms.graph = options_.graph;
  return {terms, {}, {}, epoch_->nonces};
}

absl::StatusOr<SecureRound> SecureParties::Begin(const AttemptPlanned& plan) const {
  ACCORD_ASSIGN_OR_RETURN(Agreement agreement,
                          Agree(plan.terms, AgreedEpoch{*roster_, epoch_->list, epoch_->nonces}, std::nullopt));
  return SecureRound::Create({roster_, agreement.fields, agreement.quorum, agreement.graph, agreement.max_missing});
}

absl::StatusOr<SecureParties::Outcome> SecureParties::Run(uint32_t missing) {
  const AttemptPlanned plan = Plan();
  ACCORD_ASSIGN_OR_RETURN(SecureRound round, Begin(plan));
  round_ = std::make_unique<SecureRound>(std::move(round));
  sum_.assign(options_.num_elements, 0);
  std::vector<uint32_t> plain(options_.num_elements);
  for (size_t i = 0; i < sites_.size(); ++i) {
    if (i * missing % sites_.size() < missing) continue;
    ACCORD_RETURN_IF_ERROR(Send(*sites_[i], plan));
    for (uint64_t j = 0; j < plain.size(); ++j) plain[j] += Plain(i, j);
  }
  ACCORD_RETURN_IF_ERROR(Handle(CloseCollecting{}));
  for (size_t i = 0; i < queue_.size(); ++i) {
    RoundAction action = std::move(queue_[i]);
    ACCORD_RETURN_IF_ERROR(Carry(action));
  }
  for (const auto& site : sites_) outcome_.most_bytes_sent = std::max(outcome_.most_bytes_sent, site->bytes_sent);
  if (!opened_ || sum_ != plain) return absl::InternalError("the sum is not that of the survivors");
  return outcome_;
}

absl::Status SecureParties::Handle(RoundEvent event) {
  std::vector<RoundAction> actions;
  {
    const ScopedStopwatch stopwatch(outcome_.coordinator_s);
    actions = round_->Handle(std::move(event));
  }
  for (RoundAction& action : actions) queue_.push_back(std::move(action));
  return absl::OkStatus();
}

absl::Status SecureParties::Carry(RoundAction& action) {
  const auto site = [this](const std::string& name) -> Site& { return *sites_[std::stoul(name.substr(5))]; };
  if (const auto* a = std::get_if<SendSurvivors>(&action))
    return Send(site(a->site), SurvivorsListed{*a->headers, a->offers});
  if (const auto* a = std::get_if<SendSignatures>(&action)) {
    return Send(site(a->site), SignaturesShown{*a->statements});
  }
  if (const auto* a = std::get_if<Opened>(&action)) {
    opened_ = true;
    outcome_.num_survivors = a->survivors.size();
  }
  if (const auto* a = std::get_if<Dead>(&action)) return absl::InternalError(a->reason);
  const auto* a = std::get_if<Unmask>(&action);
  if (a == nullptr) return absl::OkStatus();
  outcome_.num_seeds = a->seeds.size();
  const ScopedStopwatch stopwatch(outcome_.unmask_s);
  return RemoveMasks(a->seeds, absl::MakeSpan(sum_), options_.num_threads);
}

absl::Status SecureParties::Send(Site& site, const SiteEvent& event) {
  for (SiteAction& action : site.machine->Handle(event)) ACCORD_RETURN_IF_ERROR(FromSite(site, action));
  return absl::OkStatus();
}

absl::Status SecureParties::FromSite(Site& site, SiteAction& action) {
  const auto sent = [&site](const SignedBytes& message, size_t beside = 0) {
    site.bytes_sent += message.bytes.size() + message.signature.size() + beside;
  };
  if (auto* a = std::get_if<SendKeyStatement>(&action)) {
    sent(a->statement);
    site.key = std::make_unique<EpochEvent>(KeyStatementArrived{site.name, a->statement});
  } else if (auto* a = std::get_if<SendNonce>(&action)) {
    site.nonce = std::make_unique<EpochEvent>(NonceArrived{site.name, a->nonce});
  } else if (std::holds_alternative<ComputeVector>(action)) {
    return Send(site, VectorComputed{Sha256(site.name)});
  } else if (auto* a = std::get_if<MaskVector>(&action)) {
    return Mask(site, *a);
  } else if (auto* a = std::get_if<SendHeader>(&action)) {
    sent(a->header, a->offers.size() + payload_.size() * sizeof(uint32_t));
    for (size_t i = 0; i < sum_.size(); ++i) sum_[i] += payload_[i];
    return Handle(UploadVerified{site.name, a->header, a->offers, DigestOf(payload_)});
  } else if (auto* a = std::get_if<SendSurvivorStatement>(&action)) {
    sent(a->statement);
    return Handle(StatementArrived{site.name, a->statement});
  } else if (auto* a = std::get_if<SendReveal>(&action)) {
    sent(a->statement, a->seeds.size());
    return Handle(RevealArrived{site.name, a->statement, std::move(a->seeds)});
  } else if (auto* a = std::get_if<Refuse>(&action)) {
    return absl::InternalError(absl::StrCat(site.name, ": ", a->reason));
  }
  return absl::OkStatus();
}

absl::Status SecureParties::Mask(Site& site, const MaskVector& action) {
  payload_.resize(options_.num_elements);
  for (uint64_t j = 0; j < payload_.size(); ++j) payload_[j] = Plain(site.index, j);
  ACCORD_RETURN_IF_ERROR(action.masks->Apply(0, absl::MakeSpan(payload_)));
  return Send(site, VectorMasked{DigestOf(payload_)});
}

}  // namespace accord::bench
