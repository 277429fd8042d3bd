// Jobs of the networks for series, texts, images and masks, and rows that these can learn.
#pragma once

#include <cmath>
#include <numbers>
#include <string>

#include "tests/models/jobs.h"

namespace accord {

inline v1::JobSpec SeriesJob(int channels, uint32_t length, int levels) {
  v1::JobSpec spec = TableJob(0, levels);
  v1::Series& series = *spec.mutable_data()->mutable_series();
  for (int i = 0; i < channels; ++i) series.add_channels("c" + std::to_string(i));
  series.set_length(length);
  return spec;
}

inline v1::JobSpec CnnJob() {
  v1::JobSpec spec = SeriesJob(2, 21, 3);
  v1::SeriesCnn& cnn = *spec.mutable_model()->mutable_series_cnn();
  cnn.add_channels(4);
  cnn.add_channels(5);
  cnn.set_kernel(3);
  return spec;
}

inline v1::JobSpec RnnJob(v1::SeriesRnn::Cell cell, uint32_t layers) {
  v1::JobSpec spec = SeriesJob(2, 9, 3);
  v1::SeriesRnn& rnn = *spec.mutable_model()->mutable_series_rnn();
  rnn.set_cell(cell);
  rnn.set_hidden(6);
  rnn.set_layers(layers);
  return spec;
}

inline v1::JobSpec TextJob() {
  v1::JobSpec spec = TableJob(0, 3);
  v1::Text& text = *spec.mutable_data()->mutable_text();
  text.set_vocabulary(20);
  text.set_length(7);
  v1::TextTransformer& model = *spec.mutable_model()->mutable_text_transformer();
  model.set_width(8);
  model.set_heads(2);
  model.set_blocks(2);
  model.set_feed_forward(16);
  return spec;
}

inline v1::JobSpec PictureJob(uint32_t side, uint32_t channels, int levels) {
  v1::JobSpec spec = TableJob(0, levels);
  spec.mutable_data()->mutable_image()->set_channels(channels);
  spec.mutable_data()->mutable_image()->set_height(side);
  spec.mutable_data()->mutable_image()->set_width(side);
  return spec;
}

inline v1::JobSpec ResNetJob(uint32_t width, uint32_t groups, int levels) {
  v1::JobSpec spec = PictureJob(40, 3, levels);
  spec.mutable_model()->mutable_resnet18()->set_width(width);
  spec.mutable_model()->mutable_resnet18()->set_groups(groups);
  return spec;
}

inline v1::JobSpec MaskJob(uint32_t side, int levels) {
  v1::JobSpec spec = PictureJob(side, 1, 2);
  v1::Mask& mask = *spec.mutable_data()->mutable_target()->mutable_mask();
  for (int i = 0; i < levels; ++i) mask.add_levels("level" + std::to_string(i));
  v1::UNet& unet = *spec.mutable_model()->mutable_unet();
  unet.add_channels(4);
  unet.add_channels(6);
  unet.set_groups(2);
  return spec;
}

// Waves of a class's speed at any phase.
inline Examples Waves(size_t rows, int64_t channels, int64_t length, int levels) {
  RandomStream random({3, "", 0, "test"});
  Examples examples;
  examples.input_shape = {channels, length};
  for (size_t row = 0; row < rows; ++row) {
    const int level = static_cast<int>(row) % levels;
    examples.targets.push_back(static_cast<float>(level));
    for (int64_t channel = 0; channel < channels; ++channel) {
      const double phase = random.NextDouble();
      for (int64_t i = 0; i < length; ++i) {
        const double turn = (1.0 + 2 * level) * static_cast<double>(i) / static_cast<double>(length) + phase;
        examples.numbers.push_back(static_cast<float>(std::sin(2 * std::numbers::pi * turn)));
      }
    }
  }
  return examples;
}

// A word that tells the class, wherever it stands.
inline Examples TextsWithOneWord(int rows) {
  RandomStream random({4, "", 0, "test"});
  Examples texts;
  texts.input_shape = {7};
  for (int row = 0; row < rows; ++row) {
    const int level = row % 3;
    texts.targets.push_back(static_cast<float>(level));
    const size_t begin = texts.numbers.size();
    const size_t words = 2 + random.NextBelow(6);
    for (size_t i = 0; i < 7; ++i)
      texts.numbers.push_back(i < words ? static_cast<float>(4 + random.NextBelow(16)) : 0);
    texts.numbers[begin + random.NextBelow(words)] = static_cast<float>(level + 1);
  }
  return texts;
}

// Of 8 x 8 pixels; the mask is what is bright.
inline Examples PicturesBrightBehindAnEdge(int rows) {
  RandomStream random({5, "", 0, "test"});
  Examples pictures;
  pictures.input_shape = {1, 8, 8};
  for (int row = 0; row < rows; ++row) {
    pictures.targets.push_back(0);
    const size_t edge = random.NextBelow(8);
    for (size_t i = 0; i < 64; ++i) {
      pictures.masks.push_back(i % 8 > edge ? 1 : 0);
      pictures.bytes.push_back(static_cast<uint8_t>((i % 8 > edge ? 150 : 40) + random.NextBelow(60)));
    }
  }
  return pictures;
}

}  // namespace accord
