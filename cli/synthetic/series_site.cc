// Series whose class is how fast they swing: the same at any phase, so that no single measurement tells it.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "cli/synthetic/array_files.h"
#include "cli/synthetic/ground_truth.h"
#include "cli/synthetic/label_shares.h"
#include "cli/synthetic/site_files.h"
#include "cli/synthetic/site_rows.h"

namespace accord {
namespace {

constexpr double kSlowest = 2;    // swings in a series of the first class
constexpr double kFaster = 3;     // more of them in each next class
constexpr double kSwing = 0.2;    // of the range of values
constexpr double kJitter = 0.06;  // standard deviation of a measurement, of the range

void AppendSeries(const v1::Series& series, size_t label, RandomStream& stream, std::string& out) {
  const double range = series.max() - series.min();
  const double swings = kSlowest + kFaster * static_cast<double>(label);
  for (int channel = 0; channel < series.channels_size(); ++channel) {
    const double phase = stream.NextDouble();
    for (uint32_t i = 0; i < series.length(); ++i) {
      const double turn = swings * static_cast<double>(i) / series.length() + phase;
      const double at = 0.5 + kSwing * std::sin(2 * std::numbers::pi * turn) + kJitter * NextNormal(stream);
      const auto value = static_cast<float>(series.min() + range * std::clamp(at, 0.01, 0.99));
      out.append(reinterpret_cast<const char*>(&value), sizeof(value));  // little-endian, as all machines of Accord are
    }
  }
}

}  // namespace

absl::StatusOr<SyntheticSite> WriteSeriesSite(const v1::DataSchema& schema, const SyntheticOptions& options,
                                              const SiteToWrite& site, const std::string& folder) {
  const v1::Series& series = schema.series();
  RandomStream stream({.job_seed = options.seed, .site = site.name, .round = 0, .use = "synthetic-rows"});
  const std::vector<double> shares = DrawLabelShares(schema, options, site.name, stream);
  RowFacts facts(schema);
  std::string array = NpyFileHead("<f4", {site.rows, static_cast<uint64_t>(series.channels_size()), series.length()});
  std::vector<size_t> labels;
  for (uint64_t row = 0; row < site.rows; ++row) {
    ACCORD_RETURN_IF_ERROR(MayGoOn(options, row));
    labels.push_back(DrawShare(shares, stream));
    facts.TakeClass(labels.back());
    AppendSeries(series, labels.back(), stream, array);
  }
  const std::string mapping = absl::StrCat("npy:\n  array: ", QuotedForYaml(SyntheticFileName(site, "-series.npy")),
                                           "\n  labels: ", QuotedForYaml(SyntheticFileName(site, "-labels.csv")), "\n");
  auto written = WriteArraySite(site, folder, mapping,
                                {{"-series.npy", array}, {"-labels.csv", LabelTableText(schema.target(), labels)}});
  if (written.ok()) written->missing_classes = facts.MissingClasses();
  return written;
}

}  // namespace accord
