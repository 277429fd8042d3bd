#include "client/daemon/training/version_keeper.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "client/daemon/state/state_folder.h"
#include "proto/validation/config_validation.h"
#include "spdlog/spdlog.h"

namespace accord {

VersionKeeper::VersionKeeper(const v1::SiteConfig& config, Options options, Clock& clock)
    : options_(std::move(options)), clock_(clock), kept_(StateFolder(config.state_dir()).DataVersionFolder()) {
  for (const v1::SiteDataset& dataset : config.datasets()) {
    const auto text = ReadFile(dataset.mapping());
    auto mapping = LoadDatasetMapping(dataset.mapping());
    if (text.ok() && mapping.ok()) mappings_.emplace(dataset.name(), Mapped{Sha256(*text), *std::move(mapping)});
  }
}

VersionKeeper::~VersionKeeper() {
  std::unique_ptr<SerialQueue> queue;
  std::vector<std::thread> threads;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    queue = std::move(queue_);
    for (auto& [data_set, watch] : watches_) threads.push_back(std::move(watch.thread));
  }
  for (std::thread& thread : threads) thread.join();
  queue.reset();
}

void VersionKeeper::TellWhenFound(std::function<void()> found) {
  absl::MutexLock lock(&tell_mutex_);
  tell_ = std::move(found);
}

void VersionKeeper::Tell() {
  absl::MutexLock lock(&tell_mutex_);
  if (tell_) tell_();
}

absl::StatusOr<const VersionKeeper::Mapped*> VersionKeeper::MappingOf(const std::string& data_set) const {
  const auto found = mappings_.find(data_set);
  if (found != mappings_.end()) return &found->second;
  return absl::UnavailableError(absl::StrCat("this site has no mapping of ", data_set, " that can be read"));
}

absl::StatusOr<Sha256Digest> VersionKeeper::Judge(const std::string& data_set, const Mapped& mapped,
                                                  const absl::StatusOr<DataFacts>& facts) {
  // What is said here goes to the coordinator: no path of this site, and no word of a confined process.
  if (!facts.ok()) {
    return absl::UnavailableError("not all of its files can be looked at; accord-client release version says which");
  }
  if (const auto text = kept_.Find(data_set, *facts, mapped.file); text.ok()) return DataVersionHash(*text);
  if (!options_.hash) {
    return absl::UnavailableError("its content is new or has changed, and the daemon has not hashed it yet");
  }
  absl::MutexLock lock(&mutex_);
  const auto fault = faults_.find(data_set);
  const std::string why = fault == faults_.end() ? "" : absl::StrCat(" again; the last time: ", fault->second);
  HashLater(data_set);
  return absl::UnavailableError(absl::StrCat("its content, which is new or has changed, is being hashed", why));
}

absl::StatusOr<Sha256Digest> VersionKeeper::LookNow(const std::string& data_set) {
  ACCORD_ASSIGN_OR_RETURN(const Mapped* mapped, MappingOf(data_set));
  return Judge(data_set, *mapped, Look(*mapped));
}

absl::StatusOr<Sha256Digest> VersionKeeper::Now(const std::string& data_set) {
  ACCORD_ASSIGN_OR_RETURN(const FoundVersion found, Since(data_set, -absl::InfiniteDuration()));
  return found.version;
}

absl::StatusOr<FoundVersion> VersionKeeper::Since(const std::string& data_set, absl::Duration since) {
  ACCORD_ASSIGN_OR_RETURN(const Mapped* mapped, MappingOf(data_set));
  absl::MutexLock lock(&mutex_);
  Watch& watch = watches_[data_set];
  watch.asked = clock_.Monotonic();
  watch.wake = true;
  watch.wanted_since = std::max(watch.wanted_since, since);
  if (watch.began < since && watch.took <= options_.patience) watch.next_look = -absl::InfiniteDuration();
  if (!watch.thread.joinable() && !stopping_) {
    watch.thread = std::thread([this, data_set, mapped, &watch] { KeepLooking(data_set, *mapped, watch); });
  }
  const auto holds = [&] {
    return watch.found.has_value() && watch.began >= since && clock_.Monotonic() <= watch.holds_until;
  };
  if (!holds() && !watch.is_slow) {
    // Not the one that is under way, where that began too early.
    const auto has_looked = [&watch, since, before = watch.looks] {
      return watch.looks != before && watch.began >= since;
    };
    watch.is_slow = !mutex_.AwaitWithTimeout(absl::Condition(&has_looked), options_.patience);
  }
  watch.answered = holds() ? *watch.found : absl::UnavailableError("its files are being looked at to tell which it is");
  ACCORD_RETURN_IF_ERROR(watch.answered->status());
  return FoundVersion{**watch.answered, watch.files};
}

void VersionKeeper::KeepLooking(const std::string& data_set, const Mapped& mapped, Watch& watch) {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      const auto woken = [this, &watch] { return stopping_ || watch.wake; };
      const absl::Duration now = clock_.Monotonic();
      const bool is_wanted = now - watch.asked < kWatchedFor;
      if (!is_wanted || now < watch.next_look) {
        const absl::Duration rest = is_wanted ? watch.next_look - now : absl::InfiniteDuration();
        mutex_.AwaitWithTimeout(absl::Condition(&woken), rest);
      }
      watch.wake = false;
      if (stopping_) return;
      if (clock_.Monotonic() < watch.next_look) continue;
    }
    if (LookOnce(data_set, mapped, watch)) Tell();
  }
}

bool VersionKeeper::LookOnce(const std::string& data_set, const Mapped& mapped, Watch& watch) {
  const absl::Duration began = clock_.Monotonic();
  const absl::StatusOr<DataFacts> facts = Look(mapped);
  absl::StatusOr<Sha256Digest> found = Judge(data_set, mapped, facts);
  absl::MutexLock lock(&mutex_);
  if (stopping_) return false;
  const absl::Duration ended = clock_.Monotonic();
  watch.found = std::move(found);
  watch.files = facts.ok() ? facts->fingerprint : Sha256Digest{};
  watch.began = began;
  watch.took = ended - began;
  watch.holds_until = began + kVersionHolds + 6 * watch.took;
  watch.next_look = ended + kLookEvery + 4 * watch.took;
  // Somebody waits for one that began later than this one did.
  if (began < watch.wanted_since && watch.took <= options_.patience) watch.next_look = ended;
  watch.is_slow = false;
  ++watch.looks;
  return watch.answered.has_value() && *watch.answered != *watch.found;
}

void VersionKeeper::HashLater(const std::string& data_set) {
  // What was changed a moment before it was hashed is not kept, and is not hashed without a pause either.
  const auto last = hashed_at_.find(data_set);
  if (last != hashed_at_.end() && clock_.Monotonic() < last->second + kLookEvery) return;
  if (stopping_ || !being_hashed_.insert(data_set).second) return;
  if (queue_ == nullptr) queue_ = std::make_unique<SerialQueue>();
  queue_->Post([this, data_set] {
    if (stopping_) return;
    const auto text = Find(data_set);
    absl::MutexLock lock(&mutex_);
    being_hashed_.erase(data_set);
    hashed_at_[data_set] = clock_.Monotonic();
    if (stopping_) return;
    if (text.ok()) {
      faults_.erase(data_set);
      // Jobs wait for it.
      if (const auto watch = watches_.find(data_set); watch != watches_.end()) {
        watch->second.next_look = -absl::InfiniteDuration();
        watch->second.wake = true;
      }
    } else {
      spdlog::warn("the version of {} is not known: {}", data_set, std::string(text.status().message()));
      faults_[data_set] =
          absl::StrCat("its operator sees why in the log, or by accord-client release version ", data_set);
    }
  });
}

absl::StatusOr<std::string> VersionKeeper::Find(const std::string& data_set) {
  ACCORD_ASSIGN_OR_RETURN(const Mapped* mapped, MappingOf(data_set));
  ACCORD_ASSIGN_OR_RETURN(const DataFacts facts, Look(*mapped));
  if (auto text = kept_.Find(data_set, facts, mapped->file); text.ok()) return text;
  if (!options_.hash) {
    return absl::UnavailableError("its content is new or has changed, and the daemon has not hashed it yet");
  }
  return HashNow(data_set, *mapped);
}

absl::StatusOr<std::string> VersionKeeper::HashNow(const std::string& data_set, const Mapped& mapped) {
  const absl::Time began = clock_.Now();
  ACCORD_ASSIGN_OR_RETURN(const DataFacts before, Look(mapped));
  DataVersion version{.mapping = mapped.file, .rows_hashed = !mapped.mapping.has_postgresql(), .parts = {}};
  ACCORD_ASSIGN_OR_RETURN(version.parts, options_.hash(data_set));
  ACCORD_ASSIGN_OR_RETURN(const DataFacts after, Look(mapped));
  if (after.fingerprint != before.fingerprint) {
    return absl::UnavailableError(absl::StrCat("files of ", data_set, " were written to while they were hashed"));
  }
  ACCORD_ASSIGN_OR_RETURN(std::string text, WriteDataVersion(version));
  ACCORD_RETURN_IF_ERROR(kept_.Keep(data_set, after, text, began));
  return text;
}

}  // namespace accord
