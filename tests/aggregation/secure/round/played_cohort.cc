#include "tests/aggregation/secure/round/played_cohort.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "aggregation/secure/mask_stream.h"
#include "aggregation/secure/messages/seed_commitment.h"
#include "aggregation/secure/round/unmask.h"
#include "aggregation/secure/shamir.h"

namespace accord::secure {
namespace {

constexpr size_t kElements = 8;

std::vector<uint32_t> Plain(uint32_t index) {
  std::vector<uint32_t> vector(kElements);
  for (size_t i = 0; i < kElements; ++i) vector[i] = static_cast<uint32_t>(1000 * (index + 1) + i) * 2654435761u;
  return vector;
}

void AddTo(std::vector<uint32_t>& sum, const std::vector<uint32_t>& vector) {
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += vector[i];
}

Sha256Digest HashOf(const std::vector<uint32_t>& vector) {
  return Sha256(absl::string_view(reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(uint32_t)));
}

SecretBytes Copy(const SecretBytes& secret) { return SecretBytes(secret.Reveal()); }

std::shared_ptr<const Roster> RosterOf(const std::vector<RosterEntry>& entries) {
  return std::make_shared<const Roster>(*Roster::Parse(*Roster::Write("Test", entries)));
}

}  // namespace

PlayedCohort::PlayedCohort(CohortOptions options) : options_(options) {
  MakeSites();
  MakeTerms();
  MakeSeeds();
  absl::StatusOr<SecureRound> round = SecureRound::Create(Terms());
  EXPECT_TRUE(round.ok()) << round.status();
  round_.emplace(*std::move(round));
}

void PlayedCohort::MakeSites() {
  // Made once for the whole program: the tests have nothing to do with which keys sign.
  static auto* keys = new std::vector<KeyPair>();
  while (keys->size() < options_.num_sites) keys->push_back(*KeyPair::Generate());
  std::vector<RosterEntry> entries;
  for (uint32_t i = 0; i < options_.num_sites; ++i) {
    fields_.cohort.push_back(absl::StrFormat("site-%02d", i));
    sites_.emplace_back().signer = std::make_unique<KeyPairSigner>(*KeyPairSigner::Create((*keys)[i]));
    entries.push_back({fields_.cohort[i], absl::StrCat("Hospital ", i), sites_[i].signer->public_key_der()});
  }
  roster_ = RosterOf(entries);
}

void PlayedCohort::MakeTerms() {
  std::vector<std::string> organisations;
  for (const std::string& site : fields_.cohort) organisations.push_back(roster_->Find(site)->organisation);
  const auto quorum = ComputeCohortTerms(organisations, options_.colluding_organisations);
  EXPECT_TRUE(quorum.ok()) << quorum.status();
  quorum_ = *quorum;
  const bool sparse = options_.degree > 0;
  const auto graph = sparse ? NeighbourGraph::Harary(options_.num_sites, options_.degree, Sha256("seed"))
                            : NeighbourGraph::Complete(options_.num_sites);
  graph_ = std::make_shared<const NeighbourGraph>(*graph);
  fields_.job_id = "job-1";
  fields_.epoch = 1;
  fields_.attempt = 2;
  fields_.min_sites = options_.min_sites;
  fields_.encoding_sites = options_.num_sites;
  fields_.graph = sparse ? TranscriptGraph::kHarary : TranscriptGraph::kComplete;
  fields_.degree = graph_->degree();
  fields_.share_threshold = sparse ? options_.share_threshold : quorum_.share_threshold;
  fields_.required_signatures = quorum_.required_signatures;
  fields_.colluding_sites = quorum_.colluding_sites;
  transcript_ = HashTranscript(fields_);
  const uint32_t n = options_.num_sites;
  set_ = {transcript_, fields_.job_id, fields_.attempt, n, quorum_.required_signatures, quorum_.colluding_sites, n, {}};
}

void PlayedCohort::MakeSeeds() {
  for (uint32_t i = 0; i < sites_.size(); ++i) {
    sites_[i].self_seed = *entropy_.Secret(32);
    for (const uint32_t j : graph_->Neighbours(i)) {
      sites_[i].pair_seeds[j] = j < i ? Copy(sites_[j].pair_seeds.at(i)) : *entropy_.Secret(32);
    }
    if (fields_.share_threshold == 0) continue;
    sites_[i].shares = *SplitSecret(sites_[i].self_seed, fields_.share_threshold, graph_->degree(), entropy_);
  }
}

void PlayedCohort::ReplaceShare(uint32_t maker, size_t position, uint8_t filling) {
  sites_[maker].shares[position] = SecretBytes(std::vector<uint8_t>(32, filling));
}

RoundTerms PlayedCohort::Terms() const { return {roster_, fields_, quorum_, graph_, options_.max_missing}; }

uint32_t PlayedCohort::IndexOf(const std::string& site) const {
  const auto found = std::find(fields_.cohort.begin(), fields_.cohort.end(), site);
  return static_cast<uint32_t>(found - fields_.cohort.begin());
}

std::vector<uint32_t> PlayedCohort::Neighbours(uint32_t index) const {
  const auto span = graph_->Neighbours(index);
  return {span.begin(), span.end()};
}

std::vector<uint32_t> PlayedCohort::Masked(uint32_t index) const {
  std::vector<uint32_t> vector = Plain(index);
  const auto mask = [&](const SecretBytes& seed, MaskSign sign) {
    EXPECT_TRUE(MaskStream::Create(seed)->Apply(sign, 0, absl::MakeSpan(vector)).ok());
  };
  mask(sites_[index].self_seed, MaskSign::kPlus);
  for (const auto& [peer, seed] : sites_[index].pair_seeds) {
    mask(seed, index < peer ? MaskSign::kPlus : MaskSign::kMinus);
  }
  return vector;
}

UploadVerified PlayedCohort::Upload(uint32_t index, const EditUpload& edit) {
  const std::string site = Site(index);
  Offers offers;
  for (const uint32_t peer : Neighbours(index)) {
    PeerOffer& offer = offers.offers.emplace_back();
    offer.peer = Site(peer);
    offer.pair_commitment = PairCommitment(transcript_, site, offer.peer, sites_[index].pair_seeds.at(peer));
    if (sites_[index].shares.empty()) continue;
    const uint8_t position = *graph_->PositionOf(index, peer);
    offer.share.emplace();  // the packet is nobody's business here
    offer.share->commitment =
        ShareCommitment(transcript_, {site, offer.peer, position}, sites_[index].shares[position - 1]);
  }
  UploadHeader header;
  header.parts = PartsOf(fields_);
  header.site = site;
  header.payload_digest = HashOf(Masked(index));
  header.self_commitment = SelfCommitment(transcript_, site, sites_[index].self_seed);
  if (edit) edit(header, offers);
  header.offers_root = OffersRoot(site, offers);
  return {site, *Sign(header, *sites_[index].signer), Serialize(offers), HashOf(Masked(index))};
}

StatementArrived PlayedCohort::Statement(uint32_t index, const EditStatement& edit) const {
  SurvivorStatement statement;
  statement.set = set_;
  statement.site = Site(index);
  if (const auto makers = complaints.find(index); makers != complaints.end()) {
    for (const uint32_t maker : makers->second) statement.complaints.push_back(Site(maker));
  }
  if (edit) edit(statement);
  return {Site(index), *Sign(statement, *sites_[index].signer)};
}

RevealArrived PlayedCohort::RevealOf(uint32_t index, const Seeds& which) const {
  RevealStatement statement{transcript_, set_.survivors_hash, Site(index), {}, {}, {}};
  RevealedSeeds seeds;
  const auto take = [&](const SecretBytes& seed) {
    std::vector<uint8_t> bytes(seed.Reveal().begin(), seed.Reveal().end());
    if (which.forge) which.forge(bytes);
    return SecretBytes(bytes);
  };
  if (which.self) {
    seeds.self = take(sites_[index].self_seed);
    statement.self = SelfCommitment(transcript_, Site(index), *seeds.self);
  }
  for (const uint32_t peer : which.pairs) {
    seeds.pairs.push_back(take(sites_[index].pair_seeds.at(peer)));
    statement.pairs.push_back({Site(peer), PairCommitment(transcript_, Site(index), Site(peer), seeds.pairs.back())});
  }
  for (const uint32_t maker : which.shares) {
    const uint8_t position = *graph_->PositionOf(maker, index);
    seeds.shares.push_back(take(sites_[maker].shares[position - 1]));
    statement.shares.push_back(
        {Site(maker), ShareCommitment(transcript_, {Site(maker), Site(index), position}, seeds.shares.back())});
  }
  return {Site(index), *Sign(statement, *sites_[index].signer), SerializeSeeds(seeds)};
}

RevealArrived PlayedCohort::Reveal(uint32_t index) const {
  Seeds seeds{.self = true};
  for (const uint32_t peer : Neighbours(index)) {
    if (!survivors_.contains(peer)) seeds.pairs.push_back(peer);
  }
  return RevealOf(index, seeds);
}

VoidArrived PlayedCohort::Void(uint32_t index) const {
  return {Site(index), *Sign(VoidStatement{transcript_, Site(index), 0, {}}, *sites_[index].signer)};
}

void PlayedCohort::Saw(const SendSurvivors& shown) {
  set_.survivor_count = static_cast<uint32_t>(shown.headers->size());
  set_.survivors_hash = SurvivorsHash(transcript_, *shown.headers);
  survivors_.clear();
  for (const SignedBytes& header : *shown.headers) survivors_.insert(IndexOf(ParseUploadHeader(header.bytes)->site));
}

void PlayedCohort::Handle(RoundEvent event) {
  for (RoundAction& action : round_->Handle(std::move(event))) {
    if (const SendSurvivors* shown = std::get_if<SendSurvivors>(&action)) Saw(*shown);
    if (const AcceptUpload* upload = std::get_if<AcceptUpload>(&action)) accepted_.insert(IndexOf(upload->site));
    log.push_back(std::move(action));
  }
}

std::optional<RoundEvent> PlayedCohort::AnswerTo(const RoundAction& action) const {
  const auto indices = [this](const std::vector<std::string>& sites) {
    std::vector<uint32_t> found;
    for (const std::string& site : sites) found.push_back(IndexOf(site));
    return found;
  };
  const auto answers = [this](const std::string& site) { return !silent.contains(IndexOf(site)); };
  if (const auto* shown = std::get_if<SendSurvivors>(&action); shown != nullptr && answers(shown->site)) {
    return Statement(IndexOf(shown->site));
  }
  if (const auto* shown = std::get_if<SendSignatures>(&action); shown != nullptr && answers(shown->site)) {
    return Reveal(IndexOf(shown->site));
  }
  if (const auto* asked = std::get_if<RequestShares>(&action); asked != nullptr && answers(asked->site)) {
    return RevealOf(IndexOf(asked->site), {.shares = indices(asked->gone)});
  }
  if (const auto* asked = std::get_if<RequestPairSeeds>(&action); asked != nullptr && answers(asked->site)) {
    return RevealOf(IndexOf(asked->site), {.pairs = indices(asked->gone)});
  }
  if (const auto* asked = std::get_if<RequestVoid>(&action); asked != nullptr && answers(asked->site)) {
    return Void(IndexOf(asked->site));
  }
  return std::nullopt;
}

void PlayedCohort::Answer() {
  while (answered_ < log.size()) {
    if (std::optional<RoundEvent> answer = AnswerTo(log[answered_++])) Handle(*std::move(answer));
  }
}

void PlayedCohort::UploadAll() {
  for (uint32_t i = 0; i < sites_.size(); ++i) {
    if (!silent.contains(i) && accepted_.insert(i).second) Handle(Upload(i));
  }
}

void PlayedCohort::Play() {
  UploadAll();
  Handle(CloseCollecting{});
  Answer();
}

void PlayedCohort::ExpectOpenedOver(const std::set<uint32_t>& sites) const {
  ASSERT_EQ(round_->state(), SecureRound::State::kOpened) << round_->WaitingWords();
  std::vector<uint32_t> masked(kElements);
  std::vector<uint32_t> plain(kElements);
  std::vector<std::string> survivors;
  for (const uint32_t site : sites) {
    AddTo(masked, Masked(site));
    AddTo(plain, Plain(site));
    survivors.push_back(Site(site));
  }
  ASSERT_EQ(All<Unmask>().size(), 1u);
  ASSERT_TRUE(RemoveMasks(Last<Unmask>().seeds, absl::MakeSpan(masked), 1).ok());
  EXPECT_EQ(masked, plain);
  EXPECT_EQ(Last<Opened>().survivors, survivors);
  EXPECT_EQ(Last<Opened>().absences.size(), sites_.size() - sites.size());
}

void PlayedCohort::ExpectProven(EvidenceKind kind, Weight weight) const {
  const Blame& blame = Last<Blame>();
  ASSERT_TRUE(blame.evidence.has_value());
  EXPECT_EQ(blame.evidence->kind, kind);
  const auto verdict = CheckEvidence(WriteEvidence(*blame.evidence, roster_->bytes()));
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->claim, blame.what);
  for (const Finding& finding : verdict->findings) {
    if (finding.kind != kind) continue;
    EXPECT_EQ(finding.weight, weight) << finding.proves;
    EXPECT_EQ(std::set<std::string>(finding.sites.begin(), finding.sites.end()),
              std::set<std::string>(blame.sites.begin(), blame.sites.end()))
        << finding.proves;
    return;
  }
  ADD_FAILURE() << "the file proves no " << EvidenceKindName(kind);
}

std::vector<std::string> PlayedCohort::Blamed() const {
  std::vector<std::string> lines;
  for (const Blame* blame : All<Blame>()) {
    lines.push_back(absl::StrCat(absl::StrJoin(blame->sites, ", "), ": ", blame->what));
  }
  return lines;
}

std::vector<std::string> PlayedCohort::Rejected() const {
  std::vector<std::string> lines;
  for (const RoundAction& action : log) {
    if (const auto* upload = std::get_if<RejectUpload>(&action)) {
      lines.push_back(absl::StrCat(upload->site, ": ", upload->reason));
    } else if (const auto* message = std::get_if<RejectMessage>(&action)) {
      lines.push_back(absl::StrCat(message->site, ": ", message->reason));
    }
  }
  return lines;
}

}  // namespace accord::secure
