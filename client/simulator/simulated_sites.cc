#include "client/simulator/simulated_sites.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "client/daemon/session/channel.h"
#include "proto/validation/config_validation.h"

namespace accord {
namespace {

// What a site's engine says first once it is welcome.
constexpr char kConnected[] = "connected to ";

absl::Status CheckAlike(const v1::SiteConfig& config, const v1::SiteConfig& first) {
  if (config.trainer() == first.trainer() &&
      config.sandbox().SerializeAsString() == first.sandbox().SerializeAsString() && config.opt_out_list().empty()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(config.site(),
                                                 ": the sites of a simulation have one trainer and sandbox, those of ",
                                                 first.site(), ", and no opt-out list"));
}

}  // namespace

absl::StatusOr<std::vector<v1::SiteConfig>> LoadSimulatedSites(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::filesystem::path file = entry.path() / "client.yaml";
    std::error_code absent;
    if (std::filesystem::is_regular_file(file, absent)) files.push_back(file.string());
  }
  if (error) return absl::NotFoundError(absl::StrCat(folder, ": ", error.message()));
  if (files.empty()) {
    return absl::NotFoundError(absl::StrCat(folder, ": no folder here has a client.yaml, as every site's has"));
  }
  std::sort(files.begin(), files.end());
  std::vector<v1::SiteConfig> configs;
  std::vector<std::string> faults;
  for (const std::string& file : files) {
    absl::StatusOr<v1::SiteConfig> config = LoadSiteConfig(file);
    absl::Status status = config.status();
    if (status.ok()) {
      configs.push_back(*std::move(config));
      status = CheckAlike(configs.back(), configs.front());
    }
    if (!status.ok()) faults.emplace_back(status.message());
  }
  if (!faults.empty()) return absl::InvalidArgumentError(absl::StrJoin(faults, "\n"));
  return configs;
}

absl::StatusOr<std::unique_ptr<SimulatedSites>> SimulatedSites::Open(const std::vector<v1::SiteConfig>& configs,
                                                                     Options options) {
  std::unique_ptr<SimulatedSites> sites(new SimulatedSites(std::move(options)));
  TrainerPool::Options pool = {.trainer_path = configs.front().trainer(),
                               .sandbox = configs.front().sandbox(),
                               .rows = sites->options_.rows,
                               .processes = sites->options_.trainers};
  if (pool.trainer_path.empty()) {
    pool.trainer_path = std::filesystem::read_symlink("/proc/self/exe").replace_filename("accord-trainer").string();
  }
  ACCORD_ASSIGN_OR_RETURN(
      sites->pool_,
      TrainerPool::Create(std::move(pool), [&sites = *sites](const std::string& name, const std::string& line) {
        sites.Take(name, line);
      }));
  for (const v1::SiteConfig& config : configs) {
    auto site = RunningSite::Open(
        config, {.make_host = [&sites = *sites](const v1::SiteConfig& of) { return sites.MakeHost(of); },
                 .buffers = ChannelBuffers::kSmall,
                 .turns = &sites->turns_,
                 .tell = [&sites = *sites, name = config.site()](const std::string& line) { sites.Take(name, line); }});
    if (!site.ok()) return Annotate(site.status(), config.site());
    sites->sites_.push_back(*std::move(site));
    const absl::MutexLock lock(&sites->mutex_);
    sites->to_connect_.insert(config.site());
  }
  return sites;
}

SimulatedSites::~SimulatedSites() { sites_.clear(); }

absl::StatusOr<std::unique_ptr<TrainerHost>> SimulatedSites::MakeHost(const v1::SiteConfig& config) {
  std::map<std::string, v1::Prepare> data;
  for (const v1::SiteDataset& dataset : config.datasets()) {
    ACCORD_ASSIGN_OR_RETURN(const v1::DatasetMapping mapping,
                            LoadDatasetMapping(std::filesystem::absolute(dataset.mapping()).string()));
    ACCORD_ASSIGN_OR_RETURN(data[dataset.name()], pool_->DataOf(dataset.name(), mapping));
  }
  return std::make_unique<PooledTrainerHost>(*pool_, config.site(), std::move(data));
}

void SimulatedSites::Start(std::function<void()> connected) {
  {
    const absl::MutexLock lock(&mutex_);
    connected_ = std::move(connected);
  }
  for (const std::unique_ptr<RunningSite>& site : sites_) site->engine().Start();
}

void SimulatedSites::Take(const std::string& site, const std::string& line) {
  std::function<void()> connected;
  {
    const absl::MutexLock lock(&mutex_);
    options_.tell(absl::StrCat(site, ": ", line));
    if (absl::StartsWith(line, kConnected) && to_connect_.erase(site) > 0 && to_connect_.empty()) {
      connected.swap(connected_);
    }
  }
  if (connected) connected();
}

}  // namespace accord
