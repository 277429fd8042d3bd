// A fetched model as a file. Like what is in submission.h, it takes LibTorch: accord-models has it, and `accord`
// becomes that program (without_models.cc).
#pragma once

#include <string>

#include "absl/status/status.h"
#include "cli/operations/client.h"

namespace accord {

// OK in a program that has LibTorch. In `accord` it returns only with what kept the other program from starting.
absl::Status HaveModels();

// `format`: torchscript, state_dict or parameters. DATA_LOSS when the coordinator's words about the model contradict
// each other; nothing is written then.
absl::Status WriteModel(const FetchedModel& fetched, const std::string& format, const std::string& path);

}  // namespace accord
