// Whose rows a mapping's are.
#include <gmock/gmock.h>

#include "proto/validation/config_validation.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

TEST(MappingSources, ASiteWithAnOptOutListWantsToKnowWhoseARowIs) {
  v1::DatasetMapping mapping;
  EXPECT_THAT(std::string(CheckMappingAgainstOptOut(mapping, "heart.yaml").message()),
              HasSubstr("heart.yaml: person_id: is missing"));
  mapping.set_person_id("patient");
  EXPECT_TRUE(CheckMappingAgainstOptOut(mapping, "heart.yaml").ok());
  mapping.clear_person_id();
  mapping.set_no_persons(true);
  EXPECT_TRUE(CheckMappingAgainstOptOut(mapping, "heart.yaml").ok());
}

}  // namespace
}  // namespace accord
