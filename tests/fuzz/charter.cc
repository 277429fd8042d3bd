// A charter with its signatures, as a file that members mail to each other.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/fuzz/support/fuzz_target.h"
#include "trust/charter/signed_charter.h"
#include "trust/identity/key_pair.h"

namespace accord::fuzz::charter {
namespace {

std::string PersonText(absl::string_view id, absl::string_view role, const Signer& key) {
  return absl::StrCat("  - {id: ", id, ", name: ", id, " of Bern, organisation: St. Mary's, roles: [", role,
                      "], key: ", absl::Base64Escape(key.public_key_der()), "}\n");
}

// With `signatures` of a person and a site.
std::string ExampleText(int signatures) {
  const KeyPairSigner ada = KeyPairSigner::Create(*KeyPair::Generate()).value();
  const KeyPairSigner bela = KeyPairSigner::Create(*KeyPair::Generate()).value();
  std::string yaml = absl::StrCat(
      "name: network\nversion: 1\nnot_before: 2027-01-01T00:00:00Z\nexpires: 2028-01-01T00:00:00Z\n"
      "purposes: [{name: risk, words: Estimate risks., tags: [care]}]\n"
      "organisations: [{name: St. Mary's}, {name: Registry}]\npeople:\n",
      PersonText("ada", "engineer", ada), PersonText("bela", "lead", bela),
      "data_sets: [{name: heart, words: Admissions., purposes: [risk], sites: [site-a]}]\n"
      "floors: {min_sites: 3, min_organisations: 2, min_colluding_organisations: 1, secure_sum: true, "
      "minimum_cell: 10, min_rows: 50}\n"
      "job_orders: {defined_by: [engineer], longest_days: 60}\n"
      "approvals: {by: [{role: lead, count: 1}], each_site: true, longest_days: 30}\n"
      "hours: [{days: [monday], from: '08:00', until: '24:00'}]\n"
      "retention: {uploads_days: 0, models_days: 1, reports_days: 1}\n");
  SignedCharter charter(Charter::Parse(std::move(yaml), "charter.yaml").value());
  if (signatures > 0) Require(charter.Sign("person/ada", ada).ok(), "a listed person may sign");
  if (signatures > 1) Require(charter.Sign("site/site-a", bela).ok(), "a site may sign");
  return charter.Text();
}

}  // namespace

std::vector<std::string> Seeds() { return {ExampleText(0), ExampleText(2)}; }

bool Take(absl::string_view bytes) {
  const absl::StatusOr<SignedCharter> charter = SignedCharter::Parse(bytes, "charter.yaml");
  if (!charter.ok()) return false;
  Require(charter->Text() == bytes, "a charter's file has one spelling");
  for (const v1::Person& person : charter->charter()->terms().people()) {
    charter->IsSignedBy(absl::StrCat("person/", person.id()), *charter->charter()->KeyOf(person.id()));
  }
  return true;
}

const FuzzTarget kTarget("charter", &Seeds, &Take);

}  // namespace accord::fuzz::charter
