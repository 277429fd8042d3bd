#include "client/ipc/channel.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstring>
#include <string>

#include "absl/time/clock.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr char kInline = 0;
constexpr char kInMemoryFile = 1;
constexpr size_t kFileHeaderBytes = 1 + sizeof(uint64_t);
constexpr int kSealsAgainstChange = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

absl::Status PeerGone() { return absl::UnavailableError("the other end of the channel is gone"); }

// Waits until a datagram or the peer's end is there.
absl::Status WaitReadable(int fd, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;  // InfiniteFuture for an infinite timeout
  for (;;) {
    int wait_ms = -1;
    if (timeout != absl::InfiniteDuration()) {
      const int64_t left = absl::ToInt64Milliseconds(absl::Ceil(deadline - absl::Now(), absl::Milliseconds(1)));
      wait_ms = static_cast<int>(std::clamp<int64_t>(left, 0, INT_MAX));
    }
    pollfd poll_fd = {fd, POLLIN, 0};
    const int ready = poll(&poll_fd, 1, wait_ms);
    if (ready > 0) return absl::OkStatus();
    if (ready == 0) return absl::DeadlineExceededError("no message in time");
    if (errno != EINTR) return ErrnoError("wait for", "a message");
  }
}

absl::Status SendDatagram(int fd, absl::string_view bytes, absl::Span<const int> descriptors) {
  iovec part = {const_cast<char*>(bytes.data()), bytes.size()};
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * (kMaxDescriptors + 1))] = {};
  if (!descriptors.empty()) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors.size());
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
    std::memcpy(CMSG_DATA(rights), descriptors.data(), sizeof(int) * descriptors.size());
  }
  for (;;) {
    if (sendmsg(fd, &header, MSG_NOSIGNAL) >= 0) return absl::OkStatus();
    if (errno == EINTR) continue;
    if (errno == EPIPE || errno == ECONNRESET) return PeerGone();
    return ErrnoError("send", absl::StrCat("a message of ", bytes.size(), " bytes"));
  }
}

struct Datagram {
  std::string bytes;
  std::vector<UniqueFd> descriptors;
};

// Takes ownership of every descriptor before anything is checked, so that none leaks.
void AdoptDescriptors(msghdr& header, std::vector<UniqueFd>& descriptors) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
      descriptors.emplace_back(fd);
    }
  }
}

absl::StatusOr<Datagram> ReceiveDatagram(int fd) {
  Datagram datagram;
  datagram.bytes.resize(kMaxDatagramBytes);
  iovec part = {datagram.bytes.data(), datagram.bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * (kMaxDescriptors + 1))] = {};
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  ssize_t size;
  do {
    size = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size < 0) return errno == ECONNRESET ? PeerGone() : ErrnoError("receive", "a message");
  AdoptDescriptors(header, datagram.descriptors);
  // Both kinds of datagram are at least one byte long, so nothing at all is the end.
  if (size == 0) return PeerGone();
  if (header.msg_flags & MSG_TRUNC) {
    return absl::InvalidArgumentError(absl::StrCat("a datagram is longer than ", kMaxDatagramBytes, " bytes"));
  }
  if (header.msg_flags & MSG_CTRUNC) {
    return absl::InvalidArgumentError(absl::StrCat("more than ", kMaxDescriptors, " descriptors beside a message"));
  }
  datagram.bytes.resize(static_cast<size_t>(size));
  return datagram;
}

absl::Status ParseMessage(const void* data, size_t size, google::protobuf::MessageLite& message) {
  if (message.ParseFromArray(data, static_cast<int>(size))) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(size, " bytes are no ", message.GetTypeName()));
}

// Reads the message that `datagram` says is in its first descriptor, and takes that descriptor out.
absl::Status ParseFromMemoryFile(Datagram& datagram, size_t max_bytes, google::protobuf::MessageLite& message) {
  if (datagram.bytes.size() != kFileHeaderBytes || datagram.descriptors.empty()) {
    return absl::InvalidArgumentError("a datagram announces a memory file that does not come with it");
  }
  uint64_t size;
  std::memcpy(&size, datagram.bytes.data() + 1, sizeof(size));
  if (size > max_bytes) {
    return absl::InvalidArgumentError(absl::StrCat("a message of ", size, " bytes; at most ", max_bytes, " are taken"));
  }
  const UniqueFd file = std::move(datagram.descriptors.front());
  datagram.descriptors.erase(datagram.descriptors.begin());
  const int seals = fcntl(file.get(), F_GET_SEALS);
  struct stat status;
  if (seals < 0 || (seals & kSealsAgainstChange) != kSealsAgainstChange || fstat(file.get(), &status) != 0 ||
      static_cast<uint64_t>(status.st_size) != size) {
    return absl::InvalidArgumentError("a message's memory file is not sealed or not of the announced size");
  }
  ACCORD_ASSIGN_OR_RETURN(const MappedFile mapping, MappedFile::Map(file.get(), size, MappedFile::Access::kRead));
  return ParseMessage(mapping.data(), size, message);
}

absl::StatusOr<UniqueFd> SealedFileOf(const google::protobuf::MessageLite& message, size_t size) {
  ACCORD_ASSIGN_OR_RETURN(UniqueFd file, MakeMemoryFile("accord-message", size));
  {
    ACCORD_ASSIGN_OR_RETURN(MappedFile mapping, MappedFile::Map(file.get(), size, MappedFile::Access::kReadWrite));
    message.SerializeWithCachedSizesToArray(static_cast<uint8_t*>(mapping.data()));
  }
  if (fcntl(file.get(), F_ADD_SEALS, kSealsAgainstChange) != 0) return ErrnoError("seal", "a message's memory file");
  return file;
}

}  // namespace

absl::StatusOr<std::pair<IpcChannel, IpcChannel>> IpcChannel::MakePair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return ErrnoError("make", "a socket pair");
  return std::make_pair(IpcChannel(UniqueFd(ends[0])), IpcChannel(UniqueFd(ends[1])));
}

absl::Status IpcChannel::Send(const google::protobuf::MessageLite& message, absl::Span<const int> descriptors) {
  const size_t size = message.ByteSizeLong();  // caches the sizes that serialising below uses
  if (size > kMaxMessageBytes || descriptors.size() > kMaxDescriptors) {
    return absl::InvalidArgumentError(absl::StrCat("a message of ", size, " bytes with ", descriptors.size(),
                                                   " descriptors; at most ", kMaxMessageBytes, " and ", kMaxDescriptors,
                                                   " can be sent"));
  }
  if (size < kMaxDatagramBytes) {
    std::string bytes(1 + size, kInline);
    message.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(bytes.data() + 1));
    return SendDatagram(fd_.get(), bytes, descriptors);
  }
  ACCORD_ASSIGN_OR_RETURN(const UniqueFd file, SealedFileOf(message, size));
  std::string bytes(kFileHeaderBytes, kInMemoryFile);
  const uint64_t announced = size;
  std::memcpy(bytes.data() + 1, &announced, sizeof(announced));
  std::vector<int> all = {file.get()};
  all.insert(all.end(), descriptors.begin(), descriptors.end());
  return SendDatagram(fd_.get(), bytes, all);
}

absl::Status IpcChannel::Receive(google::protobuf::MessageLite& message, std::vector<UniqueFd>& descriptors,
                                 absl::Duration timeout, size_t max_bytes) {
  descriptors.clear();
  ACCORD_RETURN_IF_ERROR(WaitReadable(fd_.get(), timeout));
  ACCORD_ASSIGN_OR_RETURN(Datagram datagram, ReceiveDatagram(fd_.get()));
  const char kind = datagram.bytes.front();
  if (kind == kInMemoryFile) {
    ACCORD_RETURN_IF_ERROR(ParseFromMemoryFile(datagram, max_bytes, message));
  } else if (kind != kInline || datagram.bytes.size() - 1 > max_bytes) {
    return absl::InvalidArgumentError("a datagram of an unknown kind, or too long");
  } else {
    ACCORD_RETURN_IF_ERROR(ParseMessage(datagram.bytes.data() + 1, datagram.bytes.size() - 1, message));
  }
  if (datagram.descriptors.size() > kMaxDescriptors) {
    return absl::InvalidArgumentError(absl::StrCat("more than ", kMaxDescriptors, " descriptors beside a message"));
  }
  descriptors = std::move(datagram.descriptors);
  return absl::OkStatus();
}

void IpcChannel::Shutdown() const { shutdown(fd_.get(), SHUT_RDWR); }

}  // namespace accord
