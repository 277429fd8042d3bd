// A datagram from the trainer's process, as the daemon receives it. An input whose first byte is 1 is a header of 9
// bytes and then the content of the memory file beside it; any other is the datagram itself.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "client/ipc/channel.h"
#include "proto/accord/v1/trainer.pb.h"
#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz::trainer_message {
namespace {

constexpr size_t kFileHeaderBytes = 9;
constexpr size_t kMaxBytes = 1 << 16;  // of a message

struct Ends {
  UniqueFd raw;  // what the hostile process holds
  IpcChannel channel;
};

Ends MakeEnds() {
  int ends[2];
  Require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0, "a socket pair can be made");
  return {UniqueFd(ends[0]), IpcChannel(UniqueFd(ends[1]))};
}

UniqueFd SealedFile(absl::string_view content) {
  UniqueFd file(memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  Require(write(file.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size()),
          "memory can be had");
  fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
  return file;
}

bool SendRaw(int fd, absl::string_view datagram, int descriptor) {
  iovec part = {const_cast<char*>(datagram.data()), datagram.size()};
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  if (descriptor >= 0) {
    header.msg_control = control;
    header.msg_controllen = sizeof(control);
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &descriptor, sizeof(int));
  }
  return sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(datagram.size());
}

bool SendInput(int fd, absl::string_view bytes) {
  if (bytes.size() < kFileHeaderBytes || bytes[0] != 1) return SendRaw(fd, bytes, -1);
  const UniqueFd file = SealedFile(bytes.substr(kFileHeaderBytes));
  return SendRaw(fd, bytes.substr(0, kFileHeaderBytes), file.get());
}

std::string Inline(const v1::TrainerMessage& message) { return std::string(1, '\0') + message.SerializeAsString(); }

std::string InFile(const v1::TrainerMessage& message) {
  const std::string content = message.SerializeAsString();
  const uint64_t size = content.size();
  std::string bytes(kFileHeaderBytes, '\1');
  std::memcpy(bytes.data() + 1, &size, sizeof(size));
  return bytes + content;
}

}  // namespace

std::vector<std::string> Seeds() {
  v1::TrainerMessage computed, failed, report;
  computed.mutable_computed()->set_train_rows(100);
  failed.mutable_failed()->set_reason("the update was not a number");
  report.mutable_data_report()->set_rows(7);
  report.mutable_data_report()->add_faults()->set_problem("not a number");
  return {Inline(computed), Inline(failed), InFile(report)};
}

bool Take(absl::string_view bytes) {
  if (bytes.empty()) return false;  // no datagram, but the end
  Ends ends = MakeEnds();
  if (!SendInput(ends.raw.get(), bytes)) return false;
  v1::TrainerMessage message;
  std::vector<UniqueFd> descriptors;
  const absl::Status first = ends.channel.Receive(message, descriptors, absl::ZeroDuration(), kMaxBytes);
  v1::TrainerMessage ready;
  ready.mutable_ready();
  Require(SendInput(ends.raw.get(), Inline(ready)), "the channel takes another datagram");
  const absl::Status second = ends.channel.Receive(message, descriptors, absl::ZeroDuration(), kMaxBytes);
  Require(second.ok() && message.has_ready(), "a bad datagram leaves the channel usable");
  return first.ok();
}

const FuzzTarget kTarget("trainer_message", &Seeds, &Take);

}  // namespace accord::fuzz::trainer_message
