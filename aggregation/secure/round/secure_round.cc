#include "aggregation/secure/round/secure_round.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/agreement/roster_view.h"
#include "aggregation/secure/round/round_impl.h"
#include "base/status.h"

namespace accord::secure {
namespace {

absl::Status CheckTerms(const RoundTerms& terms) {
  const std::vector<std::string>& cohort = terms.fields.cohort;
  if (terms.roster == nullptr || terms.graph == nullptr) {
    return absl::InvalidArgumentError("a round needs a roster and a graph");
  }
  if (cohort.size() != terms.quorum.cohort_size || cohort.size() != terms.graph->size()) {
    return absl::InvalidArgumentError("cohort, quorum and neighbour graph are of different sizes");
  }
  if (terms.fields.required_signatures != terms.quorum.required_signatures ||
      terms.fields.colluding_sites != terms.quorum.colluding_sites) {
    return absl::InvalidArgumentError("the transcript's quorum is not the cohort's");
  }
  if (std::adjacent_find(cohort.begin(), cohort.end(), std::greater_equal<>()) != cohort.end()) {
    return absl::InvalidArgumentError("the cohort is not in ascending order");
  }
  for (const std::string& site : cohort) {
    if (terms.roster->Find(site) == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat(site, " is in the cohort and not in the roster"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

SecureRound::Impl::Impl(RoundTerms given) : terms(std::move(given)), transcript(HashTranscript(terms.fields)) {
  for (Index index = 0; index < terms.fields.cohort.size(); ++index) {
    Member& member = members.emplace_back();
    member.site = terms.fields.cohort[index];
    member.organisation = RosterOrganisation(*terms.roster, member.site);
    member.neighbours = terms.graph->Neighbours(index);
  }
}

SecureRound::Impl::Member* SecureRound::Impl::Find(absl::string_view site) {
  const auto found = std::lower_bound(members.begin(), members.end(), site,
                                      [](const Member& member, absl::string_view id) { return member.site < id; });
  return found == members.end() || found->site != site ? nullptr : &*found;
}

const PeerOffer& SecureRound::Impl::OfferTo(const Member& maker, Index peer) const {
  return maker.upload->offers.offers()[*terms.graph->PositionOf(IndexOf(maker), peer) - 1];
}

SecureRound::Impl::Member* SecureRound::Impl::SurvivingNeighbour(const Member& member, absl::string_view site) {
  Member* found = Find(site);
  if (found == nullptr || !found->survivor) return nullptr;
  return terms.graph->AreNeighbours(IndexOf(member), IndexOf(*found)) ? found : nullptr;
}

const VerifyingKey* SecureRound::Impl::KeyOf(absl::string_view site) const { return RosterKey(*terms.roster, site); }

void SecureRound::Impl::Reject(const std::string& site, absl::string_view reason) {
  actions.push_back(RejectMessage{site, std::string(reason)});
}

void SecureRound::Impl::Lose(Member& member) {
  if (!std::exchange(member.lost, true)) worse = true;
}

void SecureRound::Impl::Accuse(std::vector<std::string> sites, const std::string& what,
                               std::optional<Evidence> evidence) {
  if (evidence.has_value()) evidence->claim = what;
  actions.push_back(Blame{std::move(sites), what, std::move(evidence)});
}

void SecureRound::Impl::Convict(Member& member, const std::string& what, std::optional<Evidence> evidence) {
  Accuse({member.site}, what, std::move(evidence));
  Lose(member);
}

void SecureRound::Impl::On(UploadVerified& event) {
  Member* member = Find(event.site);
  if (member == nullptr) {
    actions.push_back(RejectUpload{event.site, "the site is not in this attempt's cohort"});
  } else if (member->upload.has_value()) {
    TakeSecondUpload(*member, event);
  } else {
    TakeUpload(*member, event);
  }
}

void SecureRound::Impl::On(CloseCollecting&) {
  if (state == State::kCollecting) Close();
}

void SecureRound::Impl::On(StatementArrived& event) {
  Member* member = Find(event.site);
  if (member == nullptr) return Reject(event.site, "a survivor statement of a site that is not in the cohort");
  TakeStatement(*member, event);
}

void SecureRound::Impl::On(RevealArrived& event) {
  Member* member = Find(event.site);
  if (member == nullptr) return Reject(event.site, "a reveal of a site that is not in the cohort");
  TakeReveal(*member, event);
}

void SecureRound::Impl::On(VoidArrived& event) {
  Member* member = Find(event.site);
  if (member == nullptr) return Reject(event.site, "a void statement of a site that is not in the cohort");
  TakeVoid(*member, event);
}

void SecureRound::Impl::On(SiteGone& event) {
  Member* member = Find(event.site);
  if (member == nullptr) return;
  member->gone = true;
  member->asked_shares.clear();
  member->asked_pairs.clear();
  if (event.for_good) Lose(*member);
}

void SecureRound::Impl::On(SiteBack& event) {
  Member* member = Find(event.site);
  if (member == nullptr) return;
  member->gone = false;
  if (state == State::kDead) return AskForVoid(*member);
  if (!member->survivor || Ended()) return;
  if (!member->has_signed) return SendSurvivorsTo(*member);
  if (statements != nullptr) SendSignaturesTo(*member);
}

void SecureRound::Impl::On(StopWaiting&) {
  if (state == State::kCollecting) return Close();
  for (const Index index : AwaitedMembers()) Lose(members[index]);
}

SecureRound::SecureRound(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SecureRound::~SecureRound() = default;
SecureRound::SecureRound(SecureRound&&) noexcept = default;
SecureRound& SecureRound::operator=(SecureRound&&) noexcept = default;

absl::StatusOr<SecureRound> SecureRound::Create(RoundTerms terms) {
  ACCORD_RETURN_IF_ERROR(CheckTerms(terms));
  return SecureRound(std::make_unique<Impl>(std::move(terms)));
}

std::vector<RoundAction> SecureRound::Handle(RoundEvent event) {
  Impl& impl = *impl_;
  impl.actions.clear();
  std::visit([&impl](auto& typed) { impl.On(typed); }, event);
  // Whatever happened may have made the attempt hopeless, or somebody's help needed.
  if (std::exchange(impl.worse, false)) impl.ConsiderDeath();
  if (impl.statements != nullptr && !impl.Ended()) impl.AskForSeedsOfTheGone();
  return std::exchange(impl.actions, {});
}

SecureRound::State SecureRound::state() const { return impl_->state; }

std::string SecureRound::WaitingWords() const { return impl_->Words(); }

std::vector<std::string> SecureRound::WaitsFor() const {
  std::vector<std::string> sites;
  for (const Impl::Index index : impl_->AwaitedMembers()) sites.push_back(impl_->members[index].site);
  return sites;
}

}  // namespace accord::secure
