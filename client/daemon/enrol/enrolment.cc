#include "client/daemon/enrol/enrolment.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/private_file.h"
#include "base/status.h"
#include "client/daemon/enrol/refusal_words.h"
#include "client/daemon/session/channel.h"
#include "proto/accord/v1/wire.grpc.pb.h"
#include "trust/identity/certificate_authority.h"
#include "trust/identity/enrolment_token.h"
#include "trust/identity/granted_identity.h"
#include "trust/identity/key_pair.h"
#include "trust/identity/signing.h"
#include "trust/identity/signing_key_proof.h"

namespace accord {
namespace {

constexpr std::chrono::seconds kPatience(30);
constexpr size_t kMaxPemBytes = size_t{1} << 16;

absl::StatusOr<v1::EnrollResponse> Ask(const std::string& coordinator, const std::string& proxy,
                                       const EnrolmentToken& token, v1::EnrollRequest message) {
  const auto channel = MakeCoordinatorChannel(coordinator, proxy, MakeEnrolmentCredentials(token.ca_fingerprint));
  const auto stub = v1::Enrollment::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  message.set_token(std::string(token.Text().RevealAsText()));
  v1::EnrollResponse response;
  const grpc::Status status = stub->Enroll(&context, message, &response);
  WipeString(*message.mutable_token());
  if (!status.ok()) return InWords(status, coordinator, "enrol");
  const bool plausible = IsValidIdentity(response.identity()) && response.ca_pem().size() <= kMaxPemBytes &&
                         response.certificate_pem().size() <= kMaxPemBytes;
  if (!plausible) return absl::InternalError("the coordinator's answer to the enrolment is not valid");
  if (response.signing_key_der() != message.signing_key_der()) {
    return absl::FailedPreconditionError(
        "the coordinator does not list signing keys apart from certificates: have it upgraded, then enrol with a new "
        "token");
  }
  return response;
}

absl::StatusOr<v1::EnrollRequest> MakeRequest(const KeyPair& key, const IdentityRequest& wanted) {
  v1::EnrollRequest request;
  request.set_kind(wanted.kind);
  ACCORD_ASSIGN_OR_RETURN(*request.mutable_csr_der(), key.MakeRequest("accord enrolment"));
  if (wanted.signer == nullptr) return request;
  request.set_signing_key_der(wanted.signer->public_key_der());
  ACCORD_ASSIGN_OR_RETURN(*request.mutable_signing_key_proof(), ProveSigningKey(*wanted.signer, request.csr_der()));
  return request;
}

std::string NextKeyFile(const TlsFiles& files) { return files.key + ".next"; }

std::string AskedKeyFile(const TlsFiles& files) { return files.key + ".asked"; }

absl::Status MakeFolderOf(const TlsFiles& files) {
  const std::string folder = std::filesystem::path(files.key).parent_path().string();
  return folder.empty() ? absl::OkStatus() : MakeFolders(folder, 0700);
}

// The key that this token was asked with before; else a new one, which is on the disk from now on.
absl::StatusOr<KeyPair> KeyToAskWith(const TlsFiles& files, const EnrolmentToken& token) {
  const std::string first_line = absl::StrCat("token ", HexDigest(token.SecretHash()), "\n");
  if (const auto kept = ReadPrivateFile(AskedKeyFile(files), kMaxPemBytes); kept.ok()) {
    absl::string_view text = kept->content.RevealAsText();
    if (absl::ConsumePrefix(&text, first_line)) {
      if (auto key = KeyPair::FromPem(
              SecretBytes(absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(text.data()), text.size())));
          key.ok())
        return key;
    }
  }
  ACCORD_ASSIGN_OR_RETURN(KeyPair key, KeyPair::Generate());
  ACCORD_ASSIGN_OR_RETURN(const SecretBytes pem, key.ToPem());
  ACCORD_RETURN_IF_ERROR(MakeFolderOf(files));
  std::string text = absl::StrCat(first_line, pem.RevealAsText());
  const absl::Status written = WriteFileAtomically(AskedKeyFile(files), text, 0600);
  WipeString(text);
  ACCORD_RETURN_IF_ERROR(written);
  return key;
}

}  // namespace

absl::StatusOr<NewIdentity> RequestIdentity(const std::string& coordinator, const std::string& proxy,
                                            const EnrolmentToken& token, const IdentityRequest& wanted) {
  ACCORD_ASSIGN_OR_RETURN(const KeyPair key,
                          wanted.files == nullptr ? KeyPair::Generate() : KeyToAskWith(*wanted.files, token));
  ACCORD_ASSIGN_OR_RETURN(v1::EnrollRequest request, MakeRequest(key, wanted));
  ACCORD_ASSIGN_OR_RETURN(const v1::EnrollResponse response, Ask(coordinator, proxy, token, std::move(request)));
  ACCORD_RETURN_IF_ERROR(CheckGrantedIdentity(
      {response.certificate_pem(), response.ca_pem(), token.ca_fingerprint, response.identity()}, key));
  ACCORD_ASSIGN_OR_RETURN(SecretBytes key_pem, key.ToPem());
  return NewIdentity{response.identity(), std::move(key_pem), response.certificate_pem(), response.ca_pem()};
}

absl::Status CheckNotEnrolled(const TlsFiles& files) {
  for (const std::string& path : {files.key, files.certificate, files.ca}) {
    if (access(path.c_str(), F_OK) == 0) {
      return absl::AlreadyExistsError(
          absl::StrCat(path, " is there already: this machine is enrolled; --force replaces its identity"));
    }
  }
  return absl::OkStatus();
}

absl::Status WriteIdentity(const TlsFiles& files, const NewIdentity& identity) {
  ACCORD_RETURN_IF_ERROR(MakeFolderOf(files));
  // The token is spent: without the key nothing could be made of the certificate.
  const std::string next = NextKeyFile(files);
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(next, identity.key_pem.RevealAsText(), 0600));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(files.ca, identity.ca_pem));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(files.certificate, identity.certificate_pem));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(files.key, identity.key_pem.RevealAsText(), 0600));
  unlink(next.c_str());
  unlink(AskedKeyFile(files).c_str());
  return absl::OkStatus();
}

absl::Status FinishIdentity(const TlsFiles& files) {
  const std::string next = NextKeyFile(files);
  if (access(next.c_str(), F_OK) != 0) return absl::OkStatus();
  const auto pem = ReadPrivateFile(next, kMaxPemBytes);
  const auto certificate = ReadFile(files.certificate, kMaxPemBytes);
  if (!pem.ok() || !certificate.ok()) return absl::OkStatus();
  const auto key = KeyPair::FromPem(pem->content);
  if (!key.ok()) return absl::OkStatus();
  const auto held = PublicKeyDer(*key), certified = CertificatePublicKeyDer(*certificate);
  // Stopped in front of the certificate: the identity from before is whole.
  if (!held.ok() || !certified.ok() || *held != *certified) return absl::OkStatus();
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(files.key, pem->content.RevealAsText(), 0600));
  unlink(next.c_str());
  return absl::OkStatus();
}

}  // namespace accord
