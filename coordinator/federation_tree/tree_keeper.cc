#include "coordinator/federation_tree/tree_keeper.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/printable.h"
#include "base/status.h"
#include "trust/charter/utc_time.h"
#include "trust/federation_tree/hand_in.h"

namespace accord {
namespace {

constexpr int kFolderMode = 0700;
constexpr int kGapInCadences = 1000;

absl::Time TimeOf(uint64_t unix_us) { return absl::FromUnixMicros(static_cast<int64_t>(unix_us)); }

std::string TickName(uint64_t tick_us) {
  return absl::FormatTime("%Y%m%dT%H%M%SZ", TimeOf(tick_us), absl::UTCTimeZone());
}

// NOT_FOUND: nothing was handed in. The file is somebody else's: it may be a link, a pipe, or endless.
absl::StatusOr<std::string> ReadHandIn(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid() && errno == ENOENT) return absl::NotFoundError("nothing was handed in");
  struct stat info {};
  if (!fd.valid() || fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError("it is no ordinary file that can be read");
  }
  if (info.st_size < 0 || static_cast<size_t>(info.st_size) > kMaxLogProofFileBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("it has ", info.st_size, " bytes; expected at most ", kMaxLogProofFileBytes));
  }
  std::string text(static_cast<size_t>(info.st_size), '\0');
  ACCORD_RETURN_IF_ERROR(ReadFully(fd.get(), text.data(), text.size(), 0));
  return text;
}

}  // namespace

std::string TreeStateDir(const std::string& folder) { return absl::StrCat(folder, "/state"); }

absl::Duration LatestTick(const TreeTerms& terms) {
  return std::min(absl::Seconds(terms.cadence_s) / 10, absl::Minutes(5));
}

absl::Duration LongestGap(const TreeTerms& terms) {
  return std::max(kGapInCadences * absl::Seconds(terms.cadence_s), absl::Hours(24));
}

std::string TreeKeeper::HandInOf(const std::string& name) const {
  return absl::StrCat(folder_, "/in/", name, "/hand-in");
}

std::string TreeKeeper::OutOf(const std::string& name) const { return absl::StrCat(folder_, "/out/", name); }

absl::Status TreeKeeper::AddProject(const std::string& name, const HeadOfLog& head) {
  ACCORD_RETURN_IF_ERROR(store_.AddProject(name, head));
  ACCORD_RETURN_IF_ERROR(MakeFolders(absl::StrCat(folder_, "/in/", name), kFolderMode));
  ACCORD_RETURN_IF_ERROR(MakeFolders(OutOf(name), kFolderMode));
  return WriteFileAtomically(absl::StrCat(OutOf(name), "/taken.head"), head.Write());
}

absl::Time TreeKeeper::NextTick() const {
  return TimeOf(TickAt(store_.terms(), clock_.Now()) + store_.terms().cadence_us());
}

absl::Status TreeKeeper::CheckTime(absl::Time now, uint64_t tick_us, uint64_t last_us, TickGap gap) const {
  const std::string words = FormatUtc(TimeOf(tick_us));
  const std::string next = absl::StrCat("; the next is at ", FormatUtc(NextTick()));
  if (TimeOf(last_us) > now) {
    return absl::FailedPreconditionError(
        absl::StrCat("the tree's last tick is dated ahead of this clock: it is of ", FormatUtc(TimeOf(last_us)),
                     ", and the clock is at ", FormatUtc(now),
                     ". Set the clock right; where it was wrong when that tick was made, this tree has no tick until "
                     "then: begin another (accord-coordinator federation-tree init)"));
  }
  if (last_us >= tick_us) {
    return absl::AlreadyExistsError(
        absl::StrCat("the tick of ", words, " is made, or the tree was begun after it", next));
  }
  if (now - TimeOf(tick_us) > LatestTick(store_.terms())) {
    return absl::FailedPreconditionError(absl::StrCat("the tick of ", words, " is missed: it is made within ",
                                                      absl::FormatDuration(LatestTick(store_.terms())),
                                                      " or never, for nothing is dated back", next));
  }
  if (gap == TickGap::kAllow || TimeOf(tick_us) - TimeOf(last_us) <= LongestGap(store_.terms())) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "the tick of ", words, " is ", absl::FormatDuration(TimeOf(tick_us) - TimeOf(last_us)),
      " after the last one, of ", FormatUtc(TimeOf(last_us)), ", which is more than ",
      absl::FormatDuration(LongestGap(store_.terms())),
      ": a tick by a wrong clock cannot be taken back. Look at the clock; where it is right, say --after-gap"));
}

absl::StatusOr<MadeTick> TreeKeeper::Tick(TickGap gap) {
  // What is in the way of one receipt stops no tick.
  const absl::Status written_late = WriteReceipts();
  const absl::Time now = clock_.Now();
  MadeTick made{TickAt(store_.terms(), now), 0, {}};
  if (!written_late.ok()) made.refused.push_back(absl::StrCat("receipts: ", written_late.message()));
  ACCORD_ASSIGN_OR_RETURN(const uint64_t last_us, store_.LastUs());
  ACCORD_RETURN_IF_ERROR(CheckTime(now, made.tick_us, last_us, gap));
  ACCORD_ASSIGN_OR_RETURN(const std::vector<TreeProject> projects, store_.Projects());
  const std::map<std::string, HeadOfLog> taken = LookAtHandIns(projects, made);
  ACCORD_RETURN_IF_ERROR(store_.Tick(made.tick_us, taken));
  // From here on the tick is made. A hand-in that stays because of a crash is the head that is kept: it does no harm.
  for (const auto& [name, head] : taken) unlink(HandInOf(name).c_str());
  made.num_committed = taken.size();
  ACCORD_RETURN_IF_ERROR(WriteReceipts());
  return made;
}

std::map<std::string, HeadOfLog> TreeKeeper::LookAtHandIns(const std::vector<TreeProject>& projects, MadeTick& made) {
  std::map<std::string, HeadOfLog> taken;
  for (const TreeProject& project : projects) {
    const auto text = project.is_present ? ReadHandIn(HandInOf(project.name))
                                         : absl::StatusOr<std::string>(absl::NotFoundError("it is away"));
    if (absl::IsNotFound(text.status())) continue;
    JudgedHandIn judged;
    judged.words = std::string(text.status().message());
    const auto identity = LogIdentity::FromFirstEntry(project.head.first_entry);
    if (text.ok() && identity.ok()) judged = JudgeHandIn(*identity, project.head, *text);
    if (judged.kind == JudgedHandIn::Kind::kTaken) {
      taken.emplace(project.name, std::move(judged.head));
      continue;
    }
    made.refused.push_back(absl::StrCat(project.name, ": ", judged.words));
    // One project's full or broken folder stops no other's tick.
    const absl::Status kept = Refuse(project, judged.head, judged.words, made.tick_us);
    if (!kept.ok()) made.refused.push_back(absl::StrCat(project.name, ": ", kept.message()));
  }
  return taken;
}

absl::Status TreeKeeper::Refuse(const TreeProject& project, const HeadOfLog& handed_in, const std::string& why,
                                uint64_t tick_us) {
  const std::string folder = absl::StrCat(OutOf(project.name), "/refused-", TickName(tick_us));
  ACCORD_RETURN_IF_ERROR(MakeFolders(folder, kFolderMode));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(absl::StrCat(folder, "/why.txt"), absl::StrCat(Printable(why), "\n")));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(absl::StrCat(folder, "/kept.head"), project.head.Write()));
  if (!handed_in.first_entry.empty()) {
    ACCORD_RETURN_IF_ERROR(WriteFileAtomically(absl::StrCat(folder, "/handed-in.head"), handed_in.Write()));
  }
  if (unlink(HandInOf(project.name).c_str()) == 0) return absl::OkStatus();
  return ErrnoError("remove", HandInOf(project.name));
}

absl::Status TreeKeeper::WriteReceipts() {
  while (true) {
    ACCORD_ASSIGN_OR_RETURN(const std::vector<TreeOpening> openings, store_.WithoutReceipt());
    if (openings.empty()) return absl::OkStatus();
    for (const TreeOpening& opening : openings) {
      ACCORD_ASSIGN_OR_RETURN(const TreeReceipt receipt, store_.ReceiptOf(opening));
      const std::string out = OutOf(opening.name);
      ACCORD_RETURN_IF_ERROR(MakeFolders(out, kFolderMode));
      ACCORD_RETURN_IF_ERROR(
          WriteFileAtomically(absl::StrCat(out, "/receipt-", TickName(opening.tick_us)), receipt.Write()));
      ACCORD_RETURN_IF_ERROR(WriteFileAtomically(absl::StrCat(out, "/taken.head"), opening.committed.Write()));
    }
    ACCORD_RETURN_IF_ERROR(store_.ReceiptsAreWritten(openings));
  }
}

}  // namespace accord
