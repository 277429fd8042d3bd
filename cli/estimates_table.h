// A regression's estimates in words and digits: the same in the terminal and in the HTML report.
#pragma once

#include <string>
#include <vector>

#include "proto/accord/v1/report.pb.h"

namespace accord {

// What follows is as many texts for every coefficient.
std::vector<std::string> EstimateHeadings(const v1::JobReport& report);
std::vector<std::string> EstimateCells(const v1::JobReport& report, const v1::Estimates::Coefficient& coefficient);

// Rows, sites, iterations, likelihood: whole sentences.
std::vector<std::string> FitInWords(const v1::JobReport& report);

// For the terminal; empty where the report has no estimates.
std::string EstimatesTable(const v1::JobReport& report);

}  // namespace accord
