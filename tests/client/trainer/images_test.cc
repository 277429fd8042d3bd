// Images and labels in IDX files, whole and damaged.
#include <gmock/gmock.h>

#include "client/trainer/data/idx_source.h"
#include "tests/client/trainer/table_fixture.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Idx(const std::vector<uint8_t>& sizes, const std::string& data) {
  std::string file = {0, 0, 8, static_cast<char>(sizes.size())};
  for (const uint8_t size : sizes) file += std::string(3, '\0') + static_cast<char>(size);
  return file + data;
}

class Images : public TableTest {
 protected:
  Images() {
    schema_.Clear();
    schema_.mutable_image()->set_height(2);
    schema_.mutable_image()->set_width(2);
    schema_.mutable_image()->set_channels(1);
    schema_.mutable_target()->set_name("digit");
    for (const char* level : {"0", "1", "2"}) schema_.mutable_target()->mutable_category()->add_levels(level);
    mapping_.clear_csv();
    mapping_.mutable_idx()->set_images(Write("images", Idx({3, 2, 2}, "abcdefghijkl")));
    mapping_.mutable_idx()->set_labels(Write("labels", Idx({3}, std::string("\0\2\1", 3))));
  }
};

TEST_F(Images, AreReadWithTheirLabels) {
  const absl::StatusOr<JobData> data = Load("");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.input_shape, ElementsAre(1, 2, 2));
  EXPECT_EQ(std::string(data->train.bytes.begin(), data->train.bytes.end()), "abcdefghijkl");
  EXPECT_THAT(data->train.targets, ElementsAre(0, 2, 1));
}

TEST_F(Images, HeldOutImagesComeFromTheirOwnFiles) {
  mapping_.mutable_idx()->set_test_images(Write("test-images", Idx({1, 2, 2}, "wxyz")));
  mapping_.mutable_idx()->set_test_labels(Write("test-labels", Idx({1}, std::string("\1", 1))));
  const absl::StatusOr<JobData> data = Load("");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ(data->train.rows(), 3u);
  EXPECT_THAT(data->test.targets, ElementsAre(1));
}

TEST_F(Images, AnUndeclaredLabelIsABadRow) {
  Write("labels", Idx({3}, std::string("\0\7\1", 3)));
  EXPECT_THAT(std::string(Load("").status().message()), HasSubstr("line 2, column 'digit': undeclared level"));
}

TEST_F(Images, LabelsFollowTheMappingsCodes) {
  v1::ColumnMapping& digit = *mapping_.add_columns();
  digit.set_name("digit");
  for (const auto& [code, level] : {std::pair{"0", "2"}, {"1", "1"}, {"2", "0"}}) {
    v1::Code& added = *digit.add_codes();
    added.set_code(code);
    added.set_level(level);
  }
  EXPECT_THAT(Load("")->train.targets, ElementsAre(2, 0, 1));
}

TEST_F(Images, OfAnotherShapeAreRefused) {
  schema_.mutable_image()->set_width(3);
  EXPECT_THAT(std::string(Load("").status().message()), HasSubstr("does not hold images of"));
}

TEST_F(Images, WithoutALabelForEachAreRefused) {
  Write("labels", Idx({2}, std::string("\0\2", 2)));
  EXPECT_THAT(std::string(Load("").status().message()), HasSubstr("3 images"));
}

TEST_F(Images, DamagedFilesAreRefusedBeforeAnythingIsAllocated) {
  const std::string huge = std::string("\0\0\x08\x03", 4) + std::string(12, '\xff');
  for (const std::string& file :
       {std::string(), std::string("\0\0", 2), std::string("\x1f\x8b\x08\0", 4), std::string("\0\0\x0d\x01\0\0\0\0", 8),
        Idx({3, 2, 2}, "too short"), Idx({3, 2, 2}, "this is too long"), Idx({3, 0, 2}, ""), huge,
        std::string("\0\0\x08\x03\0\0", 6)}) {
    const std::string path = Write("damaged", file);
    EXPECT_EQ(IdxFile::Open(path, 1 << 20).status().code(), absl::StatusCode::kInvalidArgument) << file.size();
  }
}

TEST_F(Images, ATableSchemaDoesNotTakeThem) {
  schema_.clear_image();
  v1::Feature& age = *schema_.add_features();
  age.set_name("age");
  age.mutable_numeric()->set_max(1);
  EXPECT_FALSE(Load("").ok());
}

}  // namespace
}  // namespace accord
