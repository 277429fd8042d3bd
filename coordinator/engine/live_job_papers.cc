// A job's order and approvals: judged whenever something was handed in, published, or time has passed; shown to sites.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "coordinator/engine/live_job.h"
#include "spdlog/spdlog.h"

namespace accord {
namespace {

// Wall time may be set: what it says is looked at now and then although nothing should have changed.
constexpr absl::Duration kLongestUnjudged = absl::Hours(1);
constexpr absl::Duration kShortestUnjudged = absl::Milliseconds(1);
// An order has up to 1,000 approvals, each change goes to up to 1,000 sites, and each time all of them: changes are
// gathered so that they take no more than this, with at least a second between two.
constexpr double kShownBytesPerSecond = 8 << 20;
constexpr absl::Duration kShortestBetweenShows = absl::Seconds(1);

std::string WhyOver(const OrderFindings& found) {
  return absl::StrCat("the job's order does not hold: ", absl::StrJoin(found.faults, "; "));
}

}  // namespace

absl::Status LiveJob::LoadPapers() {
  ACCORD_ASSIGN_OR_RETURN(std::optional<StoredPapers> stored, around_.store.jobs().Papers(id()));
  if (!stored.has_value()) return absl::OkStatus();
  ACCORD_ASSIGN_OR_RETURN(JobPapers papers, JobPapers::Load(record_.spec_bytes, *std::move(stored)));
  papers_ = std::make_unique<JobPapers>(std::move(papers));
  begun_ = record_.next_attempt > kFirstReserved || record_.step > 0 || report_.rounds_size() > 0;
  papers_let_ = false;  // until they are judged
  return absl::OkStatus();
}

void LiveJob::JudgePapers() {
  const absl::Time now = around_.clock.Now();
  const std::shared_ptr<const CharterState> charter = around_.charter();
  const OrderFindings& found = papers_->Examine(*charter, now);
  papers_due_ = around_.clock.Monotonic() + std::clamp(found.next_change - now, kShortestUnjudged, kLongestUnjudged);
  papers_let_ = found.may_run();
  const std::vector<std::string> missing = MissingOf(found);
  report_.mutable_mandate()->mutable_missing()->Assign(missing.begin(), missing.end());
  changed_ = true;
  if (std::string why = papers_->WhyStopped(); !why.empty()) {
    return pending_.push_back(CancelRequested{std::move(why)});
  }
  if (!found.holds()) return pending_.push_back(CancelRequested{WhyOver(found), /*mandate_lost=*/true});
  if (begun_ && !found.missing.empty()) {
    return pending_.push_back(CancelRequested{
        absl::StrCat("approvals that the job needs have expired; there are now: ", absl::StrJoin(found.missing, ", "),
                     ". Have another order signed and approved"),
        /*mandate_lost=*/true});
  }
  pending_.push_back(PapersJudged{WaitingForPapers(found), found.approving_sites, found.refusing_sites});
}

void LiveJob::JudgePapersAnew() {
  if (papers_ == nullptr || over_) return;
  papers_due_ = -absl::InfiniteDuration();
  Handle(Tick{});
}

std::optional<absl::Duration> LiveJob::NextWakeup() const {
  const std::optional<absl::Duration> wakeup = machine_.NextWakeup();
  if (papers_ == nullptr || over_) return wakeup;
  const absl::Duration due = std::min(papers_due_, show_due_);
  return wakeup.has_value() ? std::min(*wakeup, due) : due;
}

absl::StatusOr<v1::AddApprovalReply> LiveJob::AddApproval(const std::string& file, const std::string& brought_by) {
  if (papers_ == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("job ", id(), " was submitted without an order: there is nothing to approve"));
  }
  // In the log nothing that decides about a job stands behind its end.
  if (over_) {
    return absl::FailedPreconditionError(
        absl::StrCat("job ", id(), " is over: nothing can be approved or refused any more"));
  }
  auto approval = papers_->Check(file, brought_by, *around_.charter(), around_.clock.Now());
  if (absl::IsAlreadyExists(approval.status())) return ReplyAbout(file);
  ACCORD_RETURN_IF_ERROR(approval.status());
  ACCORD_RETURN_IF_ERROR(around_.store.jobs().AddApproval(id(), *approval));
  papers_->Add(*std::move(approval));
  *report_.mutable_mandate() = MandateOf(papers_->stored());
  papers_message_ = nullptr;
  shown_to_.clear();
  papers_due_ = -absl::InfiniteDuration();
  // A person's refusal ends the job, and is shown before that. All else is gathered.
  if (papers_->HasRefusalOfPerson()) {
    ShowPapers();
  } else {
    ShowPapersSoon();
  }
  Handle(Tick{});
  return ReplyAbout(file);
}

absl::Status LiveJob::Stop(const std::string& file, const std::string& brought_by) {
  if (papers_ == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(
        "job ", id(), " was submitted without an order: no charter has an ombudsman who could stop it; cancel it"));
  }
  if (over_) return absl::FailedPreconditionError(absl::StrCat("job ", id(), " is over: there is nothing to stop"));
  auto stop = papers_->CheckStop(file, brought_by, *around_.charter(), around_.clock.Now());
  if (absl::IsAlreadyExists(stop.status())) return absl::OkStatus();
  ACCORD_RETURN_IF_ERROR(stop.status());
  ACCORD_RETURN_IF_ERROR(around_.store.jobs().AddStop(id(), *stop));
  papers_->Add(*std::move(stop));
  if (auto told = StopOf(papers_->stored())) *report_.mutable_stop() = *std::move(told);
  papers_message_ = nullptr;
  shown_to_.clear();
  papers_due_ = -absl::InfiniteDuration();
  ShowPapers();  // sites keep it, whatever becomes of this coordinator
  Handle(Tick{});
  return absl::OkStatus();
}

absl::StatusOr<v1::AddApprovalReply> LiveJob::ReplyAbout(const std::string& file) const {
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement statement, SignedStatement::Parse(file));
  ACCORD_ASSIGN_OR_RETURN(const Approval said, ParseApproval(statement.bytes));
  v1::AddApprovalReply reply;
  reply.set_job_id(id());
  reply.set_refuses(!said.approves);
  *reply.mutable_missing() = report_.mandate().missing();
  reply.set_state(report_.state());
  reply.set_reason(report_.reason());
  reply.set_waiting_for(report_.waiting_for());
  return reply;
}

// ---- what sites are shown ----

void LiveJob::Greet(const std::string& site) {
  if (papers_ == nullptr) return;
  shown_to_.erase(site);
  // Of a job that is over only the refusal or the stop that ended it is news.
  if (!over_ || papers_->HasRefusalOfPerson() || papers_->stored().stop.has_value()) ShowPapersTo(site);
}

void LiveJob::Send(const std::string& site, std::shared_ptr<const v1::CoordinatorMessage> message) {
  if (papers_ != nullptr) ShowPapersTo(site);
  around_.send(site, std::move(message));
}

void LiveJob::ShowPapersSoon() {
  if (around_.clock.Monotonic() >= next_show_) return ShowPapers();
  show_due_ = next_show_;
}

void LiveJob::ShowPapers() {
  if (papers_ == nullptr) return;
  show_due_ = absl::InfiniteDuration();
  uint64_t num_bytes = 0;
  for (const std::string& site : around_.connected()) num_bytes += ShowPapersTo(site);
  next_show_ = around_.clock.Monotonic() +
               std::max(kShortestBetweenShows, absl::Seconds(static_cast<double>(num_bytes) / kShownBytesPerSecond));
}

uint64_t LiveJob::ShowPapersTo(const std::string& site) {
  const auto& invited = spec_.rounds().sites();
  if (!invited.empty() && std::find(invited.begin(), invited.end(), site) == invited.end()) return 0;
  if (!shown_to_.insert(site).second) return 0;
  papered_sites_.insert(site);
  if (papers_message_ == nullptr) papers_message_ = papers_->Message(id());
  around_.send(site, papers_message_);
  return papers_message_->ByteSizeLong();
}

}  // namespace accord
