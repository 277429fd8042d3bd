// The comparison "alone, federated, pooled" that `accord-trainer demonstrate` computes where one machine owns every
// hospital's file. It never passes through a coordinator, and every page that shows it says so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace accord {

// Of one model on one hospital's held-out rows. Absent: not computed, for example the AUC of rows of one class.
struct DemonstrationScore {
  std::optional<double> accuracy = {};
  std::optional<double> auc = {};
  std::optional<double> mse = {};  // regression
};

struct DemonstrationRow {
  std::string hospital;
  uint64_t train_rows = 0;
  uint64_t test_rows = 0;
  DemonstrationScore alone = {}, federated = {}, pooled = {};
};

struct Demonstration {
  bool synthetic = false;
  std::vector<DemonstrationRow> hospitals;
  DemonstrationRow weighted = {};  // by held-out rows; its `hospital` is empty
};

// Reads the file of `accord-trainer demonstrate`: {"synthetic", "hospitals": [{"name", "train_rows", "test_rows",
// "alone": {"accuracy", "auc", "mse"}, "federated": ..., "pooled": ...}], "weighted": {"alone": ...}}. Other members
// are ignored. INVALID_ARGUMENT says which member is missing or wrong.
absl::StatusOr<Demonstration> ParseDemonstration(absl::string_view json);

}  // namespace accord
