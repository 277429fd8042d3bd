#include "tests/fuzz/support/example_job.h"

#include <google/protobuf/text_format.h>

#include <string>

#include "proto/validation/job_validation.h"
#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz {
namespace {

v1::JobSpec JobFrom(const std::string& text) {
  v1::JobSpec spec;
  Require(google::protobuf::TextFormat::ParseFromString(text, &spec), "the example is a job");
  ApplyDefaults(spec);
  return spec;
}

}  // namespace

v1::JobSpec DrillJob() {
  return JobFrom(R"pb(
    name: "drill"
    purpose: "shows whether sums arrive"
    model { drill { num_parameters: 10 } }
    aggregation {
      fedavg {}
      update_bound: 1
      max_rows_per_site: 1
    }
    rounds { count: 5 min_sites: 3 }
  )pb");
}

v1::JobSpec HeartJob() {
  return JobFrom(R"pb(
    name: "heart-risk"
    purpose: "predicts heart disease"
    data {
      name: "heart"
      features {
        name: "age"
        numeric { min: 0 max: 120 }
      }
      features {
        name: "cp"
        category { levels: "typical" levels: "atypical" }
      }
      target {
        name: "disease"
        category { levels: "no" levels: "yes" }
      }
    }
    model { logistic_regression {} }
    training {
      sgd { learning_rate: 0.5 }
      local_epochs: 1
    }
    aggregation {
      fedavg {}
      update_bound: 4
      max_rows_per_site: 1000
    }
    rounds { count: 3 min_sites: 3 }
  )pb");
}

}  // namespace accord::fuzz
