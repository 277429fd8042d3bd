#include "cli/governance/seat_writing.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status.h"
#include "trust/charter/complaint.h"
#include "trust/charter/job_stop.h"
#include "trust/charter/seats.h"
#include "trust/charter/statement_lines.h"

namespace accord {
namespace {

std::string IdOf(const PersonWithKey& person) { return std::string(absl::StripPrefix(person.identity, "person/")); }

absl::Time ToTheSecond(absl::Time time) { return absl::FromUnixSeconds(absl::ToUnixSeconds(time)); }

// Of a line that is too long: up to a space, or within a word between two characters.
size_t PlaceToCut(absl::string_view line) {
  const size_t space = line.rfind(' ', kMaxTextLineBytes);
  if (space != absl::string_view::npos && space > 0) return space;
  size_t end = kMaxTextLineBytes;
  while (end > 1 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
  return end;
}

}  // namespace

std::vector<std::string> LinesOfWords(const std::vector<std::string>& words) {
  std::vector<std::string> lines;
  for (const std::string& text : words) {
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      line = absl::StripAsciiWhitespace(line);
      while (line.size() > kMaxTextLineBytes) {
        const size_t end = PlaceToCut(line);
        lines.emplace_back(line.substr(0, end));
        line = absl::StripLeadingAsciiWhitespace(line.substr(end));
      }
      if (!line.empty()) lines.emplace_back(line);
    }
  }
  return lines;
}

absl::StatusOr<SignedStatement> SignStop(const Sha256Digest& job, const std::vector<std::string>& reason,
                                         const Charter& charter, const PersonWithKey& person, absl::Time now) {
  ACCORD_ASSIGN_OR_RETURN(std::string bytes, WriteJobStop({.charter = charter.hash(),
                                                           .job = job,
                                                           .ombudsman = IdOf(person),
                                                           .time = ToTheSecond(now),
                                                           .reasons = LinesOfWords(reason)}));
  ACCORD_ASSIGN_OR_RETURN(SignedStatement statement,
                          SignedStatement::Sign(std::move(bytes), kStopDomain, person.signer));
  ACCORD_RETURN_IF_ERROR(CheckStopOf(charter, nullptr, statement, job).status());
  return statement;
}

absl::StatusOr<SignedStatement> SignComplaint(const ComplaintRequest& request, const Charter& charter,
                                              const PersonWithKey& person, absl::Time now) {
  const uint32_t days = request.days == 0 ? AnswerDays(charter.terms()) : request.days;
  Complaint complaint;
  complaint.charter = charter.hash();
  complaint.job_id = request.job_id;
  complaint.site = request.site;
  complaint.ombudsman = IdOf(person);
  complaint.time = ToTheSecond(now);
  complaint.answer_by = complaint.time + absl::Hours(24) * days;
  complaint.text = LinesOfWords(request.text);
  ACCORD_ASSIGN_OR_RETURN(std::string bytes, WriteComplaint(complaint));
  ACCORD_ASSIGN_OR_RETURN(SignedStatement statement,
                          SignedStatement::Sign(std::move(bytes), kComplaintDomain, person.signer));
  ACCORD_RETURN_IF_ERROR(CheckComplaint(charter, nullptr, statement, now).status());
  return statement;
}

absl::StatusOr<SignedStatement> SignAnswer(const Sha256Digest& complaint, const std::vector<std::string>& text,
                                           const Charter& charter, const PersonWithKey& person, absl::Time now) {
  ACCORD_ASSIGN_OR_RETURN(std::string bytes, WriteAnswer({.charter = charter.hash(),
                                                          .complaint = complaint,
                                                          .lead = IdOf(person),
                                                          .time = ToTheSecond(now),
                                                          .text = LinesOfWords(text)}));
  ACCORD_ASSIGN_OR_RETURN(SignedStatement statement,
                          SignedStatement::Sign(std::move(bytes), kAnswerDomain, person.signer));
  ACCORD_RETURN_IF_ERROR(CheckAnswer(charter, nullptr, statement, complaint, now).status());
  return statement;
}

}  // namespace accord
