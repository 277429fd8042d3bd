// Seeds that cannot be right as they were committed to: a maker whose shares do not rebuild its seed, and a pair that
// does not agree on its mask.
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/evidence/case_file.h"
#include "aggregation/secure/messages/seed_commitment.h"
#include "aggregation/secure/shamir.h"

namespace accord::secure {
namespace {

// The opened shares of one maker that are those it committed to, with their points.
struct MatchingShares {
  std::vector<SecretBytes> shares;
  std::vector<uint8_t> points;
};

MatchingShares SharesUnder(const UploadHeader& maker, const CaseFile& file) {
  MatchingShares matching;
  std::set<uint32_t> taken;
  for (const ShownOffer* shown : file.OffersUnder(maker)) {
    if (!shown->offer.share) continue;
    for (const EvidenceShare& one : file.evidence.shares) {
      if (one.maker != maker.site || one.holder != shown->offer.peer) continue;
      SecretBytes share(absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(one.share.data()), one.share.size()));
      const auto point = static_cast<uint8_t>(shown->position);
      const ShareName name{maker.site, shown->offer.peer, point};
      if (ShareCommitment(maker.transcript(), name, share) != shown->offer.share->commitment) continue;
      if (!taken.insert(shown->position).second) continue;
      matching.shares.push_back(std::move(share));
      matching.points.push_back(point);
    }
  }
  return matching;
}

absl::StatusOr<SecretBytes> Rebuild(const MatchingShares& matching) {
  std::vector<SharePoint> points;
  for (size_t i = 0; i < matching.shares.size(); ++i) points.push_back({matching.points[i], &matching.shares[i]});
  return RebuildSecret(points);
}

// Whether `other` committed to another seed for the pair than `from_one`, an offer to it, does.
bool Disagree(const ShownOffer& from_one, const UploadHeader& other, const CaseFile& file) {
  for (const ShownOffer* from_other : file.OffersUnder(other)) {
    if (from_other->offer.peer == from_one.maker &&
        from_other->offer.pair_commitment != from_one.offer.pair_commitment) {
      return true;
    }
  }
  return false;
}

Finding Disagreement(const UploadHeader& one, const UploadHeader& other) {
  return {EvidenceKind::kPairDisagreement,
          Weight::kOneOf,
          {one.site, other.site},
          absl::StrCat(one.site, " and ", other.site, " committed to different seeds for their pair mask in ",
                       AttemptWords(one.parts),
                       ". From the keys of one epoch both compute the same seed: one of them lied."),
          "Which of the two: only their seed would tell, and it must stay secret."};
}

}  // namespace

void FindBadShares(const CaseFile& file, Findings& findings) {
  for (const Upload& upload : file.uploads) {
    const UploadHeader& maker = upload.header;
    // With fewer shares than the threshold an honest maker's would not rebuild its seed either: the threshold must be
    // the one of the terms that the maker signed.
    if (!file.transcript || *file.transcript != upload.transcript) continue;
    const uint32_t threshold = file.evidence.transcript->share_threshold;
    const MatchingShares matching = SharesUnder(maker, file);
    if (threshold < 2 || matching.shares.size() < threshold) continue;
    const auto rebuilt = Rebuild(matching);
    if (!rebuilt.ok() || SelfCommitment(maker.transcript(), maker.site, *rebuilt) == maker.self_commitment) continue;
    findings.push_back(
        {EvidenceKind::kBadShares,
         Weight::kConvicts,
         {maker.site},
         absl::StrCat(maker.site, " gave its neighbours shares of another seed than it committed to: ",
                      matching.shares.size(), " of them, each as it committed to it itself, with a threshold of ",
                      threshold, ", rebuild something else."),
         "That it was on purpose."});
  }
}

void FindPairDisagreements(const CaseFile& file, Findings& findings) {
  for (const Upload& one : file.uploads) {
    for (const ShownOffer* from_one : file.OffersUnder(one.header)) {
      // Each pair once: from its lower site.
      if (from_one->offer.peer <= one.header.site) continue;
      for (const Upload* other : file.UploadsOf(from_one->offer.peer, one.transcript)) {
        if (Disagree(*from_one, other->header, file)) findings.push_back(Disagreement(one.header, other->header));
      }
    }
  }
}

}  // namespace accord::secure
