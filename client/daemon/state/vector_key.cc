#include "client/daemon/state/vector_key.h"

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/keyed_fingerprint.h"
#include "base/status.h"

namespace accord {

absl::StatusOr<SecretBytes> LoadVectorKey(const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path, KeyedFingerprint::kKeyBytes);
  if (absl::IsNotFound(text.status())) {
    ACCORD_ASSIGN_OR_RETURN(SecretBytes key, SecretBytes::Random(KeyedFingerprint::kKeyBytes));
    ACCORD_RETURN_IF_ERROR(WriteFileAtomically(path, key.RevealAsText(), 0600));
    return key;
  }
  if (!text.ok() && !absl::IsOutOfRange(text.status())) return text.status();
  if (!text.ok() || text->size() != KeyedFingerprint::kKeyBytes) {
    return absl::FailedPreconditionError(absl::StrCat(path, " does not hold a key of ", KeyedFingerprint::kKeyBytes,
                                                      " bytes; put it back from a backup, or, while no job runs, "
                                                      "delete it: then this site refuses to send again what "
                                                      "it has sent before under the old one"));
  }
  const absl::Cleanup wipe = [&] { WipeString(*text); };
  const auto* bytes = reinterpret_cast<const uint8_t*>(text->data());
  return SecretBytes(absl::MakeConstSpan(bytes, text->size()));
}

}  // namespace accord
