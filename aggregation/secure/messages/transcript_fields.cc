// Reads the fields of a transcript: evidence shows what a hash was made of.
#include "aggregation/secure/messages/limits.h"
#include "aggregation/secure/messages/transcript.h"
#include "base/status.h"

namespace accord::secure {
namespace {

constexpr size_t kMinMemberBytes = 4 + 1;

void ReadAgreement(FieldReader& reader, TranscriptFields& fields) {
  fields.protocol_version = reader.U32("protocol_version");
  fields.charter_hash = reader.Digest("charter_hash");
  fields.roster_hash = reader.Digest("roster_hash");
  fields.job_sha256 = reader.Digest("job_sha256");
  fields.min_sites = reader.U32("min_sites");
  fields.colluding_organisations = reader.U32("colluding_organisations");
  fields.privacy = reader.String("privacy", kMaxPrivacyBytes);
  fields.job_id = reader.JobId("job_id");
  fields.epoch = reader.U32("epoch");
  fields.step = reader.U32("step");
  fields.round = reader.U32("round");
  fields.attempt = reader.U32("attempt");
}

void ReadCohort(FieldReader& reader, TranscriptFields& fields) {
  fields.epoch_hash = reader.Digest("epoch_hash");
  fields.cohort.resize(reader.Count("cohort", kMaxCohort, kMinMemberBytes));
  std::string previous;
  for (std::string& site : fields.cohort) previous = site = reader.SiteAfter("cohort", previous);
  const uint8_t graph = reader.U8("graph");
  if (graph != 1 && graph != 2) reader.Fail("graph", "is neither complete nor Harary");
  fields.graph = static_cast<TranscriptGraph>(graph);
  fields.graph_seed = reader.Digest("graph_seed");
  fields.degree = reader.U32("degree");
  fields.share_threshold = reader.U32("share_threshold");
  fields.required_signatures = reader.U32("required_signatures");
  fields.colluding_sites = reader.U32("colluding_sites");
}

PreviousOpened ReadPrevious(FieldReader& reader) {
  PreviousOpened previous;
  previous.transcript = reader.Digest("previous transcript");
  previous.survivors_hash = reader.Digest("previous survivors_hash");
  previous.cohort_size = reader.U32("previous cohort_size");
  previous.required_signatures = reader.U32("previous required_signatures");
  previous.statements = reader.Digest("previous statements");
  return previous;
}

void ReadRest(FieldReader& reader, TranscriptFields& fields) {
  fields.kind = reader.U32("kind");
  fields.schema_hash = reader.Digest("schema_hash");
  fields.encoding_sites = reader.U32("encoding_sites");
  fields.ring_bits = reader.U32("ring_bits");
  fields.weight_cap = reader.U64("weight_cap");
  fields.model_digest = reader.Digest("model_digest");
  fields.statistics_sha256 = reader.Digest("statistics_sha256");
  if (reader.Flag("has_previous")) fields.previous = ReadPrevious(reader);
  fields.log_head = reader.String("log_head", kMaxLogHeadBytes);
}

}  // namespace

absl::StatusOr<TranscriptFields> ParseTranscriptFields(absl::string_view bytes) {
  FieldReader reader(bytes, "transcript");
  TranscriptFields fields;
  reader.Version();
  ReadAgreement(reader, fields);
  ReadCohort(reader, fields);
  ReadRest(reader, fields);
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return fields;
}

}  // namespace accord::secure
