// A test over real processes: one coordinator, site daemons, sandboxed trainers, all on loopback with mutual TLS.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "bench/federation/federation.h"
#include "bench/federation/jobs.h"

namespace accord {

// Sanitizers slow every process down; what a test promises in seconds is promised for ordinary builds.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int kSlowdown = 10;
#else
inline constexpr int kSlowdown = 1;
#endif

class RunningFederation : public testing::Test {
 protected:
  // Sets up coordinator, sites and a person; starts the first `num_running` daemons (default: all).
  void Start(std::vector<bench::SiteSetup> sites, size_t num_running = SIZE_MAX);
  // As Start with so many trivial sites, in a federation that the tests of this program share, since setting one up
  // takes as long as most tests do. For tests that leave it as they found it: with no job that still runs, and nothing
  // changed but which processes run. It is not given to others once a test has failed with it.
  void Share(size_t num_sites);
  // The same of other sites, which are always the same under this name; until another name is asked for.
  void Share(const std::string& name, std::vector<bench::SiteSetup> sites);
  // The test has done with the federation that it shares.
  void GiveBack();
  // A job's id; empty (and the test failed) when it was refused.
  std::string Submit(const std::string& job_yaml);
  // The report of the job once it is final; the test fails unless it finished.
  v1::JobReport Finish(const std::string& job_id);
  // The report once `done` holds.
  v1::JobReport Await(const std::string& job_id, const std::function<bool(const v1::JobReport&)>& done,
                      absl::Duration timeout = absl::Seconds(60) * kSlowdown);
  v1::JobReport AwaitRounds(const std::string& job_id, uint32_t rounds_done);
  // Prints the logs of a test that failed.
  void TearDown() override;

  std::unique_ptr<bench::Federation> federation_;

 private:
  std::string shared_as_;  // empty: it is this test's own
};

// The trivial job over all of so many sites, with rounds slow enough to be interrupted in the middle. Two sites have
// plain sums, more have secure ones.
std::string SlowJob(uint32_t rounds, uint32_t sites = 2);

// ACCORD_DATA, the folder that holds data/ and reference/; empty when it is not set.
std::string DataFolder();

// The four hospitals of deploy/examples with their real files; empty when those are not there.
std::vector<bench::SiteSetup> HeartSites();

// A file of this source tree or of the data folder; the test fails when it cannot be read.
std::string ReadWhole(const std::string& path);

}  // namespace accord
