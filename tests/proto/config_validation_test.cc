#include "proto/validation/config_validation.h"

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::string Write(absl::string_view yaml) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/config.yaml");
  EXPECT_TRUE(WriteFileAtomically(path, yaml, 0644, Durability::kVisible).ok());
  return path;
}

template <typename Config>
std::vector<std::string> Faults(absl::StatusOr<Config> (*load)(const std::string&), absl::string_view yaml) {
  const std::string path = Write(yaml);
  const auto config = load(path);
  if (config.ok()) return {};
  std::vector<std::string> faults = absl::StrSplit(std::string(config.status().message()), '\n');
  for (std::string& fault : faults) {
    if (fault.rfind(path + ":", 0) == 0) fault = fault.substr(path.size() + 1);
  }
  return faults;
}

constexpr char kSite[] = R"(coordinator: accord.example.org:7443
site: north
state_dir: state
)";

TEST(LoadSiteConfig, ASigningTokenIsWholeOrRefusedFieldByField) {
  const auto config = LoadSiteConfig(Write(absl::StrCat(
      kSite, "signing_token: {module: /usr/lib/m.so, token_label: north, key_label: signing, pin_file: pin}\n")));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->signing_token().module(), "/usr/lib/m.so");
  EXPECT_EQ(config->signing_token().pin_file(), ResolveBeside(::testing::TempDir() + "/config.yaml", "pin"));
  EXPECT_FALSE(LoadSiteConfig(Write(kSite))->has_signing_token());
  const std::vector<std::string> faults = Faults(
      LoadSiteConfig,
      absl::StrCat(kSite, "signing_token: {module: m.so, token_label: ", std::string(33, 'x'), ", pin: 1234}\n"));
  const std::string all = absl::StrJoin(faults, "\n");
  EXPECT_THAT(all, HasSubstr("signing_token.module"));
  EXPECT_THAT(all, HasSubstr("signing_token.token_label"));
  EXPECT_THAT(all, HasSubstr("signing_token.key_label"));
  EXPECT_THAT(all, HasSubstr("signing_token.pin: is not a field here"));
  EXPECT_THAT(all, Not(HasSubstr("1234")));
}

TEST(LoadSiteConfig, FillsInDefaultsAndResolvesPathsBesideTheFile) {
  const auto config = LoadSiteConfig(Write(
      absl::StrCat(kSite, "datasets: [{name: heart, mapping: maps/heart.yaml}]\n", "opt_out_list: opt-out.txt\n")));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->opt_out_list(), ResolveBeside(::testing::TempDir() + "/config.yaml", "opt-out.txt"));
  const std::string folder = std::filesystem::path(::testing::TempDir()).lexically_normal().string();
  EXPECT_EQ(config->state_dir(), ResolveBeside(::testing::TempDir() + "/config.yaml", "state"));
  EXPECT_THAT(config->datasets(0).mapping(), StartsWith(folder));
  EXPECT_THAT(config->datasets(0).mapping(), HasSubstr("maps/heart.yaml"));
  EXPECT_EQ(config->trainer(), "");
  EXPECT_EQ(config->sandbox().mode(), v1::Sandbox::REQUIRED);
  EXPECT_EQ(config->sandbox().memory_mib(), 4096u);
  EXPECT_GE(config->sandbox().threads(), 1u);
  EXPECT_EQ(config->sandbox().silence_s(), 120u);
  EXPECT_EQ(config->sandbox().max_data_mib(), 2048u);
  EXPECT_EQ(config->sandbox().max_scratch_mib(), 16384u);
  EXPECT_EQ(config->sandbox().scratch_dir(), "") << "the state folder";
  EXPECT_EQ(config->log().level(), "info");
}

TEST(LoadSiteConfig, TellsEveryFaultWithItsLine) {
  EXPECT_THAT(
      Faults(LoadSiteConfig,
             "coordinator: host:70000\nsite: north\nstate_dir: s\nproxy: ftp://p:1\n"
             "datasets:\n- {name: heart, mapping: a}\n- {name: heart, mapping: b}\n"
             "sandbox: {mode: off, memory_mib: 100, silence_s: 0}\nlog: {level: loud}\n"),
      ElementsAre(StartsWith("1: coordinator: has port 70000; expected 1 to 65535"),
                  StartsWith("4: proxy: is not of the form http://host:port"),
                  StartsWith("7: datasets[1].name: names a data set a second time"),
                  StartsWith("8: sandbox.mode: is 'off'; expected one of required, off_and_say_so_in_every_report"),
                  StartsWith("8: sandbox.memory_mib: is 100; expected at least 1024"),
                  StartsWith("8: sandbox.silence_s: is 0; expected at least 1"),
                  StartsWith("9: log.level: is 'loud'; expected the form trace|debug|info")));
}

TEST(LoadSiteConfig, StandsOnThreeSitesOfThreeOrganisationsAndOneColluder) {
  const auto config = LoadSiteConfig(Write(kSite));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->floors().min_sites(), 3u);
  EXPECT_EQ(config->floors().min_organisations(), 3u);
  EXPECT_EQ(config->floors().min_colluding_organisations(), 1u);
  EXPECT_FALSE(config->floors().allow_two_sites());
  EXPECT_FALSE(config->floors().allow_plain_sums());
  EXPECT_EQ(config->roster_sha256(), "");
}

TEST(LoadSiteConfig, AGpuIsForTheSandboxAlone) {
  EXPECT_THAT(Faults(LoadSiteConfig, absl::StrCat(kSite, "sandbox: {mode: required, gpu: true}\n")), IsEmpty());
  EXPECT_THAT(
      Faults(LoadSiteConfig, absl::StrCat(kSite, "sandbox: {mode: off_and_say_so_in_every_report, gpu: true}\n")),
      ElementsAre(HasSubstr("sandbox.gpu: lets jobs open files for writing")));
}

TEST(LoadSiteConfig, FloorsMayRiseAndNeverFall) {
  const std::string higher =
      absl::StrCat(kSite, "floors: {min_sites: 5, min_organisations: 4, min_colluding_organisations: 2}\n");
  EXPECT_THAT(Faults(LoadSiteConfig, higher), IsEmpty());
  const std::string lower =
      absl::StrCat(kSite, "floors:\n  min_sites: 2\n  min_organisations: 2\n  min_colluding_organisations: 0\n",
                   "  allow_two_sites: true\n");
  EXPECT_THAT(Faults(LoadSiteConfig, lower),
              ElementsAre(StartsWith("5: floors.min_sites: is 2; expected at least 3"),
                          StartsWith("6: floors.min_organisations: is 2; expected at least 3"),
                          StartsWith("7: floors.min_colluding_organisations: is 0; expected at least 1")));
}

TEST(LoadSiteConfig, TakesTheHashOfARosterAndNothingElse) {
  EXPECT_THAT(Faults(LoadSiteConfig, absl::StrCat(kSite, "roster_sha256: ", std::string(64, 'a'), "\n")), IsEmpty());
  for (const std::string& hash : {std::string(63, 'a'), std::string(64, 'A'), std::string(64, 'g')}) {
    EXPECT_THAT(Faults(LoadSiteConfig, absl::StrCat(kSite, "roster_sha256: ", hash, "\n")),
                ElementsAre(StartsWith("4: roster_sha256: is ")));
  }
}

TEST(LoadSiteConfig, TakesACharterAndAPolicyBesideTheFile) {
  const auto config = LoadSiteConfig(Write(absl::StrCat(kSite, "charter_sha256: ", std::string(64, 'a'),
                                                        "\npolicy: policy.yaml\nfloors: {require_charter: true}\n")));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->policy(), ResolveBeside(::testing::TempDir() + "/config.yaml", "policy.yaml"));
  EXPECT_TRUE(config->floors().require_charter());
  EXPECT_THAT(Faults(LoadSiteConfig, absl::StrCat(kSite, "charter_sha256: none\n")),
              ElementsAre(StartsWith("4: charter_sha256: is ")));
}

TEST(LoadSiteConfig, NeverRepeatsAProxyThatMayHoldAPassword) {
  const auto config = LoadSiteConfig(Write(absl::StrCat(kSite, "proxy: http://me:hunter2@proxy:3128\n")));
  EXPECT_THAT(std::string(config.status().message()), HasSubstr("proxy: is not of the form"));
  EXPECT_THAT(std::string(config.status().message()), Not(HasSubstr("hunter2")));
}

TEST(LoadCoordinatorConfig, FillsInDefaultsAndTakesPortZero) {
  const auto config = LoadCoordinatorConfig(Write("listen: 127.0.0.1:0\nstate_dir: /var/lib/accord\n"));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->state_dir(), "/var/lib/accord");
  EXPECT_EQ(config->project(), "federation");
  EXPECT_EQ(config->max_sites(), 1000u);
  EXPECT_EQ(config->max_upload_mib(), 4096u);
}

TEST(LoadCoordinatorConfig, TakesTheProjectThatTheLogIsOf) {
  EXPECT_EQ(LoadCoordinatorConfig(Write("listen: 127.0.0.1:0\nstate_dir: s\nproject: heart\n"))->project(), "heart");
  for (const char* bad : {"Heart", "-heart", "''", "a/b"}) {
    EXPECT_THAT(Faults(LoadCoordinatorConfig, absl::StrCat("listen: 127.0.0.1:0\nstate_dir: s\nproject: ", bad, "\n")),
                ElementsAre(StartsWith("3: project: is '")))
        << bad;
  }
}

TEST(LoadCoordinatorConfig, TellsEveryFaultWithItsLine) {
  EXPECT_THAT(Faults(LoadCoordinatorConfig, "listen: 7443\nstate_dir: s\nnames: ['https://a']\nmax_sites: 0\n"),
              ElementsAre(StartsWith("1: listen: is '7443'; expected the form"),
                          StartsWith("3: names[0]: is not a host name or address"),
                          StartsWith("4: max_sites: is 0; expected at least 1")));
}

TEST(LoadDatasetMapping, FillsInDefaultsAndResolvesPaths) {
  const auto mapping = LoadDatasetMapping(Write("csv: {file: a.csv}\ncolumns: [{name: age}]\n"));
  ASSERT_TRUE(mapping.ok()) << mapping.status();
  EXPECT_EQ(mapping->csv().delimiter(), ",");
  EXPECT_EQ(mapping->csv().file(), ResolveBeside(::testing::TempDir() + "/config.yaml", "a.csv"));
  EXPECT_THAT(mapping->missing(), ElementsAre("", "?", "NA"));
  EXPECT_EQ(mapping->rows_with_missing(), v1::DatasetMapping::KEEP);
  EXPECT_EQ(mapping->bad_rows(), v1::DatasetMapping::REFUSE);
  EXPECT_EQ(mapping->split().test_fraction(), 0.2);
  EXPECT_EQ(mapping->columns(0).column(), "age");
  EXPECT_EQ(mapping->columns(0).scale(), 1);
}

TEST(LoadDatasetMapping, KeepsAnEmptyListOfMissingTextsAndTestFilesWithoutSplit) {
  const auto empty = LoadDatasetMapping(Write("csv: {file: a.csv}\nmissing: []\n"));
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_THAT(empty->missing(), IsEmpty());
  const auto images = LoadDatasetMapping(Write("idx: {images: i, labels: l, test_images: ti, test_labels: tl}\n"));
  ASSERT_TRUE(images.ok()) << images.status();
  EXPECT_FALSE(images->has_split());
}

TEST(LoadDatasetMapping, TellsEveryFaultWithItsLine) {
  EXPECT_THAT(
      Faults(LoadDatasetMapping,
             "csv: {file: a.csv, delimiter: '\"', header: [x, x]}\n"
             "split: {file: {file: s.csv, where_column: centre}}\n"
             "columns:\n"
             "- {name: age, scale: 0}\n"
             "- {name: age}\n"
             "- name: sex\n"
             "  scale: 2\n"
             "  codes:\n"
             "  - {code: 1, level: male}\n"
             "  - {code: '1.0', level: female}\n"),
      ElementsAre(StartsWith("1: csv.delimiter: is a quote or a line end"),
                  StartsWith("1: csv.header[1]: is 'x' a second"),
                  StartsWith("2: split.file.where_value: is missing; where_column and where_value"),
                  StartsWith("4: columns[0].scale: is 0"), StartsWith("5: columns[1].name: is 'age' a second time"),
                  StartsWith("8: columns[2].codes: cannot stand beside scale"),
                  StartsWith("10: columns[2].codes[1].code: is '1.0' a second time")));
  EXPECT_THAT(
      Faults(LoadDatasetMapping,
             "idx: {images: i, labels: l, test_images: t}\nsplit: {test_fraction: 0.1}\n"
             "columns: [{name: a}]\n"),
      ElementsAre(StartsWith("1: idx.test_labels: is missing"), StartsWith("2: split: cannot stand beside idx.test"),
                  StartsWith("3: columns: belongs to csv")));
  EXPECT_THAT(
      Faults(LoadDatasetMapping, "missing: [x]\n"),
      ElementsAre("1: source: is missing; write one of csv, idx, sqlite, npy, image_folder, postgresql, dicom"));
}

v1::DataSchema Schema(const std::string& text) {
  v1::DataSchema schema;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &schema));
  return schema;
}

std::vector<std::string> Disagreements(const std::string& mapping_text, const v1::DataSchema& schema) {
  v1::DatasetMapping mapping;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(mapping_text, &mapping));
  FaultList faults;
  CheckMappingAgainstSchema(mapping, schema, faults);
  std::vector<std::string> texts;
  for (const Fault& fault : faults.faults()) texts.push_back(absl::StrCat(fault.path, ": ", fault.text));
  return texts;
}

TEST(CheckMappingAgainstSchema, FindsCodesThatTheSchemaDoesNotHave) {
  const v1::DataSchema schema = Schema(
      "features { name: 'age' numeric {} } features { name: 'sex' category { levels: 'female' levels: 'male' } } "
      "target { name: 'ill' category { levels: 'no' levels: 'yes' } }");
  EXPECT_THAT(Disagreements("csv {} columns { name: 'sex' codes { code: '1' level: 'male' } } columns { name: 'other' "
                            "codes { code: '1' level: 'x' } }",
                            schema),
              IsEmpty());
  EXPECT_THAT(Disagreements("csv {} columns { name: 'age' codes { code: '1' level: 'old' } } columns { name: 'sex' "
                            "codes { code: '1' level: 'mael' } }",
                            schema),
              ElementsAre(StartsWith("columns[0].codes: belongs to a category"),
                          "columns[1].codes[0].level: is 'mael', which is no level of 'sex'; did you mean male?"));
}

TEST(CheckMappingAgainstSchema, TellsTablesFromImages) {
  EXPECT_THAT(Disagreements("csv {}", Schema("image { height: 2 width: 2 channels: 1 }")),
              ElementsAre(StartsWith("csv: is a table, but the job's schema asks for images")));
  EXPECT_THAT(Disagreements("idx {}", Schema("features { name: 'age' numeric {} }")),
              ElementsAre(StartsWith("idx: holds images, but the job's schema asks for a table")));
}

TEST(ResolveBeside, KeepsAbsoluteAndEmptyPaths) {
  EXPECT_EQ(ResolveBeside("/etc/accord/client.yaml", "state"), "/etc/accord/state");
  EXPECT_EQ(ResolveBeside("/etc/accord/client.yaml", "../x"), "/etc/x");
  EXPECT_EQ(ResolveBeside("/etc/accord/client.yaml", "/var/x"), "/var/x");
  EXPECT_EQ(ResolveBeside("client.yaml", "state"), "state");
  EXPECT_EQ(ResolveBeside("client.yaml", ""), "");
}

TEST(Examples, OfThisProjectAreValidMappings) {
  int num_mappings = 0;
  for (const char* folder : {"adult", "ecg", "heart", "lesions", "mnist", "notes", "pneumonia"}) {
    for (const auto& entry :
         std::filesystem::directory_iterator(absl::StrCat(ACCORD_SOURCE_DIR, "/deploy/examples/", folder))) {
      if (entry.path().extension() != ".yaml") continue;
      const auto mapping = LoadDatasetMapping(entry.path().string());
      EXPECT_TRUE(mapping.ok()) << mapping.status();
      ++num_mappings;
    }
  }
  EXPECT_EQ(num_mappings, 10);
}

}  // namespace
}  // namespace accord
