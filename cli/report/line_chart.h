// One quantity by round, drawn as inline SVG.
#pragma once

#include <string>
#include <vector>

#include "cli/report/markup.h"

namespace accord {

struct ChartPoint {
  double round = 0;
  double value = 0;
};

struct LineChart {
  std::string title;
  bool percent = false;            // values are shares of one
  std::vector<ChartPoint> points;  // by increasing round; values that are not finite, or beyond 1e300, are left out
};

// Round numbers (1, 2 or 5 times a power of ten apart) that cover [low, high], at most `most` of them, at least two.
// Any two numbers within +-1e300, also equal ones.
std::vector<double> AxisTicks(double low, double high, int most);

// Draws a figure with axes, the line, its last value and each point's value as a tooltip. Nothing for fewer than two
// finite points.
void DrawLineChart(const LineChart& chart, Markup& markup);

}  // namespace accord
