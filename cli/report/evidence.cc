// Hashes, software and the job itself: what somebody needs who checks or repeats the work.
#include <google/protobuf/text_format.h>

#include "absl/strings/str_cat.h"
#include "cli/numbers.h"
#include "cli/report/sections.h"

namespace accord {
namespace {

void AddHash(const std::string& what, const std::string& hash, Markup& markup) {
  markup.Open("tr").Element("td", what).Open("td").Element("code", hash.empty() ? "none yet" : hash).Close().Close();
}

// A site that offers a GPU trains on it where the job lets it, or takes no part (docs/jobs.md).
std::string TrainedOn(v1::Compute::Device device, const v1::SiteFact& fact) {
  const bool may = device == v1::Compute::CUDA || device == v1::Compute::AUTO;
  return may && !fact.gpu().empty() ? absl::StrCat("GPU: ", fact.gpu()) : "CPU";
}

void AddSoftware(const v1::JobReport& report, Markup& markup) {
  if (report.sites().empty()) return;
  markup.Open("div", {{"class", "scroll"}}).Open("table").Open("thead").Open("tr");
  for (const char* heading : {"Site", "Accord", "Sandbox", "Processor", "Linear algebra", "Trained on"}) {
    markup.Element("th", heading);
  }
  markup.Close().Close().Open("tbody");
  for (const auto& fact : report.sites()) {
    markup.Open("tr").Element("td", fact.site()).Element("td", fact.software_version());
    markup.Element("td", fact.sandboxed() ? "on" : "OFF by the site's own configuration",
                   {{"class", fact.sandboxed() ? "" : "bad"}});
    markup.Element("td", fact.cpu()).Element("td", fact.blas());
    markup.Element("td", TrainedOn(report.spec().compute().device(), fact)).Close();
  }
  markup.Close().Close().Close();
}

}  // namespace

void AddEvidence(const v1::JobReport& report, Markup& markup) {
  markup.Element("h2", "To check and to repeat");
  markup.Open("div", {{"class", "scroll"}}).Open("table").Open("tbody");
  AddHash("SHA-256 of the job, as submitted", report.job_sha256(), markup);
  AddHash("Digest of the latest model", report.model_digest(), markup);
  markup.Close().Close().Close();
  markup.Element("p", "");
  AddSoftware(report, markup);
  if (report.has_spec()) {
    std::string job;
    google::protobuf::TextFormat::PrintToString(report.spec(), &job);
    markup.Element("p", "");
    markup.Element("p", "The job, every field that it sets:", {{"class", "soft"}});
    markup.Element("pre", job);
  }
  markup.Element("footer", absl::StrCat("Accord, report of job ", report.job_id(),
                                        ". Self-contained: this file loads nothing and runs nothing."));
}

}  // namespace accord
