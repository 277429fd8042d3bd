#include "trust/log/name_commitment.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/domain_hash.h"
#include "base/fields.h"
#include "base/status.h"
#include "base/utf8.h"

namespace accord {
namespace {

constexpr absl::string_view kNameDomain = "accord/v1/log-name";

}  // namespace

absl::string_view NameRoleWord(NameRole role) {
  switch (role) {
    case NameRole::kPerson:
      return "person";
    case NameRole::kSite:
      return "site";
    case NameRole::kOrganisation:
      return "organisation";
    case NameRole::kDataSet:
      return "data-set";
    case NameRole::kProject:
      return "project";
  }
  return "";
}

absl::StatusOr<NameOpening> NameOpening::Draw(NameRole role, absl::string_view name, EntropySource& entropy) {
  ACCORD_RETURN_IF_ERROR(CheckCommittedName(name));
  NameOpening opening{role, std::string(name), {}};
  ACCORD_RETURN_IF_ERROR(entropy.Fill(absl::MakeSpan(opening.salt)));
  return opening;
}

CommittedName NameOpening::Commit() const {
  const FieldWriter committed = FieldWriter().Raw(absl::MakeConstSpan(salt)).U8(static_cast<uint8_t>(role)).Raw(name);
  return {role, HashUnder(kNameDomain, committed.bytes())};
}

absl::Status CheckCommittedName(absl::string_view name) {
  const bool has_controls =
      std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (!name.empty() && name.size() <= kMaxCommittedNameBytes && !has_controls && IsUtf8(name)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("a name in the log is 1 to ", kMaxCommittedNameBytes, " bytes of UTF-8 without control characters"));
}

}  // namespace accord
