// Texts as numbers, by rules that need nothing but the job.
//
// No list of words is made anywhere: one that is collected from sites would tell which names and rare words occur at
// them.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// The tokens of a text, each from 1 to `vocabulary`; all of them, also beyond the schema's length. `text` is UTF-8.
//
// WORDS: a word is a run of ASCII letters, digits and bytes of other characters (all beyond ASCII); A to Z are made
// lower-case; everything else divides. Its token is 1 + (the first 8 bytes of SHA-256(word), big-endian) mod
// vocabulary. BYTES: 1 + the byte.
std::vector<uint32_t> TokensOf(const v1::Text& schema, absl::string_view text);

}  // namespace accord
