#include "trust/log/log_payloads.h"

#include <utility>

#include "base/fields.h"
#include "base/status.h"

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

}  // namespace accord
