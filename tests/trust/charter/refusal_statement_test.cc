#include "trust/charter/refusal_statement.h"

#include <string>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/charter/example_charter.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

RefusalStatement ExampleRefusal() {
  RefusalStatement refusal;
  refusal.site = "va";
  refusal.charter = Sha256("charter");
  refusal.job = Sha256("job");
  refusal.job_id = "7f3a5d90c1e2b486";
  refusal.time = At("2027-03-01T10:00:00Z");
  refusal.for_good = true;
  refusal.reasons = {"the order expired", "Béla refused this order"};
  return refusal;
}

TEST(RefusalStatement, IsReadAsItWasWritten) {
  const auto bytes = WriteRefusalStatement(ExampleRefusal());
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_THAT(*bytes, HasSubstr("order: none\n"));
  const auto again = ParseRefusalStatement(*bytes);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, ExampleRefusal());
}

TEST(RefusalStatement, HasOneSpelling) {
  const std::string good = *WriteRefusalStatement(ExampleRefusal());
  const auto refused = [&](const std::string& from, const std::string& to) {
    const std::string changed = absl::StrReplaceAll(good, {{from, to}});
    EXPECT_NE(changed, good) << from;
    EXPECT_FALSE(ParseRefusalStatement(changed).ok()) << to;
  };
  refused("for good: yes", "for good: perhaps");
  refused("job id: 7f", "job id: ../7f");
  refused("reason: the order expired\n", "reason: \n");
  refused("reason: the order", "reason: the \x1b[2Jorder");
  refused("reason: the order expired\nreason: Béla refused this order\n", "");
  refused("time: 2027-03-01T", "time: 2027-02-30T");
  EXPECT_FALSE(ParseRefusalStatement(good + "more: 1\n").ok());
}

TEST(RefusalStatement, WithAReasonOfSeveralLinesIsNotWritten) {
  RefusalStatement refusal = ExampleRefusal();
  refusal.reasons.push_back("one\nreason: two");
  EXPECT_FALSE(WriteRefusalStatement(refusal).ok());
}

}  // namespace
}  // namespace accord
