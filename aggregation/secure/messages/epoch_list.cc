#include "aggregation/secure/messages/epoch_list.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/domains.h"
#include "aggregation/secure/messages/fields.h"
#include "aggregation/secure/messages/limits.h"

namespace accord::secure {
namespace {

using Kind = EpochFault::Kind;
using MaybeFault = std::optional<EpochFault>;

// Checks statement after statement; stops at the first fault.
class ListCheck {
 public:
  ListCheck(const EpochTerms& terms, const SignedBytes* own, SiteKeys keys) : terms_(terms), own_(own), keys_(keys) {}

  MaybeFault Add(size_t index, const SignedBytes& message) {
    index_ = index;
    auto statement = ParseKeyStatement(message.bytes);
    if (!statement.ok()) return Fault(Kind::kMalformed, "", statement.status().message());
    if (MaybeFault fault = CheckPlace(*statement)) return fault;
    if (MaybeFault fault = CheckSignature(*statement, message)) return fault;
    if (MaybeFault fault = CheckKey(*statement)) return fault;
    members_.push_back(*std::move(statement));
    return std::nullopt;
  }

  MaybeFault CheckOwn(absl::Span<const SignedBytes> statements) const {
    if (own_ == nullptr) return std::nullopt;
    const auto own = ParseKeyStatement(own_->bytes);
    if (!own.ok()) return Fault(Kind::kOwnMissing, "", own.status().message());
    for (size_t i = 0; i < members_.size(); ++i) {
      if (members_[i].site != own->site) continue;
      if (statements[i].bytes == own_->bytes) return std::nullopt;
      return EpochFault{Kind::kOwnAltered, i, own->site,
                        absl::StrCat("the list has another statement of ", own->site, " than this site sent")};
    }
    return EpochFault{Kind::kOwnMissing, 0, own->site,
                      absl::StrCat("the list has no statement of this site, ", own->site)};
  }

  std::vector<KeyStatement> TakeMembers() { return std::move(members_); }

 private:
  EpochFault Fault(Kind kind, const std::string& site, absl::string_view words) const {
    return EpochFault{kind, index_, site, std::string(words)};
  }

  MaybeFault CheckPlace(const KeyStatement& statement) const {
    const std::string& site = statement.site;
    if (statement.job_id != terms_.job_id || statement.job_sha256 != terms_.job_sha256 ||
        statement.roster_hash != terms_.roster_hash || statement.epoch != terms_.epoch) {
      return Fault(Kind::kOtherTerms, site,
                   absl::StrCat("the key of ", site, " is for another job, roster or epoch than ", terms_.epoch, " of ",
                                terms_.job_id));
    }
    if (!members_.empty() && site <= members_.back().site) {
      return Fault(Kind::kUnsorted, site, absl::StrCat("the list has ", site, " twice or out of order"));
    }
    return std::nullopt;
  }

  MaybeFault CheckSignature(const KeyStatement& statement, const SignedBytes& message) const {
    const std::string& site = statement.site;
    if (keys_(site) == nullptr) {
      return Fault(Kind::kNotInRoster, site, absl::StrCat("the roster has no site ", site));
    }
    const absl::Status verified = VerifyBytes(message, kKeyStatementDomain, site, keys_);
    if (!verified.ok()) return Fault(Kind::kBadSignature, site, verified.message());
    return std::nullopt;
  }

  MaybeFault CheckKey(const KeyStatement& statement) {
    const auto [other, is_new] = owners_.emplace(statement.public_key, statement.site);
    if (is_new) return std::nullopt;
    return Fault(Kind::kKeyTwice, statement.site,
                 absl::StrCat(other->second, " and ", statement.site, " state the same key: one of them copied it"));
  }

  const EpochTerms& terms_;
  const SignedBytes* own_;
  SiteKeys keys_;
  size_t index_ = 0;
  std::map<PublicKey, std::string> owners_;
  std::vector<KeyStatement> members_;
};

}  // namespace

const KeyStatement* EpochList::Find(absl::string_view site) const {
  const auto found =
      std::lower_bound(members.begin(), members.end(), site,
                       [](const KeyStatement& member, absl::string_view id) { return member.site < id; });
  return found != members.end() && found->site == site ? &*found : nullptr;
}

std::vector<std::string> EpochList::Sites() const {
  std::vector<std::string> sites;
  for (const KeyStatement& member : members) sites.push_back(member.site);
  return sites;
}

std::variant<EpochList, EpochFault> VerifyEpochList(absl::Span<const SignedBytes> statements, const EpochTerms& terms,
                                                    const SignedBytes* own, SiteKeys keys) {
  if (statements.size() < 2) {
    return EpochFault{Kind::kTooFew, 0, "", absl::StrCat("the epoch has ", statements.size(), " members; at least 2")};
  }
  if (statements.size() > kMaxCohort) {
    return EpochFault{Kind::kTooMany, 0, "",
                      absl::StrCat("the epoch has ", statements.size(), " members; at most ", kMaxCohort)};
  }
  ListCheck check(terms, own, keys);
  for (size_t i = 0; i < statements.size(); ++i) {
    if (MaybeFault fault = check.Add(i, statements[i])) return *std::move(fault);
  }
  if (MaybeFault fault = check.CheckOwn(statements)) return *std::move(fault);
  return EpochList{HashEpoch(statements), check.TakeMembers()};
}

Sha256Digest HashEpoch(absl::Span<const SignedBytes> statements) {
  FieldWriter writer;
  writer.U32(static_cast<uint32_t>(statements.size()));
  for (const SignedBytes& statement : statements) writer.String(statement.bytes);
  return HashUnder(kEpochDomain, writer.bytes());
}

Sha256Digest NonceCommitment(const GraphNonce& nonce) {
  FieldWriter writer;
  writer.Raw(absl::MakeConstSpan(nonce));
  return HashUnder(kGraphNonceDomain, writer.bytes());
}

absl::StatusOr<Sha256Digest> GraphSeed(const EpochList& list, absl::Span<const GraphNonce> nonces) {
  if (nonces.size() != list.members.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat(nonces.size(), " graph nonces for ", list.members.size(), " members of the epoch"));
  }
  FieldWriter writer;
  writer.Digest(list.epoch_hash);
  for (size_t i = 0; i < nonces.size(); ++i) {
    if (NonceCommitment(nonces[i]) != list.members[i].nonce_commitment) {
      return absl::InvalidArgumentError(
          absl::StrCat("the graph nonce of ", list.members[i].site, " is not the one that it committed to"));
    }
    writer.Raw(absl::MakeConstSpan(nonces[i]));
  }
  return HashUnder(kGraphSeedDomain, writer.bytes());
}

}  // namespace accord::secure
