#include "trust/joint/anchor.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/base64.h"
#include "base/status.h"
#include "trust/charter/statement_lines.h"
#include "trust/roster/display_name.h"
#include "trust/roster/roster.h"

namespace accord {
namespace {

constexpr absl::string_view kAnchorFirstLine = "accord-anchor-v1";

std::string AnchorText(const Anchor& anchor) {
  LineWriter writer(kAnchorFirstLine);
  writer.Line("federation", anchor.federation).Line("for", anchor.joint);
  writer.Line("roster version", absl::StrCat(anchor.roster_version));
  writer.Digest("roster", anchor.roster).Digest("charter", anchor.charter);
  writer.Time("made", anchor.made).Time("valid until", anchor.valid_until);
  for (const AnchorMember& member : anchor.members) {
    writer.Line("member", absl::StrCat(member.site, " ", absl::Base64Escape(member.public_key_der)));
  }
  return std::move(writer).Take();
}

std::string ReadShownName(LineReader& reader, absl::string_view name) {
  std::string value = reader.Value(name);
  if (const absl::Status shown = CheckDisplayName(value); !shown.ok()) reader.Fail(shown.message());
  return value;
}

uint32_t ReadVersion(LineReader& reader) {
  const std::string value = reader.Value("roster version");
  uint32_t version = 0;
  const bool good = absl::SimpleAtoi(value, &version) && absl::StrCat(version) == value;
  if (!good || version == 0 || version > kMaxRosterVersion) reader.Fail("does not hold the version of a roster");
  return version;
}

AnchorMember ReadMember(LineReader& reader) {
  const std::string value = reader.Value("member");
  const std::pair<std::string, std::string> parts = absl::StrSplit(value, absl::MaxSplits(' ', 1));
  // As in a roster: no underscore.
  if (!IsStatementName(parts.first) || absl::StrContains(parts.first, '_')) {
    reader.Fail("does not begin with the id of a site");
  }
  auto key = ParseBase64(parts.second);
  if (!key.ok() || !VerifyingKey::FromDer(*key).ok()) {
    reader.Fail("does not end with the base64 of an ECDSA P-256 public key in DER form");
  }
  return {parts.first, std::move(key).value_or("")};
}

}  // namespace

const AnchorMember* Anchor::Find(absl::string_view site) const {
  const auto found =
      std::find_if(members.begin(), members.end(), [site](const AnchorMember& member) { return member.site == site; });
  return found == members.end() ? nullptr : &*found;
}

absl::StatusOr<Anchor> ParseAnchor(absl::string_view bytes) {
  LineReader reader(bytes, "the anchor", kAnchorFirstLine);
  Anchor anchor;
  anchor.federation = ReadShownName(reader, "federation");
  anchor.joint = ReadShownName(reader, "for");
  if (anchor.joint == anchor.federation) reader.Fail("names the federation itself: a joint one has a name of its own");
  anchor.roster_version = ReadVersion(reader);
  anchor.roster = reader.Digest("roster");
  anchor.charter = reader.Digest("charter");
  anchor.made = reader.Time("made");
  anchor.valid_until = reader.Time("valid until");
  if (anchor.valid_until <= anchor.made || anchor.valid_until - anchor.made > kLongestAnchor) {
    reader.Fail("is not after 'made' and at most 366 days later");
  }
  do {
    AnchorMember member = ReadMember(reader);
    if (!anchor.members.empty() && anchor.members.back().site >= member.site) {
      reader.Fail("is not in ascending order of the sites, each once");
    }
    const bool is_known = std::any_of(anchor.members.begin(), anchor.members.end(), [&](const AnchorMember& other) {
      return other.public_key_der == member.public_key_der;
    });
    if (is_known) reader.Fail("has the key of another member");
    anchor.members.push_back(std::move(member));
  } while (reader.NextIs("member"));
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return anchor;
}

absl::StatusOr<std::string> WriteAnchor(const Anchor& anchor) {
  std::string bytes = AnchorText(anchor);
  ACCORD_ASSIGN_OR_RETURN(const Anchor again, ParseAnchor(bytes));
  if (again != anchor) return absl::InvalidArgumentError("the anchor holds what its lines cannot");
  return bytes;
}

absl::StatusOr<SignedAnchor> SignedAnchor::Parse(absl::string_view text) {
  if (text.size() > kMaxSignedAnchorBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the anchor's file has ", text.size(), " bytes; expected at most ", kMaxSignedAnchorBytes));
  }
  SignedAnchor result;
  const size_t separator = text.find(kSignaturesLine);
  const bool has_signatures = separator != absl::string_view::npos;
  result.bytes_ = std::string(has_signatures ? text.substr(0, separator + 1) : text);
  ACCORD_ASSIGN_OR_RETURN(result.anchor_, ParseAnchor(result.bytes_));
  if (!has_signatures) return result;
  ACCORD_ASSIGN_OR_RETURN(result.signatures_, ReadSignatureLines(text.substr(separator + kSignaturesLine.size())));
  for (const auto& [identity, signature] : result.signatures_) {
    if (!absl::StartsWith(identity, "site/")) {
      return absl::InvalidArgumentError(absl::StrCat("the anchor is signed by ", identity, "; sites alone sign one"));
    }
  }
  return result;
}

std::string SignedAnchor::Text() const {
  return absl::StrCat(bytes_, kSignaturesLine.substr(1), WriteSignatureLines(signatures_));
}

absl::Status SignedAnchor::Sign(absl::string_view site, const Signer& signer) {
  ACCORD_ASSIGN_OR_RETURN(signatures_[absl::StrCat("site/", site)], signer.Sign(kAnchorDomain, bytes_));
  return absl::OkStatus();
}

absl::Status SignedAnchor::MergeFrom(const SignedAnchor& other) {
  if (other.bytes_ != bytes_) {
    return absl::FailedPreconditionError("the files are two anchors; have every site sign the same one");
  }
  for (const auto& [identity, signature] : other.signatures_) {
    const auto found = signatures_.find(identity);
    if (found == signatures_.end() || found->second == signature) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        "both files have a signature of ", identity, ", and they differ; remove the line of the one that is not good"));
  }
  signatures_.insert(other.signatures_.begin(), other.signatures_.end());
  return absl::OkStatus();
}

bool SignedAnchor::IsSignedBy(absl::string_view site, const VerifyingKey& key) const {
  const auto found = signatures_.find(absl::StrCat("site/", site));
  return found != signatures_.end() && key.Verify(kAnchorDomain, bytes_, found->second).ok();
}

}  // namespace accord
