#include "client/daemon/secure/wire.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "aggregation/programs/attempt_terms.h"
#include "aggregation/programs/plan_terms.h"
#include "aggregation/secure/messages/signed_wire.h"
#include "base/hash.h"
#include "base/status.h"

namespace accord {
namespace {

using secure::FromWire;

absl::StatusOr<Sha256Digest> DigestFromBytes(absl::string_view bytes, absl::string_view what) {
  Sha256Digest digest;
  if (bytes.size() != digest.size()) {
    return absl::InvalidArgumentError(absl::StrCat(what, " has ", bytes.size(), " bytes, expected ", digest.size()));
  }
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

std::vector<std::string> Names(const google::protobuf::RepeatedPtrField<std::string>& names) {
  return {names.begin(), names.end()};
}

absl::StatusOr<secure::SiteEvent> FromKeyRequest(const v1::KeyRequest& request) {
  secure::EpochRequested event;
  event.job_id = request.plan().job_id();
  event.epoch = request.plan().attempt();
  ACCORD_ASSIGN_OR_RETURN(event.job_sha256, ParseHexDigest(request.job_sha256()));
  ACCORD_ASSIGN_OR_RETURN(event.roster_hash, DigestFromBytes(request.roster_hash(), "the roster's hash"));
  return event;
}

secure::SiteEvent FromSurvivors(const v1::Survivors& survivors) {
  return secure::SurvivorsListed{FromWire(survivors.headers()), {survivors.offers().begin(), survivors.offers().end()}};
}

absl::StatusOr<secure::SiteEvent> FromVoidRequest(const v1::VoidRequest& request) {
  secure::VoidRequested event;
  ACCORD_ASSIGN_OR_RETURN(event.transcript, DigestFromBytes(request.transcript(), "a transcript"));
  return event;
}

absl::StatusOr<AddressedEvent> Addressed(const v1::PlanId& plan, absl::StatusOr<secure::SiteEvent> event) {
  ACCORD_RETURN_IF_ERROR(event.status());
  return AddressedEvent{plan, *std::move(event)};
}

}  // namespace

absl::StatusOr<AddressedEvent> ToSiteEvent(const v1::CoordinatorMessage& message) {
  switch (message.kind_case()) {
    case v1::CoordinatorMessage::kKeyRequest:
      return Addressed(message.key_request().plan(), FromKeyRequest(message.key_request()));
    case v1::CoordinatorMessage::kEpochList: {
      const v1::EpochList& list = message.epoch_list();
      return AddressedEvent{list.plan(), secure::EpochListed{list.plan().attempt(), FromWire(list.statements())}};
    }
    case v1::CoordinatorMessage::kSurvivors:
      return AddressedEvent{message.survivors().plan(), FromSurvivors(message.survivors())};
    case v1::CoordinatorMessage::kSignatures:
      return AddressedEvent{message.signatures().plan(),
                            secure::SignaturesShown{FromWire(message.signatures().statements())}};
    case v1::CoordinatorMessage::kShareRequest:
      return AddressedEvent{message.share_request().plan(),
                            secure::SharesRequested{Names(message.share_request().gone())}};
    case v1::CoordinatorMessage::kPairSeedRequest: {
      const v1::PairSeedRequest& request = message.pair_seed_request();
      return AddressedEvent{request.plan(),
                            secure::PairSeedsRequested{FromWire(request.headers()), FromWire(request.statements()),
                                                       Names(request.gone())}};
    }
    case v1::CoordinatorMessage::kVoidRequest:
      return Addressed(message.void_request().plan(), FromVoidRequest(message.void_request()));
    default:
      return absl::UnimplementedError("not of secure sums");
  }
}

absl::StatusOr<secure::SiteEvent> ToAttemptPlanned(const v1::Plan& plan, const v1::JobSpec& spec,
                                                   const Sha256Digest& charter_hash) {
  secure::AttemptPlanned event;
  ACCORD_ASSIGN_OR_RETURN(event.terms, AttemptTermsOf(spec, PlannedBy(plan, charter_hash)));
  event.previous = FromWire(plan.secure().previous());
  event.voids = FromWire(plan.secure().voids());
  for (const std::string& nonce : plan.secure().graph_nonces()) {
    ACCORD_ASSIGN_OR_RETURN(event.graph_nonces.emplace_back(), DigestFromBytes(nonce, "a graph nonce"));
  }
  return event;
}

secure::AttemptOutcome OutcomeOf(v1::PlanEnd::Outcome outcome) {
  switch (outcome) {
    case v1::PlanEnd::SUMMED:
      return secure::AttemptOutcome::kOpened;
    case v1::PlanEnd::LEFT_OUT:
      return secure::AttemptOutcome::kLeftOut;
    case v1::PlanEnd::JOB_OVER:
      return secure::AttemptOutcome::kJobOver;
    default:
      return secure::AttemptOutcome::kAbandoned;
  }
}

}  // namespace accord
