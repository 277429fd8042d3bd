// A federation of real processes (cli/local_federation) in a folder of its own, with data at its sites and a person who
// submits jobs and reads models.
//
// Every wait ends by an event or by its deadline, and an error carries the tail of the log that explains it. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/federation/process.h"
#include "cli/local_federation/local_federation.h"
#include "proto/accord/v1/operations.grpc.pb.h"
#include "proto/accord/v1/report.pb.h"
#include "trust/tls/credentials.h"

namespace accord::bench {

// A data set that a site releases: its mapping file and the files beside it.
struct SiteDataset {
  std::string name;                          // as in the job's data.name
  std::string mapping;                       // YAML
  std::map<std::string, std::string> files;  // name -> content
};

struct SiteSetup {
  std::string name;
  std::vector<SiteDataset> datasets;
  bool allow_two_sites = true;  // its config's floors do; plain sums they always allow
  std::string config = "";      // further lines of client.yaml
};

class Federation {
 public:
  // Makes the coordinator's folder, starts it, enrols every site, each of an organisation of its own, and a person, and
  // has all sites sign the roster. No daemon runs yet. `name`: the federation's, where there are several.
  static absl::StatusOr<std::unique_ptr<Federation>> Create(const std::string& binary_folder,
                                                            std::vector<SiteSetup> sites, const std::string& name = "");

  // Starts those of the first `count` daemons (default: all) that do not run, and waits until each is connected.
  absl::Status StartSites(size_t count = SIZE_MAX) { return local_->StartSites(count); }
  // Starts one daemon and does not wait.
  absl::Status StartSite(size_t site) { return local_->StartSite(site); }
  // Starts the coordinator again after its end, on the port it had.
  absl::Status StartCoordinator() { return local_->StartCoordinator(); }

  Process& coordinator() { return local_->coordinator(); }
  Process& site(size_t index) { return local_->site(index); }
  const std::string& site_name(size_t index) const { return local_->site_name(index); }
  std::string SiteConfigPath(size_t index) const { return local_->site_folder(index) + "/client.yaml"; }
  size_t num_sites() const { return local_->num_sites(); }
  const std::string& folder() const { return folder_.path(); }
  std::string Binary(absl::string_view name) const;
  const std::string& address() const { return local_->address(); }  // HOST:PORT of the coordinator
  TlsFiles CoordinatorTls() const;
  TlsFiles SiteTls(size_t site) const;

  // Runs `accord ARGUMENTS` as the enrolled person; its standard output.
  absl::StatusOr<std::string> Accord(const std::vector<std::string>& arguments);
  // Runs `accord-coordinator ARGUMENTS --config ...`.
  absl::StatusOr<std::string> Coordinator(const std::vector<std::string>& arguments) {
    return local_->Coordinator(arguments);
  }
  // Runs `accord-client ARGUMENTS --config ...` for a site.
  absl::StatusOr<std::string> Client(size_t site, const std::vector<std::string>& arguments) {
    return local_->Client(site, arguments);
  }
  // `accord job submit` of this text; the job's id.
  absl::StatusOr<std::string> Submit(const std::string& job_yaml);
  // The model after a round (0: the latest), as the coordinator keeps it.
  absl::StatusOr<std::vector<float>> FetchModel(const std::string& job_id, uint32_t round);
  // Follows the job's reports until `done` holds; goes on over a coordinator that goes and comes back.
  // DEADLINE_EXCEEDED with the last state and the tail of the coordinator's log.
  absl::StatusOr<v1::JobReport> WaitUntil(const std::string& job_id,
                                          const std::function<bool(const v1::JobReport&)>& done,
                                          absl::Duration timeout);
  absl::StatusOr<v1::JobReport> WaitUntilFinal(const std::string& job_id, absl::Duration timeout);

 private:
  explicit Federation(std::string binary_folder) : binary_folder_(std::move(binary_folder)) {}
  absl::Status AddSite(const SiteSetup& setup);
  absl::Status LogIn();
  absl::StatusOr<v1::Operations::Stub*> Operations();

  TempFolder folder_;
  std::string binary_folder_;
  std::unique_ptr<LocalFederation> local_;
  std::unique_ptr<v1::Operations::Stub> operations_;
  int submissions_ = 0;
};

// True once a job's state is final.
bool IsFinal(const v1::JobReport& report);

}  // namespace accord::bench
