// By whose word a job runs, in words.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "proto/accord/v1/report.pb.h"

namespace accord {

// Labels and what stands behind them; none for a job without an order. Not printable yet: names come from a peer.
std::vector<std::pair<std::string, std::string>> MandateLines(const v1::Mandate& mandate);
// "person/bela as lead, Magyar Kardiológiai Intézet, until 2027-03-20 00:00:00 UTC".
std::string ApprovalInWords(const v1::GivenApproval& approval);

}  // namespace accord
