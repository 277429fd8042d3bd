#include "trust/charter/site_policy.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/charter/example_charter.h"
#include "trust/charter/week_hours.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kPolicy[] = R"(data_sets:
  - {name: heart, purposes: [risk-of-disease]}
people: [ada]
organisations: [Cleveland Clinic]
refused_tags: [policing]
floors: {min_sites: 4, min_organisations: 3, min_rows: 200, secure_sum: true}
hours:
  - {days: [saturday, sunday], from: '00:00', until: '24:00'}
time_zone: UTC
)";

class PolicyText : public ::testing::Test {
 protected:
  absl::StatusOr<SitePolicy> Parse(const std::string& yaml, const std::string& site = "cleveland") const {
    return SitePolicy::Parse(yaml, "policy.yaml", charter_, site);
  }
  std::string Fault(const std::string& yaml, const std::string& site = "cleveland") const {
    const auto policy = Parse(yaml, site);
    EXPECT_EQ(policy.status().code(), absl::StatusCode::kInvalidArgument) << yaml;
    return std::string(policy.status().message());
  }

  ExampleFederation federation_;
  Charter charter_ = federation_.Written();
};

TEST_F(PolicyText, ThatTightensIsTaken) {
  const auto policy = Parse(kPolicy);
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(policy->rules().floors().min_rows(), 200u);
  EXPECT_NE(policy->FindDataSet("heart"), nullptr);
  EXPECT_EQ(policy->FindDataSet("bills"), nullptr);
  EXPECT_EQ(policy->Clause("floors.min_rows"), "this site's policy: floors.min_rows (line 6)");
}

TEST_F(PolicyText, ThatLoosensIsRefusedWithTheClauseThatItContradicts) {
  const std::string fault = Fault(
      "data_sets: [{name: heart, purposes: [risk-of-disease, billing-audit]}, {name: genomes, purposes: "
      "[billing-audit]}]\n"
      "people: [mallory]\norganisations: [Elsewhere]\n"
      "floors:\n  min_sites: 2\n  min_colluding_organisations: 0\n  minimum_cell: 9\n  min_rows: 49\n"
      "  secure_sum: false\n");
  EXPECT_THAT(fault, AllOf(HasSubstr("policy.yaml:1: data_sets[0].purposes[1]: is not among the charter's "
                                     "data_sets[0].purposes (line 21)"),
                           HasSubstr("data_sets[1].name: is not in the charter's data_sets (line 20)"),
                           HasSubstr("people[0]: is not in the charter's people (line 13)"),
                           HasSubstr("organisations[0]: is not in the charter's organisations (line 8)")));
  EXPECT_THAT(fault,
              AllOf(HasSubstr("policy.yaml:5: floors.min_sites: is 2, and the charter's floors.min_sites (line "
                              "24) is 3; a site may tighten the charter, not loosen it"),
                    HasSubstr("floors.min_colluding_organisations: is 0"), HasSubstr("floors.minimum_cell: is 9"),
                    HasSubstr("floors.min_rows: is 49"), HasSubstr("floors.secure_sum: is false")));
}

TEST_F(PolicyText, ReleasesOnlyWhatIsTheSites) {
  const std::string bills = "data_sets: [{name: bills, purposes: [billing-audit]}]\n";
  EXPECT_THAT(Fault(bills), HasSubstr("is not this site's to release: the charter's data_sets[1].sites (line 22)"));
  EXPECT_TRUE(Parse(bills, "va").ok());
}

TEST_F(PolicyText, HasNoWildcards) {
  EXPECT_THAT(Fault("data_sets: [{name: heart, purposes: ['*']}]\n"), HasSubstr("expected the form"));
  EXPECT_THAT(Fault("data_sets: [{name: heart}]\n"), HasSubstr("purposes: is missing"));
  EXPECT_THAT(Fault("people: [ada]\n"), HasSubstr("data_sets: is missing"));
}

TEST_F(PolicyText, WantsATimeZoneThatExists) {
  EXPECT_THAT(Fault("data_sets: [{name: heart, purposes: [risk-of-disease]}]\ntime_zone: Europe/Atlantis\n"),
              HasSubstr("policy.yaml:2: time_zone"));
}

TEST(WeekHours, HoldFromTheFirstMinuteToTheLast) {
  google::protobuf::RepeatedPtrField<v1::OpenHours> hours;
  EXPECT_TRUE(IsOpen(hours, absl::UnixEpoch(), absl::UTCTimeZone()));
  v1::OpenHours& night = *hours.Add();
  night.add_days(v1::OpenHours::DAY_SUNDAY);
  night.set_from("20:30");
  night.set_until("24:00");
  const auto open = [&](const char* utc, absl::TimeZone zone) { return IsOpen(hours, At(utc), zone); };
  EXPECT_FALSE(open("2027-03-07T20:29:59Z", absl::UTCTimeZone()));
  EXPECT_TRUE(open("2027-03-07T20:30:00Z", absl::UTCTimeZone()));
  EXPECT_TRUE(open("2027-03-07T23:59:59Z", absl::UTCTimeZone()));
  EXPECT_FALSE(open("2027-03-08T00:00:00Z", absl::UTCTimeZone()));
  EXPECT_TRUE(open("2027-03-07T19:30:00Z", absl::FixedTimeZone(3600)));
}

TEST(WeekHours, ThatEndBeforeTheyBeginAreAFault) {
  google::protobuf::RepeatedPtrField<v1::OpenHours> hours;
  v1::OpenHours& night = *hours.Add();
  night.add_days(v1::OpenHours::DAY_SUNDAY);
  night.add_days(v1::OpenHours::DAY_SUNDAY);
  night.set_from("20:00");
  night.set_until("06:00");
  FaultList faults;
  CheckHours(hours, faults);
  EXPECT_EQ(faults.size(), 2u);
}

}  // namespace
}  // namespace accord
