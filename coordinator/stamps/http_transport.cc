#include "coordinator/stamps/http_transport.h"

#include <curl/curl.h>

#include <mutex>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "trust/timestamp/stamp_request.h"

namespace accord {
namespace {

constexpr absl::Duration kConnectPatience = absl::Seconds(10);
constexpr long kOk = 200;  // NOLINT(runtime/int): libcurl's type

struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, FreeHandle>;
using Headers = std::unique_ptr<curl_slist, FreeList>;

// Gets the answer's bytes; refuses the first that is too many.
size_t TakeBytes(char* bytes, size_t size, size_t count, void* answer) {
  auto& taken = *static_cast<std::string*>(answer);
  if (taken.size() + size * count > kMaxStampAnswerBytes) return 0;
  taken.append(bytes, size * count);
  return size * count;
}

int IsCancelled(void* cancelled, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<std::atomic<bool>*>(cancelled)->load() ? 1 : 0;
}

// libcurl's setters differ by the type of what they take; each says CURLE_OK or why not.
class Setup {
 public:
  explicit Setup(CURL* handle) : handle_(handle) {}
  template <typename Value>
  Setup& Set(CURLoption option, Value value) {
    if (result_ == CURLE_OK) result_ = curl_easy_setopt(handle_, option, value);
    return *this;
  }
  CURLcode result() const { return result_; }

 private:
  CURL* const handle_;
  CURLcode result_ = CURLE_OK;
};

long Milliseconds(absl::Duration duration) {                      // NOLINT(runtime/int): libcurl's type
  return static_cast<long>(absl::ToInt64Milliseconds(duration));  // NOLINT(runtime/int)
}

// Of a URL what may stand in a log: neither a name and password in front of its host nor the query behind its path,
// which are secrets at some authorities.
std::string WithoutSecrets(absl::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const size_t scheme = url.find("://");
  if (scheme == absl::string_view::npos) return std::string(url);
  const size_t host = scheme + 3;
  const size_t at = url.substr(0, url.find('/', host)).rfind('@');
  if (at == absl::string_view::npos || at < host) return std::string(url);
  return absl::StrCat(url.substr(0, host), url.substr(at + 1));
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpTransport>> HttpTransport::Create(Options options) {
  static std::once_flag once;
  static CURLcode begun = CURLE_FAILED_INIT;
  std::call_once(once, [] { begun = curl_global_init(CURL_GLOBAL_DEFAULT); });
  if (begun != CURLE_OK) {
    return absl::InternalError(absl::StrCat("cannot set up libcurl: ", curl_easy_strerror(begun)));
  }
  return std::unique_ptr<HttpTransport>(new HttpTransport(std::move(options)));
}

absl::StatusOr<std::string> HttpTransport::Exchange(const std::string& request_der) {
  const Handle handle(curl_easy_init());
  curl_slist* lines = nullptr;
  for (const std::string& line : {absl::StrCat("Content-Type: ", kStampQueryType),
                                  absl::StrCat("Accept: ", kStampReplyType), std::string("Expect:")}) {
    lines = curl_slist_append(lines, line.c_str());
  }
  const Headers headers(lines);
  if (handle == nullptr || headers == nullptr) return absl::InternalError("cannot set up libcurl: no memory");
  std::string answer;
  char reason[CURL_ERROR_SIZE] = "";
  Setup setup(handle.get());
  setup.Set(CURLOPT_URL, options_.url.c_str())
      .Set(CURLOPT_PROTOCOLS_STR, "http,https")
      .Set(CURLOPT_FOLLOWLOCATION, 0L)
      .Set(CURLOPT_PROXY, options_.proxy.c_str())  // an empty one: nor that of the environment
      .Set(CURLOPT_NOPROXY, "")
      .Set(CURLOPT_POST, 1L)
      .Set(CURLOPT_POSTFIELDS, request_der.data())
      .Set(CURLOPT_POSTFIELDSIZE, static_cast<long>(request_der.size()))  // NOLINT(runtime/int)
      .Set(CURLOPT_HTTPHEADER, headers.get())
      .Set(CURLOPT_CONNECTTIMEOUT_MS, Milliseconds(kConnectPatience))
      .Set(CURLOPT_TIMEOUT_MS, Milliseconds(kStampPatience))
      .Set(CURLOPT_NOSIGNAL, 1L)
      .Set(CURLOPT_QUICK_EXIT, 1L)  // nor is a name server waited for that does not answer
      .Set(CURLOPT_WRITEFUNCTION, TakeBytes)
      .Set(CURLOPT_WRITEDATA, &answer)
      .Set(CURLOPT_NOPROGRESS, 0L)
      .Set(CURLOPT_XFERINFOFUNCTION, IsCancelled)
      .Set(CURLOPT_XFERINFODATA, &cancelled_)
      .Set(CURLOPT_ERRORBUFFER, reason);
  if (!options_.server_ca.empty()) {
    setup.Set(CURLOPT_CAINFO, options_.server_ca.c_str()).Set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  if (setup.result() != CURLE_OK) {
    return absl::InternalError(absl::StrCat("cannot set up libcurl: ", curl_easy_strerror(setup.result())));
  }
  const CURLcode done = curl_easy_perform(handle.get());
  const auto failed = [this](absl::string_view why) {
    return absl::UnavailableError(
        absl::StrCat("the time-stamp authority at ", WithoutSecrets(options_.url), ": ", Printable(why)));
  };
  if (done == CURLE_WRITE_ERROR) return failed(absl::StrCat("answers with more than ", kMaxStampAnswerBytes, " bytes"));
  if (done == CURLE_ABORTED_BY_CALLBACK) return failed("is not waited for any more: this coordinator ends");
  if (done != CURLE_OK) return failed(reason[0] == '\0' ? curl_easy_strerror(done) : reason);
  long status = 0;  // NOLINT(runtime/int): libcurl's type
  const char* type = nullptr;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(handle.get(), CURLINFO_CONTENT_TYPE, &type);
  if (status != kOk) {
    return failed(absl::StrCat("answers with HTTP status ", status, "; expected 200",
                               status >= 300 && status < 400
                                   ? " (redirects are not followed: write the address that it "
                                     "leads to)"
                                   : ""));
  }
  const absl::string_view kind =
      absl::StripAsciiWhitespace(absl::string_view(type == nullptr ? "" : type)
                                     .substr(0, absl::string_view(type == nullptr ? "" : type).find(';')));
  if (!absl::EqualsIgnoreCase(kind, kStampReplyType)) {
    return failed(absl::StrCat("answers with content of type '", kind, "'; expected ", kStampReplyType));
  }
  return answer;
}

}  // namespace accord
