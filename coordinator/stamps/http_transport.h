// Time stamps over HTTP (RFC 3161, section 3.4), by libcurl.
//
// What comes back is believed by its own signature alone, so http is as good as https: the connection gives nothing
// away but that somebody asked, and a hash. Still whoever answers is a stranger: an answer is of the one content type,
// has at most 64 KiB and comes within kStampPatience; a redirect is an error, so that no answer leads elsewhere;
// nothing is read from the environment or the user's files (proxies, .netrc).
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "coordinator/stamps/stamp_transport.h"

namespace accord {

inline constexpr absl::Duration kStampPatience = absl::Seconds(30);

class HttpTransport final : public StampTransport {
 public:
  struct Options {
    std::string url;        // http or https
    std::string proxy;      // http://host:port; empty: none
    std::string server_ca;  // file; empty: the machine's roots
  };
  // INTERNAL: libcurl cannot be set up.
  static absl::StatusOr<std::unique_ptr<HttpTransport>> Create(Options options);

  absl::StatusOr<std::string> Exchange(const std::string& request_der) override;
  void Cancel() override { cancelled_ = true; }

 private:
  explicit HttpTransport(Options options) : options_(std::move(options)) {}

  const Options options_;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace accord
