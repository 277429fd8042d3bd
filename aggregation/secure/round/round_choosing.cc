// From Collecting to Signing: the choice of the survivors, which is made once and for ever.
//
// Every rule here is monotone (what a set of sites may not contain, no smaller one may), so leaving out whoever breaks
// a rule until nobody does gives the one largest set that keeps it.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/round/round_impl.h"
#include "base/status.h"

namespace accord::secure {
namespace {

using Impl = SecureRound::Impl;

size_t CountIn(const std::vector<bool>& in) { return static_cast<size_t>(std::count(in.begin(), in.end(), true)); }

}  // namespace

// Shares replace a gone survivor's self-mask seed. Its pair seeds with missing neighbours they do not, and one that
// will not come then ends the attempt after everybody has signed.
void Impl::LeaveOutThoseThatCannotFinish(std::vector<bool>& in, bool also_silent) const {
  bool changed = true;
  while (std::exchange(changed, false)) {
    for (Index u = 0; u < members.size(); ++u) {
      if (!in[u] || !(members[u].lost || (also_silent && members[u].gone))) continue;
      const absl::Span<const Index> neighbours = members[u].neighbours;
      if (std::all_of(neighbours.begin(), neighbours.end(), [&in](Index v) { return in[v]; })) continue;
      in[u] = false;
      changed = true;
    }
  }
}

void Impl::LeaveOutUnmetFloors(std::vector<bool>& in) const {
  bool changed = true;
  while (std::exchange(changed, false)) {
    std::set<std::string> organisations;
    for (Index u = 0; u < members.size(); ++u) {
      if (in[u]) organisations.insert(members[u].organisation);
    }
    const size_t survivors = CountIn(in);
    for (Index u = 0; u < members.size(); ++u) {
      if (!in[u]) continue;
      const UploadHeader& header = members[u].upload->header;
      const auto left =
          std::count_if(members[u].neighbours.begin(), members[u].neighbours.end(), [&in](Index v) { return in[v]; });
      const bool cut_off = terms.fields.graph == TranscriptGraph::kHarary && left < terms.fields.share_threshold;
      if (header.floor_survivors <= survivors && header.floor_organisations <= organisations.size() && !cut_off)
        continue;
      in[u] = false;
      changed = true;
    }
  }
}

absl::Status Impl::CheckChoice(const std::vector<bool>& in) const {
  std::vector<UploadHeader> headers;
  std::vector<std::string> organisations;
  for (Index u = 0; u < members.size(); ++u) {
    if (!in[u]) continue;
    headers.push_back(members[u].upload->header);
    organisations.push_back(members[u].organisation);
  }
  const size_t missing = members.size() - headers.size();
  if (terms.fields.graph == TranscriptGraph::kHarary && missing > terms.max_missing) {
    return absl::FailedPreconditionError(
        absl::StrCat(missing, " sites are missing, and the graph holds for ", terms.max_missing));
  }
  if (headers.size() < terms.fields.min_sites) {
    return absl::FailedPreconditionError(absl::StrCat("only ", headers.size(), " of the ", terms.fields.min_sites,
                                                      " sites that the job asks for are there"));
  }
  return CheckSurvivors(terms.quorum, headers, organisations);
}

absl::StatusOr<std::vector<bool>> Impl::ChooseSurvivors() {
  std::vector<bool> uploaded(members.size());
  for (Index u = 0; u < members.size(); ++u) uploaded[u] = members[u].upload.has_value();
  LeaveOutOddPairs(uploaded);
  absl::Status fault;
  // Rather without the silent ones; if that leaves too few, with them: they may come back.
  for (const bool also_silent : {true, false}) {
    std::vector<bool> in = uploaded;
    LeaveOutThoseThatCannotFinish(in, also_silent);
    LeaveOutUnmetFloors(in);
    fault = CheckChoice(in);
    if (fault.ok()) return in;
  }
  return fault;
}

void Impl::Show(const std::vector<bool>& in) {
  auto shown = std::make_shared<std::vector<SignedBytes>>();
  std::vector<std::string> sites;
  for (Index u = 0; u < members.size(); ++u) {
    members[u].survivor = in[u];
    if (!in[u]) continue;
    shown->push_back(members[u].upload->message);
    sites.push_back(members[u].site);
    for (const Index v : members[u].neighbours) {
      if (!in[v]) members[u].missing.push_back(v);
    }
    members[u].pair_seeds.resize(members[u].missing.size());
    seeds_needed += 1 + members[u].missing.size();
  }
  headers = std::move(shown);
  const SurvivorSet set{.transcript = transcript,
                        .job_id = terms.fields.job_id,
                        .attempt = terms.fields.attempt,
                        .cohort_size = terms.quorum.cohort_size,
                        .required_signatures = terms.quorum.required_signatures,
                        .colluding_sites = terms.quorum.colluding_sites,
                        .survivor_count = static_cast<uint32_t>(sites.size()),
                        .survivors_hash = SurvivorsHash(transcript, *headers)};
  tally.emplace(set, std::move(sites));
}

void Impl::Close() {
  const absl::StatusOr<std::vector<bool>> in = ChooseSurvivors();
  if (!in.ok()) return Die(std::string(in.status().message()));
  Show(*in);
  // Before anybody is shown anything, and so bound: could it end well at all?
  if (const auto why = WhyTooFewWillSign()) return Die(*why);
  if (const auto why = WhyASeedCannotCome()) return Die(*why);
  for (Member& member : members) {
    if (member.survivor || !member.upload.has_value()) continue;
    if (member.absence.empty()) {
      member.absence = member.absent() ? "it was out of reach when the survivors were listed"
                                       : "the set of survivors is below the floors that its header asks for";
    }
    actions.push_back(Exclude{member.site, member.absence});
  }
  state = State::kSigning;
  shown = true;
  KeepSurvivors keep{{.transcript = transcript,
                      .cohort = terms.fields.cohort,
                      .survivors = {},
                      .encoding_sites = terms.fields.encoding_sites,
                      .required_signatures = terms.quorum.required_signatures,
                      .colluding_sites = terms.quorum.colluding_sites}};
  for (const Member& member : members) {
    if (member.survivor) keep.set.survivors.push_back(member.site);
  }
  actions.push_back(std::move(keep));
  for (const Member& member : members) {
    if (member.survivor && !member.gone) SendSurvivorsTo(member);
  }
}

}  // namespace accord::secure
