#include "client/daemon/training/version_keeper.h"

#include <sys/stat.h>
#include <utime.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/training/host_fixture.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class Versions : public ::testing::Test {
 protected:
  Versions() {
    Write("heart.csv", "age\n50\n");
    Write("heart.yaml", "csv: {file: heart.csv}\n");
    config_.set_state_dir(Path("state"));
    v1::SiteDataset& dataset = *config_.add_datasets();
    dataset.set_name("heart");
    dataset.set_mapping(Path("heart.yaml"));
    // As long after the files were written as their times are coarse.
    clock_.Advance(absl::Now() + absl::Hours(1) - clock_.Now());
  }
  std::string Path(const std::string& name) const { return absl::StrCat(folder_.path(), "/", name); }
  void Write(const std::string& name, const std::string& content) {
    ASSERT_TRUE(WriteFileAtomically(Path(name), content).ok());
  }
  VersionKeeper Keeper() {
    return VersionKeeper(
        config_,
        [this](const std::string&) -> absl::StatusOr<std::vector<DataPart>> {
          ++times_hashed_;
          if (while_hashing_) while_hashing_();
          const std::string content = ReadFile(Path("heart.csv")).value();
          return std::vector<DataPart>{{0, Sha256(content), content.size()}};
        },
        clock_);
  }

  TemporaryFolder folder_;
  v1::SiteConfig config_;
  ManualClock clock_{absl::UnixEpoch()};
  int times_hashed_ = 0;
  std::function<void()> while_hashing_;
};

TEST_F(Versions, AreHashedOnceWhileTheFilesStay) {
  const std::string text = Keeper().Find("heart").value();
  EXPECT_EQ(Keeper().Find("heart").value(), text);
  EXPECT_EQ(*Keeper().Now("heart"), DataVersionHash(text));
  EXPECT_EQ(times_hashed_, 1);
  EXPECT_EQ(ParseDataVersion(text)->mapping, Sha256("csv: {file: heart.csv}\n"));
}

TEST_F(Versions, AreOthersWhereAFileWasRewrittenAndItsTimePutBack) {
  const std::string before = Keeper().Find("heart").value();
  struct stat status;
  ASSERT_EQ(stat(Path("heart.csv").c_str(), &status), 0);
  Write("heart.csv", "age\n51\n");
  const utimbuf times = {status.st_atime, status.st_mtime};
  ASSERT_EQ(utime(Path("heart.csv").c_str(), &times), 0);
  EXPECT_NE(Keeper().Find("heart").value(), before);
}

TEST_F(Versions, OfAFileThatIsDatedInTheFutureAreKeptToo) {
  const auto next_year = static_cast<time_t>(absl::ToUnixSeconds(clock_.Now() + absl::Hours(24) * 365));
  const utimbuf times = {next_year, next_year};
  ASSERT_EQ(utime(Path("heart.csv").c_str(), &times), 0);
  const std::string text = Keeper().Find("heart").value();
  EXPECT_EQ(Keeper().Now("heart").value(), DataVersionHash(text));
  EXPECT_EQ(times_hashed_, 1);
}

TEST_F(Versions, AreOthersUnderAnotherMapping) {
  const std::string before = Keeper().Find("heart").value();
  Write("heart.yaml", "csv: {file: heart.csv}\n# version: 2027-03\n");
  EXPECT_NE(Keeper().Find("heart").value(), before);
}

TEST_F(Versions, OfFilesThatWereJustWrittenAreFoundButNotKept) {
  clock_.Advance(-absl::Hours(1));
  ASSERT_TRUE(Keeper().Find("heart").ok());
  ASSERT_TRUE(Keeper().Find("heart").ok());
  EXPECT_EQ(times_hashed_, 2);
}

TEST_F(Versions, OfFilesThatAreWrittenToMeanwhileAreNone) {
  while_hashing_ = [this] { Write("heart.csv", absl::StrCat("age\n", times_hashed_, "\n")); };
  const auto text = Keeper().Find("heart");
  EXPECT_TRUE(absl::IsUnavailable(text.status())) << text.status();
  EXPECT_THAT(std::string(text.status().message()), HasSubstr("written to while they were hashed"));
}

TEST_F(Versions, ThatAreNotKnownAreFoundOutMeanwhile) {
  {
    VersionKeeper keeper = Keeper();
    const auto now = keeper.Now("heart");
    EXPECT_TRUE(absl::IsUnavailable(now.status()));
    EXPECT_THAT(std::string(now.status().message()), HasSubstr("is being hashed"));
  }  // waits for it
  EXPECT_EQ(times_hashed_, 1);
  EXPECT_TRUE(Keeper().Now("heart").ok());
}

TEST_F(Versions, OfADamagedFileAreFoundAnew) {
  ASSERT_TRUE(Keeper().Find("heart").ok());
  Write("state/data-versions/heart", "torn");
  ASSERT_TRUE(Keeper().Find("heart").ok());
  EXPECT_EQ(times_hashed_, 2);
}

TEST_F(Versions, OfADataSetThatIsNotThereAreNone) {
  EXPECT_TRUE(absl::IsUnavailable(Keeper().Now("lungs").status()));
  std::filesystem::remove(Path("heart.csv"));
  EXPECT_FALSE(Keeper().Now("heart").ok());
}

TEST_F(Versions, SeeEveryFileOfAFolder) {
  ASSERT_TRUE(MakeFolders(Path("images/ward1")).ok());
  Write("images/ward1/1.png", "one");
  Write("labels.csv", "file,label\n");
  v1::DatasetMapping mapping;
  mapping.mutable_image_folder()->set_folder(Path("images"));
  mapping.mutable_image_folder()->set_labels(Path("labels.csv"));
  const Sha256Digest before = LookAtData(mapping)->fingerprint;
  EXPECT_EQ(LookAtData(mapping)->fingerprint, before);
  Write("images/ward1/1.png", "two");
  const Sha256Digest rewritten = LookAtData(mapping)->fingerprint;
  EXPECT_NE(rewritten, before);
  Write("images/2.png", "");
  EXPECT_NE(LookAtData(mapping)->fingerprint, rewritten);
}

// Through the sandbox, by a trainer of its own.
TEST(HashedData, OfARealTrainerIsWhatTheFilesAre) {
  ACCORD_SKIP_WITHOUT_SANDBOX();
  TemporaryFolder folder;
  const std::string rows = "x,y\n1,no\n2,yes\n";
  folder.Write("rows.csv", rows);
  TrainerHostOptions options = HostOptions();
  options.datasets.push_back({"table", folder.Write("mapping.yaml", "csv: {file: rows.csv}\n")});
  auto created = TrainerHost::Create(options);
  ASSERT_TRUE(created.ok()) << created.status();
  const std::unique_ptr<TrainerHost> host = *std::move(created);
  const auto parts = host->HashData("table");
  ASSERT_TRUE(parts.ok()) << parts.status();
  ASSERT_EQ(parts->size(), 1);
  EXPECT_EQ((*parts)[0].sha256, Sha256(rows));
  EXPECT_EQ((*parts)[0].bytes, rows.size());
  EXPECT_FALSE(host->HashData("none").ok());
}

}  // namespace
}  // namespace accord
