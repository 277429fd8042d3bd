// Who has to sign a charter, and an amendment of it.
#include "trust/charter/active_charter.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/charter/example_charter.h"

namespace accord {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CharterSignatures : public ::testing::Test {
 protected:
  CharterFindings Examine(const SignedCharter& charter, const Charter* former = nullptr) const {
    return ExamineCharter(charter, *federation_.Listed(), former);
  }
  // Version 2, with further changes.
  Charter Amended(const Charter& former, Replacements changes = {}) const {
    changes.emplace_back("version: 1\n", absl::StrCat("version: 2\nformer_sha256: ", HexDigest(former.hash()), "\n"));
    return federation_.Written(changes);
  }

  ExampleFederation federation_;
};

TEST_F(CharterSignatures, OfEverySiteAndOfTheCoSignerMakeItActive) {
  const SignedCharter charter = federation_.SignedByAll(federation_.Written());
  EXPECT_THAT(Examine(charter).lacking, IsEmpty());
  EXPECT_THAT(Examine(charter).signed_by,
              ElementsAre("site/cleveland", "site/hungarian", "site/switzerland", "site/va", "person/dora"));
  EXPECT_TRUE(ActiveCharter::Create(charter, federation_.Listed(), nullptr).ok());
}

TEST_F(CharterSignatures, WithoutOneSiteAreNotEnough) {
  SignedCharter charter = federation_.SignedByAll(federation_.Written());
  charter.Drop("site/va");
  EXPECT_THAT(Examine(charter).lacking, ElementsAre(HasSubstr("4 of 4 sites, and 3 have signed; not yet site/va")));
  const auto active = ActiveCharter::Create(charter, federation_.Listed(), nullptr);
  EXPECT_EQ(active.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(CharterSignatures, WithoutTheOmbudsmanAreNotEnoughForAPurposeOfFraud) {
  SignedCharter charter = federation_.SignedByAll(federation_.Written());
  charter.Drop("person/dora");
  EXPECT_THAT(Examine(charter).lacking, ElementsAre(HasSubstr("co_signers[0] (line 42) demands signatures of 1 of the "
                                                              "role ombudsman")));
}

TEST_F(CharterSignatures, AreOfNoWorthOnceAFieldWasChanged) {
  const std::string text = federation_.SignedByAll(federation_.Written()).Text();
  const auto changed =
      SignedCharter::Parse(absl::StrReplaceAll(text, {{"min_rows: 50", "min_rows: 49"}}), "charter.yaml");
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(Examine(*changed).bad.size(), 5u);
  EXPECT_FALSE(ActiveCharter::Create(*changed, federation_.Listed(), nullptr).ok());
}

TEST_F(CharterSignatures, OfAnotherKeyAreBad) {
  const ExampleFederation others;  // the same names, other keys
  SignedCharter charter = federation_.SignedByAll(federation_.Written());
  charter.Drop("site/va");
  others.Sign(charter, "va");
  EXPECT_THAT(Examine(charter).bad, ElementsAre("site/va"));
  EXPECT_FALSE(charter.Sign("person/ada", others.person("ada")).ok());  // the charter lists another key
}

TEST_F(CharterSignatures, AmendmentNeedsWhatTheVersionBeforeDemands) {
  const Charter former = federation_.Written({{"retention:", "signatures: {sites: 3}\nretention:"}});
  SignedCharter next(Amended(former, {{"retention:", "signatures: {sites: 3}\nretention:"}}));
  for (const char* site : {"cleveland", "hungarian", "va"}) federation_.Sign(next, site);
  federation_.SignAs(next, "dora");
  EXPECT_THAT(Examine(next, &former).lacking, ElementsAre(HasSubstr("amendments.people[0]")));
  federation_.SignAs(next, "clara");
  EXPECT_THAT(Examine(next, &former).lacking, IsEmpty());
  // Who does not have the version before asks for everybody.
  EXPECT_THAT(Examine(next).lacking, ElementsAre(HasSubstr("4 of 4 sites")));
}

TEST_F(CharterSignatures, AmendmentIsNotLetPassByPeopleWhomItMadeItself) {
  // It gives the steward of the version before, whose signature is needed, the key of somebody else; and another person
  // the role.
  const Charter former = federation_.Written();
  const ExampleFederation others;
  SignedCharter next(Amended(former, {{"$clara", others.KeyText("clara")}, {"roles: [auditor]", "roles: [steward]"}}));
  for (const char* site : {"cleveland", "hungarian", "switzerland", "va"}) federation_.Sign(next, site);
  federation_.SignAs(next, "dora");
  federation_.SignAs(next, "fritz");
  others.SignAs(next, "clara");
  EXPECT_THAT(Examine(next, &former).lacking, ElementsAre(HasSubstr("amendments.people[0]")));
}

TEST_F(CharterSignatures, AmendmentOfAnotherVersionIsNone) {
  const Charter former = federation_.Written();
  const Charter other = federation_.Written({{"min_rows: 50", "min_rows: 51"}});
  SignedCharter next = federation_.SignedByAll(Amended(former));
  federation_.SignAs(next, "clara");
  EXPECT_THAT(Examine(next, &former).lacking, IsEmpty());
  EXPECT_THAT(Examine(next, &other).lacking, Contains(HasSubstr("is not the hash of the version that is at hand")));
}

TEST_F(CharterSignatures, OfHalfOfTheSitesAreNeverEnough) {
  const SignedCharter charter =
      federation_.SignedByAll(federation_.Written({{"retention:", "signatures: {sites: 2}\nretention:"}}));
  EXPECT_THAT(Examine(charter).lacking, ElementsAre(HasSubstr("expected more than half")));
}

TEST_F(CharterSignatures, SiteWhoseOrganisationTheCharterDoesNotListIsTold) {
  federation_.sites().Add("basel", "Basel");
  const SignedCharter charter = federation_.SignedByAll(federation_.Written());
  EXPECT_THAT(Examine(charter).lacking, ElementsAre(HasSubstr("site basel belongs in the roster to an organisation")));
}

TEST_F(CharterSignatures, PersonWithTheKeyOfASiteIsTold) {
  const std::string key = absl::Base64Escape(federation_.sites().signer("va").public_key_der());
  const SignedCharter charter = federation_.SignedByAll(federation_.Written({{"$fritz", key}}));
  EXPECT_THAT(Examine(charter).lacking, ElementsAre(HasSubstr("fritz has in the charter's people")));
}

TEST_F(CharterSignatures, FileIsTheChartersBytesThenTheSignatures) {
  const SignedCharter charter = federation_.SignedByAll(federation_.Written());
  EXPECT_THAT(charter.Text(), ::testing::StartsWith(absl::StrCat(federation_.Yaml(), "signatures\nperson/dora ")));
  const auto again = SignedCharter::Parse(charter.Text(), "charter.yaml");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->Text(), charter.Text());
  for (size_t size = 0; size < charter.Text().size(); size += 37) {
    const auto cut = SignedCharter::Parse(charter.Text().substr(0, size), "charter.yaml");
    EXPECT_FALSE(cut.ok() && Examine(*cut).lacking.empty()) << size;
  }
}

TEST_F(CharterSignatures, FileHasNoOtherSpelling) {
  const std::string text = federation_.SignedByAll(federation_.Written()).Text();
  const auto refusal = [](const std::string& other) {
    return std::string(SignedCharter::Parse(other, "charter.yaml").status().message());
  };
  EXPECT_THAT(refusal(absl::StrCat(text, text.substr(text.find("site/va ")))), HasSubstr("ascending order"));
  EXPECT_THAT(refusal(absl::StrCat(text, "site/zz AAAA\n")), HasSubstr("64 bytes"));
  EXPECT_THAT(refusal(absl::StrCat(text, "zz AAAA\n")), HasSubstr("site/ID or person/ID"));
  EXPECT_THAT(refusal(absl::StrCat(text, "\n")), HasSubstr("IDENTITY BASE64"));
  EXPECT_THAT(refusal(federation_.Yaml()), HasSubstr("no line 'signatures'"));
}

TEST_F(CharterSignatures, OfTwoFilesAreMerged) {
  SignedCharter one(federation_.Written());
  SignedCharter two(federation_.Written());
  federation_.Sign(one, "va");
  federation_.Sign(two, "cleveland");
  ASSERT_TRUE(one.MergeFrom(two).ok());
  EXPECT_EQ(one.signatures().size(), 2u);
  federation_.Sign(two, "va");  // ECDSA: another signature of the same
  EXPECT_FALSE(one.MergeFrom(two).ok());
  EXPECT_FALSE(one.MergeFrom(SignedCharter(federation_.Written({{"min_rows: 50", "min_rows: 51"}}))).ok());
}

}  // namespace
}  // namespace accord
