// Time stamps on a log's heads.
#include <optional>
#include <string>

#include "base/status.h"
#include "coordinator/store/log_rows.h"
#include "coordinator/store/log_store.h"

namespace accord {

absl::Status LogStore::AddStamp(const std::string& project, uint64_t tree_size, absl::Time time,
                                absl::string_view token) {
  return database_.Write("keep a time stamp in", [&](soci::session& sql) -> absl::Status {
    ACCORD_ASSIGN_OR_RETURN(const LogRow log, GetLogRow(sql, project));
    ACCORD_RETURN_IF_ERROR(ReadLogHead(sql, log, tree_size).status());
    const auto size = static_cast<long long>(tree_size);
    const auto stamped_ms = static_cast<long long>(absl::ToUnixMillis(time));
    int num_same = 0;
    sql << "SELECT COUNT(*) FROM log_stamps WHERE log = :log AND size = :size AND stamped_ms = :stamped",
        soci::into(num_same), soci::use(log.log), soci::use(size), soci::use(stamped_ms);
    if (num_same > 0) return absl::OkStatus();  // as good as this one
    BlobParameter bytes(sql, token);
    sql << "INSERT INTO log_stamps (log, size, stamped_ms, token) VALUES (:log, :size, :stamped, :token)",
        soci::use(log.log), soci::use(size), soci::use(stamped_ms), soci::use(bytes.get());
    long long first_ms = 0, last_ms = 0;
    sql << "SELECT MIN(stamped_ms), MAX(stamped_ms) FROM log_stamps WHERE log = :log AND size = :size",
        soci::into(first_ms), soci::into(last_ms), soci::use(log.log), soci::use(size);
    sql << "DELETE FROM log_stamps WHERE log = :log AND size = :size AND stamped_ms > :first AND stamped_ms < :last",
        soci::use(log.log), soci::use(size), soci::use(first_ms), soci::use(last_ms);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::optional<KeptStamp>> LogStore::NewestStamp(const std::string& project) {
  std::optional<KeptStamp> newest;
  ACCORD_RETURN_IF_ERROR(database_.Read("read a time stamp from", [&](soci::session& sql) -> absl::Status {
    ACCORD_ASSIGN_OR_RETURN(const LogRow log, GetLogRow(sql, project));
    long long size = 0, stamped_ms = 0;
    soci::blob token(sql);
    sql << "SELECT size, stamped_ms, token FROM log_stamps WHERE log = :log ORDER BY stamped_ms DESC, size DESC LIMIT "
           "1",
        soci::into(size), soci::into(stamped_ms), soci::into(token), soci::use(log.log);
    if (!sql.got_data()) return absl::OkStatus();
    ACCORD_ASSIGN_OR_RETURN(SignedLogHead head, ReadLogHead(sql, log, static_cast<uint64_t>(size)));
    newest = KeptStamp{std::move(head), BlobBytes(token), absl::FromUnixMillis(stamped_ms)};
    return absl::OkStatus();
  }));
  return newest;
}

}  // namespace accord
