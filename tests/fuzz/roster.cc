// A roster with its signatures, as a file from another organisation or as the coordinator publishes it.
#include <string>
#include <vector>

#include "tests/fuzz/support/fuzz_target.h"
#include "trust/identity/key_pair.h"
#include "trust/roster/signed_roster.h"

namespace accord::fuzz {
namespace {

// A roster of three sites of two organisations, signed by the first `signatures` of them.
std::string ExampleText(int signatures) {
  std::vector<RosterEntry> entries;
  std::vector<KeyPairSigner> signers;
  for (const char* site : {"site-a", "site-b", "site-c"}) {
    signers.push_back(KeyPairSigner::Create(*KeyPair::Generate()).value());
    entries.push_back(
        {site, site == std::string("site-c") ? "Registry" : "St. Mary's", signers.back().public_key_der()});
  }
  SignedRoster roster(Roster::Parse(Roster::Write("Heart network", entries).value()).value());
  for (int i = 0; i < signatures; ++i) Require(roster.Sign(entries[i].site, signers[i]).ok(), "a listed site may sign");
  return roster.Text();
}

}  // namespace

std::vector<std::string> Seeds() { return {ExampleText(0), ExampleText(2), ExampleText(3)}; }

bool Take(absl::string_view bytes) {
  const absl::StatusOr<SignedRoster> roster = SignedRoster::Parse(bytes);
  if (!roster.ok()) return false;
  Require(roster->Text() == bytes, "a roster has one spelling");
  const SignedRoster::Findings findings = roster->Examine();
  Require(roster->Verify().ok() == (findings.missing.empty() && findings.bad.empty()),
          "a roster holds once all have signed");
  return true;
}

}  // namespace accord::fuzz
