#include "trust/charter/loosened_promises.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "tests/trust/charter/example_charter.h"

namespace accord {
namespace {

class LoosenedPromisesTest : public ::testing::Test {
 protected:
  std::string From(const Replacements& before, const Replacements& after) const {
    return absl::StrJoin(LoosenedPromises(federation_.Written(before).terms(), federation_.Written(after).terms()),
                         "\n");
  }
  static Replacements BeforeRetention(const std::string& line) {
    return {{"retention:", absl::StrCat(line, "\nretention:")}};
  }

  ExampleFederation federation_;
};

TEST_F(LoosenedPromisesTest, EarlierBeginAndWiderHoursAreTold) {
  EXPECT_EQ(From({}, {{"not_before: 2027-01-01", "not_before: 2026-12-01"}}),
            "it begins 2026-12-01T00:00:00Z, before 2027-01-01T00:00:00Z");
  EXPECT_EQ(From({}, {{"from: '08:00'", "from: '07:59'"}}), "hours are open in which sites did not compute before");
  EXPECT_EQ(From({}, {{"days: [monday,", "days: [sunday, monday,"}}),
            "hours are open in which sites did not compute before");
  EXPECT_EQ(From({}, {{"from: '08:00'", "from: '09:00'"}}), "");
}

TEST_F(LoosenedPromisesTest, HoursThatAreWrittenInAnotherWayAreTheSame) {
  const Replacements in_two = {
      {"from: '08:00', until: '24:00'}",
       "from: '08:00', until: '12:00'}\n  - {days: [friday, thursday, wednesday, tuesday, monday], from: '11:00', "
       "until: '24:00'}"}};
  EXPECT_EQ(From({}, in_two), "");
  EXPECT_EQ(From(in_two, {}), "");
}

TEST_F(LoosenedPromisesTest, WhoSeesMoreIsTold) {
  EXPECT_EQ(From(BeforeRetention("may_see: [{what: reports, roles: [lead]}]"),
                 BeforeRetention("may_see: [{what: reports, roles: [lead, auditor]}, {what: sites, roles: [lead]}]")),
            "auditor may see reports\nlead may see sites");
}

TEST_F(LoosenedPromisesTest, LongerKeepingIsTold) {
  EXPECT_EQ(From({}, {{"uploads_days: 0, models_days: 365, reports_days: 3650",
                       "uploads_days: 1, models_days: 366, reports_days: 3649"}}),
            "retention.uploads_days is 1, before 0\nretention.models_days is 366, before 365");
}

TEST_F(LoosenedPromisesTest, DroppedPromiseOfServiceIsTold) {
  const Replacements promised = BeforeRetention("service: [{promise: A reply., consequence: A letter.}]");
  EXPECT_EQ(From({}, promised), "");
  EXPECT_EQ(From(promised, {}), "what was service[0] is promised no longer, or has other words");
  EXPECT_EQ(From(promised, BeforeRetention("service: [{promise: A reply., consequence: Nothing.}]")),
            "what was service[0] is promised no longer, or has other words");
}

TEST_F(LoosenedPromisesTest, MoreRolesThatLoosenAreTold) {
  EXPECT_EQ(From({}, {{"least: 2, by: [lead, steward]", "least: 2, by: [lead, steward, ombudsman]"}}),
            "min_sites may be loosened as ombudsman too");
}

TEST_F(LoosenedPromisesTest, FewerOrOthersWhoSignASitesPolicyAreTold) {
  const Replacements two = BeforeRetention("site_policies: {people: 2, roles: [steward]}");
  EXPECT_EQ(From({}, two), "");
  EXPECT_EQ(From(two, {}), "a site's policy needs no signatures any more");
  EXPECT_EQ(From(BeforeRetention("site_policies: {people: 3, roles: [steward, lead]}"), two),
            "site_policies.people is 2, before 3");
  EXPECT_EQ(From(two, BeforeRetention("site_policies: {people: 2, roles: [operator, steward]}")),
            "operator may sign a site's policy");
}

}  // namespace
}  // namespace accord
