// What an amendment makes weaker (charter_words.h).
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "trust/charter/charter_words.h"
#include "trust/charter/complaint.h"
#include "trust/charter/loosened_floor.h"
#include "trust/charter/loosened_promises.h"
#include "trust/charter/oversight.h"

namespace accord {
namespace {

// Compares two versions and collects sentences.
class Loosened {
 public:
  // `members`: whose sites `before` speaks of; nullptr: of all.
  Loosened(const Charter& before, const Charter& after, const Roster* members)
      : old_(before.terms()), new_(after.terms()), before_(before), members_(members) {}

  std::vector<std::string> Find() {
    CompareFloors();
    ComparePeople();
    ComparePurposes();
    CompareDataSets();
    CompareCode();
    CompareOrdersAndApprovals();
    CompareLoosening();
    CompareDemands(old_.signatures(), new_.signatures(), old_.has_signatures(), new_.has_signatures(), "signatures");
    CompareDemands(old_.amendments(), new_.amendments(), old_.has_amendments(), new_.has_amendments(), "amendments");
    for (std::string& what : LoosenedPromises(old_, new_)) words_.push_back(std::move(what));
    return std::move(words_);
  }

 private:
  template <typename... Parts>
  void Say(const Parts&... parts) {
    words_.push_back(absl::StrCat(parts...));
  }

  void CompareFloors() {
    for (int number = 1; v1::Rule_IsValid(number); ++number) {
      const auto rule = static_cast<v1::Rule>(number);
      const auto was = FloorOfRule(old_.floors(), rule);
      const auto is = FloorOfRule(new_.floors(), rule);
      if (was.has_value() && *is < *was) Say(PathOfRule(rule), " is ", *is, ", before ", *was);
    }
    if (old_.floors().secure_sum() && !new_.floors().secure_sum()) Say("floors.secure_sum is false, before true");
    if (old_.floors().has_privacy()) ComparePrivacy();
    if (old_.floors().has_posture()) ComparePosture();
    CompareRosterDays();
    if (AnswerDays(new_) > AnswerDays(old_)) {
      Say("complaints may wait ", AnswerDays(new_), " days for an answer, before ", AnswerDays(old_));
    }
    if (new_.hours().empty() && !old_.hours().empty()) Say("there are no hours any more");
    if (new_.expires() > old_.expires()) Say("it expires ", new_.expires(), ", before ", old_.expires());
  }

  void ComparePrivacy() {
    if (!new_.floors().has_privacy()) return Say("floors.privacy is no longer demanded");
    const v1::PrivacyBudget& was = old_.floors().privacy();
    const v1::PrivacyBudget& is = new_.floors().privacy();
    if (is.epsilon() > was.epsilon()) Say("floors.privacy.epsilon is ", is.epsilon(), ", before ", was.epsilon());
    if (is.delta() > was.delta()) Say("floors.privacy.delta is ", is.delta(), ", before ", was.delta());
  }

  void ComparePosture() {
    if (!new_.floors().has_posture()) return Say("floors.posture is no longer demanded");
    const v1::PostureFloor& was = old_.floors().posture();
    const v1::PostureFloor& is = new_.floors().posture();
    if (was.sandbox() && !is.sandbox()) Say("floors.posture.sandbox is false, before true");
    if (was.disk_encryption() && !is.disk_encryption()) Say("floors.posture.disk_encryption is false, before true");
    if (is.clock_behind_s() > was.clock_behind_s()) {
      Say("floors.posture.clock_behind_s is ", is.clock_behind_s(), ", before ", was.clock_behind_s());
    }
  }

  void CompareRosterDays() {
    const v1::CharterFloors& was = old_.floors();
    const v1::CharterFloors& is = new_.floors();
    if (!was.has_roster_days()) return;
    if (!is.has_roster_days()) return Say("floors.roster_days is no longer demanded");
    if (is.roster_days() > was.roster_days()) {
      Say("floors.roster_days is ", is.roster_days(), ", before ", was.roster_days());
    }
  }

  void ComparePeople() {
    for (const v1::Person& person : new_.people()) {
      const v1::Person* known = before_.FindPerson(person.id());
      if (known == nullptr) {
        if (!WatchesAlone(person)) Say(person.id(), " is new among people");
        continue;
      }
      if (known->key() != person.key()) Say(person.id(), " has another key");
      if (known->organisation() != person.organisation()) {
        Say(person.id(), " belongs to ", person.organisation(), ", before to ", known->organisation());
      }
      for (const int number : person.roles()) {
        const auto role = static_cast<v1::Role>(number);
        if (!HasRole(*known, role) && !MayWatchToo(role)) Say(person.id(), " is ", RoleName(role), " too");
      }
    }
    for (const v1::Role role : kOversightRoles) CompareOversight(role);
  }

  // In a joint charter those who watch for the other federation watch too: they see what the joint coordinator has and
  // can stop its jobs, which takes nothing from anybody. Not where the joint charter asks for the word of their role:
  // there they would speak in the place of one's own.
  bool MayWatchToo(v1::Role role) const { return members_ != nullptr && IsOversight(role) && !Acts(new_, role); }
  bool WatchesAlone(const v1::Person& person) const {
    return std::all_of(person.roles().begin(), person.roles().end(),
                       [this](int role) { return MayWatchToo(static_cast<v1::Role>(role)); });
  }

  // Whoever watches is no danger to those who drop it, and the one who is missed when something is amiss. In a joint
  // charter that asks for the word of the role, where no newcomer may have it, at least one of one's own keeps it.
  void CompareOversight(v1::Role role) {
    if (members_ != nullptr && Acts(new_, role) && AnyKeeps(role)) return;
    const auto may_replace = [this](const v1::Person& person) { return members_ == nullptr || IsOnesOwn(person); };
    const char* const nobody = members_ == nullptr
                                   ? ", and nobody of the same organisation is it instead"
                                   : ", and nobody listed before of the same organisation is it instead";
    for (const std::string& person : LostOversight(old_, new_, role, may_replace)) {
      Say(person, " is no longer ", RoleName(role), nobody);
    }
  }
  // A newcomer to a joint charter may watch without a word (WatchesAlone), and says of which organisation it is itself:
  // it stands in nobody's place.
  bool IsOnesOwn(const v1::Person& person) const {
    const v1::Person* known = before_.FindPerson(person.id());
    return known != nullptr && known->key() == person.key() && known->organisation() == person.organisation();
  }
  bool AnyKeeps(v1::Role role) const {
    return std::any_of(new_.people().begin(), new_.people().end(), [&](const v1::Person& person) {
      const v1::Person* known = before_.FindPerson(person.id());
      return HasRole(person, role) && known != nullptr && HasRole(*known, role);
    });
  }

  void ComparePurposes() {
    for (const v1::Purpose& purpose : new_.purposes()) {
      const v1::Purpose* known = before_.FindPurpose(purpose.name());
      if (known == nullptr) {
        Say("the purpose ", purpose.name(), " is new");
        continue;
      }
      if (known->words() != purpose.words()) Say("the purpose ", purpose.name(), " has other words");
      for (const int tag : known->tags()) {
        if (HasTag(purpose, static_cast<v1::Tag>(tag))) continue;
        Say("the purpose ", purpose.name(), " is no longer tagged ", TagName(static_cast<v1::Tag>(tag)));
      }
    }
    for (const v1::CoSigner& signer : old_.co_signers()) {
      const bool kept = std::any_of(new_.co_signers().begin(), new_.co_signers().end(), [&](const v1::CoSigner& now) {
        return now.tag() == signer.tag() && now.role() == signer.role() && now.count() >= signer.count();
      });
      if (!kept) Say("fewer co-sign charters for ", TagName(signer.tag()));
    }
  }

  void CompareDataSets() {
    for (const v1::CharterDataSet& data_set : new_.data_sets()) {
      const v1::CharterDataSet* known = before_.FindDataSet(data_set.name());
      if (known == nullptr) {
        Say("the data set ", data_set.name(), " is new");
        continue;
      }
      for (const std::string& purpose : data_set.purposes()) {
        if (!Contains(known->purposes(), purpose)) Say("the data set ", data_set.name(), " may be read for ", purpose);
      }
      if (known->signed_release() && !data_set.signed_release()) {
        Say("the data set ", data_set.name(), " is read without a signed release");
      }
      if (known->sites().empty()) continue;
      const bool any = data_set.sites().empty() ||
                       std::any_of(data_set.sites().begin(), data_set.sites().end(), [&](const std::string& site) {
                         const bool is_of_it = members_ == nullptr || members_->Find(site) != nullptr;
                         return is_of_it && !Contains(known->sites(), site);
                       });
      if (any) Say("more sites may release the data set ", data_set.name());
    }
  }

  template <typename List>
  static bool Contains(const List& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
  }

  void CompareCode() {
    if (new_.code().models().empty() && !old_.code().models().empty()) Say("all models of Accord's own may run");
    for (const std::string& model : new_.code().models()) {
      if (!old_.code().models().empty() && !Contains(old_.code().models(), model)) Say("the model ", model, " may run");
    }
    if (new_.code().operators().empty() && !old_.code().operators().empty()) {
      Say("code of others may call every operator");
    }
    for (const std::string& name : new_.code().operators()) {
      if (!old_.code().operators().empty() && !Contains(old_.code().operators(), name)) {
        Say("code of others may call the operator ", name);
      }
    }
    for (const v1::TorchScriptFile& file : new_.code().torchscript()) {
      const auto& known = old_.code().torchscript();
      if (std::none_of(known.begin(), known.end(),
                       [&](const v1::TorchScriptFile& other) { return other.sha256() == file.sha256(); })) {
        Say("the TorchScript file ", file.sha256(), " may run");
      }
    }
  }

  void CompareOrdersAndApprovals() {
    for (const int role : new_.job_orders().defined_by()) {
      const auto& known = old_.job_orders().defined_by();
      if (std::find(known.begin(), known.end(), role) == known.end()) {
        Say("the role ", RoleName(static_cast<v1::Role>(role)), " may define jobs");
      }
    }
    for (const v1::ApprovalRule& rule : old_.approvals().by()) {
      const bool kept =
          std::any_of(new_.approvals().by().begin(), new_.approvals().by().end(), [&](const v1::ApprovalRule& now) {
            return now.role() == rule.role() && now.count() >= rule.count() &&
                   (now.tags().empty() ||
                    std::equal(now.tags().begin(), now.tags().end(), rule.tags().begin(), rule.tags().end()));
          });
      if (!kept) Say("an approval as ", RoleName(rule.role()), " that was asked for is no longer, or of fewer people");
    }
    if (old_.approvals().each_site() && !new_.approvals().each_site()) Say("sites are not asked for their approval");
    Longer(old_.approvals().longest_days(), new_.approvals().longest_days(), "approvals");
    Longer(old_.job_orders().longest_days(), new_.job_orders().longest_days(), "orders");
  }

  void Longer(uint32_t was, uint32_t is, const char* what) {
    if (is > was) Say(what, " may hold for ", is, " days, before ", was);
  }

  void CompareLoosening() {
    for (const v1::Loosening& entry : new_.loosening()) {
      const v1::Loosening* known = before_.FindLoosening(entry.rule());
      if (known == nullptr) {
        Say(RuleName(entry.rule()), " may be loosened");
      } else if (entry.least() < known->least()) {
        Say(RuleName(entry.rule()), " may be loosened to ", entry.least(), ", before to ", known->least());
      }
    }
  }

  // Without the section, and with 0: all sites.
  void CompareDemands(const v1::SignaturesDemanded& was, const v1::SignaturesDemanded& is, bool had, bool has,
                      const char* what) {
    const uint32_t all = 0;
    const uint32_t sites_were = had ? was.sites() : all;
    const uint32_t sites_are = has ? is.sites() : all;
    if (sites_are != all && (sites_were == all || sites_are < sites_were)) {
      Say(what, " of ", sites_are, " sites are enough, before of ",
          sites_were == all ? "all" : absl::StrCat(sites_were));
    }
    for (const v1::RoleCount& people : was.people()) {
      const bool kept = std::any_of(is.people().begin(), is.people().end(), [&](const v1::RoleCount& now) {
        return now.role() == people.role() && now.count() >= people.count();
      });
      if (!kept) Say(what, " ask for fewer people as ", RoleName(people.role()));
    }
  }

  const v1::Charter& old_;
  const v1::Charter& new_;
  const Charter& before_;
  const Roster* const members_;
  std::vector<std::string> words_;
};

}  // namespace

std::vector<std::string> LoosenedBy(const Charter& before, const Charter& after) {
  return Loosened(before, after, nullptr).Find();
}

std::vector<std::string> LoosenedFor(const Roster& members, const Charter& before, const Charter& after) {
  return Loosened(before, after, &members).Find();
}

}  // namespace accord
