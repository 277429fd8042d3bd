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
    EXPECT_THAT(Client(i, {"status"}), HasSubstr("3 sites of 3 organisations, as pinned"));
  }
  EXPECT_THAT(Client(0, {"check"}), HasSubstr("ok       roster: "));
  EXPECT_THAT(Coordinator({"roster", "show"}), HasSubstr("All have signed."));

  // A second roster without site-3: the others sign it without going over to it yet.
  Coordinator({"roster", "draft", "--site", "site-1", "--site", "site-2", "--out", file});
  EXPECT_THAT(Client(0, {"roster", "show", file}), HasSubstr("site site-3 of Organisation of site-3 is gone"));
  EXPECT_THAT(std::string(federation_->Client(2, {"roster", "sign", file}).status().message()),
              HasSubstr("does not list site site-3"));
  EXPECT_THAT(std::string(federation_->Client(0, {"roster", "sign", file}).status().message()), HasSubstr("--replace"));
  Client(0, {"roster", "sign", file, "--sign-only", "--out", Path("one.txt")});
  EXPECT_THAT(std::string(federation_->Coordinator({"roster", "publish", Path("one.txt")}).status().message()),
              HasSubstr("no signature of site-2"));
  Client(1, {"roster", "sign", file, "--sign-only", "--out", Path("two.txt")});
  EXPECT_THAT(Client(0, {"status"}), HasSubstr("3 sites of 3 organisations, as pinned"));
  Coordinator({"roster", "publish", Path("one.txt"), Path("two.txt")});

  // The running coordinator sends it with the next job; the sites tell their operators, who go over.
  bench::TrivialJob job;
  job.plain_sum = true;  // no other can run now
  Finish(Submit(job.Yaml()));
  const std::string told = Client(0, {"status"});
  EXPECT_THAT(told, HasSubstr("no secure job can run here: the coordinator published another roster"));
  EXPECT_THAT(Client(2, {"status"}), HasSubstr("does not list this site"));
  Client(0, {"roster", "pin", "--replace"});
  EXPECT_THAT(Client(0, {"status"}), HasSubstr("2 sites of 2 organisations, as pinned"));
}

}  // namespace
}  // namespace accord
