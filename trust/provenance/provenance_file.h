// MODEL.provenance.json: the federation's statement about a model, and that of whoever made the file. Both in their
// envelopes, in JSON of one spelling, so that no byte of the file can be changed without it being noticed.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "trust/provenance/envelope.h"

namespace accord {

inline constexpr absl::string_view kProvenanceFormat = "accord-provenance-v1";

struct ProvenanceFile {
  Envelope federation;   // of a ModelProvenance
  Envelope file_export;  // of a ModelExport

  std::string Write() const;
  // INVALID_ARGUMENT with field: not of this form. Says nothing yet about signatures.
  static absl::StatusOr<ProvenanceFile> Parse(absl::string_view text);
};

}  // namespace accord
