// The ring's kernels over 4 Mi elements (16 MiB), which no cache of one core holds, as in a real model.
#include <cstdint>
#include <cstring>
#include <functional>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "aggregation/ring/accumulator.h"
#include "aggregation/ring/codec.h"
#include "aggregation/ring/ring_bytes.h"
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

// What encoding and folding do in one ring.
struct Kernels {
  VectorSchema schema;
  Accumulator accumulator;
  std::vector<uint8_t> bytes;
  RandomStream rounding;

  static absl::StatusOr<Kernels> Create(RingWidth ring) {
    ACCORD_ASSIGN_OR_RETURN(VectorSchema schema,
                            VectorSchema::Create({{"update", VectorBlock::Kind::kReal, kElements, 1.0}}, kSites, ring));
    ACCORD_ASSIGN_OR_RETURN(Accumulator accumulator, Accumulator::Create(kElements, ring));
    return Kernels{std::move(schema), std::move(accumulator), std::vector<uint8_t>(kElements * ElementBytes(ring)),
                   RandomStream({.job_seed = 1, .site = "", .round = 0, .use = "rounding"})};
  }
  RingBytes elements() { return RingBytes(schema.ring(), absl::MakeSpan(bytes)); }
  absl::Status Encode(const Buffers& buffers) {
    return accord::Encode(schema.blocks().front(), absl::MakeConstSpan(buffers.values), rounding, elements()).status();
  }
  absl::Status Fold() { return accumulator.Add(0, elements()); }
};

absl::Status Measure(const Settings&, const std::function<void(const Figure&)>& report) {
  ACCORD_ASSIGN_OR_RETURN(Kernels narrow, Kernels::Create(RingWidth::k24));
  ACCORD_ASSIGN_OR_RETURN(Kernels usual, Kernels::Create(RingWidth::k32));
  ACCORD_ASSIGN_OR_RETURN(Kernels wide, Kernels::Create(RingWidth::k64));
  Buffers buffers;
  Fill(buffers);
  absl::Status failure;
  const auto note = [&failure](const absl::Status& status) { failure.Update(status); };

  std::vector<Kernel> kernels;
  const auto encode = [&](Kernels& ring) { return [&] { note(ring.Encode(buffers)); }; };
  const auto fold = [&](Kernels& ring) { return [&] { note(ring.Fold()); }; };
  kernels.push_back({"ring/encode", kElements, encode(usual), [&] { CopyValues(buffers); }});
  kernels.push_back({"ring/decode", kElements,
                     [&] { note(Decode(usual.schema.blocks().front(), buffers.sum, absl::MakeSpan(buffers.decoded))); },
                     [&] { WidenSums(buffers); }});
  kernels.push_back({"ring/fold", kElements, fold(usual), [&] { AddPlainly(buffers); }});
  // The other widths beside the usual one.
  kernels.push_back({"ring/encode/24", kElements, encode(narrow), encode(usual)});
  kernels.push_back({"ring/fold/24", kElements, fold(narrow), fold(usual)});
  kernels.push_back({"ring/encode/64", kElements, encode(wide), encode(usual)});
  kernels.push_back({"ring/fold/64", kElements, fold(wide), fold(usual)});
  ACCORD_RETURN_IF_ERROR(MeasureKernels(kernels, report));
  return failure;
}

}  // namespace

std::vector<Subject> RingSubjects() {
  return {
      {{"ring/encode", "ring/decode", "ring/fold", "ring/encode/24", "ring/fold/24", "ring/encode/64", "ring/fold/64"},
       &Measure}};
}

}  // namespace accord::bench
