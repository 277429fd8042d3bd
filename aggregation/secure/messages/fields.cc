#include "aggregation/secure/messages/fields.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/limits.h"

namespace accord::secure {
namespace {

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool IsIdText(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return IsLowerOrDigit(c) || c == '-'; });
}

}  // namespace

bool IsSiteId(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxSiteIdBytes && text.front() != '-' && IsIdText(text);
}

bool IsJobId(absl::string_view text) { return !text.empty() && text.size() <= kMaxJobIdBytes && IsIdText(text); }

std::string FieldReader::Site(absl::string_view field) {
  std::string site = String(field, kMaxSiteIdBytes);
  if (!failed() && !IsSiteId(site)) Fail(field, "is not a site's id");
  return site;
}

std::string FieldReader::SiteAfter(absl::string_view field, absl::string_view previous) {
  std::string site = Site(field);
  if (!failed() && site <= previous) Fail(field, absl::StrCat("lists ", site, " twice or out of order"));
  return site;
}

std::string FieldReader::JobId(absl::string_view field) {
  std::string id = String(field, kMaxJobIdBytes);
  if (!failed() && !IsJobId(id)) Fail(field, "is not a job's id");
  return id;
}

}  // namespace accord::secure
