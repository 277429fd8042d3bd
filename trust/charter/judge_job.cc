// The job itself: that it is the one of the order, and within the charter.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "proto/validation/job_validation.h"
#include "trust/charter/judged_case.h"
#include "trust/charter/loosened_floor.h"

namespace accord {
namespace {

template <typename List, typename Item>
bool Lists(const List& list, const Item& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

// What the order names and what the job carries, as one hash each; nothing for nothing.
void JudgeCarried(JudgedCase& judged, const std::optional<Sha256Digest>& ordered, const std::string& carried,
                  absl::string_view what) {
  const std::string named = ordered.has_value() ? HexDigest(*ordered) : "";
  if (named == carried) return;
  judged.Refuse(absl::StrCat("the job carries ", carried.empty() ? "no " : "the ", what,
                             carried.empty() ? "" : absl::StrCat(" ", carried), ", and its order names ",
                             named.empty() ? "none" : named));
}

bool ReadJob(JudgedCase& judged) {
  const Sha256Digest hash = Sha256(judged.job.job_bytes);
  if (hash != judged.order.job) {
    judged.Refuse(absl::StrCat("the job's bytes are not those that ", judged.engineer->id(),
                               " signed for: the order names ", HexDigest(judged.order.job), ", they are ",
                               HexDigest(hash)));
    return false;
  }
  if (judged.memory != nullptr) judged.spec = judged.memory->FindJob(hash);
  if (judged.spec != nullptr) return true;
  auto spec = ParseJobSpec(judged.job.job_bytes);
  if (!spec.ok()) {
    judged.Refuse(std::string(spec.status().message()));
    return false;
  }
  judged.spec = std::make_shared<const v1::JobSpec>(*std::move(spec));
  if (judged.memory != nullptr) judged.memory->KeepJob(hash, judged.spec);
  return true;
}

void JudgeWhatItCarries(JudgedCase& judged) {
  const v1::JobSpec& spec = *judged.spec;
  JudgeCarried(judged, judged.order.torchscript, spec.model().torchscript().sha256(), "TorchScript file");
  JudgeCarried(judged, judged.order.start, spec.model().start_from().model_digest(), "parameters to start from");
  if (spec.data().name() != judged.order.data_set) {
    judged.Refuse(absl::StrCat("the job reads ", spec.data().name().empty() ? "no data set" : spec.data().name(),
                               ", and its order names ",
                               judged.order.data_set.empty() ? "none" : judged.order.data_set));
  }
  if (judged.site == nullptr) return;
  const auto mapping = judged.order.mappings.find(judged.site->site);
  if (mapping != judged.order.mappings.end() && judged.site->mapping != mapping->second) {
    judged.Refuse(absl::StrCat("the order is for the mapping ", HexDigest(mapping->second), " of this site, which has ",
                               judged.site->mapping.has_value() ? HexDigest(*judged.site->mapping) : "none"));
  }
}

void JudgePurpose(JudgedCase& judged) {
  const Charter& charter = judged.charter();
  const std::string& purpose = judged.order.purpose;
  if (charter.FindPurpose(purpose) == nullptr) {
    judged.Refuse(absl::StrCat("the order's purpose ", purpose, " is not in ", charter.Clause("purposes")));
  }
  if (judged.order.data_set.empty()) return;
  const auto& data_sets = charter.terms().data_sets();
  const auto found = std::find_if(data_sets.begin(), data_sets.end(), [&](const v1::CharterDataSet& data_set) {
    return data_set.name() == judged.order.data_set;
  });
  if (found == data_sets.end()) {
    return judged.Refuse(
        absl::StrCat("the data set ", judged.order.data_set, " is not in ", charter.Clause("data_sets")));
  }
  const std::string path = ItemPath("data_sets", static_cast<int>(found - data_sets.begin()));
  if (!Lists(found->purposes(), purpose)) {
    judged.Refuse(absl::StrCat("the data set ", found->name(), " may not be read for the purpose ", purpose, ": ",
                               charter.Clause(FieldPath(path, "purposes")), " does not name it"));
  }
  if (judged.site != nullptr && !found->sites().empty() && !Lists(found->sites(), judged.site->site)) {
    judged.Refuse(absl::StrCat("this site may not release ", found->name(), ": ",
                               charter.Clause(FieldPath(path, "sites")), " does not name it"));
  }
}

void JudgeCode(JudgedCase& judged) {
  const Charter& charter = judged.charter();
  const v1::CharterCode& code = charter.terms().code();
  if (judged.spec->model().has_torchscript()) {
    const std::string& sha256 = judged.spec->model().torchscript().sha256();
    const bool known = std::any_of(code.torchscript().begin(), code.torchscript().end(),
                                   [&](const v1::TorchScriptFile& file) { return file.sha256() == sha256; });
    if (!known) {
      judged.Refuse(absl::StrCat("the job carries the TorchScript file ", sha256, ", which ",
                                 charter.Clause("code.torchscript"), " does not name"));
    }
    return;
  }
  const auto* chosen = judged.spec->model().GetReflection()->GetOneofFieldDescriptor(
      judged.spec->model(), v1::ModelSpec::descriptor()->FindOneofByName("kind"));
  if (chosen != nullptr && !code.models().empty() && !Lists(code.models(), chosen->name())) {
    judged.Refuse(absl::StrCat("the job's model is ", chosen->name(), ", which ", charter.Clause("code.models"),
                               " does not name"));
  }
}

// The order asks for the rule to be loosened so far, by approvals that may still come.
bool MayYetBeLoosened(const JudgedCase& judged, v1::Rule rule, uint32_t value) {
  const v1::Loosening* entry = judged.charter().FindLoosening(rule);
  return entry != nullptr && Lists(judged.order.loosens, rule) && !judged.IsLoosened(rule) && value >= entry->least();
}

void JudgeFloors(JudgedCase& judged) {
  const auto at_least = [&](v1::Rule rule, uint32_t value, absl::string_view what) {
    const uint32_t floor = FloorOfRule(judged.floors, rule).value_or(0);
    if (value >= floor) return;
    std::string reason =
        absl::StrCat("the job's ", what, " is ", value, ", and ", judged.charter().Clause(PathOfRule(rule)),
                     judged.IsLoosened(rule) ? ", loosened for this order," : "", " is ", floor);
    if (MayYetBeLoosened(judged, rule, value)) return judged.Wait(std::move(reason));
    judged.Refuse(std::move(reason));
  };
  const v1::JobSpec& spec = *judged.spec;
  at_least(v1::RULE_MIN_SITES, spec.rounds().min_sites(), "rounds.min_sites");
  if (spec.aggregation().plain_sum()) {
    if (judged.floors.secure_sum()) {
      std::string reason =
          absl::StrCat("the job's aggregation.plain_sum lets the coordinator read each site's numbers, and ",
                       judged.charter().Clause("floors.secure_sum"), " is true");
      MayYetBeLoosened(judged, v1::RULE_SECURE_SUM, 0) ? judged.Wait(std::move(reason))
                                                       : judged.Refuse(std::move(reason));
    }
  } else {
    at_least(v1::RULE_MIN_COLLUDING_ORGANISATIONS, spec.aggregation().secure_sum().colluding_organisations(),
             "aggregation.secure_sum.colluding_organisations");
  }
  // A drill has no rows, and newton no held-out ones: both say nothing of cells.
  if (spec.has_evaluation()) {
    at_least(v1::RULE_MINIMUM_CELL, spec.evaluation().minimum_cell(), "evaluation.minimum_cell");
  }
  if (judged.floors.has_privacy() && spec.has_data()) {
    judged.Refuse(absl::StrCat(judged.charter().Clause("floors.privacy"),
                               " demands differential privacy, and the job promises none"));
  }
}

}  // namespace

void JudgeJob(JudgedCase& judged) {
  JudgePurpose(judged);
  if (!judged.has_job || !ReadJob(judged)) return;
  JudgeWhatItCarries(judged);
  JudgeCode(judged);
  JudgeFloors(judged);
}

}  // namespace accord
