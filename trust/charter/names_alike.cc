#include "trust/charter/names_alike.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "trust/roster/readable_text.h"

namespace accord {
namespace {

struct LookAlike {
  uint32_t character;
  char latin;
};

// By ascending character. Source: confusables.txt of UTS 39, of which these are the letters that people use.
constexpr LookAlike kLookAlikes[] = {
    {0x131, 'l'},  {0x251, 'a'}, {0x261, 'g'}, {0x269, 'l'}, {0x391, 'a'}, {0x392, 'b'}, {0x395, 'e'}, {0x396, 'z'},
    {0x397, 'h'},  {0x399, 'l'}, {0x39a, 'k'}, {0x39c, 'm'}, {0x39d, 'n'}, {0x39f, 'o'}, {0x3a1, 'p'}, {0x3a4, 't'},
    {0x3a5, 'y'},  {0x3a7, 'x'}, {0x3b1, 'a'}, {0x3b3, 'y'}, {0x3b9, 'l'}, {0x3bd, 'v'}, {0x3bf, 'o'}, {0x3c1, 'p'},
    {0x3c3, 'o'},  {0x3c5, 'u'}, {0x405, 's'}, {0x406, 'l'}, {0x408, 'j'}, {0x410, 'a'}, {0x412, 'b'}, {0x415, 'e'},
    {0x41a, 'k'},  {0x41c, 'm'}, {0x41d, 'h'}, {0x41e, 'o'}, {0x420, 'p'}, {0x421, 'c'}, {0x422, 't'}, {0x423, 'y'},
    {0x425, 'x'},  {0x430, 'a'}, {0x432, 'b'}, {0x435, 'e'}, {0x43a, 'k'}, {0x43c, 'm'}, {0x43d, 'h'}, {0x43e, 'o'},
    {0x440, 'p'},  {0x441, 'c'}, {0x442, 't'}, {0x443, 'y'}, {0x445, 'x'}, {0x455, 's'}, {0x456, 'l'}, {0x458, 'j'},
    {0x4ae, 'y'},  {0x4af, 'y'}, {0x4bb, 'h'}, {0x4c0, 'l'}, {0x4cf, 'l'}, {0x501, 'd'}, {0x51b, 'q'}, {0x51d, 'w'},
    {0x2113, 'l'},
};

enum class Script { kNone, kLatin, kGreek, kCyrillic };

Script ScriptOf(uint32_t character) {
  if (character < 0x80)
    return absl::ascii_isalpha(static_cast<unsigned char>(character)) ? Script::kLatin : Script::kNone;
  if (character >= 0xc0 && character <= 0x24f && character != 0xd7 && character != 0xf7) return Script::kLatin;
  if (character >= 0x1e00 && character <= 0x1eff) return Script::kLatin;
  if (character >= 0x370 && character <= 0x3ff) return Script::kGreek;
  if (character >= 0x1f00 && character <= 0x1fff) return Script::kGreek;
  if (character >= 0x400 && character <= 0x52f) return Script::kCyrillic;
  return Script::kNone;
}

// The marks that sit on letters of the three scripts; other scripts need theirs.
bool IsCombiningMark(uint32_t character) {
  return (character >= 0x300 && character <= 0x36f) || (character >= 0x483 && character <= 0x489) ||
         (character >= 0x1ab0 && character <= 0x1aff) || (character >= 0x1dc0 && character <= 0x1dff) ||
         (character >= 0x20d0 && character <= 0x20ff);
}

// The Latin letter that it looks like, or nothing.
char LatinLookOf(uint32_t character) {
  if (character >= 0xff01 && character <= 0xff5e) character -= 0xfee0;  // full-width forms of ASCII
  if (character < 0x80) {
    const auto letter = absl::ascii_tolower(static_cast<unsigned char>(character));
    return letter == '0' ? 'o' : letter == '1' || letter == 'i' ? 'l' : static_cast<char>(letter);
  }
  const auto* found = std::lower_bound(std::begin(kLookAlikes), std::end(kLookAlikes), character,
                                       [](const LookAlike& a, uint32_t b) { return a.character < b; });
  return found != std::end(kLookAlikes) && found->character == character ? found->latin : '\0';
}

}  // namespace

absl::Status CheckOneScript(absl::string_view name) {
  Script of_word = Script::kNone;
  while (!name.empty()) {
    const uint32_t character = TakeCharacter(name);
    if (IsCombiningMark(character)) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "has the combining mark U+%04X, which can make two spellings of one name; write the composed letter",
          character));
    }
    if (character < 0x80 && !absl::ascii_isalnum(static_cast<unsigned char>(character))) of_word = Script::kNone;
    const Script script = ScriptOf(character);
    if (script == Script::kNone) continue;
    if (of_word != Script::kNone && of_word != script) {
      return absl::InvalidArgumentError(
          absl::StrFormat("has letters of two scripts in one word (U+%04X is of the second), which can look like "
                          "another name; write each word in one script",
                          character));
    }
    of_word = script;
  }
  return absl::OkStatus();
}

std::string LookAlikeKey(absl::string_view name) {
  std::string key;
  while (!name.empty()) {
    const absl::string_view before = name;
    const char latin = LatinLookOf(TakeCharacter(name));
    if (latin == '\0') {
      key.append(before.data(), before.size() - name.size());
    } else if (absl::ascii_isalnum(static_cast<unsigned char>(latin))) {
      key += latin;
    }
  }
  return absl::StrReplaceAll(key, {{"rn", "m"}});
}

}  // namespace accord
