// Sites' changes that a test made, for the rules that combine them.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/robust/site_changes.h"

namespace accord {

class ChangesInMemory : public SiteChanges {
 public:
  using Rows = std::vector<std::vector<double>>;

  // Of sites s00, s01 ...; without `rows` each has one.
  explicit ChangesInMemory(Rows changes, std::vector<uint64_t> rows = {}) : changes_(std::move(changes)) {
    for (size_t i = 0; i < changes_.size(); ++i) {
      sites_.push_back({absl::StrCat("s", i / 10, i % 10), rows.empty() ? 1 : rows[i]});
    }
  }

  const std::vector<Site>& sites() const override { return sites_; }
  uint64_t num_elements() const override { return changes_.front().size(); }
  absl::Status Read(size_t site, uint64_t first, absl::Span<double> out) const override {
    numbers_read_ += out.size();
    largest_read_ = std::max(largest_read_, out.size());
    std::copy_n(changes_[site].begin() + static_cast<std::ptrdiff_t>(first), out.size(), out.begin());
    return absl::OkStatus();
  }

  // How often each change was read, in the mean.
  double passes() const {
    return static_cast<double>(numbers_read_) / static_cast<double>(num_elements() * sites_.size());
  }
  size_t largest_read() const { return largest_read_; }

 private:
  Rows changes_;
  std::vector<Site> sites_;
  mutable size_t numbers_read_ = 0;
  mutable size_t largest_read_ = 0;
};

}  // namespace accord
