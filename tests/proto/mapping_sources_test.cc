// The sources of a mapping: what is completed, what is refused, and whose rows they are.
#include <gmock/gmock.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "proto/validation/config_validation.h"
#include "tests/bad_inputs/bad_inputs.h"

namespace accord {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

absl::StatusOr<v1::DatasetMapping> LoadMapping(const std::string& yaml) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/mapping_sources.yaml");
  std::ofstream(path) << yaml;
  return LoadDatasetMapping(path);
}

TEST(MappingSources, EachBadMappingIsRefusedInItsWords) {
  for (const BadInput& mapping : BadInputs("mappings", "# expected: ")) {
    EXPECT_THAT(std::string(LoadMapping(mapping.content).status().message()), HasSubstr(mapping.expected))
        << mapping.name;
  }
}

TEST(MappingSources, DefaultsAreFilledInAndPathsResolved) {
  auto folder = LoadMapping("image_folder: {folder: scans/, labels: l.csv}\nperson_id: patient\n");
  ASSERT_TRUE(folder.ok()) << folder.status();
  EXPECT_EQ(folder->image_folder().file_column(), "file");
  EXPECT_EQ(folder->image_folder().bits(), 8u);
  EXPECT_EQ(folder->image_folder().folder(), ResolveBeside(::testing::TempDir() + "/m.yaml", "scans"));
  auto npy = LoadMapping("npy: {array: a.npy, labels: l.csv}\n");
  ASSERT_TRUE(npy.ok()) << npy.status();
  EXPECT_EQ(npy->npy().scale(), 1);
  EXPECT_THAT(npy->npy().labels(), EndsWith("/l.csv"));
  EXPECT_TRUE(LoadMapping("sqlite:\n  file: a.db\n  query: |\n    SELECT *\n    FROM patients\n").ok());
}

TEST(MappingSources, ASourceMustHoldWhatTheSchemaAsksFor) {
  v1::DataSchema images;
  images.mutable_image()->set_height(2);
  v1::DatasetMapping mapping;
  mapping.mutable_sqlite()->set_file("a.db");
  FaultList faults;
  CheckMappingAgainstSchema(mapping, images, faults);
  EXPECT_THAT(std::string(faults.ToStatus().message()), HasSubstr("sqlite: is a table"));
  mapping.mutable_npy()->set_array("a.npy");
  FaultList none;
  CheckMappingAgainstSchema(mapping, images, none);
  EXPECT_TRUE(none.empty());
  FaultList table;
  CheckMappingAgainstSchema(mapping, v1::DataSchema(), table);
  EXPECT_THAT(std::string(table.ToStatus().message()), HasSubstr("npy: holds images"));
}

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
