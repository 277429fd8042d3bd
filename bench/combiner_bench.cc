// Closing a round whose changes are combined by another rule than the mean, beside closing it by their sum.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/step_schema.h"
#include "base/hash.h"
#include "base/random_stream.h"
#include "base/status.h"
#include "bench/federation/process.h"
#include "bench/figure.h"
#include "coordinator/engine/round_sum.h"
#include "coordinator/store/store.h"
#include "coordinator/transfer/chunk.h"
#include "google/protobuf/text_format.h"

namespace accord::bench {
namespace {

constexpr uint32_t kCombinedSites = 11;  // the fewest of which Bulyan withstands two
constexpr uint64_t kCombinedParameters = 1'000'000;
constexpr int kCombinerRepeats = 5;

struct Rule {
  const char* name;
  const char* text;
};
constexpr Rule kRules[] = {{"median", "median {}"},
                           {"trimmed_mean", "trimmed_mean { hostile_sites: 2 }"},
                           {"multi_krum", "multi_krum { hostile_sites: 2 }"},
                           {"bulyan", "bulyan { hostile_sites: 2 }"},
                           {"geometric_median", "geometric_median { iterations: 4 }"},
                           {"norm_bound", "norm_bound { max_norm: 1 }"}};

std::string FigureOf(const Rule& rule) { return absl::StrCat("round/robust/", rule.name, "/11/1m/close_s"); }

// Everything that a round of the job has before it closes.
class CombinerBench {
 public:
  static absl::StatusOr<std::unique_ptr<CombinerBench>> Create() {
    auto bench = std::make_unique<CombinerBench>();
    ACCORD_ASSIGN_OR_RETURN(bench->store_, Store::Open(absl::StrCat(bench->folder_.path(), "/state")));
    const std::string job = absl::StrCat("model { drill { num_parameters: ", kCombinedParameters,
                                         " } } aggregation { fedavg { server_learning_rate: 1 } update_bound: 1 "
                                         "max_rows_per_site: 1 plain_sum: true }");
    if (!google::protobuf::TextFormat::ParseFromString(job, &bench->plain_)) {
      return absl::InternalError("the bench's job is none");
    }
    ACCORD_ASSIGN_OR_RETURN(const VectorSchema schema,
                            StepSchema(bench->plain_, v1::STEP_TRAIN, kCombinedParameters, kCombinedSites));
    for (uint32_t site = 0; site < kCombinedSites; ++site) ACCORD_RETURN_IF_ERROR(bench->Stage(schema, site));
    return bench;
  }

  const v1::JobSpec& plain() const { return plain_; }

  // From the verified uploads to the next model, durable.
  absl::StatusOr<double> Seconds(const v1::JobSpec& spec) {
    const RoundSum::OldModel old = {
        "", std::make_shared<ObjectReader>(std::string(kCombinedParameters * sizeof(float), '\0'))};
    const auto start = std::chrono::steady_clock::now();
    ACCORD_ASSIGN_OR_RETURN(
        RoundSum sum, RoundSum::Create(spec, v1::STEP_TRAIN, kCombinedParameters, kCombinedSites, std::move(memory_)));
    for (uint32_t site = 0; site < kCombinedSites; ++site) {
      ACCORD_RETURN_IF_ERROR(sum.Fold(*uploads_[site]));
      if (sum.combines()) sum.KeepChange(absl::StrCat("site-", site), uploads_[site]);
    }
    ACCORD_ASSIGN_OR_RETURN(RoundResult result, std::move(sum).Complete(spec, old, store_->objects()));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    memory_ = std::move(result.memory);
    return seconds;
  }

 private:
  absl::Status Stage(const VectorSchema& schema, uint32_t site) {
    RandomStream random({.job_seed = site, .site = "", .round = 0, .use = "bench"});
    std::vector<uint32_t> elements(schema.num_elements());
    const VectorSchema::PlacedBlock& update = *schema.Find(kUpdateBlock);
    const auto changes = absl::MakeSpan(elements).subspan(update.offset, kCombinedParameters);
    random.Fill(changes);
    for (uint32_t& element : changes) element = static_cast<uint32_t>(static_cast<int32_t>(element) / 32);
    elements[schema.Find(kRowsBlock)->offset] = 1;
    const absl::string_view bytes(reinterpret_cast<const char*>(elements.data()), schema.num_bytes());
    ACCORD_ASSIGN_OR_RETURN(auto upload, StagedUpload::Create(store_->objects(), bytes.size(), std::string(64, 'a')));
    const uint64_t stream = upload->Attach().stream;
    for (uint64_t offset = 0; offset < bytes.size(); offset += kChunkBytes) {
      v1::Chunk chunk;
      chunk.set_offset(offset);
      chunk.set_data(std::string(bytes.substr(offset, kChunkBytes)));
      chunk.set_crc32c(Crc32c(0, chunk.data().data(), chunk.data().size()));
      ACCORD_RETURN_IF_ERROR(upload->Append(stream, ViewOf(chunk)).status());
    }
    uploads_.push_back(std::move(upload));
    return absl::OkStatus();
  }

  TempFolder folder_;
  std::unique_ptr<Store> store_;
  v1::JobSpec plain_;
  std::vector<std::shared_ptr<StagedUpload>> uploads_;
  RingVector memory_;
};

absl::Status MeasureCombiners(const Settings&, const std::function<void(const Figure&)>& report) {
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<CombinerBench> bench, CombinerBench::Create());
  std::vector<double> plain_s;
  std::vector<std::vector<double>> robust_s(std::size(kRules));
  for (int i = 0; i < kCombinerRepeats; ++i) {  // side by side, so that a change of the machine's speed meets all
    ACCORD_ASSIGN_OR_RETURN(plain_s.emplace_back(), bench->Seconds(bench->plain()));
    for (size_t rule = 0; rule < std::size(kRules); ++rule) {
      v1::JobSpec spec = bench->plain();
      if (!google::protobuf::TextFormat::ParseFromString(kRules[rule].text,
                                                         spec.mutable_aggregation()->mutable_combiner())) {
        return absl::InternalError(absl::StrCat("no rule: ", kRules[rule].text));
      }
      ACCORD_ASSIGN_OR_RETURN(robust_s[rule].emplace_back(), bench->Seconds(spec));
    }
  }
  for (size_t rule = 0; rule < std::size(kRules); ++rule) {
    report({FigureOf(kRules[rule]), Median(robust_s[rule]), "s", Median(plain_s)});
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<Subject> CombinerSubjects() {
  std::vector<std::string> figures;
  for (const Rule& rule : kRules) figures.push_back(FigureOf(rule));
  return {{figures, &MeasureCombiners}};
}

}  // namespace accord::bench
