// docs/configuration.md holds, between markers, what base/config/reference.h prints from the schemas.

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/config/reference.h"
#include "base/file.h"
#include "gtest/gtest.h"
#include "proto/accord/v1/coordinator_config.pb.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/rehearsal.pb.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {
namespace {

constexpr char kPage[] = ACCORD_SOURCE_DIR "/docs/configuration.md";
constexpr char kRefresh[] = "ACCORD_REFRESH_DOCS=1 proto_test --gtest_filter='ConfigurationPage.*'";

// The page with the part after the marker of `type` replaced by that type's reference. Fails where a marker is missing.
void Refresh(const google::protobuf::Descriptor& type, std::string& page) {
  const std::string begin = absl::StrCat("<!-- reference of ", std::string(type.full_name()), " -->\n");
  const size_t start = page.find(begin);
  ASSERT_NE(start, std::string::npos) << kPage << " has no line " << begin;
  const size_t end = page.find("<!-- end -->", start);
  ASSERT_NE(end, std::string::npos) << kPage << " has no <!-- end --> after " << begin;
  page.replace(start + begin.size(), end - start - begin.size(), ConfigReference(type));
}

TEST(ConfigurationPage, IsWhatTheSchemasSay) {
  const auto page = ReadFile(kPage);
  ASSERT_TRUE(page.ok()) << page.status();
  std::string fresh = *page;
  Refresh(*v1::JobSpec::descriptor(), fresh);
  Refresh(*v1::SiteConfig::descriptor(), fresh);
  Refresh(*v1::DatasetMapping::descriptor(), fresh);
  Refresh(*v1::CoordinatorConfig::descriptor(), fresh);
  Refresh(*v1::PublishedStatistics::descriptor(), fresh);
  if (std::getenv("ACCORD_REFRESH_DOCS") != nullptr) {
    ASSERT_TRUE(WriteFileAtomically(kPage, fresh).ok());
    return;
  }
  EXPECT_TRUE(fresh == *page) << kPage << " is older than the schemas; refresh it with\n  " << kRefresh;
}

}  // namespace
}  // namespace accord
