// Whole rounds of the secure sum between the machines of all parties, in one process.
#include <openssl/evp.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "aggregation/secure/graph/graph_parameters.h"
#include "aggregation/secure/round/unmask.h"
#include "base/entropy.h"
#include "base/openssl.h"
#include "base/status.h"
#include "bench/figure.h"
#include "bench/secure_parties.h"

namespace accord::bench {
namespace {

constexpr int kThreads = 2;
constexpr size_t kEncryptedBytes = size_t{16} << 10;

template <typename Work>
absl::StatusOr<double> Seconds(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  ACCORD_RETURN_IF_ERROR(work());
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// What OpenSSL needs on one thread for so many bytes of key stream, measured over a part of them.
absl::StatusOr<double> AesSeconds(double bytes) {
  constexpr size_t kPieces = 1 << 15;  // 512 MiB
  const CipherContextHandle context(EVP_CIPHER_CTX_new());
  const uint8_t key[32] = {1};
  const uint8_t counter[16] = {};
  std::vector<uint8_t> buffer(kEncryptedBytes);
  if (context == nullptr || EVP_EncryptInit_ex(context.get(), EVP_aes_256_ctr(), nullptr, key, counter) != 1) {
    return OpenSslError("encrypt");
  }
  ACCORD_ASSIGN_OR_RETURN(const double seconds, Seconds([&]() -> absl::Status {
                            for (size_t i = 0; i < kPieces; ++i) {
                              int written = 0;
                              if (EVP_EncryptUpdate(context.get(), buffer.data(), &written, buffer.data(),
                                                    static_cast<int>(buffer.size())) != 1) {
                                return OpenSslError("encrypt");
                              }
                            }
                            return absl::OkStatus();
                          }));
  return seconds * bytes / (static_cast<double>(kPieces) * kEncryptedBytes);
}

// The densest graph that so many sites can have, with a threshold that its bounds allow.
absl::StatusOr<secure::GraphTerms> DensestGraph(uint32_t sites, uint32_t colluding, uint32_t missing) {
  constexpr uint32_t kDegree = 254;
  for (uint32_t threshold = kDegree; threshold > 1; --threshold) {
    const secure::GraphDemand demand{sites, colluding, missing};
    if (secure::CheckGraphParameters(demand, {kDegree, threshold}).ok()) {
      return secure::GraphTerms{true, kDegree, threshold, missing};
    }
  }
  return absl::InternalError("no threshold fits");
}

absl::StatusOr<double> RemoveFurtherMasks(size_t count, uint64_t num_elements) {
  std::vector<secure::SignedMaskSeed> seeds;
  for (size_t i = 0; i < count; ++i) {
    ACCORD_ASSIGN_OR_RETURN(SecretBytes seed, EntropySource::System().Secret(32));
    seeds.push_back({std::move(seed), i % 2 == 0 ? MaskSign::kPlus : MaskSign::kMinus});
  }
  std::vector<uint32_t> sum(num_elements);
  return Seconds([&] { return secure::RemoveMasks(seeds, absl::MakeSpan(sum), kThreads); });
}

// 150 of 500 sites leave before they upload, the dearest moment for the coordinator: the others' pair seeds with each
// of them come, are checked against their commitments, and as many masks leave the sum. With a mask for every pair that
// is 350 self masks and 350 x 150 pair masks; neighbours are limited to 255, so the round itself has fewer, and the
// rest is made up with seeds of nobody.
absl::Status MeasureUnmasking(const Settings&, const std::function<void(const Figure&)>& report) {
  constexpr uint64_t kElements = 100'000;
  constexpr size_t kSeeds = 350 + 350 * 150;
  ACCORD_ASSIGN_OR_RETURN(const secure::GraphTerms graph, DensestGraph(500, 10, 150));
  SecureParties parties({500, 10, graph, kElements, kThreads});
  ACCORD_RETURN_IF_ERROR(parties.OpenEpoch());
  ACCORD_ASSIGN_OR_RETURN(const SecureParties::Outcome outcome, parties.Run(150));
  const size_t further = kSeeds - std::min(kSeeds, outcome.num_seeds);
  ACCORD_ASSIGN_OR_RETURN(const double further_s, RemoveFurtherMasks(further, kElements));
  ACCORD_ASSIGN_OR_RETURN(const double aes_s, AesSeconds(double{kSeeds} * kElements * sizeof(uint32_t)));
  report({"unmask/500/100k/30pct_s", outcome.coordinator_s + outcome.unmask_s + further_s, "s", aes_s / kThreads});
  return absl::OkStatus();
}

absl::Status MeasureRound(const Settings&, const std::function<void(const Figure&)>& report) {
  constexpr uint64_t kElements = 1'000'000;
  SecureParties parties({100, 10, {}, kElements, kThreads});
  SecureParties::Outcome outcome;
  ACCORD_ASSIGN_OR_RETURN(const double seconds, Seconds([&]() -> absl::Status {
                            ACCORD_RETURN_IF_ERROR(parties.OpenEpoch());
                            ACCORD_ASSIGN_OR_RETURN(outcome, parties.Run(10));
                            return absl::OkStatus();
                          }));
  const double vector_bytes = static_cast<double>(kElements * sizeof(uint32_t));
  report({"secure/100/1m/bytes_overhead", static_cast<double>(outcome.most_bytes_sent) / vector_bytes, "x", 1});
  const double masks = 90 * 100 + static_cast<double>(outcome.num_seeds) / kThreads;
  ACCORD_ASSIGN_OR_RETURN(const double aes_s, AesSeconds(masks * vector_bytes));
  report({"secure/100/1m/round_s", seconds, "s", aes_s});
  return absl::OkStatus();
}

}  // namespace

std::vector<Subject> SecureRoundSubjects() {
  return {{{"unmask/500/100k/30pct_s"}, &MeasureUnmasking},
          {{"secure/100/1m/bytes_overhead", "secure/100/1m/round_s"}, &MeasureRound}};
}

}  // namespace accord::bench
