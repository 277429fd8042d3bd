// Where each step of a job stands: in which round, and with cyclic weight transfer whose turn it is.
//
// Most rounds are one step over all sites. A round of cyclic weight transfer is a cycle: a training step for each site
// of the job by itself, its turn, and an evaluation by all (Chang et al. 2018; job.proto, Cyclic).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "proto/accord/v1/job.pb.h"

namespace accord {

// Of a job by cyclic weight transfer the sites in the order in which they have their turns in this cycle, from 1; else
// none. A shuffled order is drawn from the job's seed: everybody knows it beforehand.
std::vector<std::string> OrderOfCycle(const v1::JobSpec& spec, uint32_t cycle);

// The steps of one cycle; 1 for jobs whose rounds are one step each.
uint64_t StepsOfRound(const v1::JobSpec& spec);

// Immutable.
class StepPlaces {
 public:
  explicit StepPlaces(const v1::JobSpec& spec);

  // From 1: the round (of training, or iteration of newton) that the step is, or the cycle that it is part of, its
  // evaluation included; 0 for other steps.
  uint32_t RoundOf(uint32_t step) const;
  // Within the cycle, from 1; 0 for steps that are nobody's turn.
  uint32_t TurnOf(uint32_t step) const;
  // Whose turn the step is; empty: everybody's.
  std::string SiteOf(uint32_t step) const;
  // Rounds done when `step` is the next one to do.
  uint32_t RoundsDone(uint32_t step) const;
  // The first step behind the rounds.
  uint32_t StepAfterRounds() const { return first_round_ + num_rounds_ * steps_of_round_; }
  uint32_t num_rounds() const { return num_rounds_; }
  // Of a cycle; 0: the job has none.
  uint32_t num_turns() const { return num_turns_; }

 private:
  v1::JobSpec turns_;  // of the job: seed, sites and order
  uint32_t first_round_ = 0;
  uint32_t num_rounds_ = 0;
  uint32_t steps_of_round_ = 1;
  uint32_t num_turns_ = 0;
};

}  // namespace accord
