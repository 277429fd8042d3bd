#include "cli/complaint_words.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/numbers.h"

namespace accord {
namespace {

std::string OnOneLine(const std::string& text) { return absl::StrReplaceAll(text, {{"\n", " "}}); }

// Words that the coordinator left out of a long list.
std::string WordsOf(const v1::Complaint& complaint) {
  if (!complaint.text().empty()) return OnOneLine(complaint.text());
  return absl::StrCat("its words: accord complaint show ", complaint.id().substr(0, 12));
}

std::string Named(const std::string& person, const std::string& organisation) {
  return organisation.empty() ? person : absl::StrCat(person, ", ", organisation);
}

}  // namespace

std::string ComplaintState(const v1::Complaint& complaint) {
  if (complaint.has_answer()) {
    return absl::StrCat("answered by ", complaint.answer().by(), " ",
                        TimeInWords(complaint.answer().answered_unix_ms()), complaint.answer().late() ? ", LATE" : "");
  }
  return absl::StrCat(complaint.overdue() ? "OVERDUE since " : "open until ",
                      TimeInWords(complaint.answer_by_unix_ms()));
}

bool AnyOverdue(const google::protobuf::RepeatedPtrField<v1::Complaint>& complaints) {
  return std::any_of(complaints.begin(), complaints.end(), [](const v1::Complaint& one) { return one.overdue(); });
}

std::string ComplaintsInShort(const google::protobuf::RepeatedPtrField<v1::Complaint>& complaints) {
  uint64_t overdue = 0, open = 0;
  for (const v1::Complaint& complaint : complaints) {
    if (complaint.has_answer()) continue;
    ++(complaint.overdue() ? overdue : open);
  }
  if (overdue == 0 && open == 0) return "";
  if (overdue == 0) return absl::StrCat(Plural(open, "complaint"), " open");
  return absl::StrCat(Plural(overdue, "complaint"), " OVERDUE", open == 0 ? "" : absl::StrCat(", ", open, " open"));
}

std::string ComplaintInWords(const v1::Complaint& complaint) {
  return absl::StrCat(ComplaintState(complaint), ": ", WordsOf(complaint), " (",
                      Named(complaint.by(), complaint.organisation()), "; ", complaint.id().substr(0, 12), ")");
}

std::string StopInWords(const v1::JobStop& stop) {
  return absl::StrCat(Named(stop.by(), stop.organisation()), ", ", TimeInWords(stop.stopped_unix_ms()), ": ",
                      OnOneLine(stop.reason()));
}

std::vector<std::pair<std::string, std::string>> ComplaintLines(const v1::Complaint& complaint) {
  std::vector<std::pair<std::string, std::string>> lines = {
      {"Complaint", complaint.id()},
      {"About",
       complaint.job_id().empty() ? absl::StrCat("site ", complaint.site()) : absl::StrCat("job ", complaint.job_id())},
      {"By", absl::StrCat(Named(complaint.by(), complaint.organisation()), ", ombudsman, ",
                          TimeInWords(complaint.filed_unix_ms()))},
      {"State", ComplaintState(complaint)},
      {"Text", WordsOf(complaint)}};
  if (complaint.has_answer() && !complaint.answer().text().empty()) {
    lines.emplace_back("Answer", absl::StrCat(OnOneLine(complaint.answer().text()), " (",
                                              Named(complaint.answer().by(), complaint.answer().organisation()), ")"));
  }
  return lines;
}

std::string InRed(const std::string& text, bool terminal) {
  return terminal ? absl::StrCat("\033[31m", text, "\033[0m") : text;
}

}  // namespace accord
