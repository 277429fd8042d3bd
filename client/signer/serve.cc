#include "client/signer/serve.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/signer/pkcs11_module.h"
#include "client/signer/token_key.h"
#include "proto/accord/v1/signer.pb.h"

namespace accord {
namespace {

constexpr size_t kMaxRequestBytes = size_t{32} << 10;

class SignerService {
 public:
  v1::SignerReply Answer(const v1::SignerRequest& request) {
    v1::SignerReply reply;
    absl::Status status = absl::InvalidArgumentError("accord-signer does not know this request");
    if (request.has_open()) status = Open(request.open(), *reply.mutable_opened());
    if (request.kind_case() == v1::SignerRequest::kDigest) status = Sign(request.digest(), *reply.mutable_signature());
    if (status.ok()) return reply;
    reply.Clear();
    reply.mutable_failed()->set_code(static_cast<uint32_t>(status.code()));
    reply.mutable_failed()->set_reason(std::string(status.message()));
    return reply;
  }

 private:
  absl::Status Open(const v1::OpenToken& request, v1::TokenOpened& opened) {
    const v1::SigningToken& token = request.token();
    if (module_ == nullptr) {
      ACCORD_ASSIGN_OR_RETURN(module_, Pkcs11Module::Load(token.module()));
    }
    key_.reset();
    ACCORD_ASSIGN_OR_RETURN(
        key_, TokenKey::Open(module_->functions(),
                             {token.token_label(), token.key_label(), {token.pin_file(), request.refused_pin_file()}}));
    opened.set_public_key_der(key_->public_key_der());
    for (const std::string& warning : key_->warnings()) opened.add_warnings(warning);
    return absl::OkStatus();
  }

  absl::Status Sign(const std::string& bytes, std::string& signature) {
    Sha256Digest digest;
    if (bytes.size() != digest.size()) return absl::InvalidArgumentError("a digest has 32 bytes");
    if (key_ == nullptr) return absl::FailedPreconditionError("no token has been opened");
    std::copy(bytes.begin(), bytes.end(), digest.begin());
    ACCORD_ASSIGN_OR_RETURN(signature, key_->Sign(digest));
    return absl::OkStatus();
  }

  std::unique_ptr<Pkcs11Module> module_;  // before the key, which uses it
  std::unique_ptr<TokenKey> key_;
};

}  // namespace

absl::Status ServeSignatures(IpcChannel& channel) {
  SignerService service;
  for (;;) {
    v1::SignerRequest request;
    std::vector<UniqueFd> descriptors;  // none are expected; closed at once
    const absl::Status received = channel.Receive(request, descriptors, absl::InfiniteDuration(), kMaxRequestBytes);
    if (absl::IsUnavailable(received)) return absl::OkStatus();
    ACCORD_RETURN_IF_ERROR(received);
    if (const absl::Status sent = channel.Send(service.Answer(request)); !sent.ok()) {
      return absl::IsUnavailable(sent) ? absl::OkStatus() : sent;
    }
  }
}

}  // namespace accord
