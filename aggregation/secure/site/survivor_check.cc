#include "aggregation/secure/site/survivor_check.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/secure/agreement/roster_view.h"
#include "aggregation/secure/messages/record_position.h"
#include "aggregation/secure/messages/survivor_quorum.h"

namespace accord::secure {
namespace {

Evidence NewEvidence(const AttemptView& view, EvidenceKind kind, std::string claim) {
  Evidence evidence;
  evidence.kind = kind;
  evidence.witness = view.context.site();
  evidence.claim = std::move(claim);
  evidence.transcript = view.attempt.agreement.fields;
  return evidence;
}

// A member took part under other terms: its signed header says in which. Together with this site's own it shows that
// the coordinator told them different things.
Refusal UnequalTranscripts(const AttemptView& view, const UploadHeader& header, const SignedBytes& message) {
  const std::string words = absl::StrCat(header.site, " took part under other terms than this site: other ",
                                         absl::StrJoin(Differences(view.attempt.agreement.parts, header.parts), ", "));
  Evidence evidence = NewEvidence(view, EvidenceKind::kUnequalTranscripts, words);
  if (view.own_header != nullptr) evidence.messages.push_back({MessageKind::kUploadHeader, *view.own_header});
  evidence.messages.push_back({MessageKind::kUploadHeader, message});
  return Refusal(SiteRefusal::kOtherTranscript, words).ForGood().With(std::move(evidence));
}

Verdict<UploadHeader> CheckHeader(const AttemptView& view, const SignedBytes& message, absl::string_view previous) {
  absl::StatusOr<UploadHeader> header =
      VerifyUploadHeader(message, [&view](absl::string_view site) { return view.context.Key(site); });
  if (absl::IsUnauthenticated(header.status())) {
    return Refusal(SiteRefusal::kBadSignature, std::string(header.status().message()));
  }
  if (!header.ok()) return Refusal(SiteRefusal::kMalformed, std::string(header.status().message()));
  if (!std::binary_search(view.epoch.sites.begin(), view.epoch.sites.end(), header->site)) {
    return Refusal(SiteRefusal::kOutsideCohort, absl::StrCat(header->site, " is listed and not of the cohort"));
  }
  if (header->site <= previous) {
    return Refusal(SiteRefusal::kListOutOfOrder, absl::StrCat(header->site, " is listed twice or out of order"));
  }
  if (header->transcript() != view.attempt.transcript()) return UnequalTranscripts(view, *header, message);
  return *std::move(header);
}

Objection CheckCounts(const AttemptView& view, const SurvivorList& list) {
  const CohortTerms& quorum = view.attempt.agreement.quorum;
  if (list.sites.size() < quorum.required_signatures) {
    return Refusal(SiteRefusal::kTooFewSurvivors,
                   absl::StrCat(list.sites.size(), " survivors of ", quorum.cohort_size, " sites; at least ",
                                quorum.required_signatures, " are needed"));
  }
  const absl::Status status =
      CheckSurvivors(quorum, list.headers, RosterOrganisations(view.context.roster(), list.sites));
  if (status.ok()) return std::nullopt;
  return Refusal(SiteRefusal::kSurvivorsBelowFloor, std::string(status.message()));
}

SurvivorSet SetOf(const AttemptView& view, absl::Span<const SignedBytes> headers) {
  const CohortTerms& quorum = view.attempt.agreement.quorum;
  return SurvivorSet{view.attempt.transcript(),
                     view.attempt.terms.job_id,
                     view.attempt.terms.attempt,
                     quorum.cohort_size,
                     quorum.required_signatures,
                     quorum.colluding_sites,
                     static_cast<uint32_t>(headers.size()),
                     SurvivorsHash(view.attempt.transcript(), headers)};
}

// Both messages are signed by one site: its record went backwards, or has two pasts.
Refusal PeerForked(const AttemptView& view, const RecordPosition& position, const SignedPosition& before,
                   const SignedPosition& now) {
  const std::string words =
      absl::StrCat(position.site, " signed entry ", position.sequence, " of its record in attempt ", position.attempt,
                   ", and this site has seen it sign what contradicts that: its record went backwards or has two "
                   "pasts. It was restored from an older copy, or runs twice; no sum with it is signed here before its "
                   "operator has settled that");
  Evidence evidence = NewEvidence(view, EvidenceKind::kRecordForked, words);
  evidence.messages.push_back(AsEvidence(before));
  evidence.messages.push_back(AsEvidence(now));
  return Refusal(SiteRefusal::kPeerRecordForked, words).With(std::move(evidence));
}

// The signature of `message` was checked.
Objection NotePeer(const AttemptView& view, const SignedPosition& message) {
  const absl::StatusOr<RecordPosition> position = ParsePosition(message);
  if (!position.ok() || position->site == view.context.site()) return std::nullopt;
  const std::optional<SignedPosition> before = view.context.record.peers().Note(*position, message);
  if (before.has_value()) return PeerForked(view, *position, *before, message);
  view.context.record.NoteSeen(SeenLedger{position->site, position->sequence, position->head});
  return std::nullopt;
}

Objection CheckSparse(const AttemptView& view, const SurvivorList& list) {
  const TranscriptFields& fields = view.attempt.agreement.fields;
  if (fields.graph == TranscriptGraph::kComplete) return std::nullopt;
  const auto left = std::count_if(view.attempt.neighbours.begin(), view.attempt.neighbours.end(),
                                  [&](uint32_t neighbour) { return list.Contains(view.epoch.sites[neighbour]); });
  if (left < fields.share_threshold) {
    return Refusal(SiteRefusal::kNeighbourhoodCut,
                   absl::StrCat("of this site's ", fields.degree, " neighbours ", left, " are listed; fewer than ",
                                fields.share_threshold, " could hide it no longer"));
  }
  const size_t missing = view.epoch.sites.size() - list.sites.size();
  if (missing <= view.attempt.agreement.max_missing) return std::nullopt;
  return Refusal(SiteRefusal::kTooManyMissing,
                 absl::StrCat(missing, " members are missing; the graph was made for at most ",
                              view.attempt.agreement.max_missing));
}

Refusal TwoSets(const AttemptView& view, const StatementTally& tally, const StatementTally::Added& added,
                const SignedBytes& message) {
  Evidence evidence = NewEvidence(view, EvidenceKind::kTwoSurvivorSets, added.words);
  if (view.own_statement != nullptr) {
    evidence.messages.push_back({MessageKind::kSurvivorStatement, *view.own_statement});
  } else if (!tally.counted().empty()) {
    evidence.messages.push_back({MessageKind::kSurvivorStatement, tally.counted().begin()->second});
  }
  evidence.messages.push_back({MessageKind::kSurvivorStatement, message});
  return Refusal(SiteRefusal::kOtherSurvivorSet, added.words).ForGood().With(std::move(evidence));
}

Objection Judge(const AttemptView& view, const StatementTally& tally, const StatementTally::Added& added,
                const SignedBytes& message) {
  switch (added.outcome) {
    case StatementOutcome::kCounted:
      return std::nullopt;
    case StatementOutcome::kRepeated:
      return Refusal(SiteRefusal::kListOutOfOrder, added.words);
    case StatementOutcome::kOtherSet:
      return TwoSets(view, tally, added, message);
    case StatementOutcome::kOther:
      return Refusal(SiteRefusal::kOtherAttempt, added.words);
    case StatementOutcome::kNotInCohort:
      return Refusal(SiteRefusal::kOutsideCohort, added.words);
    case StatementOutcome::kBadSignature:
      return Refusal(SiteRefusal::kBadSignature, added.words);
    case StatementOutcome::kMalformed:
      return Refusal(SiteRefusal::kMalformed, added.words);
  }
  return Refusal(SiteRefusal::kMalformed, "a statement that says nothing");
}

}  // namespace

Verdict<SurvivorList> CheckHeaders(const AttemptView& view, absl::Span<const SignedBytes> headers) {
  if (headers.size() > view.epoch.sites.size()) {
    return Refusal(SiteRefusal::kListOutOfOrder, "more survivors are listed than the cohort has sites");
  }
  SurvivorList list;
  for (const SignedBytes& message : headers) {
    const absl::string_view previous = list.sites.empty() ? absl::string_view() : list.sites.back();
    ACCORD_ASSIGN_OR_RETURN(UploadHeader header, CheckHeader(view, message, previous));
    list.sites.push_back(header.site);
    list.headers.push_back(std::move(header));
  }
  ACCORD_RETURN_IF_OBJECTION(CheckCounts(view, list));
  list.set = SetOf(view, headers);
  for (const SignedBytes& message : headers) {
    ACCORD_RETURN_IF_OBJECTION(NotePeer(view, {PositionKind::kUploadHeader, message}));
  }
  return list;
}

Objection CheckMaySign(const AttemptView& view, const SurvivorList& list, absl::Span<const SignedBytes> headers) {
  const auto own = std::lower_bound(list.sites.begin(), list.sites.end(), view.context.site());
  const bool listed = own != list.sites.end() && *own == view.context.site() && view.own_header != nullptr &&
                      headers[own - list.sites.begin()].bytes == view.own_header->bytes;
  if (!listed) {
    return Refusal(SiteRefusal::kOwnHeaderMissing, "this site's upload is not in the list as this site sent it");
  }
  if (view.context.record.IsVoided(view.attempt.transcript())) {
    return Refusal(SiteRefusal::kVoided, "this site promised never to sign this attempt");
  }
  const std::optional<Signed> before = view.context.record.FindSigned(view.attempt.transcript());
  if (before.has_value() && before->survivors_hash != list.set.survivors_hash) {
    return Refusal(SiteRefusal::kAlreadySigned, "this site has signed other survivors of this attempt");
  }
  ACCORD_RETURN_IF_OBJECTION(CheckSparse(view, list));
  return CheckSurvivorsAgainst(view.attempt.Binding(view.context), list.sites, view.attempt.terms.weight_cap);
}

Objection CheckStatements(const AttemptView& view, const SurvivorSet& set, absl::Span<const SignedBytes> statements) {
  if (statements.size() > view.epoch.sites.size()) {
    return Refusal(SiteRefusal::kListOutOfOrder, "more statements are shown than the cohort has sites");
  }
  StatementTally tally(set, view.epoch.sites);
  for (const SignedBytes& message : statements) {
    const StatementTally::Added added =
        tally.Add(message, [&view](absl::string_view site) { return view.context.Key(site); });
    ACCORD_RETURN_IF_OBJECTION(Judge(view, tally, added, message));
    ACCORD_RETURN_IF_OBJECTION(NotePeer(view, {PositionKind::kSurvivorStatement, message}));
  }
  if (tally.Reached()) return std::nullopt;
  return Refusal(SiteRefusal::kTooFewSignatures,
                 absl::StrCat(tally.counted().size(), " of ", set.cohort_size, " members signed; ",
                              set.required_signatures, " are needed before anything is revealed"));
}

Objection CheckGone(const AttemptView& view, const SurvivorList& list, const std::vector<std::string>& gone) {
  if (gone.empty() || gone.size() > list.sites.size()) {
    return Refusal(SiteRefusal::kMalformed, "asked for the seeds of nobody, or of more than there are survivors");
  }
  for (const std::string& site : gone) {
    if (!list.Contains(site)) {
      return Refusal(SiteRefusal::kNotASurvivor,
                     absl::StrCat(site, " is not among the survivors: only its pair seeds may be known, never shares"));
    }
    if (NeighbourIndex(view.epoch, view.attempt, site) < 0) {
      return Refusal(SiteRefusal::kNotANeighbour, absl::StrCat(site, " is no neighbour of this site"));
    }
  }
  return std::nullopt;
}

int NeighbourIndex(const JoinedEpoch& epoch, const JoinedAttempt& attempt, absl::string_view site) {
  const auto& neighbours = attempt.neighbours;
  const auto found = std::lower_bound(neighbours.begin(), neighbours.end(), site,
                                      [&](uint32_t index, absl::string_view id) { return epoch.sites[index] < id; });
  if (found == neighbours.end() || epoch.sites[*found] != site) return -1;
  return static_cast<int>(found - neighbours.begin());
}

}  // namespace accord::secure
