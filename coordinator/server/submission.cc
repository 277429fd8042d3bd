#include "coordinator/server/submission.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "aggregation/newton/regression.h"
#include "aggregation/programs/local_layers.h"
#include "aggregation/programs/step_schema.h"
#include "base/content_digest.h"
#include "base/hash.h"
#include "base/status.h"
#include "coordinator/governance/job_papers.h"
#include "coordinator/transfer/chunk.h"
#include "proto/validation/job_validation.h"

namespace accord {
namespace {

constexpr int kMaxLayoutEntries = 100'000;
constexpr uint64_t kMaxParameters = uint64_t{1} << 32;
constexpr size_t kMaxRequestIdBytes = 128;
constexpr size_t kJobIdDigits = 16;

// The entries must lie one after another without gaps.
absl::Status CheckLayout(const v1::ParameterLayout& layout) {
  if (layout.num_elements() == 0 || layout.num_elements() > kMaxParameters ||
      layout.entries_size() > kMaxLayoutEntries) {
    return absl::InvalidArgumentError(absl::StrCat("layout: ", layout.num_elements(), " parameters in ",
                                                   layout.entries_size(), " entries, expected 1 to ", kMaxParameters,
                                                   " in at most ", kMaxLayoutEntries));
  }
  uint64_t end = 0;
  for (const auto& entry : layout.entries()) {
    uint64_t size = 1;
    for (const int64_t dimension : entry.shape()) {
      // By division: a product of two such numbers wraps to a small one.
      if (dimension < 1 || static_cast<uint64_t>(dimension) > kMaxParameters / size) {
        return absl::InvalidArgumentError(absl::StrCat("layout: impossible shape of ", entry.name()));
      }
      size *= static_cast<uint64_t>(dimension);
    }
    if (entry.offset() != end) {
      return absl::InvalidArgumentError(
          absl::StrCat("layout: ", entry.name(), " begins at ", entry.offset(), ", expected ", end));
    }
    end += size;
  }
  if (end != layout.num_elements()) {
    return absl::InvalidArgumentError(
        absl::StrCat("layout: the entries have ", end, " elements, num_elements says ", layout.num_elements()));
  }
  return absl::OkStatus();
}

absl::Status CheckArtifacts(const v1::SubmitOpen& open, const v1::JobSpec& spec, uint64_t max_bytes) {
  const bool has_script = spec.model().has_torchscript();
  if (open.artifacts_size() != (has_script ? 2 : 1)) {
    return absl::InvalidArgumentError(absl::StrCat(open.artifacts_size(), " artifacts, expected the initial model",
                                                   has_script ? " and the TorchScript file" : ""));
  }
  for (const v1::Artifact& artifact : open.artifacts()) {
    if (!IsHexDigest(artifact.name())) {
      return absl::InvalidArgumentError("an artifact's name is not 64 lower-case hexadecimal digits");
    }
    if (artifact.num_bytes() == 0 || artifact.num_bytes() > max_bytes) {
      return absl::InvalidArgumentError(absl::StrCat("an artifact of ", artifact.num_bytes(),
                                                     " bytes; this coordinator takes 1 to ", max_bytes,
                                                     " (max_upload_mib in its configuration)"));
    }
  }
  if (open.artifacts(0).num_bytes() != open.layout().num_elements() * sizeof(float)) {
    return absl::InvalidArgumentError(absl::StrCat("the initial model has ", open.artifacts(0).num_bytes(),
                                                   " bytes, the layout's ", open.layout().num_elements(),
                                                   " parameters need ", open.layout().num_elements() * sizeof(float)));
  }
  if (spec.model().has_start_from() && open.artifacts(0).name() != spec.model().start_from().model_digest()) {
    return absl::InvalidArgumentError("the initial model is not the one that the job names in model.start_from");
  }
  if (has_script && (open.artifacts(1).name() != spec.model().torchscript().sha256() ||
                     open.artifacts(1).num_bytes() > kMaxTorchScriptBytes)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the TorchScript file is not the one that the job names, or has more than ", kMaxTorchScriptBytes, " bytes"));
  }
  return absl::OkStatus();
}

// The vectors of every step, of the smallest cohort that may be: larger cohorts only change the scale.
absl::Status CheckVectors(const v1::JobSpec& spec, uint64_t num_parameters, uint64_t max_bytes) {
  if (spec.model().has_drill() && spec.model().drill().num_parameters() != num_parameters) {
    return absl::InvalidArgumentError(absl::StrCat(
        "model.drill.num_parameters is ", spec.model().drill().num_parameters(), ", the layout has ", num_parameters));
  }
  if (spec.aggregation().has_newton()) {
    ACCORD_ASSIGN_OR_RETURN(const Regression regression, RegressionOf(spec));
    if (regression.model_size() != num_parameters) {
      return absl::InvalidArgumentError(absl::StrCat("the job's regression has a model of ", regression.model_size(),
                                                     " numbers, the layout has ", num_parameters));
    }
  }
  for (const v1::StepKind kind : {v1::STEP_STANDARDISE, v1::STEP_TRAIN, v1::STEP_EVALUATE, v1::STEP_NEWTON}) {
    const std::vector<v1::StepKind> steps = StepsOf(spec);
    if (std::find(steps.begin(), steps.end(), kind) == steps.end()) continue;
    ACCORD_ASSIGN_OR_RETURN(const VectorSchema schema,
                            StepSchema(spec, kind, num_parameters, std::max(1u, spec.rounds().min_sites())));
    if (schema.num_bytes() > max_bytes) {
      return absl::InvalidArgumentError(absl::StrCat("each site would upload ", schema.num_bytes(),
                                                     " bytes; this coordinator takes at most ", max_bytes,
                                                     " (max_upload_mib in its configuration)"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<StoredPapers>> PapersOf(const v1::SubmitOpen& open, const std::string& person,
                                                     const Submission::Around& around) {
  if (static_cast<size_t>(open.approvals_size()) > kMaxApprovals) {
    return absl::InvalidArgumentError(
        absl::StrCat(open.approvals_size(), " approvals come with the job; expected at most ", kMaxApprovals));
  }
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<const CharterState> state, around.charters.Current());
  return JobPapers::Accept(open.job_spec(), open.order(), {open.approvals().begin(), open.approvals().end()},
                           absl::StrCat("person/", person), *state, around.clock.Now());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Submission>> Submission::Open(const v1::SubmitOpen& open, const std::string& person,
                                                             const Around& around) {
  if (open.request_id().empty() || open.request_id().size() > kMaxRequestIdBytes) {
    return absl::InvalidArgumentError(absl::StrCat("request_id must have 1 to ", kMaxRequestIdBytes, " bytes"));
  }
  // Before the artifacts are sent for nothing; and once more when the job is stored.
  ACCORD_RETURN_IF_ERROR(around.store.jobs().CheckRoomFor(person));
  ACCORD_ASSIGN_OR_RETURN(const v1::JobSpec spec, ParseJobSpec(open.job_spec()));
  ACCORD_RETURN_IF_ERROR(CheckLayout(open.layout()));
  ACCORD_RETURN_IF_ERROR(LocalEntries(spec, open.layout()).status());
  ACCORD_RETURN_IF_ERROR(CheckArtifacts(open, spec, around.max_upload_bytes));
  ACCORD_RETURN_IF_ERROR(CheckVectors(spec, open.layout().num_elements(), around.max_upload_bytes));
  ACCORD_ASSIGN_OR_RETURN(std::optional<StoredPapers> papers, PapersOf(open, person, around));
  auto submission = std::unique_ptr<Submission>(new Submission(around.store, around.clock));
  submission->job_.papers = std::move(papers);
  JobRecord& record = submission->job_.record;
  // The same request gives the same id, whichever copy of it arrives first.
  record.id = Sha256Hex(absl::StrCat(person, "\n", open.request_id())).substr(0, kJobIdDigits);
  record.submitted_by = person;
  record.request_id = open.request_id();
  record.spec_bytes = open.job_spec();
  record.layout = open.layout();
  record.model_digest = open.artifacts(0).name();
  if (open.artifacts_size() > 1) record.torchscript_sha256 = open.artifacts(1).name();
  record.next_attempt = 2;  // the first attempt's number is reserved
  submission->artifacts_.assign(open.artifacts().begin(), open.artifacts().end());
  ACCORD_RETURN_IF_ERROR(submission->OpenArtifact());
  return submission;
}

absl::Status Submission::OpenArtifact() {
  const bool inline_model = current_ == 0 && artifacts_[0].num_bytes() <= ObjectStore::kInlineBytes;
  if (inline_model) return absl::OkStatus();
  ACCORD_ASSIGN_OR_RETURN(writer_,
                          store_.objects().NewFile(current_ == 0 ? NamedBy::kContentDigest : NamedBy::kSha256));
  return absl::OkStatus();
}

absl::Status Submission::Append(const v1::Chunk& chunk) {
  if (current_ == artifacts_.size()) return absl::InvalidArgumentError("more bytes than the artifacts have");
  ACCORD_RETURN_IF_ERROR(CheckChunk(ViewOf(chunk), received_, artifacts_[current_].num_bytes()));
  if (writer_ != nullptr) {
    ACCORD_RETURN_IF_ERROR(writer_->Append(chunk.data()));
  } else {
    job_.inline_model.append(chunk.data());
  }
  received_ += chunk.data().size();
  return received_ == artifacts_[current_].num_bytes() ? EndArtifact() : absl::OkStatus();
}

absl::Status Submission::EndArtifact() {
  const std::string& expected = artifacts_[current_].name();
  if (writer_ != nullptr) {
    ACCORD_RETURN_IF_ERROR(writer_->Finish(expected).status());
    writer_ = nullptr;
  } else if (HexDigest(ContentDigest(job_.inline_model)) != expected) {
    return absl::InvalidArgumentError("the initial model's bytes do not have the digest that was announced");
  }
  received_ = 0;
  return ++current_ == artifacts_.size() ? absl::OkStatus() : OpenArtifact();
}

absl::StatusOr<JobRecord> Submission::Finish() {
  if (current_ != artifacts_.size()) {
    return absl::InvalidArgumentError(absl::StrCat("the submission ended at artifact ", current_ + 1, " of ",
                                                   artifacts_.size(), ", byte ", received_));
  }
  job_.record.submitted_unix_ms = absl::ToUnixMillis(clock_.Now());
  ACCORD_RETURN_IF_ERROR(store_.jobs().AddJob(job_));
  return job_.record;
}

}  // namespace accord
