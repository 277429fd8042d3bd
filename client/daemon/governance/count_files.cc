#include "client/daemon/governance/count_files.h"

#include <filesystem>
#include <iterator>
#include <system_error>

namespace accord {

size_t CountFiles(const std::string& folder) {
  std::error_code error;
  const std::filesystem::directory_iterator files(folder, error);
  return error ? 0 : static_cast<size_t>(std::distance(begin(files), end(files)));
}

}  // namespace accord
