// The engine's side of the charter, and of approvals that people and sites hand in.
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "coordinator/engine/engine.h"
#include "coordinator/engine/job_report.h"
#include "coordinator/governance/job_papers.h"
#include "spdlog/spdlog.h"
#include "trust/charter/approval.h"
#include "trust/charter/signed_statement.h"

namespace accord {

void Engine::TakeCharter(absl::StatusOr<std::shared_ptr<const CharterState>> current) {
  if (!current.ok()) return spdlog::error("{}", std::string(current.status().message()));
  if (*current == charter_ || IsEarlier(**current, *charter_)) return;
  charter_ = *std::move(current);
  if (charter_->active.has_value()) {
    const Charter& charter = charter_->active->charter();
    spdlog::info("charter {} is in force: {}", HexDigest(charter.hash()), CharterName(charter));
  } else if (charter_->charter != nullptr) {
    spdlog::error("no job runs under the charter: {}", charter_->why_not_active);
  }
  for (const auto& [id, job] : jobs_) job->JudgePapersAnew();
}

void Engine::LookForCharter() {
  look_again_ = looking_;
  if (looking_) return;
  looking_ = true;
  members_strand_.Run([this, known = KnownRoster()] {
    loop_.Post([this, latest = store_.rosters().Latest(known), charter = charters_.Current()]() mutable {
      looking_ = false;
      TakeRoster(std::move(latest));
      TakeCharter(std::move(charter));
      // It was asked for after the store was looked at, perhaps.
      if (std::exchange(look_again_, false)) LookForCharter();
    });
  });
}

absl::Status Engine::OnSiteApproval(const std::string& site, const v1::SiteApproval& message) {
  if (message.approval().size() > kMaxApprovalFileBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("an approval of ", message.approval().size(), " bytes; expected at most ", kMaxApprovalFileBytes));
  }
  const auto statement = SignedStatement::Parse(message.approval());
  const auto said = statement.ok() ? ParseApproval(statement->bytes) : statement.status();
  const std::string self = absl::StrCat("site/", site);
  if (!said.ok() || said->by != self) {
    return absl::InvalidArgumentError("a site hands in its own approvals and refusals, as signed statements");
  }
  LiveJob* job = Find(message.job_id());
  if (job == nullptr) return absl::OkStatus();  // whether it is over was told before
  const auto added = job->AddApproval(message.approval(), self);
  // The session goes on: clocks differ, and charters are published.
  if (!added.ok()) {
    spdlog::warn("job {}: what site {} says of its order is not taken: {}", job->id(), site,
                 std::string(added.status().message()));
  }
  return absl::OkStatus();
}

void Engine::AddApproval(const std::string& job_id, std::string file, std::string brought_by,
                         Answer<absl::StatusOr<v1::AddApprovalReply>> answer) {
  loop_.Post(
      [this, job_id, file = std::move(file), brought_by = std::move(brought_by), answer = std::move(answer)]() mutable {
        TakeCharter(charters_.Current());
        LiveJob* job = Find(job_id);
        if (job == nullptr || job->over()) {
          return answer(absl::FailedPreconditionError(
              absl::StrCat("job ", job_id, " is over, or could not be taken up: nothing can be approved any more")));
        }
        answer(job->AddApproval(file, brought_by));
      });
}

void Engine::StopJob(const std::string& job_id, std::string file, std::string brought_by,
                     Answer<absl::StatusOr<v1::JobReport>> answer) {
  loop_.Post(
      [this, job_id, file = std::move(file), brought_by = std::move(brought_by), answer = std::move(answer)]() mutable {
        TakeCharter(charters_.Current());
        LiveJob* job = Find(job_id);
        if (job == nullptr) {
          return answer(absl::FailedPreconditionError(
              absl::StrCat("job ", job_id, " is over, or could not be taken up: there is nothing to stop")));
        }
        if (const absl::Status stopped = job->Stop(file, brought_by); !stopped.ok()) return answer(stopped);
        // It is of these bytes, whatever order they came under.
        for (const auto& [id, other] : jobs_) {
          if (id == job_id || other->report().job_sha256() != job->report().job_sha256()) continue;
          if (const absl::Status also = other->Stop(file, brought_by); !also.ok()) {
            spdlog::warn("job {}: {}", id, std::string(also.message()));
          }
        }
        answer(WithNotes(job->report()));
      });
}

}  // namespace accord
