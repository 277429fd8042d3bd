#include "cli/synthetic/site_rows.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace accord {
namespace {

// Rows drawn for one of a rare class, and rows of a class that wait at most.
constexpr int kMostTries = 2000;
constexpr size_t kMostWaiting = 2000;

}  // namespace

size_t DrawShare(const std::vector<double>& shares, RandomStream& stream) {
  double left = stream.NextDouble();
  for (size_t i = 0; i + 1 < shares.size(); ++i) {
    left -= shares[i];
    if (left < 0) return i;
  }
  return shares.size() - 1;
}

SiteRows::SiteRows(const GroundTruth& truth, SiteShift shift, RandomStream stream)
    : truth_(truth), shift_(std::move(shift)), stream_(std::move(stream)), waiting_(shift_.class_shares.size()) {}

SyntheticRow SiteRows::Next() {
  if (waiting_.empty()) return truth_.DrawRow(shift_, stream_);
  const size_t wanted = DrawShare(shift_.class_shares, stream_);
  SyntheticRow row;
  for (int tries = 0; waiting_[wanted].empty() && tries < kMostTries; ++tries) {
    row = truth_.DrawRow(shift_, stream_);
    auto& waiting = waiting_[static_cast<size_t>(row.target)];
    if (waiting.size() < kMostWaiting) waiting.push_back(row);
  }
  if (waiting_[wanted].empty()) {
    row.target = static_cast<double>(wanted);
    return row;
  }
  row = std::move(waiting_[wanted].front());
  waiting_[wanted].pop_front();
  return row;
}

RowFacts::RowFacts(const v1::DataSchema& schema)
    : schema_(schema),
      ranges_(static_cast<size_t>(schema.features_size())),
      class_rows_(static_cast<size_t>(schema.target().category().levels_size())) {}

void RowFacts::Take(const SyntheticRow& row) {
  for (size_t i = 0; i < ranges_.size(); ++i) {
    if (std::isnan(row.features[i])) continue;
    ranges_[i].least = std::min(ranges_[i].least, row.features[i]);
    ranges_[i].most = std::max(ranges_[i].most, row.features[i]);
  }
  if (!class_rows_.empty()) TakeClass(static_cast<size_t>(row.target));
}

std::vector<std::string> RowFacts::ConstantColumns() const {
  std::vector<std::string> names;
  for (size_t i = 0; i < ranges_.size(); ++i) {
    if (ranges_[i].least >= ranges_[i].most) names.push_back(schema_.features(static_cast<int>(i)).name());
  }
  return names;
}

std::vector<std::string> RowFacts::MissingClasses() const {
  std::vector<std::string> names;
  for (size_t i = 0; i < class_rows_.size(); ++i) {
    if (class_rows_[i] == 0) names.push_back(schema_.target().category().levels(static_cast<int>(i)));
  }
  return names;
}

}  // namespace accord
