#include "trust/roster/roster.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/roster/example_roster.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

std::string RosterRefusal(const std::string& bytes) {
  const auto roster = Roster::Parse(bytes);
  EXPECT_EQ(roster.status().code(), absl::StatusCode::kInvalidArgument) << bytes;
  return std::string(roster.status().message());
}

std::vector<std::string> Lines(const std::string& bytes) { return absl::StrSplit(bytes, '\n'); }
std::string Joined(const std::vector<std::string>& lines) { return absl::StrJoin(lines, "\n"); }

TEST(Roster, IsTheTextThatIsDocumented) {
  const ExampleSites sites = FourHospitals();
  const std::vector<std::string> lines = Lines(sites.Bytes());
  ASSERT_EQ(lines.size(), 7u);
  EXPECT_EQ(lines[0], "accord-roster-v1");
  EXPECT_EQ(lines[1], "federation: Heart Federation");
  EXPECT_EQ(lines[2], absl::StrCat("site: cleveland | organisation: Cleveland Clinic | key: ",
                                   absl::Base64Escape(sites.signer("cleveland").public_key_der())));
  EXPECT_EQ(lines[6], "");
}

TEST(Roster, GivesBackWhatWasWritten) {
  ExampleSites sites = FourHospitals();
  std::swap(sites.entries()[0], sites.entries()[3]);  // written in any order
  const Roster roster = sites.Listed();
  EXPECT_EQ(roster.federation(), "Heart Federation");
  ASSERT_EQ(roster.sites().size(), 4u);
  EXPECT_EQ(roster.sites()[0].site, "cleveland");
  EXPECT_EQ(roster.sites()[3].site, "va");
  const RosterSite* zurich = roster.Find("switzerland");
  ASSERT_NE(zurich, nullptr);
  EXPECT_EQ(zurich->organisation, "Universitätsspital Zürich");
  const auto signature = sites.signer("switzerland").Sign("accord/v1/test", "hello");
  EXPECT_TRUE(zurich->key.Verify("accord/v1/test", "hello", *signature).ok());
  EXPECT_FALSE(roster.Find("va")->key.Verify("accord/v1/test", "hello", *signature).ok());
  EXPECT_EQ(roster.Find("basel"), nullptr);
  EXPECT_EQ(roster.Find(""), nullptr);
}

TEST(Roster, HashIsThatOfTheDomainAndTheBytes) {
  const Roster roster = FourHospitals().Listed();
  EXPECT_EQ(roster.hash(), Sha256(absl::StrCat("accord/v1/roster", absl::string_view("\0", 1), roster.bytes())));
}

TEST(Roster, CountsOrganisationsOfACohort) {
  ExampleSites sites;
  sites.Add("a1", "A");
  sites.Add("a2", "A");
  sites.Add("a3", "A");
  sites.Add("b1", "B");
  sites.Add("b2", "B");
  sites.Add("c1", "C");
  const Roster roster = sites.Listed();
  const std::vector<std::string> all = {"a1", "a2", "a3", "b1", "b2", "c1"};
  EXPECT_EQ(*roster.NumOrganisations(all), 3u);
  EXPECT_EQ(*roster.MostSitesOwnedBy(0, all), 0u);
  EXPECT_EQ(*roster.MostSitesOwnedBy(1, all), 3u);
  EXPECT_EQ(*roster.MostSitesOwnedBy(2, all), 5u);
  EXPECT_EQ(*roster.MostSitesOwnedBy(3, all), 6u);
  EXPECT_EQ(*roster.MostSitesOwnedBy(4'000'000'000, all), 6u);
  EXPECT_EQ(*roster.NumOrganisations({"a1", "b2"}), 2u);
  EXPECT_EQ(*roster.MostSitesOwnedBy(1, {"a1", "b2"}), 1u);
  EXPECT_EQ(*roster.NumOrganisations({}), 0u);
  EXPECT_EQ(*roster.MostSitesOwnedBy(1, {}), 0u);
}

TEST(Roster, CountsNothingWithASiteThatItDoesNotList) {
  const Roster roster = FourHospitals().Listed();
  EXPECT_EQ(roster.NumOrganisations({"cleveland", "basel"}).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(roster.MostSitesOwnedBy(1, {"cleveland", "basel"}).status().code(), absl::StatusCode::kNotFound);
}

TEST(Roster, TellsOrganisationsApartByEveryByte) {
  ExampleSites sites;
  sites.Add("a", "Clinic");
  sites.Add("b", "clinic");
  EXPECT_EQ(*sites.Listed().NumOrganisations({"a", "b"}), 2u);
}

// ---- hostile bytes ----

TEST(Roster, RefusesEveryTruncation) {
  const std::string bytes = FourHospitals().Bytes();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto roster = Roster::Parse(bytes.substr(0, size));
    // A cut behind a whole line leaves a roster of fewer sites: another one, with another hash.
    const bool whole_line = size > 0 && bytes[size - 1] == '\n' && absl::StrContains(bytes.substr(0, size), "site: ");
    EXPECT_EQ(roster.ok(), whole_line) << size;
  }
}

TEST(Roster, SurvivesEveryChangedByteAndNeverKeepsItsHash) {
  const Roster roster = FourHospitals().Listed();
  for (size_t i = 0; i < roster.bytes().size(); ++i) {
    for (const int flip : {0x01, 0x20, 0x80, 0xff}) {
      std::string mutant = roster.bytes();
      mutant[i] = static_cast<char>(mutant[i] ^ flip);
      const auto parsed = Roster::Parse(mutant);
      if (parsed.ok()) {
        EXPECT_NE(parsed->hash(), roster.hash());
        EXPECT_EQ(parsed->bytes(), mutant);
      }
    }
  }
}

TEST(Roster, RefusesSitesOutOfOrderOrTwice) {
  std::vector<std::string> lines = Lines(FourHospitals().Bytes());
  std::vector<std::string> swapped = lines;
  std::swap(swapped[2], swapped[3]);
  EXPECT_THAT(RosterRefusal(Joined(swapped)), HasSubstr("line 4 of the roster: lists site cleveland behind hungarian"));
  std::vector<std::string> twice = lines;
  twice.insert(twice.begin() + 3, twice[2]);
  EXPECT_THAT(RosterRefusal(Joined(twice)), HasSubstr("line 4 of the roster: lists site cleveland behind cleveland"));
}

TEST(Roster, RefusesOneKeyForTwoSites) {
  ExampleSites sites = FourHospitals();
  sites.entries()[2].public_key_der = sites.entries()[1].public_key_der;
  const auto bytes = Roster::Write("Heart Federation", sites.entries());
  EXPECT_THAT(std::string(bytes.status().message()),
              HasSubstr("line 5 of the roster: has the key of site hungarian a second time"));
}

// SubjectPublicKeyInfo of a fresh key of a curve, with its point in the form asked for.
std::string KeyOf(const char* curve, point_conversion_form_t form) {
  EVP_PKEY* key = EVP_EC_gen(curve);
  EXPECT_NE(key, nullptr);
  const char* name = form == POINT_CONVERSION_COMPRESSED ? "compressed" : "uncompressed";
  EXPECT_EQ(EVP_PKEY_set_utf8_string_param(key, "point-format", name), 1);
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  std::string bytes(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  EVP_PKEY_free(key);
  return bytes;
}

TEST(Roster, RefusesKeysOfAnotherKindOrForm) {
  ExampleSites sites = FourHospitals();
  const auto refusal = [&](std::string der) {
    sites.entries()[0].public_key_der = std::move(der);
    const auto bytes = Roster::Write("Heart Federation", sites.entries());
    EXPECT_EQ(bytes.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(bytes.status().message());
  };
  const std::string good = sites.entries()[1].public_key_der;
  EXPECT_THAT(refusal(KeyOf("P-384", POINT_CONVERSION_UNCOMPRESSED)),
              HasSubstr("line 3 of the roster: the key of site"));
  EXPECT_THAT(refusal(KeyOf("secp256k1", POINT_CONVERSION_UNCOMPRESSED)), HasSubstr("the key of site cleveland"));
  EXPECT_THAT(refusal(KeyOf("P-256", POINT_CONVERSION_COMPRESSED)), HasSubstr("the key of site cleveland"));
  EXPECT_THAT(refusal(good + "x"), HasSubstr("the key of site cleveland"));
  EXPECT_THAT(refusal(good.substr(0, good.size() - 1)), HasSubstr("the key of site cleveland"));
  EXPECT_THAT(refusal(""), HasSubstr("the key of site cleveland"));
  std::string off_the_curve = good;
  off_the_curve.back() = static_cast<char>(off_the_curve.back() ^ 1);
  EXPECT_THAT(refusal(off_the_curve), HasSubstr("the key of site cleveland"));
}

TEST(Roster, RefusesOtherSpellingsOfBase64) {
  const std::string bytes = FourHospitals().Bytes();
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"==\n", "\n"}, {"==\n", "= =\n"}, {"==\n", "== \n"}, {"==\n", "==\t\n"}, {"key: MF", "key:  MF"}}) {
    ASSERT_THAT(bytes, HasSubstr(from));
    EXPECT_FALSE(Roster::Parse(absl::StrReplaceAll(bytes, {{from, to}})).ok()) << to;
  }
}

TEST(Roster, RefusesOtherLineEndsAndSaysWhereTheyComeFrom) {
  const std::string bytes = FourHospitals().Bytes();
  EXPECT_THAT(RosterRefusal(absl::StrReplaceAll(bytes, {{"\n", "\r\n"}})), HasSubstr("a mail program or an editor"));
  EXPECT_THAT(RosterRefusal(bytes.substr(0, bytes.size() - 1)), HasSubstr("it was cut off"));
}

TEST(Roster, RefusesLinesThatItDoesNotKnow) {
  const std::string bytes = FourHospitals().Bytes();
  for (const char* line : {"", "# comment", "person: ada", "Site: x | organisation: X | key: AA==", "site: x", " "}) {
    EXPECT_THAT(RosterRefusal(absl::StrCat(bytes, line, "\n")), HasSubstr("line 7 of the roster")) << line;
  }
  EXPECT_THAT(RosterRefusal("accord-roster-v3\n" + bytes.substr(bytes.find('\n') + 1)), HasSubstr("first line"));
  EXPECT_THAT(RosterRefusal("\xef\xbb\xbf" + bytes), HasSubstr("first line"));
  EXPECT_THAT(RosterRefusal(absl::StrReplaceAll(bytes, {{"federation: ", "Federation: "}})), HasSubstr("second line"));
  EXPECT_THAT(RosterRefusal("accord-roster-v1\nfederation: F\n"), HasSubstr("lists no site"));
  EXPECT_THAT(RosterRefusal("accord-roster-v1\n"), HasSubstr("second line"));
  EXPECT_THAT(RosterRefusal(""), HasSubstr("cut off"));
  EXPECT_THAT(RosterRefusal("\n"), HasSubstr("first line"));
}

TEST(Roster, RefusesNamesThatCouldDeceiveAReader) {
  const std::string bytes = FourHospitals().Bytes();
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"Cleveland Clinic", ""},
                                                        {"Cleveland Clinic", " Cleveland Clinic"},
                                                        {"Cleveland Clinic", "Cleveland\u202eClinic"},
                                                        {"Cleveland Clinic", std::string("Cleveland\0Clinic", 16)},
                                                        {"Cleveland Clinic",
                                                         "Cleveland\xff"
                                                         "Clinic"},
                                                        {"Cleveland Clinic", "Cleveland | Clinic"},
                                                        {"Cleveland Clinic", std::string(129, 'C')}}) {
    EXPECT_THAT(RosterRefusal(absl::StrReplaceAll(bytes, {{from, to}})), HasSubstr("line 3 of the roster")) << to;
  }
  EXPECT_THAT(RosterRefusal(absl::StrReplaceAll(bytes, {{"Heart Federation", "Heart\tFederation"}})),
              HasSubstr("line 2"));
  for (const char* id : {"Cleveland", "-cleveland", "cleve land", "cl\u00e9veland", ""}) {
    EXPECT_THAT(RosterRefusal(absl::StrReplaceAll(bytes, {{"site: cleveland", absl::StrCat("site: ", id)}})),
                HasSubstr("line 3 of the roster"))
        << id;
  }
  EXPECT_THAT(RosterRefusal(absl::StrReplaceAll(bytes, {{"site: cleveland", "site: " + std::string(64, 'c')}})),
              HasSubstr("line 3 of the roster"));
}

TEST(Roster, RefusesMoreBytesThanItMayHaveBeforeItReadsThem) {
  EXPECT_THAT(RosterRefusal(std::string(kMaxRosterBytes + 1, 'x')), HasSubstr("expected at most"));
}

TEST(Roster, NeverRepeatsForeignTextThatIsNotPrintable) {
  const std::string bytes = FourHospitals().Bytes();
  const std::string refusal = RosterRefusal(absl::StrReplaceAll(bytes, {{"site: hungarian", "site: \x1b[2J"}}));
  EXPECT_EQ(refusal.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace accord
