// Reads the fields of one JSON object as base/fields.h reads those of bytes: the first fault stays, later reads give
// nothing, and Finish tells it. Fields that nobody asked for are a fault too. The JSON must outlive the reader. Does
// not throw. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"

namespace accord {

class JsonFields {
 public:
  // `what` names the object in errors.
  JsonFields(const nlohmann::json& object, absl::string_view what);

  bool Has(const char* field) const { return object_->contains(field); }
  std::string Text(const char* field);
  std::string Bytes(const char* field);  // base64
  Sha256Digest Digest(const char* field);
  uint64_t Number(const char* field, uint64_t max);
  void Expect(const char* field, absl::string_view text);
  // An object within; its faults are told by its own Finish.
  JsonFields Object(const char* field);
  // The only element of a list, an object.
  JsonFields Only(const char* field);
  // Calls `read` for each element of a list of at most `max` elements, until one fails.
  void List(const char* field, size_t max, const std::function<absl::Status(const nlohmann::json& element)>& read);

  void Fail(const char* field, absl::string_view fault);
  absl::Status Finish();

 private:
  // Null: it is not there.
  const nlohmann::json* Find(const char* field);

  const nlohmann::json* object_;
  std::string what_;
  size_t num_read_ = 0;
  absl::Status status_;
};

}  // namespace accord
