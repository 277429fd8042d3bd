#include "client/daemon/run/log_commands.h"

#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/hash_named_file.h"
#include "base/status.h"
#include "client/daemon/federation/kept_log.h"
#include "client/daemon/federation/log_pin.h"
#include "client/daemon/ledger/egress_ledger.h"
#include "client/daemon/state/state_folder.h"
#include "proto/validation/config_validation.h"
#include "trust/log/log_head.h"

namespace accord {
namespace {

std::string TimeInWords(uint64_t unix_us) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", absl::FromUnixMicros(static_cast<int64_t>(unix_us)),
                          absl::UTCTimeZone());
}

// The log whose head is kept; nullopt: none was shown.
std::optional<LogIdentity> KeptIdentity(const KeptLog& log) {
  if (!log.head().has_value()) return std::nullopt;
  auto identity = LogIdentity::FromFirstEntry(log.head()->first_entry);
  if (!identity.ok()) return std::nullopt;
  return *std::move(identity);
}

// Out of the way, where it stays for whoever asks. The new path, or empty where there was no such file.
absl::StatusOr<std::string> SetAside(const StateFolder& folder, const std::string& path) {
  const auto content = ReadFile(path);
  if (absl::IsNotFound(content.status())) return std::string();
  ACCORD_RETURN_IF_ERROR(content.status());
  ACCORD_ASSIGN_OR_RETURN(std::string kept, WriteHashNamedFile(folder.EvidenceFolder(), ".log-head", *content));
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return ErrnoError("remove", path);
  ACCORD_RETURN_IF_ERROR(SyncParentFolder(path));
  return kept;
}

}  // namespace

absl::Status ShowLog(const LogOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
  const StateFolder folder(config.state_dir());
  ACCORD_ASSIGN_OR_RETURN(const std::string pin, ReadLogPin(folder, config.log_id()));
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<KeptLog> log, KeptLog::Look(config));
  const std::optional<LogIdentity> kept = KeptIdentity(*log);
  const std::string kept_id = kept.has_value() ? HexDigest(kept->id()) : "";
  if (pin.empty() && kept_id.empty()) {
    out << "The coordinator has shown this site no log yet, and none is pinned.\n";
    return absl::OkStatus();
  }
  out << "log " << (pin.empty() ? kept_id : pin) << "\n"
      << (pin.empty() ? "NOT PINNED: it is the one that the coordinator showed first. Compare this id with the other "
                        "sites', over another channel, and pin it: accord-client log pin\n"
                      : "pinned: no other log is taken for the federation's\n");
  if (!pin.empty() && !kept_id.empty() && pin != kept_id) {
    out << "what this site has seen is of another log, " << kept_id << ", and counts no more\n";
  } else if (kept.has_value()) {
    ACCORD_ASSIGN_OR_RETURN(const LogHead head, kept->CheckHead(log->head()->head));
    out << "project " << head.project << "; seen up to " << head.tree_size << " entries, by a head signed "
        << TimeInWords(head.unix_us) << ":\n  " << folder.LogHeadFile()
        << (ReadFile(folder.LogHeadFile()).value_or("") == log->head()->Write()
                ? "  (for accord audit verify --against and accord audit compare)\n"
                : "  IS GONE, DAMAGED OR OLDER: the ledger of what left says how far this site has seen the log. The "
                  "daemon goes on from there and writes the file anew; nothing has to be forgotten\n");
  }
  if (access(folder.LogContradictionFile().c_str(), F_OK) == 0) {
    out << "THE KEEPER OF THE LOG HAS SIGNED TWO STORIES, and this site takes no plan any more. The proof:\n  accord "
           "audit "
           "compare "
        << folder.LogHeadFile() << " " << folder.LogContradictionFile() << "\n";
  }
  return absl::OkStatus();
}

absl::Status PinLogById(const LogOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
  const StateFolder folder(config.state_dir());
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<KeptLog> log, KeptLog::Look(config));
  const std::optional<LogIdentity> kept = KeptIdentity(*log);
  const std::string kept_id = kept.has_value() ? HexDigest(kept->id()) : "";
  const std::string id = options.id.empty() ? kept_id : options.id;
  if (id.empty()) {
    return absl::InvalidArgumentError(
        "the coordinator has shown this site no log yet: say its id, as `accord-coordinator log show` prints it");
  }
  if (!IsHexDigest(id)) return absl::InvalidArgumentError("the id of a log is 64 digits of 0-9 and a-f");
  if (!config.log_id().empty() && config.log_id() != id) {
    return absl::FailedPreconditionError(absl::StrCat(options.config_path, " says log_id: ", config.log_id(),
                                                      ", and this log is ", id, "; mend the config first"));
  }
  const auto pin = ReadLogPin(folder, "");
  const bool other_pin = !pin.ok() || (!pin->empty() && *pin != id);
  if (!options.replace && (other_pin || (!kept_id.empty() && kept_id != id))) {
    return absl::FailedPreconditionError(
        absl::StrCat("nothing was changed: ",
                     !pin.ok()   ? std::string(pin.status().message())
                     : other_pin ? absl::StrCat("this site has pinned ANOTHER log, ", *pin)
                                 : absl::StrCat("this site was shown ANOTHER log before, ", kept_id),
                     ". If a new log is meant, which all sites agreed to, say --replace."));
  }
  ACCORD_RETURN_IF_ERROR(PinLog(folder, id));
  out << "pinned " << id << " in " << folder.path() << ": no other log is taken for the federation's\n";
  return absl::OkStatus();
}

absl::Status ForgetLog(const LogOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
  const StateFolder folder(config.state_dir());
  const absl::StatusOr<UniqueFd> lock = folder.Lock();
  if (!lock.ok()) return Annotate(lock.status(), "stop the daemon first");
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<EgressLedger> ledger,
                          EgressLedger::Open(folder.EgressFile(), config.site(), Clock::System()));
  // The files first: one that is there later was written after the ledger's word.
  for (const std::string& path : {folder.LogHeadFile(), folder.LogContradictionFile()}) {
    ACCORD_ASSIGN_OR_RETURN(const std::string kept, SetAside(folder, path));
    if (!kept.empty()) out << path << " is now " << kept << "\n";
  }
  ACCORD_RETURN_IF_ERROR(ledger->LogIsForgotten());
  out << "forgotten: the next head of the log that the coordinator shows is taken as the first one was\n";
  return absl::OkStatus();
}

}  // namespace accord
