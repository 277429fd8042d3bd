#include "client/daemon/control/control_server.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include "base/status.h"
#include "client/ipc/channel.h"

namespace accord {
namespace {

// A Unix address holds 107 characters, a path may be longer: so the folder is opened, and the address goes through it.
struct Address {
  UniqueFd folder;
  sockaddr_un address = {};
};

absl::StatusOr<Address> AddressOf(const std::string& path) {
  const std::filesystem::path full(path);
  Address result;
  result.folder.Reset(open(full.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!result.folder.valid()) return ErrnoError("open the folder of", path);
  const std::string text = absl::StrCat("/proc/self/fd/", result.folder.get(), "/", full.filename().string());
  if (text.size() >= sizeof(result.address.sun_path)) {
    return absl::InvalidArgumentError(absl::StrCat("the socket's file name is too long: ", path));
  }
  result.address.sun_family = AF_UNIX;
  std::memcpy(result.address.sun_path, text.data(), text.size());
  return result;
}

const sockaddr* Generic(const Address& address) { return reinterpret_cast<const sockaddr*>(&address.address); }

absl::StatusOr<UniqueFd> MakeSocket(int flags) {
  UniqueFd socket_fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0));
  if (!socket_fd.valid()) return ErrnoError("make", "a socket");
  return socket_fd;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ControlServer>> ControlServer::Start(const std::string& path, Handler handler) {
  ACCORD_ASSIGN_OR_RETURN(const Address address, AddressOf(path));
  ACCORD_ASSIGN_OR_RETURN(UniqueFd listener, MakeSocket(SOCK_NONBLOCK));
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return ErrnoError("remove the old socket", path);
  // The mode of a socket file comes from its descriptor's at bind: nobody else can connect, not even for a moment.
  if (fchmod(listener.get(), 0600) != 0 || bind(listener.get(), Generic(address), sizeof(sockaddr_un)) != 0 ||
      chmod(path.c_str(), 0600) != 0 || listen(listener.get(), 8) != 0) {
    return ErrnoError("listen on", path);
  }
  UniqueFd stop(eventfd(0, EFD_CLOEXEC));
  if (!stop.valid()) return ErrnoError("make", "an eventfd");
  return std::unique_ptr<ControlServer>(
      new ControlServer(path, std::move(listener), std::move(stop), std::move(handler)));
}

ControlServer::ControlServer(std::string path, UniqueFd listener, UniqueFd stop, Handler handler)
    : path_(std::move(path)),
      listener_(std::move(listener)),
      stop_(std::move(stop)),
      handler_(std::move(handler)),
      thread_([this] { Run(); }) {}

ControlServer::~ControlServer() {
  eventfd_write(stop_.get(), 1);
  thread_.join();
  unlink(path_.c_str());
}

void ControlServer::Run() {
  while (true) {
    pollfd waiting[] = {{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    if (poll(waiting, 2, -1) < 0 && errno != EINTR) return;
    if (waiting[1].revents != 0) return;
    if ((waiting[0].revents & POLLIN) == 0) continue;
    UniqueFd caller(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (caller.valid()) Serve(std::move(caller));
  }
}

void ControlServer::Serve(UniqueFd caller) {
  IpcChannel channel(std::move(caller));
  v1::ControlRequest request;
  std::vector<UniqueFd> descriptors;  // received and closed: nobody needs to send any
  if (!channel.Receive(request, descriptors, kPatience).ok()) return;
  // A caller that has gone does not hear the answer; nothing else is to be done about it.
  (void)channel.Send(handler_(request));
}

absl::StatusOr<v1::ControlReply> AskDaemon(const std::string& path, const v1::ControlRequest& request,
                                           absl::Duration timeout) {
  const absl::Status none = absl::UnavailableError(
      absl::StrCat("no daemon listens at ", path, "; start it with `accord-client run` or the service accord-client"));
  auto address = AddressOf(path);
  if (!address.ok()) return none;
  ACCORD_ASSIGN_OR_RETURN(UniqueFd socket_fd, MakeSocket(0));
  if (connect(socket_fd.get(), Generic(*address), sizeof(sockaddr_un)) != 0) {
    if (errno == EACCES) return ErrnoError("talk to the daemon at", path);
    return none;
  }
  IpcChannel channel(std::move(socket_fd));
  ACCORD_RETURN_IF_ERROR(channel.Send(request));
  v1::ControlReply reply;
  std::vector<UniqueFd> descriptors;
  ACCORD_RETURN_IF_ERROR(Annotate(channel.Receive(reply, descriptors, timeout), "the daemon's answer"));
  return reply;
}

}  // namespace accord
