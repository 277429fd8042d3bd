// One seeded schedule: two questions put to a federation over a network that delays, reorders, repeats and loses
// messages, with sites that come and go, restart and lie, until each question is answered.
//
// What the protocol promises is checked on the way; what is broken is collected, not asserted, so that a schedule
// always ends and its seed can be printed.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/random_stream.h"
#include "tests/simulation/secure/deceiver.h"
#include "tests/simulation/secure/liar.h"
#include "tests/simulation/secure/secure_world.h"

namespace accord::secure::simulation {

struct Tally {
  int opened = 0;
  int dead = 0;       // attempts
  int released = 0;   // attempts after which void statements freed everybody
  int repeated = 0;   // attempts over the survivors of an earlier one
  int recovered = 0;  // attempts opened although a survivor had gone
  int killed = 0;     // attempts that ended with the coordinator
  int blamed = 0;
  int forgotten = 0;   // of these, by honest sites and a coordinator that was killed
  int deceived = 0;    // messages in whose place a coordinator that lies sent others
  int refused = 0;     // by sites, then
  int computable = 0;  // transcripts from which a sum can be computed by whoever was given anything
  int given_up = 0;    // questions without an answer: liars, or a coordinator that was killed
};

class Schedule {
 public:
  Schedule(uint64_t seed, bool masks);

  void Run();
  const std::vector<std::string>& violations() const { return world_.violations; }
  const Tally& tally() const { return tally_; }
  // Every sum that was opened, in order, and the reasons of all attempts that died.
  const std::vector<std::vector<uint32_t>>& sums() const { return sums_; }
  const std::vector<std::string>& deaths() const { return deaths_; }

 private:
  // On its way to a site or to the coordinator; lost when the session ends before.
  struct Flight {
    std::string site;
    std::variant<std::monostate, std::shared_ptr<const RoundAction>, RoundEvent> message;  // monostate: the plan
  };
  struct Link {
    bool up = true;
    bool restarted = false;  // since the attempt began: has no keys for it
  };

  static WorldOptions OptionsOf(uint64_t seed, bool masks);
  bool Happens(double probability) { return !calm_ && random_.NextDouble() < probability; }
  const std::string& AnySite();
  void DrawFaults();
  void DrawDeceit();

  void Ask();
  bool TryOnce();
  std::optional<std::vector<std::string>> ChooseMembers();
  void RunAttempt();
  void KillCoordinator();
  void Step();
  void Quiet();
  void Deliver(Flight flight);
  void FromSite(const std::string& site, std::vector<RoundEvent> events);
  void ToMachine(RoundEvent event);
  void Break(const std::string& site);
  void Reconnect(const std::string& site);
  void CheckEnd();
  void CheckBlame();
  void CheckLearnt();
  // Sites and coordinator do what they should: nothing may be refused or fail without a reason.
  bool honest() const { return liars_.empty() && !deceives_; }
  void NoteRefusals(const std::string& site);
  void HearClaim(const std::string& site, const BoundTo& claim);
  void Violation(const std::string& what) { world_.violations.push_back(what); }
  SecureRound& round() { return *world_.attempt.round; }

  RandomStream random_;
  SecureWorld world_;
  std::map<std::string, Liar> liars_;
  Deceiver deceiver_;
  bool deceives_ = false;  // the coordinator
  std::map<std::string, Link> links_;
  std::vector<Flight> flights_;
  std::optional<Bound> bound_;             // of the question at hand
  std::map<std::string, BoundTo> claims_;  // of sites, about the same
  bool forgotten_ = false;                 // what sites signed at this question, by a coordinator that was killed
  bool abandoned_ = false;                 // the attempt at hand, by the job's machine
  bool calm_ = false;                      // nothing goes wrong any more
  bool killed_ = false;                    // the coordinator, in the attempt at hand
  bool recovering_seen_ = false;
  size_t refusals_seen_ = 0;
  int quiet_ = 0;
  double breaks_ = 0, restarts_ = 0, reconnects_ = 0, repeats_ = 0, losses_ = 0, early_close_ = 0, kills_ = 0,
         lies_ = 0;
  Tally tally_;
  std::vector<std::vector<uint32_t>> sums_;
  std::vector<std::string> deaths_;
};

}  // namespace accord::secure::simulation
