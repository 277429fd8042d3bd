#include "trust/charter/job_order.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/domain_hash.h"
#include "base/status.h"
#include "trust/charter/statement_lines.h"
#include "trust/identity/certificate_authority.h"

namespace accord {
namespace {

constexpr absl::string_view kOrderFirstLine = "accord-job-order-v1";
constexpr absl::string_view kMapping = "mapping";
constexpr absl::string_view kDataSet = "data set";
constexpr absl::string_view kNoDataSet = "none";

std::string OrderText(const JobOrder& order) {
  LineWriter writer(kOrderFirstLine);
  writer.Digest("charter", order.charter).Digest("job", order.job);
  writer.Digest("torchscript", order.torchscript).Digest("start", order.start);
  writer.Line(kDataSet, order.data_set.empty() ? kNoDataSet : absl::string_view(order.data_set));
  for (const auto& [site, hash] : order.mappings) writer.Line(kMapping, absl::StrCat(site, " ", HexDigest(hash)));
  writer.Line("purpose", order.purpose).Line("engineer", order.engineer);
  writer.Time("not before", order.not_before).Time("expires", order.expires);
  writer.Rules("loosens", order.loosens).Line("nonce", order.nonce);
  return std::move(writer).Take();
}

void ReadMapping(LineReader& reader, JobOrder& order) {
  const std::string value = reader.Value(kMapping);
  const size_t space = value.find(' ');
  const std::string site = value.substr(0, space);
  const auto hash =
      ParseHexDigest(space == std::string::npos ? absl::string_view() : absl::string_view(value).substr(space + 1));
  if (!hash.ok() || !IsValidIdentity(absl::StrCat("site/", site))) {
    reader.Fail("is not of the form 'mapping: SITE HEX'");
  } else if (!order.mappings.empty() && order.mappings.rbegin()->first >= site) {
    reader.Fail("is not in ascending order of the sites, each once");
  } else {
    order.mappings.emplace(site, *hash);
  }
}

}  // namespace

absl::StatusOr<JobOrder> ParseJobOrder(absl::string_view bytes) {
  LineReader reader(bytes, "the job order", kOrderFirstLine);
  JobOrder order;
  order.charter = reader.Digest("charter");
  order.job = reader.Digest("job");
  order.torchscript = reader.DigestOrNone("torchscript");
  order.start = reader.DigestOrNone("start");
  order.data_set = reader.Name(kDataSet);
  if (order.data_set == kNoDataSet) order.data_set.clear();
  while (reader.NextIs(kMapping)) ReadMapping(reader, order);
  order.purpose = reader.Name("purpose");
  order.engineer = reader.Name("engineer");
  order.not_before = reader.Time("not before");
  order.expires = reader.Time("expires");
  if (order.expires <= order.not_before) reader.Fail("is not after 'not before'");
  order.loosens = reader.Rules("loosens");
  order.nonce = reader.Nonce("nonce");
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return order;
}

absl::StatusOr<std::string> WriteJobOrder(const JobOrder& order) {
  std::string bytes = OrderText(order);
  ACCORD_ASSIGN_OR_RETURN(const JobOrder again, ParseJobOrder(bytes));
  if (again != order) return absl::InvalidArgumentError("the job order holds what its lines cannot");
  return bytes;
}

Sha256Digest JobOrderHash(absl::string_view bytes) { return HashUnder(kJobOrderDomain, bytes); }

}  // namespace accord
