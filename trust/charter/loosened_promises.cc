#include "trust/charter/loosened_promises.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/config/rule_text.h"
#include "trust/charter/charter.h"
#include "trust/charter/week_hours.h"

namespace accord {
namespace {

using Views = std::set<std::pair<v1::Viewing::What, v1::Role>>;

Views ViewsOf(const v1::Charter& charter) {
  Views views;
  for (const v1::Viewing& viewing : charter.may_see()) {
    for (const int role : viewing.roles()) views.emplace(viewing.what(), static_cast<v1::Role>(role));
  }
  return views;
}

void CompareTimes(const v1::Charter& before, const v1::Charter& after, std::vector<std::string>& words) {
  // Both are UTC in one spelling of one length.
  if (after.not_before() < before.not_before()) {
    words.push_back(absl::StrCat("it begins ", after.not_before(), ", before ", before.not_before()));
  }
  // That there are none any more, LoosenedBy says itself.
  if (after.hours().empty() || before.hours().empty()) return;
  if ((OpenMinutes(after.hours()) & ~OpenMinutes(before.hours())).any()) {
    words.emplace_back("hours are open in which sites did not compute before");
  }
}

void CompareRetention(const v1::Retention& before, const v1::Retention& after, std::vector<std::string>& words) {
  const auto longer = [&words](absl::string_view field, uint32_t was, uint32_t is) {
    if (is > was) words.push_back(absl::StrCat("retention.", field, " is ", is, ", before ", was));
  };
  longer("uploads_days", before.uploads_days(), after.uploads_days());
  longer("models_days", before.models_days(), after.models_days());
  longer("reports_days", before.reports_days(), after.reports_days());
}

void CompareService(const v1::Charter& before, const v1::Charter& after, std::vector<std::string>& words) {
  for (int i = 0; i < before.service_size(); ++i) {
    const v1::ServicePromise& promised = before.service(i);
    const bool kept = std::any_of(after.service().begin(), after.service().end(), [&](const v1::ServicePromise& now) {
      return now.promise() == promised.promise() && now.consequence() == promised.consequence();
    });
    if (!kept) words.push_back(absl::StrCat("what was service[", i, "] is promised no longer, or has other words"));
  }
}

void CompareWhoLoosens(const v1::Charter& before, const v1::Charter& after, std::vector<std::string>& words) {
  for (const v1::Loosening& entry : after.loosening()) {
    for (const v1::Loosening& known : before.loosening()) {
      if (known.rule() != entry.rule()) continue;
      for (const int role : entry.by()) {
        if (std::find(known.by().begin(), known.by().end(), role) != known.by().end()) continue;
        words.push_back(absl::StrCat(RuleName(entry.rule()), " may be loosened as ",
                                     RoleName(static_cast<v1::Role>(role)), " too"));
      }
    }
  }
}

void CompareSitePolicies(const v1::Charter& before, const v1::Charter& after, std::vector<std::string>& words) {
  if (!before.has_site_policies()) return;
  if (!after.has_site_policies()) {
    words.emplace_back("a site's policy needs no signatures any more");
    return;
  }
  const v1::SitePolicies& was = before.site_policies();
  const v1::SitePolicies& is = after.site_policies();
  if (is.people() < was.people()) {
    words.push_back(absl::StrCat("site_policies.people is ", is.people(), ", before ", was.people()));
  }
  for (const int role : is.roles()) {
    if (std::find(was.roles().begin(), was.roles().end(), role) != was.roles().end()) continue;
    words.push_back(absl::StrCat(RoleName(static_cast<v1::Role>(role)), " may sign a site's policy"));
  }
}

}  // namespace

std::string ViewingName(v1::Viewing::What what) {
  const auto* value = v1::Viewing::What_descriptor()->FindValueByNumber(what);
  return value == nullptr ? absl::StrCat(static_cast<int>(what)) : EnumValueInFile(*value);
}

std::vector<std::string> LoosenedPromises(const v1::Charter& before, const v1::Charter& after) {
  std::vector<std::string> words;
  CompareTimes(before, after, words);
  const Views were = ViewsOf(before);
  for (const auto& [what, role] : ViewsOf(after)) {
    if (!were.contains({what, role})) words.push_back(absl::StrCat(RoleName(role), " may see ", ViewingName(what)));
  }
  CompareRetention(before.retention(), after.retention(), words);
  CompareService(before, after, words);
  CompareWhoLoosens(before, after, words);
  CompareSitePolicies(before, after, words);
  return words;
}

}  // namespace accord
