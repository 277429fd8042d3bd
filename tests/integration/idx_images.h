// Labelled images in the IDX format (a header, then the items), as MNIST and MedMNIST are published, cut into shares.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/federation/federation.h"

namespace accord {

struct IdxImages {
  std::string images;  // with their header of 16 bytes
  std::string labels;  // with their header of 8 bytes

  // Unpacks two files of bytes; the test fails when they cannot be read.
  static IdxImages Unpack(const std::string& images_gz, const std::string& labels_gz);

  size_t size() const;
  uint8_t label(size_t index) const;
  IdxImages Choose(const std::vector<size_t>& indices) const;
  // Every `step`-th one from `first` on: a site's share of what all sites hold out.
  IdxImages EveryNth(size_t first, size_t step) const;
};

// A site's images under the names that the example mappings read.
bench::SiteDataset ImageDataset(const std::string& name, const std::string& mapping, const IdxImages& train,
                                const IdxImages& held_out);

}  // namespace accord
