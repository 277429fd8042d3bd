#include "client/daemon/training/version_keeper.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "client/daemon/state/state_folder.h"
#include "proto/validation/config_validation.h"
#include "spdlog/spdlog.h"

namespace accord {

VersionKeeper::VersionKeeper(const v1::SiteConfig& config, HashDataSet hash, Clock& clock)
    : hash_(std::move(hash)), clock_(clock), kept_(StateFolder(config.state_dir()).DataVersionFolder()) {
  for (const v1::SiteDataset& dataset : config.datasets()) {
    const auto text = ReadFile(dataset.mapping());
    auto mapping = LoadDatasetMapping(dataset.mapping());
    if (text.ok() && mapping.ok()) mappings_.emplace(dataset.name(), Mapped{Sha256(*text), *std::move(mapping)});
  }
}

VersionKeeper::~VersionKeeper() {
  std::unique_ptr<SerialQueue> queue;
  {
    absl::MutexLock lock(&mutex_);
    queue = std::move(queue_);
  }
  queue.reset();
}

absl::StatusOr<const VersionKeeper::Mapped*> VersionKeeper::MappingOf(const std::string& data_set) const {
  const auto found = mappings_.find(data_set);
  if (found != mappings_.end()) return &found->second;
  return absl::UnavailableError(absl::StrCat("this site has no mapping of ", data_set, " that can be read"));
}

absl::StatusOr<Sha256Digest> VersionKeeper::Now(const std::string& data_set) {
  ACCORD_ASSIGN_OR_RETURN(const Mapped* mapped, MappingOf(data_set));
  const auto facts = LookAtData(mapped->mapping);
  // What is said here goes to the coordinator: no path of this site, and no word of a confined process.
  if (!facts.ok()) {
    return absl::UnavailableError("not all of its files can be looked at; accord-client release version says which");
  }
  absl::MutexLock lock(&mutex_);
  if (const auto text = kept_.Find(data_set, *facts, mapped->file); text.ok()) return DataVersionHash(*text);
  if (!hash_) return absl::UnavailableError("its content is new or has changed, and the daemon has not hashed it yet");
  const auto fault = faults_.find(data_set);
  const std::string why = fault == faults_.end() ? "" : absl::StrCat(" again; the last time: ", fault->second);
  HashLater(data_set);
  return absl::UnavailableError(absl::StrCat("its content, which is new or has changed, is being hashed", why));
}

void VersionKeeper::HashLater(const std::string& data_set) {
  if (!being_hashed_.insert(data_set).second) return;
  if (queue_ == nullptr) queue_ = std::make_unique<SerialQueue>();
  queue_->Post([this, data_set] {
    const auto text = Find(data_set);
    absl::MutexLock lock(&mutex_);
    being_hashed_.erase(data_set);
    if (text.ok()) {
      faults_.erase(data_set);
    } else {
      spdlog::warn("the version of {} is not known: {}", data_set, std::string(text.status().message()));
      faults_[data_set] =
          absl::StrCat("its operator sees why in the log, or by accord-client release version ", data_set);
    }
  });
}

absl::StatusOr<std::string> VersionKeeper::Find(const std::string& data_set) {
  ACCORD_ASSIGN_OR_RETURN(const Mapped* mapped, MappingOf(data_set));
  ACCORD_ASSIGN_OR_RETURN(const DataFacts facts, LookAtData(mapped->mapping));
  if (auto text = kept_.Find(data_set, facts, mapped->file); text.ok()) return text;
  if (!hash_) return absl::UnavailableError("its content is new or has changed, and the daemon has not hashed it yet");
  return HashNow(data_set, *mapped);
}

absl::StatusOr<std::string> VersionKeeper::HashNow(const std::string& data_set, const Mapped& mapped) {
  const absl::Time began = clock_.Now();
  ACCORD_ASSIGN_OR_RETURN(const DataFacts before, LookAtData(mapped.mapping));
  DataVersion version{.mapping = mapped.file, .rows_hashed = !mapped.mapping.has_postgresql(), .parts = {}};
  ACCORD_ASSIGN_OR_RETURN(version.parts, hash_(data_set));
  ACCORD_ASSIGN_OR_RETURN(const DataFacts after, LookAtData(mapped.mapping));
  if (after.fingerprint != before.fingerprint) {
    return absl::UnavailableError(absl::StrCat("files of ", data_set, " were written to while they were hashed"));
  }
  ACCORD_ASSIGN_OR_RETURN(std::string text, WriteDataVersion(version));
  ACCORD_RETURN_IF_ERROR(kept_.Keep(data_set, after, text, began));
  return text;
}

}  // namespace accord
