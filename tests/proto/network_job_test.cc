// Jobs over series, texts and masks: their defaults, and what contradicts itself in them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "proto/validation/job_validation.h"
#include "proto/validation/network_checks.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kRest[] = R"(training: {adam: {learning_rate: 0.001}, local_steps: 10, batch_size: 32}
aggregation: {fedavg: {}, update_bound: 1, max_rows_per_site: 6000}
rounds: {count: 3, min_sites: 3}
)";
constexpr char kSeries[] = R"(name: ecg
purpose: to tell rhythms apart
data:
  name: ecg
  series: {channels: [I, II], length: 100, min: -5, max: 5}
  target: {name: rhythm, category: {levels: [sinus, other]}}
model: {series_cnn: {}}
)";
constexpr char kText[] = R"(name: falls
purpose: to find falls
data:
  name: letters
  text: {name: note, length: 64}
  target: {name: fall, category: {levels: ["no", "yes"]}}
model: {text_transformer: {}}
)";
constexpr char kMask[] = R"(name: lesions
purpose: to outline lesions
data:
  name: skin
  image: {height: 32, width: 64, channels: 3}
  target: {name: outline, mask: {levels: [skin, lesion]}}
model: {unet: {}}
)";

absl::StatusOr<v1::JobSpec> LoadText(const std::string& yaml) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/network_job.yaml");
  EXPECT_TRUE(WriteFileAtomically(path, yaml, 0644, Durability::kVisible).ok());
  return LoadJobSpec(path);
}

v1::JobSpec JobOf(const char* head) {
  const auto spec = LoadText(absl::StrCat(head, kRest));
  EXPECT_TRUE(spec.ok()) << spec.status();
  return spec.value_or(v1::JobSpec());
}

TEST(NetworkJobs, DefaultsAreFilledIn) {
  const v1::JobSpec series = JobOf(kSeries);
  EXPECT_THAT(series.model().series_cnn().channels(), ElementsAre(16u, 32u));
  EXPECT_EQ(series.model().series_cnn().kernel(), 5u);
  EXPECT_EQ(series.preprocessing().standardise(), v1::Preprocessing::NONE);
  const v1::JobSpec text = JobOf(kText);
  EXPECT_EQ(text.data().text().tokens(), v1::Text::WORDS);
  EXPECT_EQ(text.data().text().vocabulary(), 4096u);
  EXPECT_EQ(text.data().text().long_texts(), v1::Text::REFUSE);
  EXPECT_EQ(text.model().text_transformer().width(), 32u);
  EXPECT_EQ(text.model().text_transformer().feed_forward(), 64u);
  const v1::JobSpec mask = JobOf(kMask);
  EXPECT_THAT(mask.model().unet().channels(), ElementsAre(16u, 32u, 64u));
  EXPECT_EQ(mask.model().unet().groups(), 8u);
  EXPECT_TRUE(ParseJobSpec(mask.SerializeAsString()).ok());
}

TEST(NetworkJobs, AreEvaluatedAsFarAsTheirAnswersAreMeasured) {
  constexpr char kAll[] =
      "evaluation: {calibration: {}, confusion_matrix: true, keep: best, metric: auc, stop_early: {patience_rounds: "
      "4}}\n";
  const std::string rest = absl::StrReplaceAll(kRest, {{"count: 3", "count: 20"}});
  for (const char* job : {kSeries, kText}) {
    const auto spec = LoadText(absl::StrCat(job, rest, kAll));
    EXPECT_TRUE(spec.ok()) << spec.status();
  }
  for (const char* metric : {"loss", "accuracy", "dice"}) {
    const auto spec = LoadText(absl::StrCat(kMask, rest, "evaluation: {keep: best, metric: ", metric, "}\n"));
    EXPECT_TRUE(spec.ok()) << spec.status();
  }
}

struct Contradictory {
  const char* job;
  const char* from;
  const char* to;
  const char* fault;
};

TEST(NetworkJobs, ContradictionsAreToldWithLineAndReason) {
  for (const Contradictory& c : std::vector<Contradictory>{
           {kSeries, "max: 5", "max: -5", "5: data.series.max: is -5; expected more than min"},
           {kSeries, "[I, II]", "[I, I]", "5: data.series.channels[1]: is 'I' a second time"},
           {kSeries, "length: 100", "length: 3", "5: data.series.length: is 3, too short to be halved 2 times"},
           {kSeries, "series_cnn: {}", "series_cnn: {kernel: 4}", "7: model.series_cnn.kernel: is 4; expected an odd"},
           {kSeries, "series_cnn: {}", "series_cnn: {channels: [8, 0]}", "7: model.series_cnn.channels[1]: is 0"},
           {kSeries, "series_cnn: {}", "series_rnn: {hidden: 0}", "7: model.series_rnn.hidden: is 0"},
           {kSeries, "series_cnn: {}", "text_transformer: {}", "7: model.text_transformer: needs texts"},
           {kSeries, "series_cnn: {}", "resnet18: {}", "7: model.resnet18: needs images"},
           {kSeries, "series_cnn: {}", "small_cnn: {}", "7: model.small_cnn: needs images"},
           {kSeries, "model:", "preprocessing: {standardise: federated}\nmodel:",
            "7: preprocessing.standardise: works on columns, and a series has none"},
           {kSeries, "  target: {", "  image: {height: 8, width: 8, channels: 1}\n  target: {",
            "5: data.series: cannot stand beside image"},
           {kText, "name: note, ", "", "5: data.text.name: is missing; name the column"},
           {kText, "name: note", "name: fall", "5: data.text.name: is the target's name too"},
           {kText, "name: note", "name: note, tokens: ids", "5: data.text.name: does nothing with ids"},
           {kText, "name: note", "name: note, tokens: bytes, vocabulary: 300",
            "5: data.text.vocabulary: is 300; expected 256 with bytes"},
           {kText, "name: note", "name: note, vocabulary: 1", "5: data.text.vocabulary: is 1; expected at least 2"},
           {kText, "text_transformer: {}", "text_transformer: {width: 30}",
            "7: model.text_transformer.width: is 30; expected a multiple of heads, which is 4"},
           {kText, "length: 64", "length: 4096", "5: data.text.length: is 4096: 4 heads of attention"},
           {kText, "text_transformer: {}", "logistic_regression: {}",
            "7: model.logistic_regression: cannot read tokens, which are names and no quantities"},
           {kMask, "width: 64", "width: 66", "5: data.image: is halved 2 times by unet"},
           {kMask, "unet: {}", "unet: {channels: [16, 20]}", "7: model.unet.channels[1]: is 20, which 8 groups"},
           {kMask, "unet: {}", "mlp: {hidden: [4]}", "6: data.target.mask: asks for a level of each pixel"},
           {kMask, "mask: {levels: [skin, lesion]}", "category: {levels: [skin, lesion]}",
            "7: model.unet: answers with a level of each pixel"},
           {kMask, "[skin, lesion]", "[skin]", "6: data.target.mask.levels: has 1 items; expected at least 2"},
           {kSeries, "model:", "evaluation: {subgroups: [{column: sex}]}\nmodel:",
            "7: evaluation.subgroups[0].column: is of series, which have no columns"},
           {kText, "model:", "evaluation: {subgroups: [{column: sex}]}\nmodel:",
            "7: evaluation.subgroups[0].column: is of texts, which have no columns"},
           {kMask, "model:", "evaluation: {subgroups: [{column: sex}]}\nmodel:",
            "7: evaluation.subgroups[0].column: is of images, which have no columns"},
           {kMask, "model:", "evaluation: {confusion_matrix: true}\nmodel:",
            "7: evaluation.confusion_matrix: is about one class a row, and data.target is a mask"},
           {kMask, "model:", "evaluation: {calibration: {}}\nmodel:",
            "7: evaluation.calibration: is about one class a row, and data.target is a mask"},
           {kMask, "model:", "evaluation: {keep: best, metric: auc}\nmodel:",
            "7: evaluation.metric: is auc, which is of two classes"},
           {kMask, "model:", "evaluation: {keep: best, metric: brier_score}\nmodel:",
            "7: evaluation.metric: is of the probabilities of a row's classes, and data.target is a mask"}}) {
    const std::string yaml = absl::StrCat(absl::StrReplaceAll(c.job, {{c.from, c.to}}), kRest);
    const auto spec = LoadText(yaml);
    ASSERT_FALSE(spec.ok()) << c.fault;
    std::vector<std::string> faults = absl::StrSplit(std::string(spec.status().message()), '\n');
    for (std::string& fault : faults) fault = fault.substr(fault.find(".yaml:") + 6);
    EXPECT_THAT(faults, ElementsAre(StartsWith(c.fault))) << yaml;
  }
}

TEST(NetworkJobs, SmallImagesAndUnevenGroupsAreNoResNet) {
  const std::string resnet = absl::StrReplaceAll(
      absl::StrCat(kMask, kRest), {{"unet: {}", "resnet18: {width: 20, groups: 8}"},
                                   {"mask: {levels: [skin, lesion]}", "category: {levels: [skin, lesion]}"},
                                   {"height: 32", "height: 31"}});
  const std::string message(LoadText(resnet).status().message());
  EXPECT_THAT(message, HasSubstr("model.resnet18.width: is 20, which 8 groups cannot share"));
  EXPECT_THAT(message, HasSubstr("data.image: is too small for resnet18"));
}

TEST(NetworkJobs, AreAsLargeAsTheirLayers) {
  v1::JobSpec spec;
  spec.mutable_data()->mutable_image()->set_channels(3);
  spec.mutable_model()->mutable_resnet18()->set_width(64);
  EXPECT_EQ(NetworkParameters(spec, 1000), 11689512) << "torchvision's resnet18";
  v1::UNet& unet = *spec.mutable_model()->mutable_unet();
  spec.mutable_data()->mutable_image()->set_channels(1);
  unet.add_channels(4);
  unet.add_channels(6);
  // Layer by layer: down1, down2, enlarge1, up1, out.
  EXPECT_EQ(NetworkParameters(spec, 3), (40 + 148 + 16) + (222 + 330 + 24) + (96 + 4) + (292 + 148 + 16) + 15);
  v1::TextTransformer& text = *spec.mutable_model()->mutable_text_transformer();
  spec.mutable_data()->mutable_text()->set_vocabulary(20);
  spec.mutable_data()->mutable_text()->set_length(7);
  text.set_width(8);
  text.set_heads(2);
  text.set_blocks(2);
  text.set_feed_forward(16);
  // Embeddings; each block's attention, two linear layers and two normalisations; the last normalisation; the output.
  EXPECT_EQ(NetworkParameters(spec, 3), 28 * 8 + 2 * (4 * 8 * 9 + 9 * 16 + 17 * 8 + 32) + 16 + 27);
}

TEST(NetworkJobs, OfMoreThanABillionParametersAreRefused) {
  const std::string giant = absl::StrReplaceAll(
      absl::StrCat(kText, kRest),
      {{"name: note", "name: note, vocabulary: 1048576"}, {"text_transformer: {}", "text_transformer: {width: 1024}"}});
  EXPECT_THAT(std::string(LoadText(giant).status().message()), HasSubstr("more than 1,000,000,000 parameters"));
}

}  // namespace
}  // namespace accord
