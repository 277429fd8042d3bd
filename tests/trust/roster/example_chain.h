// A first roster of the second format, and versions that follow it.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/trust/roster/example_roster.h"
#include "trust/roster/roster_draft.h"
#include "trust/roster/signed_roster.h"

namespace accord {

inline constexpr absl::Time kChainBegins = absl::FromUnixSeconds(1'800'000'000);
inline const absl::Time kChainEnds = kChainBegins + absl::Hours(24 * 180);

inline Roster ParsedRoster(const absl::StatusOr<std::string>& bytes) {
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  auto roster = Roster::Parse(bytes.value_or(""));
  EXPECT_TRUE(roster.ok()) << roster.status();
  return *std::move(roster);
}

// Five sites of four organisations (cleveland and euclid are of one), quorum 3, one person with a key.
class ExampleChain {
 public:
  ExampleChain() {
    sites_ = FourHospitals();
    sites_.Add("euclid", "Cleveland Clinic");
    people_.Add("ada", "Cleveland Clinic");
    people_.Add("dora", "V.A. Medical Center");
  }

  ExampleSites& sites() { return sites_; }
  const KeyPairSigner& person(const std::string& id) const { return people_.signer(id); }
  RosterPerson Person(const std::string& id, std::vector<v1::Role> roles) const {
    const RosterEntry& entry = *std::find_if(people_.entries().begin(), people_.entries().end(),
                                             [&](const RosterEntry& known) { return known.site == id; });
    return {id, "Dr " + id, entry.organisation, std::move(roles), entry.public_key_der};
  }

  RosterTerms FirstTerms() const {
    RosterTerms terms;
    terms.federation = "Heart Federation";
    terms.quorum = 3;
    terms.valid_until = kChainEnds;
    terms.organisations = {"Cleveland Clinic", "Magyar Kardiológiai Intézet", "Universitätsspital Zürich",
                           "V.A. Medical Center"};
    terms.sites = sites_.entries();
    terms.people = {Person("ada", {v1::ROLE_ENGINEER, v1::ROLE_LEAD})};
    return terms;
  }
  Roster FirstRoster() const { return ParsedRoster(Roster::Write(FirstTerms())); }
  SignedRoster First() const {
    SignedRoster roster(FirstRoster());
    for (const RosterEntry& site : sites_.entries()) EXPECT_TRUE(roster.Sign(site.site, sites_.signer(site.site)).ok());
    return roster;
  }

  // The same members, `days` later.
  static RosterChanges Renewal(int days = 180) {
    RosterChanges changes;
    changes.valid_until = kChainEnds + absl::Hours(24 * days);
    return changes;
  }
  static Roster Next(const Roster& previous, const RosterChanges& changes) {
    return ParsedRoster(DraftNextRoster(previous, changes));
  }
  SignedRoster SignedNext(const Roster& previous, const RosterChanges& changes,
                          std::initializer_list<const char*> signers) const {
    SignedRoster roster(Next(previous, changes));
    for (const char* site : signers) {
      const absl::Status signed_it = roster.SignAfter(previous, site, sites_.signer(site));
      EXPECT_TRUE(signed_it.ok()) << signed_it;
    }
    return roster;
  }
  SignedRoster Renewed(const Roster& previous, int days = 180) const {
    return SignedNext(previous, Renewal(days), {"cleveland", "hungarian", "va"});
  }

 private:
  ExampleSites sites_;
  ExampleSites people_;
};

}  // namespace accord
