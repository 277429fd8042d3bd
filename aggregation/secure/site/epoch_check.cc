#include "aggregation/secure/site/epoch_check.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/agreement/roster_view.h"
#include "aggregation/secure/key_schedule.h"
#include "aggregation/secure/messages/quorum.h"

namespace accord::secure {
namespace {

SiteRefusal RefusalFor(EpochFault::Kind kind) {
  switch (kind) {
    case EpochFault::Kind::kTooFew:
      return SiteRefusal::kCohortBelowFloor;
    case EpochFault::Kind::kTooMany:
    case EpochFault::Kind::kMalformed:
      return SiteRefusal::kMalformed;
    case EpochFault::Kind::kNotInRoster:
      return SiteRefusal::kUnknownSite;
    case EpochFault::Kind::kBadSignature:
      return SiteRefusal::kBadSignature;
    case EpochFault::Kind::kOtherTerms:
      return SiteRefusal::kOtherEpoch;
    case EpochFault::Kind::kUnsorted:
      return SiteRefusal::kListOutOfOrder;
    case EpochFault::Kind::kKeyTwice:
      return SiteRefusal::kRepeatedKey;
    case EpochFault::Kind::kOwnMissing:
    case EpochFault::Kind::kOwnAltered:
      return SiteRefusal::kOwnKeyAltered;
  }
  return SiteRefusal::kMalformed;
}

Refusal Restored(const ParticipantContext& context, const SeenLedger& seen, const SignedBytes& message,
                 absl::string_view member) {
  const uint64_t length = context.record.sequence();
  const std::string words = absl::StrCat(
      member, " has seen entry ", seen.sequence, " of this site's record; the record has ", length, " entries",
      seen.sequence <= length ? ", and another one at that place" : "",
      ". This site takes no part in an epoch with such a member. Either the record was put back from an older copy: "
      "start the daemon again, so that others show this site its own signed word, or bring the record back; or that "
      "member says what is not so: have its operator asked, and choose another cohort");
  Evidence evidence;
  evidence.kind = EvidenceKind::kRecordForked;
  evidence.witness = context.site();
  evidence.claim = words;
  evidence.messages.push_back({MessageKind::kKeyStatement, message});
  return Refusal(SiteRefusal::kRestoredFromBackup, words).With(std::move(evidence));
}

}  // namespace

Verdict<EpochList> CheckEpochList(const ParticipantContext& context, const OwnEpoch& own,
                                  absl::Span<const SignedBytes> statements) {
  auto result = VerifyEpochList(statements, own.terms, &own.statement,
                                [&context](absl::string_view site) { return context.Key(site); });
  if (auto* fault = std::get_if<EpochFault>(&result)) {
    return Refusal(RefusalFor(fault->kind), absl::StrCat("epoch ", own.terms.epoch, ": ", fault->words));
  }
  return std::get<EpochList>(std::move(result));
}

// Others hold this site's own signature on the newest that they have seen of it, and show it when its daemon starts
// (client/daemon/federation/own_past.h). A number in a member's statement is that member's word alone.
Objection CheckOwnPast(const ParticipantContext& context, const EpochList& list,
                       absl::Span<const SignedBytes> statements) {
  for (size_t i = 0; i < list.members.size(); ++i) {
    const KeyStatement& member = list.members[i];
    for (const SeenLedger& seen : member.seen) {
      if (seen.site != context.site() || context.record.Knows(seen.sequence, seen.head)) continue;
      return Restored(context, seen, statements[i], member.site);
    }
  }
  return std::nullopt;
}

// The least that any job may have here: whether this one says two_sites is checked with its plan.
Objection CheckMembers(const ParticipantContext& context, const EpochList& list) {
  const Floors& floors = context.config.floors;
  const bool may_be_two = list.members.size() == 2 || floors.two_sites;
  absl::StatusOr<CohortTerms> terms = ComputeCohortTerms(RosterOrganisations(context.roster(), list.Sites()),
                                                         may_be_two ? 0 : floors.colluding_organisations);
  absl::Status status = terms.status();
  if (status.ok()) status = CheckCohortFloors(*terms, floors, true);
  if (status.ok()) return std::nullopt;
  return Refusal(SiteRefusal::kCohortBelowFloor, std::string(status.message()));
}

Verdict<std::vector<SecretBytes>> DerivePairKeys(absl::string_view site, const EpochKeyPair& own,
                                                 const EpochList& list) {
  std::vector<SecretBytes> pair_keys(list.members.size());
  for (size_t i = 0; i < list.members.size(); ++i) {
    const KeyStatement& member = list.members[i];
    if (member.site == site) continue;
    absl::StatusOr<SecretBytes> shared = own.Agree(member.public_key);
    if (!shared.ok()) {
      return Refusal(SiteRefusal::kWeakKey, absl::StrCat("the key of ", member.site, ": ", shared.status().message()));
    }
    absl::StatusOr<SecretBytes> pair_key = DerivePairKey(list.epoch_hash, *shared);
    if (!pair_key.ok()) return Refusal(SiteRefusal::kInternal, std::string(pair_key.status().message()));
    pair_keys[i] = *std::move(pair_key);
  }
  return pair_keys;
}

}  // namespace accord::secure
