#include "tests/simulation/secure/schedule.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/validation/sum_checks.h"

namespace accord::secure::simulation {
namespace {

constexpr int kQuestions = 2;
constexpr int kAttempts = 8;    // at one question
constexpr int kCalmFrom = 5;    // from this attempt on nothing goes wrong
constexpr int kMaxQuiet = 200;  // times that nothing moves in one attempt

RandomStream StreamFor(uint64_t seed, const char* use) {
  return RandomStream({.job_seed = seed, .site = "", .round = 0, .use = use});
}

// As a job's validation asks for: every cohort and every sum of so many sites withstands the colluders.
uint32_t FewestSites(uint32_t colluding) {
  uint32_t sites = 2;
  while (MostColludingSites(sites) < colluding) ++sites;
  return sites;
}

// What no honest coordinator ever makes an honest site say, however messages travel.
bool IsNeverRight(SiteRefusal refusal) {
  switch (refusal) {
    case SiteRefusal::kOutOfOrder:       // a message that came twice, or late
    case SiteRefusal::kNotSigned:        // likewise
    case SiteRefusal::kReplayedAttempt:  // likewise
    case SiteRefusal::kOtherEpoch:       // likewise
    case SiteRefusal::kSigned:           // a promise never to sign comes too late
    case SiteRefusal::kVoided:           // a list of survivors comes too late
    case SiteRefusal::kTranscriptLost:   // it restarted
    case SiteRefusal::kNoShares:         // it complained about all of them
      return false;
    default:
      return true;
  }
}

}  // namespace

WorldOptions Schedule::OptionsOf(uint64_t seed, bool masks) {
  RandomStream random = StreamFor(seed, "size");
  WorldOptions options;
  // Small cohorts are where every answer counts, and signatures of large ones take nearly all of the time.
  options.num_sites = 2 + (random.NextBelow(10) > 0 ? random.NextBelow(7) : random.NextBelow(39));
  const uint32_t most = MostColludingSites(static_cast<uint32_t>(options.num_sites));
  options.colluding_organisations = static_cast<uint32_t>(random.NextBelow(most + 1));
  options.min_sites = FewestSites(options.colluding_organisations);
  options.masks = masks;
  options.seed = seed;
  return options;
}

Schedule::Schedule(uint64_t seed, bool masks) : random_(StreamFor(seed, "schedule")), world_(OptionsOf(seed, masks)) {
  for (const std::string& name : world_.names()) links_[name];
  DrawFaults();
  DrawDeceit();
}

void Schedule::DrawFaults() {
  const auto draw = [this](double most) { return random_.NextBelow(2) == 0 ? 0 : most * random_.NextDouble(); };
  breaks_ = draw(0.04);
  restarts_ = draw(0.3);  // of each break
  reconnects_ = draw(0.2);
  repeats_ = draw(0.2);
  losses_ = draw(0.05);
  early_close_ = draw(0.05);
  kills_ = draw(0.01);
  if (random_.NextBelow(3) > 0) return;
  for (uint32_t i = 0; i < world_.options().colluding_organisations; ++i) {
    const std::string name = AnySite();
    const Lie lie = static_cast<Lie>(random_.NextBelow(kNumLies));
    liars_.emplace(name, Liar(lie, world_.site(name).signer(), world_.roster()));
    world_.coalition.Join(name);
  }
}

void Schedule::DrawDeceit() {
  if (random_.NextBelow(4) > 0) return;
  deceives_ = true;
  lies_ = 0.5 * random_.NextDouble();
  for (const auto& [name, liar] : liars_) deceiver_.Befriend(name, world_.site(name).signer());
  world_.on_statement = [this](const SignedBytes& statement) { deceiver_.Take(statement); };
  world_.alter = [this](const std::string& site, SiteEvent event) {
    if (!Happens(lies_)) return std::vector<SiteEvent>{std::move(event)};
    ++tally_.deceived;
    return deceiver_.Alter(site, std::move(event), random_);
  };
}

const std::string& Schedule::AnySite() { return world_.names()[random_.NextBelow(world_.names().size())]; }

void Schedule::Run() {
  for (int question = 0; question < kQuestions; ++question) Ask();
  CheckLearnt();
}

void Schedule::CheckLearnt() {
  for (const std::string& what : world_.coalition.Broken(tally_.computable)) Violation(what);
}

void Schedule::Ask() {
  bound_.reset();
  claims_.clear();
  forgotten_ = false;
  world_.NextQuestion();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    calm_ = attempt >= kCalmFrom;
    if (TryOnce()) return;
  }
  ++tally_.given_up;
  tally_.forgotten += honest() ? 1 : 0;
  if (honest() && !forgotten_)
    Violation("a question of honest sites was not answered though nothing went wrong at the end");
}

// As the job's machine does: all that are up, or exactly the sites that are bound.
std::optional<std::vector<std::string>> Schedule::ChooseMembers() {
  std::vector<std::string> members;
  for (const auto& [name, link] : links_) {
    const bool wanted =
        !bound_.has_value() || std::binary_search(bound_->survivors.begin(), bound_->survivors.end(), name);
    if (link.up && wanted) members.push_back(name);
  }
  if (bound_.has_value() && members.size() < bound_->survivors.size()) return std::nullopt;  // waits
  return members;
}

bool Schedule::TryOnce() {
  flights_.clear();
  for (auto& [name, link] : links_) {
    link.up = calm_ || link.up || random_.NextBelow(2) == 0;
    link.restarted = false;
  }
  const std::optional<std::vector<std::string>> members = ChooseMembers();
  if (!members.has_value() || !world_.CohortIsSound(*members)) return false;
  if (!world_.OpenEpoch(*members)) {
    if (honest()) Violation("an epoch of honest sites that all answer does not open");
    return false;
  }
  if (!world_.Begin(bound_.value_or(Bound()))) {
    // A site whose lies have stopped it sends no key, and it may be one of those to whom the others are bound.
    if (honest()) Violation("the coordinator's machine refuses honest terms");
    return false;
  }
  if (bound_.has_value()) ++tally_.repeated;
  NoteRefusals("");
  RunAttempt();
  CheckEnd();
  return !killed_ && !abandoned_ && world_.attempt.opened.has_value();
}

void Schedule::RunAttempt() {
  quiet_ = 0;
  recovering_seen_ = false;
  killed_ = abandoned_ = false;
  for (const std::string& name : world_.attempt.cohort) flights_.push_back({name, {}});
  // What is still on its way when an attempt dies (void statements, signatures) may change what it leaves behind.
  while (!round().ended() || (world_.attempt.dead.has_value() && !flights_.empty())) {
    if (quiet_ > kMaxQuiet) return Violation("the attempt does not end");
    if (abandoned_) return;
    if (Happens(kills_)) return KillCoordinator();
    Step();
    recovering_seen_ |= round().state() == SecureRound::State::kRecovering;
  }
}

// The proofs that it had made durable are all that is left.
void Schedule::KillCoordinator() {
  killed_ = true;
  ++tally_.killed;
  bound_.reset();
  claims_.clear();
  forgotten_ = true;
  world_.Forget();
}

void Schedule::Step() {
  const std::string& name = AnySite();
  if (Happens(breaks_) && links_[name].up) Break(name);
  if (Happens(reconnects_) && !links_[name].up) Reconnect(name);
  const size_t cohort = world_.attempt.cohort.size();
  const bool collecting = round().state() == SecureRound::State::kCollecting;
  const bool whole = world_.attempt.folded.size() == cohort;
  if (collecting && (whole || (!bound_.has_value() && Happens(early_close_)))) ToMachine(CloseCollecting{});
  if (flights_.empty()) return Quiet();
  const size_t index = random_.NextBelow(flights_.size());
  Flight flight = std::move(flights_[index]);
  flights_.erase(flights_.begin() + static_cast<std::ptrdiff_t>(index));
  if (Happens(losses_)) return;
  Deliver(std::move(flight));
}

// Nothing moves any more. The shell closes the connections of those for whom the machine waits, some of whom come back.
// In the end it waits no longer.
void Schedule::Quiet() {
  ++quiet_;
  if (round().ended()) return;
  const std::vector<std::string> waits = round().WaitsFor();
  if (waits.empty() && round().state() != SecureRound::State::kCollecting) {
    return Violation("the attempt has not ended and waits for nobody");
  }
  bool somebody = false;
  for (const std::string& name : waits) {
    if (!calm_ && random_.NextBelow(4) == 0) continue;
    if (links_[name].up) Break(name);
    Reconnect(name);
    somebody = true;
  }
  if (somebody && quiet_ <= 3) return;
  // Those who are bound are summed together or not at all.
  if (bound_.has_value() && round().state() == SecureRound::State::kCollecting) {
    abandoned_ = true;
    return;
  }
  ToMachine(StopWaiting{});
}

void Schedule::Deliver(Flight flight) {
  if (auto* event = std::get_if<RoundEvent>(&flight.message)) {
    if (Happens(repeats_)) flights_.push_back({flight.site, Copy(*event)});
    return ToMachine(std::move(*event));
  }
  if (Happens(repeats_)) {
    Flight again{flight.site, {}};
    if (const auto* action = std::get_if<std::shared_ptr<const RoundAction>>(&flight.message)) again.message = *action;
    flights_.push_back(std::move(again));
  }
  const auto* action = std::get_if<std::shared_ptr<const RoundAction>>(&flight.message);
  FromSite(flight.site, action != nullptr ? world_.Deliver(**action) : world_.SendPlan(flight.site));
}

void Schedule::FromSite(const std::string& site, std::vector<RoundEvent> events) {
  const auto liar = liars_.find(site);
  for (RoundEvent& event : events) {
    if (liar == liars_.end()) {
      flights_.push_back({site, std::move(event)});
      continue;
    }
    for (RoundEvent& altered : liar->second.Alter(std::move(event), random_))
      flights_.push_back({site, std::move(altered)});
  }
  NoteRefusals(site);
}

// A site that has lost its keys says so, and nobody waits for it.
void Schedule::NoteRefusals(const std::string& site) {
  bool takes_no_part = false;
  for (; refusals_seen_ < world_.refused.size(); ++refusals_seen_) {
    const auto& [who, refuse] = world_.refused[refusals_seen_];
    takes_no_part |= refuse.refusal == SiteRefusal::kTranscriptLost;
    if (refuse.bound.has_value()) HearClaim(who, *refuse.bound);
    // What sites signed is not known to a coordinator that was killed, and a liar makes it show them another set.
    const bool bound = refuse.bound.has_value() && (forgotten_ || !honest());
    takes_no_part |= bound;
    tally_.refused += deceives_ ? 1 : 0;
    if (deceives_ || liars_.contains(who) || bound || !IsNeverRight(refuse.refusal)) continue;
    Violation(absl::StrCat(who, " refuses: ", SiteRefusalName(refuse.refusal), ": ", refuse.reason));
  }
  if (takes_no_part && !site.empty()) ToMachine(SiteGone{site, true});
}

// One site's word holds nobody: as many as may lie together, and one more, must say the same.
void Schedule::HearClaim(const std::string& site, const BoundTo& claim) {
  claims_[site] = claim;
  const auto agreeing = std::count_if(claims_.begin(), claims_.end(), [&claim](const auto& other) {
    return other.second.sites == claim.sites && other.second.encoding_sites == claim.encoding_sites;
  });
  if (bound_.has_value() || static_cast<uint64_t>(agreeing) <= world_.options().colluding_organisations) return;
  bound_ = Bound{claim.sites, claim.encoding_sites};
  abandoned_ = true;
}

void Schedule::ToMachine(RoundEvent event) {
  for (RoundAction& action : world_.Handle(std::move(event))) {
    const std::string site = AddresseeOf(action);
    if (!links_[site].up) continue;
    flights_.push_back({site, std::make_shared<const RoundAction>(std::move(action))});
  }
}

void Schedule::Break(const std::string& site) {
  links_[site].up = false;
  std::erase_if(flights_, [&site](const Flight& flight) { return flight.site == site; });
  if (Happens(restarts_)) {
    world_.site(site).Restart();
    links_[site].restarted = true;
  }
  ToMachine(SiteGone{site});
}

void Schedule::Reconnect(const std::string& site) {
  links_[site].up = true;
  // Its first message says whether it still has its keys.
  if (links_[site].restarted) ToMachine(SiteGone{site, true});
  ToMachine(SiteBack{site});
  const auto& cohort = world_.attempt.cohort;
  const bool member = std::binary_search(cohort.begin(), cohort.end(), site);
  if (member && round().state() == SecureRound::State::kCollecting && !world_.attempt.folded.contains(site)) {
    flights_.push_back({site, {}});
  }
}

void Schedule::CheckBlame() {
  for (const Blame& blame : world_.attempt.blamed) {
    ++tally_.blamed;
    const bool named = std::any_of(blame.sites.begin(), blame.sites.end(),
                                   [this](const std::string& site) { return liars_.contains(site); });
    if (!named && !deceives_) Violation(absl::StrCat("honest sites are blamed: ", blame.sites[0], ": ", blame.what));
  }
}

void Schedule::CheckEnd() {
  const Attempt& attempt = world_.attempt;
  CheckBlame();
  for (const auto& [site, evidence] : std::exchange(world_.evidence, {})) {
    if (!deceives_ && !liars_.contains(site))
      Violation(absl::StrCat(site, " has evidence against somebody: ", evidence.claim));
  }
  if (killed_) return;  // the sites hear nothing
  if (abandoned_) return world_.End();
  if (attempt.opened.has_value() == attempt.dead.has_value()) return Violation("neither opened nor dead, or both");
  if (attempt.opened.has_value()) {
    ++tally_.opened;
    tally_.recovered += recovering_seen_ ? 1 : 0;
    sums_.push_back(attempt.sum);
    if (attempt.sum != world_.PlainSum(attempt.opened->survivors)) Violation("the sum is not that of the survivors");
    if (bound_.has_value() && attempt.opened->survivors != bound_->survivors) Violation("opened over other survivors");
  } else {
    ++tally_.dead;
    deaths_.push_back(attempt.dead->reason);
    if (attempt.unmasked) Violation("unmasked and dead");
    if (attempt.dead->reason.empty()) Violation("dead without a reason");
    tally_.released += attempt.released ? 1 : 0;
    if (attempt.dead->bound.has_value()) bound_ = attempt.dead->bound;
    if (attempt.released) bound_.reset();
  }
  world_.End();
}

}  // namespace accord::secure::simulation
