#include "base/config/faults.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

FieldPlaces Places() {
  FieldPlaces places("job.yaml");
  places.Record("", 1);
  places.Record("data", 4);
  places.Record("data.features", 5);
  places.Record("data.features[1]", 7);
  places.Record("name", 2);
  return places;
}

TEST(FieldPlaces, GivesTheLineOfTheNearestSectionThatWasWritten) {
  const FieldPlaces places = Places();
  EXPECT_EQ(places.LineOf("name"), 2);
  EXPECT_EQ(places.LineOf("data.features[1].numeric.min"), 7);
  EXPECT_EQ(places.LineOf("data.features[0].name"), 5);
  EXPECT_EQ(places.LineOf("data.target"), 4);
  EXPECT_EQ(places.LineOf("rounds.count"), 1);
  EXPECT_EQ(FieldPlaces().LineOf("rounds.count"), 0);
}

TEST(FaultList, TellsFaultsByLineWithFileAndPath) {
  const FieldPlaces places = Places();
  FaultList faults(&places);
  EXPECT_TRUE(faults.ToStatus().ok());
  faults.Add("data.target", "is missing");
  faults.Add("name", "is empty");
  EXPECT_EQ(faults.ToStatus(),
            absl::InvalidArgumentError("job.yaml:2: name: is empty\njob.yaml:4: data.target: is missing"));
}

TEST(FaultList, LeavesOutWhatIsNotKnown) {
  FaultList faults;
  faults.Add("name", "is empty");
  faults.Add("", "is no job");
  EXPECT_EQ(faults.ToStatus(), absl::InvalidArgumentError("name: is empty\nis no job"));
}

std::vector<std::string> Merged(const std::string& known, const std::string& later) {
  FaultList first;
  first.Add(known, "known");
  FaultList second;
  second.Add(later, "later");
  first.MergeUnrelated(second);
  std::vector<std::string> texts;
  for (const Fault& fault : first.faults()) texts.push_back(fault.text);
  return texts;
}

TEST(FaultList, TakesOverOnlyWhatIsNotAtOrBelowAKnownFault) {
  const std::vector<std::string> only_known = {"known"};
  const std::vector<std::string> both = {"known", "later"};
  EXPECT_EQ(Merged("data", "data"), only_known);
  EXPECT_EQ(Merged("data", "data.target"), only_known);
  EXPECT_EQ(Merged("data.features", "data.features[2].name"), only_known);
  EXPECT_EQ(Merged("", "data"), only_known) << "a file that cannot be read has every fault";
  EXPECT_EQ(Merged("data", "database"), both);
  EXPECT_EQ(Merged("data.target", "data"), both);
  EXPECT_EQ(Merged("data.features[1]", "data.features[10]"), both);
}

TEST(FaultList, KeepsABoundedNumberAndCountsTheRest) {
  FaultList faults;
  for (int i = 0; i < 100'000; ++i) faults.Add("field", "is wrong");
  EXPECT_EQ(faults.faults().size(), 1000u);
  EXPECT_EQ(faults.size(), 100'000u);
  EXPECT_THAT(std::string(faults.ToStatus().message()), HasSubstr("and 99900 more faults"));
}

TEST(FieldPath, JoinsNamesAndIndices) {
  EXPECT_EQ(FieldPath("", "name"), "name");
  EXPECT_EQ(FieldPath("data", "name"), "data.name");
  EXPECT_EQ(ItemPath("data.features", 3), "data.features[3]");
}

}  // namespace
}  // namespace accord
