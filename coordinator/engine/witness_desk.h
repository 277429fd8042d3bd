// Carries questions between sites: one that has just started asks others for the newest of its own signed messages that
// they have seen, so that it finds out whether its state was put back from an older copy (docs/secure-sum.md, "A state
// folder of yesterday"). The coordinator understands neither question nor answer, and need not be believed in any: it
// can only keep them to itself.
//
// Adversary: sites. One asks about itself alone, since the question has the name of its certificate; it has at most
// 32 witnesses. At most 256 questions go out for it in ten minutes, and at most 12 of these to one witness, however
// often it asks or its witnesses come anew: what is beyond that is not put, so that no site uses up what a witness
// answers to others. An answer is passed on once for each question, and only by who was asked. Used on the engine's
// thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

class WitnessDesk {
 public:
  static constexpr int kMaxWitnesses = 32;
  static constexpr uint32_t kMostQuestions = 256;  // for one site in kWindow
  // Of one site to one witness in kWindow: a site that waits asks every minute, and a witness may come anew besides.
  static constexpr uint32_t kMostRepeats = 12;
  static constexpr absl::Duration kWindow = absl::Minutes(10);

  // Sends to a site; false: it is not connected.
  using Send = std::function<bool(const std::string& site, std::shared_ptr<const v1::CoordinatorMessage> message)>;
  // `clock` outlives the desk.
  WitnessDesk(Clock& clock, Send send) : clock_(clock), send_(std::move(send)) {}

  // Asks those witnesses that are connected, and the others when they come; in place of what the site asked before.
  // Whom it has asked too often is not asked now, and the site's session goes on. INVALID_ARGUMENT: not a proper
  // request.
  absl::Status Ask(const std::string& site, const v1::WitnessRequest& request);
  // From `witness`. What nobody asked it for is dropped.
  void Answer(const std::string& witness, const v1::WitnessAnswer& answer);
  // A site has come, or may answer by now what it did not before: what is open goes to it. After a welcome, ahead of
  // everything else.
  void Connected(const std::string& witness);
  // A site is gone: it asks again when it comes back.
  void Gone(const std::string& site);

 private:
  struct Inquiry {
    std::string nonce;
    std::map<std::string, bool> witnesses;  // and whether an answer is awaited; empty: nothing is open
    absl::Duration since = -absl::InfiniteDuration();
    uint32_t questions = 0;                 // since then
    std::map<std::string, uint32_t> asked;  // of these, to each witness: no more than questions
  };
  void Question(const std::string& site, Inquiry& inquiry, const std::string& name, bool& awaited);

  Clock& clock_;
  const Send send_;
  std::map<std::string, Inquiry> inquiries_;  // by who asks: as many as there are members
};

}  // namespace accord
