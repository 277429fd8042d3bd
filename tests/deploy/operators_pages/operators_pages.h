// The people of docs/operations.md and docs/governance.md at their desks, who play what these pages tell them, in one
// federation of real programs.
#pragma once

#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "tests/client/signer/soft_token.h"
#include "tests/deploy/desks.h"
#include "tests/deploy/page_commands.h"
#include "tests/trust/timestamp/http_authority.h"
#include "tests/trust/timestamp/test_authority.h"

namespace accord::operators_pages {

using Changes = std::vector<std::pair<std::string, std::string>>;

inline constexpr const char* kSites[] = {"va", "cleveland", "hungarian", "switzerland"};
inline constexpr const char* kPeople[] = {"ada", "bela", "clara", "dora"};

inline constexpr char kId[] =
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";  // as the pages have it
inline constexpr char kReceipt[] = "receipt-20270101T000000Z";

inline constexpr char kMapping[] = R"(csv: {file: heart.csv}
person_id: patient
columns:
  - {name: sex, column: gender, codes: [{code: F, level: female}, {code: M, level: male}]}
  - {name: disease, codes: [{code: 0, level: absent}, {code: 1, level: present}]}
rows_with_missing: drop
)";

// 64 hexadecimal digits that stand first in what a program says.
std::string HashIn(const std::string& said);
// Of JSON that a program prints.
std::string Field(const std::string& json, const std::string& name);
// Made-up patients, in the file that kMapping describes.
std::string Rows(uint64_t seed, int count);
// A job over them.
std::string Job(const std::string& name, int rounds);
// The lines of the YAML block that follows these words in docs/operations.md.
std::string YamlBehind(const std::string& words);

// Commands that no test machine runs, as PageCommands::NotTaken names them; each with its reason.
const std::vector<std::string>& NotRunHere();

class OperatorsPages : public Desks {
 protected:
  // The next command of a section, as somebody types it at the own desk, with what a person puts into it; what it
  // prints. `who` types it in the folder of which the page speaks.
  std::string Do(const std::string& who, PageCommands& page, const std::string& heading, const std::string& begin,
                 const Changes& changes = {});
  // As Do, for each of these; what the last one is told.
  std::string EachDoes(const std::vector<std::string>& all, PageCommands& page, const std::string& heading,
                       const std::string& begin, const std::function<void(const std::string&)>& before = nullptr);
  // A command that is on none of the pages' blocks.
  std::string Enter(const std::string& who, const std::string& command, const Changes& changes = {});
  // The same whatever its exit status is, with what it says of faults.
  std::string EnterAnyway(const std::string& who, const std::string& command, const Changes& changes = {});

  // On this machine, by whoever runs the test, in this job.
  std::string Here(std::string command, const Changes& changes);
  // What this machine cannot do, which is the next command of the section.
  void SkipHere(PageCommands& page, const std::string& heading);
  static std::vector<std::string> Sites() { return {std::begin(kSites), std::end(kSites)}; }
  void MailToAll(const std::string& from, const std::string& file, const std::vector<std::string>& to);
  // Until what a command says has these words.
  std::string Await(const std::string& who, const std::string& command, const std::string& words);

  // All of it.
  void Play();
  // The parts of the story, each over what the ones before have left.
  void TheCoordinatorBegins();
  void TheTreeBegins();
  void SitesEnrol();
  void ASiteEnrolsWithAToken();
  void ASiteEnrolsAsAService();
  void TheRosterIsSigned();
  void TheRosterIsFollowed();
  void TheCharterIsSigned();
  void TheOrderIsApproved();
  void SitesPinTheCharter();
  void TwoPeopleSignAPolicy();
  void TheOwnerReleasesRows();
  void TheJobIsSubmitted();
  void TheJobWaitsForItsRows();
  void TheOrderIsJudged();
  void TheNextOrderAndCharter();
  void TheModelIsChecked();
  void WhatLeftIsLookedAt();
  void TheLogIsChecked();
  void TheTreeIsChecked();
  void TheOmbudsmanStopsAJob();
  void AnOlderCopyIsPutBack();
  void TwoFederationsWorkTogether();

  // `from`: whose roster.txt it is; back to whom it goes.
  void SignRosterInTurn(const std::string& from, const std::string& command, const std::vector<std::string>& sites);
  std::string CharterText(int version, const std::string& former_sha256);
  // Submits it with an order and the approvals of lead and steward; sets job_ and order_.
  void Submit(const std::string& job, const std::string& order);
  void ApproveAt(const std::string& site);
  void ExportLogFor(const std::string& reader);
  void SignedBy(const std::string& draft, const std::vector<std::string>& sites, const std::string& config);
  void Found(const std::string& lead, const std::string& name, const std::vector<std::string>& sites,
             const std::string& config, const std::string& state);
  std::string JobId();

  int port_ = FreePort();
  std::string job_;    // the present one's id
  std::string order_;  // and its order's hash
  std::string tree_id_, log_id_;
  std::map<std::string, std::string> organisations_ = {{"va", "V.A. Medical Center"},
                                                       {"cleveland", "Cleveland Clinic"},
                                                       {"bern", "Inselspital"},
                                                       {"basel", "University Hospital Basel"}};
  const absl::Time begin_ = absl::Now();
  std::map<std::string, std::string> keys_;  // of people, as a charter writes them
  PageCommands operations_{"operations"}, governance_{"governance"}, log_{"log"}, egress_{"egress"},
      provenance_{"provenance"};
  std::vector<std::string> typed_;
  const SoftToken token_;
  const TestStampAuthority stamps_;
  const HttpAuthority stamp_server_{
      [this](const HttpAuthority::Request& request) { return HttpAnswer(stamps_.Answer(request.body, absl::Now())); }};
};

}  // namespace accord::operators_pages
