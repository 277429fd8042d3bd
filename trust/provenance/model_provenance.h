// Where a model comes from, as the keeper of the federation's log states it: an in-toto statement with the predicate of
// SLSA's provenance. docs/provenance.md has every field, and which of them are proven by the log.
//
// Adversary: whoever made the bytes. One statement has one spelling.
// Source: in-toto attestation framework, Statement v1; SLSA provenance v1 (https://slsa.dev/provenance/v1), whose
// extension fields begin with a vendor's name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"
#include "proto/accord/v1/report.pb.h"
#include "trust/log/name_commitment.h"
#include "trust/provenance/log_evidence.h"

namespace accord {

inline constexpr size_t kMaxProvenanceBytes = size_t{64} << 20;                             // of the envelope
inline constexpr size_t kMaxProvenanceFileBytes = kMaxProvenanceBytes + (size_t{1} << 20);  // with the other one

// The only digest of in-toto that is Accord's own: base/content_digest.h.
inline constexpr char kContentDigestName[] = "accord_content_v1";

// A step of the job's program that ended with a sum.
struct ProvenanceRound {
  uint32_t step = 0;
  v1::StepKind kind = v1::STEP_KIND_UNSPECIFIED;
  uint32_t round = 0;
  uint32_t attempt = 0;
  uint64_t entry = 0;       // of the log
  Sha256Digest model = {};  // the job's, from then on
  std::vector<std::string> sites;
  // Of the sites, in their order: the hash of the posture (trust/charter/posture.h) by which each committed itself when
  // it uploaded; nullopt: to none. Empty: no site to any, or a statement of before they were listed.
  std::vector<std::optional<Sha256Digest>> postures;
  std::string sum_of_job;  // the earlier job whose sum serves again, with its postures; empty: the sum is this job's

  friend bool operator==(const ProvenanceRound&, const ProvenanceRound&) = default;
};

// That a site and its organisation were enrolled: the log's entry, and what opens its names.
struct ProvenMembership {
  uint64_t entry = 0;
  NameOpening site, organisation;

  friend bool operator==(const ProvenMembership&, const ProvenMembership&) = default;
};

struct ProvenanceSite {
  std::string site;
  std::string organisation;
  std::optional<ProvenMembership> membership;  // nullopt: enrolled before there was a log, or its names are forgotten

  friend bool operator==(const ProvenanceSite&, const ProvenanceSite&) = default;
};

struct ModelProvenance {
  std::string job_id;
  Sha256Digest job = {};  // SHA-256 of its exact bytes
  std::string job_bytes;  // those bytes, where the model is more than its parameters; else empty
  Sha256Digest start_model = {};
  std::optional<Sha256Digest> torchscript, charter, order;  // SHA-256 of the files, where the job has them

  v1::JobState state = v1::JOB_WAITING;
  uint32_t kept_round = 0;
  int64_t submitted_unix_ms = 0;
  int64_t finished_unix_ms = 0;  // 0: it runs

  uint32_t round = 0;            // whose model this is; 0: the one that the job began with
  Sha256Digest model = {};       // as the job keeps it and the log names it
  Sha256Digest parameters = {};  // of its parameters; another one where a strategy keeps more numbers behind them
  std::vector<ProvenanceRound> rounds;
  std::vector<ProvenanceSite> sites;  // of all rounds, ascending
  LogEvidence log;

  std::string Write() const;
  // INVALID_ARGUMENT: not of this form, or spelled otherwise. Says nothing yet about what is true.
  static absl::StatusOr<ModelProvenance> Parse(absl::string_view text);

  friend bool operator==(const ModelProvenance&, const ModelProvenance&) = default;
};

// A file that somebody made of such a model, as that person states it.
struct ModelExport {
  std::string file;          // its name, without folders
  Sha256Digest sha256 = {};  // of the file
  std::string format;        // torchscript, state_dict or parameters
  Sha256Digest parameters = {};
  Sha256Digest provenance = {};  // SHA-256 of the ModelProvenance that it is of
  std::string public_key_der;    // of the person

  std::string Write() const;
  static absl::StatusOr<ModelExport> Parse(absl::string_view text);

  friend bool operator==(const ModelExport&, const ModelExport&) = default;
};

}  // namespace accord
