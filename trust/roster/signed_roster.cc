#include "trust/roster/signed_roster.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_join.h"
#include "base/base64.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr absl::string_view kSeparator = "\nsignatures\n";
constexpr size_t kMaxNamed = 20;  // sites in one message

absl::Status SignatureFault(absl::string_view what) { return absl::InvalidArgumentError(what); }

absl::string_view WhatIsSigned(const Roster& roster) {
  return absl::string_view(reinterpret_cast<const char*>(roster.hash().data()), roster.hash().size());
}

std::string Names(const std::vector<std::string>& sites) {
  const size_t named = std::min(sites.size(), kMaxNamed);
  const std::string text = absl::StrJoin(sites.begin(), sites.begin() + static_cast<std::ptrdiff_t>(named), ", ");
  return named == sites.size() ? text : absl::StrCat(text, " and ", sites.size() - named, " more");
}

// "ID BASE64", without the LF.
absl::StatusOr<std::pair<absl::string_view, std::string>> ReadSignature(absl::string_view line) {
  const size_t space = line.find(' ');
  if (space == absl::string_view::npos)
    return SignatureFault("a line under 'signatures' is not of the form 'ID BASE64'");
  auto signature = ParseBase64(line.substr(space + 1));
  if (!signature.ok() || signature->size() != kSignatureSize) {
    return SignatureFault("a line under 'signatures' does not hold the base64 of 64 bytes");
  }
  return std::pair{line.substr(0, space), *std::move(signature)};
}

}  // namespace

SignedRoster::SignedRoster(Roster roster)
    : roster_(std::make_shared<const Roster>(std::move(roster))), signatures_(roster_->sites().size()) {}

absl::StatusOr<SignedRoster> SignedRoster::Parse(absl::string_view text) {
  if (text.size() > kMaxSignedRosterBytes) {
    return SignatureFault(
        absl::StrCat("the roster's file has ", text.size(), " bytes; expected at most ", kMaxSignedRosterBytes));
  }
  const size_t separator = text.find(kSeparator);
  if (separator == absl::string_view::npos) {
    // A file with other line ends, or none of ours: the roster's own faults tell more.
    ACCORD_RETURN_IF_ERROR(Roster::Parse(std::string(text)).status());
    return SignatureFault("the roster's file has no line 'signatures': it was cut off");
  }
  ACCORD_ASSIGN_OR_RETURN(Roster roster, Roster::Parse(std::string(text.substr(0, separator + 1))));
  SignedRoster result(std::move(roster));
  text.remove_prefix(separator + kSeparator.size());
  if (!text.empty() && text.back() != '\n')
    return SignatureFault("the roster's signatures were cut off in the middle of a line");
  absl::string_view last;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    ACCORD_ASSIGN_OR_RETURN(auto signature, ReadSignature(text.substr(0, end)));
    text.remove_prefix(end + 1);
    const auto& [site, bytes] = signature;
    const RosterSite* listed = result.roster_->Find(site);
    if (listed == nullptr)
      return SignatureFault("the roster's file has a signature of a site that the roster does not list");
    if (site <= last)
      return SignatureFault("the roster's signatures are not in ascending order of the sites, each once");
    last = site;
    result.signatures_[static_cast<size_t>(listed - result.roster_->sites().data())] = bytes;
  }
  return result;
}

std::string SignedRoster::Text() const {
  std::string text = absl::StrCat(roster_->bytes(), kSeparator.substr(1));
  for (size_t i = 0; i < signatures_.size(); ++i) {
    if (signatures_[i].empty()) continue;
    absl::StrAppend(&text, roster_->sites()[i].site, " ", absl::Base64Escape(signatures_[i]), "\n");
  }
  return text;
}

absl::Status SignedRoster::Sign(absl::string_view site, const Signer& signer) {
  const RosterSite* listed = roster_->Find(site);
  if (listed == nullptr) return absl::NotFoundError(absl::StrCat("the roster does not list site ", site));
  if (listed->public_key_der != signer.public_key_der()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the roster lists site ", site,
                     " with another key than the one that this site has; do not sign it. If the "
                     "site enrolled anew since, have the coordinator's operator draft the roster again; else ask who "
                     "made that key"));
  }
  ACCORD_ASSIGN_OR_RETURN(signatures_[static_cast<size_t>(listed - roster_->sites().data())],
                          signer.Sign(kRosterDomain, WhatIsSigned(*roster_)));
  return absl::OkStatus();
}

absl::Status SignedRoster::MergeFrom(const SignedRoster& other) {
  if (other.roster_->bytes() != roster_->bytes()) {
    return absl::FailedPreconditionError(absl::StrCat("the files are about two rosters, ", HexDigest(roster_->hash()),
                                                      " and ", HexDigest(other.roster_->hash()),
                                                      "; have all sites sign the same draft"));
  }
  for (size_t i = 0; i < signatures_.size(); ++i) {
    const std::string& theirs = other.signatures_[i];
    if (theirs.empty() || theirs == signatures_[i]) continue;
    if (signatures_[i].empty() || !IsGood(i, signatures_[i])) signatures_[i] = theirs;
  }
  return absl::OkStatus();
}

bool SignedRoster::IsGood(size_t index, const std::string& signature) const {
  return roster_->sites()[index].key.Verify(kRosterDomain, WhatIsSigned(*roster_), signature).ok();
}

SignedRoster::Findings SignedRoster::Examine() const {
  Findings findings;
  for (size_t i = 0; i < signatures_.size(); ++i) {
    const std::string& site = roster_->sites()[i].site;
    if (signatures_[i].empty()) {
      findings.missing.push_back(site);
    } else if (!IsGood(i, signatures_[i])) {
      findings.bad.push_back(site);
    }
  }
  return findings;
}

absl::Status SignedRoster::Verify() const {
  const Findings findings = Examine();
  std::vector<std::string> words;
  if (!findings.missing.empty()) words.push_back(absl::StrCat("no signature of ", Names(findings.missing)));
  if (!findings.bad.empty()) words.push_back(absl::StrCat("a signature that is not good of ", Names(findings.bad)));
  if (words.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("the roster ", HexDigest(roster_->hash()),
                                                    " is not signed by all its sites: ", absl::StrJoin(words, "; ")));
}

}  // namespace accord
