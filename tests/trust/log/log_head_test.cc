#include "trust/log/log_head.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/hex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/log/example_log.h"

namespace accord {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;

TEST(LogHead, HasTheDocumentedBytes) {
  const ExampleLog log("heart", 3);
  const LogHead head = log.Head(3);
  EXPECT_EQ(absl::BytesToHexString(log.SignedHead(3).bytes),
            absl::StrCat("01", "050000006865617274", HexDigest(head.log_id), "0300000000000000", "b84b1e18240a0600",
                         HexDigest(head.root)));
  const std::string domain = absl::StrCat("accord/v1/log-id", std::string(1, '\0'));
  EXPECT_EQ(head.log_id, Sha256(absl::StrCat(domain, log.entries().front())));
}

TEST(LogHead, VerifiesUnderTheKeyOfTheFirstEntry) {
  const ExampleLog log("heart", 5);
  const SignedLogHead head = log.SignedHead(5);
  const auto checked = log.identity().CheckHead(head);
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(*checked, log.Head(5));
  EXPECT_TRUE(VerifySignature(log.identity().public_key_der(), "accord/v1/log-head", head.bytes, head.signature).ok());
}

TEST(LogHead, OfAnotherKeyOrLogIsRefused) {
  const ExampleLog log("heart", 5);
  const ExampleLog other("heart", 5);
  SignedLogHead head = log.SignedHead(5);
  EXPECT_EQ(other.identity().CheckHead(head).status().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(other.identity().CheckHead(head).status().message()), HasSubstr("the head is of the log"));
  head.signature = other.SignedHead(5).signature;
  EXPECT_EQ(log.identity().CheckHead(head).status().code(), StatusCode::kUnauthenticated);
  head = *SignLogHead(log.Head(5), other.signer());
  EXPECT_EQ(log.identity().CheckHead(head).status().code(), StatusCode::kUnauthenticated);
}

TEST(LogHead, IsRefusedWithAnyBitChanged) {
  const ExampleLog log("heart", 5);
  const SignedLogHead head = log.SignedHead(5);
  for (size_t place = 0; place < head.bytes.size(); ++place) {
    SignedLogHead damaged = head;
    damaged.bytes[place] ^= '\x01';
    ASSERT_FALSE(log.identity().CheckHead(damaged).ok()) << place;
    damaged.bytes = head.bytes.substr(0, place);
    ASSERT_FALSE(log.identity().CheckHead(damaged).ok()) << place;
  }
}

TEST(LogHead, RefusesSizesThatNoLogHas) {
  const ExampleLog log("heart", 2);
  LogHead head = log.Head(2);
  head.tree_size = 0;
  EXPECT_THAT(std::string(SignLogHead(head, log.signer()).status().message()), HasSubstr("tree size"));
  head.tree_size = (uint64_t{1} << 63) + 1;
  EXPECT_FALSE(SignLogHead(head, log.signer()).ok());
}

TEST(LogIdentity, IsTheFirstEntrysAlone) {
  const ExampleLog log("heart", 3);
  EXPECT_FALSE(LogIdentity::FromFirstEntry(log.entries()[1]).ok());
  EXPECT_FALSE(LogIdentity::FromFirstEntry("").ok());
  LogEntry entry = *ParseLogEntry(log.entries()[0]);
  entry.index = 1;
  EXPECT_FALSE(LogIdentity::FromFirstEntry(*WriteLogEntry(entry)).ok());
  entry.index = 0;
  entry.kind = LogEntryKind::kJob;
  EXPECT_FALSE(LogIdentity::FromFirstEntry(*WriteLogEntry(entry)).ok());
  EXPECT_FALSE(WriteFirstEntry("heart", 1, "no key").ok());
  EXPECT_FALSE(WriteFirstEntry("", 1, log.signer().public_key_der()).ok());
}

TEST(LogIdentity, DiffersForEachKeyProjectAndTime) {
  const ExampleLog log("heart");
  const std::string key = log.signer().public_key_der();
  const auto id = [](const std::string& first) { return LogIdentity::FromFirstEntry(first)->id(); };
  EXPECT_EQ(log.identity().id(), id(*WriteFirstEntry("heart", ExampleLog::kStartUs, key)));
  EXPECT_NE(log.identity().id(), id(*WriteFirstEntry("lungs", ExampleLog::kStartUs, key)));
  EXPECT_NE(log.identity().id(), id(*WriteFirstEntry("heart", ExampleLog::kStartUs + 1, key)));
  EXPECT_NE(log.identity().id(), ExampleLog("heart").identity().id());
}

}  // namespace
}  // namespace accord
