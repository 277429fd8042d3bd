// Real sites and the real machine of the coordinator, with messages carried from one to the other: what they agree on
// is the same to the last byte, with members missing and survivors that go at every point.
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>

#include "aggregation/secure/round/secure_round.h"
#include "aggregation/secure/round/unmask.h"
#include "tests/aggregation/secure/testing/test_federation.h"

namespace accord::secure::testing {
namespace {

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

// One attempt, carried out by both machines.
class CarriedAttempt {
 public:
  CarriedAttempt(TestFederation& federation, const AttemptPlanned& plan) : federation_(federation), plan_(plan) {
    Agreement agreement = federation.AgreementOf(plan);
    RoundTerms terms;
    terms.roster = federation.roster();
    terms.fields = agreement.fields;
    terms.quorum = agreement.quorum;
    terms.graph = agreement.graph;
    terms.max_missing = agreement.max_missing;
    round_.emplace(SecureRound::Create(std::move(terms)).value());
    for (const size_t site : federation.members()) index_[federation[site].name()] = site;
  }

  // `uploaders` upload; after that `gone_after_signing` sign and answer no more.
  void Run(const Sites& uploaders, const std::set<size_t>& gone_after_signing = {}) {
    gone_ = gone_after_signing;
    for (const size_t site : federation_.members()) {
      const Outbox outbox = federation_[site].Send(plan_);
      ASSERT_TRUE(outbox.header.has_value()) << outbox;
      if (std::find(uploaders.begin(), uploaders.end(), site) == uploaders.end()) continue;  // lost on the way
      payloads_[federation_[site].name()] = federation_[site].payload;
      Handle(UploadVerified{federation_[site].name(), *outbox.header, outbox.offers,
                            HashOfVector(federation_[site].payload)});
    }
    Handle(CloseCollecting{});
    for (const size_t site : gone_) Handle(SiteGone{federation_[site].name(), true});
  }

  bool opened() const { return opened_.has_value(); }
  const std::vector<std::string>& survivors() const { return opened_->survivors; }
  const std::vector<uint32_t>& sum() const { return sum_; }
  const std::vector<SignedBytes>& proof() const { return proof_; }
  const std::string& dead() const { return dead_; }
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  void Handle(RoundEvent event) {
    for (RoundAction& action : round_->Handle(std::move(event))) Carry(action);
  }

  void Add(const std::string& site) {
    const std::vector<uint32_t>& payload = payloads_.at(site);
    sum_.resize(payload.size());
    for (size_t i = 0; i < sum_.size(); ++i) sum_[i] += payload[i];
  }

  void Carry(RoundAction& action) {
    std::visit(Overloaded{[&](AcceptUpload& accept) { Add(accept.site); },
                          [&](RejectUpload& reject) { complaints_.push_back(reject.reason); },
                          [&](RejectMessage& reject) { complaints_.push_back(reject.reason); },
                          [&](Exclude& exclude) { complaints_.push_back(exclude.reason); },
                          [&](SendSurvivors& send) {
                            Ask(send.site, SurvivorsListed{*send.headers, send.offers});
                          },
                          [&](SendSignatures& send) { Ask(send.site, SignaturesShown{*send.statements}); },
                          [&](RequestShares& request) { Ask(request.site, SharesRequested{request.gone}); },
                          [&](RequestPairSeeds& request) {
                            Ask(request.site, PairSeedsRequested{*request.headers, *request.statements, request.gone});
                          },
                          [&](RequestVoid& request) {
                            Ask(request.site, VoidRequested{federation_.AgreementOf(plan_).transcript});
                          },
                          [&](KeepSurvivors&) {}, [&](KeepProof& keep) { proof_ = *keep.proof.statements; },
                          [&](Unmask& unmask) { EXPECT_TRUE(RemoveMasks(unmask.seeds, absl::MakeSpan(sum_), 1).ok()); },
                          [&](Opened& opened) { opened_ = opened; }, [&](Dead& dead) { dead_ = dead.reason; },
                          [&](Released&) {}, [&](Blame& blame) { complaints_.push_back(blame.what); }},
               action);
  }

  void Ask(const std::string& name, const SiteEvent& event) {
    const size_t site = index_.at(name);
    if (gone_.contains(site) && !std::holds_alternative<SurvivorsListed>(event)) return;
    Outbox outbox = federation_[site].Send(event);
    for (const Refuse& refuse : outbox.refusals) complaints_.push_back(name + ": " + refuse.reason);
    if (outbox.statement) Handle(StatementArrived{name, *outbox.statement});
    if (outbox.void_statement) Handle(VoidArrived{name, *outbox.void_statement});
    if (!outbox.reveal) return;
    const auto* seeds = reinterpret_cast<const uint8_t*>(outbox.seeds.data());
    Handle(RevealArrived{name, *outbox.reveal, SecretBytes(absl::MakeConstSpan(seeds, outbox.seeds.size()))});
  }

  TestFederation& federation_;
  const AttemptPlanned plan_;
  std::optional<SecureRound> round_;
  std::map<std::string, size_t> index_;
  std::map<std::string, std::vector<uint32_t>> payloads_;
  std::set<size_t> gone_;
  std::vector<uint32_t> sum_;
  std::optional<Opened> opened_;
  std::vector<SignedBytes> proof_;
  std::string dead_;
  std::vector<std::string> complaints_;
};

void ExpectOpened(TestFederation& federation, const CarriedAttempt& attempt, const Sites& survivors) {
  ASSERT_TRUE(attempt.opened()) << attempt.dead();
  EXPECT_EQ(attempt.survivors(), federation.Names(survivors));
  EXPECT_EQ(attempt.sum(), federation.PlainSum(survivors));
  EXPECT_TRUE(attempt.complaints().empty()) << attempt.complaints()[0];
}

TEST(BothMachines, OpenTheSumOfAll) {
  for (const size_t num_sites : {3, 4, 5, 9}) {
    TestFederation federation({.num_sites = num_sites});
    federation.OpenEpoch(1, federation.All());
    CarriedAttempt attempt(federation, federation.Plan(1));
    attempt.Run(federation.All());
    ExpectOpened(federation, attempt, federation.All());
  }
}

TEST(BothMachines, OpenTheSumWithoutAMissingSite) {
  TestFederation federation({.num_sites = 5});
  federation.OpenEpoch(1, federation.All());
  CarriedAttempt attempt(federation, federation.Plan(1));
  attempt.Run(federation.AllBut({2}));
  ExpectOpened(federation, attempt, federation.AllBut({2}));
}

TEST(BothMachines, HealASurvivorThatGoesAfterSigning) {
  TestFederation federation({.num_sites = 5});
  federation.OpenEpoch(1, federation.All());
  CarriedAttempt attempt(federation, federation.Plan(1));
  attempt.Run(federation.All(), {3});
  ExpectOpened(federation, attempt, federation.All());
}

TEST(BothMachines, HealASurvivorThatGoesWhileAnotherIsMissingWithTheMissingSitesHelp) {
  TestFederation federation({.num_sites = 7});
  federation.OpenEpoch(1, federation.All());
  CarriedAttempt attempt(federation, federation.Plan(1));
  attempt.Run(federation.AllBut({6}), {2});
  ExpectOpened(federation, attempt, federation.AllBut({6}));
}

TEST(BothMachines, OpenASparseSumWithDropouts) {
  TestFederation federation({.num_sites = 20});
  federation.OpenEpoch(1, federation.All());
  AttemptTerms terms = federation.Terms(1);
  terms.graph = GraphTerms{true, 8, 6, 2};
  CarriedAttempt attempt(federation, federation.Plan(terms));
  attempt.Run(federation.AllBut({7}), {11});
  ExpectOpened(federation, attempt, federation.AllBut({7}));
}

TEST(BothMachines, GoOnFromRoundToRoundOnTheProofThatTheCoordinatorKept) {
  TestFederation federation({.num_sites = 5});
  federation.OpenEpoch(1, federation.All());
  for (const uint32_t number : {1, 2, 3}) {
    CarriedAttempt attempt(federation, federation.Plan(number));
    const Sites survivors = number == 2 ? federation.AllBut({4}) : federation.All();
    attempt.Run(survivors);
    ExpectOpened(federation, attempt, survivors);
    federation.previous = attempt.proof();
  }
}

}  // namespace
}  // namespace accord::secure::testing
