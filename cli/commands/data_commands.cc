#include <nlohmann/json.hpp>

#include "base/status.h"
#include "cli/commands/commands.h"
#include "cli/commands/synthetic_flags.h"
#include "cli/numbers.h"
#include "cli/synthetic/synthesize.h"
#include "proto/validation/job_validation.h"

namespace accord {
namespace {

struct SynthesizeOptions {
  std::string job;
  std::string out;
  uint32_t num_sites = 0;
  SyntheticFlags synthetic;
};

nlohmann::json AsJson(const std::vector<SyntheticSite>& sites) {
  nlohmann::json result = {{"synthetic", true}, {"sites", nlohmann::json::array()}};
  for (const SyntheticSite& site : sites) {
    result["sites"].push_back(
        {{"site", site.site}, {"mapping", site.mapping}, {"files", site.files}, {"rows", site.rows}});
  }
  return result;
}

absl::StatusOr<ExitCode> Synthesize(CommandTree& tree, const SynthesizeOptions& options) {
  std::ostream& out = tree.environment().out;
  ACCORD_ASSIGN_OR_RETURN(const v1::JobSpec spec, LoadJobSpec(options.job));
  ACCORD_ASSIGN_OR_RETURN(SyntheticOptions synthetic, ReadSyntheticFlags(options.synthetic, spec));
  synthetic.num_sites = options.num_sites;
  synthetic.site_names = SyntheticSiteNames(spec, synthetic.statistics, synthetic.num_sites);
  ACCORD_ASSIGN_OR_RETURN(const std::vector<SyntheticSite> sites, SynthesizeHospitals(spec, synthetic, options.out));
  if (tree.json()) {
    out << AsJson(sites).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    return kExitOk;
  }
  out << "SYNTHETIC data of " << Plural(sites.size(), "hospital") << " in " << options.out << ":\n";
  for (const SyntheticSite& site : sites) {
    out << "  " << site.site << "  " << Plural(site.rows, "row") << "  " << site.mapping << "\n";
  }
  out << "name a mapping file under `datasets` in a site's client.yaml, as data set \"" << spec.data().name() << "\"\n";
  return kExitOk;
}

}  // namespace

void AddDataCommands(CommandTree& tree) {
  CLI::App& group = tree.AddGroup("data", "Make synthetic data to rehearse a job.");
  const auto options = std::make_shared<SynthesizeOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "synthesize",
       .description = "Make SYNTHETIC hospitals from a job's schema: data files and the mapping files that read them.",
       .example = "accord data synthesize heart-risk.yaml --sites 4 --out synthetic/"},
      [&tree, options] { return Synthesize(tree, *options); });
  leaf.add_option("JOB,--job", options->job, "the job file whose schema is used")->required()->type_name("FILE");
  leaf.add_option("--sites", options->num_sites, "hospitals")->required()->type_name("N");
  leaf.add_option("--out", options->out, "folder to write to: new, empty, or of earlier synthetic data")
      ->required()
      ->type_name("DIR");
  AddSyntheticFlags(leaf, options->synthetic);
}

}  // namespace accord
