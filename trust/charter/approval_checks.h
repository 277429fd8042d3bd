// Whether one approval, or one refusal, counts for the order that is judged; for this folder's own sources. What does
// not is noted in the case, with the reason.
#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/accord/v1/charter.pb.h"
#include "trust/charter/approval.h"
#include "trust/charter/judged_case.h"
#include "trust/charter/signed_statement.h"
#include "trust/identity/signing.h"

namespace accord {

class ApprovalChecks {
 public:
  // The case has its order and engineer.
  explicit ApprovalChecks(JudgedCase& judged) : judged_(judged) {}

  struct Maker {
    const v1::Person* person = nullptr;  // nullptr: a site
    const VerifyingKey* key = nullptr;
  };

  bool IsAboutTheOrder(const Approval& approval);
  // nullopt: nobody that is listed; or at a site another site, for each decides for itself.
  std::optional<Maker> MakerOf(const Approval& approval);
  bool IsSignedBy(const Maker& maker, const Approval& approval, const SignedStatement& statement);
  bool HasItsRole(const Maker& maker, const Approval& approval);
  bool IsInTime(const Approval& approval);
  // `person`: nullptr: a site.
  bool MayRefuse(const Approval& approval, const v1::Person* person);
  bool MayCount(const Approval& approval, const v1::Person& person);
  void NoteOtherRole(const Approval& approval, v1::Role earlier);
  void Note(absl::string_view whose, absl::string_view why);

 private:
  bool MayApprove(v1::Role role) const;

  JudgedCase& judged_;
};

bool NamesRole(const google::protobuf::RepeatedField<int>& roles, v1::Role role);

// For one that was handed in, with the case's order and engineer: its faults are noted. `given`: those that were found
// good before.
void JudgeOneApproval(JudgedCase& judged, const Approval& approval, const SignedStatement& statement,
                      absl::Span<const Approval> given);

}  // namespace accord
