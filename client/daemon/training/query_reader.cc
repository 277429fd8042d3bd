#include "client/daemon/training/query_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/daemon/training/bound_data.h"
#include "client/daemon/training/sandbox.h"
#include "client/daemon/training/socket_folder.h"
#include "client/ipc/channel.h"
#include "proto/accord/v1/trainer.pb.h"

namespace accord {
namespace {

// The reader gives a server up before the daemon gives the trainer up that waits for it: then there is a reason to
// tell.
uint32_t PatienceSeconds(absl::Duration silence) {
  return static_cast<uint32_t>(std::max<int64_t>(absl::ToInt64Seconds(silence * 3 / 4), 1));
}

SandboxPlan PlanFor(const QueryReader::Options& options, const BoundQuery& query, int channel_fd) {
  SandboxPlan plan;
  plan.name = options.name;
  plan.program_path = options.reader_path;
  plan.arguments = {"serve", "--channel-fd", absl::StrCat(kChannelFd)};
  plan.files = query.files;
  plan.mode = options.mode;
  plan.channel_fd = channel_fd;
  plan.network = true;
  return plan;
}

}  // namespace

absl::StatusOr<std::unique_ptr<QueryReader>> QueryReader::Start(ProcessKeeper& keeper, const Options& options) {
  ACCORD_RETURN_IF_ERROR(CheckSocketFolder(options.source));
  const BoundQuery query = BindQuery(options.source, options.mode != v1::Sandbox::OFF_AND_SAY_SO_IN_EVERY_REPORT);
  v1::DaemonMessage message;
  *message.mutable_read_rows()->mutable_source() = query.source;
  message.mutable_read_rows()->set_max_bytes(options.max_bytes);
  message.mutable_read_rows()->set_silence_s(PatienceSeconds(options.silence));
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return ErrnoError("make", "a pipe");
  UniqueFd rows(ends[0]);
  const UniqueFd written(ends[1]);  // the reader's copy is the last one, so that its end is seen
  ACCORD_ASSIGN_OR_RETURN(auto channel, IpcChannel::MakePair());
  ACCORD_ASSIGN_OR_RETURN(std::shared_ptr<KeptProcess> process,
                          keeper.Spawn(RequestFor(PlanFor(options, query, channel.second.fd()))));
  ACCORD_RETURN_IF_ERROR(channel.first.Send(message, {written.get()}));
  return std::unique_ptr<QueryReader>(new QueryReader(std::move(process), std::move(rows)));
}

}  // namespace accord
