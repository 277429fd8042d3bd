// One job's rows at one site: the declared data set, read by the job's schema and the site's mapping.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "aggregation/newton/newton_sums.h"
#include "client/trainer/data/row_facts.h"
#include "client/trainer/data/row_room.h"
#include "models/examples.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/site.pb.h"
#include "proto/accord/v1/trainer.pb.h"

namespace accord {

struct DataRequest {
  const v1::DataSchema* schema = nullptr;       // InspectData does without
  const v1::DatasetMapping* mapping = nullptr;  // paths that this process can open
  uint64_t seed = 0;                            // of the job: draws the split where the mapping gives a fraction
  std::string site;
  uint64_t max_bytes = uint64_t{2} << 30;                       // of one file
  std::function<void(uint64_t done, uint64_t total)> progress;  // bytes or rows; may be empty
  std::string opt_out_list = {};                                // path; empty: this site has none
  // Of a job that newton fits: training rows go to `regression`, complete ones alone; nothing is evaluated, so no share
  // is held out, but a split by file is obeyed.
  const v1::ModelSpec* regression = nullptr;
  RowRoom room = {};  // of a table's rows
  int rows_fd = -1;   // where a database's rows come from (database_rows.h), once; stays the caller's
};

struct JobData {
  Examples train;  // numbers as they are in the schema's units, NaN where missing
  Examples test;
  RegressionRows regression;  // instead of `train`, in double
  TrainingRowFacts facts;     // of the rows for training, unless they are a regression's
};

// Reads everything, but for the rows of persons who opted out, and fills `report` as far as it gets, also when it
// fails. INVALID_ARGUMENT: the data set cannot be used for this schema as it is (the first fault, and what to do), also
// when the mapping refuses data sets with bad rows; FAILED_PRECONDITION: there is an opt-out list, but the mapping does
// not say whose a row is; NOT_FOUND or the like for a file that cannot be opened; OUT_OF_RANGE for one that is too
// large; UNAVAILABLE: it changed while it was read; RESOURCE_EXHAUSTED: the rows of a table fit neither in memory nor
// in the scratch file.
absl::StatusOr<JobData> LoadJobData(const DataRequest& request, v1::DataReport& report);

// What can be said without a schema: whether the files can be read whole, rows, missing values, who opted out.
absl::Status InspectData(const DataRequest& request, v1::DataReport& report);

}  // namespace accord
