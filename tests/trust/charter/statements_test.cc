// Orders and approvals, to the byte.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/hash.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "trust/charter/approval.h"
#include "trust/charter/job_order.h"
#include "trust/charter/signed_statement.h"
#include "trust/identity/key_pair.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

std::string Hex(char digit) { return std::string(64, digit); }

std::string OrderBytes() {
  return absl::StrCat("accord-job-order-v1\ncharter: ", Hex('a'), "\njob: ", Hex('b'),
                      "\ntorchscript: none\nstart: ", Hex('c'), "\ndata set: heart\nmapping: cleveland ", Hex('d'),
                      "\nmapping: va ", Hex('e'),
                      "\npurpose: risk-of-disease\nengineer: ada\nnot before: 2027-02-15T00:00:00Z\n"
                      "expires: 2027-04-01T00:00:00Z\nloosens: min_sites, hours\n"
                      "nonce: 000102030405060708090a0b0c0d0e0f\n");
}

std::string ApprovalBytes() {
  return absl::StrCat("accord-approval-v1\norder: ", Hex('a'), "\ncharter: ", Hex('b'),
                      "\ndecision: approve\nby: person/bela\nas: lead\nloosens: none\n"
                      "not before: 2027-02-20T00:00:00Z\nexpires: 2027-03-20T00:00:00Z\n");
}

std::string OrderFault(const std::string& from, const std::string& to) {
  const auto order = ParseJobOrder(absl::StrReplaceAll(OrderBytes(), {{from, to}}));
  return std::string(order.status().message());
}

std::string ApprovalFault(const std::string& from, const std::string& to) {
  const auto approval = ParseApproval(absl::StrReplaceAll(ApprovalBytes(), {{from, to}}));
  return std::string(approval.status().message());
}

TEST(JobOrder, IsReadAndWrittenBackToTheLastByte) {
  const auto order = ParseJobOrder(OrderBytes());
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->data_set, "heart");
  EXPECT_EQ(order->mappings.size(), 2u);
  EXPECT_FALSE(order->torchscript.has_value());
  EXPECT_EQ(HexDigest(*order->start), Hex('c'));
  EXPECT_EQ(order->loosens.size(), 2u);
  EXPECT_EQ(*WriteJobOrder(*order), OrderBytes());
  EXPECT_EQ(HexDigest(JobOrderHash(OrderBytes())),
            Sha256Hex(absl::StrCat("accord/v1/job-order", std::string(1, '\0'), OrderBytes())));
}

TEST(JobOrder, HasNoOtherSpelling) {
  EXPECT_THAT(OrderFault("job: bb", "job: BB"), HasSubstr("line 3 of the job order does not hold 64 lower-case"));
  EXPECT_THAT(OrderFault("engineer: ada", "engineer: Ada"), HasSubstr("line 10"));
  EXPECT_THAT(OrderFault("engineer: ada", "engineer:  ada"), HasSubstr("line 10"));
  EXPECT_THAT(OrderFault("engineer: ada", "engineer: \u0430da"), HasSubstr("line 10"));  // a Cyrillic a
  EXPECT_THAT(OrderFault("2027-02-15T00", "2027-2-15T00"), HasSubstr("is not a moment"));
  EXPECT_THAT(OrderFault("expires: 2027", "expires: 2026"), HasSubstr("is not after 'not before'"));
  EXPECT_THAT(OrderFault("min_sites, hours", "hours, min_sites"), HasSubstr("in their order"));
  EXPECT_THAT(OrderFault("min_sites, hours", "*"), HasSubstr("names what is no rule"));
  EXPECT_THAT(OrderFault("mapping: va", "mapping: a"), HasSubstr("ascending order"));
  EXPECT_THAT(OrderFault("0e0f\n", "0e0f\nmore: 1\n"), HasSubstr("line 15 of the job order is one more"));
  EXPECT_THAT(OrderFault("0e0f\n", "0e0f"), HasSubstr("was cut off"));
  EXPECT_THAT(OrderFault("\n", "\r\n"), HasSubstr("carriage returns"));
  EXPECT_THAT(OrderFault("order-v1", "order-v2"), HasSubstr("does not begin with the line accord-job-order-v1"));
  EXPECT_THAT(OrderFault("start: ", "stop: "), HasSubstr("line 5 of the job order is not of the form 'start: ...'"));
}

TEST(JobOrder, EveryTruncationIsRefused) {
  const std::string bytes = OrderBytes();
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(ParseJobOrder(bytes.substr(0, size)).ok()) << size;
}

TEST(JobOrder, WhatItsLinesCannotHoldIsNotWritten) {
  JobOrder order = *ParseJobOrder(OrderBytes());
  order.expires += absl::Milliseconds(1);
  EXPECT_FALSE(WriteJobOrder(order).ok());
  order = *ParseJobOrder(OrderBytes());
  order.purpose = "a\nengineer: mallory";
  EXPECT_FALSE(WriteJobOrder(order).ok());
  order = *ParseJobOrder(OrderBytes());
  order.data_set = "none";
  EXPECT_FALSE(WriteJobOrder(order).ok());
}

TEST(Approval, IsReadAndWrittenBackToTheLastByte) {
  const auto approval = ParseApproval(ApprovalBytes());
  ASSERT_TRUE(approval.ok()) << approval.status();
  EXPECT_TRUE(approval->approves);
  EXPECT_EQ(approval->as, v1::ROLE_LEAD);
  EXPECT_EQ(*WriteApproval(*approval), ApprovalBytes());
}

TEST(Approval, NamesOneOrderOnePersonAndOneRole) {
  EXPECT_THAT(ApprovalFault(absl::StrCat("order: ", Hex('a')), "order: *"), HasSubstr("line 2 of the approval"));
  EXPECT_THAT(ApprovalFault("decision: approve", "decision: yes"), HasSubstr("neither approve nor refuse"));
  EXPECT_THAT(ApprovalFault("by: person/bela", "by: person/*"), HasSubstr("person/ID or site/ID"));
  EXPECT_THAT(ApprovalFault("as: lead", "as: lead, steward"), HasSubstr("does not name a role"));
  EXPECT_THAT(ApprovalFault("as: lead", "as: site"), HasSubstr("does not name a role"));
  EXPECT_THAT(ApprovalFault("by: person/bela", "by: site/va"), HasSubstr("is not 'as: site'"));
  EXPECT_THAT(ApprovalFault("expires: 2027-03-20T00:00:00Z\n", ""), HasSubstr("is not of the form 'expires: ...'"));
}

TEST(SignedStatement, IsTheBytesThenTheSignature) {
  const auto key = KeyPair::Generate();
  const auto signer = KeyPairSigner::Create(*key);
  const auto signed_order = SignedStatement::Sign(OrderBytes(), kJobOrderDomain, *signer);
  ASSERT_TRUE(signed_order.ok());
  const auto again = SignedStatement::Parse(signed_order->Text());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, *signed_order);
  EXPECT_EQ(again->bytes, OrderBytes());
  const auto verify = [&](absl::string_view domain) {
    return VerifySignature(signer->public_key_der(), domain, again->bytes, again->signature).ok();
  };
  EXPECT_TRUE(verify(kJobOrderDomain));
  EXPECT_FALSE(verify(kApprovalDomain));
  for (size_t size = 0; size < signed_order->Text().size(); ++size) {
    EXPECT_FALSE(SignedStatement::Parse(signed_order->Text().substr(0, size)).ok()) << size;
  }
}

}  // namespace
}  // namespace accord
