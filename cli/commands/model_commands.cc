#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/kept_state.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/status.h"
#include "cli/commands/commands.h"
#include "cli/numbers.h"
#include "cli/operations/client.h"
#include "cli/operations/exported_model.h"
#include "cli/operations/exported_provenance.h"
#include "trust/log/log_head.h"

namespace accord {
namespace {

struct ExportOptions {
  std::string job_id;
  std::string out;
  std::string format = "torchscript";
  std::string parameters;  // of a site's own model; empty: the common one
  uint32_t round = 0;
  bool without_provenance = false;
};

// What a strategy hands out behind the parameters is no part of the model.
void LeaveParameters(FetchedModel& fetched) {
  const uint64_t num_elements = fetched.header.layout().num_elements();
  if (IsModelSize(fetched.header.spec(), num_elements, fetched.bytes.size())) {
    fetched.bytes.resize(num_elements * sizeof(float));
  }
}

// A site's own model in place of the common one, as `accord-client personal-model export` writes it.
absl::Status TakePersonal(const std::string& path, FetchedModel& fetched) {
  const uint64_t num_bytes = fetched.bytes.size();
  ACCORD_ASSIGN_OR_RETURN(std::string bytes, ReadFile(path, num_bytes));
  if (bytes.size() != num_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " has ", bytes.size(), " bytes; the job's model has ", num_bytes,
                     ": expected what `accord-client personal-model export` wrote of it"));
  }
  fetched.bytes = std::move(bytes);
  fetched.header.clear_model_digest();  // which is the common one's
  return absl::OkStatus();
}

// The model's provenance, or why it has none.
struct Provenance {
  std::optional<FederationStatement> statement;
  std::string file;
  std::string why_none;
};

// Before anything is written: a model whose provenance does not hold is not.
absl::StatusOr<Provenance> AskForProvenance(CommandTree& tree, OperationsClient& client, const FetchedModel& fetched,
                                            const ExportOptions& options) {
  Provenance provenance;
  if (options.without_provenance) {
    provenance.why_none = "it was not asked for";
  } else if (!options.parameters.empty()) {
    provenance.why_none = "the parameters are a site's own, of which the federation knows nothing";
  } else {
    const std::string folder = tree.profile().empty() ? tree.environment().default_profile : tree.profile();
    auto statement = FetchStatement(client, fetched, folder);
    const bool cannot_have_one = absl::IsUnimplemented(statement.status()) ||
                                 absl::IsFailedPrecondition(statement.status()) ||
                                 absl::IsResourceExhausted(statement.status());
    if (!statement.ok() && !cannot_have_one) return statement.status();
    if (statement.ok()) provenance.statement = *std::move(statement);
    if (cannot_have_one) provenance.why_none = std::string(statement.status().message());
  }
  return provenance;
}

void TellProvenance(const Provenance& provenance, const std::string& model, std::ostream& out) {
  if (provenance.file.empty()) {
    out << "without a provenance: " << Printable(provenance.why_none) << "\n";
    return;
  }
  out << "wrote " << provenance.file << "; whoever is given the model checks it without a network:\n"
      << "  accord audit verify " << provenance.file << " --model " << model << " --log-id "
      << HexDigest(LogIdOf(provenance.statement->content.log.first_entry)) << "\n";
}

absl::StatusOr<ExitCode> Export(CommandTree& tree, const ExportOptions& options) {
  CliEnvironment& environment = tree.environment();
  ACCORD_RETURN_IF_ERROR(HaveModels());  // before a model is fetched
  ACCORD_ASSIGN_OR_RETURN(OperationsClient client, OperationsClient::Connect(environment, tree.profile()));
  ACCORD_ASSIGN_OR_RETURN(FetchedModel fetched, client.FetchModel(options.job_id, options.round));
  LeaveParameters(fetched);
  ACCORD_ASSIGN_OR_RETURN(Provenance provenance, AskForProvenance(tree, client, fetched, options));
  if (!options.parameters.empty()) ACCORD_RETURN_IF_ERROR(TakePersonal(options.parameters, fetched));
  ACCORD_RETURN_IF_ERROR(WriteModel(fetched, options.format, options.out));
  if (provenance.statement.has_value()) {
    ACCORD_ASSIGN_OR_RETURN(provenance.file, WriteProvenance(*provenance.statement, options.out, options.format));
  }
  const v1::ModelHeader& header = fetched.header;
  if (tree.json()) {
    nlohmann::json result = {{"job", header.job_id()},
                             {"round", header.round()},
                             {"model_digest", header.model_digest()},
                             {"sha256", Sha256Hex(fetched.bytes)},
                             {"num_parameters", header.layout().num_elements()},
                             {"format", options.format},
                             {"file", options.out}};
    result[provenance.file.empty() ? "no_provenance" : "provenance"] =
        provenance.file.empty() ? provenance.why_none : provenance.file;
    environment.out << result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    return kExitOk;
  }
  environment.out << "wrote " << options.out << " (" << options.format << ", "
                  << Plural(header.layout().num_elements(), "parameter") << ", after round " << header.round()
                  << ", SHA-256 of the parameters " << Sha256Hex(fetched.bytes) << ")\n";
  TellProvenance(provenance, options.out, environment.out);
  return kExitOk;
}

}  // namespace

void AddModelCommands(CommandTree& tree) {
  CLI::App& group = tree.AddGroup("model", "Get trained models.");
  const auto options = std::make_shared<ExportOptions>();
  CLI::App& leaf = tree.AddLeaf(group,
                                {.name = "export",
                                 .description = "Fetch a job's model, check its digest, write it as a file that "
                                                "PyTorch reads, and beside it FILE.provenance.json: where it comes "
                                                "from, signed, for `accord audit verify`.",
                                 .example = "accord model export 7f3a -o model.pt\n"
                                            "python3 -c 'import torch; print(torch.jit.load(\"model.pt\"))'\n"
                                            "accord model export 7f3a -o weights.pt --format state_dict --round 10"},
                                [&tree, options] { return Export(tree, *options); });
  leaf.add_option("ID", options->job_id, "the job's id, or its first characters")->required();
  leaf.add_option("-o,--output", options->out, "file to write")->required()->type_name("FILE");
  leaf.add_option("--format", options->format,
                  "torchscript (with standardisation inside; torch.jit.load), state_dict (torch.load, also with "
                  "weights_only=True) or parameters (raw float32 and FILE.json)")
      ->capture_default_str()
      ->check(CLI::IsMember({"torchscript", "state_dict", "parameters"}));
  leaf.add_option(
          "--parameters", options->parameters,
          "instead of the common model's: a site's own parameters, as accord-client personal-model export writes "
          "them")
      ->type_name("FILE");
  leaf.add_flag("--without-provenance", options->without_provenance, "write the model alone");
  leaf.add_option("--round", options->round, "training round after which; 0: the latest")
      ->capture_default_str()
      ->type_name("N");
}

}  // namespace accord
