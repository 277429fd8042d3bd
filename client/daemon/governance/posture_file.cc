#include "client/daemon/governance/posture_file.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/status.h"
#include "trust/charter/signed_statement.h"
#include "trust/charter/statement_lines.h"

namespace accord {
namespace {

constexpr absl::string_view kPostureExtension = ".posture";

std::string PathOfPosture(const std::string& folder, uint64_t number) {
  return absl::StrCat(folder, "/", absl::StrFormat("%09d", number), kPostureExtension);
}

// 0: the file is none of these.
uint64_t NumberOfPosture(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  absl::string_view digits = name;
  uint64_t number = 0;
  return absl::ConsumeSuffix(&digits, kPostureExtension) && absl::SimpleAtoi(digits, &number) ? number : 0;
}

std::vector<uint64_t> PostureNumbers(const std::string& folder) {
  std::vector<uint64_t> numbers;
  std::error_code error;
  std::filesystem::directory_iterator next(folder, error);
  for (; !error && next != std::filesystem::directory_iterator(); next.increment(error)) {
    if (const uint64_t number = NumberOfPosture(next->path()); number > 0) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

absl::StatusOr<KeptPosture> ReadPosture(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxStatementBytes + 256));
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement statement, SignedStatement::Parse(text));
  ACCORD_ASSIGN_OR_RETURN(Posture posture, ParsePosture(statement.bytes));
  return KeptPosture{path, PostureHash(statement.bytes), std::move(posture)};
}

absl::StatusOr<std::string> NewPostureNonce(EntropySource& entropy) {
  std::array<uint8_t, kNonceBytes> nonce{};
  ACCORD_RETURN_IF_ERROR(entropy.Fill(absl::MakeSpan(nonce)));
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(nonce.data()), nonce.size()));
}

}  // namespace

PostureFiles::PostureFiles(std::string folder, MachineFacts machine, const Signer& signer, EntropySource& entropy)
    : folder_(std::move(folder)), machine_(std::move(machine)), signer_(signer), entropy_(entropy) {
  const std::vector<uint64_t> numbers = PostureNumbers(folder_);
  if (numbers.empty()) return;
  last_number_ = numbers.back();
  // A damaged one breaks the chain in the open: the next one names none before it.
  if (const auto last = ReadPosture(PathOfPosture(folder_, last_number_)); last.ok()) last_hash_ = last->hash;
}

Posture PostureFiles::Now(const std::string& site, const std::string& data_set, const JobPermit& permit,
                          absl::Time now) const {
  Posture posture;
  posture.site = site;
  posture.charter = permit.charter_hash();
  posture.order = permit.order;
  posture.data_set = data_set;
  posture.data_version = permit.terms.data_version;
  posture.release = permit.terms.release;
  if (permit.policy != nullptr) posture.policy = permit.policy->text_hash();
  posture.software = machine_.software;
  posture.sandboxed = machine_.sandboxed;
  posture.disk_encryption_declared = machine_.disk_encryption_declared;
  if (machine_.log_head_signed) {
    posture.clock_behind_s = ClockBehindS(now, machine_.log_head_signed(), kClockTolerance);
  }
  posture.time = absl::FromUnixSeconds(absl::ToUnixSeconds(now));
  return posture;
}

PostureFiles::Said& PostureFiles::InMind(const Sha256Digest& order) {
  if (said_.size() >= kMostPosturesInMind && !said_.contains(order)) {
    said_.erase(std::min_element(said_.begin(), said_.end(),
                                 [](const auto& a, const auto& b) { return a.second.asked < b.second.asked; }));
  }
  return said_[order];
}

absl::StatusOr<Sha256Digest> PostureFiles::Say(Posture posture) {
  if (const auto before = said_.find(posture.order); before != said_.end()) {
    before->second.asked = ++asked_;
    if (SaysTheSame(before->second.posture, posture)) return before->second.hash;
  }
  posture.former = last_hash_;
  ACCORD_ASSIGN_OR_RETURN(posture.nonce, NewPostureNonce(entropy_));
  ACCORD_ASSIGN_OR_RETURN(std::string bytes, WritePosture(posture));
  const Sha256Digest hash = PostureHash(bytes);
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement statement,
                          SignedStatement::Sign(std::move(bytes), kPostureDomain, signer_));
  ACCORD_RETURN_IF_ERROR(MakeFolders(folder_, 0700));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(PathOfPosture(folder_, last_number_ + 1), statement.Text(), 0600));
  ++last_number_;
  last_hash_ = hash;
  InMind(posture.order) = {posture, hash, ++asked_};
  if (last_number_ > kMostPostureFiles) unlink(PathOfPosture(folder_, last_number_ - kMostPostureFiles).c_str());
  return hash;
}

std::vector<KeptPosture> ReadPostures(const std::string& folder) {
  std::vector<KeptPosture> postures;
  for (const uint64_t number : PostureNumbers(folder)) {
    auto posture = ReadPosture(PathOfPosture(folder, number));
    if (posture.ok()) postures.push_back(*std::move(posture));
  }
  std::reverse(postures.begin(), postures.end());
  return postures;
}

}  // namespace accord
