#include "client/daemon/state/kept_store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/client/daemon/secure/full_disk.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint64_t kEnough = uint64_t{100} << 20;

class KeptStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "accord-kept-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern + "/kept";
    Restart();
  }
  void TearDown() override { std::filesystem::remove_all(std::filesystem::path(folder_).parent_path()); }
  // As after a crash: nothing but the files is left.
  void Restart(uint64_t max_bytes = kEnough) {
    store_.reset();
    store_ = KeptStore::Open(folder_, max_bytes).value();
  }

  static v1::KeptHead Head(uint32_t step, const std::string& job = "job-1", bool model = false) {
    v1::KeptHead head;
    head.set_job_id(job);
    head.set_job_sha256("a hash");
    head.set_strategy(model ? "fedper" : "scaffold");
    head.set_next_step(step);
    head.set_round(step);
    head.set_num_numbers(3);
    if (model) head.mutable_layout()->set_num_elements(3);
    return head;
  }
  static std::vector<uint8_t> Bytes(float value) {
    const std::vector<float> numbers(3, value);
    std::vector<uint8_t> bytes(numbers.size() * sizeof(float));
    std::memcpy(bytes.data(), numbers.data(), bytes.size());
    return bytes;
  }
  void Keep(uint32_t step, float value, const std::string& job = "job-1", bool model = false) {
    ASSERT_TRUE(store_->Keep(Head(step, job, model), Bytes(value)).ok());
  }
  // What the site goes on from: its first number, -1 where it begins anew.
  float Found(uint32_t counted, const std::string& job = "job-1", bool model = false) {
    auto found = store_->Find(Head(9, job, model), counted);
    EXPECT_TRUE(found.ok()) << found.status();
    lost_ = found.ok() ? found->lost : "";
    if (!found.ok() || !found->content.has_value()) return -1;
    float number = 0;
    EXPECT_TRUE(ReadFully(found->content->memory.get(), &number, sizeof(number), 4).ok());
    return number;
  }
  std::string File(const std::string& name) const { return folder_ + "/" + name; }

  std::string folder_;
  std::string lost_;
  std::unique_ptr<KeptStore> store_;
};

TEST_F(KeptStoreTest, BeginsWithNothingAndLosesNothingByThat) {
  EXPECT_EQ(Found(0), -1);
  EXPECT_EQ(lost_, "");
}

TEST_F(KeptStoreTest, WhatCountedIsGoneOnFromAndWhatDidNotIsNot) {
  Keep(1, 10);
  EXPECT_EQ(Found(0), -1) << "its vector was in no sum";
  store_->Count("job-1", 1);
  EXPECT_EQ(Found(1), 10);
  Keep(2, 20);
  EXPECT_EQ(Found(1), 10) << "the attempt was abandoned";
  Keep(2, 21);
  store_->Count("job-1", 2);
  EXPECT_EQ(Found(2), 21);
  EXPECT_EQ(lost_, "");
}

// The word that the sum is made was lost, or came while the daemon was down: the next plan says it again.
TEST_F(KeptStoreTest, AfterACrashTheNextPlanSaysWhetherItCounted) {
  Keep(1, 10);
  store_->Count("job-1", 1);
  Keep(2, 20);
  Restart();
  EXPECT_EQ(Found(2), 20);
  Keep(3, 30);
  Restart();
  EXPECT_EQ(Found(2), 20);
  EXPECT_EQ(Found(3), 30) << "asked again after the other answer, which changed nothing";
  EXPECT_EQ(lost_, "");
}

TEST_F(KeptStoreTest, RoundsThatWereMissedChangeNothing) {
  Keep(1, 10);
  store_->Count("job-1", 1);
  Keep(2, 20);  // left out of that round, and of the three after it
  Restart();
  EXPECT_EQ(Found(1), 10);
  Keep(6, 60);
  store_->Count("job-1", 2);  // a word about another step
  EXPECT_EQ(Found(6), 60);
}

TEST_F(KeptStoreTest, WhatIsLostOrDamagedIsTold) {
  EXPECT_EQ(Found(4), -1);
  EXPECT_THAT(lost_, HasSubstr("there is no"));
  Keep(4, 40);
  EXPECT_EQ(Found(4), 40);
  const auto size = std::filesystem::file_size(File("job-1.counted"));
  for (const uint64_t offset : {uint64_t{0}, uint64_t{16}, uint64_t{size - 40}, uint64_t{size - 1}}) {
    Keep(4, 40);
    store_->Count("job-1", 4);
    const UniqueFd fd(open(File("job-1.counted").c_str(), O_RDWR | O_CLOEXEC));
    char byte = 0;
    ASSERT_TRUE(ReadFully(fd.get(), &byte, 1, offset).ok());
    byte = static_cast<char>(byte ^ 4);
    ASSERT_TRUE(WriteFully(fd.get(), &byte, 1, offset).ok());
    EXPECT_EQ(Found(4), -1) << offset;
    EXPECT_NE(lost_, "") << offset;
  }
  std::filesystem::resize_file(File("job-1.counted"), 10);
  EXPECT_EQ(Found(4), -1);
  EXPECT_THAT(lost_, HasSubstr("damaged"));
}

TEST_F(KeptStoreTest, AnOlderCopyThatSomebodyPutBackIsNotGoneOnFrom) {
  Keep(1, 10);
  store_->Count("job-1", 1);
  EXPECT_EQ(Found(5), -1);
  EXPECT_THAT(lost_, HasSubstr("is of step 1, and the last that counted is 5"));
}

TEST_F(KeptStoreTest, NothingOfAnotherJobIsTaken) {
  Keep(1, 10);
  store_->Count("job-1", 1);
  v1::KeptHead other = Head(1);
  other.set_job_sha256("another hash");
  const auto found = store_->Find(other, 1);
  ASSERT_TRUE(found.ok());
  EXPECT_FALSE(found->content.has_value());
}

TEST_F(KeptStoreTest, FilesAreTheDaemonsAloneAndTheirMemoryIsSealed) {
  Keep(1, 10);
  struct stat info;
  ASSERT_EQ(stat(File("job-1.pending").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(stat(folder_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  auto found = store_->Find(Head(2), 1);
  ASSERT_TRUE(found.ok() && found->content.has_value());
  const float number = 1;
  EXPECT_FALSE(WriteFully(found->content->memory.get(), &number, sizeof(number), 0).ok());
}

TEST_F(KeptStoreTest, AFullDiskCostsTheRoundAndNotWhatIsThere) {
  Keep(1, 10);
  store_->Count("job-1", 1);
  {
    const FullDisk full(20);
    EXPECT_EQ(store_->Keep(Head(2), Bytes(20)).code(), absl::StatusCode::kUnavailable);
  }
  EXPECT_EQ(Found(1), 10);
  Restart();
  EXPECT_EQ(Found(1), 10);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1) << "nothing half written is left";
}

TEST_F(KeptStoreTest, WhenTheJobIsOverControlVariatesGoAndModelsStay) {
  Keep(1, 10, "control");
  store_->Count("control", 1);
  Keep(2, 20, "control");
  Keep(1, 11, "model", true);
  store_->Count("model", 1);
  Keep(2, 22, "model", true);
  EXPECT_THAT(store_->OpenJobs(), ElementsAre("control", "model"));
  store_->JobOver("control", 1);
  store_->JobOver("model", 1);
  EXPECT_THAT(store_->OpenJobs(), IsEmpty());
  EXPECT_EQ(KeptModelFile(folder_, "control").status().code(), absl::StatusCode::kNotFound);
  const auto file = KeptModelFile(folder_, "model");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(ReadKeptHead(*file)->next_step(), 1u) << "the second round did not count";
  EXPECT_TRUE(IsOfJobThatIsOver(*file));
  EXPECT_THAT(KeptModelFiles(folder_), ElementsAre(*file));
}

TEST_F(KeptStoreTest, TheEvaluationAtTheEndMakesTheModelThatStays) {
  Keep(1, 11, "model", true);
  store_->Count("model", 1);
  v1::KeptHead last = Head(2, "model", true);
  last.set_round(0);
  ASSERT_TRUE(store_->Keep(last, Bytes(22)).ok());
  store_->JobOver("model", 1);
  EXPECT_EQ(ReadKeptHead(*KeptModelFile(folder_, "model"))->next_step(), 2u);
}

// A person exports it at the very moment when the daemon hears that the job is over.
TEST_F(KeptStoreTest, AModelIsFoundWhileItsFileMoves) {
  for (int round = 0; round < 50; ++round) {
    const std::string job = absl::StrCat("job-", round);
    Keep(1, 11, job, true);
    store_->Count(job, 1);
    std::atomic<bool> reads = false, moved = false;
    absl::Status missed;
    std::thread reader([&] {
      do {
        const auto content = ReadKeptModel(folder_, job);
        if (!content.ok()) missed = content.status();
        reads = true;
      } while (!moved);
    });
    while (!reads) std::this_thread::yield();
    store_->JobOver(job, 1);
    moved = true;
    reader.join();
    ASSERT_TRUE(missed.ok()) << missed << " after " << round << " jobs";
  }
}

// The word that the last sum was made is lost: nothing says it again but the end of the job.
TEST_F(KeptStoreTest, TheEndOfTheJobSaysWhetherTheLastRoundCounted) {
  Keep(1, 11, "one-round", true);
  store_->JobOver("one-round", 1);
  EXPECT_EQ(ReadKeptHead(*KeptModelFile(folder_, "one-round"))->next_step(), 1u);
  Keep(1, 11, "none", true);
  store_->JobOver("none", 0);
  EXPECT_EQ(KeptModelFile(folder_, "none").status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(store_->OpenJobs(), IsEmpty());
}

TEST_F(KeptStoreTest, WhereNobodyKnowsWhatCountedBothModelsStayAndNoControlVariate) {
  Keep(1, 11, "model", true);
  store_->Count("model", 1);
  Keep(2, 22, "model", true);
  Keep(1, 10, "control");
  store_->JobOver("model", std::nullopt);
  store_->JobOver("control", std::nullopt);
  EXPECT_EQ(ReadKeptHead(File("model.model"))->next_step(), 1u);
  EXPECT_EQ(ReadKeptHead(File("model.pending"))->next_step(), 2u);
  EXPECT_THAT(store_->OpenJobs(), ElementsAre("model")) << "asked about again";
  store_->JobOver("model", 2);
  EXPECT_EQ(ReadKeptHead(File("model.model"))->next_step(), 2u);
  EXPECT_THAT(store_->OpenJobs(), IsEmpty());
}

// A link is not followed, so it cannot be read, by root either.
TEST_F(KeptStoreTest, WhatCannotBeReadIsNotTakenForAbsentAndNotDeleted) {
  const auto hide = [this](const std::string& name) {
    std::filesystem::rename(File(name), folder_ + "-hidden");
    std::filesystem::create_symlink(folder_ + "-hidden", File(name));
  };
  const auto show = [this](const std::string& name) {
    std::filesystem::remove(File(name));
    std::filesystem::rename(folder_ + "-hidden", File(name));
  };
  Keep(1, 11, "job-1", true);
  store_->Count("job-1", 1);
  Keep(2, 22, "job-1", true);
  hide("job-1.pending");
  EXPECT_EQ(store_->Find(Head(3, "job-1", true), 2).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(store_->Find(Head(3, "job-1", true), 1).status().code(), absl::StatusCode::kUnavailable);
  store_->JobOver("job-1", 2);
  EXPECT_THAT(store_->OpenJobs(), ElementsAre("job-1"));
  show("job-1.pending");
  EXPECT_EQ(Found(2, "job-1", true), 22);
  hide("job-1.counted");
  EXPECT_EQ(store_->Find(Head(3, "job-1", true), 2).status().code(), absl::StatusCode::kUnavailable);
  store_->JobOver("job-1", 2);
  show("job-1.counted");
  store_->JobOver("job-1", 2);
  EXPECT_EQ(ReadKeptHead(*KeptModelFile(folder_, "job-1"))->next_step(), 2u);
}

constexpr uint64_t kMegaNumbers = uint64_t{1} << 20;  // 4 MiB a file, three files

TEST_F(KeptStoreTest, ReservesNoMoreThanItMayKeep) {
  Restart(uint64_t{30} << 20);
  EXPECT_TRUE(store_->Reserve("first", kMegaNumbers).ok());
  EXPECT_TRUE(store_->Reserve("second", kMegaNumbers).ok());
  const absl::Status third = store_->Reserve("third", kMegaNumbers);
  EXPECT_EQ(third.code(), absl::StatusCode::kUnavailable) << "another time there may be room";
  EXPECT_THAT(std::string(third.message()), HasSubstr("at most 30 MiB for all jobs (max_kept_mib in client.yaml)"));
  EXPECT_TRUE(store_->Reserve("second", kMegaNumbers).ok()) << "again";
  EXPECT_EQ(store_->Reserve("huge", uint64_t{1} << 62).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(store_->Reserve("big", 3 * kMegaNumbers).code(), absl::StatusCode::kFailedPrecondition);
  store_->Release("first");
  EXPECT_TRUE(store_->Reserve("third", kMegaNumbers).ok());
  store_->JobOver("third", 0);
  EXPECT_TRUE(store_->Reserve("fourth", kMegaNumbers).ok());
}

TEST_F(KeptStoreTest, ReservesNoMoreThanTheSmallerOfItsOwnMostAndABound) {
  Restart(uint64_t{30} << 20);
  const auto bound = [](uint64_t mib) {
    return KeptStore::Bound{mib << 20, "this site's policy: limits.kept_mib (line 5)"};
  };
  EXPECT_TRUE(store_->Reserve("first", kMegaNumbers, bound(14)).ok());
  const absl::Status second = store_->Reserve("second", kMegaNumbers, bound(14));
  EXPECT_EQ(second.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.message()),
              HasSubstr("at most 14 MiB for all jobs (this site's policy: limits.kept_mib (line 5))"));
  const absl::Status big = store_->Reserve("big", kMegaNumbers, bound(12));
  EXPECT_EQ(big.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(big.message()), HasSubstr("limits.kept_mib (line 5)"));
  EXPECT_TRUE(store_->Reserve("second", kMegaNumbers).ok()) << "once the policy bounds it no more";
  EXPECT_THAT(std::string(store_->Reserve("third", kMegaNumbers, bound(1000)).message()),
              HasSubstr("at most 30 MiB for all jobs (max_kept_mib in client.yaml)"));
}

TEST_F(KeptStoreTest, AJobThatGoesOnHasItsRoomAlsoAfterARestartAndWhileNothingOfItIsUnderWay) {
  Restart(uint64_t{20} << 20);
  v1::KeptHead head = Head(1, "first");
  head.set_num_numbers(kMegaNumbers);
  ASSERT_TRUE(store_->Reserve("first", kMegaNumbers).ok());
  ASSERT_TRUE(store_->Keep(head, std::vector<uint8_t>(kMegaNumbers * sizeof(float))).ok());
  store_->Release("first");
  EXPECT_EQ(store_->Reserve("second", kMegaNumbers).code(), absl::StatusCode::kUnavailable);
  Restart(uint64_t{20} << 20);
  EXPECT_EQ(store_->Reserve("second", kMegaNumbers).code(), absl::StatusCode::kUnavailable)
      << "4 MiB are there, and 13 are needed";
}

TEST_F(KeptStoreTest, TheOldestModelsGiveWayOnceNumbersAreMadeAndOnlyIfThatSuffices) {
  Restart(uint64_t{17} << 20);
  for (const char* job : {"old", "new"}) {
    v1::KeptHead head = Head(1, job, true);
    head.set_num_numbers(kMegaNumbers / 2);
    ASSERT_TRUE(store_->Keep(head, std::vector<uint8_t>(head.num_numbers() * sizeof(float))).ok());
    store_->JobOver(job, 1);
    const auto written = std::filesystem::file_time_type::clock::now() - std::chrono::hours(job[0] == 'o' ? 2 : 1);
    std::filesystem::last_write_time(File(absl::StrCat(job, ".model")), written);
  }
  v1::KeptHead head = Head(1, "next");
  head.set_num_numbers(kMegaNumbers);
  const std::vector<uint8_t> numbers(kMegaNumbers * sizeof(float));
  ASSERT_TRUE(store_->Reserve("next", kMegaNumbers).ok());
  EXPECT_TRUE(KeptModelFile(folder_, "old").ok()) << "that many is the coordinator's word only";
  ASSERT_TRUE(store_->Keep(head, numbers).ok());
  EXPECT_FALSE(KeptModelFile(folder_, "old").ok());
  EXPECT_TRUE(KeptModelFile(folder_, "new").ok()) << "one is enough";
  EXPECT_EQ(store_->Reserve("too-many", kMegaNumbers).code(), absl::StatusCode::kUnavailable);
  v1::KeptHead too_many = Head(1, "too-many");
  too_many.set_num_numbers(kMegaNumbers);
  store_->Keep(too_many, numbers).IgnoreError();
  EXPECT_TRUE(KeptModelFile(folder_, "new").ok()) << "without it there is no room either";
}

}  // namespace
}  // namespace accord
