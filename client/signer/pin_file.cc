#include "client/signer/pin_file.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr size_t kMaxPinBytes = 255;
constexpr size_t kMaxMemoryBytes = 256;

}  // namespace

absl::StatusOr<PinFile> PinFile::Read(std::string path, std::string memory) {
  auto file = ReadPrivateFile(path, kMaxPinBytes + 2);
  if (!file.ok()) return Annotate(file.status(), "the file with the token's PIN");
  PinFile result(std::move(path), std::move(memory), *std::move(file));
  const absl::Span<const uint8_t> pin = result.pin();
  if (pin.empty() || pin.size() > kMaxPinBytes ||
      std::any_of(pin.begin(), pin.end(), [](uint8_t c) { return c == '\n' || c == '\r' || c == '\0'; })) {
    return absl::InvalidArgumentError(
        absl::StrCat(result.path_, " does not hold a PIN: expected one line of 1 to ", kMaxPinBytes, " bytes"));
  }
  const auto refused = ReadFile(result.memory_, kMaxMemoryBytes);
  if (refused.ok() && *refused == result.file_.version) {
    return absl::PermissionDeniedError(absl::StrCat(
        "the token refused the PIN in ", result.path_,
        " before, so it is not tried again (a few refusals lock a token); write the right PIN into that file"));
  }
  return result;
}

absl::Span<const uint8_t> PinFile::pin() const {
  absl::Span<const uint8_t> bytes = file_.content.Reveal();
  if (!bytes.empty() && bytes.back() == '\n') bytes.remove_suffix(1);
  if (!bytes.empty() && bytes.back() == '\r') bytes.remove_suffix(1);
  return bytes;
}

absl::Status PinFile::RememberRefusal() const { return WriteFileAtomically(memory_, file_.version, 0600); }

void PinFile::ForgetRefusal() const { unlink(memory_.c_str()); }

}  // namespace accord
