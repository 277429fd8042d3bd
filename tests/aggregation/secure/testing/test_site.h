// A real site of the secure sum in memory: keys, record on a pretended disk, machine, and a shell that computes and
// masks a small vector. For tests of either end and for simulations.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aggregation/secure/messages/epoch_list.h"
#include "aggregation/secure/site/secure_participant.h"
#include "base/seeded_entropy.h"
#include "trust/identity/key_pair.h"
#include "trust/identity/signing.h"

namespace accord::secure::testing {

// What one event made a site send and say.
struct Outbox {
  std::optional<SignedBytes> key_statement;
  std::optional<GraphNonce> nonce;
  std::optional<SignedBytes> header;
  std::string offers;
  std::optional<SignedBytes> statement;
  std::optional<SignedBytes> reveal;
  std::string seeds;  // beside the reveal
  std::optional<SignedBytes> void_statement;
  std::vector<Refuse> refusals;
  std::vector<Evidence> evidence;
  std::vector<std::string> lines;
  std::vector<std::string> order;  // names of the actions, in order: "append", "key", "nonce" ...
  bool computes = false;           // the shell was told to compute
  bool masks = false;              // the shell was told to mask

  bool SentNothing() const;  // no message and no refusal
  bool Refused(SiteRefusal refusal) const { return refusals.size() == 1 && refusals[0].refusal == refusal; }
};
// For failed expectations.
std::ostream& operator<<(std::ostream& stream, const Outbox& outbox);

class TestSite {
 public:
  TestSite(std::string name, std::string organisation, uint64_t seed);

  const std::string& name() const { return name_; }
  const std::string& organisation() const { return organisation_; }
  const Signer& signer() const { return signer_; }
  RosterEntry Entry() const { return {name_, organisation_, signer_.public_key_der()}; }

  // Starts the daemon: record from disk, machine anew.
  void Start(std::shared_ptr<const Roster> roster, const Floors& floors);
  // The same, as after a kill.
  void Restart() { Start(roster_, floors_); }

  // Carries out what the machine says: appends to the disk, computes and masks (and tells the machine), remembers what
  // is sent.
  Outbox Send(const SiteEvent& event);

  SecureParticipant& machine() { return *machine_; }
  SecureParticipant::State state() const { return machine_->state(); }
  SiteRecord& record() { return *record_; }
  std::string& disk() { return disk_; }
  std::string& peers_disk() { return peers_disk_; }

  // The plain vector that the next attempt computes, and the masked one of the last.
  std::vector<uint32_t> vector;
  std::vector<uint32_t> payload;
  bool computes_at_once = true;  // else the test sends VectorComputed itself
  bool masks_at_once = true;     // else the test sends VectorMasked itself
  std::shared_ptr<const MaskSet> masks;

 private:
  void Carry(SiteAction action, Outbox& outbox);
  void Handle(const SiteEvent& event, Outbox& outbox);

  std::string name_;
  std::string organisation_;
  KeyPair key_pair_;
  KeyPairSigner signer_;
  SeededEntropy entropy_;
  std::shared_ptr<const Roster> roster_;
  Floors floors_;
  std::string disk_;
  std::string peers_disk_;
  std::unique_ptr<SiteRecord> record_;
  std::unique_ptr<SecureParticipant> machine_;
};

// As the shells of both ends name masked bytes.
Sha256Digest HashOfVector(const std::vector<uint32_t>& vector);

}  // namespace accord::secure::testing
