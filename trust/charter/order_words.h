// A job order in words, for those who approve it: what is run, for what, on which data, under which floors, whose it
// is, until when, what is loosened for it and whom it needs. And what changed since another one.
//
// Adversary: whoever wrote job and order. No text of theirs can make another line, or hide or turn around characters.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "proto/accord/v1/job.pb.h"
#include "trust/charter/approval.h"
#include "trust/charter/charter.h"
#include "trust/charter/job_order.h"
#include "trust/charter/verdict.h"

namespace accord {

// Several lines. `spec` and `charter`: nullptr where they are not at hand, which the words then say. Who signed, and
// whether the job is the order's, is not asked here: foresight.h.
std::string DescribeOrder(const JobOrder& order, const Sha256Digest& hash, const v1::JobSpec* spec,
                          const Charter* charter);

// "person/bela approves as lead, also that min_sites is loosened, from ... until ...". One line without its end.
std::string DescribeApproval(const Approval& approval);

// Several lines: whether the site would run the job at `at`, why not, what does not count, and the floors that each
// round is held against.
std::string DescribeVerdict(const Verdict& verdict, absl::string_view site, absl::Time at);

// "min_sites, hours"; "none" without rules.
std::string RulesInWords(const std::vector<v1::Rule>& rules);

// What a reader of `before` does not know of `after` yet: "purpose: billing-audit, before risk-of-disease". None: the
// same but for the job's bytes, the times and the nonce.
std::vector<std::string> OrderDifferences(const JobOrder& before, const JobOrder& after);

// Each field of the job that differs, by its place in the job file: "training.sgd.learning_rate: 0.05, before 0.1".
// None: the same job.
std::vector<std::string> JobDifferences(const v1::JobSpec& before, const v1::JobSpec& after);

}  // namespace accord
