#include "trust/provenance/model_provenance.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "trust/log/log_entry.h"
#include "trust/log/log_head.h"
#include "trust/log/merkle_tree.h"
#include "trust/provenance/envelope.h"
#include "trust/provenance/json_fields.h"

namespace accord {
namespace {

using nlohmann::json;

constexpr char kStatementType[] = "https://in-toto.io/Statement/v1";
constexpr char kPredicateType[] = "https://slsa.dev/provenance/v1";
constexpr char kBuildType[] = "accord://federated-job/v1";
constexpr size_t kMaxSites = 100'000;
constexpr uint64_t kMaxUnixMs = kMaxLogUnixUs / 1000;

json Digest(const char* algorithm, const Sha256Digest& digest) { return {{algorithm, HexDigest(digest)}}; }

json Resource(const char* name, const char* algorithm, const Sha256Digest& digest) {
  return {{"name", name}, {"digest", Digest(algorithm, digest)}};
}

std::string Rfc3339(int64_t unix_ms) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixMillis(unix_ms), absl::UTCTimeZone());
}

int64_t ReadRfc3339(JsonFields& fields, const char* field) {
  absl::Time time;
  std::string error;
  const std::string text = fields.Text(field);
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    const int64_t unix_ms = absl::ToUnixMillis(time);
    if (unix_ms >= 0 && static_cast<uint64_t>(unix_ms) <= kMaxUnixMs) return unix_ms;
  }
  fields.Fail(field, "expected a time such as 2026-11-26T17:35:19.250Z");
  return 0;
}

// What is empty is left out: such rounds are spelled as they were before there was any of it.
json RoundsJson(const std::vector<ProvenanceRound>& rounds) {
  json list = json::array();
  for (const ProvenanceRound& round : rounds) {
    json one = {{"step", round.step},      {"kind", v1::StepKind_Name(round.kind)},
                {"round", round.round},    {"attempt", round.attempt},
                {"logEntry", round.entry}, {"model", HexDigest(round.model)},
                {"sites", round.sites}};
    for (const std::optional<Sha256Digest>& posture : round.postures) {
      one["postures"].push_back(posture.has_value() ? HexDigest(*posture) : "");
    }
    if (!round.sum_of_job.empty()) one["sumOfJob"] = round.sum_of_job;
    list.push_back(std::move(one));
  }
  return list;
}

json SitesJson(const std::vector<ProvenanceSite>& sites) {
  json list = json::array();
  for (const ProvenanceSite& site : sites) {
    json one = {{"site", site.site}, {"organisation", site.organisation}};
    if (site.membership.has_value()) {
      one["membership"] = {{"logEntry", site.membership->entry},
                           {"siteSalt", HexDigest(site.membership->site.salt)},
                           {"organisationSalt", HexDigest(site.membership->organisation.salt)}};
    }
    list.push_back(std::move(one));
  }
  return list;
}

void ReadPostures(JsonFields& fields, ProvenanceRound& round) {
  if (!fields.Has("postures")) return;
  fields.List("postures", kMaxSites, [&round](const json& element) -> absl::Status {
    if (!element.is_string()) return absl::InvalidArgumentError("expected a commitment, or an empty text for none");
    const auto& text = element.get_ref<const std::string&>();
    std::optional<Sha256Digest>& posture = round.postures.emplace_back();
    if (text.empty()) return absl::OkStatus();
    ACCORD_ASSIGN_OR_RETURN(posture, ParseHexDigest(text));
    return absl::OkStatus();
  });
  if (round.postures.size() != round.sites.size()) fields.Fail("postures", "expected one for each of its sites");
}

absl::StatusOr<ProvenanceRound> ReadRound(const json& element) {
  JsonFields fields(element, "round");
  ProvenanceRound round;
  constexpr uint64_t kMaxU32 = 0xFFFFFFFF;
  round.step = static_cast<uint32_t>(fields.Number("step", kMaxU32));
  if (!v1::StepKind_Parse(fields.Text("kind"), &round.kind)) fields.Fail("kind", "expected a kind of step");
  round.round = static_cast<uint32_t>(fields.Number("round", kMaxU32));
  round.attempt = static_cast<uint32_t>(fields.Number("attempt", kMaxU32));
  round.entry = fields.Number("logEntry", kMaxTreeSize);
  round.model = fields.Digest("model");
  fields.List("sites", kMaxSites, [&round](const json& site) {
    if (!site.is_string()) return absl::InvalidArgumentError("expected a site");
    round.sites.push_back(site.get<std::string>());
    return absl::OkStatus();
  });
  ReadPostures(fields, round);
  if (fields.Has("sumOfJob")) round.sum_of_job = fields.Text("sumOfJob");
  ACCORD_RETURN_IF_ERROR(fields.Finish());
  return round;
}

absl::StatusOr<ProvenanceSite> ReadSite(const json& element) {
  JsonFields fields(element, "site");
  ProvenanceSite site;
  site.site = fields.Text("site");
  site.organisation = fields.Text("organisation");
  if (fields.Has("membership")) {
    JsonFields within = fields.Object("membership");
    ProvenMembership& membership = site.membership.emplace();
    membership.entry = within.Number("logEntry", kMaxTreeSize);
    membership.site = {NameRole::kSite, site.site, within.Digest("siteSalt")};
    membership.organisation = {NameRole::kOrganisation, site.organisation, within.Digest("organisationSalt")};
    ACCORD_RETURN_IF_ERROR(within.Finish());
  }
  ACCORD_RETURN_IF_ERROR(fields.Finish());
  return site;
}

void ReadTraining(JsonFields& fields, ModelProvenance& provenance) {
  constexpr uint64_t kMaxU32 = 0xFFFFFFFF;
  if (!v1::JobState_Parse(fields.Text("state"), &provenance.state)) fields.Fail("state", "expected a job's state");
  provenance.kept_round = static_cast<uint32_t>(fields.Number("keptRound", kMaxU32));
  provenance.round = static_cast<uint32_t>(fields.Number("round", kMaxU32));
  provenance.model = fields.Digest("model");
  if (fields.Has("jobBytes")) provenance.job_bytes = fields.Bytes("jobBytes");
  fields.List("rounds", kMaxEvidenceEntries, [&](const json& element) -> absl::Status {
    ACCORD_ASSIGN_OR_RETURN(ProvenanceRound round, ReadRound(element));
    provenance.rounds.push_back(std::move(round));
    return absl::OkStatus();
  });
  fields.List("sites", kMaxSites, [&](const json& element) -> absl::Status {
    ACCORD_ASSIGN_OR_RETURN(ProvenanceSite site, ReadSite(element));
    provenance.sites.push_back(std::move(site));
    return absl::OkStatus();
  });
}

// Files and models by their names; in this order, those in the middle and behind may be absent.
absl::Status ReadDependency(const json& element, ModelProvenance& provenance) {
  JsonFields fields(element, "dependency");
  const std::string name = fields.Text("name");
  JsonFields digest = fields.Object("digest");
  if (name == "job") {
    provenance.job = digest.Digest("sha256");
  } else if (name == "start-model") {
    provenance.start_model = digest.Digest(kContentDigestName);
  } else if (name == "torchscript") {
    provenance.torchscript = digest.Digest("sha256");
  } else if (name == "charter") {
    provenance.charter = digest.Digest("sha256");
  } else if (name == "order") {
    provenance.order = digest.Digest("sha256");
  } else {
    fields.Fail("name", "expected job, start-model, torchscript, charter or order");
  }
  ACCORD_RETURN_IF_ERROR(digest.Finish());
  return fields.Finish();
}

absl::Status ReadDefinition(JsonFields definition, ModelProvenance& provenance) {
  definition.Expect("buildType", kBuildType);
  JsonFields parameters = definition.Object("externalParameters");
  provenance.job_id = parameters.Text("job");
  definition.List("resolvedDependencies", 5, [&](const json& element) { return ReadDependency(element, provenance); });
  ACCORD_RETURN_IF_ERROR(parameters.Finish());
  return definition.Finish();
}

absl::Status ReadRun(JsonFields run, ModelProvenance& provenance) {
  JsonFields builder = run.Object("builder");
  builder.Text("id");  // that of the log, which is compared as part of the whole
  JsonFields metadata = run.Object("metadata");
  metadata.Expect("invocationId", provenance.job_id);
  provenance.submitted_unix_ms = ReadRfc3339(metadata, "startedOn");
  if (metadata.Has("finishedOn")) provenance.finished_unix_ms = ReadRfc3339(metadata, "finishedOn");
  ACCORD_RETURN_IF_ERROR(builder.Finish());
  ACCORD_RETURN_IF_ERROR(metadata.Finish());
  return run.Finish();
}

absl::StatusOr<LogEvidence> ReadPredicate(const json& object, ModelProvenance& provenance) {
  JsonFields predicate(object, "predicate");
  ACCORD_RETURN_IF_ERROR(ReadDefinition(predicate.Object("buildDefinition"), provenance));
  ACCORD_RETURN_IF_ERROR(ReadRun(predicate.Object("runDetails"), provenance));
  JsonFields training = predicate.Object("accord_training");
  ReadTraining(training, provenance);
  ACCORD_RETURN_IF_ERROR(training.Finish());
  predicate.Object("accord_log");
  ACCORD_RETURN_IF_ERROR(predicate.Finish());
  return LogEvidence::FromJson(object.at("accord_log"));
}

absl::Status OtherSpelling(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(what, ": a field contradicts another, or is spelled otherwise"));
}

}  // namespace

std::string ModelProvenance::Write() const {
  json dependencies =
      json::array({Resource("job", "sha256", job), Resource("start-model", kContentDigestName, start_model)});
  const std::pair<const char*, const std::optional<Sha256Digest>*> files[] = {
      {"torchscript", &torchscript}, {"charter", &charter}, {"order", &order}};
  for (const auto& [name, digest] : files) {
    if (digest->has_value()) dependencies.push_back(Resource(name, "sha256", **digest));
  }
  json metadata = {{"invocationId", job_id}, {"startedOn", Rfc3339(submitted_unix_ms)}};
  if (finished_unix_ms != 0) metadata["finishedOn"] = Rfc3339(finished_unix_ms);
  json training = {{"state", v1::JobState_Name(state)}, {"keptRound", kept_round},      {"round", round},
                   {"model", HexDigest(model)},         {"rounds", RoundsJson(rounds)}, {"sites", SitesJson(sites)}};
  if (!job_bytes.empty()) training["jobBytes"] = absl::Base64Escape(job_bytes);
  const json statement = {{"_type", kStatementType},
                          {"subject", json::array({Resource("parameters", kContentDigestName, parameters)})},
                          {"predicateType", kPredicateType},
                          {"predicate",
                           {{"buildDefinition",
                             {{"buildType", kBuildType},
                              {"externalParameters", {{"job", job_id}}},
                              {"resolvedDependencies", std::move(dependencies)}}},
                            {"runDetails",
                             {{"builder", {{"id", absl::StrCat("accord://log/", HexDigest(LogIdOf(log.first_entry)))}}},
                              {"metadata", std::move(metadata)}}},
                            {"accord_training", std::move(training)},
                            {"accord_log", log.ToJson()}}}};
  return WriteJson(statement);
}

absl::StatusOr<ModelProvenance> ModelProvenance::Parse(absl::string_view text) {
  constexpr absl::string_view kWhat = "the federation's statement";
  ACCORD_ASSIGN_OR_RETURN(const json object, ReadJson(text, kWhat));
  JsonFields fields(object, "statement");
  ModelProvenance provenance;
  fields.Expect("_type", kStatementType);
  fields.Expect("predicateType", kPredicateType);
  JsonFields subject = fields.Only("subject");
  subject.Expect("name", "parameters");
  JsonFields digest = subject.Object("digest");
  provenance.parameters = digest.Digest(kContentDigestName);
  fields.Object("predicate");
  for (JsonFields* each : {&fields, &subject, &digest}) ACCORD_RETURN_IF_ERROR(each->Finish());
  ACCORD_ASSIGN_OR_RETURN(provenance.log, ReadPredicate(object.at("predicate"), provenance));
  // Also what was read without being kept.
  if (provenance.Write() != text) return OtherSpelling(kWhat);
  return provenance;
}

}  // namespace accord
