#include "tests/simulation/secure/mask_algebra.h"

#include <algorithm>
#include <utility>

namespace accord::secure::simulation {
namespace {

constexpr int64_t kPrime = 2147483647;  // 2^31 - 1: products fit 64 bits

using Vector = std::vector<int64_t>;

int64_t Power(int64_t base, int64_t exponent) {
  int64_t result = 1;
  for (; exponent > 0; exponent >>= 1, base = base * base % kPrime) {
    if (exponent & 1) result = result * base % kPrime;
  }
  return result;
}

// Reduced row echelon form over the first `num_columns` columns; rows keep their other columns along. The rows whose
// first columns are zero come last.
size_t Reduce(std::vector<Vector>& rows, size_t num_columns) {
  size_t rank = 0;
  for (size_t column = 0; column < num_columns && rank < rows.size(); ++column) {
    size_t pivot = rank;
    while (pivot < rows.size() && rows[pivot][column] == 0) ++pivot;
    if (pivot == rows.size()) continue;
    std::swap(rows[rank], rows[pivot]);
    const int64_t inverse = Power(rows[rank][column], kPrime - 2);
    for (int64_t& value : rows[rank]) value = value * inverse % kPrime;
    for (size_t other = 0; other < rows.size(); ++other) {
      const int64_t factor = rows[other][column];
      if (other == rank || factor == 0) continue;
      for (size_t i = 0; i < rows[other].size(); ++i) {
        rows[other][i] = (rows[other][i] + (kPrime - factor) * rows[rank][i]) % kPrime;
      }
    }
    ++rank;
  }
  return rank;
}

template <typename Keys>
size_t IndexIn(const Keys& keys, const std::string& key) {
  return static_cast<size_t>(std::distance(keys.begin(), keys.find(key)));
}

}  // namespace

std::vector<MaskAlgebra::Combination> MaskAlgebra::Computable() const {
  std::set<std::string> unknown;
  std::set<std::string> vectors;
  for (const Row& row : rows_) {
    vectors.insert(row.vector);
    for (const auto& [mask, sign] : row.masks) {
      if (!known_.contains(mask)) unknown.insert(mask);
    }
  }
  std::vector<Vector> matrix;
  for (const Row& row : rows_) {
    Vector& line = matrix.emplace_back(unknown.size() + vectors.size());
    for (const auto& [mask, sign] : row.masks) {
      if (!known_.contains(mask)) line[IndexIn(unknown, mask)] = (sign + kPrime) % kPrime;
    }
    line[unknown.size() + IndexIn(vectors, row.vector)] = 1;
  }
  const size_t rank = Reduce(matrix, unknown.size());
  std::vector<Vector> free;
  for (size_t i = rank; i < matrix.size(); ++i) {
    free.emplace_back(matrix[i].begin() + static_cast<std::ptrdiff_t>(unknown.size()), matrix[i].end());
  }
  free.resize(Reduce(free, vectors.size()));
  std::vector<Combination> basis;
  for (const Vector& line : free) {
    Combination& combination = basis.emplace_back();
    for (const std::string& vector : vectors) {
      if (const int64_t factor = line[IndexIn(vectors, vector)]; factor != 0) combination[vector] = factor;
    }
  }
  return basis;
}

bool Exposes(const std::vector<MaskAlgebra::Combination>& basis, const std::string& vector) {
  std::set<std::string> vectors = {vector};
  for (const auto& combination : basis) {
    for (const auto& [name, factor] : combination) vectors.insert(name);
  }
  std::vector<Vector> rows;
  for (const auto& combination : basis) {
    Vector& row = rows.emplace_back(vectors.size());
    for (const auto& [name, factor] : combination) row[IndexIn(vectors, name)] = factor;
  }
  const size_t before = Reduce(rows, vectors.size());
  rows.emplace_back(vectors.size())[IndexIn(vectors, vector)] = 1;
  return Reduce(rows, vectors.size()) == before;
}

}  // namespace accord::secure::simulation
