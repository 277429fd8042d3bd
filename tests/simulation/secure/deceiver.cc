#include "tests/simulation/secure/deceiver.h"

#include <algorithm>
#include <utility>

#include "aggregation/secure/messages/survivor_statement.h"

namespace accord::secure::simulation {
namespace {

constexpr size_t kMostSent = 400;  // remembered

template <typename T>
void Remove(std::vector<T>& list, size_t index) {
  if (index < list.size()) list.erase(list.begin() + static_cast<std::ptrdiff_t>(index));
}

void Garble(std::string& bytes, RandomStream& random) {
  if (!bytes.empty()) bytes[random.NextBelow(bytes.size())] ^= static_cast<char>(1 + random.NextBelow(255));
}

}  // namespace

void Deceiver::Take(const SignedBytes& statement) {
  const SurvivorStatement parsed = *ParseSurvivorStatement(statement.bytes);
  statements_[parsed.site][parsed.set.survivors_hash] = statement;
  last_set_[parsed.site] = parsed.set.survivors_hash;
  transcript_ = parsed.set.transcript;
}

std::vector<SignedBytes> Deceiver::SignaturesFor(const std::string& site) const {
  std::vector<SignedBytes> list;
  const auto set = last_set_.find(site);
  if (set == last_set_.end()) return list;
  SurvivorStatement own = *ParseSurvivorStatement(statements_.at(site).at(set->second).bytes);
  for (const auto& [other, statements] : statements_) {
    if (friends_.contains(other)) continue;
    if (const auto same = statements.find(set->second); same != statements.end()) list.push_back(same->second);
  }
  own.complaints.clear();
  for (const auto& [name, signer] : friends_) {
    own.site = name;
    list.push_back(*Sign(own, *signer));
  }
  return list;
}

std::vector<std::string> Deceiver::SomeSites(RandomStream& random) const {
  std::vector<std::string> some;
  const uint64_t of_four = random.NextBelow(5);
  for (const std::string& site : sites_) {
    if (random.NextBelow(4) < of_four) some.push_back(site);
  }
  return some;
}

void Deceiver::Alter(AttemptPlanned& plan, RandomStream& random) const {
  switch (random.NextBelow(6)) {
    case 0:
      plan.terms.model_digest[0] ^= 1;
      break;
    case 1:
      plan.terms.attempt += static_cast<uint32_t>(random.NextBelow(3));
      break;
    case 2:
      ++plan.terms.encoding_sites;
      break;
    case 3:
      plan.previous.clear();
      break;
    case 4:
      plan.voids.clear();
      break;
    default:
      ++plan.terms.round;
  }
}

void Deceiver::Alter(SurvivorsListed& list, RandomStream& random) const {
  const size_t index = random.NextBelow(list.headers.size());
  switch (random.NextBelow(6)) {
    case 0:
      std::swap(list.headers[index], list.headers[0]);
      break;
    case 1:
      Garble(list.headers[index].bytes, random);
      break;
    case 2:
      Garble(list.headers[index].signature, random);
      break;
    case 3:
      list.headers.push_back(list.headers[index]);
      break;
    case 4:
      if (!list.offers.empty()) Garble(list.offers[random.NextBelow(list.offers.size())], random);
      break;
    // One site is "missing". Whether its offer goes with it is the site's to find out.
    default:
      Remove(list.headers, index);
      Remove(list.offers, index - (random.NextBelow(2) == 0 && index > 0 ? 1 : 0));
  }
}

void Deceiver::Alter(SignaturesShown& shown, const std::string& site, RandomStream& random) const {
  switch (random.NextBelow(4)) {
    case 0:
      Remove(shown.statements, random.NextBelow(shown.statements.size()));
      break;
    case 1:
      shown.statements.back() = shown.statements.front();
      break;
    case 2:
      Garble(shown.statements.front().bytes, random);
      break;
    default:
      shown.statements = SignaturesFor(site);
  }
}

// Of any site, out of turn.
SiteEvent Deceiver::Question(RandomStream& random) const {
  switch (random.NextBelow(4)) {
    case 0:
      return SharesRequested{SomeSites(random)};
    case 1:
      return VoidRequested{transcript_};
    default:
      break;
  }
  PairSeedsRequested request{{}, {}, SomeSites(random)};
  for (const SiteEvent& earlier : sent_) {
    if (const auto* list = std::get_if<SurvivorsListed>(&earlier)) request.headers = list->headers;
    if (const auto* shown = std::get_if<SignaturesShown>(&earlier)) request.statements = shown->statements;
  }
  return request;
}

std::vector<SiteEvent> Deceiver::Alter(const std::string& site, SiteEvent event, RandomStream& random) {
  if (!std::binary_search(sites_.begin(), sites_.end(), site)) {
    sites_.insert(std::lower_bound(sites_.begin(), sites_.end(), site), site);
  }
  if (sent_.size() > kMostSent) sent_.erase(sent_.begin(), sent_.begin() + kMostSent / 2);
  sent_.push_back(event);
  std::vector<SiteEvent> events;
  switch (random.NextBelow(4)) {
    case 0:  // what somebody else was sent, or what was sent before
      event = sent_[random.NextBelow(sent_.size())];
      break;
    case 1:
      events.push_back(Question(random));
      break;
    case 2:
      if (auto* plan = std::get_if<AttemptPlanned>(&event)) Alter(*plan, random);
      if (auto* list = std::get_if<SurvivorsListed>(&event)) Alter(*list, random);
      if (auto* shown = std::get_if<SignaturesShown>(&event)) Alter(*shown, site, random);
      break;
    default:  // asks for the signed set to be revealed, and then for more
      events.push_back(SignaturesShown{SignaturesFor(site)});
  }
  events.push_back(std::move(event));
  if (random.NextBelow(2) == 0) events.push_back(Question(random));
  return events;
}

}  // namespace accord::secure::simulation
