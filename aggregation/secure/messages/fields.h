// The fields of the secure sum's messages: those of base/fields.h, and the ids of sites and jobs.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "base/fields.h"

namespace accord::secure {

bool IsSiteId(absl::string_view text);
bool IsJobId(absl::string_view text);

using accord::FieldWriter;

class FieldReader : public accord::FieldReader {
 public:
  using accord::FieldReader::FieldReader;

  std::string Site(absl::string_view field);
  // A site of a sorted list: strictly after `previous` by its bytes; empty before the first.
  std::string SiteAfter(absl::string_view field, absl::string_view previous);
  std::string JobId(absl::string_view field);
};

}  // namespace accord::secure
