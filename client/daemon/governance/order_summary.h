// An order and its job in words, for the people of a site who decide about it, and what changed since another job.
//
// Adversary: whoever wrote them. No text of theirs makes another line.
#pragma once

#include <string>
#include <vector>

#include "client/daemon/governance/order_store.h"
#include "proto/accord/v1/job.pb.h"
#include "trust/charter/charter.h"

namespace accord {

// Several lines, each ended by a line feed. `charter`: the one that this site has pinned.
std::string SummaryOfOrder(const KeptOrder& kept, const Charter& charter);

// "rounds.count: 30, before 20" for each field that differs, by its place in the job file. None: the same job.
std::vector<std::string> ChangesOfJob(const v1::JobSpec& before, const v1::JobSpec& after);

}  // namespace accord
