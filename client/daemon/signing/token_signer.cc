#include "client/daemon/signing/token_signer.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <utility>

#include "base/status.h"
#include "trust/identity/statement_parts.h"

namespace accord {
namespace {

constexpr size_t kMaxReplyBytes = size_t{64} << 10;
constexpr absl::Duration kLastWordsLimit = absl::Seconds(1);
constexpr char kNotNow[] =
    "the key in this site's token cannot be used now; the site's operator finds the reason in the site's log and with "
    "accord-client check";

// The token's software may need any of it: where its configuration lies, which server it asks.
std::vector<std::string> OwnEnvironment() {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  return environment;
}

absl::Status StatusOf(const v1::SignerFailure& failure) {
  const auto code = static_cast<absl::StatusCode>(failure.code());
  return absl::Status(code == absl::StatusCode::kOk ? absl::StatusCode::kInternal : code, failure.reason());
}

}  // namespace

TokenSigner::TokenSigner(Options options)
    : options_(std::move(options)),
      public_key_der_(options_.public_key_der),
      keeper_([](const std::string& name, const std::string& line) { spdlog::info("{}: {}", name, line); }) {}

absl::StatusOr<std::unique_ptr<TokenSigner>> TokenSigner::Create(Options options) {
  std::unique_ptr<TokenSigner> signer(new TokenSigner(std::move(options)));
  if (!signer->public_key_der_.empty()) return signer;
  absl::MutexLock lock(&signer->mutex_);
  ACCORD_ASSIGN_OR_RETURN(const v1::TokenOpened opened, signer->Start());
  signer->public_key_der_ = opened.public_key_der();
  return signer;
}

absl::Status TokenSigner::Open() const {
  absl::MutexLock lock(&mutex_);
  return EnsureOpen();
}

std::vector<std::string> TokenSigner::Warnings() const {
  absl::MutexLock lock(&mutex_);
  return warnings_;
}

absl::Status TokenSigner::EnsureOpen() const {
  if (running_ != nullptr) return absl::OkStatus();
  if (options_.clock->Monotonic() < rests_until_) return failure_;
  auto opened = Start();
  if (opened.ok() && opened->public_key_der() != public_key_der_) {
    opened = absl::FailedPreconditionError(
        absl::StrCat("the token holds another key under the label \"", options_.token.key_label(),
                     "\" than the one that this site enrolled with: put the right token in, or enrol again with "
                     "accord-client enroll --force and have the roster drafted anew"));
  }
  return opened.ok() ? absl::OkStatus() : Rest(opened.status());
}

absl::Status TokenSigner::Spawn() const {
  ACCORD_ASSIGN_OR_RETURN(auto ends, IpcChannel::MakePair());
  SpawnRequest spawn;
  spawn.name = "accord-signer";
  spawn.arguments = {options_.signer_path, "serve", "--channel-fd", absl::StrCat(kChannelFd)};
  spawn.environment = OwnEnvironment();
  spawn.channel_fd = ends.second.fd();
  ACCORD_ASSIGN_OR_RETURN(std::shared_ptr<KeptProcess> process, keeper_.Spawn(spawn));
  running_ = std::make_unique<Running>(Running{std::move(process), std::move(ends.first)});
  return absl::OkStatus();
}

absl::StatusOr<v1::TokenOpened> TokenSigner::Start() const {
  ACCORD_RETURN_IF_ERROR(Spawn());
  v1::SignerRequest request;
  *request.mutable_open()->mutable_token() = options_.token;
  request.mutable_open()->set_refused_pin_file(options_.refused_pin_file);
  ACCORD_ASSIGN_OR_RETURN(const v1::SignerReply reply, Exchange(request, options_.open_limit));
  if (!reply.has_opened()) return absl::InternalError("accord-signer gave an answer to something else");
  ACCORD_RETURN_IF_ERROR(VerifyingKey::FromDer(reply.opened().public_key_der()).status());
  warnings_.assign(reply.opened().warnings().begin(), reply.opened().warnings().end());
  for (const std::string& warning : warnings_) spdlog::warn("{}", warning);
  return reply.opened();
}

absl::StatusOr<v1::SignerReply> TokenSigner::Exchange(const v1::SignerRequest& request, absl::Duration limit) const {
  v1::SignerReply reply;
  std::vector<UniqueFd> descriptors;  // none are expected; closed at once
  absl::Status status = running_->channel.Send(request);
  if (status.ok()) status = running_->channel.Receive(reply, descriptors, limit, kMaxReplyBytes);
  if (status.ok()) return reply.has_failed() ? StatusOf(reply.failed()) : absl::StatusOr<v1::SignerReply>(reply);
  running_->process->Kill();
  if (absl::IsDeadlineExceeded(status)) {
    return absl::DeadlineExceededError(absl::StrCat("the token did not answer within ", absl::FormatDuration(limit),
                                                    "; accord-signer, which speaks to it, was stopped"));
  }
  const std::string last_words = running_->process->LastWords(kLastWordsLimit);
  running_ = nullptr;
  return absl::UnavailableError(absl::StrCat("accord-signer, which speaks to the token, ended by itself",
                                             last_words.empty() ? "" : absl::StrCat("; its last line: ", last_words)));
}

absl::Status TokenSigner::Rest(const absl::Status& why) const {
  running_ = nullptr;
  failure_ = why;
  rests_until_ = options_.clock->Monotonic() + options_.rest;
  spdlog::warn("the token \"{}\" cannot be used: {}", options_.token.token_label(), std::string(why.message()));
  return why;
}

absl::StatusOr<std::string> TokenSigner::SignOnce(const Sha256Digest& digest) const {
  ACCORD_RETURN_IF_ERROR(EnsureOpen());
  v1::SignerRequest request;
  request.set_digest(std::string(reinterpret_cast<const char*>(digest.data()), digest.size()));
  ACCORD_ASSIGN_OR_RETURN(const v1::SignerReply reply, Exchange(request, options_.sign_limit));
  return reply.signature();
}

absl::StatusOr<std::string> TokenSigner::Sign(absl::string_view domain, absl::string_view message) const {
  ACCORD_ASSIGN_OR_RETURN(const Sha256Digest digest, StatementDigest(domain, message));
  absl::MutexLock lock(&mutex_);
  const bool was_running = running_ != nullptr;
  auto signature = SignOnce(digest);
  // It may have ended long ago, for whatever reason; a fresh one tells.
  if (was_running && running_ == nullptr) signature = SignOnce(digest);
  if (signature.ok()) {
    const absl::Status good = VerifySignature(public_key_der_, domain, message, *signature);
    if (good.ok()) return signature;
    signature = Annotate(good, "the token gave a signature that is not good");
  }
  if (options_.clock->Monotonic() >= rests_until_) (void)Rest(signature.status());
  return absl::UnavailableError(kNotNow);
}

}  // namespace accord
