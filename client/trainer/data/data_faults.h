// What is wrong with a data file, for the people who own it: lines, columns and classes of problems, never a value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "proto/accord/v1/trainer.pb.h"

namespace accord {

// Not thread-safe.
class DataFaults {
 public:
  static constexpr int kMaxListed = 1000;  // more are only counted

  // `place`: what the lines given here count.
  explicit DataFaults(v1::DataFault::Place place = v1::DataFault::LINE) : place_(place) {}

  // A row that cannot be used. `line` from 1.
  void AddBadRow(uint64_t line, absl::string_view column, absl::string_view problem);
  // An image that cannot be used: `file` as line `line` of the label table names it.
  void AddBadFile(uint64_t line, absl::string_view file, absl::string_view problem);
  // Something without which the file cannot be read at all. `line` 0: the whole file.
  void AddFatal(uint64_t line, absl::string_view column, absl::string_view problem);

  // A line of the opt-out list that is no identifier: fatal.
  void AddListFault(uint64_t line, absl::string_view problem);

  // Something that the owner should know, and that is no fault of a row.
  void AddWarning(absl::string_view warning) { warnings_.emplace_back(warning); }

  v1::DataFault::Place place() const { return place_; }
  bool fatal() const { return fatal_; }
  uint64_t num_faults() const { return num_faults_; }
  // The first one in words: "line 7, column 'age': not a number". Empty when there is none. These words are
  // for the site's operator and its log, as the reason why it does not take part: they name no image's file, which may
  // tell whose it is, and no line of the opt-out list, which would tell of its length.
  std::string First() const;
  void WriteTo(v1::DataReport& report) const;

 private:
  v1::DataFault* Add(uint64_t line, absl::string_view column, absl::string_view problem);
  const v1::DataFault::Place place_;
  google::protobuf::RepeatedPtrField<v1::DataFault> listed_;
  uint64_t num_faults_ = 0;
  bool fatal_ = false;
  std::vector<std::string> warnings_;
};

}  // namespace accord
