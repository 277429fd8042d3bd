#include "trust/provenance/provenance_file.h"

#include "base/status.h"
#include "trust/provenance/json_fields.h"

namespace accord {

std::string ProvenanceFile::Write() const {
  return WriteJson({{"export", file_export.ToJson()},
                    {"federation", federation.ToJson()},
                    {"format", std::string(kProvenanceFormat)}});
}

absl::StatusOr<ProvenanceFile> ProvenanceFile::Parse(absl::string_view text) {
  ACCORD_ASSIGN_OR_RETURN(const nlohmann::json object, ReadJson(text, "the file"));
  JsonFields fields(object, "file");
  fields.Expect("format", kProvenanceFormat);
  fields.Object("export");
  fields.Object("federation");
  ACCORD_RETURN_IF_ERROR(fields.Finish());
  ProvenanceFile file;
  auto federation = Envelope::FromJson(object.at("federation"));
  if (!federation.ok()) return Annotate(federation.status(), "federation");
  file.federation = *std::move(federation);
  auto file_export = Envelope::FromJson(object.at("export"));
  if (!file_export.ok()) return Annotate(file_export.status(), "export");
  file.file_export = *std::move(file_export);
  if (file.Write() != text) return absl::InvalidArgumentError("the file has parts that this version does not write");
  return file;
}

}  // namespace accord
