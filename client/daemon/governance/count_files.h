// How many files a folder holds, of folders that may hold only so many.
#pragma once

#include <cstddef>
#include <string>

namespace accord {

// 0 where the folder cannot be read.
size_t CountFiles(const std::string& folder);

}  // namespace accord
