#include "client/daemon/governance/posture_file.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/entropy.h"
#include "base/hash.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/governance/governed_site.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

TEST(PostureFilesTest, RememberSoManyOrdersAndSayAnewWhatWasNotAskedForLongest) {
  const TemporaryFolder folder;
  ExampleFederation federation;
  PostureFiles files(folder.path(), {.software = "0.9.0"}, federation.sites().signer("va"), EntropySource::System());
  const auto say = [&files](size_t order) {
    Posture posture;
    posture.site = "va";
    posture.software = "0.9.0";
    posture.time = At("2027-03-01T10:00:00Z");
    posture.order = Sha256(absl::StrCat(order));
    return files.Say(std::move(posture)).value();
  };
  const Sha256Digest first = say(0), second = say(1);
  for (size_t order = 2; order < kMostPosturesInMind; ++order) say(order);
  EXPECT_EQ(say(0), first) << "there is room for as many";
  say(kMostPosturesInMind);
  EXPECT_EQ(say(0), first);
  EXPECT_NE(say(1), second) << "it made room";
}

}  // namespace
}  // namespace accord
