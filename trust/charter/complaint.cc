#include "trust/charter/complaint.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/domain_hash.h"
#include "base/status.h"
#include "trust/charter/statement_lines.h"

namespace accord {
namespace {

constexpr absl::string_view kComplaintFirstLine = "accord-complaint-v1";
constexpr absl::string_view kAnswerFirstLine = "accord-answer-v1";
// In faults.
constexpr char kTheComplaint[] = "the complaint";
constexpr char kTheAnswer[] = "the answer";

void ReadAbout(LineReader& reader, Complaint& complaint) {
  const std::string value = reader.Value("about");
  absl::string_view id = value;
  std::string& named = absl::ConsumePrefix(&id, "job ") ? complaint.job_id : complaint.site;
  if (&named == &complaint.site && !absl::ConsumePrefix(&id, "site ")) {
    return reader.Fail("names neither 'job ID' nor 'site ID'");
  }
  if (!IsStatementName(id)) return reader.Fail("does not hold an id of lower-case letters, digits and hyphens");
  named = std::string(id);
}

std::string ComplaintText(const Complaint& complaint) {
  LineWriter writer(kComplaintFirstLine);
  writer.Digest("charter", complaint.charter);
  writer.Line("about", complaint.job_id.empty() ? absl::StrCat("site ", complaint.site)
                                                : absl::StrCat("job ", complaint.job_id));
  writer.Line("ombudsman", complaint.ombudsman).Time("time", complaint.time);
  writer.Time("answer by", complaint.answer_by).Texts("text", complaint.text);
  return std::move(writer).Take();
}

std::string AnswerText(const ComplaintAnswer& answer) {
  LineWriter writer(kAnswerFirstLine);
  writer.Digest("charter", answer.charter).Digest("complaint", answer.complaint).Line("lead", answer.lead);
  writer.Time("time", answer.time).Texts("text", answer.text);
  return std::move(writer).Take();
}

Complaint ReadHead(LineReader& reader) {
  Complaint complaint;
  complaint.charter = reader.Digest("charter");
  ReadAbout(reader, complaint);
  complaint.ombudsman = reader.Name("ombudsman");
  complaint.time = reader.Time("time");
  complaint.answer_by = reader.Time("answer by");
  if (complaint.answer_by <= complaint.time) reader.Fail("is not after 'time'");
  return complaint;
}

ComplaintAnswer ReadAnswerHead(LineReader& reader) {
  ComplaintAnswer answer;
  answer.charter = reader.Digest("charter");
  answer.complaint = reader.Digest("complaint");
  answer.lead = reader.Name("lead");
  answer.time = reader.Time("time");
  return answer;
}

// The lines in front of the first one of the text.
absl::string_view BeforeTheText(absl::string_view first_bytes) {
  const size_t text = first_bytes.find("\ntext: ");
  return text == absl::string_view::npos ? first_bytes : first_bytes.substr(0, text + 1);
}

}  // namespace

Sha256Digest ComplaintHash(absl::string_view bytes) { return HashUnder(kComplaintDomain, bytes); }

absl::StatusOr<Complaint> ParseComplaint(absl::string_view bytes) {
  LineReader reader(bytes, kTheComplaint, kComplaintFirstLine);
  Complaint complaint = ReadHead(reader);
  complaint.text = reader.Texts("text");
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return complaint;
}

absl::StatusOr<ComplaintAnswer> ParseAnswer(absl::string_view bytes) {
  LineReader reader(bytes, kTheAnswer, kAnswerFirstLine);
  ComplaintAnswer answer = ReadAnswerHead(reader);
  answer.text = reader.Texts("text");
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return answer;
}

absl::StatusOr<Complaint> ParseComplaintHead(absl::string_view first_bytes) {
  LineReader reader(BeforeTheText(first_bytes), kTheComplaint, kComplaintFirstLine);
  Complaint complaint = ReadHead(reader);
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return complaint;
}

absl::StatusOr<ComplaintAnswer> ParseAnswerHead(absl::string_view first_bytes) {
  LineReader reader(BeforeTheText(first_bytes), kTheAnswer, kAnswerFirstLine);
  ComplaintAnswer answer = ReadAnswerHead(reader);
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return answer;
}

absl::StatusOr<std::string> WriteComplaint(const Complaint& complaint) {
  std::string bytes = ComplaintText(complaint);
  ACCORD_ASSIGN_OR_RETURN(const Complaint again, ParseComplaint(bytes));
  if (again != complaint) return absl::InvalidArgumentError("the complaint holds what its lines cannot");
  return bytes;
}

absl::StatusOr<std::string> WriteAnswer(const ComplaintAnswer& answer) {
  std::string bytes = AnswerText(answer);
  ACCORD_ASSIGN_OR_RETURN(const ComplaintAnswer again, ParseAnswer(bytes));
  if (again != answer) return absl::InvalidArgumentError("the answer holds what its lines cannot");
  return bytes;
}

uint32_t AnswerDays(const v1::Charter& terms) {
  return terms.has_complaints() ? terms.complaints().answer_days() : kDefaultAnswerDays;
}

}  // namespace accord
