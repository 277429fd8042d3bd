// Secure sums in rings of 24, 32 and 64 bits, through whole federations.
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/federated_averaging.h"
#include "aggregation/programs/step_schema.h"
#include "aggregation/ring/accumulator.h"
#include "aggregation/ring/codec.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "proto/validation/job_validation.h"
#include "tests/integration/running_federation.h"

namespace accord {
namespace {

class RingWidths : public RunningFederation {
 protected:
  // The model after a round, as `accord model export` gives it.
  std::vector<float> Exported(const std::string& job_id, uint32_t round) {
    const std::string path = folder_.Path(absl::StrCat(job_id, "-", round));
    const auto said = federation_->Accord(
        {"model", "export", job_id, "--round", absl::StrCat(round), "--format", "parameters", "-o", path});
    EXPECT_TRUE(said.ok()) << said.status().message();
    const std::string bytes = ReadWhole(path);
    std::vector<float> model(bytes.size() / sizeof(float));
    std::memcpy(model.data(), bytes.data(), model.size() * sizeof(float));
    return model;
  }

  // The next model, computed here from what every site must have sent, without masks.
  std::vector<float> AfterTheDrill(const bench::DrillJob& job, std::vector<float> model, uint32_t round) {
    const std::string path = folder_.Path("job.yaml");
    EXPECT_TRUE(WriteFileAtomically(path, job.Yaml()).ok());
    const v1::JobSpec spec = LoadJobSpec(path).value();
    const VectorSchema schema = StepSchema(spec, v1::STEP_TRAIN, model.size(), job.sites).value();
    Accumulator sum = Accumulator::Create(schema.num_elements(), schema.ring()).value();
    for (uint32_t site = 1; site <= job.sites; ++site) {
      RandomStream rounding({spec.seed(), absl::StrCat("site-", site), round - 1, "rounding"});
      EXPECT_TRUE(sum.Add(0, ConstRingBytes(schema.ring(), DrillVector(schema, model, rounding))).ok());
    }
    const RingVector total = std::move(sum).Report().value();
    auto step = FederatedAveraging::Create(spec, schema, total.sums());
    EXPECT_TRUE(step.ok()) << step.status();
    const VectorSchema::PlacedBlock& update = *schema.Find(kUpdateBlock);
    const RingSums sums = total.sums().subspan(update.offset, model.size());
    EXPECT_TRUE(step->StepTile(model, sums, {}, absl::MakeSpan(model)).ok());
    return model;
  }

 private:
  // What one site sends: a weight of 1, and a sixteenth of the model taken away.
  static std::vector<uint8_t> DrillVector(const VectorSchema& schema, const std::vector<float>& model,
                                          RandomStream& rounding) {
    std::vector<uint8_t> vector(schema.num_bytes());
    const RingBytes elements(schema.ring(), absl::MakeSpan(vector));
    std::vector<float> change(model);
    for (float& value : change) value *= -1.0f / 16;
    const auto put = [&](const char* name, const auto& values) {
      const VectorSchema::PlacedBlock& block = *schema.Find(name);
      EXPECT_TRUE(
          Encode(block, absl::MakeConstSpan(values), rounding, elements.subspan(block.offset, values.size())).ok());
    };
    put(kRowsBlock, std::vector<double>{1});
    put(kUpdateBlock, change);
    return vector;
  }

  bench::TempFolder folder_;
};

TEST_F(RingWidths, EveryWidthOfTheRingTrainsAndTheWidestEqualsTheDefaultToItsLastDigits) {
  Share(3);
  bench::TrivialJob job;
  job.min_sites = job.target_sites = 3;
  std::set<std::string> models;
  for (const uint32_t ring_bits : {24u, 32u, 64u}) {
    job.ring_bits = ring_bits;
    const v1::JobReport report = Finish(Submit(job.Yaml()));
    EXPECT_EQ(report.rounds_done(), 5u);
    EXPECT_GT(report.final_metrics().test_accuracy(), 0.8) << ring_bits;
    EXPECT_NEAR(report.final_metrics().test_loss(), 0.5, 0.2) << ring_bits;
    EXPECT_THAT(report.rounds(0).protection(), testing::HasSubstr("3 of 3 sites sign"));
    models.insert(report.model_digest());
    EXPECT_EQ(Finish(Submit(job.Yaml())).model_digest(), report.model_digest()) << ring_bits;
  }
  EXPECT_EQ(models.size(), 3u) << "a width changed nothing";
}

// Uploads of several chunks, whose edges lie within elements of three bytes.
TEST_F(RingWidths, EveryRoundIsTheSumOfTheSitesEncodedChangesToTheLastBit) {
  Share(3);
  bench::DrillJob job;
  job.num_parameters = 900'001;
  job.rounds = 2;
  job.sites = 3;
  for (const uint32_t ring_bits : {24u, 32u, 64u}) {
    job.ring_bits = ring_bits;
    const std::string id = Submit(job.Yaml());
    Finish(id);
    const std::vector<float> before = Exported(id, 1);
    EXPECT_EQ(Exported(id, 2), AfterTheDrill(job, before, 2)) << ring_bits;
  }
}

}  // namespace
}  // namespace accord
