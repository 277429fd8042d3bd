// What linear combinations of the sites' vectors somebody can compute who holds masked vectors and some of the masks'
// seeds. Vectors and masks are formal symbols; a mask whose seed is unknown is as good as random, so only combinations
// in which all unknown masks cancel show anything.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace accord::secure::simulation {

class MaskAlgebra {
 public:
  // One masked vector: the vector's symbol and the masks added (+1) or subtracted (-1).
  struct Row {
    std::string vector;
    std::map<std::string, int> masks;
  };
  void Hold(Row row) { rows_.push_back(std::move(row)); }
  void Know(const std::string& mask) { known_.insert(mask); }

  // A basis, in reduced form, of the space of combinations of vectors that can be computed: each a map from vectors to
  // coefficients. Coefficients are taken modulo a large prime; those of masks are 1 and -1, so that nothing depends on
  // which ring the numbers are in.
  using Combination = std::map<std::string, int64_t>;
  std::vector<Combination> Computable() const;

 private:
  std::vector<Row> rows_;
  std::set<std::string> known_;
};

// Whether `vector` alone, times some factor, is in the space that `basis` spans.
bool Exposes(const std::vector<MaskAlgebra::Combination>& basis, const std::string& vector);

}  // namespace accord::secure::simulation
