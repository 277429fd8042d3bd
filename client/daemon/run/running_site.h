// One site at work in this process: its state folder locked, its identity, record and ledger open, its engine above
// them. A daemon has one (daemon.h), a simulation many (client/simulator).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/file.h"
#include "client/daemon/federation/kept_log.h"
#include "client/daemon/federation/pinned_roster.h"
#include "client/daemon/governance/job_gate.h"
#include "client/daemon/governance/posture_file.h"
#include "client/daemon/ledger/egress_ledger.h"
#include "client/daemon/secure/record_file.h"
#include "client/daemon/session/channel.h"
#include "client/daemon/state/kept_store.h"
#include "client/daemon/training/trainer_host.h"
#include "client/daemon/training/version_keeper.h"
#include "client/daemon/work/site_engine.h"
#include "client/daemon/work/turns.h"
#include "proto/accord/v1/site.pb.h"
#include "trust/identity/signing.h"

namespace accord {

class RunningSite {
 public:
  struct Options {
    // Called once the site is known to be enrolled and nobody else's.
    std::function<absl::StatusOr<std::unique_ptr<TrainerHost>>(const v1::SiteConfig&)> make_host;
    ChannelBuffers buffers = ChannelBuffers::kFast;
    Turns* turns = nullptr;                             // as SiteEngine::Options
    std::function<void(const std::string&)> tell = {};  // likewise
  };
  // Connects to nobody yet. The errors are for people and name what to do: the config, the certificate or a mapping is
  // not usable, or another process holds the state folder.
  static absl::StatusOr<std::unique_ptr<RunningSite>> Open(const v1::SiteConfig& config, const Options& options);
  ~RunningSite();
  RunningSite(const RunningSite&) = delete;
  RunningSite& operator=(const RunningSite&) = delete;

  SiteEngine& engine() { return *engine_; }
  TrainerHost& host() { return *host_; }
  EgressLedger& ledger() { return *ledger_; }

 private:
  explicit RunningSite(const v1::SiteConfig& config) : config_(config) {}

  const v1::SiteConfig config_;
  UniqueFd lock_;
  std::unique_ptr<TrainerHost> host_;
  std::unique_ptr<Signer> signer_;
  std::unique_ptr<PinnedRoster> roster_;
  std::unique_ptr<VersionKeeper> versions_;
  std::unique_ptr<PostureFiles> postures_;
  std::unique_ptr<JobGate> gate_;
  std::unique_ptr<RecordFile> record_;
  std::unique_ptr<PeersFile> peers_;
  std::unique_ptr<OwnPast> past_;
  std::unique_ptr<EgressLedger> ledger_;
  std::unique_ptr<KeptLog> log_;
  std::unique_ptr<StampFloor> stamps_;
  std::unique_ptr<KeptStore> kept_;
  std::unique_ptr<SiteEngine> engine_;  // last: it uses all of them
};

}  // namespace accord
