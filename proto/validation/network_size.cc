// NetworkParameters: layer by layer, as models/zoo makes them.
#include "proto/validation/network_checks.h"

namespace accord {
namespace {

double SeriesCnnParameters(const v1::SeriesCnn& cnn, double inputs, double outputs) {
  double parameters = 0;
  for (const uint32_t channels : cnn.channels()) {
    parameters += (inputs * cnn.kernel() + 1) * channels;
    inputs = channels;
  }
  return parameters + (inputs + 1) * outputs;
}

double SeriesRnnParameters(const v1::SeriesRnn& rnn, double inputs, double outputs) {
  const double gates = rnn.cell() == v1::SeriesRnn::LSTM ? 4 : 3;
  const double hidden = rnn.hidden();
  double parameters = 0;
  for (uint32_t layer = 0; layer < rnn.layers(); ++layer) {
    parameters += gates * hidden * (inputs + hidden + 2);
    inputs = hidden;
  }
  return parameters + (hidden + 1) * outputs;
}

double TransformerParameters(const v1::TextTransformer& model, const v1::Text& text, double outputs) {
  const double width = model.width();
  const double forward = model.feed_forward();
  const double attention = (width + 1) * 4 * width;
  const double block = attention + (width + 1) * forward + (forward + 1) * width + 4 * width;
  return (double{1} + text.vocabulary() + text.length()) * width + model.blocks() * block + 2 * width +
         (width + 1) * outputs;
}

double ResNetParameters(const v1::ResNet18& model, double inputs, double outputs) {
  double channels = model.width();
  double parameters = 49 * inputs * channels + 2 * channels;
  double before = channels;
  for (int stage = 0; stage < 4; ++stage) {
    parameters += 9 * before * channels + 3 * 9 * channels * channels + 8 * channels;
    if (stage > 0) parameters += before * channels + 2 * channels;
    before = channels;
    channels *= 2;
  }
  return parameters + (before + 1) * outputs;
}

// Two convolutions of 3x3, each with its normalisation.
double DoubleConvolution(double inputs, double outputs) {
  return (9 * inputs + 1) * outputs + (9 * outputs + 1) * outputs + 4 * outputs;
}

double UnetParameters(const v1::UNet& model, double inputs, double outputs) {
  double parameters = 0;
  for (int i = 0; i < model.channels_size(); ++i) {
    const double channels = model.channels(i);
    parameters += DoubleConvolution(inputs, channels);
    if (i > 0) {
      const double above = model.channels(i - 1);
      parameters += (4 * channels * above + above) + DoubleConvolution(2 * above, above);
    }
    inputs = channels;
  }
  return parameters + (model.channels_size() > 0 ? (double{1} + model.channels(0)) * outputs : 0);
}

}  // namespace

double NetworkParameters(const v1::JobSpec& spec, double outputs) {
  const v1::ModelSpec& model = spec.model();
  const v1::DataSchema& data = spec.data();
  switch (model.kind_case()) {
    case v1::ModelSpec::kSeriesCnn:
      return SeriesCnnParameters(model.series_cnn(), data.series().channels_size(), outputs);
    case v1::ModelSpec::kSeriesRnn:
      return SeriesRnnParameters(model.series_rnn(), data.series().channels_size(), outputs);
    case v1::ModelSpec::kTextTransformer:
      return TransformerParameters(model.text_transformer(), data.text(), outputs);
    case v1::ModelSpec::kResnet18:
      return ResNetParameters(model.resnet18(), data.image().channels(), outputs);
    case v1::ModelSpec::kUnet:
      return UnetParameters(model.unet(), data.image().channels(), outputs);
    default:
      return 0;
  }
}

}  // namespace accord
