// A federation whose first site asks the others what they have seen of it: played by the test, with real sites behind.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "aggregation/secure/messages/signed_wire.h"
#include "aggregation/secure/messages/witness_statement.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/seeded_entropy.h"
#include "client/daemon/federation/own_past.h"
#include "gtest/gtest.h"
#include "tests/aggregation/secure/testing/test_federation.h"
#include "tests/temporary_folder.h"

namespace accord {

class AskedFederation {
 public:
  explicit AskedFederation(size_t num_sites) : sites_({.num_sites = num_sites}) {
    roster_ = sites_.roster();
    sites_.OpenEpoch(1, sites_.All());
  }

  secure::testing::TestFederation& sites() { return sites_; }
  const std::string& site() { return sites_[0].name(); }
  std::string Name(size_t site) { return sites_[site].name(); }
  // Two rounds; what was on the first site's disk after the first of them.
  std::string RunTwiceAndKeepABackup() {
    sites_.Run(1);
    std::string backup = sites_[0].disk();
    sites_.Run(2);
    return backup;
  }
  // The first site's daemon starts over this record.
  OwnPast& Start(const std::string& disk) {
    past_.reset();
    record_.reset();
    EXPECT_TRUE(WriteFileAtomically(Path("secure-record"), disk).ok());
    return Start();
  }
  OwnPast& Start() {
    past_.reset();
    record_.reset();
    record_ = RecordFile::Open(Path("secure-record"), site()).value();
    past_ = std::make_unique<OwnPast>(AroundOf(0, *record_));
    return *past_;
  }
  OwnPast& past() { return *past_; }
  RecordFile& record() { return *record_; }

  // Another site, over what it has seen.
  v1::WitnessReport Answer(size_t witness, const v1::WitnessRequest& request) {
    const auto record = RecordFile::Open(Path("record-of-" + Name(witness)), Name(witness)).value();
    record->record().peers() = sites_[witness].record().peers();
    OwnPast other(AroundOf(witness, *record));
    v1::WitnessQuestion question;
    question.set_site(site());
    question.set_nonce(request.nonce());
    return Report(other.Answer(question).value());
  }
  // What a witness signs whatever it has seen.
  v1::WitnessReport Say(size_t witness, const v1::WitnessRequest& request,
                        std::optional<secure::SignedPosition> seen = std::nullopt) {
    secure::WitnessStatement statement{Name(witness), site(), {}, std::move(seen)};
    std::copy(request.nonce().begin(), request.nonce().end(), statement.nonce.begin());
    v1::WitnessReport report;
    *report.mutable_statement() = secure::ToWire(secure::Sign(statement, sites_[witness].signer()).value());
    return report;
  }
  static v1::WitnessReport Report(const v1::WitnessAnswer& answer) {
    v1::WitnessReport report;
    *report.mutable_statement() = answer.statement();
    return report;
  }
  OwnPast::Surroundings AroundOf(size_t site, RecordFile& record) {
    return {.site = Name(site),
            .signer = sites_[site].signer(),
            .record = record,
            .roster = [this] { return roster_; },
            .evidence_folder = Path("evidence"),
            .entropy = entropy_,
            .clock = clock};
  }
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  // What the first site has pinned; a null one: none.
  void Pin(std::shared_ptr<const Roster> roster) { roster_ = std::move(roster); }

  ManualClock clock;

 private:
  TemporaryFolder folder_;
  SeededEntropy entropy_{11};
  secure::testing::TestFederation sites_;
  absl::StatusOr<std::shared_ptr<const Roster>> roster_;
  std::unique_ptr<RecordFile> record_;
  std::unique_ptr<OwnPast> past_;
};

}  // namespace accord
