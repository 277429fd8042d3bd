#include "client/daemon/run/running_rules.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/daemon/control/control_server.h"

namespace accord {
namespace {

constexpr absl::Duration kStatusPatience = absl::Seconds(10);
constexpr char kRestart[] =
    "restart it (sudo systemctl restart accord-client, or end it and start accord-client run again)";

std::string SamePlace(const std::string& path) {
  return path.empty() ? path : std::filesystem::absolute(path).lexically_normal().string();
}

}  // namespace

std::optional<v1::DaemonStatus> RunningDaemon(const StateFolder& folder) {
  v1::ControlRequest request;
  request.mutable_status();
  const auto reply = AskDaemon(folder.ControlSocket(), request, kStatusPatience);
  if (!reply.ok()) return std::nullopt;
  return reply->status();
}

std::string WhyDaemonDiffers(const v1::SiteConfig& config, const v1::DaemonStatus& daemon, bool rules_hold) {
  const std::string named = SamePlace(config.policy());
  std::string why;
  if (daemon.has_policy() && SamePlace(daemon.policy()) != named) {
    why = daemon.policy().empty()
              ? absl::StrCat("the daemon that runs was started without this site's policy, ", named)
              : absl::StrCat("the daemon that runs was started with the policy ", daemon.policy(), ", and the config ",
                             named.empty() ? "names none" : absl::StrCat("names ", named));
  } else if (rules_hold && !daemon.rules_fault().empty()) {
    why = "the daemon that runs goes by other rules than the config says now";
  } else {
    return "";
  }
  return absl::StrCat(why, ": ", kRestart,
                      daemon.rules_fault().empty() ? "" : "; until then it refuses every job: ", daemon.rules_fault());
}

std::string WhyRunningDaemonDiffers(const v1::SiteConfig& config) {
  const std::optional<v1::DaemonStatus> daemon = RunningDaemon(StateFolder(config.state_dir()));
  return daemon.has_value() ? WhyDaemonDiffers(config, *daemon, /*rules_hold=*/true) : "";
}

}  // namespace accord
