// A file of evidence, from whoever says that somebody lied.
#include <algorithm>
#include <string>
#include <vector>

#include "aggregation/secure/evidence/verdict.h"
#include "tests/aggregation/secure/evidence/example_attempt.h"
#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz::evidence {
namespace {

using namespace accord::secure;

std::string TwoUploads(const ExampleAttempt& attempt) {
  UploadHeader second = attempt.Header("site-b");
  second.payload_digest = Filled(0x99);
  return EvidenceBuilder(EvidenceKind::kTwoUploads)
      .Terms(attempt.fields())
      .Add("site-b", attempt.Header("site-b"))
      .Add("site-b", second)
      .Write();
}

std::string Everything(const ExampleAttempt& attempt) {
  return EvidenceBuilder(EvidenceKind::kBadShares)
      .Terms(attempt.fields())
      .Add("site-a", ExampleKeyStatement())
      .Add("site-a", attempt.Header("site-a"))
      .Add("site-b", attempt.Header("site-b"))
      .Add("site-c", attempt.Header("site-c"))
      .Add("site-a", attempt.Statement("site-a", {"site-a", "site-b", "site-c"}))
      .Add("site-b", ExampleVoidStatement())
      .Add("site-a", attempt.Reveal())
      .Offer(attempt.Show("site-c", "site-a"))
      .Share("site-c", "site-a", attempt.ShareAt("site-c", 1))
      .Write();
}

}  // namespace

std::vector<std::string> Seeds() {
  const ExampleAttempt attempt;
  return {TwoUploads(attempt), Everything(attempt)};
}

bool Take(absl::string_view bytes) {
  const absl::StatusOr<EvidenceVerdict> verdict = CheckEvidence(bytes);
  if (!verdict.ok()) return false;
  const absl::StatusOr<EvidenceFile> file = ParseEvidence(bytes);
  Require(file.ok(), "what was judged can be read");
  Require(WriteEvidence(file->evidence, file->roster_bytes) == bytes, "a file of evidence has one spelling");
  const absl::StatusOr<Roster> roster = Roster::Parse(file->roster_bytes);
  for (const Finding& finding : verdict->findings) {
    if (finding.weight == Weight::kNothing) continue;
    for (const std::string& site : finding.sites) {
      Require(roster->Find(site) != nullptr, "only sites of the roster are found out");
    }
  }
  return true;
}

const FuzzTarget kTarget("evidence", &Seeds, &Take);

}  // namespace accord::fuzz::evidence
