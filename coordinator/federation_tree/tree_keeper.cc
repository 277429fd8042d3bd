#include "coordinator/federation_tree/tree_keeper.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/file.h"
#include "base/printable.h"
#include "base/status.h"
#include "coordinator/federation_tree/project_folder.h"
#include "trust/charter/utc_time.h"
#include "trust/federation_tree/hand_in.h"

namespace accord {
namespace {

constexpr int kGapInCadences = 1000;
constexpr size_t kMostErrorsTold = 20;
constexpr const char* kTakenHead = "taken.head";
constexpr absl::string_view kReceiptName = "receipt-";

absl::Time TimeOf(uint64_t unix_us) { return absl::FromUnixMicros(static_cast<int64_t>(unix_us)); }

std::string TickName(uint64_t tick_us) {
  return absl::FormatTime("%Y%m%dT%H%M%SZ", TimeOf(tick_us), absl::UTCTimeZone());
}

std::string ReceiptNameOf(uint64_t tick_us) { return absl::StrCat(kReceiptName, TickName(tick_us)); }

// Into an order that each is as likely as the others: what follows it shows nothing of names and slots.
template <typename T>
absl::Status Mix(std::vector<T>& items, EntropySource& entropy) {
  for (size_t left = items.size(); left > 1; --left) {
    uint64_t drawn = 0;  // of 64 bits: the first are likelier by less than 2^-50
    ACCORD_RETURN_IF_ERROR(entropy.Fill(absl::MakeSpan(reinterpret_cast<uint8_t*>(&drawn), sizeof(drawn))));
    std::swap(items[left - 1], items[drawn % left]);
  }
  return absl::OkStatus();
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

std::string TreeKeeper::InOf(const std::string& name) const { return absl::StrCat(folder_, "/in/", name); }

std::string TreeKeeper::OutOf(const std::string& name) const { return absl::StrCat(folder_, "/out/", name); }

std::string TreeKeeper::TakenHandInOf(const std::string& name) const {
  return absl::StrCat(TreeStateDir(folder_), "/hand-in-", name);
}

absl::Status TreeKeeper::AddProject(const std::string& name, const HeadOfLog& head) {
  const absl::Status added = store_.AddProject(name, head);
  if (added.ok()) return MakeFoldersOf(name, head);
  if (!absl::IsAlreadyExists(added)) return added;
  // It may be there without its folders, of an add that did not come to its end.
  ACCORD_ASSIGN_OR_RETURN(const std::vector<TreeProject> projects, store_.Projects());
  for (const TreeProject& project : projects) {
    const bool is_it = project.name == name && project.head.first_entry == head.first_entry && project.is_present;
    if (!is_it) continue;
    const auto in = ProjectFolder::Open(InOf(name)), out = ProjectFolder::Open(OutOf(name));
    if (in.ok() && out.ok() && out->Has(kTakenHead)) return added;
    return MakeFoldersOf(name, project.head);
  }
  return added;
}

absl::Status TreeKeeper::MakeFoldersOf(const std::string& name, const HeadOfLog& kept) {
  ACCORD_RETURN_IF_ERROR(ProjectFolder::OpenOrMake(InOf(name)).status());
  ACCORD_ASSIGN_OR_RETURN(const ProjectFolder out, ProjectFolder::OpenOrMake(OutOf(name)));
  return out.Write(kTakenHead, kept.Write(), clock_.Now());
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
  absl::StatusOr<MadeTick> made = MakeTick(gap);
  // Receipts wait for the tick and not the tick for receipts: however many are late, no tick is missed for them.
  const absl::Status written = WriteReceipts();
  if (written.ok()) return made;
  const std::string words = absl::StrCat("receipts: ", written.message());
  if (made.ok()) {
    made->refused.push_back(words);
    return made;
  }
  return absl::Status(absl::IsAlreadyExists(made.status()) ? written.code() : made.status().code(),
                      absl::StrCat(made.status().message(), "; ", words));
}

absl::StatusOr<MadeTick> TreeKeeper::MakeTick(TickGap gap) {
  const absl::Time now = clock_.Now();
  MadeTick made{TickAt(store_.terms(), now), 0, {}};
  ACCORD_ASSIGN_OR_RETURN(const uint64_t last_us, store_.LastUs());
  ACCORD_RETURN_IF_ERROR(CheckTime(now, made.tick_us, last_us, gap));
  ACCORD_ASSIGN_OR_RETURN(std::vector<TreeProject> projects, store_.Projects());
  ACCORD_RETURN_IF_ERROR(CheckNewest(projects, made.tick_us, last_us));
  ACCORD_RETURN_IF_ERROR(Mix(projects, entropy_));
  const std::map<std::string, HeadOfLog> taken = LookAtHandIns(projects, made);
  ACCORD_RETURN_IF_ERROR(store_.Tick(made.tick_us, taken));
  // From here on the tick is made. A hand-in that stays because of a crash is the head that is kept: it does no harm.
  for (const auto& [name, head] : taken) unlink(TakenHandInOf(name).c_str());
  made.num_committed = taken.size();
  return made;
}

absl::Status TreeKeeper::CheckNewest(const std::vector<TreeProject>& projects, uint64_t tick_us, uint64_t last_us) {
  // Most often there was no tick between: then one name is looked for, however many receipts lie there.
  const bool is_next = tick_us - last_us <= store_.terms().cadence_us();
  const std::string of_this = ReceiptNameOf(tick_us);
  for (const TreeProject& project : projects) {
    const auto out = ProjectFolder::Open(OutOf(project.name));
    if (!out.ok()) continue;  // one project's folder stops no other's tick
    std::string newest = is_next && out->Has(of_this) ? of_this : "";
    if (!is_next) newest = out->LastNameWith(kReceiptName).value_or("");
    if (newest <= ReceiptNameOf(last_us)) continue;
    return absl::FailedPreconditionError(absl::StrCat(OutOf(project.name), "/", newest,
                                                      " is of a later tick than the last in this tree, of ",
                                                      FormatUtc(TimeOf(last_us)), ": ", TreeStateDir(folder_),
                                                      " is an older copy, and would sign other ticks of the same "
                                                      "moments. Put the newer one back; where there is none, "
                                                      "begin another tree"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> TreeKeeper::TakeHandIn(const std::string& name, absl::Time dated) const {
  // It is moved away before it is read, so that what is handed in meanwhile stays where it is for the next tick.
  const auto in = ProjectFolder::Open(InOf(name));
  if (!in.ok() && !absl::IsNotFound(in.status())) return in.status();
  if (in.ok()) {
    const absl::Status moved = in->MoveOut("hand-in", TakenHandInOf(name), dated);
    if (!moved.ok() && !absl::IsNotFound(moved)) return moved;
  }
  // Where none is new there may be one that was moved before a crash.
  return ReadHandIn(TakenHandInOf(name));
}

std::map<std::string, HeadOfLog> TreeKeeper::LookAtHandIns(const std::vector<TreeProject>& projects, MadeTick& made) {
  std::map<std::string, HeadOfLog> taken;
  for (const TreeProject& project : projects) {
    const auto text = project.is_present ? TakeHandIn(project.name, TimeOf(made.tick_us))
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
  const absl::Time dated = TimeOf(tick_us);
  ACCORD_ASSIGN_OR_RETURN(const ProjectFolder out, ProjectFolder::OpenOrMake(OutOf(project.name)));
  ACCORD_ASSIGN_OR_RETURN(const ProjectFolder folder, out.Below(absl::StrCat("refused-", TickName(tick_us))));
  ACCORD_RETURN_IF_ERROR(folder.Write("why.txt", absl::StrCat(Printable(why), "\n"), dated));
  ACCORD_RETURN_IF_ERROR(folder.Write("kept.head", project.head.Write(), dated));
  if (!handed_in.first_entry.empty()) {
    ACCORD_RETURN_IF_ERROR(folder.Write("handed-in.head", handed_in.Write(), dated));
  }
  // The proof that is asked for goes from it: it may have been lost.
  ACCORD_RETURN_IF_ERROR(out.Write(kTakenHead, project.head.Write(), dated));
  const std::string hand_in = TakenHandInOf(project.name);
  return unlink(hand_in.c_str()) == 0 || errno == ENOENT ? absl::OkStatus() : ErrnoError("remove", hand_in);
}

absl::Status TreeKeeper::WriteReceipts() {
  std::vector<std::string> errors;
  TreeOpening last;
  while (true) {
    ACCORD_ASSIGN_OR_RETURN(std::vector<TreeOpening> openings, store_.WithoutReceipt(last));
    if (openings.empty()) break;
    last = openings.back();
    ACCORD_RETURN_IF_ERROR(WriteReceiptsOf(std::move(openings), errors));
  }
  if (errors.empty()) return absl::OkStatus();
  const size_t more = errors.size() - std::min(errors.size(), kMostErrorsTold);
  errors.resize(errors.size() - more);
  return absl::UnavailableError(absl::StrCat(absl::StrJoin(errors, "; "),
                                             more == 0 ? "" : absl::StrCat("; ", more, " more"),
                                             ". They are tried again at the next tick"));
}

absl::Status TreeKeeper::WriteReceiptsOf(std::vector<TreeOpening> openings, std::vector<std::string>& errors) {
  std::map<std::string, HeadOfLog> kept;
  ACCORD_ASSIGN_OR_RETURN(std::vector<TreeProject> projects, store_.Projects());
  for (TreeProject& project : projects) kept.emplace(std::move(project.name), std::move(project.head));
  // All are prepared before the first is there to be seen, and both in an order that says nothing: how long the keeper
  // worked when a project's own receipt appears is then no count of those before it.
  ACCORD_RETURN_IF_ERROR(Mix(openings, entropy_));
  const auto keep_those = [&](const auto& is_done) {
    std::erase_if(openings, [&](const TreeOpening& opening) {
      const absl::Status done = is_done(opening);
      if (!done.ok()) errors.push_back(absl::StrCat(opening.name, ": ", done.message()));
      return !done.ok();
    });
  };
  keep_those([&](const TreeOpening& opening) -> absl::Status {
    ACCORD_ASSIGN_OR_RETURN(const TreeReceipt receipt, store_.ReceiptOf(opening));
    ACCORD_ASSIGN_OR_RETURN(const ProjectFolder out, ProjectFolder::OpenOrMake(OutOf(opening.name)));
    return out.Prepare(ReceiptNameOf(opening.tick_us), receipt.Write(), TimeOf(opening.tick_us));
  });
  ACCORD_RETURN_IF_ERROR(Mix(openings, entropy_));
  keep_those([&](const TreeOpening& opening) -> absl::Status {
    ACCORD_ASSIGN_OR_RETURN(const ProjectFolder out, ProjectFolder::Open(OutOf(opening.name)));
    const absl::Time dated = TimeOf(opening.tick_us);
    ACCORD_RETURN_IF_ERROR(out.Publish(ReceiptNameOf(opening.tick_us), dated));
    return out.Write(kTakenHead, kept[opening.name].Write(), dated);
  });
  return store_.ReceiptsAreWritten(openings);
}

}  // namespace accord
