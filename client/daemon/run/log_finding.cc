#include "client/daemon/run/log_finding.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/status.h"
#include "client/daemon/federation/kept_log.h"
#include "client/daemon/federation/log_pin.h"
#include "client/daemon/federation/stamp_floor.h"
#include "client/daemon/state/state_folder.h"
#include "trust/log/log_head.h"

namespace accord {

namespace {

absl::Status LookAtStamp(const v1::SiteConfig& config, const v1::Welcome& greeting) {
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<StampFloor> floor, StampFloor::Open(config, Clock::System()));
  if (floor == nullptr) return absl::OkStatus();
  ACCORD_ASSIGN_OR_RETURN(const LogIdentity identity, LogIdentity::FromFirstEntry(greeting.log_first_entry()));
  return floor->Take(greeting.has_log_stamp() ? &greeting.log_stamp() : nullptr, greeting.log_head(), identity);
}

}  // namespace

Finding ExamineLog(const v1::SiteConfig& config, const v1::Welcome* greeting) {
  using Level = Finding::Level;
  constexpr char kLogSubject[] = "log";
  const auto log = KeptLog::Look(config);
  if (!log.ok()) return {Level::kFault, kLogSubject, std::string(log.status().message())};
  const auto pin = ReadLogPin(StateFolder(config.state_dir()), config.log_id());
  if (!pin.ok()) return {Level::kFault, kLogSubject, std::string(pin.status().message())};
  if (greeting != nullptr) {
    if (const absl::Status looked = (*log)->LookAt(*greeting); !looked.ok()) {
      return {Level::kFault, kLogSubject, std::string(looked.message())};
    }
    if (const absl::Status stamped = LookAtStamp(config, *greeting); !stamped.ok()) {
      return {Level::kFault, kLogSubject, std::string(stamped.message())};
    }
    if (pin->empty() && (*log)->size() == 0) {
      const auto identity = LogIdentity::FromFirstEntry(greeting->log_first_entry());
      return {Level::kWarning, kLogSubject,
              absl::StrCat("the coordinator keeps the log ", identity.ok() ? HexDigest(identity->id()) : "",
                           "; compare this id with the other sites' and pin it (accord-client log pin ID)")};
    }
  }
  const std::string words = (*log)->InWords();
  const bool stands = words.find("NO PLAN IS TAKEN") == std::string::npos;
  return {!stands ? Level::kFault : pin->empty() ? Level::kWarning : Level::kFine, kLogSubject, words};
}

}  // namespace accord
