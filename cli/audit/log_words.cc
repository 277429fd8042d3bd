#include "cli/audit/log_words.h"

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/printable.h"
#include "cli/numbers.h"

namespace accord {
namespace {

using nlohmann::json;

std::string PlaceInWords(const LogFault& fault) {
  std::string place = fault.end_index == fault.first_index + 1
                          ? absl::StrCat("at entry ", fault.first_index)
                          : absl::StrCat("at one of the entries ", fault.first_index, " to ", fault.end_index - 1);
  if (fault.line > 0) absl::StrAppend(&place, ", found on line ", fault.line, " of the file");
  return place;
}

}  // namespace

std::string EntriesInWords(uint64_t count) {
  return absl::StrCat(CountInWords(count), count == 1 ? " entry" : " entries");
}

std::string LogTimeInWords(uint64_t unix_us) { return TimeInWords(static_cast<int64_t>(unix_us / 1000)); }

std::string IdentityInWords(const LogIdentity& identity) {
  return absl::StrCat("Log of project ", identity.project(), ", id ", HexDigest(identity.id()),
                      "\n  (compare with the id that your site has pinned; --log-id does so)\n");
}

std::string HeadInWords(const LogHead& head) {
  return absl::StrCat("Head of ", EntriesInWords(head.tree_size), ", signed ", LogTimeInWords(head.unix_us), ", root ",
                      HexDigest(head.root), "\n");
}

std::string FactsInWords(const LogFacts& facts) {
  std::string text = absl::StrCat(EntriesInWords(facts.num_entries), ", ", LogTimeInWords(facts.first_us), " to ",
                                  LogTimeInWords(facts.last_us), ":\n");
  for (int kind = 1; kind <= kNumLogEntryKinds; ++kind) {
    const uint64_t count = facts.entries_of_kind[static_cast<size_t>(kind)];
    if (count == 0) continue;
    absl::StrAppend(&text, "  ", LogEntryKindName(static_cast<LogEntryKind>(kind)), ": ", CountInWords(count), "\n");
  }
  absl::StrAppend(&text, Plural(facts.num_heads, "signed head"), " in the file\n");
  if (facts.last_head.has_value()) absl::StrAppend(&text, HeadInWords(*facts.last_head));
  if (facts.num_known_heads > 0) {
    absl::StrAppend(&text, Plural(facts.num_known_heads, "head"), " from elsewhere: the log agrees\n");
  }
  return text;
}

std::string FaultInWords(const LogFault& fault) {
  return absl::StrCat(fault.is_fork ? "FORKED " : "WRONG ", PlaceInWords(fault), ":\n  ", Printable(fault.what), "\n",
                      fault.is_fork ? "Keep the files: they convict whoever holds the log's key.\n" : "");
}

json ToJson(const LogHead& head) {
  return {{"tree_size", head.tree_size}, {"root", HexDigest(head.root)}, {"unix_us", head.unix_us}};
}

json ToJson(const LogEntry& entry) {
  json names = json::array();
  for (const CommittedName& name : entry.names) {
    names.push_back({{"role", std::string(NameRoleWord(name.role))}, {"commitment", HexDigest(name.commitment)}});
  }
  return {{"index", entry.index},
          {"unix_us", entry.unix_us},
          {"kind", std::string(LogEntryKindName(entry.kind))},
          {"subject", entry.subject},
          {"names", names}};
}

json ToJson(const LogFault& fault) {
  return {{"first_index", fault.first_index},
          {"end_index", fault.end_index},
          {"line", fault.line},
          {"is_fork", fault.is_fork},
          {"what", fault.what}};
}

json ToJson(const LogFacts& facts) {
  json kinds = json::object();
  for (int kind = 1; kind <= kNumLogEntryKinds; ++kind) {
    const uint64_t count = facts.entries_of_kind[static_cast<size_t>(kind)];
    if (count > 0) kinds[std::string(LogEntryKindName(static_cast<LogEntryKind>(kind)))] = count;
  }
  json result = {{"entries", facts.num_entries},
                 {"kinds", kinds},
                 {"heads", facts.num_heads},
                 {"heads_from_elsewhere", facts.num_known_heads}};
  if (facts.identity.has_value()) {
    result["project"] = facts.identity->project();
    result["log_id"] = HexDigest(facts.identity->id());
  }
  if (facts.last_head.has_value()) result["last_head"] = ToJson(*facts.last_head);
  return result;
}

}  // namespace accord
