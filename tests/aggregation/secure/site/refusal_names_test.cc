// Holds the table of docs/secure-sum.md, "What a site refuses", against the refusals that there are.
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "aggregation/secure/site/site_refusal.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace accord::secure {
namespace {

std::set<std::string> AllNames() {
  std::set<std::string> names;
  for (int i = 0; i < kNumSiteRefusals; ++i) names.emplace(SiteRefusalName(static_cast<SiteRefusal>(i)));
  return names;
}

// What stands between backticks in the third column of the page's table.
std::set<std::string> NamesOnThePage() {
  std::ifstream page(std::string(ACCORD_SOURCE_DIR) + "/docs/secure-sum.md");
  std::set<std::string> names;
  bool in_section = false;
  for (std::string line; std::getline(page, line);) {
    if (absl::StartsWith(line, "#")) in_section = line == "### What a site refuses";
    const std::vector<std::string> cells = absl::StrSplit(line, '|');
    if (!in_section || cells.size() < 5) continue;
    const std::vector<std::string> parts = absl::StrSplit(cells[3], '`');
    for (size_t i = 1; i < parts.size(); i += 2) names.insert(parts[i]);
  }
  return names;
}

TEST(RefusalNames, AreOneForEachRefusal) {
  EXPECT_EQ(AllNames().size(), static_cast<size_t>(kNumSiteRefusals));
  EXPECT_FALSE(AllNames().contains("unknown"));
}

TEST(RefusalNames, StandAllOnThePageAndNoOtherDoes) {
  EXPECT_THAT(NamesOnThePage(), ::testing::ContainerEq(AllNames()));
}

}  // namespace
}  // namespace accord::secure
