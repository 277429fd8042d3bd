// The provenance that `accord model export` writes beside a model: the federation's statement, checked, and the
// person's own about the file.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/operations/client.h"
#include "trust/identity/signing.h"
#include "trust/provenance/envelope.h"
#include "trust/provenance/model_provenance.h"

namespace accord {

struct FederationStatement {
  Envelope envelope;
  ModelProvenance content;
  KeyPairSigner signer;  // the person's, who will sign for a file
};

// Fetches it and holds it against the model that came; reads the key in `profile_folder`. `model` has the parameters
// alone. Errors of FetchProvenance and of the key; DATA_LOSS: it does not hold; ABORTED: it is about another model.
absl::StatusOr<FederationStatement> FetchStatement(OperationsClient& client, const FetchedModel& model,
                                                   const std::string& profile_folder);

// Hashes the file at `path`, which was made of that model, signs for it, and writes PATH.provenance.json. The path of
// that file.
absl::StatusOr<std::string> WriteProvenance(const FederationStatement& statement, const std::string& path,
                                            const std::string& format);

}  // namespace accord
