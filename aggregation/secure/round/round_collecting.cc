// Collecting: uploads arrive one by one, are checked against their signed headers and folded into the masked sum. Ends
// with CloseCollecting (round_choosing.cc).
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/secure/round/round_impl.h"
#include "base/status.h"

namespace accord::secure {

absl::StatusOr<OfferTree> SecureRound::Impl::CheckOffers(const Member& member, const std::string& bytes) const {
  ACCORD_ASSIGN_OR_RETURN(Offers offers, ParseOffers(bytes));
  if (offers.offers.size() != member.neighbours.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat(offers.offers.size(), " offers for ", member.neighbours.size(), " neighbours"));
  }
  for (size_t i = 0; i < offers.offers.size(); ++i) {
    if (offers.offers[i].peer != members[member.neighbours[i]].site) {
      return absl::InvalidArgumentError("the offers are not to its neighbours");
    }
    if (offers.offers[i].share.has_value() != SharesAreMade()) {
      return absl::InvalidArgumentError(SharesAreMade() ? "no shares are offered"
                                                        : "shares are offered in a cohort that makes none");
    }
  }
  return OfferTree(member.site, std::move(offers));
}

absl::StatusOr<SecureRound::Impl::Upload> SecureRound::Impl::CheckUpload(const Member& member,
                                                                         const UploadVerified& event) const {
  ACCORD_ASSIGN_OR_RETURN(UploadHeader header,
                          VerifyUploadHeader(event.header, [this](absl::string_view site) { return KeyOf(site); }));
  if (header.site != member.site)
    return absl::InvalidArgumentError(absl::StrCat("its header is that of ", header.site));
  if (const auto parts = Differences(header.parts, PartsOf(terms.fields)); !parts.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("it took part under other terms: ", absl::StrJoin(parts, ", ")));
  }
  if (header.payload_digest != event.payload_digest) {
    return absl::InvalidArgumentError("its header is signed for another payload");
  }
  ACCORD_RETURN_IF_ERROR(CheckHeaderFloors(terms.quorum, header));
  ACCORD_ASSIGN_OR_RETURN(OfferTree offers, CheckOffers(member, event.offers));
  if (offers.root() != header.offers_root) return absl::InvalidArgumentError("its header is signed for other offers");
  return Upload{event.header, std::move(header), std::move(offers)};
}

void SecureRound::Impl::TakeUpload(Member& member, UploadVerified& event) {
  if (state != State::kCollecting) {
    if (!member.survivor) member.absence = "its upload came after the survivors had been shown";
    actions.push_back(RejectUpload{member.site, "too late: the survivors of this attempt have been shown"});
    return;
  }
  absl::StatusOr<Upload> upload = CheckUpload(member, event);
  if (!upload.ok()) {
    member.absence = absl::StrCat("its upload was rejected: ", upload.status().message());
    actions.push_back(RejectUpload{member.site, std::string(upload.status().message())});
    return;
  }
  member.upload = *std::move(upload);
  actions.push_back(AcceptUpload{member.site});
}

// A repetition of the same upload says nothing new. Another one under the same masks would show its maker's difference
// to whoever subtracts the two.
void SecureRound::Impl::TakeSecondUpload(Member& member, const UploadVerified& event) {
  if (event.header.bytes == member.upload->message.bytes) return;
  actions.push_back(RejectUpload{member.site, "the site's upload for this attempt is here already"});
  const auto header = VerifyUploadHeader(event.header, [this](absl::string_view site) { return KeyOf(site); });
  if (!header.ok() || header->site != member.site || header->transcript() != transcript) return;
  std::vector<EvidenceMessage> both = {HeaderOf(member), {MessageKind::kUploadHeader, event.header}};
  Accuse({member.site}, "signed two different uploads for one attempt",
         EvidenceOf(EvidenceKind::kTwoUploads, std::move(both)));
}

}  // namespace accord::secure
