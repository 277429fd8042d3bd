// What peers may not do, each as a named test: roles, sessions, uploads, downloads, submissions.
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/content_digest.h"
#include "base/hash.h"
#include "coordinator/store/database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/protocol_version.h"
#include "tests/coordinator/server/running_coordinator.h"
#include "trust/identity/enrolment_token.h"
#include "trust/identity/granted_identity.h"
#include "trust/identity/key_pair.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class HostilePeers : public ::testing::Test {
 protected:
  // Of a call with one answer.
  template <typename Request, typename Response>
  static grpc::StatusCode CodeOf(grpc::Status (v1::Operations::Stub::*call)(grpc::ClientContext*, const Request&,
                                                                            Response*),
                                 const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    SetDeadline(context);
    Response response;
    const auto stub = v1::Operations::NewStub(channel);
    return (stub.get()->*call)(&context, Request(), &response).error_code();
  }

  static grpc::StatusCode SessionCode(const std::shared_ptr<grpc::Channel>& channel, const v1::SiteMessage& first) {
    grpc::ClientContext context;
    SetDeadline(context);
    const auto stub = v1::SiteService::NewStub(channel);
    const auto stream = stub->Session(&context);
    stream->Write(first);
    v1::CoordinatorMessage message;
    while (stream->Read(&message)) {
    }
    return stream->Finish().error_code();
  }

  static v1::SiteMessage Hello() {
    v1::SiteMessage hello;
    hello.mutable_hello()->set_protocol_version(kProtocolVersion);
    return hello;
  }

  RunningCoordinator coordinator_;
};

// ---- roles ----

TEST_F(HostilePeers, ACallerWithoutACertificateIsOnlyLetIntoEnrolment) {
  const auto channel = coordinator_.ChannelWithoutCertificate();
  EXPECT_EQ(CodeOf(&v1::Operations::Stub::ListJobs, channel), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(CodeOf(&v1::Operations::Stub::ListSites, channel), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(CodeOf(&v1::Operations::Stub::GetJob, channel), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(CodeOf(&v1::Operations::Stub::CancelJob, channel), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(SessionCode(channel, Hello()), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(HostilePeers, ASiteMayNotDoWhatPersonsDo) {
  const auto channel = coordinator_.ChannelAs("site/north");
  EXPECT_EQ(CodeOf(&v1::Operations::Stub::ListJobs, channel), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(CodeOf(&v1::Operations::Stub::ListSites, channel), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(CodeOf(&v1::Operations::Stub::GetJob, channel), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(CodeOf(&v1::Operations::Stub::CancelJob, channel), grpc::StatusCode::PERMISSION_DENIED);
  const auto stub = v1::Operations::NewStub(channel);
  grpc::ClientContext submit, watch, fetch;
  v1::SubmitResponse response;
  EXPECT_EQ(stub->SubmitJob(&submit, &response)->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(stub->WatchJob(&watch, {})->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(stub->FetchModel(&fetch, {})->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(HostilePeers, APersonMayNotActAsASite) {
  const auto channel = coordinator_.ChannelAs("person/ada");
  EXPECT_EQ(SessionCode(channel, Hello()), grpc::StatusCode::PERMISSION_DENIED);
  const auto stub = v1::SiteService::NewStub(channel);
  grpc::ClientContext upload, download;
  EXPECT_EQ(stub->Upload(&upload)->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(stub->Download(&download, {})->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

// ---- enrolment ----

class Enrolment : public HostilePeers {
 protected:
  std::string NewToken(const std::string& identity, absl::Time expires) {
    const auto token = EnrolmentToken::Make(coordinator_.authority().Fingerprint());
    EXPECT_TRUE(coordinator_.store().members().AddToken(token->SecretHash(), identity, expires).ok());
    return std::string(token->Text().RevealAsText());
  }
  grpc::Status Enroll(const std::string& token, const std::string& request_der, v1::EnrollResponse* response,
                      v1::EnrollRequest::Kind kind = v1::EnrollRequest::ANY) {
    const auto stub = v1::Enrollment::NewStub(coordinator_.ChannelWithoutCertificate());
    grpc::ClientContext context;
    SetDeadline(context);
    v1::EnrollRequest request;
    request.set_token(token);
    request.set_csr_der(request_der);
    request.set_kind(kind);
    return stub->Enroll(&context, request, response);
  }
  const KeyPair key_ = *KeyPair::Generate();
  const std::string request_ = *key_.MakeRequest("whoever");
  v1::EnrollResponse response_;
};

TEST_F(Enrolment, ATokenGivesItsIdentityACertificateOverOneKeyAlone) {
  const std::string token = NewToken("site/north", absl::Now() + absl::Hours(1));
  ASSERT_TRUE(Enroll(token, request_, &response_).ok());
  EXPECT_EQ(response_.identity(), "site/north");
  EXPECT_TRUE(
      CheckGrantedIdentity(
          {response_.certificate_pem(), response_.ca_pem(), coordinator_.authority().Fingerprint(), "site/north"}, key_)
          .ok());
  v1::EnrollResponse again;
  ASSERT_TRUE(Enroll(token, request_, &again).ok()) << "the first answer may have been lost";
  EXPECT_TRUE(CheckGrantedIdentity(
                  {again.certificate_pem(), again.ca_pem(), coordinator_.authority().Fingerprint(), "site/north"}, key_)
                  .ok());
  v1::EnrollResponse other;
  EXPECT_EQ(Enroll(token, *KeyPair::Generate()->MakeRequest("whoever"), &other).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(other.certificate_pem().empty());
}

TEST_F(Enrolment, ATokenThatIsBroughtByTheWrongProgramStaysGood) {
  for (const auto& [identity, right, wrong] :
       {std::tuple("site/north", v1::EnrollRequest::SITE, v1::EnrollRequest::PERSON),
        std::tuple("person/frank", v1::EnrollRequest::PERSON, v1::EnrollRequest::SITE)}) {
    const std::string token = NewToken(identity, absl::Now() + absl::Hours(1));
    v1::EnrollResponse response;
    const grpc::Status refused = Enroll(token, request_, &response, wrong);
    EXPECT_EQ(refused.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(refused.error_message(), HasSubstr(absl::StrCat("the token is for ", identity)));
    EXPECT_EQ(response.certificate_pem(), "");
    EXPECT_EQ(Enroll(token, request_, &response, static_cast<v1::EnrollRequest::Kind>(7)).error_code(),
              grpc::StatusCode::INVALID_ARGUMENT);
    // Another key than the wrong program made.
    const grpc::Status taken = Enroll(token, *KeyPair::Generate()->MakeRequest("x"), &response, right);
    EXPECT_TRUE(taken.ok()) << taken.error_message();
    EXPECT_EQ(response.identity(), identity);
  }
}

TEST_F(Enrolment, ACertificateIsSentThoughTheKeysCannotBeReadAfterwards) {
  const std::string token = NewToken("site/north", absl::Now() + absl::Hours(1));
  auto database = Database::Open(DatabasePath(coordinator_.state_dir()));
  ASSERT_TRUE(database.ok()) << database.status();
  // What is written cannot be read again: a reason is never null.
  const absl::Status damaged = (*database)->Write("damage", [](soci::session& sql) {
    sql << "DROP TABLE member_keys";
    sql << "CREATE TABLE member_keys (identity TEXT PRIMARY KEY, key_sha256 TEXT, revoked_ms INTEGER, reason TEXT,"
           " change INTEGER)";
    sql << "CREATE TRIGGER unreadable AFTER INSERT ON member_keys BEGIN UPDATE member_keys SET reason = NULL; END";
    return absl::OkStatus();
  });
  ASSERT_TRUE(damaged.ok()) << damaged;
  const grpc::Status enrolled = Enroll(token, request_, &response_);
  EXPECT_TRUE(enrolled.ok()) << enrolled.error_message();
  EXPECT_FALSE(response_.certificate_pem().empty());
  EXPECT_FALSE(coordinator_.store().member_keys().Refresh().ok());
}

TEST_F(Enrolment, AnExpiredTokenAndAMadeUpOneAreRefused) {
  EXPECT_EQ(Enroll(NewToken("site/north", absl::Now() - absl::Seconds(1)), request_, &response_).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  const auto made_up = EnrolmentToken::Make(coordinator_.authority().Fingerprint());
  EXPECT_EQ(Enroll(std::string(made_up->Text().RevealAsText()), request_, &response_).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Enroll("", request_, &response_).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Enroll(std::string(100'000, 'a'), request_, &response_).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(Enrolment, ABrokenCertificateRequestDoesNotUseTheTokenUp) {
  const std::string token = NewToken("person/ada", absl::Now() + absl::Hours(1));
  EXPECT_EQ(Enroll(token, "no request", &response_).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Enroll(token, std::string(100'000, 'x'), &response_).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(Enroll(token, request_, &response_).ok());
}

// ---- sessions ----

TEST_F(HostilePeers, ASecondSessionOfASiteReplacesTheFirst) {
  FakeSite first(coordinator_, "north");
  first.NextWelcome();
  FakeSite second(coordinator_, "north");
  second.NextWelcome();
  EXPECT_FALSE(first.Next().has_value());
  EXPECT_EQ(first.Finish().error_code(), grpc::StatusCode::ABORTED);
  FakePerson ada(coordinator_, "ada");
  ada.SubmitDrill(DrillSpec(10, 1, 1));
  EXPECT_EQ(second.NextPlan().round(), 1u);
}

TEST_F(HostilePeers, ASessionThatDoesNotBeginWithAHelloIsEnded) {
  v1::SiteMessage progress;
  progress.mutable_progress()->set_done(1);
  const auto channel = coordinator_.ChannelAs("site/north");
  EXPECT_EQ(SessionCode(channel, progress), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(SessionCode(channel, {}), grpc::StatusCode::INVALID_ARGUMENT);
  v1::SiteMessage other_version = Hello();
  other_version.mutable_hello()->set_protocol_version(kProtocolVersion + 1);
  EXPECT_EQ(SessionCode(channel, other_version), grpc::StatusCode::FAILED_PRECONDITION);
  v1::SiteMessage too_many = Hello();
  for (int i = 0; i < 2000; ++i) too_many.mutable_hello()->mutable_readiness()->add_datasets("heart");
  EXPECT_EQ(SessionCode(channel, too_many), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(HostilePeers, WhatASiteSaysAboutItselfIsCleanedAndItsNameIsItsCertificates) {
  FakeSite first(coordinator_, "north");  // so that the coordinator runs when the next one comes
  const auto stub = v1::SiteService::NewStub(coordinator_.ChannelAs("site/south"));
  grpc::ClientContext context;
  SetDeadline(context);
  const auto stream = stub->Session(&context);
  v1::SiteMessage hello = Hello();
  hello.mutable_hello()->mutable_facts()->set_site("north");
  hello.mutable_hello()->mutable_facts()->set_cpu(std::string("a\x1b[31mb\nc") + std::string(1000, 'x'));
  stream->Write(hello);
  v1::CoordinatorMessage welcome;
  ASSERT_TRUE(stream->Read(&welcome));
  EXPECT_EQ(welcome.welcome().site(), "south");
  grpc::ClientContext list;
  v1::ListSitesResponse sites;
  FakePerson ada(coordinator_, "ada");
  ASSERT_TRUE(ada.stub().ListSites(&list, {}, &sites).ok());
  ASSERT_EQ(sites.sites_size(), 2);
  EXPECT_EQ(sites.sites(1).facts().site(), "south");
  EXPECT_THAT(sites.sites(1).facts().cpu(), ::testing::StartsWith("a?[31mb cx"));
  EXPECT_LE(sites.sites(1).facts().cpu().size(), 200u);
}

TEST_F(HostilePeers, MessagesAboutJobsThatDoNotExistAreAnsweredNotBelieved) {
  FakeSite north(coordinator_, "north");
  v1::SiteMessage progress;
  progress.mutable_progress()->mutable_plan()->set_job_id("nonsense");
  north.Send(progress);
  EXPECT_EQ(north.NextPlanEnd().outcome(), v1::PlanEnd::JOB_OVER);
}

// ---- uploads ----

class Uploads : public HostilePeers {
 protected:
  void SetUp() override {
    job_ = ada_.SubmitDrill(spec_);
    plan_ = north_.NextPlan().id();
    south_.NextPlan();
  }
  std::string Refused(const v1::UploadReply& reply) { return reply.refused(); }

  const v1::JobSpec spec_ = DrillSpec(50'000, 1, 2);
  const std::string vector_ = DrillVector(spec_, 2, 0.5f);
  FakePerson ada_{coordinator_, "ada"};
  FakeSite north_{coordinator_, "north"};
  FakeSite south_{coordinator_, "south"};
  std::string job_;
  v1::PlanId plan_;
};

TEST_F(Uploads, AnUploadThatBrokeGoesOnWhereItStopped) {
  north_.UploadPart(plan_, vector_, 150'000);
  grpc::ClientContext context;
  SetDeadline(context);
  const auto stream = north_.stub().Upload(&context);
  v1::UploadMessage message;
  *message.mutable_open() = OpenOf(plan_, vector_);
  stream->Write(message);
  v1::UploadReply reply;
  ASSERT_TRUE(stream->Read(&reply));
  EXPECT_EQ(reply.received(), 150'000u);
  stream->Write(ChunkMessage(vector_, 150'000, 1 << 20));
  ASSERT_TRUE(stream->Read(&reply));
  EXPECT_TRUE(reply.has_verified());
}

TEST_F(Uploads, ACompleteUploadThatIsSentAgainIsStillVerifiedAndCountsOnce) {
  EXPECT_TRUE(north_.Upload(plan_, vector_).has_verified());
  EXPECT_TRUE(north_.Upload(plan_, vector_).has_verified());
  EXPECT_TRUE(south_.Upload(plan_, DrillVector(spec_, 2, 0.25f)).has_verified());
  EXPECT_EQ(north_.NextPlanEnd().outcome(), v1::PlanEnd::SUMMED);
  ada_.WatchToTheEnd(job_);
  v1::ModelHeader header;
  std::vector<float> model;
  ASSERT_TRUE(ada_.Fetch(job_, 0, &header, &model).ok());
  EXPECT_THAT(model, ::testing::Each(::testing::FloatNear(0.375f, 1e-6f)));
}

TEST_F(Uploads, AVectorOfAnotherLengthIsRefusedBeforeAnyByteOfIt) {
  EXPECT_THAT(Refused(north_.Upload(plan_, vector_ + "four")), HasSubstr("the upload announces"));
  v1::UploadOpen huge = OpenOf(plan_, vector_);
  huge.set_num_bytes(~uint64_t{0});
  EXPECT_THAT(Refused(north_.Upload(huge, vector_)), HasSubstr("the upload announces"));
}

TEST_F(Uploads, AHashThatIsNoneIsRefused) {
  v1::UploadOpen open = OpenOf(plan_, vector_);
  open.set_vector_name("../../../etc/passwd");
  EXPECT_THAT(Refused(north_.Upload(open, vector_)), HasSubstr("hexadecimal"));
}

TEST_F(Uploads, AnotherVectorInTheSameAttemptIsRefusedAndTheFirstMayStillBeSent) {
  {
    grpc::ClientContext context;
    SetDeadline(context);
    const auto stream = north_.stub().Upload(&context);
    v1::UploadMessage open;
    *open.mutable_open() = OpenOf(plan_, vector_);
    stream->Write(open);
    v1::UploadReply reply;
    ASSERT_TRUE(stream->Read(&reply));
    context.TryCancel();
  }
  std::string other = vector_;
  other[1000] ^= 1;
  EXPECT_THAT(Refused(north_.Upload(OpenOf(plan_, other), other)), HasSubstr("only one is taken"));
  EXPECT_TRUE(north_.Upload(plan_, vector_).has_verified());
}

TEST_F(Uploads, ADamagedOrMisplacedOrOversizedChunkEndsTheStream) {
  v1::UploadMessage damaged = ChunkMessage(vector_, 0, 1000);
  damaged.mutable_chunk()->set_crc32c(damaged.chunk().crc32c() ^ 1);
  v1::UploadMessage misplaced = ChunkMessage(vector_, 1000, 1000);
  v1::UploadMessage oversized;
  oversized.mutable_chunk()->set_data(std::string(3 << 20, 'x'));
  v1::UploadMessage second_open;
  *second_open.mutable_open() = OpenOf(plan_, vector_);
  for (const v1::UploadMessage& bad : {damaged, misplaced, oversized, second_open, v1::UploadMessage()}) {
    grpc::ClientContext context;
    SetDeadline(context);
    const auto stream = north_.stub().Upload(&context);
    stream->Write(second_open);
    v1::UploadReply reply;
    ASSERT_TRUE(stream->Read(&reply));
    EXPECT_EQ(reply.received(), 0u);
    stream->Write(bad);
    ASSERT_TRUE(stream->Read(&reply));
    EXPECT_FALSE(reply.refused().empty());
    EXPECT_FALSE(stream->Read(&reply));
  }
  EXPECT_TRUE(north_.Upload(plan_, vector_).has_verified());
}

TEST_F(Uploads, ASiteMayAnnounceOneVectorOnlyInAnAttempt) {
  north_.UploadPart(plan_, vector_, 1000);
  EXPECT_THAT(Refused(north_.Upload(plan_, DrillVector(spec_, 2, 0.75f))), HasSubstr("another vector"));
}

TEST_F(Uploads, ASiteOutsideTheCohortIsRefused) {
  FakeSite east(coordinator_, "east");
  EXPECT_FALSE(Refused(east.Upload(plan_, vector_)).empty());
}

TEST_F(Uploads, AnUploadForAnAttemptThatIsNotTheCurrentOneIsRefused) {
  v1::PlanId other = plan_;
  other.set_attempt(plan_.attempt() + 1);
  EXPECT_FALSE(Refused(north_.Upload(other, vector_)).empty());
  other = plan_;
  other.set_step(7);
  EXPECT_FALSE(Refused(north_.Upload(other, vector_)).empty());
  other = plan_;
  other.set_job_id("nonsense");
  EXPECT_THAT(Refused(north_.Upload(other, vector_)), HasSubstr("over, not known"));
}

TEST_F(Uploads, AnUploadThatComesAfterTheRoundIsToldSo) {
  EXPECT_TRUE(north_.Upload(plan_, vector_).has_verified());
  EXPECT_TRUE(south_.Upload(plan_, vector_).has_verified());
  ada_.WatchToTheEnd(job_);
  EXPECT_FALSE(Refused(north_.Upload(plan_, vector_)).empty());
}

TEST_F(Uploads, AnUploadMustBeOpenedFirst) {
  grpc::ClientContext context;
  SetDeadline(context);
  const auto stream = north_.stub().Upload(&context);
  stream->Write(ChunkMessage(vector_, 0, 1000));
  v1::UploadReply reply;
  ASSERT_TRUE(stream->Read(&reply));
  EXPECT_THAT(reply.refused(), HasSubstr("open"));
}

// ---- downloads ----

TEST_F(Uploads, ASiteMayFetchTheObjectsOfItsPlanFromAnyOffset) {
  const std::string spec_bytes = spec_.SerializeAsString();
  std::string bytes;
  ASSERT_TRUE(north_.Download(Sha256Hex(spec_bytes), 0, &bytes).ok());
  EXPECT_EQ(bytes, spec_bytes);
  const std::string model(200'000, '\0');
  bytes.clear();
  ASSERT_TRUE(north_.Download(HexDigest(ContentDigest(model)), 150'000, &bytes).ok());
  EXPECT_EQ(bytes.size(), 50'000u);
  bytes.clear();
  EXPECT_EQ(north_.Download(HexDigest(ContentDigest(model)), 300'000, &bytes).error_code(),
            grpc::StatusCode::OUT_OF_RANGE);
}

TEST_F(Uploads, ASiteMayNotFetchWhatItWasNotSent) {
  FakeSite east(coordinator_, "east");
  const std::string model(200'000, '\0');
  std::string bytes;
  EXPECT_EQ(east.Download(HexDigest(ContentDigest(model)), 0, &bytes).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(north_.Download(Sha256Hex("other"), 0, &bytes).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(north_.Download("../coordinator.db", 0, &bytes).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(bytes.empty());
}

// ---- submissions ----

class Submissions : public HostilePeers {
 protected:
  grpc::Status Submit(const v1::SubmitOpen& open, const std::string& artifacts) {
    std::string job_id;
    return ada_.Submit(open, artifacts, &job_id);
  }
  v1::SubmitOpen Open() { return ada_.OpenFor(DrillSpec(10, 1, 1), model_, "request"); }

  const std::string model_ = std::string(40, '\0');
  FakePerson ada_{coordinator_, "ada"};
};

TEST_F(Submissions, AJobThatBreaksItsRulesIsRefusedWithEveryFault) {
  v1::SubmitOpen open = Open();
  open.set_job_spec("\xff\xff not a message");
  EXPECT_EQ(Submit(open, model_).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  v1::JobSpec spec = DrillSpec(10, 1, 1);
  spec.set_name("Not A Name");
  spec.mutable_rounds()->set_count(0);
  open.set_job_spec(spec.SerializeAsString());
  const grpc::Status status = Submit(open, model_);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), ::testing::AllOf(HasSubstr("name"), HasSubstr("rounds.count")));
}

TEST_F(Submissions, APersonWithTooManyJobsThatAreNotOverSubmitsNoMoreUntilOneIs) {
  constexpr int kMost = JobStore::kMostUnfinishedJobs;
  for (int i = 0; i < kMost; ++i) {
    JobSubmission job;
    job.record.id = absl::StrCat("aa", i);
    job.record.submitted_by = "ada";
    job.record.request_id = absl::StrCat("earlier ", i);
    job.record.spec_bytes = DrillSpec(10, 1, 1).SerializeAsString();
    job.record.model_digest = HexDigest(ContentDigest(model_));
    job.inline_model = model_;
    ASSERT_TRUE(coordinator_.store().jobs().AddJob(job).ok()) << i;
  }
  const grpc::Status refused = Submit(Open(), model_);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.error_message(),
              ::testing::AllOf(HasSubstr("ada has 100 jobs that are not over"), HasSubstr("wait until some are over"),
                               HasSubstr("accord job cancel")));
  std::string job_id;
  FakePerson bela(coordinator_, "bela");
  EXPECT_TRUE(bela.Submit(Open(), model_, &job_id).ok()) << "another person";
  ASSERT_TRUE(coordinator_.store().jobs().EndJob("aa7", v1::JOB_CANCELLED, "", absl::Now()).ok());
  EXPECT_TRUE(Submit(Open(), model_).ok());
}

TEST_F(Submissions, ALayoutThatDoesNotAddUpIsRefused) {
  v1::SubmitOpen gap = Open();
  gap.mutable_layout()->mutable_entries(0)->set_offset(1);
  v1::SubmitOpen wrap = Open();
  wrap.mutable_layout()->mutable_entries(0)->clear_shape();
  for (int i = 0; i < 5; ++i) wrap.mutable_layout()->mutable_entries(0)->add_shape(int64_t{1} << 31);
  // The product of the two is 2^64, which wraps to nothing: then the other entry alone has all elements.
  v1::SubmitOpen square = Open();
  *square.mutable_layout()->add_entries() = square.layout().entries(0);
  square.mutable_layout()->mutable_entries(0)->clear_shape();
  for (int i = 0; i < 2; ++i) square.mutable_layout()->mutable_entries(0)->add_shape(int64_t{1} << 32);
  v1::SubmitOpen negative = Open();
  negative.mutable_layout()->mutable_entries(0)->set_shape(0, -10);
  v1::SubmitOpen other_size = Open();
  other_size.mutable_layout()->set_num_elements(11);
  v1::SubmitOpen nothing = Open();
  nothing.clear_layout();
  for (const v1::SubmitOpen& open : {gap, wrap, square, negative, other_size, nothing}) {
    EXPECT_EQ(Submit(open, model_).error_code(), grpc::StatusCode::INVALID_ARGUMENT) << open.layout().DebugString();
  }
}

TEST_F(Submissions, ArtifactsThatAreNotWhatWasAnnouncedAreRefused) {
  v1::SubmitOpen huge = Open();
  huge.mutable_artifacts(0)->set_num_bytes(RunningCoordinator::kMaxUploadBytes + 1);
  EXPECT_THAT(Submit(huge, model_).error_message(), HasSubstr("max_upload_mib"));
  v1::SubmitOpen no_hash = Open();
  no_hash.mutable_artifacts(0)->set_name("x");
  EXPECT_EQ(Submit(no_hash, model_).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  v1::SubmitOpen surplus = Open();
  *surplus.add_artifacts() = surplus.artifacts(0);
  EXPECT_EQ(Submit(surplus, model_).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Submit(Open(), std::string(40, '\1')).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Submit(Open(), model_.substr(1)).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Submit(Open(), model_ + "x").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(Submit(Open(), model_).ok());
}

TEST_F(Submissions, AModelToStartFromIsTheOneThatTheJobNames) {
  v1::JobSpec spec = DrillSpec(10, 1, 1);
  spec.mutable_model()->clear_initial_weights();
  spec.mutable_model()->mutable_start_from()->set_file("earlier.bin");
  spec.mutable_model()->mutable_start_from()->set_model_digest(HexDigest(ContentDigest(std::string(40, '\1'))));
  EXPECT_THAT(Submit(ada_.OpenFor(spec, model_, "other"), model_).error_message(),
              HasSubstr("not the one that the job names in model.start_from"));
  spec.mutable_model()->mutable_start_from()->clear_model_digest();
  EXPECT_THAT(Submit(ada_.OpenFor(spec, model_, "none"), model_).error_message(),
              HasSubstr("model.start_from.model_digest"));
  spec.mutable_model()->mutable_start_from()->set_model_digest(HexDigest(ContentDigest(model_)));
  EXPECT_TRUE(Submit(ada_.OpenFor(spec, model_, "same"), model_).ok());
}

TEST_F(Submissions, AJobWhoseVectorsAreLargerThanAllowedIsRefused) {
  const v1::JobSpec spec = DrillSpec(RunningCoordinator::kMaxUploadBytes / sizeof(float), 1, 1);
  v1::SubmitOpen open = ada_.OpenFor(spec, model_, "request");
  open.mutable_layout()->set_num_elements(spec.model().drill().num_parameters());
  open.mutable_layout()->mutable_entries(0)->set_shape(0, static_cast<int64_t>(spec.model().drill().num_parameters()));
  open.mutable_artifacts(0)->set_num_bytes(RunningCoordinator::kMaxUploadBytes);
  EXPECT_THAT(Submit(open, "").error_message(), HasSubstr("each site would upload"));
}

TEST_F(Submissions, AMissingOrEndlessRequestIdIsRefused) {
  v1::SubmitOpen open = Open();
  open.set_request_id("");
  EXPECT_EQ(Submit(open, model_).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  open.set_request_id(std::string(1000, 'r'));
  EXPECT_EQ(Submit(open, model_).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace accord
