// What a command found, for people or for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands/command_tree.h"

namespace accord {

// `json` where --json was given, else `lines`, with what could harm a terminal replaced.
void PrintFound(CommandTree& tree, const nlohmann::json& json, const std::string& lines);

}  // namespace accord
