// A site's record of secure sums, as found on its disk after a crash, or on another disk. The first byte of the input:
// 'f' a whole file, 'e' the payload of one entry.
#include "aggregation/secure/site/site_record.h"

#include <string>
#include <vector>

#include "tests/aggregation/secure/messages/message_examples.h"
#include "tests/fuzz/support/frames.h"
#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz::site_record {
namespace {

using namespace accord::secure;

constexpr char kSite[] = "site-a";

Signed ExampleSigned() {
  Signed entry;
  entry.job_id = "job-1";
  entry.attempt = 5;
  entry.transcript = Filled(1);
  entry.encoding_sites = 4;
  entry.required_signatures = 3;
  entry.colluding_sites = 1;
  entry.cohort = {"site-a", "site-b", "site-c", "site-d"};
  entry.survivors = {"site-a", "site-b", "site-c"};
  entry.seen = {{"site-b", 7, Filled(2)}};
  return entry;
}

std::vector<RecordEntry> Entries() {
  return {EpochOpened{"job-1", 4},
          Uploaded{"job-1", 5, Filled(1), Filled(3)},
          ExampleSigned(),
          Revealed{"job-1", 5, Filled(1), Filled(4)},
          Voided{Filled(5)},
          Freed{Filled(6)},
          Lost{"job-1", 40, Filled(7)}};
}

bool TakeFile(absl::string_view file) {
  const absl::StatusOr<SiteRecord> record = SiteRecord::Replay(kSite, file);
  if (!record.ok()) return false;
  Require(record->valid_bytes() <= file.size(), "a record is no longer than its file");
  const absl::StatusOr<SiteRecord> again = SiteRecord::Replay(kSite, file.substr(0, record->valid_bytes()));
  Require(again.ok() && again->head() == record->head() && again->valid_bytes() == record->valid_bytes(),
          "a file cut where a torn entry began is the same record");
  return true;
}

// A version, then the kind: 3 was a signature without the cap on rows. It is read, and written as the kind of today.
bool IsOfEarlierVersion(absl::string_view payload) { return payload.size() > 1 && payload[1] == 3; }

bool TakeEntry(absl::string_view payload) {
  const absl::StatusOr<RecordEntry> entry = ParseRecordEntry(payload);
  if (!entry.ok()) return false;
  const std::string written = Serialize(*entry);
  Require(IsOfEarlierVersion(payload) || written == payload, "an entry has one encoding");
  const absl::StatusOr<RecordEntry> again = ParseRecordEntry(written);
  Require(again.ok() && Serialize(*again) == written, "what is written is read back");
  SiteRecord record(kSite);
  Require(SiteRecord::Replay(kSite, record.Append(*entry)).ok(), "what was appended is replayed");
  return true;
}

}  // namespace

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  SiteRecord record(kSite);
  std::string file = "f";
  for (const RecordEntry& entry : Entries()) {
    file += record.Append(entry);
    seeds.push_back("e" + Serialize(entry));
  }
  seeds.push_back(file);
  return seeds;
}

bool Take(absl::string_view bytes) {
  switch (TakeSelector(bytes)) {
    case 'f':
      return TakeFile(bytes);
    case 'e':
      return TakeEntry(bytes);
    default:
      return false;
  }
}

const FuzzTarget kTarget("site_record", &Seeds, &Take);

}  // namespace accord::fuzz::site_record
