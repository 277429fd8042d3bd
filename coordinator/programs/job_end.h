// How a job ends that has done its steps: which model is its own, and why it is over. Pure.
#pragma once

#include <string>

#include "proto/accord/v1/report.pb.h"

namespace accord {

// In words, of a report of all of the job's rounds: that all rounds are done, or why fewer were enough; and which
// round's model is kept, where the job chooses.
std::string WhyFinished(const v1::JobReport& report);

// The round whose model the job's model is, once it has been evaluated.
uint32_t KeptRound(const v1::JobSpec& spec, const v1::BestRound& best, uint32_t rounds_done);

}  // namespace accord
