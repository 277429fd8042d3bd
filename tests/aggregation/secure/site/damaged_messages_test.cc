// Messages that were cut, prolonged, repeated, reordered, or had bits flipped: refused, and the site stands where it
// stood.
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "tests/aggregation/secure/testing/test_federation.h"

namespace accord::secure::testing {
namespace {

using State = SecureParticipant::State;

// Every string of an event that travels, to be damaged in turn.
using Strings = std::vector<std::string*>;

void Collect(std::vector<SignedBytes>& messages, Strings& strings) {
  for (SignedBytes& message : messages) {
    strings.push_back(&message.bytes);
    strings.push_back(&message.signature);
  }
}
Strings StringsOf(EpochListed& event) {
  Strings strings;
  Collect(event.statements, strings);
  return strings;
}
Strings StringsOf(AttemptPlanned& event) {
  Strings strings;
  Collect(event.previous, strings);
  return strings;
}
Strings StringsOf(SurvivorsListed& event) {
  Strings strings;
  Collect(event.headers, strings);
  for (std::string& offer : event.offers) strings.push_back(&offer);
  return strings;
}
Strings StringsOf(SignaturesShown& event) {
  Strings strings;
  Collect(event.statements, strings);
  return strings;
}
Strings StringsOf(PairSeedsRequested& event) {
  Strings strings;
  Collect(event.headers, strings);
  Collect(event.statements, strings);
  for (std::string& site : event.gone) strings.push_back(&site);
  return strings;
}

class DamagedMessages : public ::testing::Test {
 protected:
  DamagedMessages() { federation_.OpenEpoch(1, federation_.All()); }

  template <typename Event>
  void ExpectRefused(const Event& event, size_t site, const std::string& how) {
    const State before = federation_[site].state();
    const uint64_t entries = federation_[site].record().sequence();
    const Outbox outbox = federation_[site].Send(event);
    ASSERT_EQ(outbox.refusals.size(), 1u) << how << ": " << outbox;
    ASSERT_FALSE(outbox.nonce || outbox.header || outbox.statement || outbox.reveal) << how;
    ASSERT_EQ(federation_[site].state(), before) << how << ": " << outbox;
    ASSERT_EQ(federation_[site].record().sequence(), entries) << how;
  }

  // Damages the honest event in many ways, one at a time; then the honest one must still be taken.
  template <typename Event>
  void DamageEveryString(const Event& honest, size_t site, State after) {
    Event event = honest;
    const size_t count = StringsOf(event).size();
    for (size_t i = 0; i < count; ++i) {
      for (int kind = 0; kind < 8; ++kind) {
        event = honest;
        std::string& text = *StringsOf(event)[i];
        const std::string how = Damage(text, kind);
        ExpectRefused(event, site, how + " string " + std::to_string(i));
        if (HasFatalFailure()) return;
      }
    }
    federation_[site].Send(honest);
    EXPECT_EQ(federation_[site].state(), after);
  }

  std::string Damage(std::string& text, int kind) {
    std::uniform_int_distribution<size_t> place(0, text.size() - 1);
    switch (kind) {
      case 0:
        text.clear();
        return "emptied";
      case 1:
        text.pop_back();
        return "cut";
      case 2:
        text.push_back('\0');
        return "prolonged";
      case 3:
        text.insert(0, 1, '\1');
        return "shifted";
      default: {
        const size_t at = place(random_);
        text[at] = static_cast<char>(text[at] ^ (1 << (random_() % 8)));
        return "bit flipped at " + std::to_string(at) + " of";
      }
    }
  }

  TestFederation federation_{{.num_sites = 4}};
  std::mt19937 random_{20240611};  // the same damage every time
};

TEST_F(DamagedMessages, ListOfAnEpoch) {
  const EpochListed honest{2, federation_.CollectKeys(2, federation_.All())};
  DamageEveryString(honest, 0, State::kReady);
}

TEST_F(DamagedMessages, ProofInAPlan) {
  federation_.Run(1);
  DamageEveryString(federation_.Plan(2), 0, State::kMasked);
}

TEST_F(DamagedMessages, ListOfSurvivors) {
  const PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  DamageEveryString(federation_.List(attempt, federation_.All(), 0), 0, State::kSigned);
}

TEST_F(DamagedMessages, Signatures) {
  PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  federation_.Sign(attempt, federation_.All(), federation_.All());
  DamageEveryString(federation_.Signatures(attempt, {0, 1, 2}), 0, State::kRevealed);
}

TEST_F(DamagedMessages, RequestForPairSeeds) {
  PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  const Sites survivors = {0, 1, 2};
  federation_.Sign(attempt, survivors, survivors);
  DamageEveryString(PairSeedsRequested{federation_.List(attempt, survivors, 3).headers,
                                       federation_.Signatures(attempt, survivors).statements, federation_.Names({1})},
                    3, State::kMissing);
}

TEST_F(DamagedMessages, ListsThatAreCutRepeatedOrReordered) {
  PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  const SurvivorsListed honest = federation_.List(attempt, federation_.All(), 0);
  SurvivorsListed list = honest;
  std::reverse(list.headers.begin(), list.headers.end());
  ExpectRefused(list, 0, "headers reversed");
  list = honest;
  std::reverse(list.offers.begin(), list.offers.end());
  ExpectRefused(list, 0, "offers reversed");
  list = honest;
  list.offers.push_back(list.offers.back());
  ExpectRefused(list, 0, "an offer repeated");
  list = honest;
  list.headers.insert(list.headers.end(), list.headers.begin(), list.headers.end());
  ExpectRefused(list, 0, "all headers repeated");
  list = honest;
  list.headers.resize(100'000);
  ExpectRefused(list, 0, "very many headers");
  federation_.Sign(attempt, federation_.All(), federation_.All());
  SignaturesShown shown = federation_.Signatures(attempt, federation_.All());
  shown.statements.resize(100'000);
  ExpectRefused(shown, 0, "very many statements");
}

TEST_F(DamagedMessages, MessagesOfOneKindInThePlaceOfAnother) {
  PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  federation_.Sign(attempt, federation_.All(), {1, 2, 3});
  SurvivorsListed list = federation_.List(attempt, federation_.All(), 0);
  list.headers[1] = attempt.statements.at(1);
  ExpectRefused(list, 0, "a statement as a header");
  federation_.Sign(attempt, federation_.All(), {0});
  SignaturesShown shown = federation_.Signatures(attempt, federation_.All());
  shown.statements[1] = attempt.headers.at(1);
  ExpectRefused(shown, 0, "a header as a statement");
}

// Every state against every event that does not belong there.
TEST_F(DamagedMessages, EventsOutOfOrderAreRefusedInEveryState) {
  PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  const SurvivorsListed list = federation_.List(attempt, federation_.All(), 0);
  federation_.Sign(attempt, federation_.All(), {1, 2, 3});
  const SignaturesShown shown = federation_.Signatures(attempt, {1, 2, 3});
  const std::vector<SiteEvent> needs_upload = {list, shown, SharesRequested{federation_.Names({1})},
                                               VectorMasked{Sha256("bytes")}};
  federation_[0].Send(AttemptEnded{1, AttemptOutcome::kAbandoned});  // Ready
  for (const SiteEvent& event : needs_upload) ExpectRefused(event, 0, "in Ready");
  ExpectRefused(VectorComputed{Sha256("vector")}, 0, "in Ready");
  federation_[0].computes_at_once = false;
  federation_[0].Send(federation_.Plan(2));  // Planned
  for (const SiteEvent& event : needs_upload) ExpectRefused(event, 0, "in Planned");
  federation_.CollectKeys(3, federation_.All());  // Keyed
  for (const SiteEvent& event : needs_upload) ExpectRefused(event, 0, "in Keyed");
  ExpectRefused(federation_.Plan(3), 0, "in Keyed");
  federation_[0].Send(Forget{});  // NoEpoch
  for (const SiteEvent& event : needs_upload) ExpectRefused(event, 0, "in NoEpoch");
  ExpectRefused(federation_.Plan(3), 0, "in NoEpoch");
  ExpectRefused(EpochListed{3, federation_.statements()}, 0, "in NoEpoch");
}

}  // namespace
}  // namespace accord::secure::testing
