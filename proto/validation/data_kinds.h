// What a row of a schema is.
#pragma once

#include "proto/accord/v1/job.pb.h"

namespace accord {

// True where a row is a line of named columns, which can be standardised; else it is an image, a series or a text.
inline bool IsTable(const v1::DataSchema& data) { return !data.has_image() && !data.has_series() && !data.has_text(); }

}  // namespace accord
