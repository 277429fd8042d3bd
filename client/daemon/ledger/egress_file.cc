#include "client/daemon/ledger/egress_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr absl::string_view kEgressDomain = "accord/v1/egress";
constexpr size_t kReadBytes = size_t{1} << 20;

// Appends the next bytes of the file to `buffer`. False at its end.
absl::StatusOr<bool> ReadMore(int fd, const std::string& path, std::string& buffer) {
  const size_t before = buffer.size();
  buffer.resize(before + kReadBytes);
  ssize_t got;
  do {
    got = read(fd, buffer.data() + before, kReadBytes);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return ErrnoError("read", path);
  buffer.resize(before + static_cast<size_t>(got));
  return got > 0;
}

}  // namespace

HashChain NewEgressChain(absl::string_view site) { return HashChain(kEgressDomain, site, kMaxEgressEntryBytes); }

absl::StatusOr<HashChain> ReadEgressFile(const std::string& path, absl::string_view site,
                                         const std::function<void(uint64_t, const v1::EgressEntry&)>& visit) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoError("open", path);
  HashChain chain = NewEgressChain(site);
  std::string buffer;
  for (bool more = true; more;) {
    ACCORD_ASSIGN_OR_RETURN(more, ReadMore(fd.get(), path, buffer));
    size_t taken = 0;
    while (true) {
      const uint64_t offset = chain.bytes();
      const absl::StatusOr<std::optional<absl::string_view>> payload =
          chain.Next(absl::string_view(buffer).substr(taken));
      if (!payload.ok()) return Annotate(payload.status(), path);
      if (!payload->has_value()) break;
      v1::EgressEntry entry;
      if (!entry.ParseFromArray((*payload)->data(), static_cast<int>((*payload)->size()))) {
        return absl::DataLossError(absl::StrCat(path, ": damaged at byte ", offset, ": not an entry of this ledger"));
      }
      taken += chain.bytes() - offset;
      visit(chain.sequence(), entry);
    }
    buffer.erase(0, taken);
  }
  return chain;
}

}  // namespace accord
