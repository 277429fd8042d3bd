// docs/configuration.md and docs/governance.md hold, between markers, what base/config/reference.h prints from the
// schemas.

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/config/reference.h"
#include "base/file.h"
#include "gtest/gtest.h"
#include "proto/accord/v1/charter.pb.h"
#include "proto/accord/v1/coordinator_config.pb.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/rehearsal.pb.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {
namespace {

constexpr char kRefresh[] = "ACCORD_REFRESH_DOCS=1 proto_test --gtest_filter='ConfigurationPage.*'";

using Types = std::vector<const google::protobuf::Descriptor*>;

// The page's text with the part after the marker of `type` replaced by that type's reference. Fails where a marker is
// missing.
void Refresh(const std::string& path, const google::protobuf::Descriptor& type, std::string& page) {
  const std::string begin = absl::StrCat("<!-- reference of ", std::string(type.full_name()), " -->\n");
  const size_t start = page.find(begin);
  ASSERT_NE(start, std::string::npos) << path << " has no line " << begin;
  const size_t end = page.find("<!-- end -->", start);
  ASSERT_NE(end, std::string::npos) << path << " has no <!-- end --> after " << begin;
  page.replace(start + begin.size(), end - start - begin.size(), ConfigReference(type));
}

// Holds the page against the schemas, or refreshes it.
void HoldPage(const std::string& name, const Types& types) {
  const std::string path = absl::StrCat(ACCORD_SOURCE_DIR "/docs/", name);
  const auto page = ReadFile(path);
  ASSERT_TRUE(page.ok()) << page.status();
  std::string fresh = *page;
  for (const google::protobuf::Descriptor* type : types) Refresh(path, *type, fresh);
  if (std::getenv("ACCORD_REFRESH_DOCS") != nullptr) {
    ASSERT_TRUE(WriteFileAtomically(path, fresh).ok());
    return;
  }
  EXPECT_TRUE(fresh == *page) << path << " is older than the schemas; refresh it with\n  " << kRefresh;
}

TEST(ConfigurationPage, IsWhatTheSchemasSay) {
  HoldPage("configuration.md",
           {v1::JobSpec::descriptor(), v1::SiteConfig::descriptor(), v1::DatasetMapping::descriptor(),
            v1::CoordinatorConfig::descriptor(), v1::PublishedStatistics::descriptor()});
}

TEST(ConfigurationPage, OfGovernanceIsWhatTheSchemasSay) {
  HoldPage("governance.md", {v1::Charter::descriptor(), v1::SitePolicy::descriptor()});
}

}  // namespace
}  // namespace accord
