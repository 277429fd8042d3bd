// Every small table: what is shown, and what a reader could work out from it.
#include "aggregation/evaluation/suppression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace accord {
namespace {

using ::testing::ElementsAre;

using Table = std::vector<std::vector<uint64_t>>;

// All tables of so many cells and classes with counts up to `most`.
std::vector<Table> AllTables(size_t cells, size_t classes, uint64_t most) {
  std::vector<Table> tables;
  const size_t places = cells * classes;
  std::vector<uint64_t> counts(places);
  for (;;) {
    Table table(cells, std::vector<uint64_t>(classes));
    for (size_t i = 0; i < places; ++i) table[i / classes][i % classes] = counts[i];
    tables.push_back(table);
    size_t place = 0;
    while (place < places && counts[place] == most) counts[place++] = 0;
    if (place == places) return tables;
    ++counts[place];
  }
}

std::vector<uint64_t> Totals(const Table& table) {
  std::vector<uint64_t> totals(table[0].size());
  for (const auto& cell : table) {
    for (size_t k = 0; k < totals.size(); ++k) totals[k] += cell[k];
  }
  return totals;
}

uint64_t Rows(const std::vector<uint64_t>& cell) {
  uint64_t rows = 0;
  for (const uint64_t count : cell) rows += count;
  return rows;
}

// What a reader sees: the totals, the shown cells, and which are not.
std::string Published(const Table& table, const std::vector<bool>& withheld) {
  std::string text = absl::StrJoin(Totals(table), ",");
  for (size_t c = 0; c < table.size(); ++c) {
    absl::StrAppend(&text, ";", withheld[c] ? "?" : absl::StrJoin(table[c], ","));
  }
  return text;
}

struct Size {
  size_t cells;
  size_t classes;
  uint64_t most;
  uint64_t minimum;
};

class EveryTable : public ::testing::TestWithParam<Size> {};

TEST_P(EveryTable, ShowsNoCellBelowTheMinimumAndLeavesNoneToSubtraction) {
  const auto [cells, classes, most, minimum] = GetParam();
  for (const Table& table : AllTables(cells, classes, most)) {
    const std::vector<bool> withheld = CellsToWithhold(table, minimum);
    SCOPED_TRACE(Published(table, std::vector<bool>(cells)));
    int with_rows = 0;
    int hidden_with_rows = 0;
    bool any_small = false;
    bool any_withheld = false;
    std::vector<uint64_t> together(classes);
    for (size_t c = 0; c < cells; ++c) {
      with_rows += Rows(table[c]) > 0;
      any_withheld = any_withheld || withheld[c];
      for (size_t k = 0; k < classes; ++k) {
        const bool small = IsBelowCell(table[c][k], minimum);
        any_small = any_small || small;
        ASSERT_TRUE(!small || withheld[c]);
        if (withheld[c]) together[k] += table[c][k];
      }
      hidden_with_rows += withheld[c] && Rows(table[c]) > 0;
    }
    ASSERT_EQ(any_small, any_withheld) << "no cell is withheld for nothing";
    if (!any_small || hidden_with_rows == with_rows) continue;  // where all are withheld the total alone is known
    ASSERT_GE(hidden_with_rows, 2);
    for (const uint64_t count : together) ASSERT_FALSE(IsBelowCell(count, minimum));
  }
}

// The reader knows this program, too: of all tables that would be published alike, each withheld cell must have at
// least two values. Where the totals themselves are too small, they are not published, and there is nothing to show.
TEST_P(EveryTable, WithheldCellsStayOpenEvenForAReaderWhoKnowsTheRule) {
  const auto [cells, classes, most, minimum] = GetParam();
  // Of totals up to `most` all tables are here.
  std::map<std::string, std::vector<std::set<std::string>>> values;
  std::set<std::string> judged;
  for (const Table& table : AllTables(cells, classes, most)) {
    const std::vector<bool> withheld = CellsToWithhold(table, minimum);
    const std::string published = Published(table, withheld);
    auto& seen = values[published];
    seen.resize(cells);
    bool totals_shown = true;
    for (const uint64_t total : Totals(table)) {
      totals_shown = totals_shown && total <= most && !IsBelowCell(total, minimum);
    }
    if (totals_shown) judged.insert(published);
    for (size_t c = 0; c < cells; ++c) {
      if (withheld[c]) seen[c].insert(absl::StrJoin(table[c], ","));
    }
  }
  for (const std::string& published : judged) {
    for (const auto& cell : values[published]) ASSERT_NE(cell.size(), 1u) << published;
  }
}

INSTANTIATE_TEST_SUITE_P(Small, EveryTable,
                         ::testing::Values(Size{2, 1, 12, 4}, Size{3, 1, 14, 3}, Size{3, 1, 20, 5}, Size{4, 1, 10, 3},
                                           Size{5, 1, 7, 2}, Size{2, 2, 8, 3}, Size{3, 2, 5, 3}, Size{3, 2, 5, 2}),
                         [](const auto& info) {
                           return absl::StrCat(info.param.cells, "Cells", info.param.classes, "Classes",
                                               info.param.minimum, "AtLeast", info.param.most, "AtMost");
                         });

TEST(Suppression, TheSmallestOtherCellGoesWithASmallOne) {
  EXPECT_THAT(CellsToWithhold({{50}, {4}, {30}, {0}}, 10), ElementsAre(false, true, true, true));
}

TEST(Suppression, TwoSmallCellsTakeAThirdEvenIfTheyAreEnoughTogether) {
  EXPECT_THAT(CellsToWithhold({{50}, {9}, {9}, {60}}, 10), ElementsAre(true, true, true, false));
  EXPECT_THAT(CellsToWithhold({{50}, {4}, {5}, {60}}, 10), ElementsAre(true, true, true, false));
}

TEST(Suppression, EquallyLargeCellsGoTogether) {
  EXPECT_THAT(CellsToWithhold({{30}, {9}, {30}, {60}}, 10), ElementsAre(true, true, true, false));
}

TEST(Suppression, ACellIsSmallIfOneOfItsClassesIs) {
  EXPECT_THAT(CellsToWithhold({{50, 40}, {30, 2}, {20, 20}}, 10), ElementsAre(false, true, true));
}

TEST(Suppression, EmptyCellsAreShownWhereNothingIsWithheld) {
  EXPECT_THAT(CellsToWithhold({{50}, {0}, {30}}, 10), ElementsAre(false, false, false));
}

TEST(Suppression, AMinimumOfOneShowsEverything) {
  EXPECT_THAT(CellsToWithhold({{1}, {0}, {2}}, 1), ElementsAre(false, false, false));
}

}  // namespace
}  // namespace accord
