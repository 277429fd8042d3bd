#include "client/daemon/training/version_keeper.h"

#include <sys/stat.h>
#include <utime.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/training/host_fixture.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

// Moved by the test while the keeper's threads read it.
class SteppedClock : public Clock {
 public:
  absl::Time Now() override { return absl::UnixEpoch() + Monotonic(); }
  absl::Duration Monotonic() override { return absl::Nanoseconds(elapsed_ns_.load()); }
  void Advance(absl::Duration by) { elapsed_ns_ += absl::ToInt64Nanoseconds(by); }

 private:
  std::atomic<int64_t> elapsed_ns_ = 0;
};

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
    VersionKeeper::Options options;
    options.hash = [this](const std::string&) -> absl::StatusOr<std::vector<DataPart>> {
      ++times_hashed_;
      if (while_hashing_) while_hashing_();
      const std::string content = ReadFile(Path("heart.csv")).value();
      return std::vector<DataPart>{{0, Sha256(content), content.size()}};
    };
    options.look = [this](const v1::DatasetMapping& mapping, const std::atomic<bool>& cancelled) {
      ++times_looked_;
      if (while_looking_) while_looking_(cancelled);
      return LookAtData(mapping, cancelled);
    };
    options.patience = patience_;
    return VersionKeeper(config_, options, clock_);
  }
  static absl::StatusOr<DataFacts> Look(const v1::DatasetMapping& mapping) {
    const std::atomic<bool> cancelled = false;
    return LookAtData(mapping, cancelled);
  }

  TemporaryFolder folder_;
  v1::SiteConfig config_;
  SteppedClock clock_;
  absl::Duration patience_ = absl::Seconds(60);
  std::atomic<int> times_hashed_ = 0;
  std::atomic<int> times_looked_ = 0;
  std::function<void()> while_hashing_;
  std::function<void(const std::atomic<bool>& cancelled)> while_looking_;
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
  while_hashing_ = [this] { Write("heart.csv", absl::StrCat("age\n", times_hashed_.load(), "\n")); };
  const auto text = Keeper().Find("heart");
  EXPECT_TRUE(absl::IsUnavailable(text.status())) << text.status();
  EXPECT_THAT(std::string(text.status().message()), HasSubstr("written to while they were hashed"));
}

TEST_F(Versions, ThatAreNotKnownAreFoundOutMeanwhileAndWhoAskedIsTold) {
  absl::Notification hash;
  while_hashing_ = [&hash] { hash.WaitForNotification(); };
  VersionKeeper keeper = Keeper();
  absl::Notification found;
  keeper.TellWhenFound([&] {
    if (keeper.Now("heart").ok()) found.Notify();
  });
  const auto now = keeper.Now("heart");
  EXPECT_TRUE(absl::IsUnavailable(now.status()));
  EXPECT_THAT(std::string(now.status().message()), HasSubstr("is being hashed"));
  hash.Notify();
  EXPECT_TRUE(found.WaitForNotificationWithTimeout(absl::Seconds(60)));
  EXPECT_EQ(times_hashed_, 1);
  keeper.TellWhenFound({});
}

TEST_F(Versions, HoldForSecondsAndAreLookedAtAnewThen) {
  const Sha256Digest before = DataVersionHash(Keeper().Find("heart").value());
  VersionKeeper keeper = Keeper();
  times_looked_ = 0;
  EXPECT_EQ(keeper.Now("heart").value(), before);
  EXPECT_EQ(keeper.Now("heart").value(), before);
  EXPECT_EQ(times_looked_, 1);
  Write("heart.csv", "age\n51\n");
  clock_.Advance(kVersionHolds + absl::Seconds(1));
  EXPECT_TRUE(absl::IsUnavailable(keeper.Now("heart").status()));
  EXPECT_GE(times_looked_, 2);
}

TEST_F(Versions, SinceAMomentAreOfALookThatBeganThenOrLater) {
  const Sha256Digest there = DataVersionHash(Keeper().Find("heart").value());
  VersionKeeper keeper = Keeper();
  times_looked_ = 0;
  const absl::Duration before = clock_.Monotonic();
  ASSERT_EQ(keeper.Since("heart", before)->version, there);
  const Sha256Digest files = keeper.Since("heart", before)->files;
  EXPECT_EQ(times_looked_, 1);
  clock_.Advance(absl::Milliseconds(10));
  const auto again = keeper.Since("heart", clock_.Monotonic());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->files, files);
  EXPECT_EQ(times_looked_, 2) << "though the first one holds for seconds";
  EXPECT_TRUE(absl::IsUnavailable(keeper.Since("lungs", before).status()));
}

TEST_F(Versions, OfALookThatBeganBeforeAreNotToldSinceALaterMoment) {
  ASSERT_TRUE(Keeper().Find("heart").ok());
  times_looked_ = 0;
  absl::Notification began;
  absl::Notification answers;
  while_looking_ = [&](const std::atomic<bool>&) {
    if (!began.HasBeenNotified()) began.Notify();
    answers.WaitForNotification();
  };
  patience_ = absl::ZeroDuration();
  VersionKeeper keeper = Keeper();
  keeper.Now("heart").IgnoreError();
  began.WaitForNotification();
  clock_.Advance(absl::Seconds(1));
  const absl::Duration read = clock_.Monotonic();
  absl::Notification first_is_over;
  absl::Notification told;
  keeper.TellWhenFound([&] {
    if (!first_is_over.HasBeenNotified()) first_is_over.Notify();
    if (!keeper.Since("heart", read).ok() || told.HasBeenNotified()) return;
    EXPECT_GE(times_looked_, 2);
    told.Notify();
  });
  EXPECT_TRUE(absl::IsUnavailable(keeper.Since("heart", read).status()));
  answers.Notify();
  ASSERT_TRUE(first_is_over.WaitForNotificationWithTimeout(absl::Seconds(60)));
  EXPECT_FALSE(told.HasBeenNotified());
  clock_.Advance(absl::Seconds(10));  // the pause after a look that took a second
  keeper.Since("heart", read).IgnoreError();
  EXPECT_TRUE(told.WaitForNotificationWithTimeout(absl::Seconds(60)));
  keeper.TellWhenFound({});
}

TEST_F(Versions, HoldFromTheBeginningOfALook) {
  ASSERT_TRUE(Keeper().Find("heart").ok());
  while_looking_ = [this](const std::atomic<bool>&) { clock_.Advance(absl::Seconds(1)); };
  VersionKeeper keeper = Keeper();
  ASSERT_TRUE(keeper.Now("heart").ok());
  Write("heart.csv", "age\n51\n");
  // One second of looking, five, and six times that one have passed since it began, but not since it ended.
  clock_.Advance(kVersionHolds + absl::Seconds(5) + absl::Milliseconds(500));
  EXPECT_TRUE(absl::IsUnavailable(keeper.Now("heart").status()));
}

TEST_F(Versions, OfAMountThatHangsKeepNobodyWaitingAndAreToldOnceItAnswers) {
  const Sha256Digest there = DataVersionHash(Keeper().Find("heart").value());
  absl::Notification answers;
  absl::Notification answers_again;
  std::atomic<absl::Notification*> mount = &answers;
  while_looking_ = [&mount](const std::atomic<bool>&) { mount.load()->WaitForNotification(); };
  patience_ = absl::ZeroDuration();
  VersionKeeper keeper = Keeper();
  absl::Notification told;
  keeper.TellWhenFound([&] {
    EXPECT_EQ(keeper.Now("heart").value(), there);
    told.Notify();
  });
  for (int i = 0; i < 2; ++i) {
    const auto now = keeper.Now("heart");
    EXPECT_TRUE(absl::IsUnavailable(now.status()));
    EXPECT_THAT(std::string(now.status().message()), HasSubstr("are being looked at"));
  }
  answers.Notify();
  EXPECT_TRUE(told.WaitForNotificationWithTimeout(absl::Seconds(60)));
  keeper.TellWhenFound({});
  mount = &answers_again;
  clock_.Advance(kVersionHolds + absl::Seconds(1));
  EXPECT_TRUE(absl::IsUnavailable(keeper.Now("heart").status())) << "found long ago";
  answers_again.Notify();
}

TEST_F(Versions, ThatAreBeingLookedAtDoNotDelayTheEnd) {
  absl::Notification began;
  while_looking_ = [&began](const std::atomic<bool>& cancelled) {
    began.Notify();
    while (!cancelled) std::this_thread::yield();  // file after file
  };
  patience_ = absl::ZeroDuration();
  VersionKeeper keeper = Keeper();
  keeper.Now("heart").IgnoreError();
  began.WaitForNotification();
}

TEST_F(Versions, AreLookedAtFileByFileUntilThatIsBrokenOff) {
  ASSERT_TRUE(MakeFolders(Path("images")).ok());
  Write("images/1.png", "one");
  v1::DatasetMapping mapping;
  mapping.mutable_image_folder()->set_folder(Path("images"));
  const std::atomic<bool> cancelled = true;
  EXPECT_TRUE(absl::IsCancelled(LookAtData(mapping, cancelled).status()));
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
  const Sha256Digest before = Look(mapping)->fingerprint;
  EXPECT_EQ(Look(mapping)->fingerprint, before);
  Write("images/ward1/1.png", "two");
  const Sha256Digest rewritten = Look(mapping)->fingerprint;
  EXPECT_NE(rewritten, before);
  Write("images/2.png", "");
  EXPECT_NE(Look(mapping)->fingerprint, rewritten);
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
