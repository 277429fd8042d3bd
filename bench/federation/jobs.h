// The jobs that benches and integration tests run, and sites with data for them. Everything is made up from a seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/federation/federation.h"

namespace accord::bench {

// Logistic regression over nine numeric columns: ten parameters, really trained.
struct TrivialJob {
  std::string name = "trivial";
  uint32_t rounds = 5;
  uint32_t min_sites = 2;
  uint32_t target_sites = 2;
  uint32_t gather_s = 10;
  uint32_t silence_s = 20;
  uint32_t local_epochs = 1;
  bool plain_sum = false;  // else secure; of two sites too, which is said in the job
  uint32_t ring_bits = 32;  // of a secure sum
  std::string Yaml() const;
};

// Sites "site-1" ... with `rows` rows each of the data set that TrivialJob trains on.
std::vector<SiteSetup> TrivialSites(size_t num_sites, size_t rows = 200);

// No data and no training: every site sends an update of this length.
struct DrillJob {
  std::string name = "drill";
  uint64_t num_parameters = 10;
  uint32_t rounds = 5;
  uint32_t sites = 2;
  bool plain_sum = false;  // as above
  uint32_t ring_bits = 32;
  std::string Yaml() const;
};

}  // namespace accord::bench
