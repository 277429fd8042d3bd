#include "trust/joint/joint_charter.h"

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "trust/charter/charter_words.h"

namespace accord {
namespace {

void AskForAllSites(const v1::SignaturesDemanded& demanded, const std::string& path, const Charter& joint,
                    std::vector<std::string>& words) {
  if (demanded.sites() == 0) return;
  words.push_back(absl::StrCat(joint.Clause(FieldPath(path, "sites")), " is ", demanded.sites(),
                               "; a joint charter is signed by all sites of both federations (0, or no such line)"));
}

}  // namespace

std::vector<std::string> WeakerThanParent(const ParentCharter& parent, const Charter& joint) {
  std::vector<std::string> words = LoosenedFor(parent.members, parent.charter, joint);
  AskForAllSites(joint.terms().signatures(), "signatures", joint, words);
  AskForAllSites(joint.terms().amendments(), "amendments", joint, words);
  return words;
}

absl::Status CheckJointCharter(const Charter& joint, const ParentCharter& first, const ParentCharter& second) {
  std::string text;
  for (const ParentCharter* parent : {&first, &second}) {
    const std::vector<std::string> words = WeakerThanParent(*parent, joint);
    if (words.empty()) continue;
    absl::StrAppend(&text, "\nthan the charter of ", parent->members.federation(), ", ", parent->charter.terms().name(),
                    " version ", parent->charter.terms().version(), ", ", HexDigest(parent->charter.hash()), ":");
    for (const std::string& what : words) absl::StrAppend(&text, "\n  ", what);
  }
  if (text.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the joint charter ", joint.terms().name(), " version ", joint.terms().version(), ", ",
                   HexDigest(joint.hash()), ", is weaker", text,
                   "\nhave it amended, or that federation's charter (accord charter join shows the stricter of both)"));
}

}  // namespace accord
