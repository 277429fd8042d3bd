#include "bench/federation/jobs.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/random_stream.h"

namespace accord::bench {
namespace {

constexpr int kFeatures = 9;

constexpr char kMapping[] =
    "csv: {file: rows.csv}\n"
    "split: {test_fraction: 0.2}\n";

// Rows whose class leans on the sum of the first three columns.
std::string Rows(size_t num_rows, uint64_t seed) {
  RandomStream stream({.job_seed = seed, .site = "", .round = 0, .use = "rows"});
  std::string csv;
  for (int i = 0; i < kFeatures; ++i) absl::StrAppend(&csv, "x", i, ",");
  absl::StrAppend(&csv, "y\n");
  for (size_t row = 0; row < num_rows; ++row) {
    double score = stream.NextDouble() - 0.5;
    for (int i = 0; i < kFeatures; ++i) {
      const double value = 2 * stream.NextDouble() - 1;
      if (i < 3) score += value;
      absl::StrAppendFormat(&csv, "%.4f,", value);
    }
    absl::StrAppend(&csv, score > 0 ? "high\n" : "low\n");
  }
  return csv;
}

std::string Sums(uint32_t min_sites, bool plain, uint32_t ring_bits) {
  if (plain) return ", plain_sum: true";
  return absl::StrCat(", secure_sum: {ring_bits: ", ring_bits, min_sites == 2 ? ", two_sites: true}" : "}");
}

}  // namespace

std::string TrivialJob::Yaml() const {
  std::string features;
  for (int i = 0; i < kFeatures; ++i) {
    absl::StrAppend(&features, "    - {name: x", i, ", numeric: {min: -1, max: 1}}\n");
  }
  return absl::StrCat("name: ", name,
                      "\npurpose: measure rounds on made-up rows\n"
                      "seed: 1\n"
                      "data:\n  name: trivial\n  features:\n",
                      features,
                      "  target: {name: y, category: {levels: [low, high]}}\n"
                      "preprocessing: {standardise: none}\n"
                      "model: {logistic_regression: {}, initial_weights: zeros}\n"
                      "training: {sgd: {learning_rate: 0.5}, local_epochs: ",
                      local_epochs,
                      "}\n"
                      "aggregation: {fedavg: {}, update_bound: 2, max_rows_per_site: 1000",
                      Sums(min_sites, plain_sum, ring_bits),
                      "}\n"
                      "rounds: {count: ",
                      rounds, ", min_sites: ", min_sites, ", target_sites: ", target_sites, ", gather_s: ", gather_s,
                      ", silence_s: ", silence_s,
                      ", deadline_s: 120, patience_s: 120}\n"
                      "compute: {memory_mib: 2048}\n");
}

std::vector<SiteSetup> TrivialSites(size_t num_sites, size_t rows) {
  std::vector<SiteSetup> sites;
  for (size_t i = 0; i < num_sites; ++i) {
    SiteDataset dataset{"trivial", kMapping, {{"rows.csv", Rows(rows, i + 1)}}};
    sites.push_back({absl::StrCat("site-", i + 1), {dataset}});
  }
  return sites;
}

std::string DrillJob::Yaml() const {
  return absl::StrCat("name: ", name,
                      "\npurpose: measure rounds; no data is read\n"
                      "model: {drill: {num_parameters: ",
                      num_parameters,
                      "}}\n"
                      "aggregation: {fedavg: {}, update_bound: 1, max_rows_per_site: 1",
                      Sums(sites, plain_sum, ring_bits),
                      "}\n"
                      "rounds: {count: ",
                      rounds, ", min_sites: ", sites, ", target_sites: ", sites,
                      ", gather_s: 10, silence_s: 60, deadline_s: 600, patience_s: 300}\n");
}

}  // namespace accord::bench
