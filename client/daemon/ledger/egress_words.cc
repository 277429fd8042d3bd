#include "client/daemon/ledger/egress_words.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/step_words.h"
#include "trust/log/log_head.h"

namespace accord {
namespace {

using Words = std::map<std::string, std::string>;

// A kind of a later version is shown by its name.
std::string Lookup(const Words& words, const std::string& kind) {
  const auto found = words.find(kind);
  return found == words.end() ? absl::StrCat("\"", kind, "\"") : found->second;
}

std::string StepAndRound(v1::StepKind kind, uint32_t round) {
  return round == 0 ? StepInWords(kind) : absl::StrCat(StepInWords(kind), " round ", round);
}

std::string InWords(const v1::EgressStart& start) {
  return absl::StrCat("the daemon starts (version ", start.software_version(), "); coordinator: ", start.coordinator());
}

std::string InWords(const v1::EgressRequest& request) {
  static const auto& words = *new Words{
      {"key_request", "a new public key for masks"},
      {"survivors", "its signature under whose vectors arrived"},
      {"signatures", "what takes the masks off the sum"},
      {"share_request", "its shares of the masks of sites that have gone"},
      {"pair_seed_request", "the mask seeds that it has in common with sites that have gone"},
      {"void_request", "the word that it has not signed an attempt and never will"},
      {"witness_question", "what it has seen of another site's record"},
  };
  if (request.count() > 1) {
    const std::string what = request.request() == "plan" ? "its part in a step" : Lookup(words, request.request());
    return absl::StrCat("asked for: ", what, ", ", request.count(), " times");
  }
  if (request.request() == "plan") {
    return absl::StrCat("asked for: its part in the ", StepAndRound(request.step_kind(), request.round()), " of ",
                        request.cohort_size(), " sites");
  }
  return absl::StrCat("asked for: ", Lookup(words, request.request()));
}

std::string InWords(const v1::EgressMessage& message) {
  static const auto& words = *new Words{
      {"fetch", "request for an object"},
      {"hello", "hello: version, kind of machine, names of its data sets"},
      {"readiness", "whether it is paused, names of its data sets"},
      {"progress", "how far its work is"},
      {"renewal", "request for its next certificate: the last one, and its public key"},
      {"refusal", "refusal"},
      {"key_answer", "public key for masks, signed"},
      {"nonce_answer", "random number that helps to draw who masks with whom"},
      {"survivor_answer", "signature under whose vectors arrived"},
      {"reveal_answer", "seeds that take the masks off the sum, signed"},
      {"site_approval", "this site's word on a job's order, signed"},
      {"witness_request", "question to other sites, what they have seen of this one's record"},
      {"witness_answer", "what it has seen of another site's record, signed"},
      {"void_answer", "the signed word that it has not signed an attempt and never will"},
  };
  const std::string text = Lookup(words, message.message());
  if (message.count() > 1) return absl::StrCat(text, ", ", message.count(), " times");
  return message.words().empty() ? text : absl::StrCat(text, ": ", message.words());
}

std::string InWords(const v1::EgressUpload& upload) {
  const bool masked = upload.protection() == v1::EgressUpload::MASKED;
  return absl::StrCat(masked ? "masked" : "PLAIN", " vector of ", StepAndRound(upload.step_kind(), upload.round()),
                      " of job \"", upload.job_name(), "\"",
                      upload.dataset().empty() ? "" : absl::StrCat(", made of the rows of ", upload.dataset()),
                      upload.purpose().empty() ? "" : absl::StrCat(", for the purpose ", upload.purpose()),
                      masked ? absl::StrCat("; only the sum over ", upload.cohort_size(), " sites can be read")
                             : "; the coordinator reads this site's numbers");
}

std::string InWords(const v1::EgressUploadEnd& end) {
  const std::string why = end.reason().empty() ? "" : absl::StrCat(": ", end.reason());
  switch (end.outcome()) {
    case v1::EgressUploadEnd::TAKEN:
      return "vector sent, taken into the sum";
    case v1::EgressUploadEnd::REFUSED:
      return absl::StrCat("vector not taken into the sum", why);
    default:
      return absl::StrCat("sending the vector was broken off", why);
  }
}

std::string InWords(const v1::EgressFetch& fetch) {
  return absl::StrCat("request for object ", fetch.name(),
                      fetch.offset() == 0 ? "" : absl::StrCat(" from byte ", fetch.offset(), " on"));
}

std::string InWords(const v1::EgressLogHead& log) {
  if (log.head().empty()) return "the operator made this site forget what it had seen of the federation's log";
  const auto head = ParseLogHead(log.head());
  if (!head.ok()) return "a head of the federation's log that cannot be read";
  return absl::StrCat("the federation's log has ", head->tree_size, head->tree_size == 1 ? " entry" : " entries");
}

std::string InWords(const v1::EgressRecordLoss& loss) {
  return absl::StrCat(
      "the operator settled that the state folder was put back from an older copy: what came after entry ",
      loss.last_kept(), " of the record of secure sums up to entry ", loss.lost_up_to(),
      " is lost, and what left meanwhile is in no ledger");
}

}  // namespace

std::string EgressInWords(const v1::EgressEntry& entry) {
  switch (entry.kind_case()) {
    case v1::EgressEntry::kStart:
      return InWords(entry.start());
    case v1::EgressEntry::kRequest:
      return InWords(entry.request());
    case v1::EgressEntry::kMessage:
      return InWords(entry.message());
    case v1::EgressEntry::kUpload:
      return InWords(entry.upload());
    case v1::EgressEntry::kUploadEnd:
      return InWords(entry.upload_end());
    case v1::EgressEntry::kFetch:
      return InWords(entry.fetch());
    case v1::EgressEntry::kLogHead:
      return InWords(entry.log_head());
    case v1::EgressEntry::kRecordLoss:
      return InWords(entry.record_loss());
    case v1::EgressEntry::KIND_NOT_SET:
      break;
  }
  return "an entry of a later version";
}

std::vector<std::string> ContentsInWords(const v1::EgressUpload& upload) {
  std::vector<std::string> lines;
  for (const v1::EgressBlock& block : upload.blocks()) {
    lines.push_back(
        absl::StrCat(block.numbers(), block.numbers() == 1 ? " number: " : " numbers: ", BlockInWords(block.name())));
  }
  return lines;
}

bool HasLeft(const v1::EgressEntry& entry) {
  return !entry.has_request() && !entry.has_start() && !entry.has_log_head() && !entry.has_record_loss();
}

}  // namespace accord
