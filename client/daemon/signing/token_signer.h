// Signs with the key in the site's token.
//
// The token's module is foreign code, so it runs in a process of its own, accord-signer, as OpenSSH keeps it in
// ssh-pkcs11-helper: it cannot change what this process's OpenSSL does, crash it with its keys in memory, or hold it up
// for longer than the limits below. The PIN stays in that process too.
//
// What a signature costs: the token's time (0.1 ms in software, some 100 ms on a card). What a failure costs the
// caller: at most open_limit + sign_limit, once in `rest`; in between a call fails at once. The daemon signs on its
// decision thread, five times a round at most, so that is also how long a pause may have to wait. Thread-safe; calls
// wait for each other.
//
// Adversary: the module, for what it answers: a signature is verified before it leaves. Not the machine's operator, who
// can have anything signed as long as the token is there.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/hash.h"
#include "client/daemon/training/process_keeper.h"
#include "client/ipc/channel.h"
#include "proto/accord/v1/signer.pb.h"
#include "proto/accord/v1/site.pb.h"
#include "trust/identity/signing.h"

namespace accord {

class TokenSigner : public Signer {
 public:
  struct Options {
    std::string signer_path;  // of accord-signer
    v1::SigningToken token;
    std::string refused_pin_file;  // where accord-signer remembers a PIN that was refused
    std::string public_key_der;    // of the key that must be in the token; empty: of whatever key is in it
    Clock* clock = &Clock::System();
    absl::Duration open_limit = absl::Seconds(15);  // a card reader is powered up, a network module connected
    absl::Duration sign_limit = absl::Seconds(5);
    absl::Duration rest = absl::Seconds(30);
  };

  // Opens the token if its public key is not known yet, and fails as Open does; else does not touch it.
  static absl::StatusOr<std::unique_ptr<TokenSigner>> Create(Options options);

  // Makes sure that the token can be used. The error says what is wrong and what the site's operator can do; it names
  // paths and labels of this site, so it is not for others.
  absl::Status Open() const;
  // What the operator should know although the token can be used.
  std::vector<std::string> Warnings() const;

  // Besides what Signer says: UNAVAILABLE when the token cannot be used now, without the reason, which goes to the log.
  absl::StatusOr<std::string> Sign(absl::string_view domain, absl::string_view message) const override;
  const std::string& public_key_der() const override { return public_key_der_; }

 private:
  struct Running {
    std::shared_ptr<KeptProcess> process;  // shared with the keeper's log
    IpcChannel channel;
  };

  explicit TokenSigner(Options options);
  absl::Status Spawn() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<v1::TokenOpened> Start() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status EnsureOpen() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::string> SignOnce(const Sha256Digest& digest) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<v1::SignerReply> Exchange(const v1::SignerRequest& request, absl::Duration limit) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends the process and lets calls fail with this for a while.
  absl::Status Rest(const absl::Status& why) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  std::string public_key_der_;  // set by Create
  mutable ProcessKeeper keeper_;
  mutable absl::Mutex mutex_;
  mutable std::unique_ptr<Running> running_ ABSL_GUARDED_BY(mutex_);  // null: none
  mutable absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  mutable absl::Duration rests_until_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();  // of clock's Monotonic
  mutable std::vector<std::string> warnings_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace accord
