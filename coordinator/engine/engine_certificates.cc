// The engine's watch over the certificates that sessions were made under: gRPC looks at a certificate when a connection
// begins, and the connection would outlive it.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
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
  if (now >= first_end_ || keys != keys_known_) EndSessions(now);
  keys_known_ = keys;
  if (monotonic - keys_seen_ >= MemberKeys::kLongestUnseen) {
    keys_seen_ = monotonic;
    LookForKeys();
  }
  return std::min(keys_seen_ + MemberKeys::kLongestUnseen, monotonic + std::min(first_end_ - now, kLongestSleep));
}

void Engine::EndSessions(absl::Time now) {
  first_end_ = absl::InfiniteFuture();
  std::vector<std::pair<std::string, absl::Status>> ended;
  for (const auto& [site, session] : sessions_) {
    const CertificateTerm& term = session.term;
    if (term.good_until <= now) {
      ended.emplace_back(site, absl::UnauthenticatedError("the session's certificate has ended; connect anew"));
      continue;
    }
    first_end_ = std::min(first_end_, term.good_until);
    if (term.public_key_der.empty()) continue;
    absl::Status stands = store_.member_keys().Check(absl::StrCat("site/", site), term.public_key_der);
    if (!stands.ok()) ended.emplace_back(site, std::move(stands));
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
