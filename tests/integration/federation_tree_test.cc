// Two projects with coordinators of their own, and institutions that keep federation trees: one for both projects, one
// for the first alone. What a member of the first project gets is of the same shape and of the same times from either,
// whatever the second project does.
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "bench/federation/process.h"
#include "gmock/gmock.h"
#include "tests/integration/running_federation.h"
#include "trust/log/log_entry.h"
#include "trust/log/log_file.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kOwn[] = "heart";
constexpr char kOther[] = "secret-study";
// With the tree's first entry a power of two: the proofs of all slots are of one length.
constexpr char kSlots[] = "7";
constexpr char kCadenceSeconds[] = "60";  // the shortest

class TreesOfTwoProjects : public testing::Test {
 protected:
  std::string Coordinator(const std::vector<std::string>& arguments) { return Run("accord-coordinator", arguments); }
  std::string Run(const std::string& program, const std::vector<std::string>& arguments) {
    std::vector<std::string> argv = {absl::StrCat(ACCORD_BINARY_DIR, "/", program)};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const auto output = bench::RunProgram(argv, absl::Seconds(60) * kSlowdown);
    EXPECT_TRUE(output.ok()) << output.status().message();
    return output.value_or("");
  }
  std::string ConfigOf(const std::string& project) const { return folder_.Path(project + "/coordinator.yaml"); }
  void MakeProject(const std::string& name) {
    Coordinator({"init", folder_.Path(name), "--name", "localhost", "--listen", "127.0.0.1:0", "--project", name});
    Coordinator({"log", "head", "--out", folder_.Path(name + ".head"), "--config", ConfigOf(name)});
  }
  // A tree with these projects, each of which has handed in for the tick that comes.
  void MakeTree(const std::string& tree, const std::vector<std::string>& projects) {
    Coordinator({"federation-tree", "init", folder_.Path(tree), "--slots", kSlots, "--cadence-s", kCadenceSeconds});
    for (const std::string& project : projects) {
      const std::string head = folder_.Path(project + ".head");
      Coordinator({"federation-tree", "add", folder_.Path(tree), "--project", project, "--head", head});
      ASSERT_TRUE(
          WriteFileAtomically(folder_.Path(absl::StrCat(tree, "/in/", project, "/hand-in")), ReadWhole(head)).ok());
    }
  }
  // Both keepers make the tick of one moment.
  void Tick(const std::vector<std::string>& trees) {
    std::vector<bench::Process> keepers;
    for (const std::string& tree : trees) {
      auto keeper = bench::Process::Start({.argv = {absl::StrCat(ACCORD_BINARY_DIR, "/accord-coordinator"),
                                                    "federation-tree", "run", folder_.Path(tree)},
                                           .output_path = folder_.Path(tree + ".log")});
      ASSERT_TRUE(keeper.ok()) << keeper.status().message();
      keepers.push_back(*std::move(keeper));
    }
    for (bench::Process& keeper : keepers) {
      const absl::Status made = keeper.WaitForOutput(" committed to", absl::Seconds(90) * kSlowdown);
      ASSERT_TRUE(made.ok()) << made.message();
    }
    for (bench::Process& keeper : keepers) keeper.Stop();
  }
  std::string Export(const std::string& tree) {
    const std::string file = folder_.Path(tree + ".export");
    Coordinator({"federation-tree", "export", folder_.Path(tree), "--out", file});
    return file;
  }
  // What a member of the project sees of its two folders in a tree, in the order in which a program lists it. The
  // folders themselves stand first.
  struct Seen {
    std::string name;
    uintmax_t size;
    absl::Time written;
    bool operator==(const Seen&) const = default;
    friend void PrintTo(const Seen& seen, std::ostream* out) {
      *out << seen.name << " of " << seen.size << " bytes, " << absl::FormatTime(seen.written);
    }
  };
  std::vector<Seen> SeenBy(const std::string& tree, const std::string& project) {
    std::vector<Seen> seen;
    for (const std::string side : {"in/", "out/"}) {
      const std::string folder = folder_.Path(absl::StrCat(tree, "/", side, project));
      seen.push_back({side, 0, WhenWritten(folder)});
      for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        seen.push_back({side + entry.path().filename().string(), entry.is_regular_file() ? entry.file_size() : 0,
                        WhenWritten(entry.path().string())});
      }
    }
    return seen;
  }
  static absl::Time WhenWritten(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
    return absl::TimeFromTimespec(status.st_mtim);
  }
  // Of the entries of an exported tree behind its first one, which says when the tree was made.
  static std::vector<uint64_t> TimesOfTicks(const std::string& exported) {
    std::vector<uint64_t> times;
    for (absl::string_view line : absl::StrSplit(exported, '\n')) {
      if (!absl::ConsumePrefix(&line, "entry: ")) continue;
      const auto on_line = ReadLogEntryValue(line);
      EXPECT_TRUE(on_line.ok()) << on_line.status();
      const auto entry = on_line.ok() ? ParseLogEntry(on_line->bytes) : on_line.status();
      EXPECT_TRUE(entry.ok()) << entry.status();
      if (entry.ok() && entry->index > 0) times.push_back(entry->unix_us);
    }
    return times;
  }
  // Keepers that begin now all wait for one and the same tick: it is not about to come while they begin.
  static void AwaitRoomBeforeTheNextTick() {
    constexpr int64_t kCadence = 60, kRoom = 20;
    while (absl::ToUnixSeconds(absl::Now()) % kCadence > kCadence - kRoom) absl::SleepFor(absl::Milliseconds(50));
  }
  std::string ReceiptOf(const std::string& tree) {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.Path(absl::StrCat(tree, "/out/", kOwn)))) {
      if (entry.path().filename().string().starts_with("receipt-")) return entry.path().string();
    }
    ADD_FAILURE() << "no receipt in " << tree;
    return "";
  }
  bench::TempFolder folder_;
};

std::vector<size_t> LengthsOfLines(const std::string& text) {
  std::vector<size_t> lengths;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) lengths.push_back(line.size());
  return lengths;
}

TEST_F(TreesOfTwoProjects, ShowAMemberOfOneNeitherThatThereIsAnotherNorWhatHappensInIt) {
  MakeProject(kOwn);
  MakeProject(kOther);
  MakeTree("lonely", {kOwn});
  MakeTree("crowded", {kOther, kOwn});
  // Where the other project hands in what is much, and refused.
  MakeTree("restless", {kOther, kOwn});
  ASSERT_FALSE(HasFailure());
  ASSERT_TRUE(WriteFileAtomically(folder_.Path(absl::StrCat("restless/in/", kOther, "/hand-in")),
                                  std::string(size_t{1} << 20, 'x'))
                  .ok());
  AwaitRoomBeforeTheNextTick();
  Tick({"lonely", "crowded", "restless"});
  ASSERT_FALSE(HasFailure());
  const std::string lonely = Export("lonely"), crowded = Export("crowded"), own_log = folder_.Path("heart.log");
  EXPECT_EQ(LengthsOfLines(ReadWhole(lonely)), LengthsOfLines(ReadWhole(crowded)));
  const std::vector<Seen> seen = SeenBy("lonely", kOwn);
  EXPECT_EQ(SeenBy("crowded", kOwn), seen);
  EXPECT_EQ(SeenBy("restless", kOwn), seen);
  EXPECT_THAT(ReadWhole(folder_.Path("restless.log")), HasSubstr(absl::StrCat(kOther, ": "))) << "it was not refused";
  const std::vector<uint64_t> times = TimesOfTicks(ReadWhole(lonely));
  ASSERT_FALSE(times.empty());
  EXPECT_EQ(TimesOfTicks(ReadWhole(crowded)), times);
  EXPECT_EQ(TimesOfTicks(ReadWhole(Export("restless"))), times);
  // By the tick alone, and all at one time, so that there is no order among them either.
  for (const Seen& one : seen) EXPECT_EQ(one.written, absl::FromUnixMicros(static_cast<int64_t>(times[0]))) << one.name;
  EXPECT_EQ(LengthsOfLines(ReadWhole(ReceiptOf("lonely"))), LengthsOfLines(ReadWhole(ReceiptOf("crowded"))));
  EXPECT_THAT(ReadWhole(crowded), Not(HasSubstr(kOther)));
  Coordinator({"log", "export", "--out", own_log, "--config", ConfigOf(kOwn)});
  std::vector<std::string> audits;
  for (const std::string tree : {"lonely", "crowded"}) {
    audits.push_back(Run("accord", {"audit", "federation-tree", folder_.Path(tree + ".export"), "--project", own_log,
                                    "--receipt", ReceiptOf(tree)}));
    EXPECT_THAT(audits.back(), Not(HasSubstr(kOther)));
  }
  // The trees' names in the text are of lengths that differ by one.
  EXPECT_EQ(LengthsOfLines(audits[0]).size(), LengthsOfLines(audits[1]).size());
}

}  // namespace
}  // namespace accord
