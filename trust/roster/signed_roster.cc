#include "trust/roster/signed_roster.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/base64.h"
#include "base/status.h"
#include "trust/identity/certificate_authority.h"
#include "trust/roster/name_list.h"

namespace accord {
namespace {

constexpr absl::string_view kSeparator = "\nsignatures\n";
constexpr absl::string_view kFormer = "former ";

absl::Status SignatureFault(absl::string_view what) { return absl::InvalidArgumentError(what); }

absl::string_view WhatIsSigned(const Roster& roster) {
  return absl::string_view(reinterpret_cast<const char*>(roster.hash().data()), roster.hash().size());
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

// A site may be called former; base64 has no space in it.
bool IsOfFormerKey(absl::string_view line) {
  return absl::StartsWith(line, kFormer) && absl::StrContains(line.substr(kFormer.size()), ' ');
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
    ACCORD_RETURN_IF_ERROR(result.TakeLine(text.substr(0, end), last));
    text.remove_prefix(end + 1);
  }
  return result;
}

absl::Status SignedRoster::TakeLine(absl::string_view line, absl::string_view& last) {
  constexpr char kOrder[] = "the roster's signatures are not in ascending order of the sites, each once";
  if (IsOfFormerKey(line)) {
    ACCORD_ASSIGN_OR_RETURN(auto signature, ReadSignature(line.substr(kFormer.size())));
    if (!roster_->previous().has_value()) {
      return SignatureFault("the roster's file has a signature by a former key, and the roster follows no other one");
    }
    if (!IsValidIdentity(absl::StrCat("site/", signature.first))) {
      return SignatureFault("the roster's file has a signature by a former key of what is no site's id");
    }
    if (!former_.empty() && signature.first <= former_.rbegin()->first) return SignatureFault(kOrder);
    former_.emplace(signature.first, std::move(signature.second));
    return absl::OkStatus();
  }
  ACCORD_ASSIGN_OR_RETURN(auto signature, ReadSignature(line));
  const RosterSite* listed = roster_->Find(signature.first);
  if (listed == nullptr) {
    return SignatureFault("the roster's file has a signature of a site that the roster does not list");
  }
  const auto index = static_cast<size_t>(listed - roster_->sites().data());
  if (!former_.empty() || signature.first <= last) return SignatureFault(kOrder);
  last = signature.first;
  signatures_[index] = std::move(signature.second);
  return absl::OkStatus();
}

std::string SignedRoster::Text() const {
  std::string text = absl::StrCat(roster_->bytes(), kSeparator.substr(1));
  for (size_t i = 0; i < signatures_.size(); ++i) {
    if (signatures_[i].empty()) continue;
    absl::StrAppend(&text, roster_->sites()[i].site, " ", absl::Base64Escape(signatures_[i]), "\n");
  }
  for (const auto& [site, signature] : former_) {
    absl::StrAppend(&text, kFormer, site, " ", absl::Base64Escape(signature), "\n");
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

absl::Status SignedRoster::SignAfter(const Roster& previous, absl::string_view site, const Signer& signer) {
  const RosterSite* listed = roster_->Find(site);
  if (listed != nullptr && listed->public_key_der == signer.public_key_der()) return Sign(site, signer);
  const RosterSite* before = previous.Find(site);
  if (before == nullptr || before->public_key_der != signer.public_key_der() ||
      roster_->previous() != previous.hash()) {
    return Sign(site, signer);  // which says why not
  }
  ACCORD_ASSIGN_OR_RETURN(former_[std::string(site)], signer.Sign(kRosterDomain, WhatIsSigned(*roster_)));
  return absl::OkStatus();
}

absl::Status SignedRoster::MergeFrom(const SignedRoster& other, const Roster* previous) {
  if (other.roster_->bytes() != roster_->bytes()) {
    return absl::FailedPreconditionError(absl::StrCat("the files are about two rosters, ", HexDigest(roster_->hash()),
                                                      " and ", HexDigest(other.roster_->hash()),
                                                      "; have all sites sign the same draft"));
  }
  for (size_t i = 0; i < signatures_.size(); ++i) {
    const std::string& theirs = other.signatures_[i];
    if (theirs.empty() || theirs == signatures_[i]) continue;
    if (signatures_[i].empty() || !IsGoodOf(roster_->sites()[i].key, signatures_[i])) signatures_[i] = theirs;
  }
  for (const auto& [site, signature] : other.former_) {
    const auto [ours, is_new] = former_.emplace(site, signature);
    const RosterSite* before = previous == nullptr ? nullptr : previous->Find(site);
    if (!is_new && before != nullptr && !IsGoodOf(before->key, ours->second)) ours->second = signature;
  }
  return absl::OkStatus();
}

bool SignedRoster::IsGoodOf(const VerifyingKey& key, const std::string& signature) const {
  return key.Verify(kRosterDomain, WhatIsSigned(*roster_), signature).ok();
}

bool SignedRoster::IsSignedBy(absl::string_view site, const VerifyingKey& key) const {
  const RosterSite* listed = roster_->Find(site);
  if (listed != nullptr && IsGoodOf(key, signatures_[static_cast<size_t>(listed - roster_->sites().data())]))
    return true;
  const auto before = former_.find(std::string(site));
  return before != former_.end() && IsGoodOf(key, before->second);
}

SignedRoster::Findings SignedRoster::Examine() const {
  Findings findings;
  for (size_t i = 0; i < signatures_.size(); ++i) {
    const std::string& site = roster_->sites()[i].site;
    if (signatures_[i].empty()) {
      findings.missing.push_back(site);
    } else if (!IsGoodOf(roster_->sites()[i].key, signatures_[i])) {
      findings.bad.push_back(site);
    }
  }
  return findings;
}

absl::Status SignedRoster::WordsOf(const Findings& findings) const {
  std::vector<std::string> words;
  if (!findings.missing.empty()) words.push_back(absl::StrCat("no signature of ", NameList(findings.missing)));
  if (!findings.bad.empty()) words.push_back(absl::StrCat("a signature that is not good of ", NameList(findings.bad)));
  if (words.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("the roster ", HexDigest(roster_->hash()),
                                                    " is not signed by all its sites: ", absl::StrJoin(words, "; ")));
}

absl::Status SignedRoster::Verify() const {
  if (roster_->previous().has_value()) {
    return absl::FailedPreconditionError(absl::StrCat("the roster ", HexDigest(roster_->hash()), ", version ",
                                                      roster_->version(), ", follows ", HexDigest(*roster_->previous()),
                                                      " and can only be held against that one"));
  }
  return WordsOf(Examine());
}

absl::Status SignedRoster::VerifyPinned() const {
  if (!roster_->previous().has_value()) return Verify();
  Findings findings = Examine();
  findings.missing.clear();
  return WordsOf(findings);
}

}  // namespace accord
