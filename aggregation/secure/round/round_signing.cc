// Signing: the survivors are fixed and shown to each of them. Ends with t signatures over them, or when so many can
// never come. Whoever has seen the list may have signed it, so from here on an attempt that dies leaves sites bound.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/round/round_impl.h"

namespace accord::secure {

using Impl = SecureRound::Impl;

void Impl::SendSurvivorsTo(const Member& member) {
  SendSurvivors action{member.site, headers, {}};
  for (const Index peer : member.neighbours) {
    if (!members[peer].survivor) continue;
    const absl::StatusOr<ShownOffer> shown = members[peer].upload->offers.Show(member.site);
    if (shown.ok()) action.offers.push_back(Serialize(*shown));
  }
  actions.push_back(std::move(action));
}

void Impl::TakeStatement(Member& member, const StatementArrived& event) {
  if (state == State::kOpened) return;
  if (!tally.has_value()) return Reject(member.site, "a survivor statement, and nobody has been shown survivors");
  const absl::StatusOr<SurvivorStatement> claimed = ParseSurvivorStatement(event.statement.bytes);
  if (claimed.ok() && claimed->site != member.site) {
    return Reject(member.site, absl::StrCat("a survivor statement in the name of ", claimed->site));
  }
  const StatementTally::Added added =
      tally->Add(event.statement, [this](absl::string_view site) { return KeyOf(site); });
  switch (added.outcome) {
    case StatementOutcome::kCounted:
      return CountStatement(member, *added.statement, event.statement);
    case StatementOutcome::kRepeated:
      return;
    case StatementOutcome::kOtherSet:
      return ConvictOfTwoSets(member, event.statement);
    default:
      return Reject(member.site, added.words);
  }
}

void Impl::CountStatement(Member& member, const SurvivorStatement& statement, const SignedBytes& message) {
  member.has_signed = true;
  if (member.voided.has_value()) {
    std::vector<EvidenceMessage> both = {{MessageKind::kVoidStatement, *member.voided},
                                         {MessageKind::kSurvivorStatement, message}};
    Convict(member, "signed the survivors of an attempt that it had promised never to sign",
            EvidenceOf(EvidenceKind::kSignedAndVoided, std::move(both)));
  }
  if (state == State::kDead) return;
  TakeComplaints(member, statement);
  if (state != State::kSigning) return SendSignaturesTo(member);
  if (tally->Reached()) EnterRevealing();
}

void Impl::ConvictOfTwoSets(Member& member, const SignedBytes& other) {
  std::vector<EvidenceMessage> messages = {{MessageKind::kSurvivorStatement, other}};
  if (member.has_signed) messages.push_back({MessageKind::kSurvivorStatement, tally->counted().at(member.site)});
  Convict(member, "signed another set of survivors than it was shown",
          EvidenceOf(EvidenceKind::kTwoSurvivorSets, std::move(messages)));
}

// A complaint costs its maker nothing but that share: whether maker or holder lies shows only when more complain than
// may collude.
void Impl::TakeComplaints(const Member& member, const SurvivorStatement& statement) {
  for (const std::string& site : statement.complaints) {
    Member* maker = SurvivingNeighbour(member, site);
    if (maker == nullptr) {
      Accuse({member.site}, absl::StrCat("complains about ", site, ", which made it no offer"), {});
      continue;
    }
    maker->complainers.insert(IndexOf(member));
    worse = true;
    if (maker->complainers.size() <= terms.quorum.colluding_sites) {
      const std::string what =
          absl::StrCat(member.site, " says that the offer which ", site, " signed for it does not open");
      Accuse({member.site, site}, what, {});
    } else if (maker->complainers.size() == terms.quorum.colluding_sites + 1) {
      const std::string what = absl::StrCat("made offers that do not open for ", maker->complainers.size(),
                                            " neighbours, and at most ", terms.quorum.colluding_sites, " collude");
      Accuse({site}, what, {});
    }
  }
}

std::optional<std::string> Impl::WhyTooFewWillSign() const {
  size_t can = 0;
  for (const Member& member : members) {
    if (member.has_signed || (member.survivor && !member.lost)) ++can;
  }
  if (can >= terms.quorum.required_signatures) return std::nullopt;
  return absl::StrCat("only ", can, " of the ", members.size(), " sites can still sign who is in the sum, and ",
                      terms.quorum.required_signatures, " must");
}

}  // namespace accord::secure
