#include "aggregation/secure/site/participant_keyed.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/site/epoch_check.h"
#include "aggregation/secure/site/participant_ready.h"

namespace accord::secure {

std::string KeyedState::Describe() const {
  return absl::StrCat("epoch ", own_.terms.epoch, ": sent its key; waits for those of the others");
}

SiteStep KeyedState::On(const EpochListed& event) {
  if (event.epoch != own_.terms.epoch) {
    return Refused(Refusal(SiteRefusal::kOtherEpoch, absl::StrCat("a list of epoch ", event.epoch,
                                                                  " came; this site's key is for ", own_.terms.epoch)));
  }
  return Settle(Join(event));
}

Verdict<SiteStep> KeyedState::Join(const EpochListed& event) {
  ACCORD_ASSIGN_OR_RETURN(EpochList list, CheckEpochList(context_, own_, event.statements));
  ACCORD_RETURN_IF_OBJECTION(CheckOwnPast(context_, list, event.statements));
  ACCORD_RETURN_IF_OBJECTION(CheckMembers(context_, list));
  ACCORD_ASSIGN_OR_RETURN(std::vector<SecretBytes> pair_keys, DerivePairKeys(context_.site(), own_.key_pair, list));
  std::vector<std::string> sites = list.Sites();
  const size_t self = std::lower_bound(sites.begin(), sites.end(), context_.site()) - sites.begin();
  const GraphNonce nonce = own_.nonce;
  auto joined = std::make_unique<JoinedEpoch>(
      JoinedEpoch{std::move(own_), std::move(list), std::move(sites), self, std::move(pair_keys)});
  SiteStep step;
  step.actions.push_back(SendNonce{nonce});
  step.next = std::make_unique<ReadyState>(context_, std::move(joined));
  return step;
}

}  // namespace accord::secure
