#include "trust/joint/charter_join.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/hash.h"
#include "base/printable.h"
#include "trust/charter/charter_words.h"
#include "trust/charter/complaint.h"
#include "trust/charter/loosened_promises.h"
#include "trust/charter/oversight.h"
#include "trust/charter/week_hours.h"
#include "trust/joint/charter_yaml.h"
#include "trust/joint/join_steps.h"

namespace accord {
namespace {

constexpr size_t kMostJoinedWords = 2000;  // bytes of a field `words`

// By number, each once.
google::protobuf::RepeatedField<int> EitherOf(const google::protobuf::RepeatedField<int>& first,
                                              const google::protobuf::RepeatedField<int>& second) {
  std::set<int> either(first.begin(), first.end());
  either.insert(second.begin(), second.end());
  return {either.begin(), either.end()};
}

class Joiner : private JoinSteps {
 public:
  using JoinSteps::JoinSteps;

  void Join(absl::string_view name) {
    terms_.set_name(std::string(name));
    terms_.set_version(1);
    JoinTimes();
    JoinPurposes();
    JoinOrganisations();
    JoinPeople();
    JoinDataSets();
    JoinFloors();
    JoinCode();
    JoinViews();
    JoinRetention();
    JoinService();
    JoinDecisions(first_, second_, join_);
    if (a_.has_complaints() || b_.has_complaints()) {
      terms_.mutable_complaints()->set_answer_days(
          Pick("complaints.answer_days", AnswerDays(a_), AnswerDays(b_), std::less<>()));
    }
  }

 private:
  // ISO times of one length compare as texts.
  void JoinTimes() {
    terms_.set_not_before(Pick("not_before", a_.not_before(), b_.not_before(), std::greater<>()));
    terms_.set_expires(Pick("expires", a_.expires(), b_.expires(), std::less<>()));
    if (terms_.expires() <= terms_.not_before()) {
      Clash("expires", "one ends at ", terms_.expires(), ", before the other begins at ", terms_.not_before());
    }
    if (a_.hours().empty() && b_.hours().empty()) return;
    const WeekMinutes both = OpenMinutes(a_.hours()) & OpenMinutes(b_.hours());
    if (both.none()) return Clash("hours", "there is no minute of the week in which both compute");
    *terms_.mutable_hours() = HoursOf(both);
    // For all minutes there is no entry, and a charter with hours that has none any more is weaker.
    if (terms_.hours().empty()) *terms_.mutable_hours() = a_.hours().empty() ? b_.hours() : a_.hours();
    if (!a_.hours().empty() && !b_.hours().empty()) {
      Note("hours", "those in which both compute");
    } else {
      Note("hours", "of ", NameOf(!a_.hours().empty()), "; the other has none");
    }
  }

  void JoinPurposes() {
    NoteLeftOut("purposes", a_.purposes(), b_.purposes(), [](const v1::Purpose& purpose) { return purpose.name(); });
    for (const v1::Purpose& purpose : a_.purposes()) {
      const v1::Purpose* other = second_.charter.FindPurpose(purpose.name());
      if (other == nullptr) continue;
      if (other->words() != purpose.words()) {
        Note("purposes", purpose.name(), " is left out: the two describe it in other words; agree on the same ones");
        continue;
      }
      v1::Purpose& joined = *terms_.add_purposes();
      joined = purpose;
      *joined.mutable_tags() = EitherOf(purpose.tags(), other->tags());
      if (joined.tags_size() > purpose.tags_size() || joined.tags_size() > other->tags_size()) {
        Note("purposes", purpose.name(), " has the tags of both: ", TagsInWords(joined.tags()));
      }
    }
    if (terms_.purposes().empty()) Clash("purposes", "none is in both in the same words");
  }

  void JoinOrganisations() {
    std::set<std::string> names;
    for (const auto* charter : {&a_, &b_}) {
      for (const v1::Organisation& organisation : charter->organisations()) names.insert(organisation.name());
    }
    for (const std::string& name : names) terms_.add_organisations()->set_name(name);
    Note("organisations", "those of both");
  }

  void JoinPeople() {
    bool any_in_both = false;
    for (const v1::Person& person : a_.people()) {
      const v1::Person* other = second_.charter.FindPerson(person.id());
      any_in_both |= other == nullptr ? JoinWatcher(person, true) : JoinPerson(person, *other);
    }
    for (const v1::Person& person : b_.people()) {
      if (first_.charter.FindPerson(person.id()) == nullptr) JoinWatcher(person, false);
    }
    for (const v1::Role role : kOversightRoles) CheckSeatsAreFilled(role);
    if (!any_in_both) {
      Clash("people",
            "nobody is in both: who is to act for both federations has to be listed by each, with the same key "
            "(an amendment of its charter)");
    }
  }

  // Those who watch for either watch over both: more eyes are the stricter thing. Where either charter asks for the
  // word of the role, who has it speaks for both, and has it in both.
  bool WatchesForBoth(v1::Role role) const { return IsOversight(role) && !HasSeats(a_, role) && !HasSeats(b_, role); }

  // Of one charter alone. False: nobody of it is in both.
  bool JoinWatcher(const v1::Person& person, bool of_first) {
    v1::Person joined = person;
    joined.clear_roles();
    for (const int role : person.roles()) {
      if (WatchesForBoth(static_cast<v1::Role>(role))) joined.add_roles(static_cast<v1::Role>(role));
    }
    if (joined.roles().empty()) {
      Note("people", person.id(), " is left out: ", NameOf(of_first), " alone has it");
    } else {
      Note("people", person.id(), " is ", RolesInWords(joined.roles()), " for ", NameOf(of_first),
           ", and keeps watch over both");
      *terms_.add_people() = joined;
    }
    return false;
  }

  // Who is in both under one id. False: left out.
  bool JoinPerson(const v1::Person& person, const v1::Person& other) {
    const bool same_key = other.key() == person.key();
    if (!same_key || other.organisation() != person.organisation()) {
      const absl::string_view what = same_key ? "another organisation" : "ANOTHER KEY; ask whose it is";
      const auto watches = [this](int role) { return WatchesForBoth(static_cast<v1::Role>(role)); };
      const bool is_watcher = std::any_of(person.roles().begin(), person.roles().end(), watches) ||
                              std::any_of(other.roles().begin(), other.roles().end(), watches);
      if (is_watcher) {
        Clash("people", person.id(), " keeps watch in one of the two, which must not end, and the two list ", what);
      } else {
        Note("people", person.id(), " is left out: the two list ", what);
      }
      return false;
    }
    v1::Person joined = person;
    joined.clear_roles();
    for (const auto* roles : {&person.roles(), &other.roles()}) {
      for (const int number : *roles) {
        const auto role = static_cast<v1::Role>(number);
        const bool in_both = HasRole(person, role) && HasRole(other, role);
        if ((in_both || WatchesForBoth(role)) && !HasRole(joined, role)) joined.add_roles(role);
      }
    }
    if (joined.roles().empty()) {
      Note("people", person.id(), " is left out: the two give no role in common");
      return false;
    }
    if (RolesInWords(person.roles()) != RolesInWords(other.roles())) {
      Note("people", person.id(), " keeps the roles of both: ", RolesInWords(joined.roles()));
    }
    *terms_.add_people() = joined;
    return true;
  }

  // Whoever asks for the word of a watcher lists one, and loses them all where none is in both.
  void CheckSeatsAreFilled(v1::Role role) {
    if (WatchesForBoth(role)) return;
    const auto has = [role](const v1::Charter& charter) {
      return std::any_of(charter.people().begin(), charter.people().end(),
                         [role](const v1::Person& person) { return HasRole(person, role); });
    };
    if ((!has(a_) && !has(b_)) || has(terms_)) return;
    Clash("people", "no ", RoleName(role),
          " is in both, and the charters ask for the word of one: list the same one in ",
          "each, with the same key (an amendment of its charter)");
  }

  // A site releases a data set where each federation that it belongs to lets it.
  static bool LetsRelease(const v1::CharterDataSet& data_set, const Roster* members, const std::string& site) {
    return (members != nullptr && members->Find(site) == nullptr) || data_set.sites().empty() ||
           Holds(data_set.sites(), site);
  }

  // False: no site may.
  bool JoinSites(const v1::CharterDataSet& a, const v1::CharterDataSet& b, v1::CharterDataSet& joined) {
    joined.clear_sites();
    if (a.sites().empty() && b.sites().empty()) return true;
    std::set<std::string> named(a.sites().begin(), a.sites().end());
    named.insert(b.sites().begin(), b.sites().end());
    for (const Roster* members : {first_.members, second_.members}) {
      if (members == nullptr) continue;
      for (const RosterSite& site : members->sites()) named.insert(site.site);
    }
    for (const std::string& site : named) {
      if (LetsRelease(a, first_.members, site) && LetsRelease(b, second_.members, site)) joined.add_sites(site);
    }
    if (!joined.sites().empty()) Note("data_sets", joined.name(), ": of ", absl::StrJoin(joined.sites(), ", "));
    return !joined.sites().empty();
  }

  std::string JoinWordsOf(absl::string_view field, const std::string& a, const std::string& b) {
    if (a == b || b.empty()) return a;
    if (a.empty()) return b;
    const std::string both = absl::StrCat(first_.name, ": ", a, " ", second_.name, ": ", b);
    if (both.size() <= kMostJoinedWords) return both;
    Note(field, "the words are those of ", first_.name, " alone: both together are too long");
    return a;
  }

  void JoinDataSets() {
    const auto name_of = [](const v1::CharterDataSet& data_set) { return data_set.name(); };
    NoteLeftOut("data_sets", a_.data_sets(), b_.data_sets(), name_of);
    for (const v1::CharterDataSet& data_set : a_.data_sets()) {
      const v1::CharterDataSet* other = second_.charter.FindDataSet(data_set.name());
      if (other == nullptr) continue;
      v1::CharterDataSet joined = data_set;
      joined.clear_purposes();
      for (const std::string& purpose : CommonTo(data_set.purposes(), other->purposes())) {
        const bool is_joined = std::any_of(terms_.purposes().begin(), terms_.purposes().end(),
                                           [&](const v1::Purpose& known) { return known.name() == purpose; });
        if (is_joined) joined.add_purposes(purpose);
      }
      if (joined.purposes().empty()) {
        Note("data_sets", data_set.name(), " is left out: it may be read for no purpose that both allow");
        continue;
      }
      if (!JoinSites(data_set, *other, joined)) {
        Note("data_sets", data_set.name(), " is left out: no site may release it by both");
        continue;
      }
      joined.set_words(JoinWordsOf("data_sets", data_set.words(), other->words()));
      joined.set_signed_release(Demanded(absl::StrCat("data_sets ", data_set.name(), " signed_release"),
                                         data_set.signed_release(), other->signed_release()));
      *terms_.add_data_sets() = joined;
    }
    if (terms_.data_sets().empty()) Clash("data_sets", "none is in both for a purpose that both allow");
  }

  void JoinFloors() {
    const v1::CharterFloors& a = a_.floors();
    const v1::CharterFloors& b = b_.floors();
    v1::CharterFloors& floors = *terms_.mutable_floors();
    floors.set_min_sites(More("floors.min_sites", a.min_sites(), b.min_sites()));
    floors.set_min_organisations(More("floors.min_organisations", a.min_organisations(), b.min_organisations()));
    floors.set_min_colluding_organisations(
        More("floors.min_colluding_organisations", a.min_colluding_organisations(), b.min_colluding_organisations()));
    floors.set_secure_sum(Demanded("floors.secure_sum", a.secure_sum(), b.secure_sum()));
    floors.set_minimum_cell(More("floors.minimum_cell", a.minimum_cell(), b.minimum_cell()));
    floors.set_min_rows(More("floors.min_rows", a.min_rows(), b.min_rows()));
    if (a.has_privacy() && b.has_privacy()) {
      floors.mutable_privacy()->set_epsilon(
          Pick("floors.privacy.epsilon", a.privacy().epsilon(), b.privacy().epsilon(), std::less<>()));
      floors.mutable_privacy()->set_delta(
          Pick("floors.privacy.delta", a.privacy().delta(), b.privacy().delta(), std::less<>()));
    } else if (a.has_privacy() || b.has_privacy()) {
      *floors.mutable_privacy() = a.has_privacy() ? a.privacy() : b.privacy();
      Note("floors.privacy", "of ", NameOf(a.has_privacy()), "; the other asks for none");
    }
    JoinPosture(a, b, floors);
    if (a.has_roster_days() && b.has_roster_days()) {
      floors.set_roster_days(Fewer("floors.roster_days", a.roster_days(), b.roster_days()));
    } else if (a.has_roster_days() || b.has_roster_days()) {
      floors.set_roster_days(a.has_roster_days() ? a.roster_days() : b.roster_days());
      Note("floors.roster_days", "of ", NameOf(a.has_roster_days()), "; the other asks for nothing");
    }
  }

  void JoinPosture(const v1::CharterFloors& a, const v1::CharterFloors& b, v1::CharterFloors& floors) {
    if (!a.has_posture() && !b.has_posture()) return;
    if (a.has_posture() != b.has_posture()) {
      *floors.mutable_posture() = a.has_posture() ? a.posture() : b.posture();
      return Note("floors.posture", "of ", NameOf(a.has_posture()), "; the other asks for nothing");
    }
    v1::PostureFloor& posture = *floors.mutable_posture();
    posture.set_sandbox(Demanded("floors.posture.sandbox", a.posture().sandbox(), b.posture().sandbox()));
    posture.set_disk_encryption(
        Demanded("floors.posture.disk_encryption", a.posture().disk_encryption(), b.posture().disk_encryption()));
    posture.set_clock_behind_s(
        Fewer("floors.posture.clock_behind_s", a.posture().clock_behind_s(), b.posture().clock_behind_s()));
  }

  using Names = google::protobuf::RepeatedPtrField<std::string>;

  // Of two lists of what may run, each of which means all where it has no entries. Empty: all.
  Names JoinAllowed(absl::string_view field, const Names& a, const Names& b, absl::string_view why_none) {
    Names joined = a.empty() ? b : a;
    if (!a.empty() && !b.empty()) joined = CommonTo(a, b);
    if (joined.empty() && !(a.empty() && b.empty())) Clash(field, why_none);
    if (!joined.empty()) Note(field, absl::StrJoin(joined, ", "));
    return joined;
  }

  void JoinCode() {
    const v1::CharterCode& a = a_.code();
    const v1::CharterCode& b = b_.code();
    const Names models = JoinAllowed("code.models", a.models(), b.models(), "no model may run by both");
    if (!models.empty()) *terms_.mutable_code()->mutable_models() = models;
    const Names operators = JoinAllowed("code.operators", a.operators(), b.operators(), "no operator is in both");
    if (!operators.empty()) *terms_.mutable_code()->mutable_operators() = operators;
    const auto hash_of = [](const v1::TorchScriptFile& file) { return file.sha256(); };
    NoteLeftOut("code.torchscript", a_.code().torchscript(), b_.code().torchscript(), hash_of);
    for (const v1::TorchScriptFile& file : a_.code().torchscript()) {
      for (const v1::TorchScriptFile& other : b_.code().torchscript()) {
        if (other.sha256() != file.sha256()) continue;
        v1::TorchScriptFile& joined = *terms_.mutable_code()->add_torchscript();
        joined = file;
        joined.set_words(JoinWordsOf("code.torchscript", file.words(), other.words()));
      }
    }
  }

  static std::map<v1::Viewing::What, std::set<int>> ViewersOf(const v1::Charter& charter) {
    std::map<v1::Viewing::What, std::set<int>> viewers;
    for (const v1::Viewing& viewing : charter.may_see()) {
      viewers[viewing.what()].insert(viewing.roles().begin(), viewing.roles().end());
    }
    return viewers;
  }

  void JoinViews() {
    auto others = ViewersOf(b_);
    for (const auto& [what, roles] : ViewersOf(a_)) {
      v1::Viewing joined;
      joined.set_what(what);
      for (const int role : roles) {
        if (others[what].contains(role)) joined.add_roles(static_cast<v1::Role>(role));
      }
      if (joined.roles().empty()) continue;
      Note("may_see", ViewingName(what), " by ", RolesInWords(joined.roles()));
      *terms_.add_may_see() = joined;
    }
  }

  void JoinRetention() {
    v1::Retention& retention = *terms_.mutable_retention();
    retention.set_uploads_days(
        Fewer("retention.uploads_days", a_.retention().uploads_days(), b_.retention().uploads_days()));
    retention.set_models_days(
        Fewer("retention.models_days", a_.retention().models_days(), b_.retention().models_days()));
    retention.set_reports_days(
        Fewer("retention.reports_days", a_.retention().reports_days(), b_.retention().reports_days()));
    retention.set_words(JoinWordsOf("retention.words", a_.retention().words(), b_.retention().words()));
  }

  void JoinService() {
    std::set<std::pair<std::string, std::string>> known;
    for (const auto* charter : {&a_, &b_}) {
      for (const v1::ServicePromise& promise : charter->service()) {
        if (known.emplace(promise.promise(), promise.consequence()).second) *terms_.add_service() = promise;
      }
    }
    if (!terms_.service().empty()) Note("service", "what either promises");
  }
};

}  // namespace

CharterJoin JoinCharters(const JoinSide& first, const JoinSide& second, absl::string_view name) {
  CharterJoin join;
  Joiner(first, second, join).Join(name);
  return join;
}

std::string JoinedCharterText(const JoinSide& first, const JoinSide& second, const CharterJoin& join) {
  std::string text =
      "# A joint charter: of each field the stricter one of two charters. Read it, and have all sites of "
      "both sign it.\n";
  for (const JoinSide* side : {&first, &second}) {
    const v1::Charter& terms = side->charter.terms();
    absl::StrAppend(&text, "#   ", Printable(side->name), ": ", terms.name(), ", version ", terms.version(), ", ",
                    HexDigest(side->charter.hash()), "\n");
  }
  absl::StrAppend(&text, "#\n# What came from which:\n");
  for (const JoinWords& note : join.notes) {
    absl::StrAppend(&text, "#   ", note.field, ": ", Printable(note.words), "\n");
  }
  return absl::StrCat(text, CharterYaml(join.terms));
}

}  // namespace accord
