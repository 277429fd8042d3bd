#include "trust/charter/release.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/charter/example_release.h"
#include "trust/charter/release_check.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Releases : public ::testing::Test {
 protected:
  SignedStatement Heart(const std::function<void(Release&)>& change = nullptr, const std::string& key = "emil") const {
    Release release = ReleaseOfHeart(charter_);
    if (change) change(release);
    return SignedRelease(federation_, release, key);
  }
  std::string WhyNot(const SignedStatement& statement) const {
    return std::string(CheckRelease(charter_, roster_, statement).status().message());
  }
  ReleaseVerdict Judged(const SignedStatement& statement, const std::string& purpose = "risk-of-disease",
                        const std::string& now = "2027-03-01T10:00:00Z") const {
    return JudgeRelease(charter_, roster_, statement, {"cleveland", "heart", purpose}, version_, At(now));
  }
  static std::string Words(const ReleaseVerdict& verdict) { return absl::StrJoin(verdict.reasons, "\n"); }

  const ExampleFederation federation_;
  const Charter charter_ =
      federation_.Written({{"purposes: [risk-of-disease]", "purposes: [risk-of-disease, billing-audit]"}});
  const Roster roster_ = *federation_.Listed();
  absl::StatusOr<Sha256Digest> version_ = Sha256("the version");
};

TEST_F(Releases, OfAStewardOfTheSitesOrganisationLetsTheJobRun) {
  const ReleaseVerdict verdict = Judged(Heart());
  EXPECT_THAT(verdict.reasons, IsEmpty());
  EXPECT_EQ(verdict.release, ReleaseHash(Heart().bytes));
  EXPECT_EQ(verdict.expires, At("2027-08-20T00:00:00Z"));
}

TEST_F(Releases, AnotherPurposeIsRefusedForGoodAndTheReasonNamesBoth) {
  const ReleaseVerdict verdict = Judged(Heart(), "billing-audit");
  EXPECT_TRUE(verdict.for_good);
  EXPECT_THAT(Words(verdict), HasSubstr("the job is for the purpose billing-audit, and emil of Cleveland Clinic "
                                        "released heart for risk-of-disease alone"));
}

TEST_F(Releases, APurposeThatIsWrittenInAfterwardsMakesItNobodys) {
  SignedStatement edited = Heart();
  edited.bytes = absl::StrReplaceAll(edited.bytes, {{"purposes: risk-of-disease", "purposes: billing-audit"}});
  const ReleaseVerdict verdict = Judged(edited, "billing-audit");
  EXPECT_THAT(Words(verdict), HasSubstr("is not signed with the key of emil"));
  EXPECT_FALSE(verdict.for_good) << "the owner decided nothing; the good file may be put back";
}

TEST_F(Releases, WithAnyByteChangedAreOfNoWorth) {
  const SignedStatement good = Heart();
  ASSERT_EQ(WhyNot(good), "");
  for (size_t place = 0; place < good.bytes.size(); ++place) {
    SignedStatement changed = good;
    changed.bytes[place] = changed.bytes[place] == 'x' ? 'y' : 'x';
    EXPECT_NE(WhyNot(changed), "") << place;
  }
}

TEST_F(Releases, WithoutPurposesWithdrawTheDataSet) {
  const ReleaseVerdict verdict = Judged(Heart([](Release& release) { release.purposes.clear(); }));
  EXPECT_TRUE(verdict.for_good);
  EXPECT_THAT(Words(verdict), HasSubstr("emil of Cleveland Clinic withdrew the data set heart"));
}

TEST_F(Releases, OfOneVersionDoNotLetAnotherBeRead) {
  version_ = Sha256("other rows");
  const ReleaseVerdict verdict = Judged(Heart());
  EXPECT_FALSE(verdict.for_good) << "the new version may be released too";
  EXPECT_THAT(Words(verdict), HasSubstr("is another version than emil released"));
  EXPECT_TRUE(Judged(Heart([](Release& release) { release.version.reset(); })).allowed());
}

TEST_F(Releases, OfOneVersionWaitUntilTheContentIsKnown) {
  version_ = absl::UnavailableError("its content is being hashed");
  EXPECT_THAT(Words(Judged(Heart())), HasSubstr("is of one version, and its content is being hashed"));
  EXPECT_TRUE(Judged(Heart([](Release& release) { release.version.reset(); })).allowed());
}

TEST_F(Releases, BeginAndEnd) {
  EXPECT_THAT(Words(Judged(Heart(), "risk-of-disease", "2027-02-19T23:59:59Z")), HasSubstr("holds from"));
  EXPECT_THAT(Words(Judged(Heart(), "risk-of-disease", "2027-08-20T00:00:00Z")), HasSubstr("expired at"));
}

TEST_F(Releases, AreTheOwnersAlone) {
  const auto by = [](const std::string& steward) { return [steward](Release& release) { release.steward = steward; }; };
  EXPECT_THAT(WhyNot(Heart(by("clara"), "clara")), HasSubstr("does not list as steward of Cleveland Clinic"));
  EXPECT_THAT(WhyNot(Heart(by("ada"), "ada")), HasSubstr("does not list as steward")) << "an engineer of the clinic";
  EXPECT_THAT(WhyNot(Heart(by("nobody"))), HasSubstr("does not list as steward"));
  EXPECT_THAT(WhyNot(Heart(nullptr, "clara")), HasSubstr("is not signed with the key of emil"));
}

TEST_F(Releases, OfAnotherSiteOrOrganisationLetNothingBeRead) {
  EXPECT_THAT(WhyNot(Heart([](Release& release) { release.site = "va"; })), HasSubstr("and the roster lists"));
  EXPECT_THAT(WhyNot(Heart([](Release& release) { release.site = "north"; })), HasSubstr("does not list"));
  const ReleaseVerdict verdict = JudgeRelease(charter_, roster_, Heart(), {"va", "heart", "risk-of-disease"}, version_,
                                              At("2027-03-01T10:00:00Z"));
  EXPECT_THAT(Words(verdict), HasSubstr("is of heart at cleveland, and not of heart at va"));
}

TEST_F(Releases, StayWithinTheCharter) {
  EXPECT_THAT(WhyNot(Heart([](Release& release) { release.data_set = "lungs"; })), HasSubstr("is not in"));
  EXPECT_THAT(WhyNot(Heart([](Release& release) { release.data_set = "bills"; })), HasSubstr("may not release bills"));
  EXPECT_THAT(WhyNot(Heart([](Release& release) {
                release.purposes = {"curiosity", "risk-of-disease"};
              })),
              HasSubstr("names the purpose curiosity"));
  const Charter next = federation_.Written({{"min_rows: 50", "min_rows: 60"}});
  EXPECT_THAT(std::string(CheckRelease(next, roster_, Heart()).status().message()), HasSubstr("is under the charter"));
}

TEST_F(Releases, StatementOfAnotherKindIsNone) {
  SignedStatement other = Heart();
  other.signature = *federation_.person("emil").Sign("accord/v1/approval", other.bytes);
  EXPECT_THAT(WhyNot(other), HasSubstr("is not signed with the key"));
}

TEST_F(Releases, HaveOneSpelling) {
  const std::string good = Heart([](Release& release) {
                             release.purposes = {"billing-audit", "risk-of-disease"};
                           }).bytes;
  ASSERT_EQ(*WriteRelease(*ParseRelease(good)), good);
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"accord-release-v1", "accord-release-v2"},
           {"billing-audit, risk-of-disease", "risk-of-disease, billing-audit"},
           {"billing-audit, risk-of-disease", "billing-audit, billing-audit"},
           {"billing-audit, risk-of-disease", "billing-audit,risk-of-disease"},
           {"billing-audit, risk-of-disease", "none, risk-of-disease"},
           {"billing-audit, risk-of-disease", "*"},
           {"version: ", "version: any "},
           {"organisation: Cleveland", "organisation: \x1b[2JCleveland"},
           {"expires: 2027-08-20", "expires: 2027-02-20"},
           {"expires: 2027-08-20", "expires: 2028-08-20"},
           {"steward: emil\n", ""}}) {
    const std::string changed = absl::StrReplaceAll(good, {{from, to}});
    ASSERT_NE(changed, good) << from;
    EXPECT_FALSE(ParseRelease(changed).ok()) << to;
  }
  EXPECT_FALSE(ParseRelease(good + "more: 1\n").ok());
}

}  // namespace
}  // namespace accord
