#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/content_digest.h"
#include "base/hash.h"
#include "cli/operations/submission.h"
#include "tests/cli/cli_fixture.h"

namespace accord {
namespace {

using testing::HasSubstr;

// The coordinator holds the model of SmallJobYaml (three parameters) after round 2.
class ExportedModels : public CliTest {
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
    header.mutable_statistics()->add_mean(50);
    header.mutable_statistics()->add_mean(0.5);
    header.mutable_statistics()->add_spread(10);
    header.mutable_statistics()->add_spread(0.5);
    header.set_model_digest(HexDigest(ContentDigest(service_.model)));
    header.set_num_bytes(service_.model.size());
    header.set_round(2);
    header.set_job_id("job-1");
  }
  ExitCode Export(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"model", "export", "job-1", "-o", Path("model.pt")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }
  bool Wrote() const { return std::filesystem::exists(Path("model.pt")); }
};

TEST_F(ExportedModels, WritesTheParametersAsTheyCame) {
  service_.chunk_bytes = 5;
  ASSERT_EQ(Export({"--format", "parameters", "--round", "2"}), kExitOk) << Errors();
  EXPECT_EQ(ReadBack("model.pt"), service_.model);
  EXPECT_EQ(service_.fetched_round, 2u);
  const auto description = nlohmann::json::parse(ReadBack("model.pt.json"));
  EXPECT_EQ(description["sha256"], Sha256Hex(service_.model));
  EXPECT_EQ(description["model_digest"], service_.header.model_digest());
  EXPECT_EQ(description["round"], 2);
  EXPECT_EQ(description["statistics"]["mean"], nlohmann::json({50.0, 0.5}));
  EXPECT_EQ(description["statistics"]["spread"], nlohmann::json({10.0, 0.5}));
}

TEST_F(ExportedModels, WritesTorchScriptAndStateDict) {
  ASSERT_EQ(Export(), kExitOk) << Errors();
  EXPECT_TRUE(Wrote());
  ASSERT_EQ(Export({"--format", "state_dict", "--json"}), kExitOk) << Errors();
  EXPECT_EQ(nlohmann::json::parse(Output())["format"], "state_dict");
}

TEST_F(ExportedModels, BytesOfAnotherHashAreNotWritten) {
  service_.header.set_model_digest(HexDigest(ContentDigest("another model")));
  EXPECT_EQ(Export(), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("its digest is"));
  EXPECT_FALSE(Wrote());
}

TEST_F(ExportedModels, TheModelOfAJobThatAnEarlierVersionRanIsCheckedByItsSha256) {
  service_.header.clear_model_digest();
  service_.header.set_sha256(Sha256Hex(service_.model));
  EXPECT_EQ(Export({"--format", "parameters"}), kExitOk) << Errors();
  service_.header.set_sha256(HexDigest(ContentDigest(service_.model)));
  EXPECT_EQ(Export({"--format", "parameters"}), kExitFailed);
}

TEST_F(ExportedModels, ABrokenStreamIsTriedAgain) {
  service_.break_fetches = 2;
  ASSERT_EQ(Export({"--format", "parameters"}), kExitOk) << Errors();
  EXPECT_EQ(ReadBack("model.pt"), service_.model);
  EXPECT_EQ(pauses_.size(), 2u);
}

TEST_F(ExportedModels, DamagedStreamsAreRefused) {
  service_.chunk_bytes = 4;
  struct Case {
    std::string expected;
    std::function<void(v1::FetchModelReply&)> spoil;
  };
  const std::vector<Case> cases = {
      {"wrong checksum",
       [](v1::FetchModelReply& r) {
         if (r.has_chunk()) r.mutable_chunk()->set_crc32c(1);
       }},
      {"where 0 was next",
       [](v1::FetchModelReply& r) {
         if (r.has_chunk()) r.mutable_chunk()->set_offset(8);
       }},
      {"more bytes than announced",
       [](v1::FetchModelReply& r) {
         if (r.has_header()) r.mutable_header()->set_num_bytes(3);
       }},
      {"99 were announced",
       [](v1::FetchModelReply& r) {
         if (r.has_header()) r.mutable_header()->set_num_bytes(99);
       }},
      {"bytes before the header",
       [](v1::FetchModelReply& r) {
         if (r.has_header()) r.mutable_chunk()->set_data("abcd");
       }},
      {"neither header nor bytes", [](v1::FetchModelReply& r) { r.Clear(); }},
      {"names no digest",
       [](v1::FetchModelReply& r) {
         if (r.has_header()) r.mutable_header()->set_model_digest("../x");
       }},
  };
  for (const Case& one : cases) {
    service_.spoil = one.spoil;
    EXPECT_EQ(Export({"--format", "parameters"}), kExitFailed) << one.expected;
    EXPECT_THAT(Errors(), HasSubstr(one.expected));
    EXPECT_FALSE(Wrote()) << one.expected;
  }
}

TEST_F(ExportedModels, AnAnswerThatContradictsItselfIsRefused) {
  service_.header.mutable_layout()->mutable_entries(0)->set_name("other");
  EXPECT_EQ(Export(), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("its layout is not that of the job's model"));
  EXPECT_FALSE(Wrote());
}

}  // namespace
}  // namespace accord
