#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "cli/local_federation/local_federation.h"

namespace accord {
namespace {

constexpr int kTickMs = 250;

}  // namespace

FederationGuard::FederationGuard(const LocalFederation& federation, Calls calls)
    : end_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!end_.valid()) return;  // no descriptors are left: nothing is looked after
  watched_.push_back(federation.coordinator_.end_fd());
  if (federation.simulator_.pid() >= 0) watched_.push_back(federation.simulator_.end_fd());
  for (const LocalFederation::Site& site : federation.sites_) watched_.push_back(site.process.end_fd());
  if (federation.options_.stop != nullptr) watched_.push_back(federation.options_.stop->fd());
  thread_ = std::thread([this, calls = std::move(calls)] { Run(calls); });
}

FederationGuard::~FederationGuard() {
  if (!thread_.joinable()) return;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(end_.get(), &one, sizeof(one));
  thread_.join();
}

void FederationGuard::Run(const Calls& calls) {
  std::vector<pollfd> events = {{end_.get(), POLLIN, 0}};
  for (const int fd : watched_) events.push_back({fd, POLLIN, 0});
  while (true) {
    const int ready = poll(events.data(), events.size(), kTickMs);
    if (ready > 0 && events[0].revents != 0) return;
    if (ready > 0) {
      calls.broken();
      events.resize(1);  // what is broken stays so: from now on only the end is waited for
    }
    calls.tick();
  }
}

}  // namespace accord
