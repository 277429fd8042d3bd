// The engine's watch over the certificates that sessions and watchers were made under: gRPC looks at a certificate when
// a connection begins, and the connection would outlive it.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "coordinator/engine/engine.h"
#include "spdlog/spdlog.h"

namespace accord {
namespace {

// Wall clocks are set now and then: no sleep is longer.
constexpr absl::Duration kLongestSleep = absl::Minutes(1);

}  // namespace

absl::Duration Engine::WatchCertificates() {
  const absl::Time now = clock_.Now();
  const absl::Duration monotonic = clock_.Monotonic();
  const int64_t keys = store_.member_keys().last_change();
  // Most often there is nothing to do: this runs after every event.
  if (now >= first_end_ || keys != keys_known_) {
    first_end_ = absl::InfiniteFuture();
    EndSessions();
    EndWatchers();
  }
  keys_known_ = keys;
  if (monotonic - keys_seen_ >= MemberKeys::kLongestUnseen) {
    keys_seen_ = monotonic;
    LookForKeys();
  }
  return std::min(keys_seen_ + MemberKeys::kLongestUnseen, monotonic + std::min(first_end_ - now, kLongestSleep));
}

absl::Status Engine::CheckStands(const CertificateTerm& term) const {
  if (term.good_until <= clock_.Now()) {
    return absl::UnauthenticatedError(
        "the certificate that this stream was opened under has ended; connect anew (a command that is run again renews "
        "it)");
  }
  if (term.public_key_der.empty()) return absl::OkStatus();
  return store_.member_keys().Check(term.identity, term.public_key_der);
}

void Engine::EndSessions() {
  std::vector<std::pair<std::string, absl::Status>> ended;
  for (const auto& [site, session] : sessions_) {
    absl::Status stands = CheckStands(session.term);
    if (!stands.ok()) {
      ended.emplace_back(site, std::move(stands));
    } else {
      first_end_ = std::min(first_end_, session.term.good_until);
    }
  }
  for (auto& [site, why] : ended) {
    const std::string words(why.message());
    spdlog::info("site {} is gone: {}", site, words);
    Session& session = sessions_[site];
    RememberSite(session.facts);
    session.link->Close(std::move(why));
    OnDisconnect(site, words);
  }
}

void Engine::EndWatchers() {
  for (auto next = watchers_.begin(); next != watchers_.end();) {
    const auto& [watcher, term] = next->second;
    absl::Status stands = CheckStands(term);
    if (!stands.ok()) {
      watcher->Ended(std::move(stands));
      next = watchers_.erase(next);
    } else {
      first_end_ = std::min(first_end_, term.good_until);
      ++next;
    }
  }
}

void Engine::LookForKeys() {
  members_strand_.Run([this] {
    // As of before it reads: what is written meanwhile is for the next look.
    if (const absl::Status read = store_.member_keys().Refresh(clock_.Monotonic()); !read.ok()) {
      spdlog::error("{}", std::string(read.message()));
    }
    loop_.Post([] {});  // what is known now is looked at
  });
}

}  // namespace accord
