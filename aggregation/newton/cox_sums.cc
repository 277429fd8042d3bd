// Score and information of Cox's partial likelihood over one site's rows, in one pass from the longest time down.
//
// At an event time the risk set is everybody whose time is at least as long. Of d events at one time Efron takes, for
// l = 0 .. d - 1, the share l / d of those d out of the risk set again; Breslow takes none out.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "aggregation/newton/row_sums.h"

namespace accord {
namespace {

// Weighted sums over a set of rows, weight exp(eta).
struct Moments {
  explicit Moments(size_t size) : first(size), second(size * (size + 1) / 2) {}

  void Add(absl::Span<const double> z, double weight) {
    zeroth += weight;
    for (size_t i = 0; i < z.size(); ++i) first[i] += weight * z[i];
    AddOuter(z, weight, second);
  }
  void Clear() {
    zeroth = 0;
    std::fill(first.begin(), first.end(), 0);
    std::fill(second.begin(), second.end(), 0);
  }

  double zeroth = 0;
  std::vector<double> first;
  std::vector<double> second;
};

class CoxSummation {
 public:
  CoxSummation(const Regression& regression, const RegressionRows& rows, absl::Span<const double> coefficients,
               NewtonSums& sums)
      : regression_(regression),
        rows_(rows),
        coefficients_(coefficients),
        sums_(sums),
        centre_(regression.size()),
        z_(regression.size()),
        mean_(regression.size()),
        at_risk_(regression.size()),
        events_(regression.size()) {}

  void Run(const NewtonProgress& progress) {
    if (rows_.size() == 0) return;
    Prepare();
    for (size_t first = 0; first < order_.size();) {
      size_t end = first;
      const double time = rows_.targets[order_[first]];
      events_.Clear();
      uint64_t num_events = 0;
      while (end < order_.size() && rows_.targets[order_[end]] == time) {
        const size_t row = order_[end++];
        if (end % kRowsBetweenNewtonProgress == 0 && progress) progress(end, order_.size());
        LoadRow(row);
        const double weight = std::exp(eta_[row] - largest_eta_);
        at_risk_.Add(z_, weight);
        if (rows_.events[row] == 0) continue;
        ++num_events;
        events_.Add(z_, weight);
        sums_.objective += eta_[row] - largest_eta_;
        for (size_t i = 0; i < z_.size(); ++i) sums_.score[i] += z_[i];
      }
      for (uint64_t l = 0; l < num_events; ++l) {
        AddEvent(regression_.breslow ? 0 : static_cast<double>(l) / static_cast<double>(num_events));
      }
      sums_.events += num_events;
      first = end;
    }
  }

 private:
  // The order of rows, their linear predictors, and the columns' means: differences are what counts, and taken from the
  // mean they keep their digits.
  void Prepare() {
    order_.resize(rows_.size());
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::stable_sort(order_.begin(), order_.end(),
                     [this](size_t a, size_t b) { return rows_.targets[a] > rows_.targets[b]; });
    for (size_t row = 0; row < rows_.size(); ++row) {
      LoadRow(row);
      for (size_t i = 0; i < z_.size(); ++i) mean_[i] += z_[i] / static_cast<double>(rows_.size());
    }
    centre_ = mean_;
    eta_.resize(rows_.size());
    for (size_t row = 0; row < rows_.size(); ++row) {
      LoadRow(row);
      eta_[row] = std::inner_product(z_.begin(), z_.end(), coefficients_.begin(), 0.0);
    }
    // Factors that all weights share cancel; so none overflows.
    largest_eta_ = *std::max_element(eta_.begin(), eta_.end());
  }

  void LoadRow(size_t row) {
    const double* inputs = rows_.inputs.data() + row * z_.size();
    for (size_t i = 0; i < z_.size(); ++i) z_[i] = regression_.columns[i].ToUnit(inputs[i]) - centre_[i];
  }

  // One event, `share` of the tied ones' weight out of the risk set.
  void AddEvent(double share) {
    const double total = at_risk_.zeroth - share * events_.zeroth;
    sums_.objective -= std::log(total);
    for (size_t i = 0; i < mean_.size(); ++i) {
      mean_[i] = (at_risk_.first[i] - share * events_.first[i]) / total;
      sums_.score[i] -= mean_[i];
    }
    for (size_t k = 0; k < sums_.information.size(); ++k) {
      sums_.information[k] += (at_risk_.second[k] - share * events_.second[k]) / total;
    }
    AddOuter(mean_, -1, sums_.information);
  }

  const Regression& regression_;
  const RegressionRows& rows_;
  const absl::Span<const double> coefficients_;
  NewtonSums& sums_;
  std::vector<size_t> order_;  // longest time first
  std::vector<double> centre_;
  std::vector<double> eta_;
  double largest_eta_ = 0;
  std::vector<double> z_;  // of the row at hand, centred
  std::vector<double> mean_;
  Moments at_risk_;
  Moments events_;  // of the time at hand
};

}  // namespace

void SumCox(const Regression& regression, const RegressionRows& rows, absl::Span<const double> coefficients,
            const NewtonProgress& progress, NewtonSums& sums) {
  CoxSummation(regression, rows, coefficients, sums).Run(progress);
}

}  // namespace accord
