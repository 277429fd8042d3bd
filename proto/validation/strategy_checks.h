// Of a job's strategy: what cannot be meant, and what does not go with the rest of the job.
#pragma once

#include "base/config/faults.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

void CheckStrategy(const v1::JobSpec& spec, FaultList& faults);
// Of the strategies by which sites keep something between rounds: SCAFFOLD, FedBN, FedPer, FedRep and Ditto.
void CheckKeepingStrategy(const v1::JobSpec& spec, FaultList& faults);
// Of the strategies by which a site's change counts without a common round of all: cyclic and fedbuff.
void CheckAloneStrategy(const v1::JobSpec& spec, FaultList& faults);
// Before the defaults of rounds.
void ApplyAloneDefaults(v1::JobSpec& spec, const FieldPlaces* places);

// The largest change of a site's control variate, where the job does not name one. A control variate is a mean of
// gradients over a round's steps, and so many steps of one whose entries reach update_bound / (rate * steps) exhaust
// update_bound; from one sign to the other it is twice that. 0: the job names no amount of training.
double DefaultControlBound(const v1::JobSpec& spec);

}  // namespace accord
