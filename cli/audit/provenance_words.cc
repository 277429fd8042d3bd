#include "cli/audit/provenance_words.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "base/hash.h"
#include "base/printable.h"
#include "cli/audit/log_words.h"
#include "cli/numbers.h"
#include "trust/charter/charter.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

using nlohmann::json;

// "JOB_FINISHED": "finished".
std::string PlainName(absl::string_view name, absl::string_view prefix) {
  return absl::AsciiStrToLower(absl::StrReplaceAll(absl::StripPrefix(name, prefix), {{"_", " "}}));
}

// "train 2".
std::string NameOfSum(const ProvenanceRound& round) {
  const std::string number = round.round == 0 ? "" : absl::StrCat(" ", round.round);
  return absl::StrCat(PlainName(v1::StepKind_Name(round.kind), "STEP_"), number);
}

std::string RoundInWords(const ProvenanceRound& round) {
  return absl::StrCat(NameOfSum(round), ", attempt ", round.attempt, ", entry ", round.entry, ": ",
                      absl::StrJoin(round.sites, ", "));
}

std::string SiteInWords(const ProvenanceSite& site) {
  return absl::StrCat(site.site, " of ", site.organisation,
                      site.membership.has_value()
                          ? absl::StrCat(", enrolled by entry ", site.membership->entry, " of the log")
                          : ", whose enrolment is not in the log");
}

// A long job's rounds in the middle are not told one by one.
std::vector<std::string> RoundsInWords(const std::vector<ProvenanceRound>& rounds) {
  constexpr size_t kTold = 6;
  std::vector<std::string> lines;
  for (size_t i = 0; i < rounds.size(); ++i) {
    if (rounds.size() > 2 * kTold && i == kTold) {
      lines.push_back(absl::StrCat("(", CountInWords(rounds.size() - 2 * kTold), " more)"));
      i = rounds.size() - kTold;
    }
    lines.push_back(RoundInWords(rounds[i]));
  }
  return lines;
}

// A long job's sums are told by the first, the last and their number.
std::string SumsInWords(const std::vector<size_t>& places, const std::vector<ProvenanceRound>& rounds) {
  constexpr size_t kTold = 6;
  if (places.size() > kTold) {
    return absl::StrCat(Plural(places.size(), "sum"), " from ", NameOfSum(rounds[places.front()]), " to ",
                        NameOfSum(rounds[places.back()]));
  }
  return absl::StrJoin(places, ", ",
                       [&rounds](std::string* out, size_t place) { absl::StrAppend(out, NameOfSum(rounds[place])); });
}

std::string HexOrWord(const std::optional<Sha256Digest>& digest, absl::string_view otherwise) {
  return digest.has_value() ? HexDigest(*digest) : std::string(otherwise);
}

void AddNumbers(absl::string_view what, const std::map<std::string, size_t>& by_site, std::string& text) {
  if (by_site.empty()) return;
  absl::StrAppend(&text, "  ", what, ": ", Printable(absl::StrJoin(by_site, ", ", absl::PairFormatter(" "))), "\n");
}

void AddLines(const std::vector<std::string>& lines, std::string& text) {
  for (const std::string& line : lines) absl::StrAppend(&text, "  ", Printable(line), "\n");
}

}  // namespace

std::string ProvenanceInWords(const ProvenanceVerdict& verdict) {
  const ModelProvenance& statement = verdict.statement;
  std::string text = absl::StrCat(IdentityInWords(verdict.evidence.identity), HeadInWords(verdict.evidence.head));
  absl::StrAppend(&text, "Model of job ", Printable(statement.job_id), " after round ", statement.round, ", content ",
                  HexDigest(statement.parameters), "\n  the job's SHA-256 ", HexDigest(statement.job), ", ",
                  PlainName(v1::JobState_Name(statement.state), "JOB_"), "\n");
  if (statement.order.has_value()) {
    absl::StrAppend(&text, "  by an order, whose file has SHA-256 ", HexDigest(*statement.order), "\n");
  }
  if (statement.charter.has_value()) {
    absl::StrAppend(&text, "  under a charter, whose file has SHA-256 ", HexDigest(*statement.charter), "\n");
  }
  absl::StrAppend(&text, "File ", Printable(verdict.made.file), " (", Printable(verdict.made.format), "), SHA-256 ",
                  HexDigest(verdict.made.sha256), "\n");
  absl::StrAppend(&text, Plural(statement.rounds.size(), "sum"), ":\n");
  AddLines(RoundsInWords(statement.rounds), text);
  absl::StrAppend(&text, Plural(statement.sites.size(), "site"), ":\n");
  std::vector<std::string> sites;
  for (const ProvenanceSite& site : statement.sites) sites.push_back(SiteInWords(site));
  AddLines(sites, text);
  absl::StrAppend(&text, "On the word of the log's keeper alone:\n");
  AddLines(verdict.words, text);
  return text;
}

std::string LineageInWords(const Lineage& lineage, const ModelProvenance& statement) {
  std::string text = "Data, as the sites signed it:\n";
  std::vector<std::string> lines;
  for (const auto& [key, opened] : lineage.opened()) {
    const Posture& posture = opened.posture;
    lines.push_back(absl::StrCat(posture.site, ": data set ", posture.data_set.empty() ? "none" : posture.data_set,
                                 ", version ", HexOrWord(posture.data_version, "not demanded"), ", in ",
                                 SumsInWords(opened.rounds, statement.rounds)));
    lines.push_back(absl::StrCat("  by the posture ", HexDigest(key.second), ", release ",
                                 HexOrWord(posture.release, "none"), ", the site's policy ",
                                 HexOrWord(posture.policy, "none")));
  }
  AddLines(lines, text);
  AddNumbers("commitments that stay closed", lineage.Closed(), text);
  AddNumbers("sums without a commitment", lineage.Without(), text);
  return text;
}

json ToJson(const Lineage& lineage, const ModelProvenance& statement) {
  json opened = json::array();
  for (const auto& [key, one] : lineage.opened()) {
    json entries = json::array();
    for (const size_t place : one.rounds) entries.push_back(statement.rounds[place].entry);
    opened.push_back({{"site", one.posture.site},
                      {"data_set", one.posture.data_set.empty() ? "none" : one.posture.data_set},
                      {"data_version", HexOrWord(one.posture.data_version, "none")},
                      {"release", HexOrWord(one.posture.release, "none")},
                      {"policy", HexOrWord(one.posture.policy, "none")},
                      {"commitment", HexDigest(key.second)},
                      {"log_entries", std::move(entries)}});
  }
  return {{"opened", std::move(opened)}, {"closed", lineage.Closed()}, {"without_commitment", lineage.Without()}};
}

json ToJson(const ProvenanceVerdict& verdict) {
  const ModelProvenance& statement = verdict.statement;
  json sites = json::array();
  for (const ProvenanceSite& site : statement.sites) {
    sites.push_back(
        {{"site", site.site}, {"organisation", site.organisation}, {"enrolment_in_log", site.membership.has_value()}});
  }
  json by_whose_word = json::object();
  if (statement.order.has_value()) by_whose_word["order_sha256"] = HexDigest(*statement.order);
  if (statement.charter.has_value()) by_whose_word["charter_sha256"] = HexDigest(*statement.charter);
  return {{"form", "provenance"},
          {"project", verdict.evidence.identity.project()},
          {"log_id", HexDigest(verdict.evidence.identity.id())},
          {"head", ToJson(verdict.evidence.head)},
          {"job", statement.job_id},
          {"job_sha256", HexDigest(statement.job)},
          {"by_whose_word", std::move(by_whose_word)},
          {"state", v1::JobState_Name(statement.state)},
          {"round", statement.round},
          {"parameters", HexDigest(statement.parameters)},
          {"file", verdict.made.file},
          {"format", verdict.made.format},
          {"sha256", HexDigest(verdict.made.sha256)},
          {"sums", statement.rounds.size()},
          {"sites", std::move(sites)},
          {"on_the_keepers_word", verdict.words},
          {"faults", verdict.faults},
          {"holds", verdict.faults.empty()}};
}

std::string SignersInWords(const Signers& signers) {
  std::vector<std::string> lines;
  if (!signers.engineer.empty()) {
    lines.push_back(absl::StrCat("ordered by ", signers.engineer, " of ", signers.organisation));
  }
  for (const Signers::Word& word : signers.words) {
    lines.push_back(
        absl::StrCat(word.said.approves ? "approved" : "REFUSED", " by ", word.said.by,
                     word.said.as == v1::ROLE_UNSPECIFIED ? "" : absl::StrCat(" as ", RoleName(word.said.as)),
                     ", entry ", word.entry));
  }
  if (!signers.not_given.empty()) {
    lines.push_back(absl::StrCat("not given, of the log's entries: ", absl::StrJoin(signers.not_given, ", ")));
  }
  if (!signers.engineer.empty())
    lines.push_back(absl::StrCat("judged as of ", FormatUtc(signers.as_of), ", the first sum"));
  std::string text = "By whose word, as they signed it:\n";
  AddLines(lines, text);
  return text;
}

json ToJson(const Signers& signers) {
  json words = json::array();
  for (const Signers::Word& word : signers.words) {
    words.push_back({{"by", word.said.by},
                     {"as", word.said.as == v1::ROLE_UNSPECIFIED ? "site" : std::string(RoleName(word.said.as))},
                     {"approves", word.said.approves},
                     {"log_entry", word.entry}});
  }
  json result = {{"engineer", signers.engineer},
                 {"organisation", signers.organisation},
                 {"words", std::move(words)},
                 {"as_of", FormatUtc(signers.as_of)},
                 {"not_given", signers.not_given}};
  if (signers.first_wrong.has_value()) result["first_wrong"] = *signers.first_wrong;
  return result;
}

}  // namespace accord
