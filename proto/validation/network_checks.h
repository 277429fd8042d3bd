// Networks for images, series and texts: their defaults, and whether they fit the data. For this folder's own sources.
#pragma once

#include "base/config/faults.h"
#include "base/config/yaml_reader.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

void ApplyNetworkDefaults(v1::ModelSpec& model, const FieldPlaces* places);

// Adds a fault where the model and what a row is do not go together (a text is no row of numbers, a mask needs a
// network that answers with one), and where a network's own numbers contradict each other or the data's size.
void CheckNetworks(const v1::JobSpec& spec, FaultList& faults);

// Parameters of a series_cnn, series_rnn, text_transformer, resnet18 or unet with so many outputs; 0 for other models.
// In double: a hostile job's product must not wrap.
double NetworkParameters(const v1::JobSpec& spec, double outputs);

}  // namespace accord
