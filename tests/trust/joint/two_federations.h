// Two federations that work together: hearts (example_charter.h, roster of the earlier format) and lungs (three
// hospitals, of which two organisations make a roster hold), and their joint one, in which each site has a key of its
// own.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "tests/trust/charter/example_charter.h"
#include "tests/trust/roster/example_roster.h"
#include "trust/joint/anchor.h"
#include "trust/joint/charter_join.h"
#include "trust/joint/joint_check.h"
#include "trust/roster/signed_roster.h"

namespace accord {

class TwoFederations {
 public:
  TwoFederations() {
    lungs_.Add("charite", "Charité");
    lungs_.Add("karolinska", "Karolinska");
    lungs_.Add("oslo", "Rikshospitalet");
    for (const ExampleSites* sites : {&hearts_.sites(), &lungs_}) {
      for (const RosterEntry& site : sites->entries()) joint_.Add(site.site, site.organisation);
    }
  }

  ExampleFederation& hearts() { return hearts_; }
  const ExampleSites& lungs() const { return lungs_; }
  const ExampleSites& joint() const { return joint_; }
  static absl::Time Now() { return At("2027-03-01T00:00:00Z"); }

  Roster HeartRoster() { return hearts_.sites().Listed(); }
  RosterTerms LungTerms() const {
    RosterTerms terms;
    terms.federation = "Lung Federation";
    terms.quorum = 2;
    terms.valid_until = At("2027-12-31T00:00:00Z");
    terms.organisations = {"Charité", "Karolinska", "Rikshospitalet"};
    terms.sites = lungs_.entries();
    return terms;
  }
  static Roster Parsed(const RosterTerms& terms) {
    const auto bytes = Roster::Write(terms);
    EXPECT_TRUE(bytes.ok()) << bytes.status();
    auto roster = Roster::Parse(bytes.value_or(""));
    EXPECT_TRUE(roster.ok()) << roster.status();
    return *std::move(roster);
  }
  Roster LungRoster() const { return Parsed(LungTerms()); }
  SignedRoster SignedLungRoster() const { return SignedByAllOf(lungs_, LungRoster()); }
  static SignedRoster SignedByAllOf(const ExampleSites& sites, Roster roster) {
    SignedRoster result(std::move(roster));
    for (const RosterEntry& site : sites.entries()) {
      const absl::Status status = result.Sign(site.site, sites.signer(site.site));
      EXPECT_TRUE(status.ok()) << status;
    }
    return result;
  }
  RosterTerms JointTerms() const {
    RosterTerms terms;
    terms.federation = "Hearts and Lungs";
    terms.quorum = 4;
    terms.valid_until = At("2027-10-01T00:00:00Z");
    for (const RosterEntry& site : joint_.entries()) terms.organisations.push_back(site.organisation);
    terms.sites = joint_.entries();
    return terms;
  }
  Roster JointRoster() const { return Parsed(JointTerms()); }

  Charter HeartCharter(const Replacements& changes = {}) const { return hearts_.Written(changes); }
  Charter LungCharter(const Replacements& changes = {}) const {
    Replacements all = {{"name: heart-network", "name: lung-network"},
                        {"  - {name: V.A. Medical Center}\n",
                         "  - {name: V.A. Medical Center}\n  - {name: Charité}\n  - {name: Karolinska}\n"
                         "  - {name: Rikshospitalet}\n"},
                        {"sites: [va]", "sites: [charite]"}};
    all.insert(all.end(), changes.begin(), changes.end());
    return hearts_.Written(all);
  }
  // The stricter one of both, with texts replaced in it as a draft's author would.
  Charter JointCharter(const Charter& hearts, const Charter& lungs, const Replacements& changes = {}) {
    const Roster heart_roster = HeartRoster();
    const Roster lung_roster = LungRoster();
    const JoinSide first{hearts, "hearts", &heart_roster};
    const JoinSide second{lungs, "lungs", &lung_roster};
    const CharterJoin join = JoinCharters(first, second, "hearts-and-lungs");
    EXPECT_TRUE(join.clashes.empty()) << join.clashes.front().field << ": " << join.clashes.front().words;
    std::string text = JoinedCharterText(first, second, join);
    for (const auto& [from, to] : changes) {
      EXPECT_NE(text.find(from), std::string::npos) << from << " in\n" << text;
      text = absl::StrReplaceAll(text, {{from, to}});
    }
    auto charter = Charter::Parse(text, "joint.yaml");
    EXPECT_TRUE(charter.ok()) << charter.status() << "\n" << text;
    return *std::move(charter);
  }
  SignedCharter SignedJointCharter(Charter charter) const {
    SignedCharter result(std::move(charter));
    for (const RosterEntry& site : joint_.entries()) {
      const absl::Status status = result.Sign("site/" + site.site, joint_.signer(site.site));
      EXPECT_TRUE(status.ok()) << status;
    }
    hearts_.SignAs(result, "dora");
    return result;
  }

  // Of all sites, with their keys in the joint federation.
  Anchor AnchorOf(const Roster& roster, const Charter& charter) const {
    Anchor anchor;
    anchor.federation = roster.federation();
    anchor.joint = "Hearts and Lungs";
    anchor.roster_version = roster.version();
    anchor.roster = roster.hash();
    anchor.charter = charter.hash();
    anchor.made = At("2027-02-01T00:00:00Z");
    anchor.valid_until = At("2027-05-01T00:00:00Z");
    for (const RosterSite& site : roster.sites()) {
      anchor.members.push_back({site.site, joint_.signer(site.site).public_key_der()});
    }
    return anchor;
  }
  static SignedAnchor Unsigned(const Anchor& anchor) {
    const auto bytes = WriteAnchor(anchor);
    EXPECT_TRUE(bytes.ok()) << bytes.status();
    auto result = SignedAnchor::Parse(bytes.value_or(""));
    EXPECT_TRUE(result.ok()) << result.status();
    return *std::move(result);
  }
  static SignedAnchor SignedBy(const ExampleSites& sites, const Anchor& anchor,
                               const std::vector<std::string>& signers) {
    SignedAnchor result = Unsigned(anchor);
    for (const std::string& site : signers) EXPECT_TRUE(result.Sign(site, sites.signer(site)).ok());
    return result;
  }
  static SignedAnchor SignedByAllOf(const ExampleSites& sites, const Anchor& anchor) {
    std::vector<std::string> signers;
    for (const RosterEntry& site : sites.entries()) signers.push_back(site.site);
    return SignedBy(sites, anchor, signers);
  }

 private:
  ExampleFederation hearts_;
  ExampleSites lungs_;
  ExampleSites joint_;
};

}  // namespace accord
