// The statement of whoever made a file of a model.
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "base/status.h"
#include "trust/provenance/envelope.h"
#include "trust/provenance/json_fields.h"
#include "trust/provenance/model_provenance.h"

namespace accord {
namespace {

constexpr char kExportStatementType[] = "https://in-toto.io/Statement/v1";
constexpr char kExportPredicateType[] = "accord://model-export/v1";

}  // namespace

std::string ModelExport::Write() const {
  const nlohmann::json subject = {{"name", file}, {"digest", {{"sha256", HexDigest(sha256)}}}};
  const nlohmann::json statement = {{"_type", kExportStatementType},
                                    {"subject", nlohmann::json::array({subject})},
                                    {"predicateType", kExportPredicateType},
                                    {"predicate",
                                     {{"format", format},
                                      {"parameters", HexDigest(parameters)},
                                      {"provenance", HexDigest(provenance)},
                                      {"publicKey", absl::Base64Escape(public_key_der)}}}};
  return WriteJson(statement);
}

absl::StatusOr<ModelExport> ModelExport::Parse(absl::string_view text) {
  ACCORD_ASSIGN_OR_RETURN(const nlohmann::json object, ReadJson(text, "the exporter's statement"));
  JsonFields fields(object, "statement of the export");
  ModelExport made;
  fields.Expect("_type", kExportStatementType);
  fields.Expect("predicateType", kExportPredicateType);
  JsonFields subject = fields.Only("subject");
  made.file = subject.Text("name");
  JsonFields digest = subject.Object("digest");
  made.sha256 = digest.Digest("sha256");
  JsonFields predicate = fields.Object("predicate");
  made.format = predicate.Text("format");
  made.parameters = predicate.Digest("parameters");
  made.provenance = predicate.Digest("provenance");
  made.public_key_der = predicate.Bytes("publicKey");
  for (JsonFields* each : {&fields, &subject, &digest, &predicate}) ACCORD_RETURN_IF_ERROR(each->Finish());
  return made;
}

}  // namespace accord
