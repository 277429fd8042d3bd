#include "cli/operations/exported_provenance.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/content_digest.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/private_file.h"
#include "base/secret.h"
#include "base/status.h"
#include "cli/audit/hashed_file.h"
#include "cli/profile/profile.h"
#include "trust/identity/key_pair.h"
#include "trust/identity/signing.h"
#include "trust/provenance/provenance_check.h"
#include "trust/provenance/provenance_file.h"

namespace accord {
namespace {

constexpr size_t kMaxPersonKeyBytes = size_t{64} << 10;

absl::Status DoesNotHold(absl::string_view why) {
  return absl::DataLossError(absl::StrCat("the model's provenance does not hold: ", why,
                                          "; nothing was written. Ask the coordinator's operator; the model alone: "
                                          "--without-provenance"));
}

absl::StatusOr<KeyPairSigner> PersonsSigner(const std::string& profile_folder) {
  ACCORD_ASSIGN_OR_RETURN(const Profile profile, LoadProfile(profile_folder));
  ACCORD_ASSIGN_OR_RETURN(const PrivateFile file, ReadPrivateFile(profile.tls.key, kMaxPersonKeyBytes));
  const auto key = KeyPair::FromPem(file.content);
  if (!key.ok()) return Annotate(key.status(), profile.tls.key);
  return KeyPairSigner::Create(*key);
}

}  // namespace

absl::StatusOr<FederationStatement> FetchStatement(OperationsClient& client, const FetchedModel& model,
                                                   const std::string& profile_folder) {
  ACCORD_ASSIGN_OR_RETURN(const std::string text, client.FetchProvenance(model.header.job_id(), model.header.round()));
  const auto json = ReadJson(text, "its envelope");
  if (!json.ok()) return DoesNotHold(json.status().message());
  auto envelope = Envelope::FromJson(*json);
  if (!envelope.ok()) return DoesNotHold(envelope.status().message());
  auto content = CheckFederationStatement(*envelope);
  if (!content.ok()) return DoesNotHold(content.status().message());
  if (content->job_id != model.header.job_id()) return DoesNotHold("it is about another job");
  if (content->round != model.header.round() || content->parameters != ContentDigest(model.bytes)) {
    return absl::AbortedError(absl::StrCat(
        "the provenance that came is of the model after round ", content->round, ", the model of that after round ",
        model.header.round(), ": the job goes on; nothing was written. Try again, or name the round with --round"));
  }
  ACCORD_ASSIGN_OR_RETURN(KeyPairSigner signer, PersonsSigner(profile_folder));
  return FederationStatement{*std::move(envelope), *std::move(content), std::move(signer)};
}

absl::StatusOr<std::string> WriteProvenance(const FederationStatement& statement, const std::string& path,
                                            const std::string& format) {
  ACCORD_ASSIGN_OR_RETURN(const HashedFile file, HashFile(path));
  const ModelExport made{std::filesystem::path(path).filename().string(),
                         file.sha256,
                         format,
                         statement.content.parameters,
                         Sha256(statement.envelope.payload),
                         statement.signer.public_key_der()};
  ACCORD_ASSIGN_OR_RETURN(Envelope file_export, Envelope::Sign(made.Write(), statement.signer));
  const ProvenanceFile written{statement.envelope, std::move(file_export)};
  std::string beside = absl::StrCat(path, ".provenance.json");
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(beside, written.Write()));
  return beside;
}

}  // namespace accord
