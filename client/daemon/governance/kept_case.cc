#include "client/daemon/governance/kept_case.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "trust/charter/approval.h"
#include "trust/charter/job_order.h"
#include "trust/charter/judge.h"
#include "trust/charter/release_check.h"
#include "trust/charter/roster_people.h"

namespace accord {
namespace {

const VerifyingKey* KeyOfMaker(const ActiveCharter& charter, absl::string_view site, const Approval& approval) {
  absl::string_view id = approval.by;
  if (absl::ConsumePrefix(&id, "person/")) return charter.charter().KeyOf(id);
  if (!absl::ConsumePrefix(&id, "site/") || id != site || approval.approves) return nullptr;
  const RosterSite* listed = charter.roster().Find(id);
  return listed == nullptr ? nullptr : &listed->key;
}

// Two statements of one meaning differ in their time alone.
std::string MeaningOf(const Approval& approval) {
  return absl::StrCat(approval.by, " ", static_cast<int>(approval.as), approval.approves ? " + " : " - ",
                      absl::StrJoin(approval.loosens, ","));
}

// Looked for only where the release names one: that takes a look at every file.
absl::StatusOr<Sha256Digest> VersionFor(const SignedStatement& release, const std::string& data_set,
                                        const KeptAtSite& at) {
  const auto named = ParseRelease(release.bytes);
  if (!named.ok() || !named->version.has_value()) return absl::UnavailableError("it was not looked at");
  if (!at.version_now) return absl::UnavailableError("nobody here knows which one its content is");
  return at.version_now(data_set);
}

// What the owner of the rows says to the order. Without any release of the data set: nothing, unless the charter
// demands one.
void HoldAgainstRelease(const ActiveCharter& charter, const JobOrder& order, const KeptAtSite& at, absl::Time now,
                        Verdict& verdict) {
  if (order.data_set.empty()) return;
  const auto kept = at.releases.Find(order.data_set, charter.charter().hash());
  ReleaseVerdict found;
  if (kept.ok() && !kept->has_value()) {
    const v1::CharterDataSet* terms = charter.charter().FindDataSet(order.data_set);
    if (terms == nullptr || !terms->signed_release()) return;
    found.reasons = {absl::StrCat("no release of ", order.data_set, " was taken here, and by ",
                                  charter.charter().Clause("data_sets"),
                                  " it is read under one alone: accord-client release take FILE")};
  } else if (kept.ok()) {
    found = JudgeRelease(charter.charter(), charter.roster(), **kept, {at.site, order.data_set, order.purpose},
                         VersionFor(**kept, order.data_set, at), now);
  } else {
    found.reasons = {std::string(kept.status().message())};
  }
  if (!found.for_good) verdict.num_waiting += found.reasons.size();
  for (std::string& reason : found.reasons) verdict.reasons.push_back(std::move(reason));
  verdict.terms.release = found.release;
  verdict.terms.data_version = found.version;
  verdict.terms.valid_until = std::min(verdict.terms.valid_until, found.expires);
}

// The papers alone. All times that they are held against are whole seconds.
Verdict JudgePapers(const RulesInForce& rules, const KeptOrder& kept, const OwnSite& self, absl::Time now,
                    CaseMemory* memory) {
  const std::optional<Sha256Digest> policy =
      rules.policy == nullptr ? std::nullopt : std::make_optional(rules.policy->text_hash());
  const int64_t second = absl::ToUnixSeconds(now);
  if (memory != nullptr && kept.reading != 0 && memory->last.has_value() && memory->last->reading == kept.reading &&
      memory->last->policy == policy && memory->last->second == second) {
    return memory->last->verdict;
  }
  HandedJob job{.job_bytes = kept.job_bytes, .order = kept.order, .approvals = kept.approvals};
  if (kept.own.has_value()) job.approvals.push_back(*kept.own);
  Verdict verdict =
      Judge(*rules.charter, rules.policy.get(), job, self, now, memory == nullptr ? nullptr : &memory->judge);
  if (memory != nullptr && kept.reading != 0) memory->last = CaseMemory::Last{kept.reading, policy, second, verdict};
  return verdict;
}

}  // namespace

std::map<std::string, Sha256Digest> HashMappings(const v1::SiteConfig& config) {
  std::map<std::string, Sha256Digest> hashes;
  for (const v1::SiteDataset& dataset : config.datasets()) {
    const auto text = ReadFile(dataset.mapping());
    if (text.ok()) hashes.emplace(dataset.name(), Sha256(*text));
  }
  return hashes;
}

std::vector<SignedStatement> MergeApprovals(const ActiveCharter& charter, absl::string_view site,
                                            const Sha256Digest& order, std::vector<SignedStatement> kept,
                                            const std::vector<SignedStatement>& handed) {
  std::map<std::string, std::pair<size_t, absl::Time>> places;  // by meaning: in `kept`, and until when it holds
  for (size_t i = 0; i < kept.size(); ++i) {
    const auto approval = ParseApproval(kept[i].bytes);
    if (approval.ok()) places[MeaningOf(*approval)] = {i, approval->expires};
  }
  for (const SignedStatement& statement : handed) {
    if (statement.bytes.size() > kMaxApprovalBytes) continue;
    const auto approval = ParseApproval(statement.bytes);
    if (!approval.ok() || approval->order != order || approval->charter != charter.charter().hash()) continue;
    const VerifyingKey* key = KeyOfMaker(charter, site, *approval);
    if (key == nullptr || !key->Verify(kApprovalDomain, statement.bytes, statement.signature).ok()) continue;
    const auto place = places.find(MeaningOf(*approval));
    if (place == places.end()) {
      if (approval->approves && kept.size() >= kMaxApprovals) continue;
      places[MeaningOf(*approval)] = {kept.size(), approval->expires};
      kept.push_back(statement);
    } else if (approval->expires > place->second.second) {
      kept[place->second.first] = statement;
      place->second.second = approval->expires;
    }
  }
  return kept;
}

bool MayEverHold(const ActiveCharter& charter, const SignedStatement& order, absl::Time now) {
  const auto parsed = ParseJobOrder(order.bytes);
  if (!parsed.ok() || parsed->charter != charter.charter().hash()) return false;
  const v1::JobOrders& rules = charter.charter().terms().job_orders();
  const absl::Duration longest = absl::Hours(24) * rules.longest_days();
  if (now >= parsed->expires || parsed->expires - parsed->not_before > longest) return false;
  if (parsed->not_before > now + longest) return false;  // nobody signs so far ahead, but to fill the room for long
  const v1::Person* engineer = charter.charter().FindPerson(parsed->engineer);
  if (engineer == nullptr || !WhatRosterHasAgainst(*engineer, charter.roster()).empty()) return false;
  const bool may_define = std::any_of(rules.defined_by().begin(), rules.defined_by().end(),
                                      [&](int role) { return HasRole(*engineer, static_cast<v1::Role>(role)); });
  const VerifyingKey* key = charter.charter().KeyOf(parsed->engineer);
  return may_define && key != nullptr && key->Verify(kJobOrderDomain, order.bytes, order.signature).ok();
}

Verdict JudgeKept(const RulesInForce& rules, const KeptOrder& kept, const KeptAtSite& at, absl::Time now,
                  CaseMemory* memory) {
  OwnSite self{.site = at.site, .mapping = std::nullopt};
  const auto order = ParseJobOrder(kept.order.bytes);
  if (order.ok()) {
    const auto mapping = at.mappings.find(order->data_set);
    if (mapping != at.mappings.end()) self.mapping = mapping->second;
  }
  Verdict verdict = JudgePapers(rules, kept, self, now, memory);
  if (kept.job_bytes.empty() && order.ok() && !verdict.engineer.empty()) {
    // What the judge says of a job that is not here is of no meaning yet.
    verdict.reasons = {"the job's own bytes are not here yet; they are being fetched"};
    verdict.num_waiting = 1;
  }
  if (!order.ok()) return verdict;
  HoldAgainstRelease(*rules.charter, *order, at, now, verdict);
  if (std::optional<std::string> why = at.stops.WhyStopped(order->job)) verdict.reasons.push_back(*std::move(why));
  return verdict;
}

}  // namespace accord
