// What `accord audit verify` says about a model's provenance, as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "trust/provenance/lineage.h"
#include "trust/provenance/provenance_check.h"
#include "trust/provenance/signers.h"

namespace accord {

// Lines, each with its LF. Foreign text in them is made printable.
std::string ProvenanceInWords(const ProvenanceVerdict& verdict);
nlohmann::json ToJson(const ProvenanceVerdict& verdict);

// Per site which version of which data set went into which sums, and what stays closed.
std::string LineageInWords(const Lineage& lineage, const ModelProvenance& statement);
nlohmann::json ToJson(const Lineage& lineage, const ModelProvenance& statement);

// Who ordered and approved the job, and when that was judged.
std::string SignersInWords(const Signers& signers);
nlohmann::json ToJson(const Signers& signers);

}  // namespace accord
