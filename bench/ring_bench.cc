// The ring's kernels over 4 Mi elements (16 MiB), which no cache of one core holds, as in a real model.
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "aggregation/ring/accumulator.h"
#include "aggregation/ring/codec.h"
#include "aggregation/ring/vector_schema.h"
#include "base/random_stream.h"
#include "base/status.h"
#include "bench/figure.h"
#include "bench/kernel.h"
#include "benchmark/benchmark.h"

namespace accord::bench {
namespace {

constexpr size_t kElements = size_t{1} << 22;
constexpr uint32_t kSites = 8;

struct Buffers {
  std::vector<float> values = std::vector<float>(kElements);
  std::vector<double> decoded = std::vector<double>(kElements);
  std::vector<uint32_t> encoded = std::vector<uint32_t>(kElements);
  std::vector<uint32_t> sum = std::vector<uint32_t>(kElements);
};

void Fill(Buffers& buffers) {
  RandomStream stream({.job_seed = 1, .site = "", .round = 0, .use = "bench"});
  for (float& value : buffers.values) value = 2 * stream.NextFloat() - 1;
  stream.Fill(absl::MakeSpan(buffers.encoded));
}

// What encoding cannot avoid: reading the values and writing the elements.
void CopyValues(Buffers& buffers) {
  std::memcpy(buffers.encoded.data(), buffers.values.data(), kElements * sizeof(float));
  benchmark::ClobberMemory();
}

// What decoding cannot avoid: reading the sums and writing doubles.
void WidenSums(Buffers& buffers) {
  for (size_t i = 0; i < kElements; ++i) buffers.decoded[i] = static_cast<int32_t>(buffers.sum[i]);
  benchmark::ClobberMemory();
}

// What folding cannot avoid: one addition an element.
void AddPlainly(Buffers& buffers) {
  for (size_t i = 0; i < kElements; ++i) buffers.sum[i] += buffers.encoded[i];
  benchmark::ClobberMemory();
}

absl::Status Measure(const Settings&, const std::function<void(const Figure&)>& report) {
  ACCORD_ASSIGN_OR_RETURN(const VectorSchema schema,
                          VectorSchema::Create({{"update", VectorBlock::Kind::kReal, kElements, 1.0}}, kSites));
  ACCORD_ASSIGN_OR_RETURN(Accumulator accumulator, Accumulator::Create(kElements));
  const VectorSchema::PlacedBlock& block = schema.blocks().front();
  Buffers buffers;
  Fill(buffers);
  RandomStream rounding({.job_seed = 1, .site = "", .round = 0, .use = "rounding"});
  absl::Status failure;
  const auto note = [&failure](const absl::Status& status) { failure.Update(status); };

  std::vector<Kernel> kernels;
  kernels.push_back(
      {"ring/encode", kElements,
       [&] {
         note(Encode(block, absl::MakeConstSpan(buffers.values), rounding, absl::MakeSpan(buffers.encoded)).status());
       },
       [&] { CopyValues(buffers); }});
  kernels.push_back({"ring/decode", kElements,
                     [&] { note(Decode(block, buffers.sum, absl::MakeSpan(buffers.decoded))); },
                     [&] { WidenSums(buffers); }});
  kernels.push_back(
      {"ring/fold", kElements, [&] { note(accumulator.Add(0, buffers.encoded)); }, [&] { AddPlainly(buffers); }});
  ACCORD_RETURN_IF_ERROR(MeasureKernels(kernels, report));
  return failure;
}

}  // namespace

std::vector<Subject> RingSubjects() { return {{{"ring/encode", "ring/decode", "ring/fold"}, &Measure}}; }

}  // namespace accord::bench
