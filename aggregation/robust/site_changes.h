// The sites' changes of the model as a rule that combines them reads them: a matrix with a row for each site, of which
// a few columns are in memory at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace accord {

// Where they come from is the caller's. Numbers are finite. Reading is repeatable: the same bits every time.
class SiteChanges {
 public:
  struct Site {
    std::string name;
    uint64_t rows = 0;  // training rows behind the change, at least 1: the site's own word
  };
  virtual ~SiteChanges() = default;

  // In the order of their names, which settles ties and the order in which numbers are added.
  virtual const std::vector<Site>& sites() const = 0;
  virtual uint64_t num_elements() const = 0;
  // Elements [first, first + out.size()) of the change of sites()[site].
  virtual absl::Status Read(size_t site, uint64_t first, absl::Span<double> out) const = 0;
};

// Some columns of all rows: `num_rows` runs of `num_columns` numbers, one behind the other. A view.
struct ChangeTile {
  double* values = nullptr;
  size_t num_rows = 0;
  size_t num_columns = 0;
  size_t stride = 0;  // from row to row

  double* row(size_t i) const { return values + i * stride; }
  ChangeTile Columns(size_t first, size_t count) const {
    return {values + first, num_rows, std::min(count, num_columns - first), stride};
  }
};

// Reads all columns in order, as many at a time as kBlockBytes hold, so that memory does not grow with the number of
// sites. `visit(first, tile)` gets them in pieces that stay in a core's cache. Not thread-safe.
class ChangeReader {
 public:
  static constexpr size_t kBlockBytes = size_t{16} << 20;
  static constexpr size_t kTileBytes = size_t{128} << 10;

  explicit ChangeReader(const SiteChanges& changes);

  template <typename Visit>
  absl::Status ForEachTile(uint64_t first, uint64_t count, Visit visit) {
    for (const uint64_t end = first + count; first < end;) {
      const size_t size = static_cast<size_t>(std::min<uint64_t>(block_columns_, end - first));
      if (absl::Status read = ReadBlock(first, size); !read.ok()) return read;
      const ChangeTile block = {block_.data(), changes_.sites().size(), size, size};
      for (size_t done = 0; done < size; done += tile_columns_) {
        visit(first + done, block.Columns(done, tile_columns_));
      }
      first += size;
    }
    return absl::OkStatus();
  }
  template <typename Visit>
  absl::Status ForEachTile(Visit visit) {
    return ForEachTile(0, changes_.num_elements(), visit);
  }

 private:
  absl::Status ReadBlock(uint64_t first, size_t size);

  const SiteChanges& changes_;
  const size_t tile_columns_;
  const size_t block_columns_;
  std::vector<double> block_;
};

}  // namespace accord
