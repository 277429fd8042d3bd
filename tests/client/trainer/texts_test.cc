// Texts: which tokens they become, and what is refused without telling a word.
#include <gmock/gmock.h>

#include "client/trainer/data/tokens.h"
#include "tests/client/trainer/npy_files.h"
#include "tests/client/trainer/table_fixture.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

v1::Text WordsOf(uint32_t vocabulary) {
  v1::Text text;
  text.set_tokens(v1::Text::WORDS);
  text.set_vocabulary(vocabulary);
  return text;
}

TEST(Tokens, OfWordsAreTheirHashes) {
  // int.from_bytes(hashlib.sha256(word).digest()[:8], "big") % 1000 + 1 in Python, of b"no", b"fall", b"caf\xc3\xa9"
  EXPECT_THAT(TokensOf(WordsOf(1000), "No FALL; caf\xc3\xa9."), ElementsAre(754, 880, 650));
  EXPECT_THAT(TokensOf(WordsOf(1000), " ,;\t\n-"), ElementsAre());
  EXPECT_EQ(TokensOf(WordsOf(1000), "x1 x-1 x_1").size(), 5u);
}

TEST(Tokens, StayWithinTheVocabulary) {
  for (const uint32_t token : TokensOf(WordsOf(2), "a b c d e f g h i j k l m n o p")) {
    EXPECT_TRUE(token == 1 || token == 2) << token;
  }
}

TEST(Tokens, OfBytesAreTheBytes) {
  v1::Text text;
  text.set_tokens(v1::Text::BYTES);
  text.set_vocabulary(256);
  EXPECT_THAT(TokensOf(text, std::string("a \xff\0", 4)), ElementsAre(98, 33, 256, 1));
}

class TextData : public TableTest {
 protected:
  TextData() {
    schema_.clear_features();
    *schema_.mutable_text() = WordsOf(1000);
    schema_.mutable_text()->set_name("note");
    schema_.mutable_text()->set_length(3);
    schema_.mutable_text()->set_long_texts(v1::Text::REFUSE);
  }
};

TEST_F(TextData, BecomeTokensFilledUpWithZeros) {
  const absl::StatusOr<JobData> data = Load("ill,note\nyes,\"no, fall\"\n");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.numbers, ElementsAre(754, 880, 0));
  EXPECT_THAT(data->train.input_shape, ElementsAre(3));
}

TEST_F(TextData, ThatAreMissingAreCountedAndLeftOut) {
  const absl::StatusOr<JobData> data = Load("ill,note\nyes,NA\nno,fall\n");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.targets, ElementsAre(0));
  EXPECT_THAT(report_.warnings(), testing::Contains("1 rows have no 'note' and are left out"));
}

TEST_F(TextData, ThatAreTooLongAreCutWhereTheJobSaysSo) {
  schema_.mutable_text()->set_long_texts(v1::Text::CUT);
  const absl::StatusOr<JobData> data = Load("ill,note\nyes,fall fall fall no\n");
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.numbers, ElementsAre(880, 880, 880));
  EXPECT_THAT(report_.warnings(), testing::Contains(HasSubstr("1 texts are longer than 3 tokens")));
}

TEST_F(TextData, BadTablesAreRefusedWithTheirPlaceAndWithoutTheirWords) {
  for (const auto& [table, problem] : std::vector<std::pair<std::string, const char*>>{
           {"ill,text\nyes,secret\n", "line 1, column 'note': no such column in the header"},
           {"ill,note\nyes,secret\nno,secret two three four\n",
            "line 3, column 'note': more than the 3 tokens that the job reads of a text"},
           {"ill,note\nyes,...\n", "line 2, column 'note': a text without any word"},
           {"ill,note\nyes,secret \xff\n", "UTF-8"},
           {"ill,note\nyes,secret,more\n", "line 2: 3 fields instead of 2"},
           {"ill,note\nyes,\"secret\n", "line 2: a quotation mark is never closed"},
           {"ill,note\nyes,\"" + std::string(70000, 's') + "\"\n", "line 2"}}) {
    const std::string message(Load(table).status().message());
    EXPECT_THAT(message, HasSubstr(problem));
    EXPECT_THAT(message, Not(HasSubstr("secret")));
  }
}

TEST_F(TextData, AnotherKindOfSourceIsRefused) {
  mapping_.mutable_npy()->set_array(folder_ + "/a.npy");
  EXPECT_THAT(Problem(), HasSubstr("npy: holds no texts"));
}

class TokenIds : public TextData {
 protected:
  TokenIds() {
    schema_.mutable_text()->set_tokens(v1::Text::IDS);
    schema_.mutable_text()->clear_name();
    schema_.mutable_text()->set_vocabulary(20);
    mapping_.mutable_npy()->set_array(Write("a.npy", Npy<int32_t>("<i4", "(2, 3)", {1, 2, 0, 20, 0, 0})));
    mapping_.mutable_npy()->set_labels(Write("labels.csv", "ill\nyes\nno\n"));
  }
};

TEST_F(TokenIds, AreTakenAsTheyAre) {
  const absl::StatusOr<JobData> data = Load();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->train.numbers, ElementsAre(1, 2, 0, 20, 0, 0));
}

TEST_F(TokenIds, ThatCannotBeAreRefused) {
  for (const auto& [file, problem] : std::vector<std::pair<std::string, const char*>>{
           {Npy<float>("<f4", "(2, 3)", {1, 2, 0, 1, 0, 0}), "a.npy holds numbers with fractions; token ids are whole"},
           {Npy<int32_t>("<i4", "(2, 2)", {1, 2, 1, 2}),
            "a.npy has rows of shape (2); the job's schema says token ids of (3)"},
           {Npy<int32_t>("<i4", "(2, 3)", {1, 2, 0, 21, 0, 0}), "line 3: one of its token ids is below 0"},
           {Npy<int16_t>("<i2", "(2, 3)", {1, -2, 0, 1, 0, 0}), "line 2: one of its token ids is below 0"},
           {Npy<uint8_t>("|u1", "(2, 3)", {0, 0, 0, 1, 0, 0}), "line 2: it has no token"}}) {
    Write("a.npy", file);
    EXPECT_THAT(Problem(), HasSubstr(problem));
  }
}

}  // namespace
}  // namespace accord
