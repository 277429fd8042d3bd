#include "client/daemon/federation/log_pin.h"

#include "client/daemon/federation/pin_file.h"

namespace accord {
namespace {

constexpr PinKind kLogPin = {"log", "the id of a log", "log_id", "accord-client log pin ID --replace"};

}  // namespace

absl::StatusOr<std::string> ReadLogPin(const StateFolder& folder, const std::string& config_id) {
  return ReadPin(kLogPin, folder.LogPinFile(), config_id);
}

absl::Status PinLog(const StateFolder& folder, const std::string& id) { return WritePinFile(folder.LogPinFile(), id); }

}  // namespace accord
