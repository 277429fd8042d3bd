// A model of two rounds of two sites, with everything that its provenance speaks of: a log, a person, statements.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/content_digest.h"
#include "base/entropy.h"
#include "base/hash.h"
#include "tests/trust/log/example_log.h"
#include "trust/charter/job_order.h"
#include "trust/charter/signed_statement.h"
#include "trust/identity/key_pair.h"
#include "trust/identity/signing.h"
#include "trust/log/log_payloads.h"
#include "trust/provenance/envelope.h"
#include "trust/provenance/model_provenance.h"
#include "trust/provenance/provenance_file.h"

namespace accord {

class ExampleProvenance {
 public:
  // `parameters`: of the model after round 2. `is_governed`: under a charter, with an order.
  explicit ExampleProvenance(std::string parameters = "the model after round 2", std::string job_id = "job-1",
                             std::string job_bytes = "the job", bool is_governed = false)
      : parameters_(std::move(parameters)),
        job_bytes_(std::move(job_bytes)),
        is_governed_(is_governed),
        person_key_(*KeyPair::Generate()),
        person_(*KeyPairSigner::Create(person_key_)) {
    statement_.job_id = std::move(job_id);
    statement_.sites = {Enrol("north", "Hospital North"), Enrol("south", "South & Sons")};
    person_entry_ = Append(LogEntryKind::kMember, "", LogPayload::Bytes(person_.public_key_der()),
                           {*NameOpening::Draw(NameRole::kPerson, "ada", EntropySource::System())});
    Append(LogEntryKind::kJob, "job-0", LogPayload::HashOf("another job"));
    TrainTwoRounds();
    statement_.submitted_unix_ms = 1'700'000'000'000;
    statement_.finished_unix_ms = 1'700'000'005'250;
    statement_.round = 2;
    Prove();
  }

  // Takes the log's entries about the job, and those of members, as they are now.
  void Prove() {
    statement_.log = {log_.entries().front(), log_.SignedHead(), {}};
    for (const uint64_t index : Indices()) {
      statement_.log.entries.push_back({log_.entries()[index], log_.tree().Inclusion(index, log_.entries().size())});
    }
  }
  std::vector<uint64_t> Indices() const {
    std::vector<uint64_t> indices = {person_entry_};
    for (const ProvenanceSite& site : statement_.sites) {
      if (site.membership.has_value()) indices.push_back(site.membership->entry);
    }
    if (charter_entry_ != 0) indices.push_back(charter_entry_);
    for (uint64_t i = 0; i < log_.entries().size(); ++i) {
      if (ParseLogEntry(log_.entries()[i])->subject == statement_.job_id) indices.push_back(i);
    }
    std::sort(indices.begin(), indices.end());
    return indices;
  }

  uint64_t Append(LogEntryKind kind, const std::string& subject, LogPayload payload,
                  const std::vector<NameOpening>& names = {}) {
    LogEntry entry = log_.Draft(subject);
    entry.kind = kind;
    entry.payload = std::move(payload);
    for (const NameOpening& name : names) entry.names.push_back(name.Commit());
    log_.Append(*WriteLogEntry(entry));
    return entry.index;
  }

  // Under the log's key, whatever it says.
  Envelope Signed(const ModelProvenance& statement) const { return *Envelope::Sign(statement.Write(), log_.signer()); }
  Envelope Signed() const { return Signed(statement_); }
  // A file of these bytes, signed for by the person.
  ModelExport Export(const std::string& file_bytes, const std::string& format = "torchscript") const {
    return {"model.pt",
            Sha256(file_bytes),
            format,
            statement_.parameters,
            Sha256(Signed().payload),
            person_.public_key_der()};
  }
  // The whole file. The statement is taken as it is, also where it was spoilt.
  ProvenanceFile File(const std::string& file_bytes = "the file", const std::string& format = "torchscript") const {
    return {Signed(), *Envelope::Sign(Export(file_bytes, format).Write(), person_)};
  }

  ModelProvenance& statement() { return statement_; }
  const std::string& parameters() const { return parameters_; }
  ExampleLog& log() { return log_; }
  const SignedStatement& order() const { return order_; }  // by which a governed job ran
  const KeyPairSigner& person() const { return person_; }
  const KeyPair& person_key() const { return person_key_; }

 private:
  ProvenanceSite Enrol(const std::string& id, const std::string& organisation) {
    const NameOpening site = *NameOpening::Draw(NameRole::kSite, id, EntropySource::System());
    const NameOpening of = *NameOpening::Draw(NameRole::kOrganisation, organisation, EntropySource::System());
    const std::string key = *PublicKeyDer(*KeyPair::Generate());
    const uint64_t entry = Append(LogEntryKind::kMember, "", LogPayload::Bytes(key), {site, of});
    return {id, organisation, ProvenMembership{entry, site, of}};
  }

  JobOrder Order() const {
    JobOrder order;
    order.charter = Sha256("a charter");
    order.job = Sha256(job_bytes_);
    order.data_set = "heart";
    order.purpose = "risk-of-disease";
    order.engineer = "ada";
    order.not_before = absl::FromUnixSeconds(1'699'999'000);
    order.expires = absl::FromUnixSeconds(1'700'099'000);
    order.nonce = std::string(32, '0');
    return order;
  }

  void TrainTwoRounds() {
    const std::string job = statement_.job_id;
    statement_.job = Sha256(job_bytes_);
    order_ = *SignedStatement::Sign(*WriteJobOrder(Order()), kJobOrderDomain, person_);
    if (is_governed_) charter_entry_ = Append(LogEntryKind::kCharter, "", LogPayload::HashOf("a charter"));
    statement_.start_model = ContentDigest("zeros");
    Append(LogEntryKind::kJob, job, LogPayload::HashOf(job_bytes_));
    Append(LogEntryKind::kModel, job, LogPayload::ContentOf(statement_.start_model, 5));
    if (is_governed_) {
      Append(LogEntryKind::kOrder, job, LogPayload::HashOf(order_.Text()));
      statement_.charter = Sha256("a charter");
      statement_.order = Sha256(order_.Text());
    }
    for (uint32_t round = 1; round <= 2; ++round) {
      if (round == 2) Append(LogEntryKind::kAbandoned, job, LogPayload::HashOf("a report"));
      Append(LogEntryKind::kJob, "job-of-others", LogPayload::HashOf("another job"));
      const Sha256Digest model = ContentDigest(round == 2 ? parameters_ : "the model after round 1");
      RoundPayload payload;
      payload.kind = v1::STEP_TRAIN;
      payload.step = round - 1;
      payload.round = round;
      payload.attempt = 2 * round - 1;
      payload.model = model;
      payload.report = Sha256("report");
      payload.report_bytes = 6;
      const uint64_t entry = Append(LogEntryKind::kRound, job, LogPayload::Bytes(payload.Write()));
      Append(LogEntryKind::kModel, job, LogPayload::ContentOf(model, 5));
      statement_.rounds.push_back(
          {payload.step, v1::STEP_TRAIN, round, payload.attempt, entry, model, {"north", "south"}, {}, ""});
      statement_.model = statement_.parameters = model;
    }
    statement_.state = v1::JOB_FINISHED;
    Append(LogEntryKind::kJobEnded, job, LogPayload::Bytes(JobEndedPayload{v1::JOB_FINISHED, 0}.Write()));
  }

  std::string parameters_, job_bytes_;
  bool is_governed_;
  KeyPair person_key_;
  KeyPairSigner person_;
  ExampleLog log_{"federation"};
  uint64_t person_entry_ = 0, charter_entry_ = 0;
  SignedStatement order_;
  ModelProvenance statement_;
};

}  // namespace accord
