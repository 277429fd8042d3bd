// Which rows are for training and which are held out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "base/random_stream.h"
#include "client/trainer/data/data_faults.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

enum class RowSet { kTrain, kTest, kUnused };

inline constexpr double kDefaultTestFraction = 0.2;

// Ask once for every row, in the file's order. Not thread-safe.
class SplitRule {
 public:
  // By fraction: one draw a row from (seed, site, "split"), so that a row's set depends on its position alone. By file:
  // reads it; what is wrong with it goes to `faults` (fatal) with the file's name.
  static absl::StatusOr<SplitRule> Create(const v1::DatasetMapping& mapping, uint64_t seed, const std::string& site,
                                          DataFaults& faults);

  // `line` in the data file, from 1 (for images: the number of the image).
  RowSet SetOf(uint64_t line);

  // Share of the rows that will be for training, where it is known beforehand.
  std::optional<double> train_share() const;

 private:
  explicit SplitRule(RandomStream stream) : stream_(std::move(stream)) {}
  absl::Status ReadSets(const v1::SplitFile& file, DataFaults& faults);

  RandomStream stream_;
  double test_fraction_ = kDefaultTestFraction;
  bool by_file_ = false;
  absl::flat_hash_map<uint64_t, RowSet> sets_;
};

}  // namespace accord
