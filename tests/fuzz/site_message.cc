// What a site says to the coordinator's machine of an attempt. The input: how far the attempt has come (0: others have
// uploaded, 1: survivors are listed, 2: others have signed), then 'r' and frames, each an UploadClose behind 'u' or a
// SiteMessage behind 's', or 'e' and damage to what the site would honestly say. The site says that after all, too.
//
// Whatever one site says: the sum is opened, and is that of the sites that are named.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "aggregation/secure/messages/signed_wire.h"
#include "proto/accord/v1/wire.pb.h"
#include "tests/aggregation/secure/round/played_cohort.h"
#include "tests/fuzz/support/edits.h"
#include "tests/fuzz/support/frames.h"
#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz::site_message {
namespace {

using namespace accord::secure;

enum Stage : int { kCollecting, kSigning, kRevealing, kNumStages };
constexpr uint32_t kHostile = 4;  // of five

SecretBytes Secret(absl::string_view bytes) {
  return SecretBytes(absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
}

std::string Said(const UploadVerified& upload) {
  v1::UploadClose close;
  *close.mutable_header() = ToWire(upload.header);
  close.set_offers(upload.offers);
  return "u" + close.SerializeAsString();
}

std::string Said(const StatementArrived& statement) {
  v1::SiteMessage message;
  *message.mutable_survivor_answer()->mutable_statement() = ToWire(statement.statement);
  return "s" + message.SerializeAsString();
}

std::string Said(const RevealArrived& reveal) {
  v1::SiteMessage message;
  *message.mutable_reveal_answer()->mutable_statement() = ToWire(reveal.statement);
  message.mutable_reveal_answer()->set_seeds(std::string(reveal.seeds.RevealAsText()));
  return "s" + message.SerializeAsString();
}

class Play {
 public:
  explicit Play(int stage) {
    cohort_.silent = {kHostile};
    cohort_.UploadAll();
    if (stage < kSigning) return;
    SayHonestly(kCollecting);
    cohort_.Handle(CloseCollecting{});
    if (stage < kRevealing) return;
    SayHonestly(kSigning);
  }

  std::string Next(int stage) const {
    if (stage == kCollecting) return Said(Upload());
    return stage == kSigning ? Said(cohort_.Statement(kHostile)) : Said(cohort_.Reveal(kHostile));
  }

  void SayHonestly(int stage) {
    if (stage == kCollecting) return cohort_.Handle(Upload());
    if (stage == kSigning) return cohort_.Handle(cohort_.Statement(kHostile));
    cohort_.Handle(cohort_.Reveal(kHostile));
  }

  // False for what is no message of secure sums.
  bool Say(absl::string_view bytes) {
    const std::string site = cohort_.Site(kHostile);
    const char kind = TakeSelector(bytes);
    v1::UploadClose close;
    v1::SiteMessage message;
    if (kind == 'u' && close.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      cohort_.Handle(UploadVerified{site, FromWire(close.header()), close.offers(), Upload().payload_digest});
      return true;
    }
    if (kind != 's' || !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
    if (message.has_survivor_answer()) {
      cohort_.Handle(StatementArrived{site, FromWire(message.survivor_answer().statement())});
    } else if (message.has_void_answer()) {
      cohort_.Handle(VoidArrived{site, FromWire(message.void_answer().statement())});
    } else if (message.has_reveal_answer()) {
      const v1::RevealAnswer& answer = message.reveal_answer();
      cohort_.Handle(RevealArrived{site, FromWire(answer.statement()), Secret(answer.seeds())});
    }
    return true;
  }

  // The rest of the attempt, by everybody.
  void End(int stage) {
    SayHonestly(stage);
    if (stage == kCollecting) cohort_.Handle(CloseCollecting{});
    if (stage <= kSigning) cohort_.Answer();
    if (stage == kCollecting) SayHonestly(kSigning);
    cohort_.Answer();
    if (!cohort_.round().ended()) SayHonestly(kRevealing);
    cohort_.Answer();
    Require(cohort_.round().state() == SecureRound::State::kOpened, "one site that talks nonsense stops no sum");
    cohort_.ExpectOpenedOver(Survivors());
    Require(!::testing::UnitTest::GetInstance()->ad_hoc_test_result().Failed(), "an opened sum is that of its sites");
  }

 private:
  UploadVerified Upload() const { return const_cast<PlayedCohort&>(cohort_).Upload(kHostile); }
  std::set<uint32_t> Survivors() const {
    std::set<uint32_t> survivors;
    for (const std::string& site : cohort_.Last<Opened>().survivors) {
      for (uint32_t i = 0; i <= kHostile; ++i) {
        if (cohort_.Site(i) == site) survivors.insert(i);
      }
    }
    return survivors;
  }

  PlayedCohort cohort_;
};

}  // namespace

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  for (char stage = kCollecting; stage < kNumStages; ++stage) seeds.push_back({stage, 'e'});
  // Each run plays a whole attempt: one long seed is enough.
  seeds.push_back(std::string{kSigning, 'r'} + Frame(Play(kSigning).Next(kSigning)));
  return seeds;
}

bool Take(absl::string_view bytes) {
  const int stage = static_cast<uint8_t>(TakeSelector(bytes)) % kNumStages;
  const char mode = TakeSelector(bytes);
  if (mode != 'e' && mode != 'r') return false;
  Play play(stage);
  bool taken = false;
  if (mode == 'e') {
    taken = play.Say(Edited(play.Next(stage), bytes));
  } else {
    while (const auto frame = NextFrame(bytes)) taken = play.Say(*frame);
  }
  play.End(stage);
  return taken;
}

const FuzzTarget kTarget("site_message", &Seeds, &Take);

}  // namespace accord::fuzz::site_message
