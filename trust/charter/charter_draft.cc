#include "trust/charter/charter_draft.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/message.h"
#include "trust/charter/charter.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

constexpr char kBegin[] =
    R"(# A charter: who may do what with whose data. Replace the words, add people, and have all sites sign the same file.
# Nothing here has a default. Every field is explained in docs/governance.md.
)";

constexpr char kRest[] = R"(data_sets:
  - name: example
    words: Whose rows these are and where they come from.
    purposes: [example]              # there is no name for all
    # sites: [site-a]                # without it any site of the roster may release it
floors:
  min_sites: $SITES
  min_organisations: $ORGANISATIONS
  min_colluding_organisations: $COLLUDING     # so many may show the coordinator all they know, and a sum stays closed
  secure_sum: true
  minimum_cell: 11
  min_rows: 50
# code:
#   torchscript: [{sha256: ..., words: What it is and who looked at it.}]
#   operators: ['aten::linear', 'aten::relu']      # that their code may call: accord operators FILE --yaml
job_orders: {defined_by: [engineer], longest_days: 90}
approvals:
  by: [{role: lead, count: 1}]       # add {role: steward, count: 1} once people lists one
  each_site: true
  longest_days: 90
may_see:                             # what is not listed is seen by auditors and ombudsmen alone
  - {what: reports, roles: [engineer, lead]}
  - {what: models, roles: [engineer]}
  - {what: status, roles: [engineer, operator, lead, steward]}
  - {what: sites, roles: [engineer, operator, lead, steward]}
retention: {uploads_days: 0, models_days: 365, reports_days: 3650}
# service:
#   - {promise: What is promised and how it is measured., consequence: What follows when it is broken.}
# co_signers:
#   - {tag: high_risk, role: ombudsman, count: 1}    # a purpose tagged fraud, policing or high_risk needs one
)";

constexpr char kTwoSites[] =
    R"(2                       # OF TWO SITES EACH LEARNS THE OTHER'S NUMBERS from every sum: a job has to say
                                     # secure_sum: {two_sites: true}, and each site's config floors: {allow_two_sites: true})";

// Of this draft, and of the entry that `accord charter person` prints.
constexpr absl::string_view kPlaceholders[] = {"What for, and what not for.",
                                               "Whose rows these are and where they come from.",
                                               "What it is and who looked at it.",
                                               "What is promised and how it is measured.",
                                               "What follows when it is broken.",
                                               "YOUR NAME",
                                               "AS IN THE ROSTER",
                                               "example"};

bool IsPlaceholder(absl::string_view value) {
  return std::find(std::begin(kPlaceholders), std::end(kPlaceholders), value) != std::end(kPlaceholders);
}

void FindPlaceholders(const google::protobuf::Message& message, const std::string& path,
                      std::vector<std::string>& found) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> set;
  reflection.ListFields(message, &set);
  for (const google::protobuf::FieldDescriptor* field : set) {
    const bool many = field->is_repeated();
    const int count = many ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const std::string here = absl::StrCat(path, path.empty() ? "" : ".", std::string(field->name()),
                                            many ? absl::StrCat("[", i, "]") : "");
      if (field->message_type() != nullptr) {
        FindPlaceholders(
            many ? reflection.GetRepeatedMessage(message, field, i) : reflection.GetMessage(message, field), here,
            found);
      } else if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
        const std::string value =
            many ? reflection.GetRepeatedString(message, field, i) : reflection.GetString(message, field);
        if (IsPlaceholder(value)) found.push_back(absl::StrCat(here, " still says \"", value, "\", as the draft did"));
      }
    }
  }
}

// In quotes where YAML could read something else out of it.
std::string Quoted(const std::string& name) { return absl::StrCat("'", absl::StrReplaceAll(name, {{"'", "''"}}), "'"); }

void AppendPerson(const RosterPerson& person, std::string& text) {
  const std::string roles =
      absl::StrJoin(person.roles, ", ", [](std::string* out, v1::Role role) { out->append(RoleName(role)); });
  absl::StrAppend(&text, "  - id: ", person.id, "\n    name: ", Quoted(person.name),
                  "\n    organisation: ", Quoted(person.organisation), "\n    roles: [", roles,
                  "]\n    key: ", absl::Base64Escape(person.public_key_der), "\n");
}

}  // namespace

std::string CharterDraft(const Roster& roster, absl::string_view name, const DraftedPerson& person, absl::Time now) {
  const absl::CivilDay today = absl::ToCivilDay(now, absl::UTCTimeZone());
  const absl::CivilDay in_a_year(today.year() + 1, today.month(), today.day());
  std::string text = absl::StrCat(kBegin, "name: ", name, "\nversion: 1\n");
  absl::StrAppend(&text, "not_before: ", FormatUtc(absl::FromCivil(today, absl::UTCTimeZone())),
                  "\nexpires: ", FormatUtc(absl::FromCivil(in_a_year, absl::UTCTimeZone())), "\n");
  absl::StrAppend(&text, "purposes:\n  - name: example\n    words: What for, and what not for.\n    tags: [care]\n");
  std::set<std::string> organisations;
  for (const RosterSite& site : roster.sites()) organisations.insert(site.organisation);
  const size_t with_sites = organisations.size();
  for (const RosterPerson& listed : roster.people()) organisations.insert(listed.organisation);
  absl::StrAppend(&text, "organisations:                       # to the letter as in the roster\n");
  for (const std::string& organisation : organisations) {
    absl::StrAppend(&text, "  - {name: ", Quoted(organisation), "}\n");
  }
  absl::StrAppend(&text, "people:\n");
  for (const RosterPerson& listed : roster.people()) AppendPerson(listed, text);
  if (roster.people().empty()) {
    absl::StrAppend(&text, "  - id: ", person.id, "\n    name: ", Quoted(person.id),
                    "            # as colleagues know the person\n    organisation: ",
                    Quoted(organisations.empty() ? "" : *organisations.begin()),
                    "\n    roles: [engineer, lead]\n    key: ", absl::Base64Escape(person.public_key_der), "\n");
  }
  const size_t least = std::clamp<size_t>(with_sites, 2, 3);
  const bool of_two = roster.sites().size() <= 2;
  // The lines behind it explain what stands in front of them.
  return absl::StrCat(text, absl::StrReplaceAll(kRest, {{"$SITES", of_two ? kTwoSites : "3"},
                                                        {"$ORGANISATIONS", absl::StrCat(least)},
                                                        {"$COLLUDING", absl::StrCat(least - 2)}}));
}

std::vector<std::string> PlaceholdersLeft(const v1::Charter& terms) {
  std::vector<std::string> found;
  FindPlaceholders(terms, "", found);
  return found;
}

}  // namespace accord
