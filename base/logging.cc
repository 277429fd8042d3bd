#include "base/logging.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "base/status.h"
#include "google/protobuf/stubs/logging.h"

namespace accord {
namespace {

// Writes a message as the content of a JSON string, so that no text from a peer can forge a line or a field.
class JsonTextFlag : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    for (unsigned char c : message.payload) {
      if (c == '"' || c == '\\') {
        out.push_back('\\');
        out.push_back(static_cast<char>(c));
      } else if (c < 0x20) {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
      } else {
        out.push_back(static_cast<char>(c));
      }
    }
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<JsonTextFlag>(); }
};

// Protocol Buffers writes to stderr by itself, also about bytes that a peer sent; here it obeys level and form.
void LogOfProtobuf(google::protobuf::LogLevel, const char*, int, const std::string& message) {
  spdlog::debug("protobuf: {}", message);
}

}  // namespace

absl::Status StartLogging(const LogSettings& settings) {
  const spdlog::level::level_enum level = spdlog::level::from_str(settings.level);
  if (level == spdlog::level::off && settings.level != "off") {
    return absl::InvalidArgumentError(
        absl::StrCat("log level '", settings.level, "' is unknown: use trace, debug, info, warn, error or off"));
  }
  try {
    spdlog::sink_ptr sink;
    if (settings.file.empty()) {
      sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
    } else {
      sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(settings.file, size_t{10} << 20, 5);
    }
    auto logger = std::make_shared<spdlog::logger>(settings.process, std::move(sink));
    logger->set_level(level);
    logger->flush_on(spdlog::level::info);
    if (settings.file.empty() && isatty(STDERR_FILENO) == 1) {
      logger->set_pattern("%H:%M:%S.%e %^%-5l%$ %v");
    } else {
      auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
      formatter->add_flag<JsonTextFlag>('*').set_pattern(
          R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","process":"%n","pid":%P,"level":"%l","message":"%*"})");
      logger->set_formatter(std::move(formatter));
    }
    spdlog::set_default_logger(std::move(logger));
    google::protobuf::SetLogHandler(LogOfProtobuf);
  } catch (const spdlog::spdlog_ex& error) {
    return absl::FailedPreconditionError(absl::StrCat("cannot open the log ", settings.file, ": ", error.what()));
  }
  return absl::OkStatus();
}

}  // namespace accord
