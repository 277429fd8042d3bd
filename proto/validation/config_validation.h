// The files of a site and of a coordinator: read, completed with their defaults, and checked whole.
//
// Each status lists every fault with file and line. Paths inside a file are relative to the folder of that file; what
// is returned holds them resolved. Nothing here looks whether the files that are named exist.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/config/faults.h"
#include "proto/accord/v1/coordinator_config.pb.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

// client.yaml. `trainer` stays empty where it is not written: the daemon looks beside its own program.
// `sandbox.threads` becomes the number of the machine's cores.
absl::StatusOr<v1::SiteConfig> LoadSiteConfig(const std::string& path);
// The mapping file of one data set.
absl::StatusOr<v1::DatasetMapping> LoadDatasetMapping(const std::string& path);
// coordinator.yaml
absl::StatusOr<v1::CoordinatorConfig> LoadCoordinatorConfig(const std::string& path);

// Adds a fault for each place in which a mapping and a job's schema disagree: a table for an image schema, codes for a
// numeric column, a code for a level that the schema does not have. Columns that the schema does not ask for are fine.
void CheckMappingAgainstSchema(const v1::DatasetMapping& mapping, const v1::DataSchema& schema, FaultList& faults);

// INVALID_ARGUMENT when a site has an opt-out list and the mapping does not say whose a row is (person_id), nor that
// its rows are nobody's (no_persons). `path`: of the mapping file, for the message.
absl::Status CheckMappingAgainstOptOut(const v1::DatasetMapping& mapping, const std::string& path);

// True for a mapping whose rows are those of a table, false for images, series and token ids in arrays.
bool MapsTable(const v1::DatasetMapping& mapping);
// All paths of files and folders that the mapping names, empty ones too; the first is the source's own.
std::vector<std::string*> PathsIn(v1::DatasetMapping& mapping);

// `path` as seen from the folder of `file`; absolute and empty paths stay.
std::string ResolveBeside(const std::string& file, const std::string& path);

}  // namespace accord
