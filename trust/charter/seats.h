// The seats of those who watch: auditor and ombudsman. They read everything and run nothing; an ombudsman stops jobs
// and complains, and a lead answers. What each of these statements is worth under a charter is decided here, by the
// same rules at the coordinator and at every site.
//
// Adversary: whoever handed over the statement, the holder of another person's key included. Pure.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/hash.h"
#include "trust/charter/charter.h"
#include "trust/charter/complaint.h"
#include "trust/charter/job_stop.h"
#include "trust/charter/signed_statement.h"
#include "trust/roster/roster.h"

namespace accord {

// A statement's own clock may be so far from that of whoever takes it.
inline constexpr absl::Duration kMostStatementSkew = absl::Hours(24);

// Whoever watches a federation does not run jobs in it, whatever other roles the charter gives.
bool IsWatcher(const v1::Person& person);
// What a person may not do here, as PERMISSION_DENIED in words; OK for everybody who is no watcher, also for whoever
// the charter does not list. `what`: "submit jobs".
absl::Status CheckActsNot(const Charter& charter, absl::string_view person, absl::string_view what);
// Whether the charter lists the person with one of these roles: PERMISSION_DENIED in words otherwise.
absl::Status CheckHasOneOf(const Charter& charter, absl::string_view person, absl::Span<const v1::Role> roles,
                           absl::string_view what);

// In all of these `roster` is the one in force: what is signed with a key that it revoked, or by a person whom it lists
// with another one, counts for nothing. nullptr where none is at hand, for whoever signs; whoever takes a statement has
// the roster under which the charter is active.

// INVALID_ARGUMENT: it is no stop, is under another charter, is not signed by an ombudsman of this one, or the roster
// is against that one's key.
absl::StatusOr<JobStop> CheckStop(const Charter& charter, const Roster* roster, const SignedStatement& statement);
// The same for one that is to stop this job: also where it names other bytes.
absl::StatusOr<JobStop> CheckStopOf(const Charter& charter, const Roster* roster, const SignedStatement& statement,
                                    const Sha256Digest& job);

// INVALID_ARGUMENT as above, or its times are not those of a complaint that is made now and leaves the charter's days
// for an answer.
absl::StatusOr<Complaint> CheckComplaint(const Charter& charter, const Roster* roster, const SignedStatement& statement,
                                         absl::Time now);
// INVALID_ARGUMENT as above, with a lead's signature; its time is not one of now, or it answers another complaint.
absl::StatusOr<ComplaintAnswer> CheckAnswer(const Charter& charter, const Roster* roster,
                                            const SignedStatement& statement, const Sha256Digest& complaint,
                                            absl::Time now);

}  // namespace accord
