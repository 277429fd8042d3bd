// Published statistics of a federation's rows, from a person's file.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/rehearsal.pb.h"

namespace accord {

// Reads the file and holds it against the job's schema; the status lists every fault with file and line: a column or
// level that the schema does not have, shares that do not add up to 1, a mean or a spread that is impossible within the
// bounds.
absl::StatusOr<v1::PublishedStatistics> LoadPublishedStatistics(const std::string& path, const v1::JobSpec& spec);

// What was published of one site; null: nothing.
const v1::PublishedSite* PublishedSiteOf(const v1::PublishedStatistics& statistics, absl::string_view site);

// null: nothing is published.
const v1::ColumnSummary* FindColumn(const google::protobuf::RepeatedPtrField<v1::ColumnSummary>& columns,
                                    absl::string_view name);

// By the order of the category's levels, summing to 1; a level that is not listed has none.
std::vector<double> LevelShares(const google::protobuf::RepeatedPtrField<v1::LevelShare>& levels,
                                const v1::Category& category);

// Their logarithms; of none minus infinity, which no shift changes.
std::vector<double> LevelLogShares(const google::protobuf::RepeatedPtrField<v1::LevelShare>& levels,
                                   const v1::Category& category);

// A normal distribution whose values, moved to the nearest bound where they lie outside, have a given mean and spread.
struct BoundedNormal {
  double mean = 0;
  double spread = 1;
};
// `mean` within (min, max), `spread` below LargestSpread.
BoundedNormal FitBoundedNormal(double mean, double spread, double min, double max);
// Of a column with mean and spread.
BoundedNormal FitColumn(const v1::ColumnSummary& column, const v1::Numeric& numeric);
// The largest standard deviation that anything within the bounds can have around this mean.
double LargestSpread(double mean, double min, double max);

}  // namespace accord
