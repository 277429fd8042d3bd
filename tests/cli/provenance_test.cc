// `accord model export` with a provenance beside the model, and `accord audit verify` of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/content_digest.h"
#include "base/file.h"
#include "base/hash.h"
#include "cli/operations/submission.h"
#include "tests/cli/cli_fixture.h"
#include "tests/trust/provenance/example_provenance.h"

namespace accord {
namespace {

using testing::HasSubstr;
using testing::Not;

// The coordinator holds the model of SmallJobYaml (three parameters) after round 2, and can say where it comes from.
class ExportedProvenance : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    StartCoordinator();
    auto submission = PrepareSubmission(WriteFile("job.yaml", SmallJobYaml()));
    ASSERT_TRUE(submission.ok()) << submission.status();
    const float weights[] = {0.5f, -1.25f, 2.0f};
    service_.model.assign(reinterpret_cast<const char*>(weights), sizeof(weights));
    v1::ModelHeader& header = service_.header;
    *header.mutable_spec() = submission->spec;
    *header.mutable_layout() = submission->open.layout();
    header.set_model_digest(HexDigest(ContentDigest(service_.model)));
    header.set_num_bytes(service_.model.size());
    header.set_round(2);
    header.set_job_id("job-1");
    example_.emplace(service_.model);
    service_.provenance = WriteJson(example_->Signed().ToJson());
    ASSERT_TRUE(
        WriteFileAtomically(Path("profile/key.pem"), example_->person_key().ToPem()->RevealAsText(), 0600).ok());
  }
  ExitCode Export(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"model", "export", "job-1", "-o", Path("model.pt")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }
  ExitCode Verify(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"audit", "verify", Path("model.pt.provenance.json")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }
  bool Wrote(const std::string& name) const { return std::filesystem::exists(Path(name)); }
  std::string LogId() const { return HexDigest(example_->log().identity().id()); }
  std::string WholeLog() { return example_->log().Text({example_->log().entries().size()}); }

  mutable std::optional<ExampleProvenance> example_;
};

TEST_F(ExportedProvenance, HoldsForTheFileThatWasWritten) {
  for (const char* format : {"torchscript", "state_dict", "parameters"}) {
    ASSERT_EQ(Export({"--format", format}), kExitOk) << Errors();
    EXPECT_THAT(Output(), HasSubstr(absl::StrCat("accord audit verify ", Path("model.pt.provenance.json"), " --model ",
                                                 Path("model.pt"), " --log-id ", LogId())));
    EXPECT_EQ(Verify({"--model", Path("model.pt"), "--log-id", LogId(), "--log", WriteFile("log", WholeLog())}),
              kExitOk)
        << format << Output() << Errors();
    EXPECT_THAT(Output(), HasSubstr("The provenance holds."));
    EXPECT_THAT(Output(), HasSubstr("Model of job job-1 after round 2"));
    EXPECT_THAT(Output(), HasSubstr("north of Hospital North, enrolled by entry 1 of the log"));
    EXPECT_THAT(Output(), HasSubstr("train 2, attempt 3, entry 12: north, south"));
    EXPECT_THAT(Output(), Not(HasSubstr("was not looked at")));
  }
}

TEST_F(ExportedProvenance, SaysWhatWasNotLookedAt) {
  ASSERT_EQ(Export(), kExitOk) << Errors();
  EXPECT_EQ(Verify(), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("The model itself was not looked at"));
  EXPECT_THAT(Output(), HasSubstr("Any log was taken"));
  EXPECT_EQ(Verify({"--json"}), kExitOk) << Errors();
  const auto verdict = nlohmann::json::parse(Output());
  EXPECT_EQ(verdict["holds"], true);
  EXPECT_EQ(verdict["form"], "provenance");
  EXPECT_EQ(verdict["model_checked"], false);
  EXPECT_EQ(verdict["log_id"], LogId());
  EXPECT_EQ(verdict["sites"][1]["organisation"], "South & Sons");
}

TEST_F(ExportedProvenance, NamesWhatIsWrong) {
  ASSERT_EQ(Export(), kExitOk) << Errors();
  EXPECT_EQ(Verify({"--model", WriteFile("other.pt", "another model")}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("WRONG: "));
  EXPECT_THAT(Output(), HasSubstr("the one that was signed for is"));
  EXPECT_THAT(Output(), HasSubstr("The provenance does NOT hold."));
  EXPECT_EQ(Verify({"--log-id", std::string(64, '0')}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("not the one that you trust"));
  std::string text = ReadBack("model.pt.provenance.json");
  text[text.size() / 2] = text[text.size() / 2] == 'A' ? 'B' : 'A';
  WriteFile("model.pt.provenance.json", text);
  EXPECT_EQ(Verify(), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("model.pt.provenance.json: "));
}

TEST_F(ExportedProvenance, IsHeldAgainstTheWholeLog) {
  ASSERT_EQ(Export(), kExitOk) << Errors();
  const ExampleLog other("federation", 30);
  EXPECT_EQ(Verify({"--log", WriteFile("log", other.Text({30}))}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("is another log"));
  ExampleLog fork = example_->log().Fork(example_->log().entries().size() - 1);
  fork.AppendJob("instead-of-the-end");
  EXPECT_EQ(Verify({"--log", WriteFile("log", fork.Text({fork.entries().size()}))}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("FORKED"));
  const ExampleLog older = example_->log().Fork(6);
  EXPECT_EQ(Verify({"--log", WriteFile("log", older.Text({6}))}), kExitFailed) << "it knows less than the provenance";
  // Another command's options, and the other way round.
  EXPECT_EQ(Verify({"--names", Path("names")}), kExitFailed);
  EXPECT_EQ(Run({"audit", "verify", WriteFile("log", WholeLog()), "--model", Path("model.pt")}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("are for a model's provenance"));
}

TEST_F(ExportedProvenance, AModelWhoseProvenanceDoesNotHoldIsNotWritten) {
  example_->statement().job[0] ^= 1;
  service_.provenance = WriteJson(example_->Signed().ToJson());
  EXPECT_EQ(Export(), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("provenance does not hold: the job's SHA-256"));
  EXPECT_FALSE(Wrote("model.pt"));
  service_.damage_provenance = true;
  EXPECT_EQ(Export(), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("arrived damaged"));
  EXPECT_EQ(Export({"--without-provenance"}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("without a provenance: it was not asked for"));
  EXPECT_FALSE(Wrote("model.pt.provenance.json"));
}

TEST_F(ExportedProvenance, OfAnotherModelIsNotTaken) {
  ExampleProvenance another("other parameters");
  service_.provenance = WriteJson(another.Signed().ToJson());
  EXPECT_EQ(Export(), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("the job goes on"));
  ExampleProvenance of_job_2(service_.model, "job-2");
  service_.provenance = WriteJson(of_job_2.Signed().ToJson());
  EXPECT_EQ(Export(), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("about another job"));
  EXPECT_FALSE(Wrote("model.pt"));
}

TEST_F(ExportedProvenance, WhereThereIsNoneTheModelComesWithTheReason) {
  service_.provenance.clear();
  EXPECT_EQ(Export({"--json"}), kExitOk) << Errors();
  EXPECT_THAT(nlohmann::json::parse(Output())["no_provenance"].get<std::string>(), HasSubstr("its version is older"));
  service_.provenance_answer = grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "before there was a log");
  EXPECT_EQ(Export(), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("without a provenance: before there was a log"));
  service_.provenance_answer = grpc::Status(grpc::StatusCode::DATA_LOSS, "what is stored contradicts the log");
  EXPECT_EQ(Export(), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("contradicts the log"));
  EXPECT_FALSE(Wrote("model.pt.provenance.json"));
}

TEST_F(ExportedProvenance, WithoutAMembersKeyNothingIsWritten) {
  WriteFile("profile/key.pem", "no key");
  std::filesystem::permissions(Path("profile/key.pem"), std::filesystem::perms::owner_read);
  EXPECT_EQ(Export(), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("key.pem"));
  EXPECT_FALSE(Wrote("model.pt"));
}

}  // namespace
}  // namespace accord
