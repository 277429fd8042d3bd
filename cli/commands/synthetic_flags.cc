#include "cli/commands/synthetic_flags.h"

#include "base/status.h"
#include "cli/synthetic/skew.h"
#include "cli/synthetic/statistics.h"

namespace accord {

void AddSyntheticFlags(CLI::App& leaf, SyntheticFlags& flags) {
  leaf.add_option("--rows", flags.options.rows_per_site, "rows of each hospital")
      ->capture_default_str()
      ->type_name("N");
  leaf.add_option("--seed", flags.options.seed, "the same seed makes the same rows")
      ->capture_default_str()
      ->type_name("S");
  leaf.add_option("--skew", flags.skew,
                  "how hospitals differ: none, 0 to 3 overall, or kinds with commas between them: label=ALPHA and "
                  "quantity=ALPHA (Dirichlet), feature=SD, prevalence=SD")
      ->capture_default_str()
      ->type_name("SKEW");
  leaf.add_option("--statistics", flags.statistics,
                  "published means, spreads and shares that the rows shall have (YAML: docs/rehearsal.md)")
      ->type_name("FILE");
}

absl::StatusOr<SyntheticOptions> ReadSyntheticFlags(const SyntheticFlags& flags, const v1::JobSpec& spec) {
  SyntheticOptions options = flags.options;
  ACCORD_ASSIGN_OR_RETURN(options.skew, ParseSkew(flags.skew));
  if (flags.statistics.empty()) return options;
  ACCORD_ASSIGN_OR_RETURN(options.statistics, LoadPublishedStatistics(flags.statistics, spec));
  return options;
}

}  // namespace accord
