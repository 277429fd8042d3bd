// A job's report as one HTML file that needs nothing else: no scripts, no fonts, nothing from a network.
//
// Its reader is a programme lead or an auditor: what the job achieved, who took part, what left each site, what to know
// before relying on it. Everything in a report may come from a peer and is escaped (cli/report/markup.h).
#pragma once

#include <string>

#include "cli/report/demonstration.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// The whole page. `demonstration` may be null. The same inputs give the same bytes.
std::string RenderHtmlReport(const v1::JobReport& report, const Demonstration* demonstration);

}  // namespace accord
