#include "client/daemon/governance/order_summary.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/programs/attempt_terms.h"
#include "base/hash.h"
#include "base/printable.h"
#include "google/protobuf/text_format.h"
#include "proto/validation/job_validation.h"
#include "trust/charter/approval.h"
#include "trust/charter/charter_words.h"
#include "trust/charter/job_order.h"
#include "trust/charter/order_words.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

constexpr size_t kMaxValueBytes = 300;

using Fields = std::map<std::string, std::string>;

void FlattenJob(const google::protobuf::Message& message, const std::string& prefix, Fields& fields) {
  std::vector<const google::protobuf::FieldDescriptor*> set;
  message.GetReflection()->ListFields(message, &set);
  for (const google::protobuf::FieldDescriptor* field : set) {
    const int count = field->is_repeated() ? message.GetReflection()->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const std::string path =
          absl::StrCat(prefix, std::string(field->name()), field->is_repeated() ? absl::StrCat("[", i, "]") : "");
      if (field->message_type() != nullptr) {
        const auto& inner = field->is_repeated() ? message.GetReflection()->GetRepeatedMessage(message, field, i)
                                                 : message.GetReflection()->GetMessage(message, field);
        fields[path] = "";  // also where nothing is written in it
        FlattenJob(inner, path + ".", fields);
        continue;
      }
      std::string value;
      google::protobuf::TextFormat::PrintFieldValueToString(message, field, field->is_repeated() ? i : -1, &value);
      fields[path] = Printable(value.substr(0, kMaxValueBytes));
    }
  }
}

std::string LabelledLine(absl::string_view label, absl::string_view text) {
  return absl::StrCat("  ", label, ": ", Printable(text), "\n");
}

std::string SumsOfJob(const v1::JobSpec& spec) {
  if (!HasSecureSum(spec)) return "PLAIN: the coordinator reads this site's numbers";
  if (spec.aggregation().secure_sum().two_sites()) return "masked; of two sites EACH LEARNS THE OTHER'S NUMBERS";
  const uint32_t colluding = ColludingOrganisationsOf(spec);
  return absl::StrCat("masked, closed to the coordinator and ", colluding,
                      colluding == 1 ? " organisation with it" : " organisations with it");
}

std::string JobLines(const v1::JobSpec& spec) {
  const auto* model = spec.model().GetReflection()->GetOneofFieldDescriptor(
      spec.model(), v1::ModelSpec::descriptor()->FindOneofByName("kind"));
  std::string text =
      absl::StrCat(LabelledLine("job", spec.name()), LabelledLine("in its author's words", spec.purpose()));
  std::vector<std::string> features;
  for (const auto& feature : spec.data().features()) features.push_back(feature.name());
  if (!features.empty()) absl::StrAppend(&text, LabelledLine("columns asked for", absl::StrJoin(features, ", ")));
  if (!spec.data().target().name().empty()) absl::StrAppend(&text, LabelledLine("target", spec.data().target().name()));
  absl::StrAppend(&text, LabelledLine("model", model == nullptr ? "none" : std::string(model->name())),
                  LabelledLine("rounds", absl::StrCat(spec.rounds().count(), ", of at least ",
                                                      spec.rounds().min_sites(), " sites")));
  return absl::StrCat(text, LabelledLine("sums", SumsOfJob(spec)));
}

// Of those that came with it: whether each counts is the judge's to say.
std::string ApprovalLines(const KeptOrder& kept) {
  std::string text;
  for (const SignedStatement& statement : kept.approvals) {
    const auto approval = ParseApproval(statement.bytes);
    absl::StrAppend(
        &text, LabelledLine("signed", approval.ok() ? DescribeApproval(*approval) : "an approval that cannot be read"));
  }
  return text.empty() ? LabelledLine("signed", "nobody's approval has come yet") : text;
}

}  // namespace

std::string SummaryOfOrder(const KeptOrder& kept, const Charter& charter) {
  std::string text = absl::StrCat("Order ", HexDigest(kept.hash), "\n");
  const auto order = ParseJobOrder(kept.order.bytes);
  if (!order.ok()) return absl::StrCat(text, "  cannot be read: ", Printable(order.status().message()), "\n");
  const v1::Person* engineer = charter.FindPerson(order->engineer);
  const v1::Purpose* purpose = charter.FindPurpose(order->purpose);
  absl::StrAppend(
      &text,
      LabelledLine("of", engineer == nullptr ? absl::StrCat(order->engineer, ", WHOM THE CHARTER DOES NOT NAME")
                                             : absl::StrCat(engineer->name(), " (", order->engineer, ") of ",
                                                            engineer->organisation())),
      LabelledLine("for", purpose == nullptr ? absl::StrCat(order->purpose, ", WHICH THE CHARTER DOES NOT NAME")
                                             : absl::StrCat(order->purpose, ": ", purpose->words())),
      LabelledLine("on the data set", order->data_set.empty() ? "none: no rows are read" : order->data_set),
      LabelledLine("holds", absl::StrCat("from ", FormatUtc(order->not_before), " until ", FormatUtc(order->expires))));
  if (!order->loosens.empty()) {
    absl::StrAppend(&text,
                    LabelledLine("LOOSENS", absl::StrJoin(order->loosens, ", ", [](std::string* out, v1::Rule rule) {
                                   out->append(RuleName(rule));
                                 })));
  }
  if (order->charter != charter.hash()) {
    absl::StrAppend(&text, LabelledLine("UNDER ANOTHER CHARTER", HexDigest(order->charter)));
  }
  absl::StrAppend(&text, LabelledLine("the charter's floors", FloorsInWords(charter.terms().floors())),
                  ApprovalLines(kept));
  if (!kept.job_id.empty()) absl::StrAppend(&text, LabelledLine("serves the job", kept.job_id));
  if (kept.job_bytes.empty()) return absl::StrCat(text, "  the job itself is not here yet\n");
  const auto spec = ParseJobSpec(kept.job_bytes);
  if (!spec.ok()) return absl::StrCat(text, "  the job cannot be read: ", Printable(spec.status().message()), "\n");
  return absl::StrCat(text, JobLines(*spec));
}

std::vector<std::string> ChangesOfJob(const v1::JobSpec& before, const v1::JobSpec& after) {
  Fields old_fields, new_fields;
  FlattenJob(before, "", old_fields);
  FlattenJob(after, "", new_fields);
  std::vector<std::string> changes;
  for (const auto& [path, value] : new_fields) {
    const auto old = old_fields.find(path);
    if (old == old_fields.end()) {
      if (!value.empty()) changes.push_back(absl::StrCat(path, ": ", value, ", new"));
    } else if (old->second != value) {
      changes.push_back(absl::StrCat(path, ": ", value, ", before ", old->second));
    }
  }
  for (const auto& [path, value] : old_fields) {
    if (!new_fields.contains(path) && !value.empty()) changes.push_back(absl::StrCat(path, ": gone, before ", value));
  }
  return changes;
}

}  // namespace accord
