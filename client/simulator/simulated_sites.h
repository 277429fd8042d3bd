// Many sites of one federation in one process: each with its own state folder, identity, record and connection, as its
// daemon would have them, and all with the same few trainers. For simulations on one machine (accord simulate): whoever
// runs it sees every site's keys and rows.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "client/daemon/run/running_site.h"
#include "client/daemon/work/turns.h"
#include "client/simulator/trainer_pool.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

// The configs of all folders below `folder` that hold a client.yaml, in the order of their names. NOT_FOUND: there is
// none; else all faults of all configs. INVALID_ARGUMENT: they do not agree on trainer and sandbox, which are shared.
absl::StatusOr<std::vector<v1::SiteConfig>> LoadSimulatedSites(const std::string& folder);

class SimulatedSites {
 public:
  struct Options {
    std::string rows = {};  // as TrainerPool::Options
    size_t trainers = 1;    // processes that compute at a time
    // Sites that hold a step's model and vectors at a time: more than compute, so that some send meanwhile.
    size_t at_once = 2;
    // Each line that a site or a trainer has for people, with its name in front. One at a time.
    std::function<void(const std::string&)> tell;
  };
  // Nothing is started yet. Errors name the site.
  static absl::StatusOr<std::unique_ptr<SimulatedSites>> Open(const std::vector<v1::SiteConfig>& configs,
                                                              Options options);
  // Ends everything and waits for it.
  ~SimulatedSites();

  size_t size() const { return sites_.size(); }
  // All connect, and go on for ever; `connected` is called once, when each has been connected.
  void Start(std::function<void()> connected);
  // Loads LibTorch.
  absl::Status Warm() { return pool_->Warm(); }

 private:
  explicit SimulatedSites(Options options) : options_(std::move(options)), turns_(options_.at_once) {}
  absl::StatusOr<std::unique_ptr<TrainerHost>> MakeHost(const v1::SiteConfig& config);
  void Take(const std::string& site, const std::string& line) ABSL_LOCKS_EXCLUDED(mutex_);

  const Options options_;
  absl::Mutex mutex_;
  std::function<void()> connected_ ABSL_GUARDED_BY(mutex_);  // empty once called
  absl::flat_hash_set<std::string> to_connect_ ABSL_GUARDED_BY(mutex_);
  Turns turns_;
  std::unique_ptr<TrainerPool> pool_;
  std::vector<std::unique_ptr<RunningSite>> sites_;  // last: they use all of it
};

}  // namespace accord
