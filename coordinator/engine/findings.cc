#include "coordinator/engine/findings.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/hash_named_file.h"
#include "spdlog/spdlog.h"

namespace accord {

Findings::Findings(std::string job_id, std::string folder) : job_id_(std::move(job_id)), folder_(std::move(folder)) {}

void Findings::Add(const std::string& words, const secure::Evidence* proof, const Roster& roster) {
  if (lines_.size() >= kMaxLines || !known_.insert(words).second) return;
  lines_.push_back(proof == nullptr ? words : absl::StrCat(words, "; ", Keep(*proof, roster)));
  spdlog::error("job {}: {}", job_id_, lines_.back());
}

std::string Findings::Keep(const secure::Evidence& proof, const Roster& roster) {
  if (num_files_ >= kMaxFiles) return "no more evidence of this job is kept";
  const auto path = WriteHashNamedFile(folder_, ".evidence", secure::WriteEvidence(proof, roster.bytes()));
  if (!path.ok()) return absl::StrCat("what proves it could not be kept: ", std::string(path.status().message()));
  ++num_files_;
  return absl::StrCat("`accord audit evidence` explains what proves it, evidence/",
                      std::filesystem::path(*path).filename().string(), " in the coordinator's state_dir");
}

void Findings::StartAgain() {
  known_.clear();
  lines_.clear();
}

}  // namespace accord
