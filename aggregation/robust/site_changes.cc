#include "aggregation/robust/site_changes.h"

#include "base/status.h"

namespace accord {
namespace {

// At least a few vector registers wide, at most what does no good any more.
size_t ColumnsIn(size_t bytes, size_t num_rows) {
  return std::clamp<size_t>(bytes / sizeof(double) / std::max<size_t>(num_rows, 1), 16, size_t{1} << 18);
}

}  // namespace

ChangeReader::ChangeReader(const SiteChanges& changes)
    : changes_(changes),
      tile_columns_(ColumnsIn(kTileBytes, changes.sites().size())),
      block_columns_(ColumnsIn(kBlockBytes, changes.sites().size())) {}

absl::Status ChangeReader::ReadBlock(uint64_t first, size_t size) {
  const size_t num_rows = changes_.sites().size();
  if (block_.size() < num_rows * size) block_.resize(num_rows * size);
  for (size_t row = 0; row < num_rows; ++row) {
    ACCORD_RETURN_IF_ERROR(changes_.Read(row, first, absl::MakeSpan(block_).subspan(row * size, size)));
  }
  return absl::OkStatus();
}

}  // namespace accord
