// What the ledger of what left is shown as: entry by entry, or in totals, for a terminal, a spreadsheet or a program.
#pragma once

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>

#include "absl/time/time.h"
#include "proto/accord/v1/egress.pb.h"
#include "trust/ledger/hash_chain.h"

namespace accord {

enum class EgressFormat { kTable, kCsv, kJson };

struct EgressView {
  EgressFormat format = EgressFormat::kTable;
  bool totals = false;    // for each day and job instead of each entry
  bool requests = false;  // entries of what the coordinator asked for, too
  std::string job_id;     // empty: all
  absl::Time since = absl::InfinitePast();
};

// Gets every entry of a ledger in order, then its end. Not thread-safe.
class EgressReport {
 public:
  virtual ~EgressReport() = default;
  virtual void Add(uint64_t sequence, const v1::EgressEntry& entry) = 0;
  // `end`: of the whole ledger. Says in a table how many entries were checked, and the head that an auditor notes down.
  virtual void Finish(const HashChain& end) = 0;

  // Writes to `out`, which outlives it. Memory does not grow with the number of entries.
  static std::unique_ptr<EgressReport> Make(const EgressView& view, std::ostream& out);
};

}  // namespace accord
