#include "trust/charter/order_words.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "trust/charter/charter_words.h"
#include "trust/charter/readable_words.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

constexpr int kMostNamed = 40;

std::string OrderLine(absl::string_view label, absl::string_view text) {
  return absl::StrFormat("  %-12s %s\n", label, OnOneLine(text));
}

std::string EngineerInWords(const JobOrder& order, const Charter* charter) {
  const v1::Person* person = charter == nullptr ? nullptr : charter->FindPerson(order.engineer);
  if (person == nullptr)
    return absl::StrCat(order.engineer, charter == nullptr ? "" : ", WHOM THE CHARTER DOES NOT KNOW");
  return absl::StrCat(person->name(), " (", person->id(), ") of ", person->organisation(), ", ",
                      RolesInWords(person->roles()));
}

std::string OrderedPurposeInWords(const JobOrder& order, const Charter* charter) {
  const v1::Purpose* purpose = charter == nullptr ? nullptr : charter->FindPurpose(order.purpose);
  if (purpose == nullptr) {
    return absl::StrCat(order.purpose, charter == nullptr ? "" : ", WHICH THE CHARTER DOES NOT KNOW");
  }
  return absl::StrCat(purpose->name(), " (", TagsInWords(purpose->tags()), "): ", purpose->words());
}

std::string OrderedDataInWords(const JobOrder& order, const Charter* charter) {
  if (order.data_set.empty()) return "none: no rows are read";
  const v1::CharterDataSet* data_set = charter == nullptr ? nullptr : charter->FindDataSet(order.data_set);
  if (data_set == nullptr) {
    return absl::StrCat(order.data_set, charter == nullptr ? "" : ", WHICH THE CHARTER DOES NOT KNOW");
  }
  return absl::StrCat(data_set->name(), ": ", data_set->words());
}

std::string ColumnsRead(const v1::DataSchema& data) {
  if (data.has_image()) return "images";
  if (data.has_text()) {
    return data.text().name().empty() ? "texts" : absl::StrCat("texts of the column ", data.text().name());
  }
  std::vector<std::string> names;
  if (data.has_series()) {
    names.assign(data.series().channels().begin(), data.series().channels().end());
  } else {
    for (const v1::Feature& feature : data.features()) names.push_back(feature.name());
  }
  const size_t num_left_out = names.size() > kMostNamed ? names.size() - kMostNamed : 0;
  names.resize(names.size() - num_left_out);
  return absl::StrCat(data.has_series() ? "series of " : "", absl::StrJoin(names, ", "),
                      num_left_out > 0 ? absl::StrCat(" and ", num_left_out, " more") : "");
}

std::string ReadInWords(const v1::JobSpec& spec) {
  const v1::Target& target = spec.data().target();
  std::string words = absl::StrCat(ColumnsRead(spec.data()), "; learns to tell ", target.name());
  if (target.has_survival()) absl::StrAppend(&words, " with ", target.survival().event().name());
  if (spec.model().poisson_regression().has_exposure()) {
    absl::StrAppend(&words, " by ", spec.model().poisson_regression().exposure().name());
  }
  const auto& subgroups = spec.evaluation().subgroups();
  if (!subgroups.empty()) {
    absl::StrAppend(&words, "; tells figures apart by ",
                    absl::StrJoin(subgroups, ", ", [](std::string* out, const v1::Subgroup& subgroup) {
                      out->append(subgroup.column());
                    }));
  }
  return words;
}

std::string CodeInWords(const JobOrder& order, const v1::JobSpec* spec, const Charter* charter) {
  if (order.torchscript.has_value()) {
    const std::string hash = HexDigest(*order.torchscript);
    std::string words = absl::StrCat("the TorchScript file ", hash);
    if (charter == nullptr) return words;
    const auto& files = charter->terms().code().torchscript();
    const auto known = std::find_if(files.begin(), files.end(),
                                    [&](const v1::TorchScriptFile& file) { return file.sha256() == hash; });
    const int operators = charter->terms().code().operators_size();
    return absl::StrCat(words, known == files.end() ? ", WHICH THE CHARTER DOES NOT KNOW" : ": ",
                        known == files.end() ? "" : known->words(),
                        operators == 0
                            ? "; it may call every operator"
                            : absl::StrCat("; it may call ", operators,
                                           " operators of the charter's list and no other, or no site runs it"));
  }
  if (spec == nullptr) return "one of Accord's own";
  const auto* kind = spec->model().GetReflection()->GetOneofFieldDescriptor(
      spec->model(), v1::ModelSpec::descriptor()->FindOneofByName("kind"));
  return absl::StrCat(kind == nullptr ? "none" : std::string(kind->name()), ", one of Accord's own");
}

std::string SumsInWords(const v1::JobSpec& spec) {
  if (spec.aggregation().plain_sum()) return "PLAIN: THE COORDINATOR READS EACH SITE'S NUMBERS";
  const v1::SecureSum& sum = spec.aggregation().secure_sum();
  if (sum.two_sites()) return "secure; of two sites EACH LEARNS THE OTHER'S NUMBERS";
  return absl::StrCat("secure: the coordinator learns the total alone, even with ", sum.colluding_organisations(),
                      sum.colluding_organisations() == 1 ? " organisation" : " organisations");
}

std::string RoundsInWords(const v1::JobSpec& spec) {
  std::string words = absl::StrCat(spec.rounds().count(), ", each of at least ", spec.rounds().min_sites(), " sites");
  if (!spec.rounds().sites().empty()) {
    absl::StrAppend(&words, " of ", absl::StrJoin(spec.rounds().sites(), ", "));
  }
  return words;
}

std::string LoosenedInWords(const JobOrder& order, const Charter* charter) {
  if (order.loosens.empty()) return "nothing";
  std::vector<std::string> words;
  for (const v1::Rule rule : order.loosens) {
    const v1::Loosening* entry = charter == nullptr ? nullptr : charter->FindLoosening(rule);
    words.push_back(
        absl::StrCat(RuleName(rule), entry != nullptr && entry->least() > 0 ? absl::StrCat(" to ", entry->least()) : "",
                     charter != nullptr && entry == nullptr ? ", WHICH THE CHARTER DOES NOT LET ANYBODY LOOSEN" : ""));
  }
  return absl::StrJoin(words, "; ");
}

std::string NeededInWords(const JobOrder& order, const Charter& charter) {
  const v1::Purpose* purpose = charter.FindPurpose(order.purpose);
  std::vector<std::string> words;
  for (const v1::ApprovalRule& rule : charter.terms().approvals().by()) {
    if (AppliesTo(rule, purpose)) words.push_back(absl::StrCat(rule.count(), " as ", RoleName(rule.role())));
  }
  if (charter.terms().approvals().each_site()) words.push_back("each site for itself");
  for (const v1::Rule rule : order.loosens) {
    const v1::Loosening* entry = charter.FindLoosening(rule);
    if (entry == nullptr) continue;
    words.push_back(
        absl::StrCat("two people of two organisations as ", RolesInWords(entry->by()), " who name ", RuleName(rule)));
  }
  return words.empty() ? "of nobody" : absl::StrJoin(words, ", ");
}

// What a job does not tell beforehand how much it takes of.
std::string LimitsInWords(const v1::PolicyLimits& limits) {
  return absl::StrCat(
      limits.has_scratch_mib() ? absl::StrCat("; at most ", limits.scratch_mib(), " MiB of a scratch file") : "",
      limits.has_kept_mib() ? absl::StrCat("; at most ", limits.kept_mib(), " MiB kept between rounds") : "");
}

void AppendJob(const JobOrder& order, const v1::JobSpec* spec, std::string& text) {
  if (spec == nullptr) {
    absl::StrAppend(&text, OrderLine("Job", absl::StrCat(HexDigest(order.job),
                                                         ", WHICH IS NOT AT HAND: what it does is "
                                                         "not shown")));
    return;
  }
  absl::StrAppend(&text, OrderLine("Job", absl::StrCat(spec->name(), ": ", spec->purpose())));
  if (spec->has_data()) absl::StrAppend(&text, OrderLine("Reads", ReadInWords(*spec)));
  absl::StrAppend(&text, OrderLine("Rounds", RoundsInWords(*spec)), OrderLine("Sums", SumsInWords(*spec)));
  if (spec->has_evaluation()) {
    absl::StrAppend(
        &text, OrderLine("Shows", absl::StrCat("no cell of fewer than ", spec->evaluation().minimum_cell(), " rows")));
  }
}

}  // namespace

std::string RulesInWords(const std::vector<v1::Rule>& rules) {
  if (rules.empty()) return "none";
  return absl::StrJoin(rules, ", ", [](std::string* out, v1::Rule rule) { out->append(RuleName(rule)); });
}

std::string DescribeOrder(const JobOrder& order, const Sha256Digest& hash, const v1::JobSpec* spec,
                          const Charter* charter) {
  std::string text = absl::StrCat("Order ", HexDigest(hash), "\n");
  absl::StrAppend(&text, OrderLine("Engineer", EngineerInWords(order, charter)),
                  OrderLine("Purpose", OrderedPurposeInWords(order, charter)),
                  OrderLine("Data set", OrderedDataInWords(order, charter)));
  AppendJob(order, spec, text);
  absl::StrAppend(&text, OrderLine("Model", CodeInWords(order, spec, charter)));
  if (order.start.has_value()) absl::StrAppend(&text, OrderLine("Starts from", HexDigest(*order.start)));
  for (const auto& [site, mapping] : order.mappings) {
    absl::StrAppend(&text, OrderLine("Mapping", absl::StrCat("of ", site, ": ", HexDigest(mapping))));
  }
  if (charter != nullptr) absl::StrAppend(&text, OrderLine("Floors", FloorsInWords(charter->terms().floors())));
  absl::StrAppend(
      &text, OrderLine("Loosens", LoosenedInWords(order, charter)),
      OrderLine("Holds", absl::StrCat("from ", FormatUtc(order.not_before), " until ", FormatUtc(order.expires))));
  if (charter == nullptr)
    return text + OrderLine("Charter", absl::StrCat(HexDigest(order.charter), ", which is not at hand"));
  return absl::StrCat(text, OrderLine("Approvals", NeededInWords(order, *charter)),
                      OrderLine("Charter", absl::StrCat(charter->terms().name(), ", version ",
                                                        charter->terms().version(), ", ", HexDigest(charter->hash()))));
}

std::string DescribeApproval(const Approval& approval) {
  const bool by_site = approval.as == v1::ROLE_UNSPECIFIED;
  return OnOneLine(absl::StrCat(
      approval.by, approval.approves ? " approves" : " REFUSES", by_site ? "" : " as ",
      by_site ? "" : RoleName(approval.as),
      approval.loosens.empty() ? "" : absl::StrCat(", also that ", RulesInWords(approval.loosens), " is loosened"),
      approval.approves
          ? absl::StrCat(", from ", FormatUtc(approval.not_before), " until ", FormatUtc(approval.expires))
          : ", for good"));
}

std::string DescribeVerdict(const Verdict& verdict, absl::string_view site, absl::Time at) {
  std::string text = absl::StrCat("Site ", OnOneLine(site), " would ", verdict.allowed() ? "" : "NOT ",
                                  "run this job at ", FormatUtc(at), verdict.allowed() ? ".\n" : ":\n");
  for (const std::string& reason : verdict.reasons) absl::StrAppend(&text, "  ", OnOneLine(reason), "\n");
  if (!verdict.notes.empty()) absl::StrAppend(&text, "Does not count:\n");
  for (const std::string& note : verdict.notes) absl::StrAppend(&text, "  ", OnOneLine(note), "\n");
  if (!verdict.allowed()) return text;
  const JobTerms& terms = verdict.terms;
  return absl::StrCat(text, "It holds each round against: at least ", terms.min_sites, " sites of ",
                      terms.min_organisations, " organisations, sums that bear ", terms.min_colluding_organisations,
                      " colluding organisations, ", terms.min_rows, " rows, cells of ", terms.minimum_cell,
                      terms.secure_sum ? "; secure sums alone" : "; plain sums too", LimitsInWords(terms.limits),
                      ".\nThis holds until ", FormatUtc(terms.valid_until), ".\n");
}

}  // namespace accord
