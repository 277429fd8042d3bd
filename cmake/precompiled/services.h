// As rooms.h, for what is linked with the network's services: with gRPC and the messages that all of it speaks of.
#include "cmake/precompiled/rooms.h"

#include "grpcpp/grpcpp.h"
#include "proto/accord/v1/operations.grpc.pb.h"
#include "proto/accord/v1/site.pb.h"
#include "proto/accord/v1/wire.grpc.pb.h"
