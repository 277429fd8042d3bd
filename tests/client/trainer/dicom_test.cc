// DICOM files with a label table: what their values become, whose they are, and what is refused.
#include <gmock/gmock.h>

#include "client/trainer/data/dicom/dicom_image.h"
#include "tests/client/trainer/dicom_files.h"
#include "tests/client/trainer/image_files.h"
#include "tests/client/trainer/table_fixture.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class DicomFolder : public TableTest {
 protected:
  DicomFolder() {
    schema_.clear_features();
    Shape(1, 1, 2);
    std::filesystem::create_directories(folder_ + "/scans");
    v1::DicomSource& dicom = *mapping_.mutable_dicom();
    dicom.set_folder(folder_ + "/scans");
    dicom.set_labels(folder_ + "/labels.csv");
    dicom.set_window(v1::DicomSource::STORED_BITS);
  }
  void Shape(uint32_t channels, uint32_t height, uint32_t width) {
    schema_.mutable_image()->set_channels(channels);
    schema_.mutable_image()->set_height(height);
    schema_.mutable_image()->set_width(width);
  }
  void Window(double center, double width) {
    mapping_.mutable_dicom()->set_window(v1::DicomSource::GIVEN);
    mapping_.mutable_dicom()->set_window_center(center);
    mapping_.mutable_dicom()->set_window_width(width);
  }
  void File(const std::string& name, const std::string& content) { Write("scans/" + name, content); }
  void One(const std::string& content) {
    File("one.dcm", content);
    Write("labels.csv", "file,ill\none.dcm,no\n");
  }
  std::string ProblemOf(const std::string& content) {
    One(content);
    Load().IgnoreError();
    return report_.faults_size() == 0 ? "" : report_.faults(0).problem();
  }
  std::vector<float> GreysOf(const std::string& content) {
    One(content);
    const absl::StatusOr<JobData> data = Load();
    EXPECT_TRUE(data.ok()) << data.status();
    return data.ok() ? data->train.numbers : std::vector<float>();
  }
};

// ---- how values are written ----

TEST_F(DicomFolder, BytesAreReadInTheOrderOfTheTable) {
  File("b.dcm", MakeDicom({.pixels = std::string("\x00\xff", 2)}));
  File("a.dcm", MakeDicom({.pixels = "\x33\x66"}));
  Write("labels.csv", "file,ill\nb.dcm,yes\na.dcm,no\n");
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.numbers, ElementsAre(0, 1, 51.0f / 255, 102.0f / 255));
  EXPECT_THAT(data->train.targets, ElementsAre(1, 0));
  EXPECT_TRUE(Inspect().ok());
  EXPECT_EQ(report_.num_faults(), 0u);
}

TEST_F(DicomFolder, EveryLosslessCompressionGivesTheStoredValues) {
  Shape(1, 2, 4);
  std::vector<float> expected;
  for (const uint16_t value : kTwelveBits) expected.push_back(static_cast<float>(value / 4095.0));
  for (const Compressed& compressed : CompressedTwelveBits()) {
    const DicomSpec spec = {.syntax = compressed.syntax,
                            .width = 4,
                            .height = 2,
                            .bits_allocated = 16,
                            .bits_stored = 12,
                            .fragment = compressed.fragment};
    EXPECT_EQ(GreysOf(MakeDicom(spec)), expected) << compressed.syntax;
  }
}

TEST_F(DicomFolder, JpegOfEightBitsIsReadInGreyAndColour) {
  Shape(1, 8, 8);
  DicomSpec spec = {
      .syntax = "1.2.840.10008.1.2.4.50", .width = 8, .height = 8, .fragment = MakeJpeg(8, 8, JCS_GRAYSCALE, {100})};
  const std::vector<float> greys = GreysOf(MakeDicom(spec));
  ASSERT_EQ(greys.size(), 64u);
  EXPECT_NEAR(greys[0], 100 / 255.0, 0.005);
  Shape(3, 8, 8);
  spec.colours = "YBR_FULL_422";
  spec.fragment = MakeJpeg(8, 8, JCS_RGB, {200, 100, 50});
  One(MakeDicom(spec));
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  ASSERT_EQ(data->train.bytes.size(), 192u);
  EXPECT_NEAR(data->train.bytes[0], 200, 4);
  EXPECT_NEAR(data->train.bytes[64], 100, 4);
  EXPECT_NEAR(data->train.bytes[128], 50, 4);
}

TEST_F(DicomFolder, ImplicitBigEndianAndDeflatedAreRead) {
  // The same elements without VRs, and with the other order of bytes.
  const auto rewritten = [](bool implicit) {
    std::string set;
    const auto number = [implicit](uint64_t value, int bytes) {
      std::string text = Little(value, bytes);
      return implicit ? text : std::string(text.rbegin(), text.rend());
    };
    const auto add = [&](uint16_t group, uint16_t element, const std::string& vr, const std::string& value) {
      set += number(group, 2) + number(element, 2);
      if (implicit) {
        set += number(value.size(), 4);
      } else if (vr == "OW") {
        set += vr + std::string(2, '\0') + number(value.size(), 4);
      } else {
        set += vr + number(value.size(), 2);
      }
      set += value;
    };
    add(0x28, 2, "US", number(1, 2));
    add(0x28, 4, "CS", "MONOCHROME2 ");
    for (const auto& [element, value] : std::vector<std::pair<uint16_t, uint16_t>>{
             {0x10, 1}, {0x11, 2}, {0x100, 16}, {0x101, 16}, {0x102, 15}, {0x103, 0}}) {
      add(0x28, element, "US", number(value, 2));
    }
    add(0x7fe0, 0x10, "OW", number(0x0102, 2) + number(0xffff, 2));
    return set;
  };
  const float first = static_cast<float>(0x0102 / 65535.0);
  const DicomSpec implicit = {.syntax = "1.2.840.10008.1.2"};
  EXPECT_THAT(GreysOf(DicomMeta(implicit) + rewritten(true)), ElementsAre(first, 1));
  const DicomSpec big = {.syntax = "1.2.840.10008.1.2.2"};
  EXPECT_THAT(GreysOf(DicomMeta(big) + rewritten(false)), ElementsAre(first, 1));
  const DicomSpec deflated = {.syntax = "1.2.840.10008.1.2.1.99", .pixels = std::string("\x00\xff", 2)};
  EXPECT_THAT(GreysOf(DicomMeta(deflated) + Deflate(DicomDataset(deflated))), ElementsAre(0, 1));
}

// ---- what values become: PS3.3, C.11 ----

TEST_F(DicomFolder, AWindowIsInTheUnitBehindRescaling) {
  const std::string rescale = DicomElement(0x28, 0x1052, "DS", "-1024") + DicomElement(0x28, 0x1053, "DS", "2");
  const DicomSpec spec = {
      .bits_allocated = 16, .bits_stored = 12, .pixels = Little(512, 2) + Little(560, 2), .window = rescale};
  Window(50, 201);  // 0 is (0 - 49.5) / 200 + 0.5; 96 likewise
  EXPECT_THAT(GreysOf(MakeDicom(spec)),
              ElementsAre(static_cast<float>(-49.5 / 200 + 0.5), static_cast<float>(46.5 / 200 + 0.5)));
  Window(-500, 100);
  EXPECT_THAT(GreysOf(MakeDicom(spec)), ElementsAre(1, 1));
}

TEST_F(DicomFolder, TheWindowOfTheFileIsLinearOrExact) {
  mapping_.mutable_dicom()->set_window(v1::DicomSource::FROM_FILE);
  DicomSpec spec = {.pixels = "\x64\x78", .window = DicomWindowOf("110\\5", "41\\9")};
  EXPECT_THAT(GreysOf(MakeDicom(spec)),
              ElementsAre(static_cast<float>(-9.5 / 40 + 0.5), static_cast<float>(10.5 / 40 + 0.5)));
  spec.window = DicomWindowOf("110", "40", "LINEAR_EXACT");
  EXPECT_THAT(GreysOf(MakeDicom(spec)), ElementsAre(0.25f, 0.75f));
  spec.window = DicomWindowOf("110", "40", "SIGMOID");
  EXPECT_THAT(ProblemOf(MakeDicom(spec)), HasSubstr("a window that is not linear"));
  spec.window = "";
  EXPECT_THAT(ProblemOf(MakeDicom(spec)), HasSubstr("has no window of its own"));
}

TEST_F(DicomFolder, SignedValuesAndMonochrome1AreReadAsTheStandardSays) {
  DicomSpec spec = {
      .bits_allocated = 16, .bits_stored = 12, .is_signed = 1, .pixels = Little(0x0800, 2) + Little(0xf7ff, 2)};
  EXPECT_THAT(GreysOf(MakeDicom(spec)), ElementsAre(0, 1));  // -2048, and 2047 with bits of something else above
  spec.colours = "MONOCHROME1";
  EXPECT_THAT(GreysOf(MakeDicom(spec)), ElementsAre(1, 0));
}

TEST_F(DicomFolder, ColoursByPixelAndByPlaneAreTheSame) {
  Shape(3, 1, 2);
  DicomSpec spec = {.colours = "RGB", .pixels = "\1\2\3\4\5\6"};
  One(MakeDicom(spec));
  EXPECT_THAT(Load()->train.bytes, ElementsAre(1, 4, 2, 5, 3, 6));
  spec.planes = 1;
  spec.pixels = "\1\4\2\5\3\6";
  One(MakeDicom(spec));
  EXPECT_THAT(Load()->train.bytes, ElementsAre(1, 4, 2, 5, 3, 6));
  Shape(1, 1, 2);
  EXPECT_THAT(ProblemOf(MakeDicom(spec)), HasSubstr("is in colour; the schema says 1 channel"));
}

// ---- persons ----

TEST_F(DicomFolder, PatientsWhoOptedOutAreLeftOut) {
  File("a.dcm", MakeDicom({.pixels = "\1\2", .patient = "0070"}));
  File("b.dcm", MakeDicom({.pixels = "\3\4", .patient = "MEIER-1957"}));
  Write("labels.csv", "file,ill\na.dcm,yes\nb.dcm,perhaps\n");
  mapping_.mutable_dicom()->set_person_is_patient(true);
  opt_out_list_ = Write("opt-out.txt", "MEIER-1957\n");
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();  // what is wrong in that row is no fault
  EXPECT_EQ(data->train.rows(), 1u);
  EXPECT_EQ(report_.opted_out_rows(), 1u);
  EXPECT_EQ(report_.opted_out_persons(), 1u);
  opt_out_list_ = Write("opt-out.txt", "70\nMEIER-1957\n");
  EXPECT_FALSE(Load().ok());
}

TEST_F(DicomFolder, AFileThatDoesNotSayWhoseItIsIsNeverUsed) {
  mapping_.mutable_dicom()->set_person_is_patient(true);
  opt_out_list_ = Write("opt-out.txt", "x\n");
  EXPECT_THAT(ProblemOf(MakeDicom({.pixels = "\1\2"})), HasSubstr("has no PatientID"));
  EXPECT_THAT(ProblemOf(MakeDicom({.pixels = "\1\2", .patient = "M\xc3\xbcller"})), HasSubstr("beyond ASCII"));
  EXPECT_THAT(ProblemOf(MakeDicom({.pixels = "\1\2", .patient = "a\\x"})), HasSubstr("or several"));
  EXPECT_THAT(ProblemOf("rubbish"), HasSubstr("is no DICOM file"));
}

// ---- what is refused ----

TEST_F(DicomFolder, EachBadFileIsRefusedInItsWordsAndNothingOfItIsTold) {
  const std::string good = MakeDicom({.pixels = "\1\2", .patient = "SECRET"});
  const DicomSpec deflated = {.syntax = "1.2.840.10008.1.2.1.99"};
  const Compressed jpeg = CompressedTwelveBits()[2];
  const DicomSpec lossless = {.syntax = jpeg.syntax,
                              .width = 4,
                              .height = 2,
                              .bits_allocated = 16,
                              .bits_stored = 12,
                              .fragment = jpeg.fragment};
  std::string long_fragment = MakeDicom(lossless);
  long_fragment[long_fragment.size() - 8 - jpeg.fragment.size() - jpeg.fragment.size() % 2 - 4] = '\x7f';
  std::string nested;
  for (int i = 0; i < 100'000; ++i) {
    nested += Little(0x9, 2) + Little(0x10, 2) + "SQ" + std::string(2, '\0') + Little(0xffffffff, 4) +
              std::string("\xfe\xff\x00\xe0", 4) + Little(0xffffffff, 4);
  }
  const std::vector<std::pair<std::string, std::string>> files = {
      {"", "is empty"},
      {GreyPng(1, 2), "is no DICOM file; PNG and JPEG"},
      {"SECRET,age\n", "is no DICOM file"},
      {good.substr(0, 140), "is damaged or cut off"},
      {good.substr(0, good.size() - 1), "is damaged or cut off"},
      {MakeDicom({.syntax = "1.2.840.10008.1.2.4.90", .pixels = "\1\2"}), "JPEG 2000"},
      {MakeDicom({.syntax = "1.2.840.10008.1.2.4.103", .pixels = "\1\2"}), "in a way that is not read"},
      {MakeDicom({.pixels = "\1\2", .media = "1.2.840.10008.1.3.10"}), "is a DICOMDIR"},
      {MakeDicom({.pixels = "\1\2", .between = DicomElement(0x28, 8, "IS", "2")}), "more than one frame"},
      {MakeDicom({.width = 60000, .height = 60000, .pixels = "\1\2"}), "is 60000 pixels wide"},
      {MakeDicom({.pixels = "\1\2\3\4"}), "is damaged or cut off"},
      {MakeDicom({.pixels = ""}), "is damaged or cut off"},
      {MakeDicom({.colours = "SECRET", .pixels = "\1\2"}), "PhotometricInterpretation"},
      {MakeDicom({.bits_allocated = 32, .pixels = "\1\2"}), "neither 8 nor 16 bits"},
      {MakeDicom({.bits_stored = 9, .pixels = "\1\2"}), "BitsStored"},
      {MakeDicom({.pixels = "\1\2", .window = DicomElement(0x28, 0x1053, "DS", "SECRET")}), "RescaleSlope"},
      {MakeDicom({.pixels = "\1\2", .window = DicomElement(0x28, 0x1050, "DS", "SECRET")}), "WindowCenter"},
      {MakeDicom({.pixels = "\1\2", .window = DicomWindowOf("1", "0")}), "WindowWidth"},
      {MakeDicom({.pixels = "\1\2", .window = DicomElement(0x28, 0x3000, "SQ", "")}), "modality look-up table"},
      {MakeDicom({.pixels = "\1\2", .between = DicomElement(0x28, 0x10, "US", Little(1, 2))}), "is damaged or cut off"},
      {DicomMeta({}) + DicomElement(0x10, 0x20, "LO", "SECRET"), "has no pixels"},
      {DicomMeta({}) + nested, "nested too deep"},
      {DicomMeta(deflated) + "SECRET", "is damaged or cut off"},
      {DicomMeta(deflated) + Deflate(std::string(size_t{130} << 20, '\0')), "unpacks to more than 128 MiB"},
      {MakeDicom({.syntax = jpeg.syntax, .fragment = jpeg.fragment}), "is damaged or cut off"},  // of another size
      {long_fragment, "is damaged or cut off"}};
  for (const auto& [content, problem] : files) {
    const std::string found = ProblemOf(content);
    EXPECT_THAT(found, HasSubstr(problem));
    EXPECT_THAT(found, Not(HasSubstr("SECRET")));
  }
}

TEST_F(DicomFolder, CompressedPixelsThatEndEarlyAreRefused) {
  Shape(1, 2, 4);
  for (const Compressed& compressed : CompressedTwelveBits()) {
    for (size_t size = 2; size + 4 < compressed.fragment.size(); size += 3) {
      const DicomSpec spec = {.syntax = compressed.syntax,
                              .width = 4,
                              .height = 2,
                              .bits_allocated = 16,
                              .bits_stored = 12,
                              .fragment = compressed.fragment.substr(0, size)};
      EXPECT_NE(ProblemOf(MakeDicom(spec)), "") << compressed.syntax << " of " << size;
    }
  }
}

TEST_F(DicomFolder, PrivateElementsAndSequencesAreGoneOver) {
  const std::string item = std::string("\xfe\xff\x00\xe0", 4) + Little(0xffffffff, 4) +
                           DicomElement(0x10, 0x10, "PN", "SECRET") + std::string("\xfe\xff\x0d\xe0", 4) + Little(0, 4);
  const std::string sequence = Little(0x8, 2) + Little(0x1140, 2) + "SQ" + std::string(2, '\0') +
                               Little(0xffffffff, 4) + item + std::string("\xfe\xff\xdd\xe0", 4) + Little(0, 4);
  const std::string priv = DicomElement(0x9, 0x10, "LO", "MAKER") + DicomElement(0x9, 0x1001, "UN", "SECRET");
  const DicomSpec spec = {.pixels = std::string("\x00\xff", 2)};
  EXPECT_THAT(GreysOf(DicomMeta(spec) + sequence + priv + DicomDataset(spec)), ElementsAre(0, 1));
}

}  // namespace
}  // namespace accord
