// Dead: what the sum needs can never come. Nothing was opened, and the seeds that are here are destroyed. Who may have
// signed is bound to the same survivors and vectors, until enough members say in signed words that they never will
// sign.
#include "absl/strings/str_cat.h"
#include "aggregation/secure/round/round_impl.h"

namespace accord::secure {

using Impl = SecureRound::Impl;

void Impl::ConsiderDeath() {
  if (state == State::kCollecting || Ended()) return;
  const std::optional<std::string> too_few = state == State::kSigning ? WhyTooFewWillSign() : std::nullopt;
  const std::optional<std::string> why = too_few.has_value() ? too_few : WhyASeedCannotCome();
  if (why.has_value()) Die(*why);
}

void Impl::Die(const std::string& reason) {
  state = State::kDead;
  Dead dead{absl::StrCat(reason, ". Nothing has been opened."), {}, std::nullopt};
  if (shown) dead.bound = Bound{{}, terms.fields.encoding_sites};
  for (Member& member : members) {
    if (member.has_signed) dead.signed_by.push_back(member.site);
    if (member.survivor && shown) dead.bound->survivors.push_back(member.site);
    member.self_seed = SecretBytes();
    member.pair_seeds.clear();
    member.shares.clear();
  }
  actions.push_back(std::move(dead));
  for (const Member& member : members) {
    if (!member.gone) AskForVoid(member);
  }
  ConsiderRelease();
}

// Void statements of members that have signed do not count, so too many signatures make asking pointless.
bool Impl::VoidsCanFree() const {
  const CohortTerms& quorum = terms.quorum;
  return shown && tally->counted().size() +
                          VoidsNeeded(quorum.cohort_size, quorum.required_signatures, quorum.colluding_sites) <=
                      members.size();
}

void Impl::AskForVoid(const Member& member) {
  if (released || !VoidsCanFree() || member.has_signed || member.voided.has_value()) return;
  actions.push_back(RequestVoid{member.site, transcript});
}

void Impl::TakeVoid(Member& member, const VoidArrived& event) {
  if (state == State::kOpened) return;
  const absl::StatusOr<VoidStatement> statement =
      VerifyVoidStatement(event.statement, [this](absl::string_view site) { return KeyOf(site); });
  if (!statement.ok()) return Reject(member.site, statement.status().message());
  if (statement->site != member.site) return Reject(member.site, absl::StrCat("a void statement of ", statement->site));
  if (statement->transcript != transcript) return Reject(member.site, "a void statement for another attempt");
  if (member.voided.has_value()) return;
  member.voided = event.statement;
  if (member.has_signed) {
    std::vector<EvidenceMessage> both = {{MessageKind::kSurvivorStatement, tally->counted().at(member.site)},
                                         {MessageKind::kVoidStatement, event.statement}};
    return Convict(member, "promised never to sign the survivors that it had signed",
                   EvidenceOf(EvidenceKind::kSignedAndVoided, std::move(both)));
  }
  Lose(member);
  if (state == State::kDead) ConsiderRelease();
}

void Impl::ConsiderRelease() {
  if (released || !shown) return;
  Released action;
  for (const Member& member : members) {
    if (member.voided.has_value() && !member.has_signed) action.voids.push_back(*member.voided);
  }
  const CohortTerms& quorum = terms.quorum;
  const size_t needed = VoidsNeeded(quorum.cohort_size, quorum.required_signatures, quorum.colluding_sites);
  if (action.voids.size() < needed) return;
  released = true;
  actions.push_back(std::move(action));
}

}  // namespace accord::secure
