// Where a job is trained at a site. This header does not include LibTorch.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

enum class Device {
  kCpu,
  kCuda,  // the first NVIDIA GPU
};

// Why LibTorch cannot compute on this machine's GPU, in words; empty: it can. A process in which this was asked must
// not fork any more: the driver's state is of no use to a child.
std::string GpuFault();

// `offered`: the site lets trainers use its GPU. What a job calls auto is the GPU wherever one is offered, and never
// the CPU instead, so that a site's word about itself tells where it trained. FAILED_PRECONDITION: the job wants a GPU
// and none is offered, or the one that is cannot be used (`fault`, asked where it matters).
absl::StatusOr<Device> DeviceFor(v1::Compute::Device wanted, bool offered, std::string (*fault)() = GpuFault);

// Sets this process up for the device, once, after SetComputeThreads. On a GPU algorithms need not be the deterministic
// ones, which not all operations have there; products keep the digits of a float. What LibTorch warns of is dropped.
void PrepareDevice(Device device);

}  // namespace accord
