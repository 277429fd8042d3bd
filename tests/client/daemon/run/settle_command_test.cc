#include "client/daemon/run/settle_command.h"

#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/evidence/evidence.h"
#include "base/file.h"
#include "client/daemon/ledger/egress_file.h"
#include "client/daemon/secure/record_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/aggregation/secure/messages/message_examples.h"
#include "tests/client/daemon/federation/federation_folder.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SettleCommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.Enrol(sites_, "va");
    ASSERT_TRUE(
        WriteFileAtomically(folder_.Path("client.yaml"), "coordinator: localhost:1\nsite: va\nstate_dir: state\n")
            .ok());
    options_.config_path = folder_.Path("client.yaml");
    options_.evidence = folder_.Path("shown.evidence");
    const auto record = Record();
    for (uint32_t epoch = 1; epoch <= 3; ++epoch) {
      ASSERT_TRUE(record->Append(record->record().Append(secure::EpochOpened{"job-0", epoch})).ok());
    }
  }
  std::unique_ptr<RecordFile> Record() { return RecordFile::Open(folder_.State().RecordFile(), "va").value(); }
  // What `signer` signed in the name of `site` about entry `sequence`.
  void Show(uint64_t sequence, const std::string& site = "va", const std::string& signer = "va") {
    secure::UploadHeader header = secure::ExampleUploadHeader();
    header.site = site;
    header.ledger_sequence = sequence;
    const auto key = KeyPairSigner::Create(sites_.key(signer)).value();
    secure::Evidence evidence;
    evidence.kind = secure::EvidenceKind::kRecordForked;
    evidence.witness = "va";
    evidence.claim = "shown";
    evidence.messages.push_back({secure::MessageKind::kUploadHeader, secure::Sign(header, key).value()});
    ASSERT_TRUE(WriteFileAtomically(options_.evidence, secure::WriteEvidence(evidence, sites_.Listed().bytes())).ok());
  }
  std::string Run() {
    std::ostringstream out;
    status_ = SettleLoss(options_, out);
    return status_.ok() ? out.str() : std::string(status_.message());
  }
  std::vector<v1::EgressRecordLoss> Losses() {
    std::vector<v1::EgressRecordLoss> losses;
    (void)ReadEgressFile(folder_.State().EgressFile(), "va", [&](uint64_t, const v1::EgressEntry& entry) {
      if (entry.has_record_loss()) losses.push_back(entry.record_loss());
    });
    return losses;
  }

  FederationFolder folder_;
  const ExampleSites sites_ = FourHospitals();
  SettleOptions options_;
  absl::Status status_;
};

TEST_F(SettleCommandTest, WritesTheLossIntoRecordAndLedgerAndSaysWhatElseToLookAt) {
  Show(40);
  const std::string text = Run();
  ASSERT_TRUE(status_.ok()) << status_;
  EXPECT_THAT(text, HasSubstr("after entry 3 up to entry 40 is lost"));
  EXPECT_THAT(text, HasSubstr(folder_.State().OrderFolder()));
  const auto record = Record();
  EXPECT_EQ(record->record().sequence(), 41u);
  EXPECT_TRUE(record->record().LostEntriesOf(secure::ExampleUploadHeader().parts.job_id));
  const auto losses = Losses();
  ASSERT_EQ(losses.size(), 1u);
  EXPECT_EQ(losses[0].last_kept(), 3u);
  EXPECT_EQ(losses[0].lost_up_to(), 40u);
}

TEST_F(SettleCommandTest, WhatIsNotLostOrSettledAlreadyChangesNothing) {
  Show(40);
  Run();
  EXPECT_THAT(Run(), HasSubstr("nothing was changed"));
  EXPECT_TRUE(absl::IsFailedPrecondition(status_));
  EXPECT_EQ(Record()->record().sequence(), 41u);
}

TEST_F(SettleCommandTest, GoesByThisSitesOwnSignatureAlone) {
  Show(40, "va", "cleveland");
  EXPECT_THAT(Run(), HasSubstr("shows no upload header"));
  Show(40, "cleveland", "cleveland");
  EXPECT_THAT(Run(), HasSubstr("shows no upload header"));
  EXPECT_TRUE(absl::IsInvalidArgument(status_));
  EXPECT_EQ(Record()->record().sequence(), 3u);
  EXPECT_THAT(Losses(), ElementsAre());
}

TEST_F(SettleCommandTest, NotBesideARunningDaemon) {
  Show(40);
  const auto lock = folder_.State().Lock();
  ASSERT_TRUE(lock.ok()) << lock.status();
  EXPECT_THAT(Run(), HasSubstr("stop the daemon first"));
}

}  // namespace
}  // namespace accord
