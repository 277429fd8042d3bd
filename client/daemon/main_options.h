// What the program's command line says, and how its commands are added, for the files main*.cc.
#pragma once

#include <functional>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "client/daemon/run/anchor_commands.h"
#include "client/daemon/run/charter_commands.h"
#include "client/daemon/run/charter_signing.h"
#include "client/daemon/run/commands.h"
#include "client/daemon/run/egress_command.h"
#include "client/daemon/run/joint_commands.h"
#include "client/daemon/run/log_commands.h"
#include "client/daemon/run/order_commands.h"
#include "client/daemon/run/personal_model.h"
#include "client/daemon/run/policy_command.h"
#include "client/daemon/run/release_command.h"
#include "client/daemon/run/roster_commands.h"
#include "client/daemon/run/settle_command.h"
#include "client/daemon/run/stop_command.h"

namespace accord {

struct Options {
  std::string config = "client.yaml";
  bool json = false;
  std::string job;
  EnrolOptions enrol;
  RosterFileOptions roster;
  EgressOptions egress;
  SettleOptions settle;
  LogOptions log;
  PersonalModelOptions personal_model;
  CharterFileOptions charter;
  CharterSigningOptions charter_signing;
  OrderOptions order;
  StopOptions stop;
  ReleaseOptions release;
  PolicyFileOptions policy;
  AnchorOptions anchor;
  JointOptions joint;
};

using Command = std::function<absl::Status()>;

// One that takes --config. `example`: one line of its help.
CLI::App* AddCommand(CLI::App& app, Options& options, const std::string& name, const std::string& description,
                     const std::string& example);

// The charter, and the orders that come under it. The command line's choice goes into `chosen`.
void AddCharter(CLI::App& app, Options& options, Command& chosen);
void AddOrders(CLI::App& app, Options& options, Command& chosen);
// Anchors, and the two federations behind a joint one.
void AddJoint(CLI::App& app, Options& options, Command& chosen);

}  // namespace accord
