// The bins of histograms of what a model says about rows.
#pragma once

#include <cstddef>

namespace accord {

// Bins of the log-odds l of the second of two classes: equal ones of l / (4 + |l|), from -1 to 1. Equal bins of the
// probability would put all that a sure network says into the outermost ones, where nothing tells rows apart: an AUC of
// .930 came out as .886. Of 256 such bins 32 lie within a unit of log-odds where a model is unsure, and one where it is
// as sure as e^16 to 1. What is not a number is in the middle.
size_t OddsBin(double log_odds, size_t bins);
// The log-odds and the probability that a bin's rows count as having: those of its centre.
double OddsOfBin(size_t bin, size_t bins);
double ProbabilityOfOddsBin(size_t bin, size_t bins);

// Equal bins of a probability, and what their rows count as having.
size_t EvenBin(double probability, size_t bins);
double ProbabilityOfEvenBin(size_t bin, size_t bins);

}  // namespace accord
