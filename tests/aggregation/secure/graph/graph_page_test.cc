// The table of docs/secure-sum-graph.md is what the finder says.
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "aggregation/secure/graph/graph_parameters.h"

namespace accord::secure {
namespace {

std::vector<std::string> CellsOf(absl::string_view line) {
  std::vector<std::string> cells;
  for (absl::string_view cell : absl::StrSplit(line, '|')) cells.emplace_back(absl::StripAsciiWhitespace(cell));
  return {cells.begin() + 1, cells.end() - 1};
}

// The lines of the table that begins with `head`, itself first, without the line of dashes.
std::vector<std::vector<std::string>> Table(absl::string_view head) {
  std::ifstream page(std::string(ACCORD_SOURCE_DIR) + "/docs/secure-sum-graph.md");
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(page, line);) {
    if (rows.empty() ? absl::StartsWith(line, head) : absl::StartsWith(line, "| ")) rows.push_back(CellsOf(line));
    if (!rows.empty() && line.empty()) break;
  }
  return rows;
}

std::string Found(const std::string& corrupt, const std::string& missing, const std::string& sites) {
  double corrupt_fraction = 0, dropout_fraction = 0;
  uint32_t num_sites = 0;
  EXPECT_TRUE(absl::SimpleAtod(corrupt, &corrupt_fraction));
  EXPECT_TRUE(absl::SimpleAtod(missing, &dropout_fraction));
  EXPECT_TRUE(absl::SimpleAtoi(sites, &num_sites));
  const auto found = FindGraphParameters({.num_sites = num_sites,
                                          .corrupt_sites = SitesInFraction(corrupt_fraction, num_sites).value(),
                                          .missing_sites = SitesInFraction(dropout_fraction, num_sites).value()});
  return found.ok() ? absl::StrCat(found->degree, "/", found->share_threshold) : "-";
}

TEST(GraphPage, ItsTableIsWhatTheFinderSays) {
  const auto rows = Table("| collude | missing |");
  ASSERT_GE(rows.size(), 5u);
  for (size_t row = 1; row < rows.size(); ++row) {
    ASSERT_EQ(rows[row].size(), rows[0].size());
    for (size_t column = 2; column < rows[0].size(); ++column) {
      EXPECT_EQ(rows[row][column], Found(rows[row][0], rows[row][1], rows[0][column]))
          << rows[0][column] << " sites, " << rows[row][0] << " collude, " << rows[row][1] << " missing";
    }
  }
}

}  // namespace
}  // namespace accord::secure
