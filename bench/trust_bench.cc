// What trust costs a round of eight sites: the charter and the order that each of them judges, the log that each plan
// proves to continue, the ledger that is written before anything leaves.
//
// Charter and orders can be left out, so their cost is the difference of two federations in one run, one with them and
// one without, whose jobs take turns: a few milliseconds between rounds of tens, on a machine whose speed drifts by
// more than that and whose processes run faster in one life than in the next. So the difference is taken within each
// turn, over three such pairs, and the median of them is told. Log and ledger cannot: no build of Accord runs without.
// Theirs is measured in parts, each as the round has it: one after the other at the coordinator and at one site, for
// sites work side by side. The log's entries
// are written in the transaction that keeps the round's report; what that takes without them is taken off.
#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/status.h"
#include "bench/federation/governance.h"
#include "bench/federation/jobs.h"
#include "bench/figure.h"
#include "client/daemon/federation/kept_log.h"
#include "client/daemon/ledger/egress_ledger.h"
#include "coordinator/engine/shown_log.h"
#include "coordinator/store/database.h"
#include "coordinator/store/federation_log.h"

namespace accord::bench {
namespace {

constexpr size_t kTrustSites = 8;
constexpr int kPairs = 3;
constexpr int kTurns = 12;
constexpr uint32_t kTrustRounds = 20;
constexpr int kRoundsInParts = 200;
constexpr double kMostMs = 5;  // what trust may cost a round
constexpr char kTrustSite[] = "site-1";
constexpr size_t kReportBytes = 2048;  // of such a round

// Of the reported rounds, in whole milliseconds: the mean of the middle half, which one slow round does not move, and
// which is finer than the median of whole numbers.
double Middle(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto quarter = static_cast<std::ptrdiff_t>(values.size() / 4);
  const auto begin = values.begin() + quarter, end = values.end() - quarter;
  return std::accumulate(begin, end, 0.0) / static_cast<double>(end - begin);
}

std::string TrustJob() {
  TrivialJob job;
  job.rounds = kTrustRounds;
  job.min_sites = job.target_sites = kTrustSites;
  return job.Yaml();
}

absl::Status AddRounds(Federation& federation, const std::string& id, std::vector<double>& rounds_ms) {
  ACCORD_ASSIGN_OR_RETURN(const v1::JobReport report, federation.WaitUntilFinal(id, absl::Minutes(2)));
  if (report.state() != v1::JOB_FINISHED) {
    return absl::InternalError(absl::StrCat("the job did not finish: ", report.reason()));
  }
  for (const v1::RoundReport& round : report.rounds()) {
    if (round.kind() == v1::STEP_TRAIN) rounds_ms.push_back(round.duration_ms());
  }
  return absl::OkStatus();
}

// With charter, order and the approvals of lead, steward and all sites.
absl::Status RunOrdered(Federation& federation, Governance& governance, const std::string& charter,
                        std::vector<double>& rounds_ms) {
  ACCORD_ASSIGN_OR_RETURN(const OrderedJob job, governance.Order(TrustJob(), charter));
  ACCORD_ASSIGN_OR_RETURN(const std::vector<std::string> approvals, governance.PeoplesApprovals(job, charter));
  ACCORD_ASSIGN_OR_RETURN(const std::string id, governance.Submit(job, approvals));
  for (size_t site = 0; site < kTrustSites; ++site) ACCORD_RETURN_IF_ERROR(governance.ApproveAtSite(site, job));
  return AddRounds(federation, id, rounds_ms);
}

absl::Status RunBare(Federation& federation, std::vector<double>& rounds_ms) {
  ACCORD_ASSIGN_OR_RETURN(const std::string id, federation.Submit(TrustJob()));
  return AddRounds(federation, id, rounds_ms);
}

absl::StatusOr<std::unique_ptr<Federation>> StartEight(const Settings& settings) {
  ACCORD_ASSIGN_OR_RETURN(std::unique_ptr<Federation> federation,
                          Federation::Create(settings.binary_folder, TrivialSites(kTrustSites)));
  ACCORD_RETURN_IF_ERROR(federation->StartSites());
  return federation;
}

// Of each turn: rounds without, and what they cost more with.
struct TurnTimes {
  std::vector<double> bare_ms;
  std::vector<double> charter_ms;
};

// Two federations side by side, whose jobs take turns; which of them is first changes with each.
absl::Status MeasurePair(const Settings& settings, TurnTimes& times) {
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Federation> bare, StartEight(settings));
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Federation> ordered, StartEight(settings));
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Governance> governance, Governance::Create(*ordered));
  ACCORD_ASSIGN_OR_RETURN(const std::string text, governance->CharterText());
  ACCORD_ASSIGN_OR_RETURN(const std::string charter, governance->SignedBySites(text, "charter-1"));
  ACCORD_RETURN_IF_ERROR(governance->PinEverywhere(charter));
  ACCORD_RETURN_IF_ERROR(governance->Publish(charter));
  for (int turn = 0; turn < kTurns; ++turn) {
    std::vector<double> bare_ms, ordered_ms;
    if (turn % 2 == 0) ACCORD_RETURN_IF_ERROR(RunBare(*bare, bare_ms));
    ACCORD_RETURN_IF_ERROR(RunOrdered(*ordered, *governance, charter, ordered_ms));
    if (turn % 2 == 1) ACCORD_RETURN_IF_ERROR(RunBare(*bare, bare_ms));
    times.bare_ms.push_back(Middle(bare_ms));
    times.charter_ms.push_back(Middle(ordered_ms) - Middle(bare_ms));
  }
  return absl::OkStatus();
}

// ---- log and ledger ----

class Parts {
 public:
  static absl::StatusOr<std::unique_ptr<Parts>> Create() {
    auto parts = std::make_unique<Parts>();
    ACCORD_ASSIGN_OR_RETURN(parts->database_, Database::Open(parts->folder_.Path("log.db")));
    ACCORD_ASSIGN_OR_RETURN(parts->log_, FederationLog::OpenOrBegin(parts->folder_.path(), *parts->database_));
    ACCORD_RETURN_IF_ERROR(parts->database_->Write("make a table in", [](soci::session& sql) {
      sql << "CREATE TABLE reports (report TEXT NOT NULL)";
      return absl::OkStatus();
    }));
    parts->shown_ = std::make_unique<ShownLog>(*parts->log_);
    ACCORD_ASSIGN_OR_RETURN(parts->ledger_,
                            EgressLedger::Open(parts->folder_.Path("egress"), kTrustSite, Clock::System()));
    v1::SiteConfig config;
    config.set_state_dir(parts->folder_.path());
    ACCORD_ASSIGN_OR_RETURN(parts->kept_, KeptLog::Open(config, parts->ledger_.get()));
    ACCORD_RETURN_IF_ERROR(parts->Greet());
    return parts;
  }

  // One round's share of each, in the order in which they come.
  absl::StatusOr<double> RoundMs(uint32_t round) {
    const auto before = std::chrono::steady_clock::now();
    ACCORD_RETURN_IF_ERROR(CloseRound(round, /*with_log=*/false));
    const auto start = std::chrono::steady_clock::now();
    ACCORD_RETURN_IF_ERROR(CloseRound(round, /*with_log=*/true));
    v1::Plan plan;
    plan.mutable_id()->set_job_id("job-1");
    plan.mutable_id()->set_attempt(round);
    ACCORD_ASSIGN_OR_RETURN(*plan.mutable_log_head(), shown_->Last());
    for (uint64_t& kept : kept_sizes_) {  // the coordinator proves to each what that keeps
      const auto ahead = shown_->AheadOf(plan, kept);
      if (&kept == &kept_sizes_.back() && ahead != nullptr) kept_->Hold(ahead->log_proof());
    }
    ACCORD_RETURN_IF_ERROR(kept_->Take(plan));
    ACCORD_RETURN_IF_ERROR(WriteLedger(plan));
    const auto took = (std::chrono::steady_clock::now() - start) - (start - before);
    return std::chrono::duration<double, std::milli>(took).count();
  }

 private:
  absl::Status Greet() {
    v1::Welcome welcome;
    for (uint64_t& kept : kept_sizes_) kept = shown_->Greet(0, welcome);
    return kept_->Greeted(welcome);
  }
  // The transaction that makes a round's report durable, which there is without a log too; and with it what the round
  // enters there: itself, its sites, and its model.
  absl::Status CloseRound(uint32_t round, bool with_log) {
    std::vector<LogDraft> drafts;
    for (const LogEntryKind kind : {LogEntryKind::kRound, LogEntryKind::kModel}) {
      drafts.push_back({kind, "job-1", LogPayload::HashOf(absl::StrCat(round)), {}});
    }
    for (size_t site = 0; site < kTrustSites; ++site)
      drafts[0].names.emplace_back(NameRole::kSite, absl::StrCat("site-", site));
    return database_->Write("close a round in", [&](soci::session& sql) {
      const std::string report(kReportBytes, 'r');
      sql << "INSERT INTO reports (report) VALUES (:report)", soci::use(report);
      return with_log ? log_->AppendIn(sql, drafts) : absl::OkStatus();
    });
  }
  // The plan that came, the upload that it led to, and three messages of a secure sum.
  absl::Status WriteLedger(const v1::Plan& plan) {
    v1::CoordinatorMessage asked;
    *asked.mutable_plan() = plan;
    ACCORD_RETURN_IF_ERROR(ledger_->IsAskedFor(asked));
    v1::EgressUpload upload;
    upload.set_bytes(4096);
    ACCORD_RETURN_IF_ERROR(ledger_->UploadBegins(plan.id(), upload));
    v1::EgressUploadEnd end;
    end.set_outcome(v1::EgressUploadEnd::TAKEN);
    ACCORD_RETURN_IF_ERROR(ledger_->UploadEnds(plan.id(), end));
    v1::SiteMessage said;
    *said.mutable_survivor_answer()->mutable_plan() = plan.id();
    ACCORD_RETURN_IF_ERROR(ledger_->MessageLeaves(said));
    *said.mutable_reveal_answer()->mutable_plan() = plan.id();
    return ledger_->MessageLeaves(said);
  }

  TempFolder folder_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<FederationLog> log_;
  std::unique_ptr<ShownLog> shown_;
  std::array<uint64_t, kTrustSites> kept_sizes_{};  // in entries
  std::unique_ptr<EgressLedger> ledger_;
  std::unique_ptr<KeptLog> kept_;
};

absl::StatusOr<double> LogAndLedgerMs() {
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Parts> parts, Parts::Create());
  std::vector<double> rounds_ms;
  for (uint32_t round = 1; round <= kRoundsInParts; ++round) {
    ACCORD_ASSIGN_OR_RETURN(const double took, parts->RoundMs(round));
    rounds_ms.push_back(took);
  }
  return Median(rounds_ms);
}

absl::Status MeasureTrust(const Settings& settings, const std::function<void(const Figure&)>& report) {
  TurnTimes turns;
  for (int pair = 0; pair < kPairs; ++pair) ACCORD_RETURN_IF_ERROR(MeasurePair(settings, turns));
  ACCORD_ASSIGN_OR_RETURN(const double log_and_ledger_ms, LogAndLedgerMs());
  const double bare_ms = Median(turns.bare_ms), charter_ms = Median(turns.charter_ms);
  report({"trust/round_ms/without_charter", bare_ms, "ms", bare_ms});
  report({"trust/round_ms/charter_and_order", charter_ms, "ms", kMostMs});
  report({"trust/round_ms/log_and_ledger", log_and_ledger_ms, "ms", kMostMs});
  report({"trust/round_cost_ms", charter_ms + log_and_ledger_ms, "ms", kMostMs});
  return absl::OkStatus();
}

}  // namespace

std::vector<Subject> TrustSubjects() {
  return {{{"trust/round_ms/without_charter", "trust/round_ms/charter_and_order", "trust/round_ms/log_and_ledger",
            "trust/round_cost_ms"},
           &MeasureTrust}};
}

}  // namespace accord::bench
