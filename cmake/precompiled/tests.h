// As services.h, for the tests, which may see every room.
#include "cmake/precompiled/services.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
