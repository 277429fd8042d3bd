// Rows made up from a seed, as a trainer finds them in files and as it holds them once it has read them.
#pragma once

#include <cstdint>
#include <string>

#include "bench/federation/federation.h"
#include "models/examples.h"

namespace accord::bench {

struct MadeUpData {
  SiteDataset dataset;
  Examples rows;
};

// Numbers of 0 to 1 in columns x0, x1 and so on; the target y is "low" or "high" by chance. Nothing is held out.
MadeUpData MadeUpTable(const std::string& name, uint32_t rows, int columns);

// Square grey images with labels 0 and 1, by chance.
MadeUpData MadeUpImages(const std::string& name, uint32_t rows, uint32_t side);

}  // namespace accord::bench
