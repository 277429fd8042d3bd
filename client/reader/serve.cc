#include "client/reader/serve.h"

#include <exception>
#include <new>
#include <vector>

#include "absl/time/time.h"
#include "base/file.h"
#include "base/status.h"
#include "client/ipc/row_stream.h"
#include "client/reader/confinement.h"
#include "client/reader/connection.h"
#include "client/reader/query.h"
#include "proto/accord/v1/trainer.pb.h"

namespace accord {
namespace {

constexpr size_t kMaxRequestBytes = size_t{256} << 10;

absl::Status SendRows(const v1::ReadRows& request, RowWriter& writer) {
  try {
    ACCORD_RETURN_IF_ERROR(ConfineReader());
    ACCORD_ASSIGN_OR_RETURN(ServerConnection connection,
                            ServerConnection::Open(request.source(), absl::Seconds(request.silence_s())));
    ACCORD_RETURN_IF_ERROR(KeepToOneConnection());
    return RunQuery(request, connection, writer);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("accord-reader has no memory left for the query's result");
  } catch (const std::exception&) {
    return absl::InternalError("accord-reader met a fault of its own");  // whose words could be a server's
  }
}

}  // namespace

absl::Status ServeRows(IpcChannel& channel) {
  v1::DaemonMessage message;
  std::vector<UniqueFd> descriptors;
  ACCORD_RETURN_IF_ERROR(channel.Receive(message, descriptors, absl::InfiniteDuration(), kMaxRequestBytes));
  if (!message.has_read_rows() || !message.read_rows().has_source() || descriptors.size() != 1) {
    return absl::InvalidArgumentError("a reader takes read_rows with one descriptor, and nothing else");
  }
  RowWriter writer(descriptors[0].get());
  const absl::Status sent = SendRows(message.read_rows(), writer);
  if (sent.ok()) return writer.End();
  writer.Fail(sent).IgnoreError();  // a trainer that is gone wants no reason
  return sent;
}

}  // namespace accord
