// `accord operators`: what members read before they let a file of others into their charter.
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "cli/commands/commands.h"
#include "cli/commands/printing.h"
#include "cli/operations/model_operators.h"

namespace accord {
namespace {

struct OperatorsOptions {
  std::string file;
  bool yaml = false;
};

absl::StatusOr<ExitCode> PrintOperators(CommandTree& tree, const OperatorsOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(const FileOperators found, ReadOperators(options.file));
  std::string text = options.yaml ? "code:\n  operators:\n" : "";
  for (const std::string& name : found.operators) {
    absl::StrAppend(&text, options.yaml ? absl::StrCat("    - '", name, "'") : name, "\n");
  }
  if (options.yaml && found.operators.empty()) text = "# its code calls nothing that a charter lists\n";
  PrintFound(tree, {{"file", options.file}, {"sha256", found.sha256}, {"operators", found.operators}}, text);
  return kExitOk;
}

}  // namespace

void AddOperatorsCommand(CommandTree& tree) {
  const auto options = std::make_shared<OperatorsOptions>();
  CLI::App& leaf = tree.AddLeaf(
      tree.app(),
      {.name = "operators",
       .description = "Print what the code of a TorchScript file calls of LibTorch, one operator a line, whether a "
                      "charter lets it or not (code.operators). Looks at all the code in the file and runs none of it.",
       .example = "accord operators model.pt\n"
                  "accord operators model.pt --yaml      # to paste into the charter"},
      [&tree, options] { return PrintOperators(tree, *options); });
  leaf.add_option("FILE", options->file, "the TorchScript file")->required();
  leaf.add_flag("--yaml", options->yaml, "as the charter's section `code`");
}

}  // namespace accord
