// A site's data files, as the trainer reads them. The first byte of the input says which: 'c' a table in CSV, 's' the
// file that splits one, 'i' images and 'l' labels in IDX, 't' the label table of a folder of images, 'o' an opt-out
// list.
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "aggregation/programs/columns.h"
#include "client/trainer/data/job_data.h"
#include "tests/fuzz/support/example_job.h"
#include "tests/fuzz/support/frames.h"
#include "tests/fuzz/support/fuzz_target.h"
#include "tests/fuzz/support/input_file.h"

namespace accord::fuzz::data_file {
namespace {

constexpr char kTable[] =
    "age,cp,disease\n61,typical,no\n\"47\",atypical,yes\r\n?,typical,yes\n54,atypical,no\n39,\"typical\",no\n";
constexpr char kSplit[] = "line,set\n2,train\n3,train\n4,test\n5,train\n6,unused\n";
constexpr size_t kPixels = 4;
constexpr size_t kMaxListedFaults = 1000;

// The header of `sizes.size()` dimensions, and bytes that count up.
std::string Idx(const std::vector<uint8_t>& sizes) {
  std::string file = {0, 0, 8, static_cast<char>(sizes.size())};
  size_t bytes = 1;
  for (const uint8_t size : sizes) {
    file += {0, 0, 0, static_cast<char>(size)};
    bytes *= size;
  }
  for (size_t i = 0; i < bytes; ++i) file.push_back(static_cast<char>(i % 2));
  return file;
}

v1::DataSchema ImageSchema() {
  v1::DataSchema schema = HeartJob().data();
  schema.clear_features();
  schema.mutable_image()->set_channels(1);
  schema.mutable_image()->set_height(2);
  schema.mutable_image()->set_width(2);
  return schema;
}

bool AreTargets(const std::vector<float>& targets) {
  for (const float target : targets) {
    if (target != 0 && target != 1) return false;
  }
  return true;
}

void CheckExamples(const Examples& examples, size_t columns) {
  Require(examples.numbers.size() == examples.rows() * columns, "a row has a number for each column");
  Require(AreTargets(examples.targets), "a target is one of the schema's levels");
  for (const float number : examples.numbers) {
    Require(std::isnan(number) || std::isfinite(number), "a number is finite or missing");
  }
}

// `opt_out`: empty: there is no list.
bool TakeTable(const std::string& table, const std::string& split, const std::string& opt_out) {
  const InputFile table_file(table), split_file(split), list_file(opt_out);
  v1::DatasetMapping mapping;
  mapping.mutable_csv()->set_file(table_file.path());
  mapping.add_missing("?");
  mapping.set_bad_rows(v1::DatasetMapping::LEAVE_OUT);
  if (!split.empty()) mapping.mutable_split()->mutable_file()->set_file(split_file.path());
  mapping.set_person_id(opt_out.empty() ? "" : "age");
  const v1::DataSchema schema = HeartJob().data();
  v1::DataReport report;
  const std::string list = opt_out.empty() ? "" : list_file.path();
  const DataRequest request = {&schema, &mapping, 1, "site-a", 1 << 20, nullptr, list};
  const absl::StatusOr<JobData> data = LoadJobData(request, report);
  Require(static_cast<size_t>(report.faults_size()) <= kMaxListedFaults, "faults are listed up to a number");
  v1::DataReport inspection;
  (void)InspectData(request, inspection);
  if (!data.ok()) return false;
  CheckExamples(data->train, InputColumns(schema).size());
  CheckExamples(data->test, InputColumns(schema).size());
  Require(data->train.rows() + data->test.rows() <= report.rows(), "no row is used twice");
  return true;
}

bool TakeImages(const std::string& images, const std::string& labels) {
  const InputFile image_file(images), label_file(labels);
  v1::DatasetMapping mapping;
  mapping.mutable_idx()->set_images(image_file.path());
  mapping.mutable_idx()->set_labels(label_file.path());
  mapping.set_bad_rows(v1::DatasetMapping::LEAVE_OUT);
  const v1::DataSchema schema = ImageSchema();
  v1::DataReport report;
  const DataRequest request = {&schema, &mapping, 1, "site-a", 1 << 20, nullptr, ""};
  const absl::StatusOr<JobData> data = LoadJobData(request, report);
  v1::DataReport inspection;
  (void)InspectData(request, inspection);
  if (!data.ok()) return false;
  Require(data->train.bytes.size() == data->train.rows() * kPixels, "an image has all its pixels");
  Require(AreTargets(data->train.targets), "a target is one of the schema's levels");
  return true;
}

// Of a folder that holds nothing but what every process has in its own: each name leads nowhere or to no image.
bool TakeLabels(const std::string& labels) {
  const InputFile label_file(labels);
  v1::DatasetMapping mapping;
  mapping.mutable_image_folder()->set_folder("/proc/self");
  mapping.mutable_image_folder()->set_labels(label_file.path());
  mapping.set_bad_rows(v1::DatasetMapping::LEAVE_OUT);
  const v1::DataSchema schema = ImageSchema();
  v1::DataReport report;
  const DataRequest request = {&schema, &mapping, 1, "site-a", 1 << 20, nullptr, ""};
  const bool loaded = LoadJobData(request, report).ok();
  Require(!loaded, "nothing there is an image");
  return report.rows() > 0;
}

}  // namespace

std::vector<std::string> Seeds() {
  return {std::string("c") + kTable,
          std::string("s") + kSplit,
          "i" + Idx({6, 2, 2}),
          "l" + Idx({6}),
          "tfile,disease\nstatus,no\n../maps,yes\nabsent.png,no\n",
          "o61\n054\n"};
}

bool Take(absl::string_view bytes) {
  switch (TakeSelector(bytes)) {
    case 'c':
      return TakeTable(std::string(bytes), "", "");
    case 's':
      return TakeTable(kTable, bytes.empty() ? "\n" : std::string(bytes), "");
    case 'i':
      return TakeImages(std::string(bytes), Idx({6}));
    case 'l':
      return TakeImages(Idx({6, 2, 2}), std::string(bytes));
    case 't':
      return TakeLabels(std::string(bytes));
    case 'o':
      return TakeTable(kTable, "", bytes.empty() ? "\n" : std::string(bytes));
    default:
      return false;
  }
}

const FuzzTarget kTarget("data_file", &Seeds, &Take);

}  // namespace accord::fuzz::data_file
