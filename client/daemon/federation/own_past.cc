#include "client/daemon/federation/own_past.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/secure/agreement/roster_view.h"
#include "aggregation/secure/evidence/evidence.h"
#include "aggregation/secure/messages/signed_wire.h"
#include "base/hash_named_file.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr absl::Duration kAnswersAreCountedFor = absl::Minutes(10);
// Each site of the roster has a share of its own, so that however many ask without end together, the others are
// answered.
constexpr size_t kAnswersToShare = 256;
constexpr size_t kLeastShare = 4;  // of a roster of many: a site that starts again needs one each time
constexpr size_t kMostShare = 16;
constexpr size_t kMostNamed = 8;  // in one line

// `count` of the names, each as likely as any other.
absl::StatusOr<std::vector<std::string>> Draw(std::vector<std::string> names, size_t count, EntropySource& entropy) {
  for (size_t i = 0; i < count; ++i) {
    uint64_t random = 0;
    ACCORD_RETURN_IF_ERROR(entropy.Fill(absl::MakeSpan(reinterpret_cast<uint8_t*>(&random), sizeof(random))));
    std::swap(names[i], names[i + random % (names.size() - i)]);  // off by 2^-44 for the largest roster
  }
  names.resize(count);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

OwnPast::OwnPast(Surroundings surroundings) : around_(std::move(surroundings)) {}

absl::Status OwnPast::DrawWitnesses(const Roster& roster) {
  std::vector<std::string> others;
  for (const RosterSite& site : roster.sites()) {
    if (site.site != around_.site) others.push_back(site.site);
  }
  const size_t count = std::min(others.size(), kMaxWitnesses);
  // Drawn once: who could have them drawn anew would do so until they are those that have seen nothing.
  const bool still_listed =
      !witnesses_.empty() && std::includes(others.begin(), others.end(), witnesses_.begin(), witnesses_.end());
  if (still_listed && witnesses_.size() == count) return absl::OkStatus();
  ACCORD_ASSIGN_OR_RETURN(witnesses_, Draw(std::move(others), count, around_.entropy));
  std::erase_if(answered_, [this](const std::string& site) {
    return !std::binary_search(witnesses_.begin(), witnesses_.end(), site);
  });
  return absl::OkStatus();
}

absl::Status OwnPast::Prepare() {
  ACCORD_ASSIGN_OR_RETURN(std::shared_ptr<const Roster> roster, around_.roster());
  if (!nonce_.has_value()) {
    secure::WitnessNonce nonce;
    ACCORD_RETURN_IF_ERROR(around_.entropy.Fill(absl::MakeSpan(nonce)));
    nonce_ = nonce;
  }
  if (roster != nullptr && (roster_ == nullptr || roster_->hash() != roster->hash())) {
    ACCORD_RETURN_IF_ERROR(DrawWitnesses(*roster));
  }
  roster_ = std::move(roster);
  if (roster_ != nullptr && EnoughHaveAnswered()) settled_ = true;
  return absl::OkStatus();
}

bool OwnPast::EnoughHaveAnswered() const { return answered_.size() >= needed() && LastCohortHasAnswered(); }

// As far as they are asked. They have most likely seen what this site signed after the copy was made: without them a
// coordinator would pass on the answers of those that were in no cohort.
bool OwnPast::LastCohortHasAnswered() const {
  size_t asked = 0;
  size_t answered = 0;
  for (const std::string& member : around_.record.record().LastCohort()) {
    asked += std::binary_search(witnesses_.begin(), witnesses_.end(), member) ? 1 : 0;
    answered += answered_.contains(member) ? 1 : 0;
  }
  return 2 * answered >= asked;
}

std::vector<std::string> OwnPast::Missing() const {
  std::vector<std::string> missing;
  std::set_difference(witnesses_.begin(), witnesses_.end(), answered_.begin(), answered_.end(),
                      std::back_inserter(missing));
  return missing;
}

std::optional<v1::WitnessRequest> OwnPast::Ask() {
  if (!restored_.ok() || !Prepare().ok() || roster_ == nullptr) return std::nullopt;
  const std::vector<std::string> missing = Missing();
  if (missing.empty()) return std::nullopt;
  v1::WitnessRequest request;
  request.set_nonce(nonce_->data(), nonce_->size());
  request.mutable_witnesses()->Assign(missing.begin(), missing.end());
  return request;
}

// What the record has needs no signature: it may be under a former key of this site.
bool OwnPast::IsKnown(const secure::SignedPosition& shown) const {
  const auto position = secure::ParsePosition(shown);
  return position.ok() && around_.record.record().Knows(position->sequence, position->head);
}

void OwnPast::Take(const v1::WitnessReport& report) {
  if (!Prepare().ok() || roster_ == nullptr || !restored_.ok()) return;
  const auto key = [this](absl::string_view site) { return secure::RosterKey(*roster_, site); };
  const auto statement = secure::VerifyWitnessStatement(secure::FromWire(report.statement()), key);
  if (!statement.ok()) {
    news_.push_back(
        absl::StrCat("what another site has seen of this one does not count: ", statement.status().message()));
    return;
  }
  const bool asked = std::binary_search(witnesses_.begin(), witnesses_.end(), statement->witness);
  if (statement->site != around_.site || statement->nonce != *nonce_ || !asked) return;
  if (statement->seen.has_value() && !IsKnown(*statement->seen)) {
    const auto position = secure::VerifyPosition(*statement->seen, key);
    if (position.ok()) return Found(*statement->seen, *position, statement->witness);
    news_.push_back(absl::StrCat(
        statement->witness,
        " shows in this site's name what is not in its record and was not signed with the key that the roster lists; "
        "that answer does not count. Where this site was enrolled anew with an empty state folder, it needs a new id"));
    return;
  }
  answered_.insert(statement->witness);
  if (settled_ || !EnoughHaveAnswered()) return;
  settled_ = true;
  news_.push_back(InWords());
}

void OwnPast::Found(const secure::SignedPosition& shown, const secure::RecordPosition& position,
                    const std::string& witness) {
  secure::SiteRecord& record = around_.record.record();
  const uint64_t length = record.sequence();
  std::string words = absl::StrCat(
      witness, " has this site's own signature on entry ", position.sequence, " of its record, and the record has ",
      length, " entries", position.sequence <= length ? ", with another one at that place" : "",
      ". The state folder was put back from an older copy: what this site did since then is forgotten, and nothing is "
      "computed or sent");
  secure::Evidence evidence;
  evidence.kind = secure::EvidenceKind::kRecordForked;
  evidence.witness = around_.site;
  evidence.claim = words;
  evidence.messages.push_back(secure::AsEvidence(shown));
  const auto path =
      WriteHashNamedFile(around_.evidence_folder, ".evidence", secure::WriteEvidence(evidence, roster_->bytes()));
  const std::string file = path.ok() ? *path : "the evidence, which could not be kept";
  news_.push_back(absl::StrCat("NO JOB IS TAKEN PART IN: ", words,
                               ". Put the newest folder back; where there is none, stop the daemon and "
                               "settle the loss: accord-client egress settle ",
                               file));
  absl::StrAppend(&words, " until its operator has put the newest folder back or settled the loss");
  record.Distrust(words);  // the machines of jobs that run already
  restored_ = absl::FailedPreconditionError(words);
}

absl::Status OwnPast::MayTakePart() {
  if (!restored_.ok()) return restored_;
  if (settled_) return absl::OkStatus();
  if (const absl::Status ready = Prepare(); !ready.ok()) {
    return absl::UnavailableError(
        absl::StrCat("this site cannot ask others whether its state is the newest: ", ready.message()));
  }
  if (settled_) return absl::OkStatus();
  if (roster_ == nullptr) return MayGoWithoutRoster();
  std::vector<std::string> missing = Missing();
  const size_t more = missing.size() > kMostNamed ? missing.size() - kMostNamed : 0;
  missing.resize(missing.size() - more);
  return absl::UnavailableError(absl::StrCat(
      "this site has just started and asks others what they have seen of it, lest its state is an older copy: ",
      answered_.size(), " of ", witnesses_.size(), " have answered, ", needed(),
      " must; not yet: ", absl::StrJoin(missing, ", "), more == 0 ? "" : absl::StrCat(" and ", more, " more"),
      LastCohortHasAnswered() ? "" : "; half of those that this site last signed a sum with must be among them"));
}

// What it signed for a sum it signed under a roster that was pinned: the folder is not whole.
absl::Status OwnPast::MayGoWithoutRoster() const {
  const uint64_t entries = around_.record.record().sequence();
  if (entries == 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(
      "the record of this site has ", entries,
      " entries, which it signed under a roster, and none is pinned here: the "
      "state folder is not whole, or partly of an older copy, and nobody can be asked. Pin the roster again "
      "(accord-client roster pin FILE)"));
}

std::string OwnPast::InWords() {
  const absl::Status may = MayTakePart();
  if (!may.ok()) return absl::StrCat("NO JOB IS TAKEN PART IN: ", may.message());
  if (roster_ == nullptr) return "no roster is pinned, so nobody was asked what was seen of this site";
  return absl::StrCat(answered_.size(), " of ", witnesses_.size(),
                      " sites have said since the daemon started that they have seen no more of this one's record than "
                      "it has");
}

bool OwnPast::MayAnswer(const std::string& asker) {
  const size_t others = std::max<size_t>(roster_->sites().size(), 2) - 1;
  const size_t share = std::clamp(kAnswersToShare / others, kLeastShare, kMostShare);
  const absl::Duration now = around_.clock.Monotonic();
  if (now - answers_since_ >= kAnswersAreCountedFor) {
    answers_since_ = now;
    answers_.clear();
    told_of_asker_ = false;
  }
  size_t& answers = answers_[asker];
  if (answers < share) {
    ++answers;
    return true;
  }
  if (!std::exchange(told_of_asker_, true)) {
    news_.push_back(absl::StrCat(
        asker, " has asked this site more than ", share, " times within ", absl::FormatDuration(kAnswersAreCountedFor),
        " what it has seen of it, or was made to seem so by the coordinator: it is answered no "
        "more for as long, and other sites are"));
  }
  return false;
}

std::optional<v1::WitnessAnswer> OwnPast::Answer(const v1::WitnessQuestion& question) {
  if (!Prepare().ok() || roster_ == nullptr || roster_->Find(question.site()) == nullptr) return std::nullopt;
  secure::WitnessStatement statement{around_.site, question.site(), {}, std::nullopt};
  if (question.site() == around_.site || question.nonce().size() != statement.nonce.size()) return std::nullopt;
  if (!MayAnswer(question.site())) return std::nullopt;
  std::memcpy(statement.nonce.data(), question.nonce().data(), statement.nonce.size());
  const secure::SignedPosition* seen = around_.record.record().peers().Find(question.site());
  if (seen != nullptr) statement.seen = *seen;
  const auto message = secure::Sign(statement, around_.signer);
  if (!message.ok()) {
    news_.push_back(absl::StrCat("cannot answer ", question.site(), ": ", message.status().message()));
    return std::nullopt;
  }
  v1::WitnessAnswer answer;
  answer.set_site(question.site());
  *answer.mutable_statement() = secure::ToWire(*message);
  return answer;
}

}  // namespace accord
