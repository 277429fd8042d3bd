#include "client/daemon/run/settle_command.h"

#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/evidence/evidence.h"
#include "aggregation/secure/messages/record_position.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/status.h"
#include "client/daemon/ledger/egress_ledger.h"
#include "client/daemon/secure/record_file.h"
#include "client/daemon/signing/own_key.h"
#include "client/daemon/state/state_folder.h"
#include "proto/validation/config_validation.h"
#include "trust/identity/signing.h"

namespace accord {
namespace {

struct Shown {
  secure::RecordPosition position;
  std::string bytes;
};

std::optional<secure::SignedPosition> PositionOf(const secure::EvidenceMessage& message) {
  if (message.kind == secure::MessageKind::kUploadHeader) {
    return secure::SignedPosition{secure::PositionKind::kUploadHeader, message.message};
  }
  if (message.kind != secure::MessageKind::kSurvivorStatement) return std::nullopt;
  return secure::SignedPosition{secure::PositionKind::kSurvivorStatement, message.message};
}

// The newest of this site's own messages in the file. The roster in it counts for nothing: the key is this site's own.
absl::StatusOr<Shown> NewestShown(const SettleOptions& options, const v1::SiteConfig& config) {
  ACCORD_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(options.evidence, secure::kMaxEvidenceBytes));
  auto file = secure::ParseEvidence(bytes);
  if (!file.ok()) return Annotate(file.status(), options.evidence);
  ACCORD_ASSIGN_OR_RETURN(const std::string der, OwnPublicKey(config));
  ACCORD_ASSIGN_OR_RETURN(const VerifyingKey own, VerifyingKey::FromDer(der));
  std::optional<Shown> newest;
  for (const secure::EvidenceMessage& message : file->evidence.messages) {
    const std::optional<secure::SignedPosition> signed_position = PositionOf(message);
    if (!signed_position.has_value()) continue;
    const auto position = secure::VerifyPosition(
        *signed_position, [&](absl::string_view site) { return site == config.site() ? &own : nullptr; });
    if (!position.ok() || (newest.has_value() && position->sequence <= newest->position.sequence)) continue;
    newest = Shown{*position, message.message.bytes};
  }
  if (newest.has_value()) return *std::move(newest);
  return absl::InvalidArgumentError(
      absl::StrCat(options.evidence, " shows no upload header or survivor statement that ", config.site(),
                   " signed with the key that it has now; give the file that the daemon named when it refused"));
}

void SayWhatToLookAt(const StateFolder& folder, const Shown& shown, uint64_t kept, std::ostream& out) {
  out << "settled: of this site's record, what came after entry " << kept << " up to entry " << shown.position.sequence
      << " is lost, and says so; it goes on behind that. Job " << shown.position.job_id
      << " takes no further part here.\nWhat else is as old as the copy, and only people can mend:\n"
      << "  " << folder.OrderFolder()
      << "  an order that served a job since then could serve another: have such "
         "orders revoked, or refuse them (accord-client jobs)\n"
      << "  " << folder.StopFolder() << "  stops of an ombudsman that came since then: hand them in again\n"
      << "  " << folder.EgressFile()
      << "  what left since then is in no ledger; the coordinator's reports name the "
         "rounds\n"
      << "  jobs of since then, if they still run: cancel them, and submit them anew from other initial weights\n"
      << "Start the daemon: it asks the other sites again.\n";
}

}  // namespace

absl::Status SettleLoss(const SettleOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
  const StateFolder folder(config.state_dir());
  const absl::StatusOr<UniqueFd> lock = folder.Lock();
  if (!lock.ok()) return Annotate(lock.status(), "stop the daemon first");
  ACCORD_ASSIGN_OR_RETURN(const Shown shown, NewestShown(options, config));
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<RecordFile> file, RecordFile::Open(folder.RecordFile(), config.site()));
  secure::SiteRecord& record = file->record();
  if (record.Knows(shown.position.sequence, shown.position.head)) {
    return absl::FailedPreconditionError(absl::StrCat("nothing was changed: this site's record has entry ",
                                                      shown.position.sequence,
                                                      " as it was shown, or has settled its loss already"));
  }
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<EgressLedger> ledger,
                          EgressLedger::Open(folder.EgressFile(), config.site(), Clock::System()));
  const uint64_t kept = record.sequence();
  v1::EgressRecordLoss loss;
  loss.set_last_kept(kept);
  loss.set_lost_up_to(shown.position.sequence);
  loss.set_shown_sha256(Sha256Hex(shown.bytes));
  // The ledger first: killed in between, the command is given again, and the ledger says it twice.
  ACCORD_RETURN_IF_ERROR(ledger->RecordIsLost(loss));
  ACCORD_RETURN_IF_ERROR(
      file->Append(record.Append(secure::Lost{shown.position.job_id, shown.position.sequence, shown.position.head})));
  SayWhatToLookAt(folder, shown, kept, out);
  return absl::OkStatus();
}

}  // namespace accord
