// Images in PNG and JPEG files with a label table: what each kind of pixel becomes, and what is refused.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "client/trainer/data/image_decoder.h"
#include "tests/client/trainer/image_files.h"
#include "tests/client/trainer/table_fixture.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ImageFolder : public TableTest {
 protected:
  ImageFolder() {
    schema_.clear_features();
    Shape(1, 1, 2);
    std::filesystem::create_directories(folder_ + "/scans/ward1");
    mapping_.mutable_image_folder()->set_folder(folder_ + "/scans");
    mapping_.mutable_image_folder()->set_labels(folder_ + "/labels.csv");
  }
  void Shape(uint32_t channels, uint32_t height, uint32_t width) {
    schema_.mutable_image()->set_channels(channels);
    schema_.mutable_image()->set_height(height);
    schema_.mutable_image()->set_width(width);
  }
  void Image(const std::string& name, const std::string& content) { Write("scans/" + name, content); }
  void Labels(const std::string& rows) { Write("labels.csv", "file,ill,id\n" + rows); }
  // What is wrong with one image of this content, or nothing.
  std::string ProblemOf(const std::string& content) {
    Image("one.png", content);
    Labels("one.png,no,a\n");
    Load().IgnoreError();
    return report_.faults_size() == 0 ? "" : report_.faults(0).problem();
  }
  std::vector<uint8_t> PixelsOf(const std::string& content) {
    Image("one.png", content);
    Labels("one.png,no,a\n");
    const absl::StatusOr<JobData> data = Load();
    EXPECT_TRUE(data.ok()) << data.status();
    return data.ok() ? data->train.bytes : std::vector<uint8_t>();
  }
};

TEST_F(ImageFolder, FilesAreReadInTheOrderOfTheTable) {
  Image("b.png", GreyPng(1, 2));
  Image("ward1/a", GreyPng(3, 4));
  Labels("b.png,yes,x\nward1/a,no,y\n");
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.input_shape, ElementsAre(1, 1, 2));
  EXPECT_THAT(data->train.bytes, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(data->train.targets, ElementsAre(1, 0));
  EXPECT_TRUE(Inspect().ok());
  EXPECT_EQ(report_.rows(), 2u);
}

TEST_F(ImageFolder, PersonsWhoOptedOutAreLeftOutAndTheirFilesNotOpened) {
  Image("b.png", GreyPng(1, 2));
  Labels("b.png,yes,x\nabsent.png,no,y\n");
  mapping_.set_person_id("id");
  opt_out_list_ = Write("opt-out.txt", "y\n");
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ(data->train.rows(), 1u);
  EXPECT_TRUE(Inspect().ok());
  EXPECT_EQ(report_.num_faults(), 0u);
}

// ---- what pixels become ----

TEST_F(ImageFolder, GreyOfFewBitsFillsTheWholeRange) {
  EXPECT_THAT(PixelsOf(MakePng({.bits = 1, .rows = {0, '\x40'}})), ElementsAre(0, 255));
  EXPECT_THAT(PixelsOf(MakePng({.bits = 4, .rows = {0, '\x3f'}})), ElementsAre(51, 255));
}

TEST_F(ImageFolder, ColourBecomesThreePlanes) {
  Shape(3, 1, 2);
  EXPECT_THAT(PixelsOf(MakePng({.colour_type = kPngColour, .rows = {0, 1, 2, 3, 4, 5, 6}})),
              ElementsAre(1, 4, 2, 5, 3, 6));
}

TEST_F(ImageFolder, APaletteIsColourAndOneOfGreysIsGreyToo) {
  const PngSpec greys = {.colour_type = kPngPalette, .rows = {0, 1, 0}, .palette = {7, 7, 7, 9, 9, 9}};
  EXPECT_THAT(PixelsOf(MakePng(greys)), ElementsAre(9, 7));
  PngSpec colours = greys;
  colours.palette[0] = 8;
  EXPECT_THAT(ProblemOf(MakePng(colours)), HasSubstr("is in colour; the schema says 1 channel"));
  Shape(3, 1, 2);
  EXPECT_THAT(PixelsOf(MakePng(colours)), ElementsAre(9, 8, 9, 7, 9, 7));
}

TEST_F(ImageFolder, OpacityIsDroppedOnlyWhereNothingIsTransparent) {
  const PngSpec opaque = {.colour_type = kPngGreyAlpha, .rows = {0, 1, '\xff', 2, '\xff'}};
  EXPECT_THAT(PixelsOf(MakePng(opaque)), ElementsAre(1, 2));
  PngSpec clear = opaque;
  clear.rows[4] = '\xfe';
  EXPECT_THAT(ProblemOf(MakePng(clear)), HasSubstr("has transparent pixels"));
  Shape(2, 1, 2);
  EXPECT_THAT(PixelsOf(MakePng(clear)), ElementsAre(1, 2, 255, 254));
}

TEST_F(ImageFolder, AColourThatStandsForTransparentIsOpacityToo) {
  EXPECT_THAT(ProblemOf(MakePng({.rows = {0, 1, 2}, .opacity = {0, 1}})), HasSubstr("has transparent pixels"));
  EXPECT_THAT(PixelsOf(MakePng({.rows = {0, 1, 2}, .opacity = {0, 9}})), ElementsAre(1, 2));
}

TEST_F(ImageFolder, SixteenBitsAreTakenWhereTheMappingSaysSo) {
  const std::string deep = MakePng({.bits = 16, .rows = {0, 0, 0, '\xff', '\xff'}});
  EXPECT_THAT(ProblemOf(deep), HasSubstr("has 16 bits a sample; set image_folder.bits: 16"));
  mapping_.mutable_image_folder()->set_bits(16);
  Image("one.png", deep);
  Image("two.png", GreyPng(255, 51));
  Labels("one.png,no,a\ntwo.png,yes,b\n");
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.numbers, ElementsAre(0, 1, 1, 51.0f / 255.0f));
  EXPECT_TRUE(data->train.bytes.empty());
}

TEST_F(ImageFolder, JpegIsReadInGreyAndColour) {
  Shape(1, 8, 8);
  EXPECT_THAT(PixelsOf(MakeJpeg(8, 8, JCS_GRAYSCALE, {100})),
              Each(::testing::AllOf(::testing::Ge(99), ::testing::Le(101))));
  EXPECT_THAT(ProblemOf(MakeJpeg(8, 8, JCS_RGB, {200, 100, 50})), HasSubstr("is in colour"));
  Shape(3, 8, 8);
  const std::vector<uint8_t> pixels = PixelsOf(MakeJpeg(8, 8, JCS_RGB, {200, 100, 50}));
  ASSERT_EQ(pixels.size(), 192u);
  EXPECT_NEAR(pixels[0], 200, 3);
  EXPECT_NEAR(pixels[64], 100, 3);
  EXPECT_NEAR(pixels[128], 50, 3);
  EXPECT_THAT(ProblemOf(MakeJpeg(8, 8, JCS_GRAYSCALE, {100})), HasSubstr("is grey; the schema says 3 channels"));
  EXPECT_THAT(ProblemOf(MakeJpeg(8, 8, JCS_CMYK, {1, 2, 3, 4})), HasSubstr("neither grey nor red, green and blue"));
}

// ---- what is refused ----

TEST_F(ImageFolder, EachBadFileIsRefusedInItsWords) {
  const std::string png = GreyPng(1, 2);
  std::string wrong_checksum = png;
  wrong_checksum[png.size() - 13] = static_cast<char>(wrong_checksum[png.size() - 13] ^ 1);
  const std::string huge = MakePng({.width = 1'000'000, .height = 1'000'000, .rows = {0}});
  const std::string few_rows = MakePng({.rows = {0, 1}});
  std::string dicom(128, '\0');
  dicom += "DICM....";
  for (const auto& [content, problem] : std::vector<std::pair<std::string, std::string>>{
           {"", "is empty"},
           {"GIF89a", "is neither PNG nor JPEG"},
           {"name,age\n", "is neither PNG nor JPEG"},
           {dicom, "is DICOM"},
           {png.substr(0, 20), "is damaged or cut off (PNG)"},
           {png.substr(0, png.size() - 14), "is damaged or cut off (PNG)"},
           {png.substr(0, png.size() - 4), "is damaged or cut off (PNG)"},
           {wrong_checksum, "is damaged or cut off (PNG)"},
           {few_rows, "is damaged or cut off (PNG)"},
           {huge, "is 1000000 pixels wide"},
           {MakePng({.width = 1, .rows = {0, 1}}), "is 1 pixels wide and 1 high; the schema says 2 and 1"},
           {MakeJpeg(8, 8, JCS_GRAYSCALE, {1}), "is 8 pixels wide"}}) {
    EXPECT_THAT(ProblemOf(content), HasSubstr(problem));
  }
}

TEST_F(ImageFolder, AJpegThatEndsEarlyIsRefusedEvenWhereLibjpegWouldMakeUpTheRest) {
  Shape(1, 64, 64);
  const std::string whole = MakeJpeg(64, 64, JCS_GRAYSCALE, {77});
  EXPECT_EQ(ProblemOf(whole), "");
  for (size_t size = 3; size < whole.size(); size += 7) {
    EXPECT_THAT(ProblemOf(whole.substr(0, size)), HasSubstr("is damaged or cut off (JPEG)")) << size;
  }
}

TEST_F(ImageFolder, NothingOutsideTheFolderIsRead) {
  const std::string outside = Write("secret.png", GreyPng(1, 2));
  std::filesystem::create_symlink(outside, folder_ + "/scans/link.png");
  std::filesystem::create_directory_symlink(folder_, folder_ + "/scans/up");
  ASSERT_EQ(mkfifo((folder_ + "/scans/pipe").c_str(), 0600), 0);
  const std::vector<std::pair<std::string, std::string>> names = {
      {"../secret.png", "no path below the folder"},
      {outside, "no path below the folder"},
      {"ward1/../../secret.png", "no path below the folder"},
      {"./link.png", "no path below the folder"},
      {"ward1//a", "no path below the folder"},
      {"..", "no path below the folder"},
      {"link.png", "symbolic link"},
      {"up/secret.png", "symbolic link"},
      {"ward1", "is not a file"},
      {"pipe", "is not a file"},
      {"link.png/x", "symbolic link"},
      {"ward1\\a.png", "backslash"},
      {"absent.png", "is not in the folder"},
      {std::string(5000, 'x'), "cannot be looked at"}};
  std::string rows;
  for (const auto& [name, problem] : names) absl::StrAppend(&rows, name, ",no,a\n");
  Labels(rows);
  EXPECT_FALSE(Load().ok());
  ASSERT_EQ(report_.faults_size(), static_cast<int>(names.size()));
  for (size_t i = 0; i < names.size(); ++i) {
    const v1::DataFault& fault = report_.faults(static_cast<int>(i));
    EXPECT_THAT(fault.problem(), HasSubstr(names[i].second)) << names[i].first;
    EXPECT_EQ(fault.file(), names[i].first);
    EXPECT_EQ(fault.line(), i + 2);
  }
  Inspect().IgnoreError();
  EXPECT_EQ(report_.faults_size(), static_cast<int>(names.size()));
}

TEST_F(ImageFolder, AFileTwiceIsABadRow) {
  Image("a.png", GreyPng(1, 2));
  Labels("a.png,no,x\na.png,yes,y\n");
  EXPECT_THAT(Problem(), HasSubstr("line 3: the same file a second time"));
}

TEST_F(ImageFolder, WhatLeavesTheSiteNamesTheLineAndNotTheFile) {
  Labels("meier-anna-1957.png,no,x\n");
  EXPECT_THAT(Problem(), AllOf(HasSubstr("line 2: is not in the folder"), Not(HasSubstr("meier"))));
  EXPECT_EQ(report_.faults(0).file(), "meier-anna-1957.png");
}

TEST_F(ImageFolder, BadImagesAreLeftOutWhereTheMappingSaysSo) {
  Image("a.png", GreyPng(1, 2));
  Image("b.png", "rubbish");
  Labels("a.png,no,x\nb.png,yes,y\n");
  mapping_.set_bad_rows(v1::DatasetMapping::LEAVE_OUT);
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.bytes, ElementsAre(1, 2));
}

TEST_F(ImageFolder, FaultsAreListedUpToANumberAndThenCounted) {
  std::string rows;
  for (int i = 0; i < 1500; ++i) absl::StrAppend(&rows, "absent", i, ".png,no,x\n");
  Labels(rows);
  EXPECT_FALSE(Load().ok());
  EXPECT_EQ(report_.faults_size(), 1000);
  EXPECT_EQ(report_.num_faults(), 1500u);
}

TEST_F(ImageFolder, TheFileColumnMustBeThere) {
  Write("labels.csv", "image,ill\na.png,no\n");
  EXPECT_THAT(Problem(), HasSubstr("column 'file': no such column"));
  Image("a.png", GreyPng(1, 2));
  mapping_.mutable_image_folder()->set_file_column("image");
  EXPECT_TRUE(Load().ok());
}

TEST_F(ImageFolder, AFolderThatIsNotThereIsTold) {
  std::filesystem::remove_all(folder_ + "/scans");
  EXPECT_EQ(Load().status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace accord
