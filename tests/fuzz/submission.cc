// An engineer's submission, as the coordinator opens it and takes its artifacts. The input is the opening behind its
// length in four bytes (little-endian), and then the artifacts' bytes, all in one chunk each.
#include "coordinator/server/submission.h"

#include <cstring>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/content_digest.h"
#include "base/hash.h"
#include "tests/fuzz/support/example_job.h"
#include "tests/fuzz/support/fuzz_target.h"
#include "tests/fuzz/support/scratch_store.h"

namespace accord::fuzz::submission {
namespace {

constexpr uint64_t kMaxUploadBytes = 1 << 20;
constexpr uint64_t kNumParameters = 10;

std::string Input(const v1::SubmitOpen& open, const std::string& artifact) {
  const std::string bytes = open.SerializeAsString();
  const uint32_t size = static_cast<uint32_t>(bytes.size());
  std::string input(sizeof(size), '\0');
  std::memcpy(input.data(), &size, sizeof(size));
  return input + bytes + artifact;
}

v1::SubmitOpen Opening(const v1::JobSpec& spec, const std::string& model) {
  v1::SubmitOpen open;
  open.set_request_id("request-1");
  open.set_job_spec(spec.SerializeAsString());
  open.mutable_layout()->set_num_elements(kNumParameters);
  auto* entry = open.mutable_layout()->add_entries();
  entry->set_name("weight");
  entry->add_shape(2);
  entry->add_shape(5);
  v1::Artifact* artifact = open.add_artifacts();
  artifact->set_name(HexDigest(ContentDigest(model)));
  artifact->set_num_bytes(model.size());
  return open;
}

}  // namespace

std::vector<std::string> Seeds() {
  const std::string model(kNumParameters * sizeof(float), '\0');
  return {Input(Opening(DrillJob(), model), model), Input(Opening(HeartJob(), model), model)};
}

bool Take(absl::string_view bytes) {
  uint32_t size = 0;
  if (bytes.size() < sizeof(size)) return false;
  std::memcpy(&size, bytes.data(), sizeof(size));
  bytes.remove_prefix(sizeof(size));
  v1::SubmitOpen open;
  if (size > bytes.size() || !open.ParseFromArray(bytes.data(), static_cast<int>(size))) return false;
  const std::string artifact(bytes.substr(size));
  static ManualClock clock;
  static CharterInForce charters(ScratchStore().rosters(), ScratchStore().charters());
  const auto submission = Submission::Open(open, "person/fuzz", {kMaxUploadBytes, ScratchStore(), clock, charters});
  if (!submission.ok()) return false;
  v1::Chunk chunk;
  chunk.set_data(artifact);
  chunk.set_crc32c(Crc32c(0, artifact.data(), artifact.size()));
  return (*submission)->Append(chunk).ok();  // without Finish nothing is kept
}

const FuzzTarget kTarget("submission", &Seeds, &Take);

}  // namespace accord::fuzz::submission
