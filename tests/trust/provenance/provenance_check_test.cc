// What a model's provenance shows, and every way in which one can lie.
#include "trust/provenance/provenance_check.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/content_digest.h"
#include "base/file.h"
#include "base/hash.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/accord/v1/job.pb.h"
#include "tests/temporary_folder.h"
#include "tests/trust/provenance/example_provenance.h"

namespace accord {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// All that is wrong, also where no more than that could be said.
std::string FaultsOf(const ProvenanceFile& file) {
  const auto parsed = ProvenanceFile::Parse(file.Write());
  if (!parsed.ok()) return std::string(parsed.status().message());
  const auto verdict = CheckProvenance(*parsed);
  if (!verdict.ok()) return std::string(verdict.status().message());
  return absl::StrJoin(verdict->faults, "\n");
}

TEST(Provenance, HoldsAndSaysWhatOnlyTheKeeperSays) {
  ExampleProvenance example;
  const auto file = ProvenanceFile::Parse(example.File().Write());
  ASSERT_TRUE(file.ok()) << file.status();
  const auto verdict = CheckProvenance(*file);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_THAT(verdict->faults, IsEmpty());
  EXPECT_EQ(verdict->statement, example.statement());
  EXPECT_EQ(verdict->evidence.identity.id(), example.log().identity().id());
  EXPECT_THAT(verdict->words, Contains(HasSubstr("which sites")));
  EXPECT_THAT(verdict->words, Not(Contains(HasSubstr("organisation"))));
  EXPECT_THAT(verdict->words, Not(Contains(HasSubstr("beginning"))));
}

TEST(Provenance, IsAnInTotoStatementInADsseEnvelope) {
  ExampleProvenance example;
  const auto statement = nlohmann::json::parse(example.Signed().payload);
  EXPECT_EQ(statement["_type"], "https://in-toto.io/Statement/v1");
  EXPECT_EQ(statement["predicateType"], "https://slsa.dev/provenance/v1");
  EXPECT_EQ(statement["subject"][0]["digest"]["accord_content_v1"], HexDigest(example.statement().parameters));
  const auto& definition = statement["predicate"]["buildDefinition"];
  EXPECT_EQ(definition["resolvedDependencies"][0]["digest"]["sha256"], HexDigest(example.statement().job));
  EXPECT_EQ(statement["predicate"]["runDetails"]["builder"]["id"],
            absl::StrCat("accord://log/", HexDigest(example.log().identity().id())));
  EXPECT_EQ(statement["predicate"]["runDetails"]["metadata"]["startedOn"], "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(statement["predicate"]["runDetails"]["metadata"]["finishedOn"], "2023-11-14T22:13:25.250Z");
}

// As docs/provenance.md says it for whoever does not have this program.
TEST(Provenance, IsVerifiedByOpensslAlone) {
  ExampleProvenance example;
  const Envelope envelope = example.Signed();
  const TemporaryFolder folder;
  const auto write = [&folder](const std::string& name, absl::string_view bytes) {
    ASSERT_TRUE(WriteFileAtomically(folder.Path(name), bytes, 0644, Durability::kVisible).ok());
  };
  const std::string& first = example.statement().log.first_entry;
  write("log-key.der", first.substr(first.size() - 95, 91));
  write("statement.sig", envelope.signature);
  const std::string payload = envelope.payload;
  write("statement.pae", absl::StrCat("DSSEv1 28 application/vnd.in-toto+json ", payload.size(), " ", payload));
  const std::string go = absl::StrCat("cd ", folder.Path("."), " && ");
  const std::string verify =
      go + "openssl dgst -sha256 -verify log-key.pem -signature statement.sig statement.pae >said 2>&1";
  ASSERT_EQ(std::system((go + "openssl pkey -pubin -inform DER -in log-key.der -out log-key.pem").c_str()), 0);
  EXPECT_EQ(std::system(verify.c_str()), 0);
  write("statement.pae", absl::StrCat("DSSEv1 28 application/vnd.in-toto+json ", payload.size(), " ", payload, " "));
  EXPECT_NE(std::system(verify.c_str()), 0);
}

TEST(Provenance, OfAJobWithCharterOrderAndTorchScriptIsReadBackAsItWas) {
  ExampleProvenance example("a model", "job-1", "the job", /*is_governed=*/true);
  example.statement().torchscript = Sha256("a module");
  const auto read = ModelProvenance::Parse(example.Signed().payload);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, example.statement());
  EXPECT_EQ(FaultsOf(example.File()), "");
}

TEST(Provenance, OfARunningJobAndOfTheModelItBeganWith) {
  ExampleProvenance example;
  ModelProvenance& statement = example.statement();
  example.log() = example.log().Fork(example.log().entries().size() - 1);  // without the job's end
  statement.state = v1::JOB_RUNNING;
  statement.finished_unix_ms = 0;
  example.Prove();
  EXPECT_EQ(FaultsOf(example.File()), "");
  statement.round = 0;
  statement.model = statement.parameters = statement.start_model;
  EXPECT_EQ(FaultsOf(example.File()), "");
  statement.round = 1;
  statement.model = statement.parameters = statement.rounds[0].model;
  EXPECT_EQ(FaultsOf(example.File()), "");
}

TEST(Provenance, OfAStrategysModelIsOfTheParametersInFrontOfIt) {
  v1::JobSpec spec;
  spec.mutable_aggregation()->mutable_scaffold();
  const std::string scaffold = spec.SerializeAsString();
  ExampleProvenance example("a model", "job-1", scaffold);
  example.statement().parameters = ContentDigest("the model");
  EXPECT_THAT(FaultsOf(example.File()), HasSubstr("no job that it shows has a model beyond its parameters"));
  example.statement().job_bytes = scaffold;
  const auto verdict = CheckProvenance(example.File());
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_THAT(verdict->faults, IsEmpty());
  EXPECT_THAT(verdict->words, Contains(HasSubstr("beginning of what the strategy keeps")));
  // Another job's bytes, or those of a strategy whose model is its parameters.
  spec.set_name("other");
  example.statement().job_bytes = spec.SerializeAsString();
  EXPECT_THAT(FaultsOf(example.File()), HasSubstr("are not those of the job's SHA-256"));
  spec.mutable_aggregation()->mutable_fedavg();
  ExampleProvenance plain("a model", "job-1", spec.SerializeAsString());
  plain.statement().job_bytes = spec.SerializeAsString();
  EXPECT_EQ(FaultsOf(plain.File()), "");
  plain.statement().parameters = ContentDigest("the model");
  EXPECT_THAT(FaultsOf(plain.File()), HasSubstr("beyond its parameters"));
}

TEST(Provenance, CharterAndOrderAreThoseOfTheLog) {
  const auto faults = [](const std::function<void(ModelProvenance&)>& lie) {
    ExampleProvenance example("a model", "job-1", "the job", /*is_governed=*/true);
    lie(example.statement());
    return FaultsOf(example.File());
  };
  const auto without = [](ModelProvenance& s, LogEntryKind kind) {
    auto& entries = s.log.entries;
    entries.erase(std::remove_if(entries.begin(), entries.end(),
                                 [kind](const ProvenEntry& entry) { return ParseLogEntry(entry.bytes)->kind == kind; }),
                  entries.end());
  };
  EXPECT_EQ(faults([](ModelProvenance&) {}), "");
  EXPECT_THAT(faults([](ModelProvenance& s) { s.order = Sha256("x"); }), HasSubstr("the order's SHA-256 is"));
  EXPECT_THAT(faults([](ModelProvenance& s) { s.charter = Sha256("x"); }), HasSubstr("the charter's SHA-256 is"));
  EXPECT_THAT(faults([](ModelProvenance& s) { s.order.reset(); }), HasSubstr("has an order for the job"));
  EXPECT_THAT(faults([](ModelProvenance& s) { s.charter.reset(); }), HasSubstr("entry of a charter, and names none"));
  EXPECT_THAT(faults([&](ModelProvenance& s) { without(s, LogEntryKind::kOrder); }), HasSubstr("it names an order;"));
  EXPECT_THAT(faults([&](ModelProvenance& s) { without(s, LogEntryKind::kCharter); }),
              HasSubstr("it names a charter;"));
  EXPECT_THAT(faults([&](ModelProvenance& s) {
                without(s, LogEntryKind::kOrder);
                s.order.reset();
              }),
              HasSubstr("in front of no order"));
  ExampleProvenance late;
  late.Append(LogEntryKind::kOrder, "job-1", LogPayload::HashOf("an order"));
  late.statement().order = Sha256("an order");
  late.Prove();
  EXPECT_THAT(FaultsOf(late.File()), HasSubstr("stands behind the job's first sum"));
  ExampleProvenance twice("a model", "job-1", "the job", /*is_governed=*/true);
  twice.Append(LogEntryKind::kOrder, "job-1", LogPayload::HashOf("an order"));
  twice.Prove();
  EXPECT_THAT(FaultsOf(twice.File()), HasSubstr("is a second order"));
}

// The keeper names an earlier charter than the one in force.
TEST(Provenance, ALaterCharterIsFoundByTheWholeLog) {
  ExampleProvenance example("a model", "job-1", "the job", /*is_governed=*/true);
  const auto verdict = CheckProvenance(example.File());
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  JobEntriesCheck check(*verdict);
  for (const std::string& entry : example.log().entries()) check.See(*ParseLogEntry(entry));
  EXPECT_THAT(check.Faults(), IsEmpty());
  LogEntry other;
  other.kind = LogEntryKind::kCharter;
  for (const LogEntry& entry : verdict->evidence.entries) {
    if (entry.kind == LogEntryKind::kCharter) other.index = entry.index + 1;
  }
  check.See(other);
  EXPECT_THAT(check.Faults(), Contains(HasSubstr("is another charter that came into force")));
}

TEST(Provenance, AnEnrolmentBehindTheSitesFirstSumShowsNothing) {
  ExampleProvenance example;
  ProvenMembership& late = *example.statement().sites[0].membership;
  late.entry = example.Append(LogEntryKind::kMember, "", LogPayload::Bytes("a key"), {late.site, late.organisation});
  example.Prove();
  EXPECT_THAT(FaultsOf(example.File()), HasSubstr("behind its first sum"));
}

TEST(Provenance, WithAnyByteChangedIsRefused) {
  ExampleProvenance example;
  const std::string text = example.File().Write();
  const auto takes = [](const std::string& changed) {
    const auto file = ProvenanceFile::Parse(changed);
    if (!file.ok()) return false;
    const auto verdict = CheckProvenance(*file);
    return verdict.ok() && verdict->faults.empty();
  };
  ASSERT_TRUE(takes(text));
  // Each kind of character becomes another that could stand there.
  for (size_t i = 0; i < text.size(); i += 3) {
    std::string changed = text;
    changed[i] = text[i] == 'A' ? 'B' : text[i] == ' ' ? '\t' : 'A';
    ASSERT_FALSE(takes(changed)) << "byte " << i << " of\n" << text;
  }
  for (size_t i = 0; i < text.size(); i += 97) {
    ASSERT_FALSE(takes(text.substr(0, i))) << "cut at " << i;
    std::string doubled = text;
    doubled.insert(i, 1, text[i]);
    ASSERT_FALSE(takes(doubled)) << "byte " << i << " doubled";
  }
}

// A keeper of the log that signs something else than happened.
TEST(Provenance, LiesUnderTheLogsOwnKeyAreFoundByTheLog) {
  struct Lie {
    std::string expected;
    std::function<void(ModelProvenance&)> tell;
  };
  const Sha256Digest other = ContentDigest("another");
  const std::vector<Lie> lies = {
      {"about job-1, not about job job-2", [](ModelProvenance& s) { s.job_id = "job-2"; }},
      {"the job's SHA-256 is", [&](ModelProvenance& s) { s.job = other; }},
      {"the job began with the model", [&](ModelProvenance& s) { s.start_model = other; }},
      {"it says that the job is JOB_FAILED", [](ModelProvenance& s) { s.state = v1::JOB_FAILED; }},
      {"kept round 1", [](ModelProvenance& s) { s.kept_round = 1; }},
      {"JOB_RUNNING", [](ModelProvenance& s) { s.state = v1::JOB_RUNNING; }},
      {"and its state differ", [](ModelProvenance& s) { s.finished_unix_ms = 0; }},
      {"the model behind round 1 is", [](ModelProvenance& s) { s.round = 1; }},
      {"names no sum of round 3", [](ModelProvenance& s) { s.round = 3; }},
      {"of no round, and not the one at the begin", [](ModelProvenance& s) { s.round = 0; }},
      {"have no model", [&](ModelProvenance& s) { s.model = s.parameters = other; }},
      {"(step 7,", [](ModelProvenance& s) { s.rounds[0].step = 7; }},
      {"is not what entry", [](ModelProvenance& s) { s.rounds[0].kind = v1::STEP_EVALUATE; }},
      {"round 9,", [](ModelProvenance& s) { s.rounds[1].round = 9; }},
      {"attempt 9,", [](ModelProvenance& s) { s.rounds[1].attempt = 9; }},
      {"entry 1,", [](ModelProvenance& s) { s.rounds[0].entry = 1; }},
      {"is not what entry", [&](ModelProvenance& s) { s.rounds[0].model = other; }},
      {"is not named", [](ModelProvenance& s) { s.rounds.pop_back(); }},
      {"it names 3 sums", [](ModelProvenance& s) { s.rounds.push_back(s.rounds[1]); }},
      {"is not what entry", [](ModelProvenance& s) { std::swap(s.rounds[0], s.rounds[1]); }},
      {"not the sites of its rounds", [](ModelProvenance& s) { s.rounds[0].sites.push_back("east"); }},
      {"not the sites of its rounds", [](ModelProvenance& s) { s.sites.pop_back(); }},
      {"listed twice", [](ModelProvenance& s) { s.sites.push_back(s.sites[0]); }},
      {"names to which entry 1 of the log commits",
       [](ModelProvenance& s) {
         s.sites[0].organisation = s.sites[0].membership->organisation.name = "Hospital West";
       }},
      {"names to which entry 1 of the log commits",
       [](ModelProvenance& s) { s.sites[0].membership->site.salt[0] ^= 1; }},
      {"is not in it as a member's", [](ModelProvenance& s) { s.sites[0].membership->entry = 5; }},
      {"the job's submission is not in it", [](ModelProvenance& s) { s.log.entries.erase(s.log.entries.begin() + 3); }},
      {"does not ascend", [](ModelProvenance& s) { std::swap(s.log.entries[0], s.log.entries[1]); }},
      {"does not ascend", [](ModelProvenance& s) { s.log.entries.insert(s.log.entries.begin(), s.log.entries[0]); }},
      {"is not shown to be in the log", [](ModelProvenance& s) { s.log.entries[4].path[1][0] ^= 1; }},
      {"is not shown to be in the log", [](ModelProvenance& s) { s.log.entries[4].path.pop_back(); }},
      {"is not shown to be in the log",
       [](ModelProvenance& s) { s.log.entries[4].bytes[s.log.entries[4].bytes.size() - 13] ^= 1; }},
      {"the log's entry of its end is not in it", [](ModelProvenance& s) { s.log.entries.pop_back(); }},
      {"the log's head", [](ModelProvenance& s) { s.log.head.signature[5] ^= 1; }},
      {"the log's head", [](ModelProvenance& s) { s.log.head.bytes.back() ^= 1; }},
      {"whose enrolment in the log it brings",
       [](ModelProvenance& s) { s.log.entries.erase(s.log.entries.begin() + 2); }},
  };
  for (const Lie& lie : lies) {
    ExampleProvenance example;
    lie.tell(example.statement());
    EXPECT_THAT(FaultsOf(example.File()), HasSubstr(lie.expected));
  }
}

TEST(Provenance, OnlyWhatWouldChangeTheModelMayNotComeBehindTheJobsEnd) {
  for (const LogEntryKind kind :
       {LogEntryKind::kApproval, LogEntryKind::kRefusal, LogEntryKind::kReport, LogEntryKind::kAccess}) {
    ExampleProvenance example;
    example.Append(kind, "job-1", LogPayload::HashOf("later"));
    example.Prove();
    EXPECT_EQ(FaultsOf(example.File()), "") << LogEntryKindName(kind);
  }
  for (const LogEntryKind kind :
       {LogEntryKind::kJob, LogEntryKind::kModel, LogEntryKind::kRound, LogEntryKind::kJobEnded}) {
    ExampleProvenance example;
    example.Append(kind, "job-1", LogPayload::HashOf("later"));
    example.Prove();
    EXPECT_THAT(FaultsOf(example.File()), HasSubstr("stands behind the job's end")) << LogEntryKindName(kind);
  }
}

TEST(Provenance, EntriesOfOtherJobsDoNotPassForThisOnes) {
  ExampleProvenance example;
  ExampleProvenance of_another("other parameters", "job-1");
  // Proven under its own log, but not under this one.
  example.statement().log.entries = of_another.statement().log.entries;
  EXPECT_THAT(FaultsOf(example.File()), HasSubstr("is not shown to be in the log"));
  example.statement().log = of_another.statement().log;
  EXPECT_THAT(FaultsOf(example.File()), HasSubstr("its keyid is")) << "another log's key did not sign it";
}

TEST(Provenance, AForgedLogIsAnotherLog) {
  ExampleProvenance forged;
  ExampleProvenance example;
  const auto verdict = CheckProvenance(forged.File());
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_NE(verdict->evidence.identity.id(), example.log().identity().id()) << "--log-id tells";
}

TEST(Provenance, WhoSignsForTheFileMustBeAMemberAndSignForThisStatement) {
  ExampleProvenance example;
  const KeyPairSigner stranger = *KeyPairSigner::Create(*KeyPair::Generate());
  ModelExport made = example.Export("the file");
  made.public_key_der = stranger.public_key_der();
  EXPECT_THAT(FaultsOf({example.Signed(), *Envelope::Sign(made.Write(), stranger)}),
              HasSubstr("is of nobody whose enrolment"));
  EXPECT_THAT(FaultsOf({example.Signed(), *Envelope::Sign(made.Write(), example.person())}), HasSubstr("keyid"));
  // The log's own key is no person's.
  made.public_key_der = example.log().identity().public_key_der();
  EXPECT_THAT(FaultsOf({example.Signed(), *Envelope::Sign(made.Write(), example.log().signer())}),
              HasSubstr("is of nobody whose enrolment"));
  made = example.Export("the file");
  made.provenance = Sha256("another statement");
  EXPECT_THAT(FaultsOf({example.Signed(), *Envelope::Sign(made.Write(), example.person())}),
              HasSubstr("states another provenance"));
  made = example.Export("the file");
  made.parameters = Sha256("other parameters");
  EXPECT_THAT(FaultsOf({example.Signed(), *Envelope::Sign(made.Write(), example.person())}),
              HasSubstr("the federation's statement is about"));
  EXPECT_EQ(FaultsOf(example.File()), "");
}

TEST(Provenance, AnotherFileThanTheOneThatWasSignedForIsFound) {
  ExampleProvenance example;
  const auto hashed = [](const std::string& bytes) { return HashedFile{Sha256(bytes), ContentDigest(bytes)}; };
  const ModelExport made = example.Export("the file");
  EXPECT_THAT(FaultsOfModelFile(hashed("the file"), made), IsEmpty());
  EXPECT_THAT(FaultsOfModelFile(hashed("The file"), made), Contains(HasSubstr("its SHA-256 is")));
  // Raw parameters are what the federation's own statement names: no word of the exporter is needed.
  const ModelExport raw = example.Export(example.parameters(), "parameters");
  EXPECT_THAT(FaultsOfModelFile(hashed(example.parameters()), raw), IsEmpty());
  EXPECT_THAT(FaultsOfModelFile(hashed("others"), example.Export("others", "parameters")),
              Contains(HasSubstr("its content digest is")));
}

// The statement cannot show that nothing was left out; the whole log can.
TEST(Provenance, WhatWasLeftOutIsFoundByTheWholeLog) {
  ExampleProvenance example;
  const auto faults = [&example] {
    const auto verdict = CheckProvenance(example.File());
    EXPECT_TRUE(verdict.ok()) << verdict.status();
    EXPECT_THAT(verdict->faults, IsEmpty());
    JobEntriesCheck check(*verdict);
    for (const std::string& entry : example.log().entries()) check.See(*ParseLogEntry(entry));
    return check.Faults();
  };
  EXPECT_THAT(faults(), IsEmpty());
  // What came behind its head is of no concern.
  example.Append(LogEntryKind::kReport, "job-1", LogPayload::HashOf("later"));
  EXPECT_THAT(faults(), IsEmpty());
  auto& entries = example.statement().log.entries;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (ParseLogEntry(entries[i].bytes)->kind == LogEntryKind::kAbandoned) {
      entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(i));
      break;
    }
  }
  EXPECT_THAT(faults(), Contains(HasSubstr("(abandoned) is about the job, and is left out")));
}

TEST(Provenance, StatementsOfAnotherFormAreRefused) {
  ExampleProvenance example;
  const std::string text = example.statement().Write();
  const auto spoilt = [&](const std::function<void(nlohmann::json&)>& spoil) {
    nlohmann::json json = nlohmann::json::parse(text);
    spoil(json);
    return std::string(ModelProvenance::Parse(WriteJson(json)).status().message());
  };
  EXPECT_EQ(spoilt([](nlohmann::json&) {}), "");
  EXPECT_THAT(spoilt([](nlohmann::json& j) { j["more"] = 1; }), HasSubstr("does not know"));
  EXPECT_THAT(spoilt([](nlohmann::json& j) { j["_type"] = "https://in-toto.io/Statement/v0.1"; }), HasSubstr("_type"));
  EXPECT_THAT(spoilt([](nlohmann::json& j) { j["predicate"].erase("accord_log"); }), HasSubstr("accord_log"));
  EXPECT_THAT(spoilt([](nlohmann::json& j) { j["predicate"]["runDetails"]["builder"]["id"] = "accord://log/00"; }),
              HasSubstr("contradicts another"));
  EXPECT_THAT(spoilt([](nlohmann::json& j) { j["predicate"]["runDetails"]["metadata"]["invocationId"] = "job-9"; }),
              HasSubstr("invocationId"));
  EXPECT_THAT(spoilt([](nlohmann::json& j) { j["predicate"]["runDetails"]["metadata"]["startedOn"] = "today"; }),
              HasSubstr("startedOn"));
  EXPECT_THAT(spoilt([](nlohmann::json& j) { j["predicate"]["accord_training"]["rounds"][1]["kind"] = "STEP_GUESS"; }),
              HasSubstr("element 1: round.kind"));
  EXPECT_THAT(spoilt([](nlohmann::json& j) { j["predicate"]["accord_training"]["round"] = -1; }),
              HasSubstr("accord_training.round"));
  EXPECT_THAT(spoilt([](nlohmann::json& j) {
                auto& list = j["predicate"]["buildDefinition"]["resolvedDependencies"];
                std::swap(list[0], list[1]);
              }),
              HasSubstr("spelled otherwise"));
  EXPECT_THAT(spoilt([](nlohmann::json& j) { j["subject"] = nlohmann::json::array(); }), HasSubstr("list of one"));
  EXPECT_FALSE(ModelProvenance::Parse("[[[[[[").ok());
  EXPECT_FALSE(ModelExport::Parse(text).ok());
  EXPECT_FALSE(ModelProvenance::Parse(std::string(100'000, '[')).ok());
}

}  // namespace
}  // namespace accord
