#include "cli/synthetic/statistics.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/config/faults.h"
#include "base/config/yaml_reader.h"
#include "base/status.h"

namespace accord {
namespace {

// Tables of papers round to a per cent or a tenth of one.
constexpr double kSharesMayMiss = 0.0101;

// Finds what disagrees with the schema; single fields have been checked.
class StatisticsCheck {
 public:
  StatisticsCheck(const v1::JobSpec& spec, FaultList& faults) : spec_(spec), schema_(spec.data()), faults_(faults) {}

  void Check(const v1::PublishedStatistics& statistics) {
    CheckGroup(statistics.columns(), statistics.classes(), "");
    absl::flat_hash_set<std::string> seen;
    for (int i = 0; i < statistics.sites_size(); ++i) {
      const v1::PublishedSite& site = statistics.sites(i);
      const std::string path = ItemPath("sites", i);
      CheckGroup(site.columns(), site.classes(), path);
      if (!seen.insert(site.site()).second) faults_.Add(path, absl::StrCat("is the second entry of ", site.site()));
      const auto& named = spec_.rounds().sites();
      if (!named.empty() && std::find(named.begin(), named.end(), site.site()) == named.end()) {
        faults_.Add(FieldPath(path, "site"), absl::StrCat("is ", site.site(), ", which may not take part in the job; ",
                                                          "rounds.sites has ", absl::StrJoin(named, ", ")));
      }
    }
  }

 private:
  using Columns = google::protobuf::RepeatedPtrField<v1::ColumnSummary>;
  using Levels = google::protobuf::RepeatedPtrField<v1::LevelShare>;

  void CheckGroup(const Columns& columns, const Levels& classes, const std::string& parent) {
    absl::flat_hash_set<std::string> seen;
    for (int i = 0; i < columns.size(); ++i) {
      const std::string path = ItemPath(FieldPath(parent, "columns"), i);
      CheckColumn(columns[i], path);
      if (!seen.insert(columns[i].name()).second) {
        faults_.Add(path, absl::StrCat("is the second entry of \"", columns[i].name(), "\""));
      }
    }
    if (classes.empty()) return;
    const std::string path = FieldPath(parent, "classes");
    if (!schema_.target().has_category()) {
      return faults_.Add(path, schema_.target().has_mask()
                                   ? "has shares of classes, but the job's target is a mask, of whose levels no "
                                     "shares can be given; remove it"
                                   : "has shares of classes, but the job's target has none; give its mean and spread "
                                     "in columns");
    }
    CheckLevels(classes, schema_.target().category(), path);
  }

  void CheckColumn(const v1::ColumnSummary& column, const std::string& path) {
    for (const v1::Feature& feature : schema_.features()) {
      if (feature.name() != column.name()) continue;
      return feature.has_numeric() ? CheckNumber(column, feature.numeric(), path)
                                   : CheckCategory(column, feature.category(), path);
    }
    if (schema_.target().name() == column.name() && spec_.model().has_poisson_regression()) {
      return faults_.Add(
          FieldPath(path, "name"),
          absl::StrCat("is \"", column.name(), "\", the job's counts, which are made from the schema and ",
                       "the features alone; leave it out"));
    }
    if (schema_.target().name() == column.name() && schema_.target().has_numeric()) {
      if (column.has_missing_share())
        faults_.Add(FieldPath(path, "missing_share"), "is of the target, which all rows have");
      return CheckNumber(column, schema_.target().numeric(), path);
    }
    faults_.Add(
        FieldPath(path, "name"),
        absl::StrCat("is \"", column.name(), "\", which is no feature of the job's data, nor a target that is a ",
                     "number (classes of a target stand under classes)"));
  }

  void CheckNumber(const v1::ColumnSummary& column, const v1::Numeric& numeric, const std::string& path) {
    if (!column.levels().empty()) faults_.Add(FieldPath(path, "levels"), "has levels, but the column holds numbers");
    if (column.has_mean() != column.has_spread()) {
      return faults_.Add(path, "has one of mean and spread; both are needed to make rows");
    }
    if (!column.has_mean()) return;
    if (column.mean() <= numeric.min() || column.mean() >= numeric.max()) {
      return faults_.Add(FieldPath(path, "mean"), absl::StrCat("is ", column.mean(), "; expected between the schema's ",
                                                               numeric.min(), " and ", numeric.max()));
    }
    const double largest = LargestSpread(column.mean(), numeric.min(), numeric.max());
    if (column.spread() < largest) return;
    faults_.Add(
        FieldPath(path, "spread"),
        absl::StrCat("is ", column.spread(), "; around ", column.mean(), " nothing between ", numeric.min(), " and ",
                     numeric.max(), " has ", largest, " or more: is it in another unit than the schema's?"));
  }

  void CheckCategory(const v1::ColumnSummary& column, const v1::Category& category, const std::string& path) {
    if (column.has_mean() || column.has_spread()) {
      faults_.Add(path, "has a mean or spread, but the column is a category; give the shares of its levels");
    }
    if (!column.levels().empty()) CheckLevels(column.levels(), category, FieldPath(path, "levels"));
  }

  void CheckLevels(const Levels& levels, const v1::Category& category, const std::string& path) {
    double total = 0;
    absl::flat_hash_set<std::string> seen;
    for (int i = 0; i < levels.size(); ++i) {
      total += levels[i].share();
      const std::string item = ItemPath(path, i);
      if (std::find(category.levels().begin(), category.levels().end(), levels[i].level()) == category.levels().end()) {
        faults_.Add(item, absl::StrCat("is of \"", levels[i].level(), "\"; the schema has ",
                                       absl::StrJoin(category.levels(), ", ")));
      } else if (!seen.insert(levels[i].level()).second) {
        faults_.Add(item, absl::StrCat("is the second share of \"", levels[i].level(), "\""));
      }
    }
    if (std::abs(total - 1) <= kSharesMayMiss) return;
    faults_.Add(
        path, absl::StrCat("has shares that add up to ", total, "; expected 1 (a level that is not listed has none)"));
  }

  const v1::JobSpec& spec_;
  const v1::DataSchema& schema_;
  FaultList& faults_;
};

double Density(double z) { return std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi); }
double Cumulative(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

// Mean and spread of the normal's values once those outside are moved to the bounds.
BoundedNormal Bounded(const BoundedNormal& normal, double min, double max) {
  const double a = (min - normal.mean) / normal.spread, b = (max - normal.mean) / normal.spread;
  // In spreads from the mean.
  const double below = Cumulative(a), above = Cumulative(-b), inside = 1 - below - above;
  const double first = a * below + b * above + Density(a) - Density(b);
  const double second = a * a * below + b * b * above + inside + a * Density(a) - b * Density(b);
  return {.mean = normal.mean + normal.spread * first,
          .spread = normal.spread * std::sqrt(std::max(0.0, second - first * first))};
}

}  // namespace

const v1::ColumnSummary* FindColumn(const google::protobuf::RepeatedPtrField<v1::ColumnSummary>& columns,
                                    absl::string_view name) {
  for (const v1::ColumnSummary& column : columns) {
    if (column.name() == name) return &column;
  }
  return nullptr;
}

std::vector<double> LevelShares(const google::protobuf::RepeatedPtrField<v1::LevelShare>& levels,
                                const v1::Category& category) {
  std::vector<double> shares;
  double total = 0;
  for (const std::string& level : category.levels()) {
    const auto entry = std::find_if(levels.begin(), levels.end(), [&](const auto& e) { return e.level() == level; });
    total += shares.emplace_back(entry == levels.end() ? 0 : entry->share());
  }
  for (double& share : shares) share /= total;
  return shares;
}

std::vector<double> LevelLogShares(const google::protobuf::RepeatedPtrField<v1::LevelShare>& levels,
                                   const v1::Category& category) {
  std::vector<double> shares = LevelShares(levels, category);
  for (double& share : shares) share = std::log(share);
  return shares;
}

BoundedNormal FitColumn(const v1::ColumnSummary& column, const v1::Numeric& numeric) {
  return FitBoundedNormal(column.mean(), column.spread(), numeric.min(), numeric.max());
}

double LargestSpread(double mean, double min, double max) { return std::sqrt((mean - min) * (max - mean)); }

BoundedNormal FitBoundedNormal(double mean, double spread, double min, double max) {
  constexpr int kMostSteps = 1000;
  constexpr double kCloseEnough = 1e-4;
  const double range = max - min;
  BoundedNormal normal = {.mean = mean, .spread = spread};
  for (int step = 0; step < kMostSteps; ++step) {
    const BoundedNormal now = Bounded(normal, min, max);
    if (std::abs(now.mean - mean) < kCloseEnough * spread && std::abs(now.spread - spread) < kCloseEnough * spread)
      break;
    normal.mean += mean - now.mean;
    normal.spread = std::min(normal.spread * std::clamp(spread / now.spread, 0.5, 2.0), 100 * range);
  }
  return normal;
}

absl::StatusOr<v1::PublishedStatistics> LoadPublishedStatistics(const std::string& path, const v1::JobSpec& spec) {
  v1::PublishedStatistics statistics;
  FieldPlaces places(path);
  FaultList faults(&places);
  ACCORD_RETURN_IF_ERROR(ReadYamlFile(path, statistics, places, faults));
  FaultList contradictions(&places);
  StatisticsCheck(spec, contradictions).Check(statistics);
  faults.MergeUnrelated(contradictions);
  ACCORD_RETURN_IF_ERROR(faults.ToStatus());
  return statistics;
}

const v1::PublishedSite* PublishedSiteOf(const v1::PublishedStatistics& statistics, absl::string_view site) {
  for (const v1::PublishedSite& entry : statistics.sites()) {
    if (entry.site() == site) return &entry;
  }
  return nullptr;
}

}  // namespace accord
