// The bytes of one offer, for the list and for the leaf of the tree over it. For the .cc files of this folder only.
#pragma once

#include "aggregation/secure/messages/fields.h"
#include "aggregation/secure/messages/offers.h"

namespace accord::secure {

void AppendOffer(const PeerOffer& offer, FieldWriter& writer);

}  // namespace accord::secure
