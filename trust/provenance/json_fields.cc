#include "trust/provenance/json_fields.h"

#include "absl/strings/str_cat.h"
#include "base/base64.h"
#include "base/status.h"

namespace accord {
namespace {

const nlohmann::json& EmptyObject() {
  static const auto* const empty = new nlohmann::json(nlohmann::json::object());
  return *empty;
}

}  // namespace

JsonFields::JsonFields(const nlohmann::json& object, absl::string_view what)
    : object_(object.is_object() ? &object : &EmptyObject()), what_(what) {
  if (!object.is_object()) status_ = absl::InvalidArgumentError(absl::StrCat(what_, ": expected an object"));
}

const nlohmann::json* JsonFields::Find(const char* field) {
  const auto found = object_->find(field);
  if (found == object_->end()) {
    Fail(field, "is missing");
    return nullptr;
  }
  ++num_read_;
  return &*found;
}

std::string JsonFields::Text(const char* field) {
  const nlohmann::json* value = Find(field);
  if (value == nullptr) return "";
  if (value->is_string()) return value->get_ref<const std::string&>();
  Fail(field, "expected a text");
  return "";
}

std::string JsonFields::Bytes(const char* field) {
  auto bytes = ParseBase64(Text(field));
  if (bytes.ok()) return *std::move(bytes);
  Fail(field, "expected base64");
  return "";
}

Sha256Digest JsonFields::Digest(const char* field) {
  const auto digest = ParseHexDigest(Text(field));
  if (digest.ok()) return *digest;
  Fail(field, "expected 64 digits of 0-9 and a-f");
  return {};
}

uint64_t JsonFields::Number(const char* field, uint64_t max) {
  const nlohmann::json* value = Find(field);
  if (value == nullptr) return 0;
  if (value->is_number_unsigned() && value->get<uint64_t>() <= max) return value->get<uint64_t>();
  Fail(field, absl::StrCat("expected a whole number of at most ", max));
  return 0;
}

void JsonFields::Expect(const char* field, absl::string_view text) {
  if (Text(field) != text) Fail(field, absl::StrCat("expected ", text));
}

JsonFields JsonFields::Object(const char* field) {
  const nlohmann::json* value = Find(field);
  return JsonFields(value == nullptr ? EmptyObject() : *value, absl::StrCat(what_, ".", field));
}

JsonFields JsonFields::Only(const char* field) {
  const nlohmann::json* value = Find(field);
  const bool is_one = value != nullptr && value->is_array() && value->size() == 1;
  if (!is_one) Fail(field, "expected a list of one");
  return JsonFields(is_one ? value->front() : EmptyObject(), absl::StrCat(what_, ".", field));
}

void JsonFields::List(const char* field, size_t max,
                      const std::function<absl::Status(const nlohmann::json& element)>& read) {
  const nlohmann::json* value = Find(field);
  if (value == nullptr) return;
  if (!value->is_array() || value->size() > max) return Fail(field, absl::StrCat("expected a list of at most ", max));
  for (size_t i = 0; i < value->size(); ++i) {
    const absl::Status one = read((*value)[i]);
    if (!one.ok()) return Fail(field, absl::StrCat("element ", i, ": ", one.message()));
  }
}

void JsonFields::Fail(const char* field, absl::string_view fault) {
  if (status_.ok()) status_ = absl::InvalidArgumentError(absl::StrCat(what_, ".", field, ": ", fault));
}

absl::Status JsonFields::Finish() {
  if (status_.ok() && num_read_ != object_->size()) {
    status_ = absl::InvalidArgumentError(absl::StrCat(what_, ": has fields that this version does not know"));
  }
  return status_;
}

}  // namespace accord
