// A charter's terms as the text of a file: for drafts that a program composes. A charter that is signed is its bytes,
// and is never written anew.
#pragma once

#include <string>

#include "proto/accord/v1/charter.pb.h"

namespace accord {

// Every field that is set or that a charter must have, in the order of the schema. Charter::Parse reads the same terms
// out of it, numbers to the last bit.
std::string CharterYaml(const v1::Charter& terms);

}  // namespace accord
