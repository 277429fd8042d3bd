// SOCI without Boost: Debian's soci-config.h announces Boost although its package does not bring the headers. They
// would only serve Boost types as parameters, which nothing here uses. Every file includes SOCI through this one.
#pragma once

#include "soci/soci-config.h"
#undef SOCI_HAVE_BOOST
#undef SOCI_HAVE_BOOST_DATE_TIME

#include "soci/soci.h"
