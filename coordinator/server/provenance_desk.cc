#include "coordinator/server/provenance_desk.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "coordinator/store/federation_log.h"
#include "trust/provenance/model_provenance.h"

namespace accord {

void ProvenanceDesk::Ask(ProvenanceRequest request, absl::AnyInvocable<bool()> is_wanted, Done done) {
  {
    absl::MutexLock lock(&mutex_);
    if (num_waiting_ < kMaxWaiting) {
      ++num_waiting_;
      worker_.Schedule(
          [this, request = std::move(request), is_wanted = std::move(is_wanted), done = std::move(done)]() mutable {
            absl::StatusOr<std::string> text = absl::CancelledError("nobody waits for the provenance any more");
            if (is_wanted()) text = Answer(request);
            {
              absl::MutexLock lock(&mutex_);
              --num_waiting_;
            }
            done(std::move(text));
          });
      return;
    }
  }
  done(absl::ResourceExhaustedError(absl::StrCat(
      kMaxWaiting,
      " others wait for the provenance of a model already, and it is made for one at a time; try again in a "
      "minute")));
}

absl::StatusOr<std::string> ProvenanceDesk::Answer(const ProvenanceRequest& request) {
  ACCORD_ASSIGN_OR_RETURN(const uint64_t size, store_.log().rows().Size(store_.log().project()));
  const absl::Time now = clock_.Now();
  kept_.remove_if([&](const Kept& kept) { return kept.stated.tree_size != size || now - kept.made >= kKeptFor; });
  for (const Kept& kept : kept_) {
    if (kept.request == request) return kept.stated.text;
  }
  ACCORD_ASSIGN_OR_RETURN(StatedProvenance stated, SignedProvenance(request, store_));
  std::string text = stated.text;
  Keep({request, std::move(stated), now});
  return text;
}

void ProvenanceDesk::Keep(Kept kept) {
  kept_.push_front(std::move(kept));
  size_t num_bytes = 0;
  for (const Kept& each : kept_) num_bytes += each.stated.text.size();
  while (num_bytes > kMaxProvenanceBytes) {
    num_bytes -= kept_.back().stated.text.size();
    kept_.pop_back();
  }
}

}  // namespace accord
