// Whole rounds of the secure sum between the machines of all parties, in one process.
#include <openssl/evp.h>

#include <chrono>
#include <vector>

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
  return {{{"secure/100/1m/bytes_overhead", "secure/100/1m/round_s"}, &MeasureRound}};
}

}  // namespace accord::bench
