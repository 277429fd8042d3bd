#include "proto/validation/network_checks.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "proto/validation/load_config.h"

namespace accord {
namespace {

constexpr uint32_t kMostChannels = 1024;
constexpr uint32_t kResNetReduces = 32;             // five times a half
constexpr double kMostAttention = double{1 << 24};  // numbers of one row and block: 64 MiB

// What each kind of model reads.
bool ReadsImages(const v1::ModelSpec& model) {
  return model.has_small_cnn() || model.has_resnet18() || model.has_unet();
}
bool ReadsSeries(const v1::ModelSpec& model) { return model.has_series_cnn() || model.has_series_rnn(); }

const char* NameOf(const v1::ModelSpec& model) {
  const auto* field =
      model.GetReflection()->GetOneofFieldDescriptor(model, model.GetDescriptor()->FindOneofByName("kind"));
  return field == nullptr ? "kind" : field->name().c_str();
}

void CheckInputs(const v1::JobSpec& spec, FaultList& faults) {
  const v1::ModelSpec& model = spec.model();
  const v1::DataSchema& data = spec.data();
  if (model.has_torchscript()) return;
  const std::string path = absl::StrCat("model.", NameOf(model));
  if (model.has_text_transformer() != data.has_text()) {
    faults.Add(path, data.has_text() ? "cannot read tokens, which are names and no quantities; use text_transformer"
                                     : "needs texts; describe data.text");
  } else if (ReadsSeries(model) && !data.has_series()) {
    faults.Add(path, "needs series; describe data.series, or use mlp or logistic_regression for a table");
  } else if (ReadsImages(model) && !model.has_small_cnn() && !data.has_image()) {
    faults.Add(path, "needs images; describe data.image");
  } else if (model.has_small_cnn() && data.has_series()) {
    faults.Add(path, "needs images, and data describes series; use series_cnn");
  }
}

void CheckMask(const v1::JobSpec& spec, FaultList& faults) {
  const bool mask = spec.data().target().has_mask();
  if (mask && !spec.model().has_unet() && !spec.model().has_torchscript()) {
    faults.Add("data.target.mask", "asks for a level of each pixel, which unet answers with (or a torchscript file)");
  }
  if (!mask && spec.model().has_unet()) {
    faults.Add("model.unet", "answers with a level of each pixel; write data.target as mask, or use resnet18");
  }
}

void CheckEach(const google::protobuf::RepeatedField<uint32_t>& numbers, const std::string& path, FaultList& faults) {
  for (int i = 0; i < numbers.size(); ++i) {
    if (numbers[i] >= 1 && numbers[i] <= kMostChannels) continue;
    faults.Add(ItemPath(path, i), absl::StrCat("is ", numbers[i], "; expected at least 1 and at most ", kMostChannels));
  }
  if (numbers.empty()) faults.Add(path, "is empty; give the channels of at least one convolution");
}

// For numbers whose 0 stands for a default: once defaults are applied, 0 is a fault.
bool CheckNotZero(uint32_t number, const std::string& path, FaultList& faults) {
  if (number == 0) faults.Add(path, "is 0; expected at least 1");
  return number != 0;
}

void CheckGroups(uint32_t channels, uint32_t groups, const std::string& path, FaultList& faults) {
  if (groups == 0 || channels % groups == 0) return;
  faults.Add(path, absl::StrCat("is ", channels, ", which ", groups, " groups cannot share; expected a multiple"));
}

void CheckSeriesCnn(const v1::SeriesCnn& cnn, const v1::Series& series, FaultList& faults) {
  CheckEach(cnn.channels(), "model.series_cnn.channels", faults);
  if (cnn.kernel() % 2 == 0) {
    faults.Add("model.series_cnn.kernel",
               absl::StrCat("is ", cnn.kernel(), "; expected an odd number, which has a middle"));
  }
  if (series.length() >> cnn.channels_size() == 0) {
    faults.Add("data.series.length", absl::StrCat("is ", series.length(), ", too short to be halved ",
                                                  cnn.channels_size(), " times by series_cnn"));
  }
}

void CheckTransformer(const v1::TextTransformer& model, const v1::Text& text, FaultList& faults) {
  CheckNotZero(model.blocks(), "model.text_transformer.blocks", faults);
  CheckNotZero(model.feed_forward(), "model.text_transformer.feed_forward", faults);
  const bool width = CheckNotZero(model.width(), "model.text_transformer.width", faults);
  if (CheckNotZero(model.heads(), "model.text_transformer.heads", faults) && width &&
      model.width() % model.heads() != 0) {
    faults.Add("model.text_transformer.width",
               absl::StrCat("is ", model.width(), "; expected a multiple of heads, which is ", model.heads()));
  }
  if (double{1} * model.heads() * text.length() * text.length() > kMostAttention) {
    faults.Add("data.text.length", absl::StrCat("is ", text.length(), ": ", model.heads(),
                                                " heads of attention between so many tokens take "
                                                "more than 64 MiB a row and block; lower it, or heads"));
  }
}

void CheckResNet(const v1::ResNet18& model, const v1::Image& image, FaultList& faults) {
  if (CheckNotZero(model.width(), "model.resnet18.width", faults) &&
      CheckNotZero(model.groups(), "model.resnet18.groups", faults)) {
    CheckGroups(model.width(), model.groups(), "model.resnet18.width", faults);
  }
  if (std::min(image.height(), image.width()) < kResNetReduces) {
    faults.Add("data.image", absl::StrCat("is too small for resnet18, which halves it five times; expected at least ",
                                          kResNetReduces, " x ", kResNetReduces, " pixels"));
  }
}

void CheckUnet(const v1::UNet& model, const v1::Image& image, FaultList& faults) {
  CheckEach(model.channels(), "model.unet.channels", faults);
  CheckNotZero(model.groups(), "model.unet.groups", faults);
  for (int i = 0; i < model.channels_size(); ++i) {
    CheckGroups(model.channels(i), model.groups(), ItemPath("model.unet.channels", i), faults);
  }
  const uint32_t multiple = uint32_t{1} << std::clamp(model.channels_size() - 1, 0, 30);
  if (image.height() % multiple != 0 || image.width() % multiple != 0) {
    faults.Add("data.image", absl::StrCat("is halved ", model.channels_size() - 1,
                                          " times by unet and put together again; "
                                          "expected height and width to be multiples of ",
                                          multiple));
  }
}

}  // namespace

void ApplyNetworkDefaults(v1::ModelSpec& model, const FieldPlaces* places) {
  const auto fill = [places](uint32_t value, const char* path, uint32_t by_default, auto set) {
    if (IsUnset(value == 0, places, path)) set(by_default);
  };
  if (model.has_series_cnn()) {
    v1::SeriesCnn& cnn = *model.mutable_series_cnn();
    if (IsUnset(cnn.channels_size() == 0, places, "model.series_cnn.channels")) {
      for (const uint32_t channels : {16, 32}) cnn.add_channels(channels);
    }
    fill(cnn.kernel(), "model.series_cnn.kernel", 5, [&](uint32_t value) { cnn.set_kernel(value); });
  } else if (model.has_series_rnn()) {
    v1::SeriesRnn& rnn = *model.mutable_series_rnn();
    if (rnn.cell() == v1::SeriesRnn::CELL_UNSPECIFIED) rnn.set_cell(v1::SeriesRnn::GRU);
    fill(rnn.hidden(), "model.series_rnn.hidden", 32, [&](uint32_t value) { rnn.set_hidden(value); });
    fill(rnn.layers(), "model.series_rnn.layers", 1, [&](uint32_t value) { rnn.set_layers(value); });
  } else if (model.has_text_transformer()) {
    v1::TextTransformer& text = *model.mutable_text_transformer();
    fill(text.width(), "model.text_transformer.width", 32, [&](uint32_t value) { text.set_width(value); });
    fill(text.heads(), "model.text_transformer.heads", 4, [&](uint32_t value) { text.set_heads(value); });
    fill(text.blocks(), "model.text_transformer.blocks", 2, [&](uint32_t value) { text.set_blocks(value); });
    fill(text.feed_forward(), "model.text_transformer.feed_forward", 64,
         [&](uint32_t value) { text.set_feed_forward(value); });
  } else if (model.has_resnet18()) {
    v1::ResNet18& net = *model.mutable_resnet18();
    fill(net.width(), "model.resnet18.width", 64, [&](uint32_t value) { net.set_width(value); });
    fill(net.groups(), "model.resnet18.groups", std::min(net.width(), 32u),
         [&](uint32_t value) { net.set_groups(value); });
  } else if (model.has_unet()) {
    v1::UNet& net = *model.mutable_unet();
    if (IsUnset(net.channels_size() == 0, places, "model.unet.channels")) {
      for (const uint32_t channels : {16, 32, 64}) net.add_channels(channels);
    }
    fill(net.groups(), "model.unet.groups", 8, [&](uint32_t value) { net.set_groups(value); });
  }
}

void CheckNetworks(const v1::JobSpec& spec, FaultList& faults) {
  const v1::ModelSpec& model = spec.model();
  const v1::DataSchema& data = spec.data();
  CheckInputs(spec, faults);
  CheckMask(spec, faults);
  if (model.has_series_cnn() && data.has_series()) CheckSeriesCnn(model.series_cnn(), data.series(), faults);
  if (model.has_series_rnn()) {
    CheckNotZero(model.series_rnn().hidden(), "model.series_rnn.hidden", faults);
    CheckNotZero(model.series_rnn().layers(), "model.series_rnn.layers", faults);
    if (model.series_rnn().cell() == v1::SeriesRnn::CELL_UNSPECIFIED) {
      faults.Add("model.series_rnn.cell", "is missing; expected gru or lstm");
    }
  }
  if (model.has_text_transformer() && data.has_text()) CheckTransformer(model.text_transformer(), data.text(), faults);
  if (model.has_resnet18() && data.has_image()) CheckResNet(model.resnet18(), data.image(), faults);
  if (model.has_unet() && data.has_image()) CheckUnet(model.unet(), data.image(), faults);
}

}  // namespace accord
