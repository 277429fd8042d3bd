#include "client/daemon/training/bound_data.h"

#include <sys/stat.h>

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"

namespace accord {

BoundData BindData(v1::DatasetMapping mapping, bool sandboxed) {
  BoundData data;
  data.mapping = std::move(mapping);
  const auto bind = [&](std::string* path) {
    if (path->empty()) return;
    BoundFile file = {*path, *path};
    if (sandboxed) {
      const std::string name = std::filesystem::path(*path).filename();
      file.inside = absl::StrCat("/data/", data.files.size(), "/", name);
    }
    *path = file.inside;
    data.files.push_back(std::move(file));
  };
  if (data.mapping.has_csv()) bind(data.mapping.mutable_csv()->mutable_file());
  if (data.mapping.has_idx()) {
    v1::IdxSource& idx = *data.mapping.mutable_idx();
    for (std::string* path :
         {idx.mutable_images(), idx.mutable_labels(), idx.mutable_test_images(), idx.mutable_test_labels()}) {
      bind(path);
    }
  }
  if (data.mapping.split().has_file()) bind(data.mapping.mutable_split()->mutable_file()->mutable_file());
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
