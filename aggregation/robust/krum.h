// Choosing sites by how near their changes are to others'. Pure arithmetic on a matrix of distances.
//
// Source: Blanchard et al., "Machine learning with adversaries: Byzantine tolerant gradient descent", 2017, section 4;
// El Mhamdi et al., "The hidden vulnerability of distributed learning in Byzantium", 2018, section 4.
#pragma once

#include <cstddef>
#include <vector>

#include "aggregation/robust/distances.h"

namespace accord {

// The scores of the sites `among` (ascending): for each the sum of squared distances to the `neighbours` of them that
// are nearest to it. `neighbours` < among.size().
std::vector<double> KrumScores(const DistanceMatrix& distances, const std::vector<size_t>& among, size_t neighbours);

// The `count` sites with the smallest scores over the n - f - 2 nearest others, the best first; of equal scores the
// earlier site. Needs n >= 2f + 3.
std::vector<size_t> KrumChoice(const DistanceMatrix& distances, size_t hostile_sites, size_t count);

// The n - 2f sites (ascending) that Krum chooses one after the other, each taken away before the next choice. Towards
// the end fewer than Krum itself asks for are left; it then compares at least the nearest one. That is as good as
// Bulyan needs: at most f of the chosen are hostile, whichever they are, and its second part withstands those.
// Needs n >= 4f + 3.
std::vector<size_t> BulyanChoice(const DistanceMatrix& distances, size_t hostile_sites);

}  // namespace accord
