#include "tests/coordinator/server/running_coordinator.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/step_schema.h"
#include "base/content_digest.h"
#include "base/file.h"
#include "base/hash.h"
#include "coordinator/commands/state_dir.h"
#include "coordinator/transfer/chunk.h"
#include "gtest/gtest.h"
#include "proto/protocol_version.h"
#include "proto/validation/job_validation.h"
#include "trust/identity/signing.h"

namespace accord {

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
}

RunningCoordinator::RunningCoordinator(Clock& clock, const StampBoard* stamps)
    : clock_(clock), stamps_(stamps), state_dir_(folder_.Path("state")) {
  auto authority = CreateAuthority(state_dir_, absl::Now());
  EXPECT_TRUE(authority.ok()) << authority.status();
  authority_.emplace(*std::move(authority));
  EXPECT_TRUE(IssueServerCertificate(*authority_, state_dir_, {}, absl::Now()).ok());
  Start();
}

RunningCoordinator::~RunningCoordinator() { Stop(); }

void RunningCoordinator::Start() {
  auto store = Store::Open(state_dir_);
  EXPECT_TRUE(store.ok()) << store.status();
  store_ = *std::move(store);
  Engine::Options options;
  options.stamps = stamps_;
  auto engine = Engine::Create(*store_, clock_, options);
  EXPECT_TRUE(engine.ok()) << engine.status();
  engine_ = *std::move(engine);
  auto server = Server::Start({"127.0.0.1:0", kMaxUploadBytes, ServerTlsFiles(state_dir_)},
                              {*store_, *engine_, *authority_, clock_});
  EXPECT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
}

void RunningCoordinator::Stop() {
  server_ = nullptr;
  engine_ = nullptr;
  store_ = nullptr;
}

void RunningCoordinator::Restart() {
  Stop();
  Start();
}

TlsFiles RunningCoordinator::MakePeer(const std::string& identity) {
  const std::string prefix = folder_.Path(absl::StrCat("peer", num_certificates_++));
  const KeyPair& key = PairOf(identity);
  const auto certificate =
      authority_->IssueIdentity(*key.MakeRequest("peer"), identity, absl::Now(), certificates_last_);
  EXPECT_TRUE(certificate.ok()) << certificate.status();
  EXPECT_TRUE(WriteFileAtomically(prefix + ".pem", *certificate).ok());
  EXPECT_TRUE(WriteFileAtomically(prefix + ".key", key.ToPem()->RevealAsText(), 0600).ok());
  return {prefix + ".pem", prefix + ".key", ServerTlsFiles(state_dir_).ca};
}

std::shared_ptr<grpc::Channel> RunningCoordinator::ChannelOf(const TlsFiles& files) const {
  const auto credentials = MakeClientCredentials(files);
  EXPECT_TRUE(credentials.ok()) << credentials.status();
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
  return grpc::CreateCustomChannel(absl::StrCat("localhost:", server_->port()), *credentials, arguments);
}

const KeyPair& RunningCoordinator::PairOf(const std::string& identity) {
  const auto found = keys_.find(identity);
  return found != keys_.end() ? found->second : keys_.emplace(identity, *KeyPair::Generate()).first->second;
}

std::string RunningCoordinator::KeyOf(const std::string& identity) { return *PublicKeyDer(PairOf(identity)); }

std::shared_ptr<grpc::Channel> RunningCoordinator::ChannelAs(const std::string& identity) {
  return ChannelOf(MakePeer(identity));
}

std::shared_ptr<grpc::Channel> RunningCoordinator::ChannelAsMemberOf(RunningCoordinator& other,
                                                                     const std::string& identity) {
  TlsFiles files = other.MakePeer(identity);
  files.ca = ServerTlsFiles(state_dir_).ca;
  return ChannelOf(files);
}

std::shared_ptr<grpc::Channel> RunningCoordinator::ChannelWithoutCertificate() {
  return grpc::CreateChannel(absl::StrCat("localhost:", server_->port()),
                             MakeEnrolmentCredentials(authority_->Fingerprint()));
}

v1::JobSpec DrillSpec(uint64_t num_parameters, uint32_t rounds, uint32_t min_sites) {
  v1::JobSpec spec;
  spec.set_name("drill");
  spec.set_purpose("a test");
  spec.mutable_model()->mutable_drill()->set_num_parameters(num_parameters);
  spec.mutable_aggregation()->mutable_fedavg();
  spec.mutable_aggregation()->set_update_bound(1);
  spec.mutable_aggregation()->set_max_rows_per_site(1);
  spec.mutable_aggregation()->set_plain_sum(true);
  spec.mutable_rounds()->set_count(rounds);
  spec.mutable_rounds()->set_min_sites(min_sites);
  ApplyDefaults(spec);
  return spec;
}

std::string DrillVector(const v1::JobSpec& spec, uint32_t cohort_size, float update) {
  const auto schema = StepSchema(spec, v1::STEP_TRAIN, spec.model().drill().num_parameters(), cohort_size);
  EXPECT_TRUE(schema.ok()) << schema.status();
  std::vector<uint32_t> vector(schema->num_elements(), 0);
  vector[schema->Find(kRowsBlock)->offset] = 1;
  const VectorSchema::PlacedBlock& block = *schema->Find(kUpdateBlock);
  const auto encoded = static_cast<uint32_t>(static_cast<int64_t>(update * block.scale));
  std::fill_n(vector.begin() + static_cast<int64_t>(block.offset), block.block.num_elements, encoded);
  std::string bytes(vector.size() * sizeof(uint32_t), '\0');
  std::memcpy(bytes.data(), vector.data(), bytes.size());
  return bytes;
}

// ---- a person ----

FakePerson::FakePerson(RunningCoordinator& coordinator, const std::string& id)
    : stub_(v1::Operations::NewStub(coordinator.ChannelAs("person/" + id))) {}

v1::SubmitOpen FakePerson::OpenFor(const v1::JobSpec& spec, const std::string& model,
                                   const std::string& request_id) const {
  v1::SubmitOpen open;
  open.set_job_spec(spec.SerializeAsString());
  open.set_request_id(request_id);
  open.mutable_layout()->set_num_elements(model.size() / sizeof(float));
  auto* entry = open.mutable_layout()->add_entries();
  entry->set_name("weight");
  entry->add_shape(static_cast<int64_t>(model.size() / sizeof(float)));
  v1::Artifact* artifact = open.add_artifacts();
  artifact->set_name(HexDigest(ContentDigest(model)));
  artifact->set_num_bytes(model.size());
  return open;
}

grpc::Status FakePerson::Submit(const v1::SubmitOpen& open, const std::string& artifacts, std::string* job_id) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::SubmitResponse response;
  const auto writer = stub_->SubmitJob(&context, &response);
  v1::SubmitMessage message;
  *message.mutable_open() = open;
  bool open_stream = writer->Write(message);
  for (uint64_t offset = 0; open_stream && offset < artifacts.size(); offset += kChunkBytes) {
    *message.mutable_artifact() = ChunkMessage(artifacts, offset, kChunkBytes).chunk();
    open_stream = writer->Write(message);
  }
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  *job_id = response.job_id();
  return status;
}

std::string FakePerson::SubmitDrill(const v1::JobSpec& spec) {
  static int request = 0;
  const std::string model(spec.model().drill().num_parameters() * sizeof(float), '\0');
  std::string job_id;
  const grpc::Status status = Submit(OpenFor(spec, model, absl::StrCat("request-", ++request)), model, &job_id);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return job_id;
}

grpc::Status FakePerson::Get(const std::string& job_id, v1::JobReport* report) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::GetJobRequest request;
  request.set_job_id(job_id);
  return stub_->GetJob(&context, request, report);
}

std::vector<v1::JobReport> FakePerson::WatchToTheEnd(const std::string& job_id) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::GetJobRequest request;
  request.set_job_id(job_id);
  const auto reader = stub_->WatchJob(&context, request);
  std::vector<v1::JobReport> reports;
  v1::JobReport report;
  while (reader->Read(&report)) reports.push_back(report);
  const grpc::Status status = reader->Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
  return reports;
}

v1::JobReport FakePerson::FinalReport(const std::string& job_id) {
  const std::vector<v1::JobReport> reports = WatchToTheEnd(job_id);
  if (!reports.empty()) return reports.back();
  ADD_FAILURE() << "no report of job \"" << job_id << "\" came";
  return {};
}

grpc::Status FakePerson::Fetch(const std::string& job_id, uint32_t round, v1::ModelHeader* header,
                               std::vector<float>* model) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::FetchModelRequest request;
  request.set_job_id(job_id);
  request.set_round(round);
  const auto reader = stub_->FetchModel(&context, request);
  v1::FetchModelReply reply;
  if (reader->Read(&reply)) *header = reply.header();
  std::string bytes;
  while (reader->Read(&reply)) bytes += reply.chunk().data();
  model->resize(bytes.size() / sizeof(float));
  std::memcpy(model->data(), bytes.data(), model->size() * sizeof(float));
  return reader->Finish();
}

// ---- a site ----

v1::UploadOpen OpenOf(const v1::PlanId& plan, const std::string& payload) {
  v1::UploadOpen open;
  *open.mutable_plan() = plan;
  open.set_num_bytes(payload.size());
  open.set_vector_name(Sha256Hex(payload));
  return open;
}

v1::UploadMessage ChunkMessage(const std::string& payload, uint64_t offset, uint64_t size) {
  v1::UploadMessage message;
  v1::Chunk& chunk = *message.mutable_chunk();
  chunk.set_offset(offset);
  chunk.set_data(payload.substr(offset, size));
  chunk.set_crc32c(Crc32c(0, chunk.data().data(), chunk.data().size()));
  return message;
}

FakeSite::FakeSite(RunningCoordinator& coordinator, const std::string& id, const v1::Readiness& readiness,
                   uint64_t log_size)
    : stub_(v1::SiteService::NewStub(coordinator.ChannelAs("site/" + id))) {
  SetDeadline(context_);
  stream_ = stub_->Session(&context_);
  v1::SiteMessage hello;
  hello.mutable_hello()->set_protocol_version(kProtocolVersion);
  hello.mutable_hello()->mutable_facts()->set_software_version("test");
  *hello.mutable_hello()->mutable_readiness() = readiness;
  hello.mutable_hello()->set_log_size(log_size);
  stream_->Write(hello);
}

FakeSite::~FakeSite() { context_.TryCancel(); }

std::optional<v1::CoordinatorMessage> FakeSite::Next() {
  v1::CoordinatorMessage message;
  if (!stream_->Read(&message)) return std::nullopt;
  return message;
}

v1::Welcome FakeSite::NextWelcome() {
  const auto message = Next();
  if (message.has_value() && message->has_welcome()) return message->welcome();
  ADD_FAILURE() << "the session ended or began with something else, a welcome was expected";
  return {};
}

v1::Plan FakeSite::NextPlan() {
  while (const auto message = Next()) {
    if (message->has_plan()) return message->plan();
  }
  ADD_FAILURE() << "the session ended, a plan was expected";
  return {};
}

v1::PlanEnd FakeSite::NextPlanEnd() {
  while (const auto message = Next()) {
    if (message->has_plan_end()) return message->plan_end();
  }
  ADD_FAILURE() << "the session ended, the end of a plan was expected";
  return {};
}

v1::UploadReply FakeSite::Upload(const v1::PlanId& plan, const std::string& payload) {
  return Upload(OpenOf(plan, payload), payload);
}

v1::UploadReply FakeSite::Upload(const v1::UploadOpen& open, const std::string& payload) {
  grpc::ClientContext context;
  SetDeadline(context);
  const auto stream = stub_->Upload(&context);
  v1::UploadMessage message;
  *message.mutable_open() = open;
  stream->Write(message);
  v1::UploadReply reply;
  if (!stream->Read(&reply) || reply.kind_case() != v1::UploadReply::kReceived) return reply;
  for (uint64_t offset = reply.received(); offset < payload.size(); offset += kChunkBytes) {
    if (!stream->Write(ChunkMessage(payload, offset, kChunkBytes))) break;
  }
  stream->WritesDone();
  while (reply.kind_case() == v1::UploadReply::kReceived && stream->Read(&reply)) {
  }
  return reply;
}

void FakeSite::UploadPart(const v1::PlanId& plan, const std::string& payload, uint64_t size) {
  grpc::ClientContext context;
  SetDeadline(context);
  const auto stream = stub_->Upload(&context);
  v1::UploadMessage message;
  *message.mutable_open() = OpenOf(plan, payload);
  stream->Write(message);
  v1::UploadReply reply;
  EXPECT_TRUE(stream->Read(&reply));
  stream->Write(ChunkMessage(payload, 0, size));
  // A half-closed stream is ended by the coordinator, after it has read what came before.
  stream->WritesDone();
  while (stream->Read(&reply)) {
  }
  EXPECT_TRUE(stream->Finish().ok());
}

grpc::Status FakeSite::Download(const std::string& name, uint64_t offset, std::string* bytes) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::DownloadRequest request;
  request.set_name(name);
  request.set_offset(offset);
  const auto reader = stub_->Download(&context, request);
  v1::Chunk chunk;
  while (reader->Read(&chunk)) {
    EXPECT_EQ(chunk.offset(), offset + bytes->size());
    EXPECT_EQ(chunk.crc32c(), Crc32c(0, chunk.data().data(), chunk.data().size()));
    bytes->append(chunk.data());
  }
  return reader->Finish();
}

}  // namespace accord
