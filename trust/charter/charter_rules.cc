#include "trust/charter/charter_rules.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "proto/accord/v1/job.pb.h"
#include "trust/charter/charter.h"
#include "trust/charter/charter_names.h"
#include "trust/charter/loosened_floor.h"
#include "trust/charter/oversight.h"
#include "trust/charter/utc_time.h"
#include "trust/charter/week_hours.h"

namespace accord {
namespace {

constexpr absl::Duration kLongestCharter = absl::Hours(24 * 5 * 366);
// These weigh on people who did not ask for it: nobody writes such a purpose into a charter alone.
constexpr v1::Tag kCoSignedTags[] = {v1::TAG_FRAUD, v1::TAG_POLICING, v1::TAG_HIGH_RISK};

absl::StatusOr<absl::Time> CheckMoment(const std::string& text, absl::string_view path, FaultList& faults) {
  auto time = ParseUtc(text);
  if (!time.ok()) faults.Add(path, std::string(time.status().message()));
  return time;
}

void CheckTimes(const v1::Charter& charter, FaultList& faults) {
  const auto from = CheckMoment(charter.not_before(), "not_before", faults);
  const auto until = CheckMoment(charter.expires(), "expires", faults);
  if (!from.ok() || !until.ok()) return;
  if (*until <= *from) faults.Add("expires", "is not after not_before");
  if (*until - *from > kLongestCharter) {
    faults.Add("expires", "is more than five years after not_before; members look at a charter again before that");
  }
}

void CheckVersion(const v1::Charter& charter, FaultList& faults) {
  if (charter.version() == 1 && !charter.former_sha256().empty()) {
    faults.Add("former_sha256", "is written, and version 1 has no version before it; remove it");
  }
  if (charter.version() > 1 && charter.former_sha256().empty()) {
    faults.Add("former_sha256", absl::StrCat("is missing; version ", charter.version(),
                                             " names the hash of the version that it amends"));
  }
}

// How many people have the role.
uint32_t NumWithRole(const v1::Charter& charter, v1::Role role) {
  return static_cast<uint32_t>(std::count_if(charter.people().begin(), charter.people().end(),
                                             [&](const v1::Person& person) { return HasRole(person, role); }));
}

void CheckEnough(const v1::Charter& charter, v1::Role role, uint32_t count, const std::string& path,
                 FaultList& faults) {
  if (const uint32_t there = NumWithRole(charter, role); there < count) {
    faults.Add(path, absl::StrCat("asks for ", count, " of the role ", RoleName(role), ", and people lists ", there));
  }
}

void CheckCoSigners(const v1::Charter& charter, FaultList& faults) {
  for (int i = 0; i < charter.co_signers_size(); ++i) {
    const v1::CoSigner& signer = charter.co_signers(i);
    CheckEnough(charter, signer.role(), signer.count(), ItemPath("co_signers", i), faults);
  }
  for (int i = 0; i < charter.purposes_size(); ++i) {
    for (const v1::Tag tag : kCoSignedTags) {
      const auto names_tag = [&](const v1::CoSigner& signer) { return signer.tag() == tag; };
      if (!HasTag(charter.purposes(i), tag) ||
          std::any_of(charter.co_signers().begin(), charter.co_signers().end(), names_tag)) {
        continue;
      }
      faults.Add(FieldPath(ItemPath("purposes", i), "tags"),
                 absl::StrCat("has ", TagName(tag),
                              ", which no entry of co_signers names; say who co-signs such a "
                              "charter, for example {tag: ",
                              TagName(tag), ", role: ombudsman, count: 1}"));
    }
  }
}

void CheckSignatures(const v1::Charter& charter, const v1::SignaturesDemanded& demanded, const std::string& path,
                     FaultList& faults) {
  for (int i = 0; i < demanded.people_size(); ++i) {
    CheckEnough(charter, demanded.people(i).role(), demanded.people(i).count(), ItemPath(FieldPath(path, "people"), i),
                faults);
  }
}

void CheckApprovals(const v1::Charter& charter, FaultList& faults) {
  const v1::Approvals& approvals = charter.approvals();
  for (int i = 0; i < approvals.by_size(); ++i) {
    CheckEnough(charter, approvals.by(i).role(), approvals.by(i).count(), ItemPath("approvals.by", i), faults);
  }
  if (approvals.by_size() == 0 && !approvals.each_site()) {
    faults.Add("approvals", "asks for nobody's approval; write by, or each_site: true");
  }
  for (const int role : charter.job_orders().defined_by()) {
    CheckEnough(charter, static_cast<v1::Role>(role), 1, "job_orders.defined_by", faults);
  }
}

void CheckLoosening(const v1::Charter& charter, FaultList& faults) {
  absl::flat_hash_set<int> rules;
  for (int i = 0; i < charter.loosening_size(); ++i) {
    const v1::Loosening& entry = charter.loosening(i);
    const std::string path = ItemPath("loosening", i);
    if (!rules.insert(entry.rule()).second) faults.Add(path, "names a rule a second time; keep one");
    CheckLoosenedFloor(charter.floors(), entry, path, faults);
    const auto eligible = [&](const v1::Person& person) {
      return std::any_of(entry.by().begin(), entry.by().end(),
                         [&](int role) { return HasRole(person, static_cast<v1::Role>(role)); });
    };
    absl::flat_hash_set<std::string> organisations;
    for (const v1::Person& person : charter.people()) {
      if (eligible(person)) organisations.insert(person.organisation());
    }
    if (organisations.size() < 2) {
      faults.Add(FieldPath(path, "by"),
                 "are roles of people of fewer than two organisations; four eyes are two "
                 "people of two organisations");
    }
  }
}

void CheckSitePolicies(const v1::Charter& charter, FaultList& faults) {
  const v1::SitePolicies& policies = charter.site_policies();
  absl::flat_hash_set<int> roles;
  for (int i = 0; i < policies.roles_size(); ++i) {
    const std::string path = ItemPath("site_policies.roles", i);
    if (!roles.insert(policies.roles(i)).second) faults.Add(path, "names a role a second time; keep one");
    if (IsOversight(policies.roles(i))) {
      faults.Add(path, absl::StrCat("is ", RoleName(policies.roles(i)),
                                    ", who watches and does not decide what a site may do; name others"));
    }
  }
}

void CheckFloorsHoldTogether(const v1::Charter& charter, FaultList& faults) {
  const v1::CharterFloors& floors = charter.floors();
  if (floors.min_organisations() > floors.min_sites()) {
    faults.Add("floors.min_organisations", absl::StrCat("is ", floors.min_organisations(), ", and min_sites is ",
                                                        floors.min_sites(), "; a site has one organisation"));
  }
  if (floors.min_organisations() > static_cast<uint32_t>(charter.organisations_size())) {
    faults.Add("floors.min_organisations", absl::StrCat("is ", floors.min_organisations(), ", and organisations lists ",
                                                        charter.organisations_size()));
  }
}

void CheckCode(const v1::Charter& charter, FaultList& faults) {
  const auto* kind = v1::ModelSpec::descriptor()->FindOneofByName("kind");
  for (int i = 0; i < charter.code().models_size(); ++i) {
    const std::string& model = charter.code().models(i);
    const auto* field = v1::ModelSpec::descriptor()->FindFieldByName(model);
    if (field == nullptr || field->containing_oneof() != kind || model == "torchscript") {
      faults.Add(ItemPath("code.models", i), "is not a model of Accord's own, as in the job's model");
    }
  }
  std::map<std::string, int> hashes;
  for (int i = 0; i < charter.code().torchscript_size(); ++i) {
    if (!hashes.emplace(charter.code().torchscript(i).sha256(), i).second) {
      faults.Add(ItemPath("code.torchscript", i), "names a file a second time; keep one");
    }
  }
  absl::flat_hash_set<std::string> operators;
  for (int i = 0; i < charter.code().operators_size(); ++i) {
    if (!operators.insert(charter.code().operators(i)).second) {
      faults.Add(ItemPath("code.operators", i), "names an operator a second time; keep one");
    }
  }
}

}  // namespace

void CheckCharter(const v1::Charter& charter, FaultList& faults) {
  CheckVersion(charter, faults);
  CheckTimes(charter, faults);
  CheckCharterTexts(charter, faults);
  CheckCharterNames(charter, faults);
  CheckCoSigners(charter, faults);
  CheckSignatures(charter, charter.signatures(), "signatures", faults);
  CheckSignatures(charter, charter.amendments(), "amendments", faults);
  CheckApprovals(charter, faults);
  CheckFloorsHoldTogether(charter, faults);
  CheckLoosening(charter, faults);
  CheckSitePolicies(charter, faults);
  CheckCode(charter, faults);
  CheckHours(charter.hours(), faults);
}

}  // namespace accord
