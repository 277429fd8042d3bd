// A whole coordinator in the test's process, on a free port of loopback with real mutual TLS, and the peers that a test
// plays: sites that speak the wire protocol word by word, and a person.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "coordinator/engine/engine.h"
#include "coordinator/server/server.h"
#include "coordinator/store/store.h"
#include "grpcpp/grpcpp.h"
#include "proto/accord/v1/operations.grpc.pb.h"
#include "proto/accord/v1/wire.grpc.pb.h"
#include "tests/temporary_folder.h"
#include "trust/identity/certificate_authority.h"
#include "trust/identity/key_pair.h"
#include "trust/tls/credentials.h"

namespace accord {

// No call of a test may take longer: it fails instead of hanging.
void SetDeadline(grpc::ClientContext& context);

class RunningCoordinator {
 public:
  static constexpr uint64_t kMaxUploadBytes = 64 << 20;

  // `clock` and `stamps` must outlive it.
  explicit RunningCoordinator(Clock& clock = Clock::System(), const StampBoard* stamps = nullptr);
  ~RunningCoordinator();
  // Ends it, and starts another one over what the first one left on the disk.
  void Restart();

  // A channel of its own with a certificate for "site/ID" or "person/ID".
  std::shared_ptr<grpc::Channel> ChannelAs(const std::string& identity);
  // The same with a certificate that another coordinator's authority issued.
  std::shared_ptr<grpc::Channel> ChannelAsMemberOf(RunningCoordinator& other, const std::string& identity);
  std::shared_ptr<grpc::Channel> ChannelWithoutCertificate();
  // The public key of all certificates of this identity.
  std::string KeyOf(const std::string& identity);
  // Of those that are made from now on; else longer than any test sets its clock forward.
  void LetCertificatesLast(absl::Duration validity) { certificates_last_ = validity; }

  Store& store() { return *store_; }
  Engine& engine() { return *engine_; }
  const CertificateAuthority& authority() const { return *authority_; }
  const std::string& state_dir() const { return state_dir_; }

 private:
  void Start();
  void Stop();
  // Certificate and key of a new peer.
  TlsFiles MakePeer(const std::string& identity);
  std::shared_ptr<grpc::Channel> ChannelOf(const TlsFiles& files) const;

  Clock& clock_;
  const StampBoard* const stamps_;
  TemporaryFolder folder_;
  const std::string state_dir_;
  std::optional<CertificateAuthority> authority_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Server> server_;
  const KeyPair& PairOf(const std::string& identity);
  std::map<std::string, KeyPair> keys_;  // as the members keep them
  int num_certificates_ = 0;
  absl::Duration certificates_last_ = absl::Hours(24 * 3650);
};

// A drill that is valid as it stands.
v1::JobSpec DrillSpec(uint64_t num_parameters, uint32_t rounds, uint32_t min_sites);
// The vector of a drill's training round in which every parameter changes by `update` at this site.
std::string DrillVector(const v1::JobSpec& spec, uint32_t cohort_size, float update);

class FakePerson {
 public:
  FakePerson(RunningCoordinator& coordinator, const std::string& id);

  v1::SubmitOpen OpenFor(const v1::JobSpec& spec, const std::string& model, const std::string& request_id) const;
  // The whole submission; the response or the error.
  grpc::Status Submit(const v1::SubmitOpen& open, const std::string& artifacts, std::string* job_id);
  // A drill with an all-zero model; the job's id.
  std::string SubmitDrill(const v1::JobSpec& spec);
  grpc::Status Get(const std::string& job_id, v1::JobReport* report);
  // Follows the job to its end; every report that came.
  std::vector<v1::JobReport> WatchToTheEnd(const std::string& job_id);
  // The last of these; fails the test where none came.
  v1::JobReport FinalReport(const std::string& job_id);
  // Header and bytes of a model.
  grpc::Status Fetch(const std::string& job_id, uint32_t round, v1::ModelHeader* header, std::vector<float>* model);
  v1::Operations::Stub& stub() { return *stub_; }

 private:
  std::unique_ptr<v1::Operations::Stub> stub_;
};

// A connected site.
class FakeSite {
 public:
  // `log_size`: of the head that it says it keeps.
  FakeSite(RunningCoordinator& coordinator, const std::string& id, const v1::Readiness& readiness = {},
           uint64_t log_size = 0);
  ~FakeSite();

  // The next message of the session; nullopt when it ended.
  std::optional<v1::CoordinatorMessage> Next();
  // The next message, if it is the welcome; else fails the test.
  v1::Welcome NextWelcome();
  // The next plan, over whatever else comes before.
  v1::Plan NextPlan();
  v1::PlanEnd NextPlanEnd();
  void Send(const v1::SiteMessage& message) { stream_->Write(message); }
  // How the session ended.
  grpc::Status Finish() { return stream_->Finish(); }

  // Uploads from the offset that the coordinator names; its last word.
  v1::UploadReply Upload(const v1::PlanId& plan, const std::string& payload);
  v1::UploadReply Upload(const v1::UploadOpen& open, const std::string& payload);
  // Sends the first `size` bytes and breaks off, once the coordinator has them.
  void UploadPart(const v1::PlanId& plan, const std::string& payload, uint64_t size);
  grpc::Status Download(const std::string& name, uint64_t offset, std::string* bytes);
  v1::SiteService::Stub& stub() { return *stub_; }

 private:
  std::unique_ptr<v1::SiteService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::SiteMessage, v1::CoordinatorMessage>> stream_;
};

v1::UploadOpen OpenOf(const v1::PlanId& plan, const std::string& payload);
v1::UploadMessage ChunkMessage(const std::string& payload, uint64_t offset, uint64_t size);

}  // namespace accord
