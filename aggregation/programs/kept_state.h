// What a job's strategy makes a site keep between its rounds, and what makes the object of a job's model more than its
// parameters. For whoever plans, computes, keeps or sums.
#pragma once

#include <cstdint>

#include "proto/accord/v1/job.pb.h"

namespace accord {

// So many numbers as the model has parameters, which never leave the site as they are.
enum class Kept {
  kNothing,
  kControlVariate,  // SCAFFOLD: c_i
  kPersonalModel,   // FedBN, FedPer, FedRep: the model with this site's own layers in it; Ditto: a whole model
  kModelAlone,      // local_gain: a model that this site trains alone, beside the common one
};
Kept KeptBy(const v1::JobSpec& spec);
// FedBN, FedPer, FedRep.
bool HasLocalLayers(const v1::JobSpec& spec);
// Are a job's figures of held-out rows those of each site's own model?
bool EvaluatesPersonalModels(const v1::JobSpec& spec);
// As the job file names it: "scaffold".
const char* StrategyName(const v1::JobSpec& spec);

// A job's model as it is handed out: float32 parameters and, with SCAFFOLD from the second round on, as many numbers
// of the federation's control variate behind them. Without them it is zero.
bool IsModelSize(const v1::JobSpec& spec, uint64_t num_parameters, uint64_t num_bytes);

}  // namespace accord
