// Masks: from arrays and from PNG files beside the images, and what is refused.
#include <gmock/gmock.h>

#include "client/trainer/data/pixel_mask.h"
#include "tests/client/trainer/image_files.h"
#include "tests/client/trainer/npy_files.h"
#include "tests/client/trainer/table_fixture.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class MaskData : public TableTest {
 protected:
  MaskData() {
    schema_.clear_features();
    schema_.mutable_image()->set_channels(1);
    schema_.mutable_image()->set_height(1);
    schema_.mutable_image()->set_width(2);
    schema_.mutable_target()->set_name("outline");
    for (const char* level : {"skin", "lesion"}) schema_.mutable_target()->mutable_mask()->add_levels(level);
  }
  // Lesions are 255 in the site's files.
  void MapCodes() {
    v1::ColumnMapping& column = *mapping_.add_columns();
    column.set_name("outline");
    for (const auto& [code, level] : {std::pair("0", "skin"), std::pair("255", "lesion")}) {
      v1::Code& entry = *column.add_codes();
      entry.set_code(code);
      entry.set_level(level);
    }
  }
};

class NpyMasks : public MaskData {
 protected:
  NpyMasks() {
    v1::NpySource& npy = *mapping_.mutable_npy();
    npy.set_array(Write("a.npy", Npy<uint8_t>("|u1", "(2, 1, 2)", {1, 2, 3, 4})));
    npy.set_masks(Write("m.npy", Npy<uint8_t>("|u1", "(2, 1, 2)", {0, 1, 1, 0})));
    npy.set_labels(Write("rows.csv", "id\na\nb\n"));
  }
};

TEST_F(NpyMasks, StandBesideTheirImages) {
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.bytes, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(data->train.masks, ElementsAre(0, 1, 1, 0));
  EXPECT_EQ(data->train.rows(), 2u);
  EXPECT_TRUE(Inspect().ok());
  EXPECT_EQ(report_.num_faults(), 0u);
}

TEST_F(NpyMasks, OfPersonsWhoOptedOutAreNotRead) {
  mapping_.set_person_id("id");
  opt_out_list_ = Write("opt-out.txt", "a\n");
  EXPECT_THAT(Load()->train.masks, ElementsAre(1, 0));
}

TEST_F(NpyMasks, OfImagesOfNumbersStandBesideThemToo) {
  Write("a.npy", Npy<float>("<f4", "(2, 1, 2)", {0.5, 1, 1.5, 2}));
  Write("m.npy", Npy<uint8_t>("|u1", "(2, 1, 2)", {0, 1, 1, 0}));
  EXPECT_THAT(Load()->train.masks, ElementsAre(0, 1, 1, 0));
}

TEST_F(NpyMasks, ThatDoNotFitAreRefused) {
  for (const auto& [file, problem] : std::vector<std::pair<std::string, const char*>>{
           {Npy<uint8_t>("|u1", "(2, 2, 1)", {0, 1, 1, 0}),
            "m.npy does not hold a mask of bytes, 1 rows and 2 columns"},
           {Npy<uint8_t>("|u1", "(1, 1, 2)", {0, 1}), "for each of the 2 images"},
           {Npy<int16_t>("<i2", "(2, 1, 2)", {0, 1, 1, 0}), "m.npy does not hold a mask of bytes"},
           {Npy<uint8_t>("|u1", "(2, 1, 2)", {0, 1, 1}), "m.npy is not a NumPy array as expected"},
           {Npy<uint8_t>("|u1", "(2, 1, 2)", {0, 1, 2, 0}), "line 3: its mask has a pixel of an undeclared level"}}) {
    Write("m.npy", file);
    EXPECT_THAT(Problem(), HasSubstr(problem));
  }
  mapping_.mutable_npy()->clear_masks();
  EXPECT_THAT(Problem(), HasSubstr("npy.masks: is missing"));
}

TEST_F(NpyMasks, FromIdxFilesThereAreNone) {
  mapping_.mutable_idx()->set_images("i");
  EXPECT_THAT(Problem(), HasSubstr("idx: holds a label for each image, but the job's schema asks for a mask"));
}

class FolderMasks : public MaskData {
 protected:
  FolderMasks() {
    std::filesystem::create_directories(folder_ + "/scans");
    mapping_.mutable_image_folder()->set_folder(folder_ + "/scans");
    mapping_.mutable_image_folder()->set_labels(Write("rows.csv", "file,mask,id\na.png,a-mask.png,x\n"));
    Write("scans/a.png", GreyPng(7, 8));
    MapCodes();
  }
  // What is wrong with a mask of this content, or nothing.
  std::string ProblemOfMask(const std::string& content) {
    Write("scans/a-mask.png", content);
    Load().IgnoreError();
    return report_.faults_size() == 0 ? "" : absl::StrCat(report_.faults(0).file(), " ", report_.faults(0).problem());
  }
};

TEST_F(FolderMasks, AreReadByTheCodesOfTheMapping) {
  Write("scans/a-mask.png", GreyPng(255, 0));
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.bytes, ElementsAre(7, 8));
  EXPECT_THAT(data->train.masks, ElementsAre(1, 0));
  // One bit fills the range, so black and white are the same codes.
  Write("scans/a-mask.png", MakePng({.bits = 1, .rows = {0, '\x40'}}));
  EXPECT_THAT(Load()->train.masks, ElementsAre(0, 1));
}

TEST_F(FolderMasks, ThatCannotBeUsedAreToldByFile) {
  EXPECT_EQ(ProblemOfMask(GreyPng(255, 254)), "a-mask.png has a pixel of an undeclared level");
  EXPECT_EQ(ProblemOfMask(MakeJpeg(2, 1, JCS_GRAYSCALE, {255})),
            "a-mask.png is JPEG, which changes the codes of pixels; save masks as PNG");
  EXPECT_EQ(ProblemOfMask(MakePng({.bits = 16, .rows = {0, 0, 0, '\xff', '\xff'}})),
            "a-mask.png has 16 bits a sample; save masks with 8");
  EXPECT_THAT(ProblemOfMask(MakePng({.width = 1, .rows = {0, 0}})),
              HasSubstr("a-mask.png is 1 pixels wide and 1 high"));
  EXPECT_THAT(ProblemOfMask(MakePng({.colour_type = kPngColour, .rows = {0, 1, 2, 3, 4, 5, 6}})),
              HasSubstr("is in colour"));
  const std::string whole = GreyPng(255, 0);
  EXPECT_NE(ProblemOfMask(whole.substr(0, whole.size() - 20)), "");
  EXPECT_THAT(ProblemOfMask(""), HasSubstr("a-mask.png is empty"));
  std::filesystem::remove(folder_ + "/scans/a-mask.png");
  EXPECT_FALSE(Load().ok());
  EXPECT_EQ(report_.faults(0).file(), "a-mask.png");
}

TEST_F(FolderMasks, HaveAColumnThatNamesThem) {
  Write("rows.csv", "file,id\na.png,x\n");
  EXPECT_THAT(Problem(), HasSubstr("column 'mask': no such column"));
}

TEST_F(FolderMasks, ACodeForALevelThatTheJobLacksIsRefused) {
  mapping_.mutable_columns(0)->mutable_codes(1)->set_level("lesoin");
  EXPECT_THAT(Problem(), HasSubstr("did you mean lesion?"));
}

}  // namespace
}  // namespace accord
