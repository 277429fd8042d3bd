// A data set of two columns and a target in a file of the test's own.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/trainer/data/job_data.h"

namespace accord {

class TableTest : public ::testing::Test {
 protected:
  TableTest() {
    std::string name = (std::filesystem::temp_directory_path() / "accord-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    v1::Feature& age = *schema_.add_features();
    age.set_name("age");
    age.mutable_numeric()->set_min(0);
    age.mutable_numeric()->set_max(120);
    v1::Feature& pain = *schema_.add_features();
    pain.set_name("pain");
    for (const char* level : {"none", "typical", "atypical"}) pain.mutable_category()->add_levels(level);
    schema_.mutable_target()->set_name("ill");
    for (const char* level : {"no", "yes"}) schema_.mutable_target()->mutable_category()->add_levels(level);
    for (const char* text : {"", "?", "NA"}) mapping_.add_missing(text);
    mapping_.mutable_split()->set_test_fraction(0);
    mapping_.mutable_csv()->set_file(folder_ + "/rows.csv");
  }
  ~TableTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& content) {
    const std::string path = absl::StrCat(folder_, "/", name);
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  absl::StatusOr<JobData> Load(const std::string& csv) {
    Write("rows.csv", csv);
    return Load();
  }
  // What the mapping names, as it is there.
  absl::StatusOr<JobData> Load() {
    report_.Clear();
    return LoadJobData(Request(), report_);
  }
  absl::Status Inspect() {
    report_.Clear();
    return InspectData(Request(), report_);
  }
  // Why it cannot be loaded.
  std::string Problem() { return std::string(Load().status().message()); }

  DataRequest Request() const {
    DataRequest request;
    request.schema = &schema_;
    request.mapping = &mapping_;
    request.seed = 7;
    request.site = "hospital";
    request.max_bytes = max_bytes_;
    request.opt_out_list = opt_out_list_;
    return request;
  }

  std::string folder_;
  v1::DataSchema schema_;
  v1::DatasetMapping mapping_;
  v1::DataReport report_;
  uint64_t max_bytes_ = uint64_t{1} << 30;
  std::string opt_out_list_;
};

}  // namespace accord
