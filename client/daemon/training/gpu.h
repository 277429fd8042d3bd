// The NVIDIA GPU of this machine, as far as files tell of it: this process loads no driver.
#pragma once

#include <string>
#include <vector>

namespace accord {

// The device files through which the driver is asked, sorted: nvidia0, nvidiactl, nvidia-uvm ... Empty: there is none.
std::vector<std::string> GpuDeviceFiles(const std::string& folder = "/dev");

// Model name of the first GPU that the driver tells of; empty: there is no driver, or it sees none.
std::string GpuModel(const std::string& folder = "/proc/driver/nvidia/gpus");

}  // namespace accord
