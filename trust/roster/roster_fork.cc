#include "trust/roster/roster_fork.h"

#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status.h"
#include "trust/roster/succession.h"

namespace accord {
namespace {

absl::Status ForkFault(absl::string_view what) { return absl::InvalidArgumentError(what); }

// By organisation: a site of it that signed by its key in `previous`.
std::map<std::string, std::string> SignersOf(const SignedRoster& roster, const Roster& previous) {
  std::map<std::string, std::string> signers;
  for (const RosterSite& site : previous.sites()) {
    if (signers.contains(site.organisation) || !roster.IsSignedBy(site.site, site.key)) continue;
    signers.emplace(site.organisation, site.site);
  }
  return signers;
}

absl::StatusOr<RosterFork> Examine(const Roster& previous, const SignedRoster& first, const SignedRoster& second) {
  for (const SignedRoster* roster : {&first, &second}) {
    const Roster& listed = *roster->roster();
    if (listed.previous() != previous.hash() || listed.federation() != previous.federation() ||
        listed.version() != previous.version() + 1) {
      return ForkFault(absl::StrCat("the roster ", HexDigest(listed.hash()), " does not follow ",
                                    HexDigest(previous.hash()), " as version ", previous.version() + 1));
    }
  }
  RosterFork fork;
  fork.federation = previous.federation();
  fork.version = previous.version() + 1;
  fork.previous = previous.hash();
  fork.first = first.roster()->hash();
  fork.second = second.roster()->hash();
  if (fork.first >= fork.second) return ForkFault("the two rosters are one, or the greater hash comes first");
  const std::map<std::string, std::string> of_second = SignersOf(second, previous);
  for (const auto& [organisation, site] : SignersOf(first, previous)) {
    const auto found = of_second.find(organisation);
    if (found != of_second.end()) fork.signers.push_back({organisation, site, found->second});
  }
  if (fork.signers.empty()) return ForkFault("no organisation has signed both rosters");
  fork.both_hold = ExamineStep(previous, first).holds() && ExamineStep(previous, second).holds();
  return fork;
}

// "first: 123\n", which is taken off.
absl::StatusOr<size_t> TakeSize(absl::string_view name, absl::string_view& bytes) {
  const size_t end = bytes.find('\n');
  absl::string_view value = bytes.substr(0, end);
  size_t size = 0;
  if (end == absl::string_view::npos || !absl::ConsumePrefix(&value, absl::StrCat(name, ": ")) ||
      !absl::SimpleAtoi(value, &size) || size > kMaxRosterForkBytes || value != absl::StrCat(size)) {
    return ForkFault(absl::StrCat("has no line '", name, ": NUMBER' where it is expected"));
  }
  bytes.remove_prefix(end + 1);
  return size;
}

}  // namespace

absl::StatusOr<std::string> WriteRosterFork(const Roster& previous, const SignedRoster& one,
                                            const SignedRoster& other) {
  const bool in_order = one.roster()->hash() < other.roster()->hash();
  const SignedRoster& first = in_order ? one : other;
  const SignedRoster& second = in_order ? other : one;
  ACCORD_RETURN_IF_ERROR(Examine(previous, first, second).status());
  const std::string first_text = first.Text();
  const std::string second_text = second.Text();
  return absl::StrCat(kRosterForkFirstLine, "\nprevious: ", previous.bytes().size(), "\nfirst: ", first_text.size(),
                      "\nsecond: ", second_text.size(), "\n", previous.bytes(), first_text, second_text);
}

absl::StatusOr<RosterFork> CheckRosterFork(absl::string_view bytes) {
  if (bytes.size() > kMaxRosterForkBytes) {
    return ForkFault(absl::StrCat("has ", bytes.size(), " bytes; expected at most ", kMaxRosterForkBytes));
  }
  if (!absl::ConsumePrefix(&bytes, absl::StrCat(kRosterForkFirstLine, "\n"))) {
    return ForkFault(absl::StrCat("its first line is not ", kRosterForkFirstLine));
  }
  ACCORD_ASSIGN_OR_RETURN(const size_t previous_size, TakeSize("previous", bytes));
  ACCORD_ASSIGN_OR_RETURN(const size_t first_size, TakeSize("first", bytes));
  ACCORD_ASSIGN_OR_RETURN(const size_t second_size, TakeSize("second", bytes));
  if (previous_size + first_size + second_size != bytes.size()) {
    return ForkFault("its three rosters have not the sizes that it names: it was cut off, or something was added");
  }
  const auto previous = Roster::Parse(std::string(bytes.substr(0, previous_size)));
  if (!previous.ok()) return Annotate(previous.status(), "the roster that both follow");
  const auto first = SignedRoster::Parse(bytes.substr(previous_size, first_size));
  if (!first.ok()) return Annotate(first.status(), "the first roster");
  const auto second = SignedRoster::Parse(bytes.substr(previous_size + first_size));
  if (!second.ok()) return Annotate(second.status(), "the second roster");
  return Examine(*previous, *first, *second);
}

}  // namespace accord
