// What a project hands in to a federation tree's keeper: its log's head, with the proof that it continues the one that
// the keeper has (accord-log-consistency-v1), or the head alone where it is the same or the first (accord-log-head-v1).
//
// Adversary: whoever can write into the project's folder, and the log's keeper, who wants a rewritten log committed to.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "trust/log/log_file.h"
#include "trust/log/log_head.h"

namespace accord {

struct JudgedHandIn {
  enum class Kind {
    kTaken,      // continues the kept head, or is the same
    kOlder,      // a head from before the kept one: it was handed in late or again, and says nothing
    kUnproven,   // nothing shows that it continues the kept head: the proof is between other heads, or of none
    kRewritten,  // signed by the log's key, and not of a log that continues: both heads are the evidence
    kForeign,    // not a file of this log
  };
  Kind kind = Kind::kForeign;
  HeadOfLog head;     // unless kForeign
  std::string words;  // unless kTaken: what is wrong, and what to do
};

// Pure. `kept`: the head that was taken last, of the log `project`.
JudgedHandIn JudgeHandIn(const LogIdentity& project, const HeadOfLog& kept, absl::string_view text);

}  // namespace accord
