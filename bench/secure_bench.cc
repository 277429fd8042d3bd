// The two kernels of the secure sum that go over a whole model: masking at a site and folding at the coordinator, each
// as a share of the rate of the one operation that it cannot do without.
#include <openssl/evp.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "aggregation/ring/accumulator.h"
#include "aggregation/ring/ring_vector.h"
#include "aggregation/secure/mask_stream.h"
#include "aggregation/secure/masking.h"
#include "base/entropy.h"
#include "base/openssl.h"
#include "base/random_stream.h"
#include "base/status.h"
#include "bench/figure.h"
#include "bench/kernel.h"
#include "benchmark/benchmark.h"
#include "coordinator/transfer/chunk.h"

namespace accord::bench {
namespace {

constexpr size_t kParameters = 10'000'000;
constexpr size_t kNeighbours = 99;
constexpr size_t kMasks = kNeighbours + 1;                         // and the site's own
constexpr size_t kChunkElements = kChunkBytes / sizeof(uint32_t);  // as uploads arrive
// What EVP encrypts fastest: a buffer that stays in the first cache, in place.
constexpr size_t kEncryptedBytes = size_t{16} << 10;

class Masks {
 public:
  static absl::StatusOr<Masks> Create() {
    Masks masks;
    for (size_t i = 0; i < kMasks; ++i) {
      ACCORD_ASSIGN_OR_RETURN(const SecretBytes seed, EntropySource::System().Secret(32));
      ACCORD_ASSIGN_OR_RETURN(MaskStream stream, MaskStream::Create(seed));
      masks.streams_.push_back(std::move(stream));
    }
    return masks;
  }
  // The first half of the neighbours have lower ids, the others higher ones.
  std::vector<SignedMask> Signed() const {
    std::vector<SignedMask> all;
    for (size_t i = 0; i < streams_.size(); ++i) {
      all.push_back({&streams_[i], i < streams_.size() / 2 ? MaskSign::kMinus : MaskSign::kPlus});
    }
    return all;
  }

 private:
  std::vector<MaskStream> streams_;
};

std::vector<uint32_t> RandomElements() {
  std::vector<uint32_t> elements(kParameters);
  RandomStream({.job_seed = 1, .site = "", .round = 0, .use = "bench"}).Fill(absl::MakeSpan(elements));
  return elements;
}

// AES-256-CTR over as many bytes as all masks have, and nothing else.
absl::Status EncryptPlainly() {
  const CipherContextHandle context(EVP_CIPHER_CTX_new());
  const uint8_t key[32] = {1};
  const uint8_t counter[16] = {};
  alignas(64) static uint8_t buffer[kEncryptedBytes];
  if (context == nullptr || EVP_EncryptInit_ex(context.get(), EVP_aes_256_ctr(), nullptr, key, counter) != 1) {
    return OpenSslError("encrypt");
  }
  for (size_t left = kParameters * sizeof(uint32_t) * kMasks; left > 0;) {
    const size_t piece = std::min(left, kEncryptedBytes);
    int written = 0;
    if (EVP_EncryptUpdate(context.get(), buffer, &written, buffer, static_cast<int>(piece)) != 1) {
      return OpenSslError("encrypt");
    }
    left -= piece;
  }
  benchmark::DoNotOptimize(buffer);
  return absl::OkStatus();
}

absl::Status FoldInChunks(absl::Span<const uint32_t> upload, Accumulator& sum) {
  for (size_t begin = 0; begin < upload.size(); begin += kChunkElements) {
    ACCORD_RETURN_IF_ERROR(sum.Add(begin, upload.subspan(begin, kChunkElements)));
  }
  return absl::OkStatus();
}

// Pointers, because a span checks each index and the loop would not become a vector loop.
void AddPlainly(const uint32_t* __restrict upload, size_t size, uint32_t* __restrict sum) {
  for (size_t i = 0; i < size; ++i) sum[i] += upload[i];
  benchmark::ClobberMemory();
}

// Kernels tell nanoseconds an element beside their limit's; here the limit's rate is the measure.
std::function<void(const Figure&)> AsShareOfLimit(const std::function<void(const Figure&)>& report) {
  return [report](const Figure& figure) { report({figure.name, figure.limit / figure.value, "of the rate", 1}); };
}

absl::Status MeasureMasking(const Settings&, const std::function<void(const Figure&)>& report) {
  ACCORD_ASSIGN_OR_RETURN(const Masks masks, Masks::Create());
  const std::vector<SignedMask> all = masks.Signed();
  std::vector<uint32_t> values = RandomElements();
  absl::Status failure;
  const Kernel kernel{"mask/10m/99/ratio_to_aes", kParameters,
                      [&] { failure.Update(MaskWholeVector(all, absl::MakeSpan(values), 1)); },
                      [&] { failure.Update(EncryptPlainly()); }};
  ACCORD_RETURN_IF_ERROR(MeasureKernels({kernel}, AsShareOfLimit(report)));
  return failure;
}

absl::Status MeasureFolding(const Settings&, const std::function<void(const Figure&)>& report) {
  ACCORD_ASSIGN_OR_RETURN(Accumulator sum, Accumulator::Create(kParameters));
  const std::vector<uint32_t> upload = RandomElements();
  ACCORD_ASSIGN_OR_RETURN(RingVector plain, RingVector::Create(kParameters));  // memory of the same kind
  absl::Status failure;
  const Kernel kernel{"fold/ratio_to_add", kParameters, [&] { failure.Update(FoldInChunks(upload, sum)); },
                      [&] { AddPlainly(upload.data(), upload.size(), plain.elements().data()); }};
  ACCORD_RETURN_IF_ERROR(MeasureKernels({kernel}, AsShareOfLimit(report)));
  return failure;
}

}  // namespace

std::vector<Subject> SecureSubjects() {
  return {{{"mask/10m/99/ratio_to_aes"}, &MeasureMasking}, {{"fold/ratio_to_add"}, &MeasureFolding}};
}

}  // namespace accord::bench
