// The site va of the hearts, enrolled in its own federation and in the joint one with the lungs (two_federations.h).
#pragma once

#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "base/file.h"
#include "client/daemon/federation/joint_pin.h"
#include "client/daemon/federation/roster_pin.h"
#include "client/daemon/governance/charter_pin.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/federation/federation_folder.h"
#include "tests/trust/joint/two_federations.h"

namespace accord {

class JointSite {
 public:
  // `now`: about which charters, roster and anchors are in force.
  explicit JointSite(absl::Time now) : now_(absl::FromUnixSeconds(absl::ToUnixSeconds(now))) {
    own_.Enrol(federations_.hearts().sites(), "va");
    joint_.Enrol(federations_.joint(), "va");
    Write(OwnConfig(), "coordinator: localhost:1\nsite: va\nstate_dir: state\n");
    Write(JointConfig(), "coordinator: localhost:2\nsite: va\nstate_dir: state\n");
    PinOwnCharter();
    EXPECT_TRUE(PinRoster(own_.State(), federations_.HeartRoster()).ok());
    EXPECT_TRUE(PinRoster(joint_.State(), federations_.JointRoster()).ok());
  }

  TwoFederations& federations() { return federations_; }
  FederationFolder& own() { return own_; }
  FederationFolder& joint() { return joint_; }
  std::string OwnConfig() const { return own_.Path("client.yaml"); }
  std::string JointConfig() const { return joint_.Path("joint.yaml"); }
  absl::Time now() const { return now_; }

  static void Write(const std::string& path, const std::string& text) {
    ASSERT_TRUE(WriteFileAtomically(path, text).ok()) << path;
  }

  Charter HeartCharter(Replacements changes = {}) {
    AddTimes(changes);
    return federations_.HeartCharter(changes);
  }
  Charter LungCharter(Replacements changes = {}) {
    AddTimes(changes);
    return federations_.LungCharter(changes);
  }
  SignedCharter JointCharter(const Replacements& changes = {}) {
    return federations_.SignedJointCharter(federations_.JointCharter(HeartCharter(), LungCharter(), changes));
  }
  void PinOwnCharter(const Replacements& changes = {}) {
    ASSERT_TRUE(PinCharter(own_.State(), federations_.hearts().SignedByAll(HeartCharter(changes))).ok());
  }

  RosterTerms LungTerms() const {
    RosterTerms terms = federations_.LungTerms();
    terms.valid_until = now_ + absl::Hours(24 * 200);
    return terms;
  }
  SignedRoster LungRoster() const {
    return TwoFederations::SignedByAllOf(federations_.lungs(), TwoFederations::Parsed(LungTerms()));
  }
  Anchor WithTimes(Anchor anchor) const {
    anchor.made = now_ - absl::Hours(1);
    anchor.valid_until = now_ + absl::Hours(24 * 60);
    return anchor;
  }
  Anchor HeartAnchor() { return WithTimes(federations_.AnchorOf(federations_.HeartRoster(), HeartCharter())); }
  Anchor LungAnchor() { return WithTimes(federations_.AnchorOf(*LungRoster().roster(), LungCharter())); }
  SignedAnchor Signed(const Anchor& anchor) {
    const bool hearts = anchor.federation == "Heart Federation";
    return TwoFederations::SignedByAllOf(hearts ? federations_.hearts().sites() : federations_.lungs(), anchor);
  }

  JointFiles Files() {
    return {OwnConfig(), Signed(HeartAnchor()).Text(), Signed(LungAnchor()).Text(), LungRoster().Text(),
            LungCharter().bytes()};
  }

 private:
  void AddTimes(Replacements& changes) const {
    changes.insert(changes.begin(),
                   {{"not_before: 2027-01-01T00:00:00Z", "not_before: " + FormatUtc(now_ - absl::Hours(24 * 30))},
                    {"expires: 2028-01-01T00:00:00Z", "expires: " + FormatUtc(now_ + absl::Hours(24 * 300))}});
  }

  const absl::Time now_;
  TwoFederations federations_;
  FederationFolder own_;
  FederationFolder joint_;
};

}  // namespace accord
