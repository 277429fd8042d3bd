// The parts of the report's page, in the order in which they stand on it. For html_report.cc.
#pragma once

#include <string>

#include "cli/report/demonstration.h"
#include "cli/report/markup.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

void AddHeadline(const v1::JobReport& report, Markup& markup);
void AddNotes(const v1::JobReport& report, Markup& markup);
void AddStopAndComplaints(const v1::JobReport& report, Markup& markup);
void AddMandate(const v1::JobReport& report, Markup& markup);
void AddEstimates(const v1::JobReport& report, Markup& markup);
void AddEvaluation(const v1::JobReport& report, Markup& markup);
void AddCharts(const v1::JobReport& report, Markup& markup);
void AddDemonstration(const Demonstration& demonstration, Markup& markup);
void AddDepartures(const v1::JobReport& report, Markup& markup);
void AddParticipation(const v1::JobReport& report, Markup& markup);
void AddRounds(const v1::JobReport& report, Markup& markup);
void AddEvidence(const v1::JobReport& report, Markup& markup);

// "finished", "running" ...
std::string StateInWords(v1::JobState state);

}  // namespace accord
