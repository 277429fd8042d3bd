// Complaints in words: the same on a terminal, in a page and in the commands of those who run a coordinator.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include <string>
#include <utility>
#include <vector>

#include "proto/accord/v1/report.pb.h"

namespace accord {

// "open until 2027-03-15 10:00:00 UTC", "OVERDUE since ...", "answered by bela ...".
std::string ComplaintState(const v1::Complaint& complaint);
// One line about all of them: "1 complaint OVERDUE, 2 open"; empty: none is without an answer.
std::string ComplaintsInShort(const google::protobuf::RepeatedPtrField<v1::Complaint>& complaints);
bool AnyOverdue(const google::protobuf::RepeatedPtrField<v1::Complaint>& complaints);
// "OVERDUE since ...: no consent was asked for (dora, V.A. Medical Center; 9f86d081884c)".
std::string ComplaintInWords(const v1::Complaint& complaint);
// "dora, V.A. Medical Center, 2027-03-01 10:00:00 UTC: no consent was asked for".
std::string StopInWords(const v1::JobStop& stop);
// Labels and what stands behind them. Not printable yet: texts come from a peer.
std::vector<std::pair<std::string, std::string>> ComplaintLines(const v1::Complaint& complaint);

// In red on a terminal, where anything may be.
std::string InRed(const std::string& text, bool terminal);

}  // namespace accord
