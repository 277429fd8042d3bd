// What can go wrong in a sparse round, and how likely it is at most: the bounds that degree and share threshold come
// from (graph_parameters.h). docs/secure-sum-graph.md explains them at leisure.
//
// n sites of which at most C collude with the coordinator; at most d are missing from S, the set of survivors; ring
// graph of degree 2h (neighbour_graph.h); k shares rebuild a self-mask seed. (Bell et al. call the degree k and the
// share threshold t; here t is the number of signatures.)
//
// Who is fixed when. The colluders are fixed before the ring is drawn, so on the ring they are a uniformly random set.
// The coordinator then sees the ring and chooses who is missing. Three rules of the secure sum bind it
// (aggregation/secure/site): there is one S, because t > (n + C) / 2 sites sign it and each honest one signs once; a
// survivor signs only if at most d sites are missing and at least k of its neighbours are in S; pair seeds of two
// survivors are never revealed, nor is a share of a site that is not in S.
//
// Every result is an upper bound, rounded up. Pure functions, thread-safe.
// Source: Bell et al., CCS 2020, section 3, whose three properties of a good graph these are: few corrupt neighbours,
// connected, enough surviving neighbours. The bound on cuts is another one: theirs lets sites go missing at random.
#pragma once

#include <cstdint>

#include "aggregation/secure/graph/rounded_up.h"

namespace accord::secure {

// The functions below ask for C + d < n, 2h < n and k <= 2h.
struct GraphCase {
  uint32_t num_sites = 0;        // n
  uint32_t corrupt_sites = 0;    // C
  uint32_t missing_sites = 0;    // d
  uint32_t degree = 0;           // 2h: even, 2 to n - 1
  uint32_t share_threshold = 0;  // k: 1 to 2h
};

// That colluders can rebuild the self-mask seed of some honest site themselves.
//
// Honest sites give shares only of survivors, whose seeds are revealed anyway. So the seed of a site that is left out
// stays secret unless k of its own neighbours collude, whoever is missing. The neighbours of one site are a random 2h
// of the other n - 1; of n - C honest sites:
//   (n - C) * P[Hypergeometric(n - 1, C, 2h) >= k].
RoundedUp SeedRisk(const GraphCase& graph_case);

// That the sum of a part of the honest survivors can be opened instead of the sum of all.
//
// With all self-mask seeds of S known, what still hides a survivor are its pair masks with honest survivors. So sums
// can be opened of the connected components of the honest survivors. Two of them that follow each other on the ring at
// a distance of at most h are neighbours; therefore a component T that is not all of them lies between two gaps, each
// of at least h places in a row without an honest survivor. Take the h places that follow the last site u of T, and the
// h that precede the first. They are two windows without an honest survivor, with at least one site between them on
// either side (T, and another honest survivor). c1, c2: how many of each collude.
//   Missing: the other 2h - c1 - c2 are honest and missing, at most d in all. So c1 + c2 >= 2h - d.
//   Neighbours: T's sum opens only with the self-mask seed of u. Either u signed, and k of its neighbours are in S; or
//   k of its neighbours gave shares, which the honest do only if they signed, so being in S. The honest ones among
//   these belong to T. So k of u's neighbours are in T or collude; at most h of them are on T's side of u, so c1 >= k -
//   h. By the same argument at the first site, c2 >= k - h.
// There are n * (n - 2h - 1) / 2 pairs of such windows, and in each the colluders are random:
//   n * (n - 2h - 1) / 2 * P[c1 >= k - h, c2 >= k - h, c1 + c2 >= 2h - d],
//   c1 ~ Hypergeometric(n, C, h), c2 ~ Hypergeometric(n - h, C - c1, h).
RoundedUp CutRisk(const GraphCase& graph_case);

// That d sites which go missing by chance leave some site fewer than k neighbours, so that it would not sign, or its
// seed could not be rebuilt:
//   n * P[Hypergeometric(n - 1, d, 2h) >= 2h - k + 1].
// Sites that are themselves missing have d - 1 missing others and so a smaller chance.
RoundedUp LossRisk(const GraphCase& graph_case);

}  // namespace accord::secure
