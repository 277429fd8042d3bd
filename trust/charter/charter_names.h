// Names, keys and words in a charter: that each stands for one thing and reads as what it is.
#pragma once

#include "base/config/faults.h"
#include "proto/accord/v1/charter.pb.h"

namespace accord {

// Adds a fault for each text, however deep, with characters that cannot be read on a screen: an escape in a YAML text
// can make one out of readable bytes.
void CheckCharterTexts(const v1::Charter& charter, FaultList& faults);

// Adds a fault for each name that is there twice or looks like another one, is used and not there, or is a person's key
// that is no key or another one's.
void CheckCharterNames(const v1::Charter& charter, FaultList& faults);

}  // namespace accord
