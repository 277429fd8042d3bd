#include "cli/commands/printing.h"

#include "base/printable.h"

namespace accord {

void PrintFound(CommandTree& tree, const nlohmann::json& json, const std::string& lines) {
  std::ostream& out = tree.environment().out;
  if (tree.json()) {
    out << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } else {
    out << PrintableLines(lines);
  }
}

}  // namespace accord
