// What proves a lie to anybody who holds the roster: the signed messages, with the offers that a signed header binds.
#include "aggregation/secure/round/round_impl.h"

namespace accord::secure {

using Impl = SecureRound::Impl;

Evidence Impl::EvidenceOf(EvidenceKind kind, std::vector<EvidenceMessage> messages) const {
  Evidence evidence;
  evidence.kind = kind;
  evidence.witness = "coordinator";
  evidence.transcript = terms.fields;
  evidence.messages = std::move(messages);
  return evidence;
}

EvidenceMessage Impl::HeaderOf(const Member& member) { return {MessageKind::kUploadHeader, member.upload->message}; }

void Impl::AddOffer(const Member& maker, const Member& peer, Evidence& evidence) const {
  absl::StatusOr<ShownOffer> shown = maker.upload->offers.Show(peer.site);
  if (shown.ok()) evidence.offers.push_back(*std::move(shown));
}

Evidence Impl::PairDisagreement(const Member& member, absl::Span<const Index> opponents) const {
  Evidence evidence = EvidenceOf(EvidenceKind::kPairDisagreement, {HeaderOf(member)});
  for (const Index opponent : opponents) {
    evidence.messages.push_back(HeaderOf(members[opponent]));
    AddOffer(member, members[opponent], evidence);
    AddOffer(members[opponent], member, evidence);
  }
  return evidence;
}

// All headers are shown, not the maker's alone: with two headers of its own a maker could frame an honest revealer.
Evidence Impl::WrongReveal(const SignedBytes& reveal, const Member& maker, const Member& peer) const {
  Evidence evidence = EvidenceOf(EvidenceKind::kRevealUnlikeCommitment, {{MessageKind::kRevealStatement, reveal}});
  for (const SignedBytes& header : *headers) evidence.messages.push_back({MessageKind::kUploadHeader, header});
  if (&maker != &peer) AddOffer(maker, peer, evidence);
  return evidence;
}

Evidence Impl::BadShares(const Member& maker) const {
  Evidence evidence = EvidenceOf(EvidenceKind::kBadShares, {HeaderOf(maker)});
  for (const auto& [holder, share] : maker.shares) {
    AddOffer(maker, members[holder], evidence);
    evidence.shares.push_back({maker.site, members[holder].site, std::string(share.RevealAsText())});
  }
  return evidence;
}

}  // namespace accord::secure
