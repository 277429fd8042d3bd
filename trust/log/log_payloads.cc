#include "trust/log/log_payloads.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/fields.h"
#include "base/status.h"
#include "trust/log/log_entry.h"

namespace accord {

std::string RoundPayload::Write() const {
  FieldWriter writer;
  writer.Version().U8(kind).U32(step).U32(round).U32(attempt);
  writer.Digest(transcript).Digest(survivors).Digest(model).Digest(report).U64(report_bytes);
  return std::move(writer).Take();
}

absl::StatusOr<RoundPayload> RoundPayload::Parse(absl::string_view bytes) {
  FieldReader reader(bytes, "round in the log");
  RoundPayload round;
  reader.Version();
  round.kind = reader.U8("kind");
  round.step = reader.U32("step");
  round.round = reader.U32("round");
  round.attempt = reader.U32("attempt");
  round.transcript = reader.Digest("transcript");
  round.survivors = reader.Digest("survivors");
  round.model = reader.Digest("model");
  round.report = reader.Digest("report");
  round.report_bytes = reader.U64("report bytes");
  if ((round.transcript == Sha256Digest{}) != (round.survivors == Sha256Digest{})) {
    reader.Fail("survivors", "and transcript are there together or not at all");
  }
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return round;
}

std::string JobEndedPayload::Write() const {
  FieldWriter writer;
  writer.Version().U8(state).U32(kept_round);
  return std::move(writer).Take();
}

absl::StatusOr<JobEndedPayload> JobEndedPayload::Parse(absl::string_view bytes) {
  FieldReader reader(bytes, "end of a job in the log");
  JobEndedPayload ended;
  reader.Version();
  ended.state = reader.U8("state");
  ended.kept_round = reader.U32("kept round");
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return ended;
}

std::string AccessPayload::Write() const {
  FieldWriter writer;
  writer.Version().U8(static_cast<uint8_t>(what)).U32(round).String(job_id);
  return std::move(writer).Take();
}

absl::StatusOr<AccessPayload> AccessPayload::Parse(absl::string_view bytes) {
  FieldReader reader(bytes, "access in the log");
  AccessPayload access;
  reader.Version();
  const uint8_t what = reader.U8("what");
  access.what = static_cast<What>(what);
  if (AccessWord(access.what).empty()) reader.Fail("what", absl::StrCat("is ", what, "; expected 1 to 5"));
  access.round = reader.U32("round");
  access.job_id = reader.String("job", kMaxLogSubjectBytes);
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return access;
}

absl::string_view AccessWord(AccessPayload::What what) {
  switch (what) {
    case AccessPayload::What::kReport:
      return "report";
    case AccessPayload::What::kPapers:
      return "papers";
    case AccessPayload::What::kModel:
      return "model";
    case AccessPayload::What::kProvenance:
      return "provenance";
    case AccessPayload::What::kLog:
      return "log";
  }
  return "";
}

}  // namespace accord
