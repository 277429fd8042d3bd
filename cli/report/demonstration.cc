#include "cli/report/demonstration.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace accord {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostHospitals = 10000;

absl::Status Fault(absl::string_view where, absl::string_view expected) {
  return absl::InvalidArgumentError(absl::StrCat("demonstration file: ", where, ": expected ", expected,
                                                 "; write it with `accord-trainer demonstrate`"));
}

// A number, or nothing where the member is absent or null.
absl::StatusOr<std::optional<double>> ReadNumber(const Json& object, const char* name, const std::string& where) {
  const auto member = object.find(name);
  if (member == object.end() || member->is_null()) return std::optional<double>();
  if (!member->is_number()) return Fault(absl::StrCat(where, ".", name), "a number");
  return std::optional<double>(member->get<double>());
}

absl::StatusOr<uint64_t> ReadCount(const Json& object, const char* name, const std::string& where) {
  const auto member = object.find(name);
  if (member == object.end()) return uint64_t{0};
  if (!member->is_number_unsigned()) return Fault(absl::StrCat(where, ".", name), "a whole number");
  return member->get<uint64_t>();
}

absl::StatusOr<DemonstrationScore> ReadScore(const Json& row, const char* name, const std::string& where) {
  const std::string here = absl::StrCat(where, ".", name);
  const auto member = row.find(name);
  if (member != row.end() && member->is_null()) return DemonstrationScore();
  if (member == row.end() || !member->is_object()) return Fault(here, "an object with accuracy and auc");
  DemonstrationScore score;
  ACCORD_ASSIGN_OR_RETURN(score.accuracy, ReadNumber(*member, "accuracy", here));
  ACCORD_ASSIGN_OR_RETURN(score.auc, ReadNumber(*member, "auc", here));
  ACCORD_ASSIGN_OR_RETURN(score.mse, ReadNumber(*member, "mse", here));
  return score;
}

absl::StatusOr<DemonstrationRow> ReadRow(const Json& row, const std::string& where) {
  if (!row.is_object()) return Fault(where, "an object");
  DemonstrationRow result;
  if (const auto name = row.find("name"); name != row.end() && name->is_string()) {
    result.hospital = name->get<std::string>();
  }
  ACCORD_ASSIGN_OR_RETURN(result.train_rows, ReadCount(row, "train_rows", where));
  ACCORD_ASSIGN_OR_RETURN(result.test_rows, ReadCount(row, "test_rows", where));
  ACCORD_ASSIGN_OR_RETURN(result.alone, ReadScore(row, "alone", where));
  ACCORD_ASSIGN_OR_RETURN(result.federated, ReadScore(row, "federated", where));
  ACCORD_ASSIGN_OR_RETURN(result.pooled, ReadScore(row, "pooled", where));
  return result;
}

}  // namespace

absl::StatusOr<Demonstration> ParseDemonstration(absl::string_view json) {
  const Json root = Json::parse(json.begin(), json.end(), nullptr, /*allow_exceptions=*/false);
  if (!root.is_object()) return Fault("the whole file", "one JSON object");
  Demonstration demonstration;
  if (const auto member = root.find("synthetic"); member != root.end()) {
    if (!member->is_boolean()) return Fault("synthetic", "true or false");
    demonstration.synthetic = member->get<bool>();
  }
  const auto hospitals = root.find("hospitals");
  if (hospitals == root.end() || !hospitals->is_array() || hospitals->size() > kMostHospitals) {
    return Fault("hospitals", absl::StrCat("a list of at most ", kMostHospitals));
  }
  for (size_t i = 0; i < hospitals->size(); ++i) {
    ACCORD_ASSIGN_OR_RETURN(DemonstrationRow row, ReadRow((*hospitals)[i], absl::StrCat("hospitals[", i, "]")));
    demonstration.hospitals.push_back(std::move(row));
  }
  const auto weighted = root.find("weighted");
  if (weighted == root.end()) return Fault("weighted", "an object with alone, federated and pooled");
  ACCORD_ASSIGN_OR_RETURN(demonstration.weighted, ReadRow(*weighted, "weighted"));
  return demonstration;
}

}  // namespace accord
