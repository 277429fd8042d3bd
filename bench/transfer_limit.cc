#include "bench/transfer_limit.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status.h"

namespace accord::bench {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(120);

// The first line of `output` after `prefix`. The last line may still be in the writing.
absl::StatusOr<std::string> LineAfter(const std::string& output, const std::string& prefix) {
  const size_t start = output.find(prefix);
  const size_t end = output.find('\n', start);
  if (start == std::string::npos || end == std::string::npos) {
    return absl::InternalError(absl::StrCat("accord-bench-transfer did not say '", prefix, "'"));
  }
  return output.substr(start + prefix.size(), end - start - prefix.size());
}

std::vector<std::string> TlsArguments(const TlsFiles& files) {
  return {"--certificate", files.certificate, "--key", files.key, "--ca", files.ca};
}

}  // namespace

absl::StatusOr<std::unique_ptr<TransferGroup>> TransferGroup::Start(Federation& federation, uint64_t num_bytes) {
  std::unique_ptr<TransferGroup> group(new TransferGroup);
  const std::string program = federation.Binary("accord-bench-transfer");
  const auto start = [&](std::vector<std::string> argv, const TlsFiles& tls, const std::string& log, bool input) {
    for (std::string& argument : TlsArguments(tls)) argv.push_back(std::move(argument));
    return Process::Start({argv, absl::StrCat(federation.folder(), "/", log), {}, input});
  };
  ACCORD_ASSIGN_OR_RETURN(group->server_,
                          start({program, "serve"}, federation.CoordinatorTls(), "transfer-server.log", false));
  ACCORD_RETURN_IF_ERROR(group->server_.WaitForOutput("\n", kTimeout));
  ACCORD_ASSIGN_OR_RETURN(const std::string port, LineAfter(group->server_.Output(), "port "));
  for (size_t i = 0; i < federation.num_sites(); ++i) {
    ACCORD_ASSIGN_OR_RETURN(
        Process client,
        start({program, "move", "--address", absl::StrCat("localhost:", port), "--bytes", absl::StrCat(num_bytes)},
              federation.SiteTls(i), absl::StrCat("transfer-client-", i, ".log"), true));
    group->clients_.push_back(std::move(client));
  }
  for (Process& client : group->clients_) ACCORD_RETURN_IF_ERROR(client.WaitForOutput("ready\n", kTimeout));
  return group;
}

absl::StatusOr<double> TransferGroup::Move() {
  const std::string order = absl::StrCat("#", ++moves_, ";");
  for (Process& client : clients_) ACCORD_RETURN_IF_ERROR(client.WriteInput(order + "\n"));
  double slowest = 0;
  for (Process& client : clients_) {
    const std::string prefix = absl::StrCat("moved ", order, " ");
    ACCORD_RETURN_IF_ERROR(client.WaitForOutput(prefix, kTimeout));
    ACCORD_ASSIGN_OR_RETURN(const std::string text, LineAfter(client.Output(), prefix));
    double seconds = 0;
    if (!absl::SimpleAtod(text, &seconds)) return absl::InternalError("accord-bench-transfer printed no number");
    slowest = std::max(slowest, seconds);
  }
  return slowest;
}

absl::StatusOr<double> DurableWriteSeconds(const std::string& folder, uint64_t num_bytes) {
  const std::string content(num_bytes, 'x');
  const std::string path = folder + "/durable-write";
  const auto start = std::chrono::steady_clock::now();
  UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file.valid()) return ErrnoError("open", path);
  ACCORD_RETURN_IF_ERROR(WriteFully(file.get(), content.data(), content.size(), 0));
  if (fsync(file.get()) != 0) return ErrnoError("sync", path);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  unlink(path.c_str());
  return took.count();
}

}  // namespace accord::bench
