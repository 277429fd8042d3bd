// The federation's roster, through the programs' own command lines: drafted, signed by each site, published, and gone
// by.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "tests/integration/running_federation.h"
#include "trust/roster/signed_roster.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class RosterOfAFederation : public RunningFederation {
 protected:
  std::string Coordinator(const std::vector<std::string>& arguments) {
    const auto output = federation_->Coordinator(arguments);
    EXPECT_TRUE(output.ok()) << output.status().message();
    return output.value_or("");
  }
  std::string Client(size_t site, const std::vector<std::string>& arguments) {
    const auto output = federation_->Client(site, arguments);
    EXPECT_TRUE(output.ok()) << output.status().message();
    return output.value_or("");
  }
  std::string Path(const std::string& name) { return federation_->folder() + "/" + name; }
};

TEST_F(RosterOfAFederation, IsDraftedSignedPublishedAndGoneBy) {
  Start(bench::TrivialSites(3));
  const std::string file = Path("roster.txt");
  // The fixture has set one up with all three; the daemons go by it.
  for (size_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(federation_->site(i).WaitForOutput("as pinned", absl::Seconds(60) * kSlowdown).ok());
    EXPECT_THAT(Client(i, {"status"}), AllOf(HasSubstr("3 sites of 3 organisations"), HasSubstr("as pinned")));
  }
  EXPECT_THAT(Client(0, {"check"}), HasSubstr("ok       roster: "));
  EXPECT_THAT(Coordinator({"roster", "show"}), HasSubstr("All have signed."));

  // The next version revokes site-3: two of three organisations are enough, and nobody pins anything.
  Coordinator({"roster", "draft", "--revoke-site", "site-3=stolen laptop", "--out", file});
  EXPECT_THAT(Client(0, {"roster", "show", file}), HasSubstr("the key of site site-3 is REVOKED: stolen laptop"));
  Client(0, {"roster", "sign", file, "--out", Path("one.txt")});
  EXPECT_THAT(std::string(federation_->Coordinator({"roster", "publish", Path("one.txt")}).status().message()),
              HasSubstr("2 organisations of the roster before must sign it, and 1 did"));
  Client(1, {"roster", "sign", file, "--out", Path("two.txt")});
  EXPECT_THAT(Client(0, {"status"}), HasSubstr("3 sites of 3 organisations"));
  Coordinator({"roster", "publish", Path("one.txt"), Path("two.txt")});

  // The running coordinator sends it with the next job; the sites go over to it by themselves.
  bench::TrivialJob job;
  job.plain_sum = true;
  job.min_sites = 2;
  Finish(Submit(job.Yaml()));
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_THAT(Client(i, {"status"}), HasSubstr("version 2, 2 sites of 2 organisations"));
  }
  ASSERT_TRUE(
      federation_->site(2).WaitForOutput("revoked site site-3: stolen laptop", absl::Seconds(60) * kSlowdown).ok());
}

}  // namespace
}  // namespace accord
