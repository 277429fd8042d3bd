// What came out about lies of sites in an attempt of a job: lines for the round's report, and files of evidence.
//
// Adversary: sites lie anew in every attempt, and say the same lie in ever new bytes. Of an attempt at most kMaxLines
// are kept, each line once with the first evidence for it, and of a job at most kMaxFiles files while this process
// runs. A file is durable before its line names it. That takes the caller some milliseconds of disk. Not thread-safe.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "aggregation/secure/evidence/evidence.h"
#include "trust/roster/roster.h"

namespace accord {

class Findings {
 public:
  static constexpr size_t kMaxLines = 64;
  static constexpr size_t kMaxFiles = 64;

  // `folder`: for evidence; made when there is some.
  Findings(std::string job_id, std::string folder);

  // `words`: who did what. `proof`: nullptr where nothing signed shows it; else it is kept with `roster`, under which
  // its signatures hold, and the line says where, or that it could not be.
  void Add(const std::string& words, const secure::Evidence* proof, const Roster& roster);
  // In the order in which they came out.
  const std::vector<std::string>& lines() const { return lines_; }
  // The attempt is over and in its report.
  void StartAgain();

 private:
  std::string Keep(const secure::Evidence& proof, const Roster& roster);

  const std::string job_id_;
  const std::string folder_;
  std::set<std::string> known_;  // words
  std::vector<std::string> lines_;
  size_t num_files_ = 0;
};

}  // namespace accord
