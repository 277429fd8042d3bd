#include "aggregation/secure/messages/transcript.h"

#include <utility>

#include "aggregation/secure/messages/domains.h"

namespace accord::secure {
namespace {

void AppendAgreement(const TranscriptFields& fields, FieldWriter& writer) {
  writer.U32(fields.protocol_version).Digest(fields.charter_hash).Digest(fields.roster_hash);
  writer.Digest(fields.job_sha256).U32(fields.min_sites).U32(fields.colluding_organisations).String(fields.privacy);
}

void AppendCohort(const TranscriptFields& fields, FieldWriter& writer) {
  writer.Digest(fields.epoch_hash).U32(static_cast<uint32_t>(fields.cohort.size()));
  for (const std::string& site : fields.cohort) writer.String(site);
  writer.U8(static_cast<uint8_t>(fields.graph)).Digest(fields.graph_seed).U32(fields.degree);
  writer.U32(fields.share_threshold).U32(fields.required_signatures).U32(fields.colluding_sites);
}

void AppendEncoding(const TranscriptFields& fields, FieldWriter& writer) {
  writer.U32(fields.kind).Digest(fields.schema_hash).U32(fields.encoding_sites);
  writer.U32(fields.ring_bits).U64(fields.weight_cap);
}

void AppendPrevious(const TranscriptFields& fields, FieldWriter& writer) {
  writer.Flag(fields.previous.has_value());
  if (!fields.previous) return;
  writer.Digest(fields.previous->transcript).Digest(fields.previous->survivors_hash);
  writer.U32(fields.previous->cohort_size).U32(fields.previous->required_signatures);
  writer.Digest(fields.previous->statements);
}

template <typename Append>
Sha256Digest HashPart(absl::string_view domain, const TranscriptFields& fields, Append append) {
  FieldWriter writer;
  append(fields, writer);
  return HashUnder(domain, writer.bytes());
}

}  // namespace

TranscriptParts PartsOf(const TranscriptFields& fields) {
  TranscriptParts parts;
  parts.job_id = fields.job_id;
  parts.epoch = fields.epoch;
  parts.step = fields.step;
  parts.round = fields.round;
  parts.attempt = fields.attempt;
  parts.agreement = HashPart(kAgreementDomain, fields, AppendAgreement);
  parts.cohort = HashPart(kCohortDomain, fields, AppendCohort);
  parts.encoding = HashPart(kEncodingDomain, fields, AppendEncoding);
  parts.model = fields.model_digest;
  parts.statistics = fields.statistics_sha256;
  parts.previous = HashPart(kPreviousDomain, fields, AppendPrevious);
  parts.log_head = HashUnder(kLogHeadDomain, fields.log_head);
  return parts;
}

Sha256Digest HashTranscript(const TranscriptParts& parts) {
  FieldWriter writer;
  AppendParts(parts, writer);
  return HashUnder(kTranscriptDomain, writer.bytes());
}

Sha256Digest HashTranscript(const TranscriptFields& fields) { return HashTranscript(PartsOf(fields)); }

std::vector<std::string> Differences(const TranscriptParts& a, const TranscriptParts& b) {
  std::vector<std::string> differences;
  const auto compare = [&](bool same, const char* words) {
    if (!same) differences.emplace_back(words);
  };
  compare(a.job_id == b.job_id, "the job");
  compare(a.epoch == b.epoch, "the key epoch");
  compare(a.step == b.step && a.round == b.round, "the step or round");
  compare(a.attempt == b.attempt, "the attempt");
  compare(a.agreement == b.agreement,
          "the agreement (protocol, charter, roster, job file, floors, colluders, privacy)");
  compare(a.cohort == b.cohort, "the cohort, its keys, or its graph and thresholds");
  compare(a.encoding == b.encoding, "the vector's layout or scale");
  compare(a.model == b.model, "the bytes of the model");
  compare(a.statistics == b.statistics, "the column statistics");
  compare(a.previous == b.previous, "the history (the last attempt that was opened)");
  compare(a.log_head == b.log_head, "the head of the log");
  return differences;
}

void AppendParts(const TranscriptParts& parts, FieldWriter& writer) {
  writer.String(parts.job_id).U32(parts.epoch).U32(parts.step).U32(parts.round).U32(parts.attempt);
  writer.Digest(parts.agreement).Digest(parts.cohort).Digest(parts.encoding).Digest(parts.model);
  writer.Digest(parts.statistics).Digest(parts.previous).Digest(parts.log_head);
}

TranscriptParts ReadParts(FieldReader& reader) {
  TranscriptParts parts;
  parts.job_id = reader.JobId("job_id");
  parts.epoch = reader.U32("epoch");
  parts.step = reader.U32("step");
  parts.round = reader.U32("round");
  parts.attempt = reader.U32("attempt");
  parts.agreement = reader.Digest("agreement");
  parts.cohort = reader.Digest("cohort");
  parts.encoding = reader.Digest("encoding");
  parts.model = reader.Digest("model");
  parts.statistics = reader.Digest("statistics");
  parts.previous = reader.Digest("previous");
  parts.log_head = reader.Digest("log_head");
  return parts;
}

std::string Serialize(const TranscriptFields& fields) {
  FieldWriter writer;
  writer.Version();
  AppendAgreement(fields, writer);
  writer.String(fields.job_id).U32(fields.epoch).U32(fields.step).U32(fields.round).U32(fields.attempt);
  AppendCohort(fields, writer);
  AppendEncoding(fields, writer);
  writer.Digest(fields.model_digest).Digest(fields.statistics_sha256);
  AppendPrevious(fields, writer);
  writer.String(fields.log_head);
  return std::move(writer).Take();
}

}  // namespace accord::secure
