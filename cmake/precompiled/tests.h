// As rooms.h, for the tests, which may see every room: with the messages that they all speak of.
#include "cmake/precompiled/rooms.h"

#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "proto/accord/v1/operations.grpc.pb.h"
#include "proto/accord/v1/site.pb.h"
#include "proto/accord/v1/wire.grpc.pb.h"
