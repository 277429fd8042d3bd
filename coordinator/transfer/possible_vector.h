// Whether an upload that the coordinator can read is one that its job allows.
#pragma once

#include "absl/status/status.h"
#include "aggregation/ring/vector_schema.h"
#include "coordinator/transfer/staged_upload.h"

namespace accord {

// Each site checks its own vector against the bounds of the job before anything leaves, and who sends another one has
// not done so: one number beyond its bound could undo a whole sum, and so could a negative number of rows.
// INVALID_ARGUMENT: it is none that the job allows. One pass over the verified upload, tile by tile.
absl::Status CheckWithinBounds(const VectorSchema& schema, const StagedUpload& upload);

}  // namespace accord
