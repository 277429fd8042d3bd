// What a coordinator says to a site's part in the secure sum. The input: how far an honest attempt has come (0 to 4),
// then 'r' and framed CoordinatorMessages, or 'e' and damage to the message that an honest coordinator would send next.
//
// The coordinator here has no key of any site, so nothing that it makes up may bring a site further, and of what sites
// signed only what is whole counts.
#include <algorithm>
#include <string>
#include <vector>

#include "aggregation/secure/messages/signed_wire.h"
#include "client/daemon/secure/wire.h"
#include "tests/aggregation/secure/testing/test_federation.h"
#include "tests/fuzz/support/edits.h"
#include "tests/fuzz/support/frames.h"
#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz::coordinator_message {
namespace {

using namespace accord::secure;
using namespace accord::secure::testing;

enum Stage : int { kStart, kKeyed, kReady, kMasked, kSigned, kNumStages };
constexpr size_t kVictim = 0;
constexpr size_t kRequiredSignatures = 3;  // of four sites

// An honest attempt of four sites as far as `stage`, and what comes next.
class Play {
 public:
  explicit Play(int stage) : stage_(stage) {
    for (size_t i = 0; i < federation_.size(); ++i) {
      federation_[i].disk().clear();
      federation_[i].peers_disk().clear();
      federation_[i].Restart();
    }
    if (stage_ >= kKeyed) keys_ = federation_.CollectKeys(1, federation_.All());
    if (stage_ >= kReady) federation_.OpenEpoch(1, federation_.All());
    if (stage_ >= kMasked) attempt_ = federation_.Upload(1, federation_.All());
    if (stage_ >= kSigned) federation_.Sign(attempt_, federation_.All(), federation_.All());
  }

  TestSite& victim() { return federation_[kVictim]; }
  const std::vector<SignedBytes>& keys() const { return keys_; }
  SurvivorsListed survivors() const { return federation_.List(attempt_, federation_.All(), kVictim); }
  SignaturesShown signatures() const { return federation_.Signatures(attempt_, federation_.All()); }

  v1::CoordinatorMessage Next() const {
    v1::CoordinatorMessage message;
    switch (stage_) {
      case kStart:
      case kReady:
        SetKeyRequest(*message.mutable_key_request());
        break;
      case kKeyed:
        SetId(*message.mutable_epoch_list()->mutable_plan());
        Add(keys_, *message.mutable_epoch_list()->mutable_statements());
        break;
      case kMasked: {
        const SurvivorsListed listed = survivors();
        SetId(*message.mutable_survivors()->mutable_plan());
        Add(listed.headers, *message.mutable_survivors()->mutable_headers());
        for (const std::string& offer : listed.offers) message.mutable_survivors()->add_offers(offer);
        break;
      }
      default:
        SetId(*message.mutable_signatures()->mutable_plan());
        Add(signatures().statements, *message.mutable_signatures()->mutable_statements());
    }
    return message;
  }

 private:
  static void SetId(v1::PlanId& id) {
    id.set_job_id("job-1");
    id.set_attempt(1);
  }
  static void Add(const std::vector<SignedBytes>& messages, google::protobuf::RepeatedPtrField<v1::SignedBytes>& list) {
    for (const SignedBytes& message : messages) *list.Add() = ToWire(message);
  }
  void SetKeyRequest(v1::KeyRequest& request) const {
    const Sha256Digest roster_hash = federation_.roster()->hash();
    SetId(*request.mutable_plan());
    request.set_job_sha256(HexDigest(federation_.job_sha256));
    request.set_roster_hash(roster_hash.data(), roster_hash.size());
  }

  // Made at the first play: its keys take a while, and the program has other targets.
  static TestFederation& Federation() {
    static auto& federation = *new TestFederation(FederationOptions{});
    return federation;
  }

  TestFederation& federation_ = Federation();
  const int stage_;
  std::vector<SignedBytes> keys_;
  PlayedAttempt attempt_;
};

size_t CountOf(const std::vector<SignedBytes>& shown, const std::vector<SignedBytes>& honest) {
  return static_cast<size_t>(std::count_if(shown.begin(), shown.end(), [&](const SignedBytes& message) {
    return std::find(honest.begin(), honest.end(), message) != honest.end();
  }));
}

// What left the site follows from what honest sites had signed.
void CheckSent(const Outbox& outbox, const SiteEvent& event, const Play& play, int stage) {
  if (outbox.nonce.has_value() && stage == kKeyed) {
    const auto* list = std::get_if<EpochListed>(&event);
    Require(list == nullptr || list->statements == play.keys(), "a list of keys that was altered is not taken");
  }
  Require(!outbox.nonce.has_value() || stage >= kKeyed, "without the members' keys no nonce is shown");
  Require(!outbox.header.has_value() || stage >= kMasked, "without a plan nothing is masked");
  Require(!outbox.statement.has_value() || stage >= kMasked, "without uploads no survivors are signed");
  if (const auto* listed = std::get_if<SurvivorsListed>(&event); listed != nullptr && outbox.statement.has_value()) {
    Require(stage >= kSigned || listed->headers == play.survivors().headers, "altered headers are not signed");
  }
  if (!outbox.reveal.has_value()) return;
  const auto* shown = std::get_if<SignaturesShown>(&event);
  Require(stage == kSigned && shown != nullptr &&
              CountOf(shown->statements, play.signatures().statements) >= kRequiredSignatures,
          "nothing is revealed without enough signatures");
}

bool Send(absl::string_view bytes, Play& play, int stage) {
  v1::CoordinatorMessage message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  const absl::StatusOr<AddressedEvent> event = ToSiteEvent(message);
  if (!event.ok()) return false;
  const Outbox outbox = play.victim().Send(event->event);
  CheckSent(outbox, event->event, play, stage);
  return outbox.refusals.empty();
}

}  // namespace

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  for (char stage = kStart; stage < kNumStages; ++stage) seeds.push_back({stage, 'e'});
  seeds.push_back(std::string{kStart, 'r'} + Frame(Play(kStart).Next().SerializeAsString()));
  return seeds;
}

bool Take(absl::string_view bytes) {
  const int stage = static_cast<uint8_t>(TakeSelector(bytes)) % kNumStages;
  const char mode = TakeSelector(bytes);
  if (mode != 'e' && mode != 'r') return false;
  Play play(stage);
  bool taken = false;
  if (mode == 'e') {
    taken = Send(Edited(play.Next().SerializeAsString(), bytes), play, stage);
  } else {
    while (const auto frame = NextFrame(bytes)) taken = Send(*frame, play, stage);
  }
  const absl::StatusOr<SiteRecord> stored = SiteRecord::Replay(play.victim().name(), play.victim().disk());
  Require(stored.ok() && stored->head() == play.victim().record().head(), "all that a site goes by is on its disk");
  return taken;
}

const FuzzTarget kTarget("coordinator_message", &Seeds, &Take);

}  // namespace accord::fuzz::coordinator_message
