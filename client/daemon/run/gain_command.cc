#include "client/daemon/run/gain_command.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "aggregation/evaluation/best_round.h"
#include "base/printable.h"
#include "base/status.h"
#include "client/daemon/state/kept_store.h"
#include "client/daemon/state/state_folder.h"
#include "nlohmann/json.hpp"
#include "proto/validation/config_validation.h"

namespace accord {
namespace {

std::vector<v1::KeptHead> HeadsIn(const std::string& folder) {
  std::vector<v1::KeptHead> heads;
  for (const std::string& path : KeptModelFiles(folder)) {
    auto head = ReadKeptHead(path);
    if (head.ok() && head->strategy() == kTrainedAlone) heads.push_back(*std::move(head));
  }
  return heads;
}

std::string WhyNone(const v1::KeptHead& head) {
  if (!head.no_baseline().empty()) return absl::StrCat("nothing to compare with: ", head.no_baseline());
  if (head.round() > 0) return "told at the job's end";
  return "none: no row that the metric needs is held out here";
}

std::string LineOf(const v1::KeptHead& head) {
  const std::string job = absl::StrFormat("%-16s  %-20s", head.job_id(), Printable(head.job_name()));
  if (!head.has_gain()) return absl::StrCat(job, "  ", Printable(WhyNone(head)));
  const v1::OwnGain& gain = head.gain();
  return absl::StrFormat("%s  %-17s  %9.4g  %9.4g  %+9.4g  %8d  %6d", job, MetricInWords(gain.metric()), gain.common(),
                         gain.alone(), gain.gain(), gain.test_rows(), head.alone_rounds());
}

nlohmann::json ObjectOf(const v1::KeptHead& head) {
  nlohmann::json object = {{"job", head.job_id()},
                           {"job_name", head.job_name()},
                           {"dataset", head.dataset()},
                           {"rounds", head.alone_rounds()}};
  if (!head.has_gain()) {
    object["none"] = WhyNone(head);
    return object;
  }
  object["metric"] = MetricInWords(head.gain().metric());
  object["common"] = head.gain().common();
  object["alone"] = head.gain().alone();
  object["gain"] = head.gain().gain();
  object["test_rows"] = head.gain().test_rows();
  return object;
}

}  // namespace

absl::Status ShowGains(const GainOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
  const std::vector<v1::KeptHead> heads = HeadsIn(StateFolder(config.state_dir()).KeptFolder());
  if (options.json) {
    nlohmann::json list = nlohmann::json::array();
    for (const v1::KeptHead& head : heads) list.push_back(ObjectOf(head));
    out << list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    return absl::OkStatus();
  }
  if (heads.empty()) {
    out << "This site keeps the gain of no job: only jobs with evaluation.local_gain have one.\n";
    return absl::OkStatus();
  }
  out << absl::StrFormat("%-16s  %-20s  %-17s  %9s  %9s  %9s  %8s  %6s\n", "job", "name", "metric", "common", "alone",
                         "gain", "held out", "rounds");
  for (const v1::KeptHead& head : heads) out << LineOf(head) << "\n";
  out << "A positive gain: the common model does better on the rows held out here than the one that this site trained "
         "alone in as many rounds. These figures never leave the site.\n";
  return absl::OkStatus();
}

}  // namespace accord
