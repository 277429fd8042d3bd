// Sites with keys, and the roster that lists them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "trust/identity/key_pair.h"
#include "trust/identity/signing.h"
#include "trust/roster/roster.h"
#include "trust/roster/signed_roster.h"

namespace accord {

class ExampleSites {
 public:
  // A site and its organisation, with a fresh key.
  void Add(const std::string& site, const std::string& organisation) {
    auto key = KeyPair::Generate();
    auto signer = KeyPairSigner::Create(*key);
    EXPECT_TRUE(signer.ok()) << signer.status();
    entries_.push_back({site, organisation, signer->public_key_der()});
    keys_.emplace(site, std::make_shared<const KeyPair>(*std::move(key)));
    signers_.emplace(site, *std::move(signer));
  }

  std::vector<RosterEntry>& entries() { return entries_; }
  const std::vector<RosterEntry>& entries() const { return entries_; }
  const KeyPairSigner& signer(const std::string& site) const { return signers_.at(site); }
  const KeyPair& key(const std::string& site) const { return *keys_.at(site); }

  std::string Bytes() const {
    auto bytes = Roster::Write("Heart Federation", entries_);
    EXPECT_TRUE(bytes.ok()) << bytes.status();
    return bytes.value_or("");
  }
  Roster Listed() const {
    auto roster = Roster::Parse(Bytes());
    EXPECT_TRUE(roster.ok()) << roster.status();
    return *std::move(roster);
  }
  SignedRoster Draft() const { return SignedRoster(Listed()); }
  SignedRoster SignedByAll() const {
    SignedRoster roster = Draft();
    for (const auto& [site, signer] : signers_) EXPECT_TRUE(roster.Sign(site, signer).ok());
    return roster;
  }

 private:
  std::vector<RosterEntry> entries_;
  std::map<std::string, std::shared_ptr<const KeyPair>> keys_;  // copies share them
  std::map<std::string, KeyPairSigner> signers_;
};

inline ExampleSites FourHospitals() {
  ExampleSites sites;
  sites.Add("cleveland", "Cleveland Clinic");
  sites.Add("hungarian", "Magyar Kardiológiai Intézet");
  sites.Add("switzerland", "Universitätsspital Zürich");
  sites.Add("va", "V.A. Medical Center");
  return sites;
}

}  // namespace accord
