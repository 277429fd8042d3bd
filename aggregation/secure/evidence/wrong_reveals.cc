// Seeds that were revealed against seeds that were committed to. Statements hold commitments, so no seed is needed.
#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/evidence/case_file.h"

namespace accord::secure {
namespace {

constexpr char kNoSeed[] =
    "What the right seed is: the file holds hashes only. Nor that the wrong one was sent on purpose.";

const RevealedCommitment* For(const std::vector<RevealedCommitment>& revealed, absl::string_view site) {
  const auto found =
      std::find_if(revealed.begin(), revealed.end(), [&](const RevealedCommitment& one) { return one.site == site; });
  return found == revealed.end() ? nullptr : &*found;
}

Finding Convicted(const std::string& site, std::string what) {
  return {EvidenceKind::kRevealUnlikeCommitment,
          Weight::kConvicts,
          {site},
          absl::StrCat(site, " revealed ", what, " unlike the one that was committed to."),
          kNoSeed};
}

Finding OneOf(const std::string& revealer, const std::string& other, std::string what, std::string does_not_prove) {
  return {
      EvidenceKind::kRevealUnlikeCommitment,
      Weight::kOneOf,
      {revealer, other},
      absl::StrCat(revealer, " revealed ", what, " unlike the one to which ", other, " committed: one of them lied."),
      std::move(does_not_prove)};
}

// The revealer's own header: what it said itself before.
void CompareWithOwn(const RevealStatement& reveal, const UploadHeader& own, const CaseFile& file, Findings& findings) {
  if (reveal.self && *reveal.self != own.self_commitment) {
    findings.push_back(Convicted(reveal.site, "a self-mask seed"));
  }
  for (const ShownOffer* shown : file.OffersUnder(own)) {
    const RevealedCommitment* pair = For(reveal.pairs, shown->offer.peer);
    if (pair == nullptr || pair->commitment == shown->offer.pair_commitment) continue;
    findings.push_back(Convicted(reveal.site, absl::StrCat("a pair seed with ", shown->offer.peer)));
  }
}

// Another site's header. The set that the reveal names says which header of that site it was revealed under: a maker
// with a second header would else put its own lie on an honest revealer.
void CompareWithMaker(const RevealStatement& reveal, const UploadHeader& maker, const CaseFile& file,
                      Findings& findings) {
  const HeaderRun* run = file.RunOf(reveal.survivors_hash);
  const bool in_set = run != nullptr && std::any_of(run->headers.begin(), run->headers.end(),
                                                    [&](const UploadHeader* header) { return *header == maker; });
  for (const ShownOffer* shown : file.OffersUnder(maker)) {
    if (shown->offer.peer != reveal.site) continue;
    const RevealedCommitment* share = For(reveal.shares, maker.site);
    if (share != nullptr && shown->offer.share && share->commitment != shown->offer.share->commitment) {
      const std::string what = absl::StrCat("a share of the seed of ", maker.site);
      findings.push_back(in_set ? Convicted(reveal.site, what)
                                : OneOf(reveal.site, maker.site, what,
                                        "Which of the two: the file does not hold the headers of the set that the "
                                        "reveal names, and the maker may have signed two."));
    }
    const RevealedCommitment* pair = For(reveal.pairs, maker.site);
    if (pair != nullptr && pair->commitment != shown->offer.pair_commitment) {
      findings.push_back(OneOf(reveal.site, maker.site, "a pair seed", "Which of the two: both can compute the seed."));
    }
  }
}

// The sites whose headers a reveal can contradict.
std::set<std::string> SitesConcerned(const RevealStatement& reveal) {
  std::set<std::string> sites;
  for (const RevealedCommitment& pair : reveal.pairs) sites.insert(pair.site);
  for (const RevealedCommitment& share : reveal.shares) sites.insert(share.site);
  return sites;
}

}  // namespace

void FindWrongReveals(const CaseFile& file, Findings& findings) {
  for (const auto& one : file.reveals) {
    const RevealStatement& reveal = one.message;
    for (const Upload* own : file.UploadsOf(reveal.site, reveal.transcript)) {
      CompareWithOwn(reveal, own->header, file, findings);
    }
    for (const std::string& site : SitesConcerned(reveal)) {
      for (const Upload* maker : file.UploadsOf(site, reveal.transcript)) {
        CompareWithMaker(reveal, maker->header, file, findings);
      }
    }
  }
}

}  // namespace accord::secure
