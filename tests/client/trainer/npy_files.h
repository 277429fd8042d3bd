// NumPy files as numpy.save writes them.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace accord {

inline std::string NpyOf(const std::string& literal, const std::string& data, char version = 1) {
  std::string header = literal;
  const size_t front = version == 1 ? 10 : 12;
  header.append((64 - (front + header.size() + 1) % 64) % 64, ' ');
  header.push_back('\n');
  std::string file = "\x93NUMPY";
  file += {version, 0, static_cast<char>(header.size()), static_cast<char>(header.size() >> 8)};
  if (version != 1) file += std::string(2, '\0');
  return file + header + data;
}

// `shape` as Python writes it: "(3, 4)".
template <typename Number>
std::string Npy(const std::string& type, const std::string& shape, const std::vector<Number>& values) {
  return NpyOf(absl::StrCat("{'descr': '", type, "', 'fortran_order': False, 'shape': ", shape, ", }"),
               std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Number)));
}

}  // namespace accord
