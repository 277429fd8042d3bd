// Jobs that the tests of this room share.
#pragma once

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

#include "proto/accord/v1/job.pb.h"

namespace accord::testing_jobs {

inline v1::JobSpec Parse(const std::string& text) {
  v1::JobSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec)) << text;
  return spec;
}

// Two classes; columns: age, chol, cp=atypical, cp=asymptomatic.
inline v1::JobSpec Binary() {
  return Parse(R"pb(
    data {
      name: "heart"
      features {
        name: "age"
        numeric { min: 0 max: 120 }
      }
      features {
        name: "cp"
        category { levels: "typical" levels: "atypical" levels: "asymptomatic" }
      }
      features {
        name: "chol"
        numeric { min: 50 max: 750 }
      }
      target {
        name: "disease"
        category { levels: "no" levels: "yes" }
      }
    }
    model { logistic_regression {} }
    aggregation {
      fedavg { server_learning_rate: 1 }
      update_bound: 4
      max_rows_per_site: 1000
    }
    rounds { count: 3 min_sites: 2 }
  )pb");
}

inline v1::JobSpec Regression() {
  v1::JobSpec spec = Binary();
  spec.mutable_data()->mutable_target()->mutable_numeric()->set_min(50);
  spec.mutable_data()->mutable_target()->mutable_numeric()->set_max(250);
  spec.mutable_model()->mutable_linear_regression();
  return spec;
}

inline v1::JobSpec Drill() {
  return Parse(R"pb(
    model { drill { num_parameters: 10 } }
    aggregation {
      fedavg {}
      update_bound: 1
      max_rows_per_site: 1
    }
    rounds { count: 5 min_sites: 2 }
  )pb");
}

}  // namespace accord::testing_jobs
