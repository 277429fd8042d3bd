#include "cli/report/line_chart.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/numbers.h"

namespace accord {
namespace {

// The drawing's own coordinates; the page scales it to its column.
constexpr double kWidth = 360, kHeight = 220;
constexpr double kLeft = 52, kRight = 14, kTop = 14, kBottom = 34;
// Beyond this a difference of two values may be no number.
constexpr double kLargestDrawn = 1e300;
// More circles than this run into each other.
constexpr size_t kMostDots = 40;

std::string Coordinate(double value) { return absl::StrFormat("%.2f", value); }

// Where values lie on the drawing.
class Scale {
 public:
  Scale(double low, double high, double from, double to) : low_(low), high_(high), from_(from), to_(to) {}
  double Place(double value) const { return from_ + (value - low_) / (high_ - low_) * (to_ - from_); }

 private:
  double low_, high_, from_, to_;
};

std::string TickLabel(double value, bool percent) {
  if (std::abs(value) < 1e-12) value = 0;
  return percent ? absl::StrFormat("%.3g %%", value * 100) : absl::StrFormat("%.4g", value);
}

std::string ValueLabel(double value, bool percent) { return percent ? ShareInPercent(value) : MetricInDigits(value); }

void DrawValueAxis(const std::vector<double>& ticks, const Scale& y, bool percent, Markup& markup) {
  for (const double tick : ticks) {
    const std::string at = Coordinate(y.Place(tick));
    markup.Single(
        "line",
        {{"class", "grid"}, {"x1", Coordinate(kLeft)}, {"x2", Coordinate(kWidth - kRight)}, {"y1", at}, {"y2", at}});
    markup.Element("text", TickLabel(tick, percent),
                   {{"class", "tick end"}, {"x", Coordinate(kLeft - 6)}, {"y", at}, {"dy", "0.32em"}});
  }
}

void DrawRoundAxis(const Scale& x, double first, double last, Markup& markup) {
  for (const double tick : AxisTicks(first, last, 6)) {
    if (tick < first || tick > last || tick != std::floor(tick)) continue;
    markup.Element(
        "text", absl::StrCat(static_cast<int64_t>(tick)),
        {{"class", "tick middle"}, {"x", Coordinate(x.Place(tick))}, {"y", Coordinate(kHeight - kBottom + 16)}});
  }
  markup.Element("text", "round",
                 {{"class", "tick end"}, {"x", Coordinate(kWidth - kRight)}, {"y", Coordinate(kHeight - 3)}});
}

void DrawCurve(const std::vector<ChartPoint>& points, const Scale& x, const Scale& y, bool percent, Markup& markup) {
  std::string path;
  for (const ChartPoint& point : points) {
    absl::StrAppend(&path, path.empty() ? "M" : " L", Coordinate(x.Place(point.round)), ",",
                    Coordinate(y.Place(point.value)));
  }
  markup.Single("path", {{"class", "curve"}, {"d", path}});
  for (size_t i = 0; i < points.size(); ++i) {
    const bool shown = points.size() <= kMostDots || i + 1 == points.size();
    markup.Open("circle", {{"class", shown ? "dot" : "dot hidden"},
                           {"cx", Coordinate(x.Place(points[i].round))},
                           {"cy", Coordinate(y.Place(points[i].value))},
                           {"r", i + 1 == points.size() ? "3.5" : "2.2"}});
    markup.Element("title", absl::StrCat("round ", static_cast<int64_t>(points[i].round), ": ",
                                         ValueLabel(points[i].value, percent)));
    markup.Close();
  }
}

}  // namespace

std::vector<double> AxisTicks(double low, double high, int most) {
  // Closer together than this, the steps between them are lost in a double's rounding, and ticks would not move on.
  const double largest = std::max(std::abs(low), std::abs(high));
  if (!(high - low > std::max(largest * 1e-9, 1e-300))) {
    const double margin = std::max(largest * 0.05, 1e-3);
    low -= margin;
    high += margin;
  }
  const double power = std::pow(10, std::floor(std::log10((high - low) / most)));
  for (const double step : {power, 2 * power, 5 * power, 10 * power, 20 * power}) {
    const double first = std::floor(low / step), last = std::ceil(high / step);
    if (last - first + 1 > most) continue;
    std::vector<double> ticks;
    for (double i = first; i <= last; ++i) ticks.push_back(i * step);
    return ticks;
  }
  return {low, high};
}

void DrawLineChart(const LineChart& chart, Markup& markup) {
  std::vector<ChartPoint> points;
  for (const ChartPoint& point : chart.points) {
    if (std::abs(point.value) <= kLargestDrawn) points.push_back(point);
  }
  if (points.size() < 2) return;
  const auto [least, most] = std::minmax_element(
      points.begin(), points.end(), [](const ChartPoint& a, const ChartPoint& b) { return a.value < b.value; });
  const std::vector<double> ticks = AxisTicks(least->value, most->value, 6);
  const Scale x(points.front().round, points.back().round, kLeft + 4, kWidth - kRight - 6);
  const Scale y(ticks.front(), ticks.back(), kHeight - kBottom, kTop);

  markup.Open("figure", {{"class", "chart"}});
  markup.Open("figcaption").Text(absl::StrCat(chart.title, " "));
  markup.Element("strong", ValueLabel(points.back().value, chart.percent)).Close();
  markup.Open("svg", {{"viewBox", absl::StrFormat("0 0 %.0f %.0f", kWidth, kHeight)},
                      {"role", "img"},
                      {"aria-label", absl::StrCat(chart.title, " by round")}});
  DrawValueAxis(ticks, y, chart.percent, markup);
  DrawRoundAxis(x, points.front().round, points.back().round, markup);
  DrawCurve(points, x, y, chart.percent, markup);
  markup.Close().Close();
}

}  // namespace accord
