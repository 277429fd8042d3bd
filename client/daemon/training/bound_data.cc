#include "client/daemon/training/bound_data.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/validation/config_validation.h"

namespace accord {

BoundData BindData(v1::DatasetMapping mapping, const std::string& opt_out_list, bool sandboxed) {
  BoundData data;
  data.mapping = std::move(mapping);
  if (data.mapping.has_postgresql()) data.mapping.mutable_postgresql()->Clear();
  if (!data.mapping.no_persons()) data.opt_out_list = opt_out_list;
  std::vector<std::string*> paths = PathsIn(data.mapping);
  paths.push_back(&data.opt_out_list);
  for (std::string* path : paths) {
    if (path->empty()) continue;
    BoundFile file = {*path, *path};
    if (sandboxed) {
      const std::string name = std::filesystem::path(*path).filename();
      file.inside = absl::StrCat("/data/", data.files.size(), "/", name);
    }
    *path = file.inside;
    data.files.push_back(std::move(file));
  }
  // With the journal beside it SQLite sees that a transaction was not finished; without, it would read half of one.
  if (data.mapping.has_sqlite()) {
    const BoundFile& database = data.files.front();
    const std::string journal = absl::StrCat(database.outside, "-journal");
    if (access(journal.c_str(), F_OK) == 0) {
      data.files.push_back({journal, absl::StrCat(database.inside, "-journal"), /*may_go=*/true});
    }
  }
  return data;
}

BoundQuery BindQuery(const v1::PostgresqlSource& source, bool sandboxed) {
  BoundQuery query = {source, {}};
  if (!sandboxed) return query;
  for (const auto& [path, inside] : {std::pair{query.source.mutable_password_file(), "/server/password"},
                                     {query.source.mutable_ca_file(), "/server/ca.pem"}}) {
    if (path->empty()) continue;
    query.files.push_back({*path, inside, /*may_go=*/true});  // the reader tells of what is not there
    *path = inside;
  }
  if (!absl::StartsWith(source.host(), "/")) return query;
  // The socket alone: its folder may hold those of others. Without it the reader says that nobody answers.
  const std::string socket = absl::StrCat("/.s.PGSQL.", source.port());
  query.source.set_host("/server");
  query.files.push_back({absl::StrCat(source.host(), socket), absl::StrCat("/server", socket), /*may_go=*/true});
  return query;
}

std::string FilesVersion(const std::vector<BoundFile>& files) {
  std::string version;
  for (const BoundFile& file : files) {
    struct stat status;
    if (stat(file.outside.c_str(), &status) != 0) {
      absl::StrAppend(&version, "absent;");
      continue;
    }
    absl::StrAppend(&version, status.st_dev, ":", status.st_ino, ":", status.st_size, ":", status.st_mtim.tv_sec, ".",
                    status.st_mtim.tv_nsec, ";");
  }
  return version;
}

}  // namespace accord
