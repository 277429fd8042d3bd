// A roster with its signatures, as a file from another organisation or as the coordinator publishes it.
#include <string>
#include <utility>
#include <vector>

#include "tests/fuzz/support/fuzz_target.h"
#include "trust/identity/key_pair.h"
#include "trust/roster/roster_draft.h"
#include "trust/roster/roster_fork.h"
#include "trust/roster/signed_roster.h"

namespace accord::fuzz::roster {
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

// Of the second format, with a version that follows it and one that forks off.
std::vector<std::string> ChainTexts() {
  const KeyPairSigner a = KeyPairSigner::Create(*KeyPair::Generate()).value();
  const KeyPairSigner b = KeyPairSigner::Create(*KeyPair::Generate()).value();
  const KeyPairSigner ada = KeyPairSigner::Create(*KeyPair::Generate()).value();
  RosterTerms terms;
  terms.federation = "Heart network";
  terms.quorum = 2;
  terms.valid_until = absl::FromUnixSeconds(1'800'000'000);
  terms.organisations = {"Registry", "St. Mary's"};
  terms.sites = {{"site-a", "Registry", a.public_key_der()}, {"site-b", "St. Mary's", b.public_key_der()}};
  terms.people = {{"ada", "Ada", "Registry", {v1::ROLE_ENGINEER}, ada.public_key_der()}};
  const Roster first = Roster::Parse(Roster::Write(terms).value()).value();
  RosterChanges changes;
  changes.valid_until = terms.valid_until + absl::Hours(24);
  changes.revocations = {{true, "site-b", "stolen"}, {false, "ada", "left"}};
  SignedRoster next(Roster::Parse(DraftNextRoster(first, changes).value()).value());
  changes.valid_until = terms.valid_until + absl::Hours(48);
  SignedRoster fork(Roster::Parse(DraftNextRoster(first, changes).value()).value());
  for (SignedRoster* roster : {&next, &fork}) {
    Require(roster->SignAfter(first, "site-a", a).ok() && roster->SignAfter(first, "site-b", b).ok(), "both may sign");
  }
  return {SignedRoster(first).Text(), next.Text(), WriteRosterFork(first, next, fork).value()};
}

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds = {ExampleText(0), ExampleText(2), ExampleText(3)};
  for (std::string& text : ChainTexts()) seeds.push_back(std::move(text));
  return seeds;
}

bool Take(absl::string_view bytes) {
  if (bytes.substr(0, kRosterForkFirstLine.size()) == kRosterForkFirstLine) return CheckRosterFork(bytes).ok();
  const absl::StatusOr<SignedRoster> roster = SignedRoster::Parse(bytes);
  if (!roster.ok()) return false;
  Require(roster->Text() == bytes, "a roster has one spelling");
  const SignedRoster::Findings findings = roster->Examine();
  if (roster->roster()->previous().has_value()) {
    Require(!roster->Verify().ok(), "one that follows another is held against that one");
    return true;
  }
  Require(roster->Verify().ok() == (findings.missing.empty() && findings.bad.empty()),
          "a roster holds once all have signed");
  return true;
}

const FuzzTarget kTarget("roster", &Seeds, &Take);

}  // namespace accord::fuzz::roster
