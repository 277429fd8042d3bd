// Files that people write and hand on. The first byte of the input says which: 'j' a job, 's' a site's config, 'm' the
// mapping of a data set, 'c' a coordinator's config.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/validation/config_validation.h"
#include "proto/validation/job_validation.h"
#include "tests/fuzz/support/frames.h"
#include "tests/fuzz/support/fuzz_target.h"
#include "tests/fuzz/support/input_file.h"

namespace accord::fuzz::config_file {
namespace {

constexpr char kSite[] = R"(coordinator: accord.example.org:7443
site: site-a
state_dir: state
datasets: [{name: heart, mapping: heart.yaml}]
sandbox: {memory_mib: 2048, threads: 2, silence_s: 60}
log: {level: info, file: "client.log"}
floors: {min_sites: 4, min_organisations: 3}
)";
constexpr char kCoordinator[] = R"(listen: "0.0.0.0:7443"
state_dir: state
names: ["localhost", 127.0.0.1]
)";

// The files that this repository gives as examples.
std::string Example(char kind, const std::string& path) {
  return kind + ReadFile(absl::StrCat(ACCORD_SOURCE_DIR, "/deploy/examples/", path)).value();
}

bool TakeJob(const std::string& path) {
  const absl::StatusOr<v1::JobSpec> spec = LoadJobSpec(path);
  if (!spec.ok()) {
    Require(!spec.status().message().empty(), "a refusal says why");
    return false;
  }
  v1::JobSpec sent = *spec;
  // What the submitting side fills in (the file itself is not sent).
  if (sent.model().has_torchscript()) sent.mutable_model()->mutable_torchscript()->set_sha256(std::string(64, 'a'));
  Require(ParseJobSpec(sent.SerializeAsString()).ok(), "a job that was loaded is a job to whoever receives it");
  return true;
}

}  // namespace

std::vector<std::string> Seeds() {
  return {Example('j', "heart-risk.yaml"), Example('j', "blood-pressure.yaml"), Example('j', "drill.yaml"),
          Example('j', "mnist-cnn.yaml"),  Example('m', "heart/va.yaml"),       Example('m', "mnist/site.yaml"),
          std::string("s") + kSite,        std::string("c") + kCoordinator};
}

bool Take(absl::string_view bytes) {
  const char kind = TakeSelector(bytes);
  const InputFile file(bytes);
  switch (kind) {
    case 'j':
      return TakeJob(file.path());
    case 's':
      return LoadSiteConfig(file.path()).ok();
    case 'm':
      return LoadDatasetMapping(file.path()).ok();
    case 'c':
      return LoadCoordinatorConfig(file.path()).ok();
    default:
      return false;
  }
}

const FuzzTarget kTarget("config_file", &Seeds, &Take);

}  // namespace accord::fuzz::config_file
