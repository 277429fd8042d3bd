// A coordinator that says anything at any time: random events, honest, stale and damaged, in random order, with
// restarts. Whatever it says, what the sites send keeps the promises that protect their vectors.
//
// ACCORD_SEED repeats one run, ACCORD_RUNS says how many.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "aggregation/secure/messages/void_statement.h"
#include "tests/aggregation/secure/testing/test_federation.h"

namespace accord::secure::testing {
namespace {

// Watches everything that one site sends, across restarts.
class Promises {
 public:
  void Check(const Outbox& outbox) {
    if (outbox.header) CheckHeader(ParseUploadHeader(outbox.header->bytes).value());
    if (outbox.statement) CheckStatement(ParseSurvivorStatement(outbox.statement->bytes).value(), outbox);
    if (outbox.reveal) CheckReveal(ParseRevealStatement(outbox.reveal->bytes).value());
    if (outbox.void_statement) CheckVoid(ParseVoidStatement(outbox.void_statement->bytes).value());
  }

  // Valid statements that this site was shown, by set.
  void Shown(const std::vector<SignedBytes>& statements, const std::vector<std::string>& cohort) {
    std::map<Sha256Digest, std::set<std::string>> signers;
    for (const SignedBytes& message : statements) {
      const auto statement = ParseSurvivorStatement(message.bytes);
      if (!statement.ok()) continue;
      if (std::find(cohort.begin(), cohort.end(), statement->site) == cohort.end()) continue;
      signers[statement->set.survivors_hash].insert(statement->site);
      if (signers[statement->set.survivors_hash].size() >= statement->set.required_signatures) {
        enough_.insert(statement->set.survivors_hash);
      }
    }
  }

  int num_signed() const { return static_cast<int>(signed_.size()); }
  int num_revealed() const { return static_cast<int>(revealed_self_.size()); }

 private:
  void CheckHeader(const UploadHeader& header) {
    const auto [payload, is_new] = payloads_.emplace(header.transcript(), header.payload_digest);
    EXPECT_TRUE(is_new || payload->second == header.payload_digest) << "two uploads for one transcript";
  }

  void CheckStatement(const SurvivorStatement& statement, const Outbox& outbox) {
    const Sha256Digest& transcript = statement.set.transcript;
    const auto [set, is_new] = signed_.emplace(transcript, statement.set.survivors_hash);
    EXPECT_TRUE(is_new || set->second == statement.set.survivors_hash) << "two sets for one transcript";
    EXPECT_FALSE(voided_.contains(transcript)) << "signed what it promised never to sign";
    EXPECT_TRUE(!is_new || outbox.order.front() == "append") << "signed before the record says so";
  }

  void CheckReveal(const RevealStatement& reveal) {
    EXPECT_TRUE(enough_.contains(reveal.survivors_hash)) << "revealed without enough signatures";
    if (reveal.self.has_value()) {
      EXPECT_EQ(signed_[reveal.transcript], reveal.survivors_hash) << "revealed for a set that it did not sign";
      EXPECT_FALSE(missing_.contains(reveal.transcript)) << "a missing site's self-mask seed";
      revealed_self_.insert(reveal.transcript);
    }
    if (!reveal.self.has_value() && !reveal.pairs.empty()) {
      EXPECT_FALSE(signed_.contains(reveal.transcript)) << "a survivor's pair seeds with survivors";
      missing_.insert(reveal.transcript);
    }
    for (const auto& pair : reveal.pairs) kinds_[{reveal.transcript, pair.site}].insert("pair");
    for (const auto& share : reveal.shares) kinds_[{reveal.transcript, share.site}].insert("share");
    for (const auto& [peer, kinds] : kinds_) EXPECT_EQ(kinds.size(), 1u) << "both kinds for " << peer.second;
  }

  void CheckVoid(const VoidStatement& statement) {
    EXPECT_FALSE(signed_.contains(statement.transcript)) << "promised never to sign what it signed";
    voided_.insert(statement.transcript);
  }

  std::map<Sha256Digest, Sha256Digest> payloads_;
  std::map<Sha256Digest, Sha256Digest> signed_;
  std::set<Sha256Digest> voided_;
  std::set<Sha256Digest> enough_;
  std::set<Sha256Digest> revealed_self_;
  std::set<Sha256Digest> missing_;
  std::map<std::pair<Sha256Digest, std::string>, std::set<std::string>> kinds_;
};

class Liar {
 public:
  explicit Liar(uint32_t seed) : federation_({.num_sites = 5, .seed = seed}), random_(seed), promises_(5) {
    NewEpoch();
  }

  void Run(int num_steps) {
    for (int i = 0; i < num_steps; ++i) Step();
  }
  int num_signed() const {
    return Count([](const Promises& promises) { return promises.num_signed(); });
  }
  int num_revealed() const {
    return Count([](const Promises& promises) { return promises.num_revealed(); });
  }

 private:
  template <typename F>
  int Count(F count) const {
    int sum = 0;
    for (const Promises& promises : promises_) sum += count(promises);
    return sum;
  }

  int Draw(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }
  bool Once(int in) { return Draw(in) == 0; }

  Sites SubsetOf(const Sites& sites, int drop_one_in) {
    Sites subset;
    for (const size_t site : sites) {
      if (!Once(drop_one_in)) subset.push_back(site);
    }
    return subset;
  }

  Outbox Send(size_t site, const SiteEvent& event) {
    Outbox outbox = federation_[site].Send(event);
    promises_[site].Check(outbox);
    return outbox;
  }

  void NewEpoch() {
    epoch_ = ++number_;
    std::vector<SignedBytes> statements;
    for (const size_t site : federation_.All()) {
      const Outbox outbox = Send(site, federation_.EpochRequest(epoch_));
      if (!outbox.key_statement) continue;  // stopped
      statements.push_back(*outbox.key_statement);
    }
    attempts_.clear();
    for (const size_t site : federation_.All()) Send(site, EpochListed{epoch_, statements});
  }

  void NewAttempt() {
    AttemptTerms terms;
    terms.job_id = federation_.job_id;
    terms.job_sha256 = federation_.job_sha256;
    terms.epoch = epoch_;
    terms.attempt = ++number_;
    terms.step = terms.round = Draw(3);
    terms.data_set = "heart";
    terms.encoding_sites = 5;
    terms.ring_bits = 32;
    terms.colluding_organisations = federation_.colluding_organisations;
    terms.model_digest = Sha256("model " + std::to_string(terms.step));
    PlayedAttempt attempt;
    attempt.terms = terms;
    for (const size_t site : SubsetOf(federation_.All(), 8)) {
      AttemptTerms told = terms;
      if (Once(30)) told.model_digest = Sha256("another model");
      Outbox outbox = Send(site, AttemptPlanned{told, previous_, {}, {}});
      if (outbox.Refused(SiteRefusal::kPreviousSkipped)) previous_ = newest_proof_;
      if (!outbox.header) continue;
      attempt.headers[site] = *outbox.header;
      attempt.offers[site] = outbox.offers;
    }
    attempts_.push_back(std::move(attempt));
  }

  Sites Arrived(const PlayedAttempt& attempt) {
    Sites sites;
    for (const auto& [site, header] : attempt.headers) sites.push_back(site);
    return sites;
  }

  void ShowSurvivors(PlayedAttempt& attempt) {
    const Sites survivors = SubsetOf(Arrived(attempt), 12);
    for (const size_t site : SubsetOf(federation_.All(), 4)) {
      const Outbox outbox = Send(site, federation_.List(attempt, Once(6) ? SubsetOf(survivors, 3) : survivors, site));
      if (outbox.statement) attempt.statements[site] = *outbox.statement;
    }
  }

  Sites Signers(const PlayedAttempt& attempt) {
    Sites sites;
    for (const auto& [site, statement] : attempt.statements) sites.push_back(site);
    return sites;
  }

  // Of those who signed the same set as the first.
  std::vector<SignedBytes> Statements(const PlayedAttempt& attempt) {
    std::vector<SignedBytes> statements;
    std::optional<Sha256Digest> set;
    for (const auto& [site, statement] : attempt.statements) {
      const Sha256Digest hash = ParseSurvivorStatement(statement.bytes).value().set.survivors_hash;
      if (!set) set = hash;
      if (hash == *set || Once(20)) statements.push_back(statement);
    }
    return statements;
  }

  void ShowSignatures(PlayedAttempt& attempt) {
    const std::vector<SignedBytes> statements = Statements(attempt);
    const std::vector<std::string> cohort = federation_.Names(federation_.All());
    for (const size_t site : SubsetOf(federation_.All(), 4)) {
      promises_[site].Shown(statements, cohort);
      if (Send(site, SignaturesShown{statements}).reveal) newest_proof_ = previous_ = statements;
    }
  }

  void AskForSeeds(PlayedAttempt& attempt) {
    const size_t site = Draw(5);
    const std::vector<std::string> gone = federation_.Names(SubsetOf(federation_.All(), 2));
    if (Once(2)) {
      Send(site, SharesRequested{gone});
      return;
    }
    const std::vector<SignedBytes> statements = Statements(attempt);
    promises_[site].Shown(statements, federation_.Names(federation_.All()));
    std::vector<SignedBytes> headers;
    const Sites listed = Once(3) ? Arrived(attempt) : SubsetOf(Arrived(attempt), 5);
    for (const size_t survivor : listed) headers.push_back(attempt.headers.at(survivor));
    if (Send(site, PairSeedsRequested{headers, statements, gone}).reveal) newest_proof_ = previous_ = statements;
  }

  void Step() {
    if (attempts_.empty() || Once(12)) return NewAttempt();
    if (Once(60)) return NewEpoch();
    PlayedAttempt& attempt = Once(4) ? attempts_[Draw(static_cast<int>(attempts_.size()))] : attempts_.back();
    switch (Draw(16)) {
      case 0:
        return Restart(Draw(5));
      case 1:
        Send(Draw(5), AttemptEnded{attempt.terms.attempt, AttemptOutcome::kAbandoned});
        return;
      case 2:
        if (!attempt.headers.empty()) {
          const auto header = ParseUploadHeader(attempt.headers.begin()->second.bytes).value();
          Send(Draw(5), VoidRequested{header.transcript()});
        }
        return;
      case 3:
        if (Once(5)) Send(Draw(5), Forget{});
        return;
      default:
        if (Once(3)) return AskForSeeds(attempt);
        return Once(2) ? ShowSurvivors(attempt) : ShowSignatures(attempt);
    }
  }

  void Restart(size_t site) {
    if (Once(3)) federation_[site].Restart();
  }

  TestFederation federation_;
  std::mt19937 random_;
  std::vector<Promises> promises_;
  uint32_t number_ = 0;
  uint32_t epoch_ = 0;
  std::vector<PlayedAttempt> attempts_;
  std::vector<SignedBytes> previous_;
  std::vector<SignedBytes> newest_proof_;
};

uint32_t FromEnvironment(const char* name, uint32_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<uint32_t>(std::strtoul(text, nullptr, 10));
}

TEST(RandomLies, NothingThatASiteSendsBreaksAPromise) {
  const uint32_t first = FromEnvironment("ACCORD_SEED", 1);
  const uint32_t runs = std::getenv("ACCORD_SEED") != nullptr ? 1 : FromEnvironment("ACCORD_RUNS", 20);
  int num_signed = 0;
  int num_revealed = 0;
  for (uint32_t seed = first; seed < first + runs; ++seed) {
    SCOPED_TRACE("ACCORD_SEED=" + std::to_string(seed));
    Liar liar(seed);
    liar.Run(300);
    num_signed += liar.num_signed();
    num_revealed += liar.num_revealed();
    if (HasFailure()) return;
  }
  // The lies must not be so many that nothing ever happens.
  if (runs >= 20) {
    EXPECT_GT(num_signed, 50);
    EXPECT_GT(num_revealed, 20);
  }
  RecordProperty("signed", num_signed);
  RecordProperty("revealed", num_revealed);
}

}  // namespace
}  // namespace accord::secure::testing
