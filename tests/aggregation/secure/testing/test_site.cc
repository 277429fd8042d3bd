#include "tests/aggregation/secure/testing/test_site.h"

#include <gtest/gtest.h>

#include <utility>

#include "base/content_digest.h"

namespace accord::secure::testing {
namespace {

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

}  // namespace

bool Outbox::SentNothing() const {
  return !key_statement && !nonce && !header && !statement && !reveal && !void_statement && refusals.empty();
}

std::ostream& operator<<(std::ostream& stream, const Outbox& outbox) {
  for (const std::string& name : outbox.order) stream << name << ' ';
  for (const Refuse& refuse : outbox.refusals) {
    stream << "[" << std::string(SiteRefusalName(refuse.refusal)) << ": " << refuse.reason << "] ";
  }
  return stream;
}

Sha256Digest HashOfVector(const std::vector<uint32_t>& vector) {
  return ContentDigest(
      absl::string_view(reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(uint32_t)));
}

TestSite::TestSite(std::string name, std::string organisation, uint64_t seed)
    : name_(std::move(name)),
      organisation_(std::move(organisation)),
      key_pair_(KeyPair::Generate().value()),
      signer_(KeyPairSigner::Create(key_pair_).value()),
      entropy_(seed) {}

void TestSite::Start(std::shared_ptr<const Roster> roster, const Floors& floors) {
  roster_ = std::move(roster);
  floors_ = floors;
  absl::StatusOr<SiteRecord> record = SiteRecord::Replay(name_, disk_);
  ASSERT_TRUE(record.ok()) << record.status();
  machine_.reset();
  record_ = std::make_unique<SiteRecord>(*std::move(record));
  if (!peers_disk_.empty()) record_->peers() = SeenPeers::Parse(name_, peers_disk_).value();
  disk_.resize(record_->valid_bytes());
  machine_ = std::make_unique<SecureParticipant>(SecureParticipantConfig{name_, roster_, floors_}, signer_, entropy_,
                                                 *record_);
}

Outbox TestSite::Send(const SiteEvent& event) {
  Outbox outbox;
  Handle(event, outbox);
  return outbox;
}

void TestSite::Handle(const SiteEvent& event, Outbox& outbox) {
  std::vector<SiteAction> actions = machine_->Handle(event);
  for (SiteAction& action : actions) Carry(std::move(action), outbox);
}

void TestSite::Carry(SiteAction action, Outbox& outbox) {
  const auto note = [&outbox](const char* name) { outbox.order.push_back(name); };
  std::visit(
      Overloaded{[&](AppendRecord& append) { note("append"), disk_ += append.bytes; },
                 [&](SendKeyStatement& send) { note("key"), outbox.key_statement = send.statement; },
                 [&](SendNonce& send) { note("nonce"), outbox.nonce = send.nonce; },
                 [&](ComputeVector&) {
                   note("compute"), outbox.computes = true;
                   if (computes_at_once) Handle(VectorComputed{HashOfVector(vector)}, outbox);
                 },
                 [&](MaskVector& mask) {
                   note("mask"), outbox.masks = true, masks = mask.masks, payload = vector;
                   EXPECT_TRUE(masks->Apply(0, absl::MakeSpan(payload)).ok());
                   if (masks_at_once) Handle(VectorMasked{HashOfVector(payload)}, outbox);
                 },
                 [&](SendHeader& send) { note("header"), outbox.header = send.header, outbox.offers = send.offers; },
                 [&](KeepPeers&) { note("peers"), peers_disk_ = record_->peers().Serialize(); },
                 [&](SendSurvivorStatement& send) { note("statement"), outbox.statement = send.statement; },
                 [&](SendReveal& send) {
                   note("reveal"), outbox.reveal = send.statement;
                   outbox.seeds = std::string(send.seeds.RevealAsText());
                 },
                 [&](SendVoid& send) { note("void"), outbox.void_statement = send.statement; },
                 [&](Refuse& refuse) { note("refuse"), outbox.refusals.push_back(refuse); },
                 [&](StoreEvidence& store) { note("evidence"), outbox.evidence.push_back(store.evidence); },
                 [&](TellOperator& tell) { outbox.lines.push_back(tell.line); }},
      action);
}

}  // namespace accord::secure::testing
