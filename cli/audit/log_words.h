// What the audit commands say about a transparency log, as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "trust/log/log_check.h"
#include "trust/log/log_entry.h"
#include "trust/log/log_head.h"

namespace accord {

std::string EntriesInWords(uint64_t count);  // "1 entry", "1,234 entries"
std::string LogTimeInWords(uint64_t unix_us);

// Lines, each with its LF. Foreign text in them is made printable.
std::string IdentityInWords(const LogIdentity& identity);
std::string HeadInWords(const LogHead& head);
std::string FactsInWords(const LogFacts& facts);
std::string FaultInWords(const LogFault& fault);

nlohmann::json ToJson(const LogHead& head);
nlohmann::json ToJson(const LogEntry& entry);
nlohmann::json ToJson(const LogFault& fault);
nlohmann::json ToJson(const LogFacts& facts);

}  // namespace accord
