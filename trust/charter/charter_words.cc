#include "trust/charter/charter_words.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "trust/charter/complaint.h"
#include "trust/charter/week_hours.h"
#include "trust/roster/roster_words.h"

namespace accord {
namespace {

// With more places than this to compare, all lines between the first and the last that differ are told.
constexpr size_t kMaxCompared = 4'000'000;

std::string PersonKeyFingerprint(const v1::Person& person) {
  std::string der;
  absl::Base64Unescape(person.key(), &der);
  return KeyFingerprint(der);
}

template <typename Enums, typename Name>
std::string EnumNames(const Enums& values, Name name) {
  return absl::StrJoin(values, ", ", [&](std::string* out, int value) { out->append(name(value)); });
}

std::string ApprovalsInWords(const v1::Approvals& approvals) {
  std::vector<std::string> words;
  for (const v1::ApprovalRule& rule : approvals.by()) {
    words.push_back(absl::StrCat(rule.count(), " as ", RoleName(rule.role()),
                                 rule.tags().empty() ? "" : absl::StrCat(" (for ", TagsInWords(rule.tags()), ")")));
  }
  if (approvals.each_site()) words.push_back("each site for itself");
  return absl::StrJoin(words, ", ");
}

// "1 person", "2 people".
std::string People(uint32_t count) { return absl::StrCat(count, count == 1 ? " person" : " people"); }

std::string Days(uint32_t count) { return absl::StrCat(count, count == 1 ? " day" : " days"); }

std::string CodeInWords(const v1::CharterCode& code) {
  std::string text = code.models().empty() ? "any of Accord's own"
                                           : absl::StrCat(absl::StrJoin(code.models(), ", "), ", of Accord's own");
  if (code.torchscript().empty()) absl::StrAppend(&text, "; none of others");
  for (const v1::TorchScriptFile& file : code.torchscript()) {
    absl::StrAppend(&text, "\n  the TorchScript file ", file.sha256(), ": ", file.words());
  }
  if (!code.operators().empty()) {
    absl::StrAppend(&text, "\n  whose code calls no other operators than ", absl::StrJoin(code.operators(), ", "));
  }
  return text;
}

std::string SignaturesInWords(const v1::SignaturesDemanded& demanded) {
  std::string text =
      demanded.sites() == 0 ? "all sites of the roster" : absl::StrCat(demanded.sites(), " sites of the roster");
  for (const v1::RoleCount& people : demanded.people()) {
    absl::StrAppend(&text, ", ", People(people.count()), " as ", RoleName(people.role()));
  }
  return text;
}

void AppendWhoAndWhat(const v1::Charter& terms, std::string& text) {
  absl::StrAppend(&text, "Purposes:\n");
  for (const v1::Purpose& purpose : terms.purposes()) {
    absl::StrAppend(&text, "  ", purpose.name(), " (", TagsInWords(purpose.tags()), "): ", purpose.words(), "\n");
  }
  absl::StrAppend(&text, "Organisations:\n");
  for (const v1::Organisation& organisation : terms.organisations()) {
    absl::StrAppend(&text, "  ", organisation.name(), "\n");
  }
  absl::StrAppend(&text, "People:\n");
  for (const v1::Person& person : terms.people()) {
    absl::StrAppend(&text, "  ", person.id(), ": ", person.name(), " of ", person.organisation(), ", ",
                    RolesInWords(person.roles()), "\n    key ", PersonKeyFingerprint(person), "\n");
  }
  absl::StrAppend(&text, "Data sets:\n");
  for (const v1::CharterDataSet& data_set : terms.data_sets()) {
    absl::StrAppend(&text, "  ", data_set.name(), " for ", absl::StrJoin(data_set.purposes(), ", "),
                    data_set.sites().empty() ? "" : absl::StrCat(", of ", absl::StrJoin(data_set.sites(), ", ")),
                    data_set.signed_release() ? ", under a signed release alone" : "", ": ", data_set.words(), "\n");
  }
}

void AppendDeciding(const v1::Charter& terms, std::string& text) {
  absl::StrAppend(&text, "Jobs are defined by: ", RolesInWords(terms.job_orders().defined_by()),
                  "; an order holds for at most ", Days(terms.job_orders().longest_days()),
                  "\nApproved by: ", ApprovalsInWords(terms.approvals()), "; an approval holds for at most ",
                  Days(terms.approvals().longest_days()), "\n");
  if (terms.has_site_policies()) {
    absl::StrAppend(&text, "A site's policy is signed by ", terms.site_policies().people(),
                    " people of its organisation, each of them ", RolesInWords(terms.site_policies().roles()), "\n");
  }
  for (const v1::Loosening& entry : terms.loosening()) {
    absl::StrAppend(&text, "Two people of two organisations as ", RolesInWords(entry.by()), " may loosen ",
                    RuleName(entry.rule()), entry.least() > 0 ? absl::StrCat(" to ", entry.least()) : "", "\n");
  }
  absl::StrAppend(&text, "Sites compute: ", HoursInWords(terms.hours()), terms.hours().empty() ? "" : ", UTC", "\n");
}

void AppendPromises(const v1::Charter& terms, std::string& text) {
  if (terms.may_see().empty())
    text.append(
        "Nobody but auditors, ombudsmen and the coordinator's operator sees reports, models, status or sites\n");
  for (const v1::Viewing& viewing : terms.may_see()) {
    absl::StrAppend(&text, "May see ", absl::AsciiStrToLower(v1::Viewing::What_Name(viewing.what())), ": ",
                    RolesInWords(viewing.roles()), "\n");
  }
  const v1::Retention& retention = terms.retention();
  absl::StrAppend(&text, "The coordinator's operator promises to keep uploads ",
                  retention.uploads_days() == 0 ? "until the round is over" : Days(retention.uploads_days()),
                  ", models ", Days(retention.models_days()), ", reports ", Days(retention.reports_days()),
                  retention.words().empty() ? "" : ": ", retention.words(), "\n");
  for (const v1::ServicePromise& service : terms.service()) {
    absl::StrAppend(&text, "Promised: ", service.promise(), "\n  or else: ", service.consequence(), "\n");
  }
  absl::StrAppend(&text, "Complaints are answered within ",
                  Days(terms.has_complaints() ? terms.complaints().answer_days() : kDefaultAnswerDays), "\n");
}

void AppendSigning(const v1::Charter& terms, std::string& text) {
  absl::StrAppend(&text, "This charter needs signatures of: ", SignaturesInWords(terms.signatures()), "\n");
  for (const v1::CoSigner& signer : terms.co_signers()) {
    absl::StrAppend(&text, "  and where a purpose is tagged ", TagName(signer.tag()), ", of ", People(signer.count()),
                    " as ", RoleName(signer.role()), "\n");
  }
  absl::StrAppend(&text, "Its amendment needs as well those of: ", SignaturesInWords(terms.amendments()), "\n");
}

// The longest common subsequence, from the back; `common[i][j]` of the lines from i and j on.
void AppendLineDifferences(const std::vector<absl::string_view>& before, const std::vector<absl::string_view>& after,
                           std::vector<std::string>& lines) {
  const size_t width = after.size() + 1;
  const bool compared = (before.size() + 1) * width <= kMaxCompared;
  std::vector<uint16_t> common(compared ? (before.size() + 1) * width : 0);
  const auto at = [&](size_t i, size_t j) -> uint16_t& { return common[i * width + j]; };
  for (size_t i = before.size(); compared && i-- > 0;) {
    for (size_t j = after.size(); j-- > 0;) {
      at(i, j) =
          before[i] == after[j] ? static_cast<uint16_t>(at(i + 1, j + 1) + 1) : std::max(at(i + 1, j), at(i, j + 1));
    }
  }
  size_t i = 0;
  size_t j = 0;
  while (i < before.size() || j < after.size()) {
    if (compared && i < before.size() && j < after.size() && before[i] == after[j]) {
      ++i;
      ++j;
    } else if (i < before.size() && (!compared || j == after.size() || at(i + 1, j) >= at(i, j + 1))) {
      lines.push_back(absl::StrCat("- ", before[i++]));
    } else {
      lines.push_back(absl::StrCat("+ ", after[j++]));
    }
  }
}

}  // namespace

std::string RolesInWords(const google::protobuf::RepeatedField<int>& roles) {
  return EnumNames(roles, [](int role) { return RoleName(static_cast<v1::Role>(role)); });
}

std::string TagsInWords(const google::protobuf::RepeatedField<int>& tags) {
  return EnumNames(tags, [](int tag) { return TagName(static_cast<v1::Tag>(tag)); });
}

std::string FloorsInWords(const v1::CharterFloors& floors) {
  std::string text = absl::StrCat(
      "at least ", floors.min_sites(), " sites of ", floors.min_organisations(), " organisations, sums that bear ",
      floors.min_colluding_organisations(), " colluding organisations, ", floors.min_rows(), " rows a site, cells of ",
      floors.minimum_cell(), "; plain sums ", floors.secure_sum() ? "never" : "where a job and each site ask for them");
  if (floors.has_privacy()) {
    absl::StrAppend(&text, "; privacy epsilon ", floors.privacy().epsilon(), ", delta ", floors.privacy().delta());
  }
  if (floors.has_posture()) {
    const v1::PostureFloor& posture = floors.posture();
    absl::StrAppend(&text, "; each site says of itself: ", posture.sandbox() ? "a sandbox, " : "",
                    posture.disk_encryption() ? "encrypted disks, " : "", "a clock at most ", posture.clock_behind_s(),
                    " s behind the log");
  }
  if (floors.has_roster_days()) {
    absl::StrAppend(&text, "; a roster is valid for at most ", floors.roster_days(), " days ahead");
  }
  return text;
}

std::string DescribeTerms(const v1::Charter& terms, absl::string_view hash) {
  std::string text = absl::StrCat("Charter ", terms.name(), ", version ", terms.version(), "\nhash ", hash, "\n",
                                  terms.former_sha256().empty() ? "" : "amends ", terms.former_sha256(),
                                  terms.former_sha256().empty() ? "" : "\n", "from ", terms.not_before(), " until ",
                                  terms.expires(), "\n\n");
  AppendWhoAndWhat(terms, text);
  absl::StrAppend(&text, "Floors: ", FloorsInWords(terms.floors()), "\nModels: ", CodeInWords(terms.code()), "\n");
  AppendDeciding(terms, text);
  AppendPromises(terms, text);
  AppendSigning(terms, text);
  return text;
}

std::string DescribeCharter(const Charter& charter) {
  return DescribeTerms(charter.terms(), HexDigest(charter.hash()));
}

std::string DescribeFindings(const CharterFindings& findings) {
  std::string text;
  for (const std::string& identity : findings.signed_by) absl::StrAppend(&text, "  ", identity, " has signed\n");
  for (const std::string& identity : findings.bad) absl::StrAppend(&text, "  ", identity, ": SIGNATURE NOT GOOD\n");
  for (const std::string& what : findings.lacking) absl::StrAppend(&text, "  lacking: ", what, "\n");
  for (const std::string& what : findings.warnings) absl::StrAppend(&text, "  WARNING: ", what, "\n");
  absl::StrAppend(&text, findings.lacking.empty() ? "It is active.\n" : "It is NOT active.\n");
  return text;
}

std::vector<std::string> CharterDifferences(const Charter& before, const Charter& after) {
  std::vector<absl::string_view> old_lines = absl::StrSplit(before.bytes(), '\n');
  std::vector<absl::string_view> new_lines = absl::StrSplit(after.bytes(), '\n');
  const auto first = std::mismatch(old_lines.begin(), old_lines.end(), new_lines.begin(), new_lines.end());
  old_lines.erase(old_lines.begin(), first.first);
  new_lines.erase(new_lines.begin(), first.second);
  while (!old_lines.empty() && !new_lines.empty() && old_lines.back() == new_lines.back()) {
    old_lines.pop_back();
    new_lines.pop_back();
  }
  std::vector<std::string> lines;
  AppendLineDifferences(old_lines, new_lines, lines);
  return lines;
}

}  // namespace accord
