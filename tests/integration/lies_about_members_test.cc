// Who takes part is what the organisations signed, whatever a coordinator says, over real daemons: a revoked site that
// it goes on with, and sites and keys that it adds by itself.
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "aggregation/secure/messages/key_statement.h"
#include "aggregation/secure/messages/signed_wire.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/private_file.h"
#include "gmock/gmock.h"
#include "tests/integration/lied_to_federation.h"
#include "trust/identity/key_pair.h"
#include "trust/log/log_file.h"
#include "trust/roster/roster_draft.h"
#include "trust/roster/signed_roster.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Nobody's charter stands before the roster here: the sites go by their configs.
class LiesAboutMembers : public LiedToFederation {
 protected:
  using Sites = std::vector<size_t>;
  static inline const Sites kAll = {0, 1, 2};

  // The honest half does not know the jobs that are made up here, and is not to say that they are over.
  static bool IsToldOn(const v1::CoordinatorMessage& message) { return !message.has_plan_end(); }
  void StartWith(LyingCoordinator::Lie lie) {
    SetUpPeople();
    if (HasFatalFailure()) return;
    PutTheLiarBetween();
    if (HasFatalFailure()) return;
    liar_->Tell(std::move(lie));
    const absl::Status started = federation_->StartSites();
    ASSERT_TRUE(started.ok()) << started.message();
  }
  static SignedRoster RosterIn(const std::string& file) { return *SignedRoster::Parse(ReadWhole(file)); }
  KeyPairSigner KeyOf(size_t site) {
    const auto file = ReadPrivateFile(federation_->SiteTls(site).key, size_t{64} << 10);
    EXPECT_TRUE(file.ok()) << file.status().message();
    return *KeyPairSigner::Create(*KeyPair::FromPem(file->content));
  }

  void Send(const Sites& sites, const v1::CoordinatorMessage& message) {
    for (const size_t site : sites) EXPECT_TRUE(liar_->Send(federation_->site_name(site), message)) << site;
  }
  void Publish(const Sites& sites, const SignedRoster& roster) {
    v1::CoordinatorMessage message;
    message.mutable_roster_published()->set_signed_roster(roster.Text());
    Send(sites, message);
  }
  // The keys that these sites give to a job which the coordinator made up, under this roster, for its first epoch.
  std::map<std::string, v1::SignedBytes> KeysFor(const std::string& job_id, const Sites& sites,
                                                 const Roster& roster) {
    v1::CoordinatorMessage message;
    v1::KeyRequest& request = *message.mutable_key_request();
    request.mutable_plan()->set_job_id(job_id);
    request.mutable_plan()->set_attempt(1);
    request.set_job_sha256(Sha256Hex(job_id));
    request.set_roster_hash(roster.hash().data(), roster.hash().size());
    Send(sites, message);
    std::map<std::string, v1::SignedBytes> keys;
    for (const size_t site : sites) {
      const auto key = AwaitKey(federation_->site_name(site), job_id);
      if (key.has_value()) keys[federation_->site_name(site)] = *key;
    }
    return keys;
  }
  void ListEpoch(const std::string& job_id, const Sites& sites, const std::map<std::string, v1::SignedBytes>& keys) {
    v1::CoordinatorMessage message;
    message.mutable_epoch_list()->mutable_plan()->set_job_id(job_id);
    message.mutable_epoch_list()->mutable_plan()->set_attempt(1);
    for (const auto& [site, key] : keys) *message.mutable_epoch_list()->add_statements() = key;
    Send(sites, message);
  }
  // A key like that one, stated by another.
  static v1::SignedBytes KeyLike(const v1::SignedBytes& key, const std::string& site, const Signer& signer) {
    auto statement = secure::ParseKeyStatement(key.bytes());
    EXPECT_TRUE(statement.ok()) << statement.status().message();
    statement->site = site;
    statement->public_key[0] ^= 1;
    statement->seen.clear();
    return secure::ToWire(*secure::Sign(*statement, signer));
  }
  std::optional<v1::SignedBytes> AwaitKey(const std::string& site, const std::string& job_id) {
    const absl::Time deadline = absl::Now() + absl::Seconds(60) * kSlowdown;
    while (absl::Now() < deadline) {
      for (const v1::SiteMessage& said : liar_->SaidBy(site)) {
        if (said.has_key_answer() && said.key_answer().plan().job_id() == job_id) return said.key_answer().statement();
      }
      absl::SleepFor(absl::Milliseconds(20));
    }
    ADD_FAILURE() << site << " gave no key for " << job_id;
    return std::nullopt;
  }
};

// ---- a revoked site ----

class ARevokedSite : public LiesAboutMembers {
 protected:
  static constexpr size_t kRevoked = 2;
  static inline const Sites kOthers = {0, 1};

  // The version that revokes it, signed by the others; the honest half of the coordinator never hears of it.
  SignedRoster Revocation() {
    const std::string file = Path("roster-2");
    const auto drafted =
        federation_->Coordinator({"roster", "draft", "--revoke-site", "site-3=stolen laptop", "--out", file});
    EXPECT_TRUE(drafted.ok()) << drafted.status().message();
    for (const size_t site : kOthers) AtSite(site, {"roster", "sign", file});
    return RosterIn(file);
  }
  // A plan under the head of the log that the site has seen, whose cohort has the revoked one.
  void PlanWithRevoked(size_t site, const std::string& job_id) {
    const auto seen = HeadOfLog::Parse(ReadWhole(StateOf(site) + "/log.head"));
    ASSERT_TRUE(seen.ok()) << seen.status().message();
    v1::CoordinatorMessage message;
    v1::Plan& plan = *message.mutable_plan();
    plan.mutable_id()->set_job_id(job_id);
    plan.mutable_id()->set_attempt(1);
    plan.mutable_log_head()->set_head(seen->head.bytes);
    plan.mutable_log_head()->set_signature(seen->head.signature);
    for (const size_t member : kAll) plan.add_cohort(federation_->site_name(member));
    Send({site}, message);
  }
};

TEST_F(ARevokedSite, ThatTheCoordinatorGoesOnWithIsRefusedByTheOthersUnderTheNewerRoster) {
  StartWith([](const std::string& /*site*/, v1::CoordinatorMessage& message) { return IsToldOn(message); });
  ASSERT_FALSE(HasFailure());
  const SignedRoster revocation = Revocation();
  Publish(kOthers, revocation);

  // The coordinator goes on by the roster before; the revoked site, which was not told, takes part as ever.
  const std::string id = Submit(JobYaml(1, "with-the-revoked"));
  for (const size_t site : kOthers) {
    EXPECT_THAT(ExpectRefused(site, "the coordinator goes by roster ", id),
                HasSubstr(absl::StrCat("this site by ", HexDigest(revocation.roster()->hash()))));
  }
  EXPECT_TRUE(AwaitKey(federation_->site_name(kRevoked), id).has_value());

  // It names the newer roster and takes the revoked site into the cohort all the same.
  for (const size_t site : kOthers) {
    PlanWithRevoked(site, "cohort-with-the-revoked");
    EXPECT_THAT(
        ExpectRefused(site, "site site-3 is in the cohort, and the roster revoked its key", "cohort-with-the-revoked"),
        HasSubstr("stolen laptop"));
  }
  // Or among those that make keys with each other, by a statement that the revoked key signs.
  const std::string epoch = "epoch-with-the-revoked";
  auto keys = KeysFor(epoch, kOthers, *revocation.roster());
  ASSERT_EQ(keys.size(), kOthers.size());
  keys["site-3"] = KeyLike(keys["site-1"], "site-3", KeyOf(kRevoked));
  ListEpoch(epoch, kOthers, keys);
  for (const size_t site : kOthers) ExpectRefused(site, "the roster has no site site-3", epoch);

  // The revoked site itself, once it hears of it; to whoever goes by the newer roster its word is nobody's.
  Publish({kRevoked}, revocation);
  EXPECT_EQ(Ended(id).rounds_done(), 0u);
  PlanWithRevoked(kRevoked, "told-of-it");
  const std::string words = "the key of this site was revoked by the roster: stolen laptop";
  ExpectRefused(kRevoked, words);
  const auto read = governance_->As(
      "a-third-party", {"audit", "refusal", AwaitRefusalFile(kRevoked, words), "--roster", Path("roster-2")});
  EXPECT_THAT(std::string(read.status().message()),
              HasSubstr("is not signed with the key that the roster lists for site site-3"));
  for (const size_t site : kAll) ExpectNothingLeft(site);
}

// ---- a site, or a key, that nobody signed for ----

class MembersThatNobodySignedFor : public LiesAboutMembers {
 protected:
  // The version that follows the one in force, with this entry in it.
  SignedRoster With(const std::string& site, const std::string& organisation) {
    RosterChanges changes;
    changes.sites = {{site, organisation, intruder_.public_key_der()}};
    changes.valid_until = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now() + absl::Hours(24 * 30)));
    const auto bytes = DraftNextRoster(*InForce().roster(), changes);
    EXPECT_TRUE(bytes.ok()) << bytes.status().message();
    SignedRoster roster(*Roster::Parse(*bytes));
    const absl::Status signed_by_itself = roster.Sign(site, intruder_);
    EXPECT_TRUE(signed_by_itself.ok()) << signed_by_itself.message();
    return roster;
  }
  SignedRoster InForce() { return RosterIn(Path("roster")); }
  std::string OrganisationOf(const std::string& site) { return InForce().roster()->Find(site)->organisation; }
  // No site takes part in anything while this is what it is shown.
  void ExpectRefusedByAll(const SignedRoster& shown, const std::string& words) {
    const std::string id = Submit(JobYaml(1, "under-a-made-up-roster"));
    for (const size_t site : kAll) {
      const std::string published =
          absl::StrCat("the coordinator published another roster, ", HexDigest(shown.roster()->hash()));
      EXPECT_THAT(ExpectRefused(site, published, id), AllOf(HasSubstr("it was not gone over to"), HasSubstr(words)));
    }
    EXPECT_EQ(Ended(id).rounds_done(), 0u);
  }

  std::optional<SignedRoster> added_;  // what the sites are greeted with
  const KeyPairSigner intruder_ = *KeyPairSigner::Create(*KeyPair::Generate());
};

TEST_F(MembersThatNobodySignedFor, AreRefusedInARosterAndInACohortByEverySite) {
  StartWith([this](const std::string& /*site*/, v1::CoordinatorMessage& message) {
    if (!added_.has_value()) added_ = With("site-4", "Intruders");
    if (message.has_welcome()) message.mutable_welcome()->set_signed_roster(added_->Text());
    // The engine's own word would put right what the greeting said.
    if (message.has_roster_published() || message.has_roster_chain()) return false;
    return IsToldOn(message);
  });
  ASSERT_FALSE(HasFailure());
  ExpectRefusedByAll(*added_, "2 organisations of the roster before must sign it, and 0 did");

  // One of three organisations plays along.
  SignedRoster too_few = With("site-4", "Accomplices");
  ASSERT_TRUE(too_few.Sign("site-1", KeyOf(0)).ok());
  Publish(kAll, too_few);
  ExpectRefusedByAll(too_few, "2 organisations of the roster before must sign it, and 1 did");

  // A member has another key from one day to the next.
  const SignedRoster other_key = With("site-2", OrganisationOf("site-2"));
  Publish(kAll, other_key);
  ExpectRefusedByAll(other_key, "2 organisations of the roster before must sign it, and 0 did");

  // Under the true roster, and among those that make keys with each other all the same.
  Publish(kAll, InForce());
  auto keys = KeysFor("one-site-more", kAll, *InForce().roster());
  ASSERT_EQ(keys.size(), kAll.size());
  keys["site-4"] = KeyLike(keys["site-1"], "site-4", intruder_);
  ListEpoch("one-site-more", kAll, keys);
  for (const size_t site : kAll) ExpectRefused(site, "the roster has no site site-4", "one-site-more");

  keys = KeysFor("another-key", kAll, *InForce().roster());
  ASSERT_EQ(keys.size(), kAll.size());
  keys["site-2"] = KeyLike(keys["site-2"], "site-2", intruder_);
  ListEpoch("another-key", kAll, keys);
  for (const size_t site : kAll) {
    ExpectRefused(site, "statement in the name of site-2", "another-key");
    ExpectNothingLeft(site);
  }
}

}  // namespace
}  // namespace accord
