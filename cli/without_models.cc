// What `accord` does instead where LibTorch is needed: it becomes accord-models, the program beside it, which has all
// of `accord` and LibTorch, and begins the command again. Most commands need no LibTorch, and loading it takes longer
// than they do.
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "base/status.h"
#include "cli/operations/exported_model.h"
#include "cli/operations/model_operators.h"
#include "cli/operations/submission.h"

namespace accord {
namespace {

// Nothing was written or sent before: each command asks for its job or for models first.
absl::Status BecomeAccordModels() {
  std::error_code error;
  const std::string program =
      std::filesystem::read_symlink("/proc/self/exe", error).replace_filename("accord-models").string();
  ACCORD_ASSIGN_OR_RETURN(const std::string line, ReadFile("/proc/self/cmdline"));
  std::vector<std::string> words = absl::StrSplit(line, '\0');
  words.pop_back();  // each word ends with a zero
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::cout.flush();
  execv(program.c_str(), argv.data());
  return Annotate(ErrnoError("start", program), "this command builds a model, which the program beside accord does");
}

}  // namespace

absl::StatusOr<Submission> PrepareSubmission(const std::string&) { return BecomeAccordModels(); }
absl::StatusOr<CheckedJob> CheckJobFile(const std::string&, const AllowedOperators&) { return BecomeAccordModels(); }
absl::StatusOr<FileOperators> ReadOperators(const std::string&) { return BecomeAccordModels(); }
absl::Status HaveModels() { return BecomeAccordModels(); }
absl::Status WriteModel(const FetchedModel&, const std::string&, const std::string&) { return BecomeAccordModels(); }

}  // namespace accord
