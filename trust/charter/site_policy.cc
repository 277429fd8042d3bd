#include "trust/charter/site_policy.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/config/yaml_reader.h"
#include "base/status.h"
#include "trust/charter/policy_statement.h"
#include "trust/charter/week_hours.h"

namespace accord {
namespace {

// Holds one policy against one charter.
class PolicyChecker {
 public:
  PolicyChecker(const v1::SitePolicy& policy, const Charter& charter, absl::string_view site, FaultList& faults)
      : policy_(policy), charter_(charter), site_(site), faults_(faults) {}

  void Check() {
    CheckReleased();
    CheckAccepted();
    CheckPolicyFloors();
    CheckHours(policy_.hours(), faults_);
  }

 private:
  void CheckReleased() {
    absl::flat_hash_set<std::string> names;
    for (int i = 0; i < policy_.data_sets_size(); ++i) {
      const v1::ReleasedDataSet& released = policy_.data_sets(i);
      const std::string path = ItemPath("data_sets", i);
      if (!names.insert(released.name()).second) faults_.Add(path, "names a data set a second time; keep one");
      const v1::CharterDataSet* known = charter_.FindDataSet(released.name());
      if (known == nullptr) {
        faults_.Add(FieldPath(path, "name"), absl::StrCat("is not in ", charter_.Clause("data_sets"),
                                                          "; a site releases what the charter names"));
        continue;
      }
      const auto index = static_cast<int>(
          std::distance(charter_.terms().data_sets().begin(),
                        std::find_if(charter_.terms().data_sets().begin(), charter_.terms().data_sets().end(),
                                     [known](const v1::CharterDataSet& data_set) { return &data_set == known; })));
      const std::string clause = ItemPath("data_sets", index);
      if (!known->sites().empty() &&
          std::find(known->sites().begin(), known->sites().end(), site_) == known->sites().end()) {
        faults_.Add(FieldPath(path, "name"),
                    absl::StrCat("is not this site's to release: ", charter_.Clause(FieldPath(clause, "sites")),
                                 " does not name ", site_));
      }
      CheckPurposes(released, *known, path, clause);
    }
  }

  void CheckPurposes(const v1::ReleasedDataSet& released, const v1::CharterDataSet& known, const std::string& path,
                     const std::string& clause) {
    for (int i = 0; i < released.purposes_size(); ++i) {
      if (std::find(known.purposes().begin(), known.purposes().end(), released.purposes(i)) != known.purposes().end()) {
        continue;
      }
      faults_.Add(ItemPath(FieldPath(path, "purposes"), i),
                  absl::StrCat("is not among ", charter_.Clause(FieldPath(clause, "purposes")),
                               "; a site may release for fewer purposes than the charter, not for others"));
    }
  }

  void CheckAccepted() {
    for (int i = 0; i < policy_.people_size(); ++i) {
      if (charter_.FindPerson(policy_.people(i)) == nullptr) {
        faults_.Add(ItemPath("people", i),
                    absl::StrCat("is not in ", charter_.Clause("people"), "; nobody else may act under the charter"));
      }
    }
    for (int i = 0; i < policy_.organisations_size(); ++i) {
      if (!charter_.HasOrganisation(policy_.organisations(i))) {
        faults_.Add(ItemPath("organisations", i),
                    absl::StrCat("is not in ", charter_.Clause("organisations"), ", to the letter"));
      }
    }
  }

  void AtLeast(bool written, uint32_t value, uint32_t least, const std::string& field) {
    if (!written || value >= least) return;
    const std::string path = FieldPath("floors", field);
    faults_.Add(path, absl::StrCat("is ", value, ", and ", charter_.Clause(path), " is ", least,
                                   "; a site may tighten the charter, not loosen it: write ", least,
                                   " or more, or remove the line"));
  }

  void CheckPolicyFloors() {
    const v1::PolicyFloors& own = policy_.floors();
    const v1::CharterFloors& floors = charter_.terms().floors();
    AtLeast(own.has_min_sites(), own.min_sites(), floors.min_sites(), "min_sites");
    AtLeast(own.has_min_organisations(), own.min_organisations(), floors.min_organisations(), "min_organisations");
    AtLeast(own.has_min_colluding_organisations(), own.min_colluding_organisations(),
            floors.min_colluding_organisations(), "min_colluding_organisations");
    AtLeast(own.has_minimum_cell(), own.minimum_cell(), floors.minimum_cell(), "minimum_cell");
    AtLeast(own.has_min_rows(), own.min_rows(), floors.min_rows(), "min_rows");
    if (own.has_secure_sum() && !own.secure_sum() && floors.secure_sum()) {
      faults_.Add("floors.secure_sum", absl::StrCat("is false, and ", charter_.Clause("floors.secure_sum"),
                                                    " is true; a site may tighten the charter, not loosen it"));
    }
    if (!own.has_privacy() || !floors.has_privacy()) return;
    AtMost(own.privacy().epsilon(), floors.privacy().epsilon(), "floors.privacy.epsilon");
    AtMost(own.privacy().delta(), floors.privacy().delta(), "floors.privacy.delta");
  }

  void AtMost(double value, double most, const std::string& path) {
    if (value <= most) return;
    faults_.Add(path, absl::StrCat("is ", value, ", and ", charter_.Clause(path), " is ", most,
                                   "; a site may tighten the charter, not loosen it: write ", most, " or less"));
  }

  const v1::SitePolicy& policy_;
  const Charter& charter_;
  const std::string site_;
  FaultList& faults_;
};

}  // namespace

absl::StatusOr<SitePolicy> SitePolicy::Parse(absl::string_view text, const std::string& file, const Charter& charter,
                                             absl::string_view site) {
  SitePolicy policy;
  policy.places_ = FieldPlaces(file);
  FaultList faults(&policy.places_);
  ReadYamlText(text, policy.rules_, policy.places_, faults);
  FaultList contradictions(&policy.places_);
  PolicyChecker(policy.rules_, charter, site, contradictions).Check();
  policy.zone_ = absl::UTCTimeZone();
  const std::string& zone = policy.rules_.time_zone();
  if (!zone.empty() && !absl::LoadTimeZone(zone, &policy.zone_)) {
    contradictions.Add("time_zone", "is no name of the tz database on this machine, for example Europe/Zurich");
  }
  faults.MergeUnrelated(contradictions);
  ACCORD_RETURN_IF_ERROR(faults.ToStatus());
  policy.charter_hash_ = charter.hash();
  policy.text_ = std::string(text);
  policy.text_hash_ = PolicyTextHash(text);
  return policy;
}

const v1::ReleasedDataSet* SitePolicy::FindDataSet(absl::string_view name) const {
  const auto found = std::find_if(rules_.data_sets().begin(), rules_.data_sets().end(),
                                  [&](const v1::ReleasedDataSet& data_set) { return data_set.name() == name; });
  return found == rules_.data_sets().end() ? nullptr : &*found;
}

std::string SitePolicy::Clause(absl::string_view path) const {
  const int line = places_.LineOf(path);
  return absl::StrCat("this site's policy: ", path, line > 0 ? absl::StrCat(" (line ", line, ")") : "");
}

std::vector<std::string> SitePolicy::BeyondLimits(const v1::Compute& wanted) const {
  const v1::PolicyLimits& limits = rules_.limits();
  std::vector<std::string> beyond;
  if (limits.has_threads() && wanted.threads() > limits.threads()) {
    beyond.push_back(absl::StrCat("the job wants ", wanted.threads(), " threads (compute.threads), and ",
                                  Clause("limits.threads"), " is ", limits.threads()));
  }
  if (limits.has_memory_mib() && wanted.memory_mib() > limits.memory_mib()) {
    beyond.push_back(absl::StrCat("the job wants ", wanted.memory_mib(), " MiB of memory (compute.memory_mib), and ",
                                  Clause("limits.memory_mib"), " is ", limits.memory_mib()));
  }
  return beyond;
}

}  // namespace accord
