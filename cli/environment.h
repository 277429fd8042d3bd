// What a command of `accord` meets of the world: streams, time, the network. Tests hand in their own.
#pragma once

#include <functional>
#include <istream>
#include <memory>
#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "cli/profile/profile.h"
#include "grpcpp/channel.h"

namespace accord {

// `accord` ends with one of these.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,      // what was asked for did not happen; standard error says why and what to do
  kExitUsage = 2,       // the command line itself is wrong
  kExitJobNotDone = 3,  // a watched or rehearsed job ended as failed or cancelled
};

struct CliEnvironment {
  std::istream& in;
  std::ostream& out;  // results
  std::ostream& err;  // faults and what to do about them
  bool out_is_terminal = false;
  Clock& clock = Clock::System();
  std::string default_profile;  // folder used where --profile is not given
  // A channel to the profile's coordinator. Not yet connected.
  std::function<absl::StatusOr<std::shared_ptr<grpc::Channel>>(const Profile&)> connect;
  // Exchanges a token for a certificate over a key that is made here (`accord login`), as a person; `files`: as
  // IdentityRequest's.
  std::function<absl::StatusOr<NewIdentity>(const std::string& coordinator, const EnrolmentToken& token,
                                            const TlsFiles* files)>
      enrol;
  // Waits between attempts to reach a coordinator.
  std::function<void(absl::Duration)> sleep;
};

}  // namespace accord
