// A federation of real processes on this machine: one coordinator and any number of site daemons, whose trainers run in
// their sandboxes, on loopback with mutual TLS and on a port that the kernel chose. Rehearsals, benches and integration
// tests run on it. Everything is set up through the programs' own command lines, as people would do it; an enrolment
// token goes from one to the next through a pipe.
//
//   FOLDER/coordinator/, coordinator.log   the coordinator's folder and what it printed
//   FOLDER/sites/NAME/, NAME.log           of each site, which may bear any name
//   FOLDER/simulator.log                   of all sites, where one process runs them
//   FOLDER/roster                          as all sites signed it
//
// Every wait ends by an event, by its deadline, or by a request to stop; an error carries the last lines of the log
// that explains it. Processes die with the thread that started them. Not thread-safe but for FederationGuard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/file.h"
#include "cli/local_federation/process.h"
#include "cli/local_federation/programs.h"
#include "cli/local_federation/stop_requests.h"

namespace accord {

struct LocalSite {
  std::string name;
  std::string config = "";  // lines of client.yaml behind coordinator, site and state_dir
};

class LocalFederation {
 public:
  struct Options {
    std::string folder;  // is there, the caller's alone (0700), absolute
    Programs programs;
    const StopRequests* stop = nullptr;  // makes every wait end with CANCELLED; must outlive the federation
  };

  // Makes the coordinator's folder and starts it.
  static absl::StatusOr<std::unique_ptr<LocalFederation>> Start(Options options);
  // Stops what runs.
  ~LocalFederation();

  // Makes the folder of a site of an organisation of its own, writes its client.yaml, and enrols it.
  absl::Status AddSite(const LocalSite& site);
  // Has all sites sign the roster that lists them, and publishes it. `federation`: its name; empty: the usual one.
  absl::Status AgreeOnRoster(const std::string& federation = "");
  // Starts one daemon and does not wait.
  absl::Status StartSite(size_t site);
  // Starts those of the first `count` daemons (default: all) that do not run, and waits until each is connected.
  absl::Status StartSites(size_t count = SIZE_MAX);
  // Waits until every running daemon's trainers have loaded LibTorch: a job that begins before has less time at a site
  // than it says. FAILED_PRECONDITION with the reason where one does not start, for example for want of a sandbox.
  absl::Status AwaitTrainers();
  // In place of daemons: one process for all sites (accord-simulator), with so many trainers' processes for them all.
  // Waits until every site is connected and the trainers have loaded LibTorch. Errors as AwaitTrainers.
  struct Simulator {
    std::string rows = "";  // absolute path of the folder with all sites' data files; empty: there are none
    uint32_t trainers = 1;  // that compute at a time
    uint32_t at_once = 2;   // sites that hold a step's model and vectors at a time
  };
  absl::Status StartSimulator(const Simulator& simulator);
  // Starts the coordinator again after its end, on the port it had.
  absl::Status StartCoordinator();
  // Daemons first, then the coordinator: SIGTERM, and SIGKILL for what stays, or at once when that is asked for again.
  void Stop();

  // OK while all that was started runs and nobody has asked to stop. CANCELLED, or UNAVAILABLE with the name of what
  // ended by itself and its last lines.
  absl::Status Check();

  const std::string& folder() const { return options_.folder; }
  std::string Path(absl::string_view name) const;
  // Where the site of this name has its folder, enrolled yet or not.
  std::string SiteFolder(absl::string_view name) const;
  const std::string& address() const { return address_; }  // HOST:PORT of the coordinator
  Process& coordinator() { return coordinator_; }
  Process& simulator() { return simulator_; }  // of all sites, once it is started
  size_t num_sites() const { return sites_.size(); }
  Process& site(size_t index) { return sites_[index].process; }
  const std::string& site_name(size_t index) const { return sites_[index].name; }
  const std::string& site_folder(size_t index) const { return sites_[index].folder; }

  // A one-time token, a secret. `role`: "site" or "person"; `more`: further options of `accord-coordinator token`.
  absl::StatusOr<std::string> Token(const std::string& role, const std::string& id,
                                    const std::vector<std::string>& more = {});
  // Runs `accord-coordinator ARGUMENTS --config ...` and returns what it printed.
  absl::StatusOr<std::string> Coordinator(const std::vector<std::string>& arguments);
  // The same of `accord-client` for a site.
  absl::StatusOr<std::string> Client(size_t site, const std::vector<std::string>& arguments,
                                     absl::string_view input = "");

 private:
  friend class FederationGuard;
  struct Site {
    std::string name;
    std::string folder;
    std::string config;
    Process process = {};
  };

  explicit LocalFederation(Options options) : options_(std::move(options)) {}
  Patience WaitAtMost(absl::Duration longest) const { return {longest, options_.stop}; }

  const Options options_;
  std::string address_;
  Process coordinator_;
  Process simulator_;
  std::vector<Site> sites_;
};

// Looks after the federation's processes on a thread of its own while the caller waits for something else.
class FederationGuard {
 public:
  struct Calls {
    std::function<void()>
        broken;  // once: a process has ended, or a stop was asked for (LocalFederation::Check says what)
    std::function<void()> tick;  // now and then, about four times a second
  };
  // Of all that runs now. Both are called on the guard's thread and must not touch the federation, which outlives it.
  FederationGuard(const LocalFederation& federation, Calls calls);
  ~FederationGuard();

 private:
  void Run(const Calls& calls);

  std::vector<int> watched_;  // descriptors; readable: broken
  const UniqueFd end_;        // an eventfd
  std::thread thread_;
};

}  // namespace accord
