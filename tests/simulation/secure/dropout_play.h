// One attempt in which sites drop out at chosen steps, played to its end between the two machines.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/secure/secure_world.h"

namespace accord::secure::simulation {

// The last thing that a site does.
enum class Last {
  kNothing,  // it uploads nothing and cannot be reached
  kSlow,     // it uploads nothing in time, but answers what it is asked
  kUpload,
  kStatement,
  kReveal,
  kEverything,
};
inline constexpr std::array kLasts = {Last::kNothing,   Last::kSlow,   Last::kUpload,
                                      Last::kStatement, Last::kReveal, Last::kEverything};

// When the coordinator learns that a site is gone, and whether it comes back.
enum class Ending {
  kNoticedAtOnce,  // SiteGone as soon as it does not answer; then patience ends
  kNoticedEarly,   // those that have gone after their upload are known to be gone when collecting closes
  kPatienceEnds,   // nobody notices anything until StopWaiting
  kAllComeBack,    // SiteGone at once, and later everybody is back with its keys
  kAllRestart,     // SiteGone at once, and later everybody who had gone is back without its keys
};
inline constexpr std::array kEndings = {Ending::kNoticedAtOnce, Ending::kNoticedEarly, Ending::kPatienceEnds,
                                        Ending::kAllComeBack, Ending::kAllRestart};

class DropoutPlay {
 public:
  // `last`: by site. Nothing may go wrong but what these say.
  DropoutPlay(const WorldOptions& options, const std::vector<Last>& last, Ending ending);

  // Fails the test if the attempt does not end, if its sum is not exact, if something was opened and it is dead, or if
  // anything but that sum can be computed from what the coordinator was given.
  void Run();
  const SecureWorld& world() const { return world_; }

 private:
  SecureRound& round() { return *world_.attempt.round; }
  void Collect();
  void Push(RoundEvent event);
  void Gone(const std::string& name);
  // Whether a site still answers this, given the last thing that it does.
  bool Answers(const std::string& name, const RoundAction& action) const;
  void Deliver();
  void Resolve();  // nothing moves any more
  void Check() const;

  const Ending ending_;
  SecureWorld world_;
  std::map<std::string, Last> last_;
  std::deque<RoundAction> queue_;
  std::set<std::string> gone_;
  bool back_ = false;
};

}  // namespace accord::secure::simulation
