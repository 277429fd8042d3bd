#include "trust/roster/roster_words.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/roster/example_roster.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(RosterWords, SayWhoIsInItAndWhoHasSigned) {
  const ExampleSites sites = FourHospitals();
  SignedRoster roster = sites.Draft();
  ASSERT_TRUE(roster.Sign("hungarian", sites.signer("hungarian")).ok());
  const std::string text = DescribeRoster(roster);
  EXPECT_THAT(text, HasSubstr("Roster of Heart Federation: 4 sites of 4 organisations\n"));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("hash ", HexDigest(roster.roster()->hash()))));
  EXPECT_THAT(text, HasSubstr("  cleveland of Cleveland Clinic, has not signed\n"));
  EXPECT_THAT(text, HasSubstr("  hungarian of Magyar Kardiológiai Intézet, has signed\n"));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("    key ", KeyFingerprint(sites.signer("va").public_key_der()), "\n")));
  EXPECT_THAT(text, HasSubstr("1 of 4 have signed."));
  EXPECT_THAT(DescribeRoster(sites.SignedByAll()), HasSubstr("All have signed."));
}

TEST(RosterWords, SayWhichSignatureIsNotGood) {
  const std::string text = FourHospitals().SignedByAll().Text();
  const size_t at = text.find("\nva ") + 4;
  std::string broken = text;
  broken[at] = broken[at] == 'A' ? 'B' : 'A';
  EXPECT_THAT(DescribeRoster(*SignedRoster::Parse(broken)),
              HasSubstr("  va of V.A. Medical Center, SIGNATURE NOT GOOD\n"));
}

TEST(RosterDifferences, NameEverySiteOrganisationAndKeyThatChanged) {
  ExampleSites sites = FourHospitals();
  const Roster before = sites.Listed();
  EXPECT_THAT(RosterDifferences(before, before), IsEmpty());
  sites.entries()[0].organisation = "Cleveland Clinic Foundation";
  ExampleSites fresh;
  fresh.Add("basel", "Universitätsspital Basel");
  fresh.Add("va", "V.A. Medical Center");
  sites.entries()[3] = fresh.entries()[1];  // another key
  sites.entries()[1] = fresh.entries()[0];  // hungarian is gone, basel is new
  const Roster after = *Roster::Parse(*Roster::Write("Heart Federation 2", sites.entries()));
  EXPECT_THAT(RosterDifferences(before, after),
              ElementsAre("the federation is named Heart Federation 2, before Heart Federation",
                          absl::StrCat("site basel of Universitätsspital Basel is new, key ",
                                       KeyFingerprint(fresh.signer("basel").public_key_der())),
                          "site cleveland belongs to Cleveland Clinic Foundation, before to Cleveland Clinic",
                          absl::StrCat("site va has another key: ", KeyFingerprint(fresh.signer("va").public_key_der()),
                                       ", before ", KeyFingerprint(before.Find("va")->public_key_der)),
                          "site hungarian of Magyar Kardiológiai Intézet is gone"));
}

TEST(RosterWords, CountOrganisationsOnce) {
  ExampleSites sites;
  sites.Add("a", "One");
  EXPECT_EQ(RosterSize(sites.Listed()), "1 site of 1 organisation");
  sites.Add("b", "One");
  EXPECT_EQ(RosterSize(sites.Listed()), "2 sites of 1 organisation");
}

}  // namespace
}  // namespace accord
