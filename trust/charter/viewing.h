// Who is shown what at the coordinator, by the charter's may_see (docs/governance.md, "Who sees what").
//
// A promise that an honest coordinator keeps: one that lies shows whatever it has to whomever it likes, which is why
// sums are secure. Pure.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "proto/accord/v1/charter.pb.h"
#include "trust/charter/charter.h"

namespace accord {

// OK: may_see gives it to a role that the charter lists the person with, or the person is auditor or ombudsman: they
// are there to see everything. Else PERMISSION_DENIED in words: what, by which clause, and which roles see it; also for
// whoever the charter does not list. `person`: an id.
absl::Status CheckMaySee(const Charter& charter, absl::string_view person, v1::Viewing::What what);

}  // namespace accord
