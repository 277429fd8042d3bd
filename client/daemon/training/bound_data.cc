#include "client/daemon/training/bound_data.h"

#include <sys/stat.h>

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/validation/config_validation.h"

namespace accord {

BoundData BindData(v1::DatasetMapping mapping, const std::string& opt_out_list, bool sandboxed) {
  BoundData data;
  data.mapping = std::move(mapping);
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
  return data;
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
