// The state that the files round_*.cc of SecureRound share. Included by those files only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "aggregation/secure/messages/offers.h"
#include "aggregation/secure/messages/reveal_statement.h"
#include "aggregation/secure/messages/survivor_quorum.h"
#include "aggregation/secure/messages/upload_header.h"
#include "aggregation/secure/messages/void_statement.h"
#include "aggregation/secure/round/secure_round.h"

namespace accord::secure {

struct SecureRound::Impl {
  using Index = uint32_t;  // of a site in the cohort

  // What a site uploaded, checked against its signed header.
  struct Upload {
    SignedBytes message;
    UploadHeader header;
    OfferTree offers;
  };

  struct Member {
    std::string site;
    std::string organisation;
    absl::Span<const Index> neighbours;  // ascending

    std::optional<Upload> upload;  // accepted and folded
    std::string absence;           // why it is not in the sum
    bool gone = false;             // out of reach
    bool lost = false;             // nobody waits for it any more: gone for good, convicted, or for too long
    bool absent() const { return gone || lost; }
    bool has_signed = false;  // the survivors of this attempt
    std::optional<SignedBytes> voided;

    // From here on of survivors only.
    bool survivor = false;
    std::vector<Index> missing;           // neighbours that are not in the sum
    std::vector<SecretBytes> pair_seeds;  // towards each of `missing`; empty: not here
    SecretBytes self_seed;                // empty: not here
    std::set<Index> complainers;          // neighbours for whom its offer did not open
    std::map<Index, SecretBytes> shares;  // of its self-mask seed, by holder, each as committed
    bool unsharable = false;              // its shares do not rebuild its seed

    std::set<Index> asked_shares;  // makers whose shares it was asked for since it was last out of reach
    std::set<Index> asked_pairs;   // of a missing site: survivors towards whom it was asked for its pair seed
    std::set<Index> bad_pairs;     // of a missing site: survivors that committed to another pair seed than it has
  };

  explicit Impl(RoundTerms terms);

  const RoundTerms terms;
  const Sha256Digest transcript;
  State state = State::kCollecting;
  std::vector<Member> members;
  std::vector<RoundAction> actions;  // of the event at hand

  // From Signing on.
  SharedList headers;  // of the survivors, in cohort order
  std::optional<StatementTally> tally;
  bool shown = false;  // somebody may have signed
  bool worse = false;  // something that a seed or a signature needs was lost: look whether there is still a way
  // From Revealing on.
  SharedList statements;  // the t that were shown
  size_t seeds_needed = 0;
  bool released = false;

  // secure_round.cc
  void On(UploadVerified& event);
  void On(CloseCollecting& event);
  void On(StatementArrived& event);
  void On(RevealArrived& event);
  void On(VoidArrived& event);
  void On(SiteGone& event);
  void On(SiteBack& event);
  void On(StopWaiting& event);
  Member* Find(absl::string_view site);
  Index IndexOf(const Member& member) const { return static_cast<Index>(&member - members.data()); }
  const VerifyingKey* KeyOf(absl::string_view site) const;
  // What `maker`, which has uploaded, offered to its neighbour.
  const PeerOffer& OfferTo(const Member& maker, Index peer) const;
  // The neighbour of that name if it is a survivor, else nullptr.
  Member* SurvivingNeighbour(const Member& member, absl::string_view site);
  bool Ended() const { return state == State::kOpened || state == State::kDead; }
  bool SharesAreMade() const { return terms.fields.share_threshold > 0; }
  void Reject(const std::string& site, absl::string_view reason);
  // Gives out what proves a lie, and waits for the liar no longer.
  void Convict(Member& member, const std::string& what, std::optional<Evidence> evidence);
  void Accuse(std::vector<std::string> sites, const std::string& what, std::optional<Evidence> evidence);
  void Lose(Member& member);

  // round_evidence.cc
  Evidence EvidenceOf(EvidenceKind kind, std::vector<EvidenceMessage> messages) const;
  static EvidenceMessage HeaderOf(const Member& member);
  void AddOffer(const Member& maker, const Member& peer, Evidence& evidence) const;
  Evidence PairDisagreement(const Member& member, absl::Span<const Index> opponents) const;
  Evidence WrongReveal(const SignedBytes& reveal, const Member& maker, const Member& peer) const;
  Evidence BadShares(const Member& maker) const;

  // round_collecting.cc
  void TakeUpload(Member& member, UploadVerified& event);
  void TakeSecondUpload(Member& member, const UploadVerified& event);
  absl::StatusOr<Upload> CheckUpload(const Member& member, const UploadVerified& event) const;
  absl::StatusOr<OfferTree> CheckOffers(const Member& member, const std::string& bytes) const;

  // round_odd_pairs.cc
  // For each site, its neighbours that committed to another seed for their pair.
  std::vector<std::vector<Index>> OddPairs(const std::vector<bool>& in) const;
  void LeaveOutOddPairs(std::vector<bool>& in);
  void LeaveOutPair(Index one, Index other, std::vector<bool>& in);

  // round_choosing.cc
  void Close();
  // True for the members that make the sum, or in words why there is no such set.
  absl::StatusOr<std::vector<bool>> ChooseSurvivors();
  void LeaveOutThoseThatCannotFinish(std::vector<bool>& in, bool also_silent) const;
  void LeaveOutUnmetFloors(std::vector<bool>& in) const;
  absl::Status CheckChoice(const std::vector<bool>& in) const;
  void Show(const std::vector<bool>& in);

  // round_signing.cc
  void SendSurvivorsTo(const Member& member);
  void TakeStatement(Member& member, const StatementArrived& event);
  void CountStatement(Member& member, const SurvivorStatement& statement, const SignedBytes& message);
  void ConvictOfTwoSets(Member& member, const SignedBytes& other);
  void TakeComplaints(const Member& member, const SurvivorStatement& statement);
  std::optional<std::string> WhyTooFewWillSign() const;

  // round_revealing.cc
  void EnterRevealing();
  void SendSignaturesTo(const Member& member);
  void TakeReveal(Member& member, RevealArrived& event);
  absl::Status CheckRevealShape(const Member& member, const RevealStatement& statement);
  absl::Status CheckSurvivorReveal(const Member& member, const RevealStatement& statement);
  // The survivor's signed commitments against its header's and its peers'. False: it was convicted.
  bool CheckCommitments(Member& member, const RevealStatement& statement, const SignedBytes& message);
  void KeepSurvivorSeeds(Member& survivor, const RevealStatement& statement, RevealedSeeds seeds);
  void KeepMissingSeeds(Member& missing, const RevealStatement& statement, const RevealArrived& event,
                        RevealedSeeds seeds);
  void KeepPairSeed(Member& survivor, Index missing, SecretBytes seed);
  void KeepSelfSeed(Member& survivor, SecretBytes seed);

  // round_recovering.cc
  // Asks whoever can help for what gone survivors have not revealed, and for nothing twice.
  void AskForSeedsOfTheGone();
  void AskForShares(Member& holder);
  void AskForPairSeeds(Member& missing);
  static bool IsComplete(const Member& survivor);
  bool CanGiveShare(const Member& holder, const Member& maker) const;
  bool NeedsPairSeed(const Member& survivor, Index missing) const;
  void KeepShare(Member& maker, Index holder, SecretBytes share);
  void RebuildSelfSeed(Member& maker);
  uint8_t PositionOf(const Member& holder, const Member& maker) const;
  std::optional<std::string> WhyASeedCannotCome() const;

  // round_opened.cc
  void Open();
  std::vector<Absence> Absences() const;

  // round_dead.cc
  void Die(const std::string& reason);
  void TakeVoid(Member& member, const VoidArrived& event);
  bool VoidsCanFree() const;
  void AskForVoid(const Member& member);
  void ConsiderRelease();
  // Ends the attempt if what it needs can never come.
  void ConsiderDeath();

  // round_waiting.cc
  std::vector<Index> AwaitedMembers() const;
  std::string Words() const;
};

}  // namespace accord::secure
