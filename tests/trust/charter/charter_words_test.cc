#include "trust/charter/charter_words.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "tests/trust/charter/example_charter.h"
#include "trust/charter/charter_draft.h"
#include "trust/charter/policy_words.h"
#include "trust/roster/roster_words.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Each of its fields, however deep, written once and different from all others.
void Fill(Message& message, int& next) {
  const Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    const bool many = field->is_repeated();
    ++next;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        Fill(many ? *reflection.AddMessage(&message, field) : *reflection.MutableMessage(&message, field), next);
        break;
      case FieldDescriptor::CPPTYPE_STRING: {
        // A key is shown as its fingerprint.
        const std::string text = field->name() == "key" ? "QUJD" : absl::StrCat("word", next);
        many ? reflection.AddString(&message, field, text) : reflection.SetString(&message, field, text);
        break;
      }
      case FieldDescriptor::CPPTYPE_ENUM:
        many ? reflection.AddEnumValue(&message, field, 1) : reflection.SetEnumValue(&message, field, 1);
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        reflection.SetBool(&message, field, true);
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        reflection.SetUInt32(&message, field, 1000 + static_cast<uint32_t>(next));
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        reflection.SetUInt64(&message, field, 1000 + static_cast<uint64_t>(next));
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        reflection.SetDouble(&message, field, 0.5 + next);
        break;
      default:
        FAIL() << "a field of a type that the words were never tried with: " << field->full_name();
    }
  }
}

void ChangeValue(Message& message, const FieldDescriptor* field) {
  const Reflection& reflection = *message.GetReflection();
  const bool many = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      many ? reflection.SetRepeatedString(&message, field, 0, "changed")
           : reflection.SetString(&message, field, "changed");
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      many ? reflection.SetRepeatedEnumValue(&message, field, 0, 2) : reflection.SetEnumValue(&message, field, 2);
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      reflection.SetBool(&message, field, false);
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      reflection.SetUInt32(&message, field, 77);
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      reflection.SetUInt64(&message, field, 77);
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      reflection.SetDouble(&message, field, 0.0625);
      break;
    default:
      break;
  }
}

// The fields of `message`, and below, whose value the words do not show.
void FindUnsaid(Message& message, const std::function<std::string()>& words, std::vector<std::string>& unsaid) {
  const Reflection& reflection = *message.GetReflection();
  const std::string before = words();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    if (field->message_type() != nullptr) {
      FindUnsaid(field->is_repeated() ? *reflection.MutableRepeatedMessage(&message, field, 0)
                                      : *reflection.MutableMessage(&message, field),
                 words, unsaid);
      continue;
    }
    const std::unique_ptr<Message> kept(message.New());
    kept->CopyFrom(message);
    ChangeValue(message, field);
    if (words() == before) unsaid.push_back(std::string(field->full_name()));
    message.CopyFrom(*kept);
  }
}

TEST(WordsOfASchema, LeaveOutNoFieldOfACharter) {
  v1::Charter terms;
  int next = 0;
  Fill(terms, next);
  std::vector<std::string> unsaid;
  FindUnsaid(
      terms, [&terms] { return DescribeTerms(terms, "00"); }, unsaid);
  EXPECT_THAT(unsaid, IsEmpty()) << "people sign what they are not shown";
}

TEST(WordsOfASchema, LeaveOutNoFieldOfAPolicy) {
  v1::SitePolicy rules;
  int next = 0;
  Fill(rules, next);
  std::vector<std::string> unsaid;
  FindUnsaid(
      rules, [&rules] { return absl::StrJoin(PolicyLines(rules), "\n"); }, unsaid);
  EXPECT_THAT(unsaid, IsEmpty()) << "people sign what they are not shown";
}

class CharterWords : public ::testing::Test {
 protected:
  std::string LoosenedAfter(const Replacements& changes) const {
    return absl::StrJoin(LoosenedBy(federation_.Written(), federation_.Written(changes)), "\n");
  }
  ExampleFederation federation_;
};

TEST_F(CharterWords, TellWhoMayDoWhat) {
  const std::string text = DescribeCharter(federation_.Written());
  EXPECT_THAT(text, AllOf(HasSubstr("Charter heart-network, version 1\nhash "),
                          HasSubstr("billing-audit (fraud): Find bills without a treatment."),
                          HasSubstr("emil: Emil Noether of Cleveland Clinic, engineer, lead, steward\n    key "),
                          HasSubstr("bills for billing-audit, of va: Bills since 2010."),
                          HasSubstr("at least 3 sites of 3 organisations"), HasSubstr("plain sums never"),
                          HasSubstr("Approved by: 1 as lead, 1 as steward, 1 as ombudsman (for fraud), each site")));
  EXPECT_THAT(text, HasSubstr("as lead, steward may loosen min_sites to 2\n"));
  EXPECT_THAT(text, HasSubstr(KeyFingerprint(federation_.person("ada").public_key_der())));
}

TEST_F(CharterWords, TellWhoSignsASitesPolicy) {
  const Charter charter =
      federation_.Written({{"\nretention:", "\nsite_policies: {people: 2, roles: [operator, steward]}\nretention:"}});
  EXPECT_THAT(DescribeCharter(charter),
              HasSubstr("A site's policy is signed by 2 people of its organisation, each of them operator, steward\n"));
  const auto warned = [this](const std::string& roles) {
    const Charter asks =
        federation_.Written({{"\nretention:", "\nsite_policies: {people: 2, roles: [" + roles + "]}\nretention:"}});
    return absl::StrJoin(ExamineCharter(federation_.SignedByAll(asks), *federation_.Listed(), nullptr).warnings, "\n");
  };
  EXPECT_THAT(
      warned("engineer, steward"),
      AllOf(HasSubstr(
                "asks for 2 people of a site's organisation, and people lists fewer of Magyar "
                "Kardiológiai Intézet, Universitätsspital Zürich, V.A. Medical Center: their sites can sign no policy"),
            ::testing::Not(HasSubstr("Cleveland"))));
  EXPECT_THAT(DescribeFindings(ExamineCharter(SignedCharter(federation_.Written()), *federation_.Listed(), nullptr)),
              ::testing::Not(HasSubstr("WARNING")));
}

TEST_F(CharterWords, TellWhoHasSignedAndWhatIsLacking) {
  SignedCharter charter(federation_.Written());
  federation_.Sign(charter, "va");
  const std::string text = DescribeFindings(ExamineCharter(charter, *federation_.Listed(), nullptr));
  EXPECT_THAT(text, AllOf(HasSubstr("  site/va has signed\n"), HasSubstr("  lacking: the charter's co_signers[0]"),
                          HasSubstr("It is NOT active.\n")));
}

TEST_F(CharterWords, WarnOfFloorsThatTheRosterCannotReach) {
  ExampleSites two;
  two.Add("cleveland", "Cleveland Clinic");
  two.Add("va", "V.A. Medical Center");
  EXPECT_THAT(ExamineCharter(SignedCharter(federation_.Written()), two.Listed(), nullptr).warnings,
              ElementsAre(HasSubstr("asks for 3 sites, and the roster has 2"),
                          HasSubstr("asks for 3 organisations, and the roster has 2"),
                          HasSubstr("is 1, which takes 3 organisations, and the roster has 2")));
  EXPECT_THAT(ExamineCharter(SignedCharter(federation_.Written()), *federation_.Listed(), nullptr).warnings, IsEmpty());
}

TEST_F(CharterWords, DifferencesAreThoseOfTheBytes) {
  const Charter before = federation_.Written();
  EXPECT_THAT(CharterDifferences(before, before), IsEmpty());
  EXPECT_THAT(CharterDifferences(before, federation_.Written({{"  min_rows: 50\n", "  min_rows: 49  # enough\n"},
                                                              {"  - {name: V.A. Medical Center}\n", ""},
                                                              {"name: Dora Maar, organisation: V.A. Medical Center",
                                                               "name: Dora Maar, organisation: Cleveland Clinic"},
                                                              {"name: Fritz Haber, organisation: V.A. Medical Center",
                                                               "name: Fritz Haber, organisation: Cleveland Clinic"}})),
              ElementsAre("-   - {name: V.A. Medical Center}", HasSubstr("-   - {id: dora"),
                          HasSubstr("+   - {id: dora"), HasSubstr("-   - {id: fritz"), HasSubstr("+   - {id: fritz"),
                          "-   min_rows: 50", "+   min_rows: 49  # enough"));
}

TEST_F(CharterWords, AnAmendmentThatDropsWhoWatchesIsLooser) {
  const std::string fritz =
      "  - {id: fritz, name: Fritz Haber, organisation: V.A. Medical Center, roles: [auditor], key: $fritz}\n";
  const std::string lost = "fritz is no longer auditor, and nobody of the same organisation is it instead";
  EXPECT_EQ(LoosenedAfter({{fritz, ""}}), lost);
  EXPECT_EQ(LoosenedAfter({{"roles: [auditor]", "roles: [lead]"}}), "fritz is lead too\n" + lost);
  EXPECT_EQ(LoosenedAfter({{"id: fritz", "id: gerda"}}), "gerda is new among people") << "who takes the place";
  EXPECT_EQ(LoosenedAfter({{fritz, ""}, {"roles: [lead]", "roles: [lead, auditor]"}}), "bela is auditor too\n" + lost)
      << "of another organisation";
  EXPECT_EQ(LoosenedAfter({{"id: dora", "id: olga"}, {"roles: [ombudsman]", "roles: [ombudsman, auditor]"}}),
            "olga is new among people");
}

TEST_F(CharterWords, AnAmendmentThatOnlyTightensLoosensNothing) {
  EXPECT_EQ(LoosenedAfter({}), "");
  EXPECT_EQ(LoosenedAfter({{"min_rows: 50", "min_rows: 60"},
                           {"{role: lead, count: 1}\n", "{role: lead, count: 2}\n"},
                           {"expires: 2028", "expires: 2027"},
                           {"2027-01-01T00:00:00Z\npurposes", "2027-12-01T00:00:00Z\npurposes"},
                           {"  - {rule: hours, by: [lead, steward]}\n", ""},
                           {"amendments: {sites: 3, ", "amendments: {sites: 4, "}}),
            "");
}

TEST_F(CharterWords, LongerBeliefInARosterAndMoreOperatorsAreTold) {
  const auto with = [this](const std::string& floor, const std::string& code) {
    return federation_.Written(
        {{"  min_rows: 50\n", absl::StrCat("  min_rows: 50\n", floor)}, {"\nretention:", code + "\nretention:"}});
  };
  const Charter before = with("  roster_days: 30\n", "\ncode: {operators: ['aten::linear', 'aten::relu']}");
  EXPECT_THAT(LoosenedBy(before, with("  roster_days: 7\n", "\ncode: {operators: ['aten::relu']}")), IsEmpty());
  EXPECT_THAT(LoosenedBy(before, with("  roster_days: 31\n", "\ncode: {operators: ['aten::relu', 'aten::save']}")),
              ElementsAre("floors.roster_days is 31, before 30", "code of others may call the operator aten::save"));
  EXPECT_THAT(LoosenedBy(before, with("", "\ncode: {models: [mlp]}")),
              ElementsAre("floors.roster_days is no longer demanded", "code of others may call every operator"));
  EXPECT_THAT(LoosenedBy(with("", ""), before), IsEmpty());
  EXPECT_THAT(DescribeCharter(before), HasSubstr("; a roster is valid for at most 30 days ahead"));
}

TEST_F(CharterWords, EachRuleThatBecomesWeakerIsTold) {
  EXPECT_EQ(LoosenedAfter({{"  min_rows: 50\n", "  min_rows: 49\n"}}), "floors.min_rows is 49, before 50");
  EXPECT_EQ(LoosenedAfter({{"secure_sum: true", "secure_sum: false"}}), "floors.secure_sum is false, before true");
  EXPECT_EQ(LoosenedAfter({{"$fritz", "$bela"}, {"key: $bela}\n  - {id: clara", "key: $fritz}\n  - {id: clara"}}),
            "bela has another key\nfritz has another key");
  EXPECT_EQ(LoosenedAfter({{"roles: [auditor]", "roles: [auditor, lead]"}}), "fritz is lead too");
  EXPECT_EQ(LoosenedAfter({{"job_orders:", "complaints: {answer_days: 30}\njob_orders:"}}),
            "complaints may wait 30 days for an answer, before 14");
  EXPECT_EQ(LoosenedAfter({{"purposes: [risk-of-disease]", "purposes: [risk-of-disease, billing-audit]"}}),
            "the data set heart may be read for billing-audit");
  EXPECT_EQ(LoosenedAfter({{", sites: [va]", ""}}), "more sites may release the data set bills");
  EXPECT_EQ(LoosenedAfter({{"tags: [fraud]}\norg", "tags: [administration]}\norg"}}),
            "the purpose billing-audit is no longer tagged fraud");
  EXPECT_EQ(LoosenedAfter({{"    - {role: steward, count: 1}\n", ""}}),
            "an approval as steward that was asked for is no longer, or of fewer people");
  EXPECT_EQ(LoosenedAfter({{"each_site: true", "each_site: false"}}), "sites are not asked for their approval");
  EXPECT_EQ(LoosenedAfter({{"longest_days: 30", "longest_days: 31"}}), "approvals may hold for 31 days, before 30");
  EXPECT_EQ(LoosenedAfter({{"{rule: hours, by", "{rule: secure_sum, by"}}), "secure_sum may be loosened");
  EXPECT_EQ(LoosenedAfter({{"{sites: 3, people: [{role: steward, count: 1}]}", "{sites: 3}"}}),
            "amendments ask for fewer people as steward");
  EXPECT_EQ(LoosenedAfter({{"retention:", "signatures: {sites: 3}\nretention:"}}),
            "signatures of 3 sites are enough, before of all");
  EXPECT_EQ(LoosenedAfter({{"expires: 2028", "expires: 2029"}}),
            "it expires 2029-01-01T00:00:00Z, before 2028-01-01T00:00:00Z");
}

TEST(DraftedCharter, HoldsWhateverTheOrganisationsAreCalled) {
  for (const int sites : {2, 3, 5}) {
    ExampleSites listed;
    for (int i = 0; i < sites; ++i) {
      listed.Add(absl::StrCat("site-", i), absl::StrCat(i, "'s: Krankenhaus #", std::string(1, 'a' + i), " & {Söhne}"));
    }
    const std::string text =
        CharterDraft(listed.Listed(), "heart", {"ada", ExampleFederation().person("ada").public_key_der()},
                     At("2028-02-29T12:30:00Z"));
    const auto charter = Charter::Parse(text, "draft.yaml");
    ASSERT_TRUE(charter.ok()) << charter.status() << "\n" << text;
    EXPECT_EQ(charter->terms().floors().min_organisations(), sites == 2 ? 2u : 3u);
    EXPECT_EQ(charter->terms().floors().min_sites(), sites == 2 ? 2u : 3u);
    EXPECT_EQ(absl::StrContains(text, "EACH LEARNS THE OTHER'S NUMBERS"), sites == 2);
    const std::vector<std::string> warnings =
        ExamineCharter(SignedCharter(*charter), listed.Listed(), nullptr).warnings;
    EXPECT_THAT(warnings,
                ::testing::Contains(HasSubstr("purposes[0].words still says \"What for, and what not for.\"")));
    EXPECT_THAT(absl::StrJoin(warnings, "\n"), ::testing::Not(HasSubstr("no job can ever run")));
    EXPECT_EQ(charter->terms().not_before(), "2028-02-29T00:00:00Z");
    EXPECT_EQ(charter->terms().expires(), "2029-03-01T00:00:00Z");
  }
}

}  // namespace
}  // namespace accord
