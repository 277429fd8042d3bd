#include "cli/mandate_words.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/numbers.h"

namespace accord {

std::string ApprovalInWords(const v1::GivenApproval& approval) {
  std::string words = absl::StrCat(approval.by(), approval.as() == "site" ? "" : absl::StrCat(" as ", approval.as()));
  if (!approval.organisation().empty()) absl::StrAppend(&words, ", ", approval.organisation());
  // A refusal counts for ever.
  if (!approval.refuses()) absl::StrAppend(&words, ", until ", TimeInWords(approval.expires_unix_ms()));
  if (!approval.loosens().empty()) absl::StrAppend(&words, ", loosens ", absl::StrJoin(approval.loosens(), ", "));
  return words;
}

std::vector<std::pair<std::string, std::string>> MandateLines(const v1::Mandate& mandate) {
  std::vector<std::pair<std::string, std::string>> lines;
  if (mandate.order_sha256().empty()) return lines;
  lines.emplace_back("Ordered by",
                     absl::StrCat(mandate.engineer(), ", ", mandate.organisation(), ", for ", mandate.purpose()));
  lines.emplace_back("Order", mandate.order_sha256());
  lines.emplace_back(
      "Holds", absl::StrCat(TimeInWords(mandate.not_before_unix_ms()), " to ", TimeInWords(mandate.expires_unix_ms())));
  if (!mandate.loosens().empty()) lines.emplace_back("Loosens", absl::StrJoin(mandate.loosens(), ", "));
  lines.emplace_back("Charter", absl::StrCat(mandate.charter(), ", ", mandate.charter_sha256()));
  for (const v1::GivenApproval& approval : mandate.approvals()) {
    lines.emplace_back(approval.refuses() ? "Refused by" : "Approved by", ApprovalInWords(approval));
  }
  if (!mandate.missing().empty()) lines.emplace_back("Missing", absl::StrJoin(mandate.missing(), ", "));
  return lines;
}

}  // namespace accord
