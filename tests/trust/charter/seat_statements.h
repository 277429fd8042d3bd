// What ombudsmen and leads of the example federation sign.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "base/hash.h"
#include "tests/trust/charter/example_charter.h"
#include "trust/charter/complaint.h"
#include "trust/charter/job_stop.h"
#include "trust/charter/signed_statement.h"

namespace accord {

inline absl::Time ToTheSecond(absl::Time time) { return absl::FromUnixSeconds(absl::ToUnixSeconds(time)); }

// `by`: whom it names; `key`: whose key signs it.
inline SignedStatement StopBy(const ExampleFederation& federation, const Charter& charter, const Sha256Digest& job,
                              absl::Time now, const std::string& by = "dora", const std::string& key = "dora") {
  const auto bytes = WriteJobStop({.charter = charter.hash(),
                                   .job = job,
                                   .ombudsman = by,
                                   .time = ToTheSecond(now),
                                   .reasons = {"Nobody asked for consent."}});
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return *SignedStatement::Sign(*bytes, kStopDomain, federation.person(key));
}

inline Complaint ComplaintAbout(const Charter& charter, const std::string& job_id, const std::string& site,
                                absl::Time now, uint32_t days = kDefaultAnswerDays) {
  return {.charter = charter.hash(),
          .job_id = job_id,
          .site = site,
          .ombudsman = "dora",
          .time = ToTheSecond(now),
          .answer_by = ToTheSecond(now) + absl::Hours(24) * days,
          .text = {"The council was not asked.", "Twice."}};
}
inline SignedStatement Signed(const ExampleFederation& federation, const Complaint& complaint,
                              const std::string& key = "dora") {
  const auto bytes = WriteComplaint(complaint);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return *SignedStatement::Sign(*bytes, kComplaintDomain, federation.person(key));
}
inline SignedStatement AnswerBy(const ExampleFederation& federation, const Charter& charter,
                                const SignedStatement& complaint, absl::Time now, const std::string& by = "bela",
                                const std::string& key = "bela") {
  const auto bytes = WriteAnswer({.charter = charter.hash(),
                                  .complaint = ComplaintHash(complaint.bytes),
                                  .lead = by,
                                  .time = ToTheSecond(now),
                                  .text = {"It was asked in May."}});
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return *SignedStatement::Sign(*bytes, kAnswerDomain, federation.person(key));
}

}  // namespace accord
