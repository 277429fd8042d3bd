#include "client/trainer/data/tokens.h"

#include <string>

#include "absl/strings/ascii.h"
#include "base/hash.h"

namespace accord {
namespace {

bool BelongsToAWord(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || (c & 0x80) != 0; }

uint32_t TokenOfWord(absl::string_view word, uint32_t vocabulary) {
  const auto digest = Sha256(absl::AsciiStrToLower(word));
  uint64_t number = 0;
  for (size_t i = 0; i < 8; ++i) number = number << 8 | static_cast<uint8_t>(digest[i]);
  return static_cast<uint32_t>(number % vocabulary) + 1;
}

}  // namespace

std::vector<uint32_t> TokensOf(const v1::Text& schema, absl::string_view text) {
  std::vector<uint32_t> tokens;
  if (schema.tokens() == v1::Text::BYTES) {
    for (const char c : text) tokens.push_back(uint32_t{static_cast<uint8_t>(c)} + 1);
    return tokens;
  }
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = begin;
    while (end < text.size() && BelongsToAWord(text[end])) ++end;
    if (end > begin) tokens.push_back(TokenOfWord(text.substr(begin, end - begin), schema.vocabulary()));
    begin = end + 1;
  }
  return tokens;
}

}  // namespace accord
