#include "tests/client/daemon/secure/played_federation.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "aggregation/secure/messages/signed_wire.h"
#include "aggregation/secure/messages/witness_statement.h"
#include "client/daemon/secure/wire.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/work/drill.h"

namespace accord {
namespace {

constexpr uint64_t kParameters = 10;
const secure::testing::Sites kOthers = {1, 2};

void Assign(const std::vector<secure::SignedBytes>& list, google::protobuf::RepeatedPtrField<v1::SignedBytes>* wire) {
  for (const secure::SignedBytes& message : list) *wire->Add() = secure::ToWire(message);
}

}  // namespace

PlayedFederation::PlayedFederation()
    : spec_(SecureDrillJob(kParameters)), sites_({.num_sites = 3}), roster_(sites_.roster()) {
  sites_.job_sha256 = Sha256(spec_.SerializeAsString());
}

SecureSite PlayedFederation::Daemon(RecordFile& record) {
  SecureSite daemon;
  daemon.site = site();
  daemon.roster = [this] { return roster_; };
  daemon.signer = &sites_[0].signer();
  daemon.entropy = &entropy_;
  daemon.record = &record;
  return daemon;
}

v1::PlanId PlayedFederation::IdOf(uint32_t attempt) const {
  v1::PlanId id;
  id.set_job_id(sites_.job_id);
  id.set_attempt(attempt);
  return id;
}

v1::CoordinatorMessage PlayedFederation::KeyRequest(uint32_t epoch) const {
  v1::CoordinatorMessage message;
  v1::KeyRequest& request = *message.mutable_key_request();
  *request.mutable_plan() = IdOf(epoch);
  request.set_job_sha256(HexDigest(sites_.job_sha256));
  request.set_roster_hash(roster_->hash().data(), roster_->hash().size());
  return message;
}

v1::CoordinatorMessage PlayedFederation::EpochList(const v1::KeyAnswer& own) {
  epoch_ = own.plan().attempt();
  secure::EpochListed list{epoch_, {secure::FromWire(own.statement())}};
  for (const size_t site : kOthers) {
    list.statements.push_back(sites_[site].Send(sites_.EpochRequest(epoch_)).key_statement.value());
  }
  for (const size_t site : kOthers) EXPECT_TRUE(sites_[site].Send(list).nonce.has_value());
  v1::CoordinatorMessage message;
  *message.mutable_epoch_list()->mutable_plan() = own.plan();
  Assign(list.statements, message.mutable_epoch_list()->mutable_statements());
  return message;
}

v1::Plan PlayedFederation::Plan(uint32_t attempt) {
  v1::Plan plan = DrillPlan(spec_, attempt);
  *plan.mutable_id() = IdOf(attempt);
  plan.clear_cohort();
  for (const std::string& member : sites_.Names(sites_.All())) plan.add_cohort(member);
  plan.set_encoding_sites(static_cast<uint32_t>(plan.cohort_size()));
  plan.mutable_secure()->set_epoch(epoch_);
  return plan;
}

v1::CoordinatorMessage PlayedFederation::Survivors(const v1::Plan& plan, const v1::UploadClose& own) {
  attempt_ =
      sites_.Upload(std::get<secure::AttemptPlanned>(ToAttemptPlanned(plan, spec_, charter_hash_).value()), kOthers);
  attempt_.headers[0] = secure::FromWire(own.header());
  attempt_.offers[0] = own.offers();
  const secure::SurvivorsListed list = sites_.List(attempt_, sites_.All(), 0);
  v1::CoordinatorMessage message;
  v1::Survivors& survivors = *message.mutable_survivors();
  *survivors.mutable_plan() = plan.id();
  Assign(list.headers, survivors.mutable_headers());
  survivors.mutable_offers()->Assign(list.offers.begin(), list.offers.end());
  return message;
}

v1::CoordinatorMessage PlayedFederation::Signatures(const v1::SurvivorAnswer& own) {
  sites_.Sign(attempt_, sites_.All(), kOthers);
  attempt_.statements[0] = secure::FromWire(own.statement());
  v1::CoordinatorMessage message;
  *message.mutable_signatures()->mutable_plan() = own.plan();
  Assign(sites_.Signatures(attempt_, sites_.All()).statements, message.mutable_signatures()->mutable_statements());
  return message;
}

v1::CoordinatorMessage PlayedFederation::Witness(size_t other, const v1::WitnessRequest& request,
                                                 std::optional<secure::SignedPosition> seen) {
  secure::WitnessStatement statement{NameOf(other), site(), {}, std::move(seen)};
  EXPECT_EQ(request.nonce().size(), statement.nonce.size());
  std::copy(request.nonce().begin(), request.nonce().end(), statement.nonce.begin());
  v1::CoordinatorMessage message;
  *message.mutable_witness_report()->mutable_statement() =
      secure::ToWire(secure::Sign(statement, sites_[other].signer()).value());
  return message;
}

void PlayedFederation::Sign(SignedCharter& charter) {
  for (const size_t site : sites_.All()) {
    EXPECT_TRUE(charter.Sign("site/" + sites_[site].name(), sites_[site].signer()).ok());
  }
}

void PlayedFederation::AddToRoster() {
  std::vector<RosterEntry> entries;
  for (const size_t site : sites_.All()) entries.push_back(sites_[site].Entry());
  entries.push_back(secure::testing::TestSite("site-9999", "Organisation 9999", 1).Entry());
  roster_ = std::make_shared<const Roster>(Roster::Parse(Roster::Write("Test", entries).value()).value());
}

void PlayedFederation::ReplaceAKeyInRoster() {
  std::vector<RosterEntry> entries;
  for (const size_t site : sites_.All()) entries.push_back(sites_[site].Entry());
  entries.back().public_key_der = secure::testing::TestSite("new", "key", 1).Entry().public_key_der;
  roster_ = std::make_shared<const Roster>(Roster::Parse(Roster::Write("Test", entries).value()).value());
}

}  // namespace accord
