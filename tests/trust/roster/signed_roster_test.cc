#include "trust/roster/signed_roster.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/roster/example_roster.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string SignedRosterRefusal(const std::string& text) {
  const auto roster = SignedRoster::Parse(text);
  EXPECT_EQ(roster.status().code(), absl::StatusCode::kInvalidArgument) << text;
  return std::string(roster.status().message());
}

TEST(SignedRoster, HoldsOnceEverySiteHasSigned) {
  const ExampleSites sites = FourHospitals();
  EXPECT_TRUE(sites.SignedByAll().Verify().ok()) << sites.SignedByAll().Verify();
}

TEST(SignedRoster, FileIsTheRostersBytesThenTheSignatures) {
  const ExampleSites sites = FourHospitals();
  SignedRoster roster = sites.Draft();
  EXPECT_EQ(roster.Text(), absl::StrCat(sites.Bytes(), "signatures\n"));
  ASSERT_TRUE(roster.Sign("va", sites.signer("va")).ok());
  ASSERT_TRUE(roster.Sign("cleveland", sites.signer("cleveland")).ok());
  const std::string text = roster.Text();
  EXPECT_THAT(text, StartsWith(absl::StrCat(sites.Bytes(), "signatures\ncleveland ")));
  const auto again = SignedRoster::Parse(text);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->Text(), text);
  EXPECT_EQ(again->roster()->bytes(), sites.Bytes());
}

TEST(SignedRoster, SignatureIsOverTheHashInTheRostersDomain) {
  const ExampleSites sites = FourHospitals();
  const std::string text = sites.SignedByAll().Text();
  const size_t start = text.find("\nva ") + 4;
  std::string signature;
  ASSERT_TRUE(absl::Base64Unescape(text.substr(start, text.find('\n', start) - start), &signature));
  const Sha256Digest hash = sites.Listed().hash();
  const std::string message(hash.begin(), hash.end());
  EXPECT_TRUE(sites.Listed().Find("va")->key.Verify("accord/v1/roster", message, signature).ok());
}

TEST(SignedRoster, NamesAllWhoHaveNotSignedAndAllBadSignaturesAtOnce) {
  const ExampleSites sites = FourHospitals();
  const ExampleSites others = FourHospitals();  // the same names, other keys
  SignedRoster roster = sites.Draft();
  ASSERT_TRUE(roster.Sign("cleveland", sites.signer("cleveland")).ok());
  SignedRoster forged = others.SignedByAll();
  // The signature of another key, put into the file by hand.
  const std::string forged_text = forged.Text();
  const size_t line = forged_text.find("\nhungarian ");
  const std::string mixed =
      absl::StrCat(roster.Text(), forged_text.substr(line + 1, forged_text.find('\n', line + 1) - line));
  const auto parsed = SignedRoster::Parse(mixed);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_THAT(parsed->Examine().missing, ElementsAre("switzerland", "va"));
  EXPECT_THAT(parsed->Examine().bad, ElementsAre("hungarian"));
  const absl::Status verified = parsed->Verify();
  EXPECT_EQ(verified.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(verified.message()), HasSubstr("no signature of switzerland, va"));
  EXPECT_THAT(std::string(verified.message()), HasSubstr("a signature that is not good of hungarian"));
}

TEST(SignedRoster, SignatureOfOneRosterIsNotGoodForAnother) {
  ExampleSites sites = FourHospitals();
  const std::string text = sites.SignedByAll().Text();
  // The same sites, one organisation renamed.
  const auto altered = SignedRoster::Parse(absl::StrReplaceAll(text, {{"Cleveland Clinic", "Cleveland Hospital"}}));
  ASSERT_TRUE(altered.ok());
  EXPECT_THAT(altered->Examine().bad, ElementsAre("cleveland", "hungarian", "switzerland", "va"));
}

TEST(SignedRoster, SiteDoesNotSignWhatDoesNotListItsKey) {
  ExampleSites sites = FourHospitals();
  sites.Add("basel", "Basel");
  SignedRoster roster = FourHospitals().Draft();
  EXPECT_EQ(roster.Sign("basel", sites.signer("basel")).code(), absl::StatusCode::kNotFound);
  const absl::Status other_key = roster.Sign("cleveland", sites.signer("cleveland"));
  EXPECT_EQ(other_key.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(other_key.message()), HasSubstr("another key"));
  EXPECT_EQ(roster.Examine().missing.size(), 4u);
}

TEST(SignedRoster, FilesThatSitesSignedApartAreMerged) {
  const ExampleSites sites = FourHospitals();
  SignedRoster one = sites.Draft();
  SignedRoster two = sites.Draft();
  ASSERT_TRUE(one.Sign("cleveland", sites.signer("cleveland")).ok());
  ASSERT_TRUE(one.Sign("va", sites.signer("va")).ok());
  ASSERT_TRUE(two.Sign("va", sites.signer("va")).ok());  // ECDSA: another signature of the same
  ASSERT_TRUE(two.Sign("hungarian", sites.signer("hungarian")).ok());
  ASSERT_TRUE(two.Sign("switzerland", sites.signer("switzerland")).ok());
  ASSERT_TRUE(one.MergeFrom(two).ok());
  EXPECT_TRUE(one.Verify().ok()) << one.Verify();
}

TEST(SignedRoster, MergingKeepsTheGoodOneOfTwoSignatures) {
  const ExampleSites sites = FourHospitals();
  const std::string text = sites.SignedByAll().Text();
  // A signature with one bit changed: 'A' as the first character of base64 and its neighbour.
  const size_t at = text.find("\nva ") + 4;
  std::string broken = text;
  broken[at] = broken[at] == 'A' ? 'B' : 'A';
  for (const bool good_first : {true, false}) {
    auto first = SignedRoster::Parse(good_first ? text : broken);
    const auto second = SignedRoster::Parse(good_first ? broken : text);
    ASSERT_TRUE(first.ok() && second.ok());
    ASSERT_TRUE(first->MergeFrom(*second).ok());
    EXPECT_TRUE(first->Verify().ok()) << good_first;
  }
}

TEST(SignedRoster, FilesAboutTwoRostersAreNotMerged) {
  SignedRoster one = FourHospitals().SignedByAll();
  const absl::Status merged = one.MergeFrom(FourHospitals().SignedByAll());
  EXPECT_EQ(merged.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(one.Verify().ok());
}

TEST(SignedRoster, RefusesEveryTruncation) {
  const std::string text = FourHospitals().SignedByAll().Text();
  for (size_t size = 0; size < text.size(); ++size) {
    const auto roster = SignedRoster::Parse(text.substr(0, size));
    // Cut behind a whole line, it is a file with fewer signatures, which does not verify.
    if (roster.ok()) {
      EXPECT_EQ(text[size - 1], '\n');
      EXPECT_FALSE(roster->Verify().ok()) << size;
    }
  }
}

TEST(SignedRoster, SurvivesEveryChangedByteAndDoesNotVerifyAfterwards) {
  const std::string text = FourHospitals().SignedByAll().Text();
  for (size_t i = 0; i < text.size(); ++i) {
    for (const int flip : {0x01, 0x80}) {
      std::string mutant = text;
      mutant[i] = static_cast<char>(mutant[i] ^ flip);
      const auto roster = SignedRoster::Parse(mutant);
      EXPECT_FALSE(roster.ok() && roster->Verify().ok()) << i;
    }
  }
}

TEST(SignedRoster, RefusesSignaturesOutOfOrderTwiceOrOfStrangers) {
  const std::string text = FourHospitals().SignedByAll().Text();
  const size_t first = text.find("\ncleveland ") + 1;
  const size_t second = text.find("\nhungarian ") + 1;
  const size_t third = text.find("\nswitzerland ") + 1;
  const std::string cleveland = text.substr(first, second - first);
  const std::string hungarian = text.substr(second, third - second);
  EXPECT_THAT(SignedRosterRefusal(absl::StrCat(text.substr(0, first), hungarian, cleveland, text.substr(third))),
              HasSubstr("not in ascending order"));
  EXPECT_THAT(SignedRosterRefusal(absl::StrCat(text.substr(0, second), cleveland, text.substr(second))),
              HasSubstr("not in ascending order"));
  EXPECT_THAT(SignedRosterRefusal(absl::StrCat(text, "zurich", cleveland.substr(9))),
              HasSubstr("that the roster does not list"));
}

TEST(SignedRoster, RefusesOtherSpellingsAndLengths) {
  const ExampleSites sites = FourHospitals();
  const std::string draft = sites.Draft().Text();
  const auto with = [&](absl::string_view line) { return SignedRosterRefusal(absl::StrCat(draft, line, "\n")); };
  const std::string good = absl::Base64Escape(std::string(64, 's'));
  EXPECT_TRUE(SignedRoster::Parse(absl::StrCat(draft, "va ", good, "\n")).ok());
  EXPECT_THAT(with(absl::StrCat("va  ", good)), HasSubstr("64 bytes"));
  EXPECT_THAT(with(absl::StrCat("va ", good, " ")), HasSubstr("64 bytes"));
  EXPECT_THAT(with(absl::StrCat("va ", good, "\r")), HasSubstr("64 bytes"));
  EXPECT_THAT(with(absl::StrCat("va ", good.substr(0, good.size() - 2))), HasSubstr("64 bytes"));
  EXPECT_THAT(with(absl::StrCat("va ", absl::Base64Escape(std::string(63, 's')))), HasSubstr("64 bytes"));
  EXPECT_THAT(with(absl::StrCat("va ", absl::Base64Escape(std::string(65, 's')))), HasSubstr("64 bytes"));
  EXPECT_THAT(with("va"), HasSubstr("ID BASE64"));
  EXPECT_THAT(with(""), HasSubstr("ID BASE64"));
  EXPECT_THAT(with(std::string("\0", 1)), HasSubstr("ID BASE64"));
  EXPECT_THAT(SignedRosterRefusal(absl::StrCat(draft, "va ", good)), HasSubstr("cut off"));
  EXPECT_THAT(SignedRosterRefusal(sites.Bytes()), HasSubstr("no line 'signatures'"));
  EXPECT_THAT(SignedRosterRefusal(absl::StrReplaceAll(draft, {{"\n", "\r\n"}})), HasSubstr("carriage returns"));
  EXPECT_THAT(SignedRosterRefusal(std::string(kMaxSignedRosterBytes + 1, '\n')), HasSubstr("expected at most"));
}

TEST(SignedRoster, VerifiesAThousandSites) {
  ExampleSites sites;
  for (int i = 0; i < 1000; ++i) sites.Add(absl::StrCat("site-", i), absl::StrCat("Organisation ", i / 2));
  const SignedRoster roster = sites.SignedByAll();
  EXPECT_LT(roster.Text().size(), kMaxPublishedRosterBytes / 8);
  const auto parsed = SignedRoster::Parse(roster.Text());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_THAT(parsed->Examine().bad, IsEmpty());
  EXPECT_TRUE(parsed->Verify().ok());
}

}  // namespace
}  // namespace accord
