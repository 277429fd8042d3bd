// The rows of one synthetic site, one after the other, and what a job will meet among them.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <vector>

#include "base/random_stream.h"
#include "cli/synthetic/ground_truth.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// Index drawn with the given shares, which sum to 1.
size_t DrawShare(const std::vector<double>& shares, RandomStream& stream);

// Where the site has class shares of its own, rows of the other class wait until theirs is drawn, so that the rows of a
// class are the common ones (label skew changes how many there are, not what they are like). A class that the truth
// gives to almost nobody takes rows of others.
class SiteRows {
 public:
  // `truth` must outlive it.
  SiteRows(const GroundTruth& truth, SiteShift shift, RandomStream stream);
  SyntheticRow Next();

 private:
  const GroundTruth& truth_;
  const SiteShift shift_;
  RandomStream stream_;
  std::vector<std::deque<SyntheticRow>> waiting_;  // by class
};

// Takes note of rows as they are written.
class RowFacts {
 public:
  explicit RowFacts(const v1::DataSchema& schema);
  void Take(const SyntheticRow& row);
  void TakeClass(size_t index) { ++class_rows_[index]; }
  // Features with one value in all rows in which there is one, or with none at all.
  std::vector<std::string> ConstantColumns() const;
  // Levels of the target that no row has.
  std::vector<std::string> MissingClasses() const;

 private:
  struct Range {
    double least = std::numeric_limits<double>::infinity();
    double most = -std::numeric_limits<double>::infinity();
  };
  const v1::DataSchema& schema_;
  std::vector<Range> ranges_;
  std::vector<uint64_t> class_rows_;
};

}  // namespace accord
