#include "trust/federation_tree/tree_terms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/trust/federation_tree/example_tree.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

absl::Status ShapeOf(const std::vector<std::string>& entries) {
  TreeShape shape;
  for (const std::string& entry : entries) shape.Take(*ParseLogEntry(entry)).IgnoreError();
  return shape.Finish();
}

TEST(SlotPayload, HasTheDocumentedBytes) {
  CommitmentSalt salt;
  salt.fill(0x44);
  const SlotPayload payload = SlotPayload::OfHead({64, 3600}, salt, "head");
  EXPECT_EQ(payload.commitment,
            Sha256(absl::StrCat("accord/v1/project-head", std::string(1, '\0'), std::string(32, '\x44'), "head")));
  const std::string bytes = payload.Write();
  EXPECT_EQ(bytes.substr(0, 9), std::string("\x01\x40\0\0\0\x10\x0e\0\0", 9));
  EXPECT_EQ(bytes.size(), 41u);
  EXPECT_EQ(*SlotPayload::Parse(bytes), payload);
}

TEST(SlotPayload, OfNothingLooksLikeOneOfAHead) {
  SeededEntropy entropy(1);
  const SlotPayload one = *SlotPayload::OfNothing({64, 3600}, entropy),
                    other = *SlotPayload::OfNothing({64, 3600}, entropy);
  EXPECT_NE(one, other) << "not even two empty slots are alike";
  EXPECT_EQ(one.Write().size(), SlotPayload::OfHead({64, 3600}, {}, "head").Write().size());
}

TEST(SlotPayload, RefusesWhatIsNone) {
  const std::string bytes = SlotPayload::OfHead({64, 3600}, {}, "head").Write();
  for (const std::string& bad :
       {std::string(), bytes + "x", bytes.substr(1), "\x02" + bytes.substr(1),
        SlotPayload::OfHead({1, 3600}, {}, "head").Write(), SlotPayload::OfHead({5000, 3600}, {}, "head").Write(),
        SlotPayload::OfHead({64, 59}, {}, "head").Write()}) {
    EXPECT_EQ(SlotPayload::Parse(bad).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(TreeTerms, TickIsTheLastMultipleOfTheCadence) {
  const TreeTerms terms{4, 3600};
  EXPECT_EQ(TickAt(terms, absl::FromUnixSeconds(7199)), uint64_t{3'600'000'000});
  EXPECT_EQ(TickAt(terms, absl::FromUnixSeconds(7200)), uint64_t{7'200'000'000});
}

TEST(TreeShape, TakesWholeTicksAndSaysWhichAreMissing) {
  ExampleTree tree;
  for (const uint64_t tick : {0, 1, 4}) tree.Tick(tick, std::nullopt);
  TreeShape shape;
  for (const std::string& entry : tree.entries()) ASSERT_TRUE(shape.Take(*ParseLogEntry(entry)).ok());
  ASSERT_TRUE(shape.Finish().ok());
  EXPECT_EQ(*shape.terms(), (TreeTerms{4, 3600}));
  EXPECT_THAT(shape.ticks_us(), ElementsAre(tree.TickUs(0), tree.TickUs(1), tree.TickUs(4)));
  EXPECT_THAT(MissingTicks(*shape.terms(), shape.ticks_us()),
              ElementsAre(TickRange{tree.TickUs(2), tree.TickUs(3), 2}));
}

TEST(TreeShape, TakesATreeThatHasNoTickYet) { EXPECT_TRUE(ShapeOf(ExampleTree().entries()).ok()); }

TEST(TreeShape, NamesATickThatIsNotWhole) {
  ExampleTree tree;
  tree.Tick(0, std::nullopt);
  std::vector<std::string> entries = tree.entries();
  entries.pop_back();
  EXPECT_THAT(std::string(ShapeOf(entries).message()), HasSubstr("its tick is not whole; expected 4 entries"));
}

TEST(TreeShape, NamesWhatIsNoEntryOfATree) {
  ExampleTree tree;
  tree.Tick(0, std::nullopt);
  const LogEntry honest = tree.Draft(SlotPayload::OfHead({4, 3600}, {}, "head"));
  const auto shape_with = [&](const LogEntry& entry) {
    std::vector<std::string> entries = tree.entries();
    entries.push_back(*WriteLogEntry(entry));
    return std::string(ShapeOf(entries).message());
  };
  LogEntry wrong = honest;
  EXPECT_THAT(shape_with(wrong), HasSubstr("entry 5 of the federation tree begins a second tick of 2023-11-14T23"));
  wrong.unix_us += 1;
  EXPECT_THAT(shape_with(wrong), HasSubstr("which is no multiple of 3600 s"));
  wrong = honest;
  wrong.unix_us = tree.TickUs(1);
  wrong.kind = LogEntryKind::kJob;
  EXPECT_THAT(shape_with(wrong), HasSubstr("is of kind job; expected project-head"));
  wrong.kind = LogEntryKind::kProjectHead;
  wrong.subject = "heart";
  EXPECT_THAT(shape_with(wrong), HasSubstr("has a subject or names"));
  wrong.subject = "";
  wrong.payload = LogPayload::Bytes(SlotPayload::OfHead({5, 3600}, {}, "head").Write());
  EXPECT_THAT(shape_with(wrong), HasSubstr("has other slots or another cadence"));
}

TEST(TicksWithout, AreThoseSinceTheFirstReceipt) {
  EXPECT_THAT(TicksWithout({1, 2, 3, 4, 5, 6}, {2, 5}), ElementsAre(TickRange{3, 4, 2}, TickRange{6, 6, 1}));
  EXPECT_THAT(TicksWithout({1, 2}, {}), IsEmpty());
}

}  // namespace
}  // namespace accord
