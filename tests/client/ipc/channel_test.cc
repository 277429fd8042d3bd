#include "client/ipc/channel.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <iterator>
#include <string>
#include <thread>

#include "proto/accord/v1/trainer.pb.h"

namespace accord {
namespace {

constexpr absl::Duration kAtOnce = absl::ZeroDuration();

struct Pair {
  Pair() : ends(*IpcChannel::MakePair()) {}
  IpcChannel& near() { return ends.first; }
  IpcChannel& far() { return ends.second; }
  absl::Status Receive() { return far().Receive(message, descriptors, kAtOnce); }
  void SendRaw(const std::string& bytes) { ASSERT_GE(write(near().fd(), bytes.data(), bytes.size()), 0); }
  // As a peer would that does not use this class.
  void SendRawWith(const std::string& bytes, std::vector<int> fds) {
    iovec part = {const_cast<char*>(bytes.data()), bytes.size()};
    std::string control(CMSG_SPACE(sizeof(int) * fds.size()), '\0');
    msghdr header = {};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    std::memcpy(CMSG_DATA(rights), fds.data(), sizeof(int) * fds.size());
    ASSERT_GE(sendmsg(near().fd(), &header, 0), 0);
  }

  std::pair<IpcChannel, IpcChannel> ends;
  v1::DaemonMessage message;
  std::vector<UniqueFd> descriptors;
};

int OpenDescriptors() {
  std::filesystem::directory_iterator open("/proc/self/fd");
  return static_cast<int>(std::distance(begin(open), end(open)));
}

std::string Announcing(uint64_t size) {
  std::string bytes(9, 1);
  std::memcpy(bytes.data() + 1, &size, sizeof(size));
  return bytes;
}

v1::DaemonMessage Named(const std::string& job_id) {
  v1::DaemonMessage message;
  message.mutable_fork()->set_job_id(job_id);
  return message;
}

TEST(IpcChannel, AMessageAndItsDescriptorsArrive) {
  Pair pair;
  const UniqueFd file = *MakeMemoryFile("tensor", 12);
  ASSERT_TRUE(pair.near().Send(Named("heart"), {file.get()}).ok());
  ASSERT_TRUE(pair.Receive().ok());
  EXPECT_EQ(pair.message.fork().job_id(), "heart");
  ASSERT_EQ(pair.descriptors.size(), 1u);
  EXPECT_EQ(lseek(pair.descriptors[0].get(), 0, SEEK_END), 12);
  EXPECT_TRUE(fcntl(pair.descriptors[0].get(), F_GETFD) & FD_CLOEXEC);
}

TEST(IpcChannel, AMessageWithoutAnythingInItArrives) {
  Pair pair;
  ASSERT_TRUE(pair.near().Send(v1::DaemonMessage()).ok());
  EXPECT_TRUE(pair.Receive().ok());
}

TEST(IpcChannel, ALargeMessageArrivesWithItsDescriptors) {
  Pair pair;
  const std::string large(3 << 20, 'x');
  const UniqueFd file = *MakeMemoryFile("tensor", 12);
  ASSERT_TRUE(pair.near().Send(Named(large), {file.get(), file.get(), file.get(), file.get()}).ok());
  ASSERT_TRUE(pair.Receive().ok());
  EXPECT_EQ(pair.message.fork().job_id(), large);
  EXPECT_EQ(pair.descriptors.size(), 4u);
}

TEST(IpcChannel, BytesThatAreNoMessageAreRefusedAndTheNextMessageArrives) {
  Pair pair;
  pair.SendRaw(std::string("\0\xff\xff\xff\xff", 5));
  EXPECT_EQ(pair.Receive().code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(pair.near().Send(Named("heart")).ok());
  EXPECT_TRUE(pair.Receive().ok());
}

TEST(IpcChannel, AnUnknownKindOfDatagramIsRefused) {
  Pair pair;
  pair.SendRaw("\x07 what");
  EXPECT_EQ(pair.Receive().code(), absl::StatusCode::kInvalidArgument);
}

TEST(IpcChannel, ADatagramBeyondTheLimitIsRefused) {
  Pair pair;
  pair.SendRaw(std::string(kMaxDatagramBytes + 1, '\0'));
  EXPECT_EQ(pair.Receive().code(), absl::StatusCode::kInvalidArgument);
}

TEST(IpcChannel, AMessageBeyondTheReceiversLimitIsRefused) {
  Pair pair;
  ASSERT_TRUE(pair.near().Send(Named(std::string(200'000, 'x'))).ok());
  EXPECT_EQ(pair.far().Receive(pair.message, pair.descriptors, kAtOnce, 100'000).code(),
            absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(pair.near().Send(Named(std::string(20'000, 'x'))).ok());
  EXPECT_EQ(pair.far().Receive(pair.message, pair.descriptors, kAtOnce, 10'000).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(IpcChannel, TooManyDescriptorsAreRefusedAndNoneLeaks) {
  Pair pair;
  const UniqueFd file = *MakeMemoryFile("tensor", 12);
  const int before = OpenDescriptors();
  pair.SendRawWith(std::string(1, '\0'), std::vector<int>(5, file.get()));
  EXPECT_EQ(pair.Receive().code(), absl::StatusCode::kInvalidArgument);
  pair.SendRawWith(std::string(1, '\0'), std::vector<int>(50, file.get()));
  EXPECT_EQ(pair.Receive().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST(IpcChannel, AnAnnouncedMemoryFileMustComeAndBeSealedAndOfItsSize) {
  Pair pair;
  pair.SendRaw(Announcing(12));
  EXPECT_EQ(pair.Receive().code(), absl::StatusCode::kInvalidArgument) << "no file";
  const UniqueFd open_file = *MakeMemoryFile("message", 12);
  pair.SendRawWith(Announcing(12), {open_file.get()});
  EXPECT_EQ(pair.Receive().code(), absl::StatusCode::kInvalidArgument)
      << "not sealed: it could shrink under the reader";
  const UniqueFd sealed = *MakeMemoryFile("message", 12);
  ASSERT_EQ(fcntl(sealed.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE), 0);
  pair.SendRawWith(Announcing(13), {sealed.get()});
  EXPECT_EQ(pair.Receive().code(), absl::StatusCode::kInvalidArgument) << "too short";
  pair.SendRawWith(Announcing(uint64_t{1} << 62), {sealed.get()});
  EXPECT_EQ(pair.Receive().code(), absl::StatusCode::kInvalidArgument) << "beyond every limit";
  pair.SendRawWith(std::string(3, 1), {sealed.get()});
  EXPECT_EQ(pair.Receive().code(), absl::StatusCode::kInvalidArgument) << "no size";
}

TEST(IpcChannel, ADescriptorThatIsNoMemoryFileIsRefused) {
  Pair pair;
  const UniqueFd null_device(open("/dev/null", O_RDWR | O_CLOEXEC));
  pair.SendRawWith(Announcing(0), {null_device.get()});
  EXPECT_EQ(pair.Receive().code(), absl::StatusCode::kInvalidArgument);
}

TEST(IpcChannel, AClosedPeerIsUnavailableForBothDirections) {
  Pair pair;
  { const IpcChannel gone = std::move(pair.near()); }
  EXPECT_EQ(pair.Receive().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(pair.far().Send(Named("heart")).code(), absl::StatusCode::kUnavailable);
}

TEST(IpcChannel, WhatWasSentBeforeTheEndStillArrives) {
  Pair pair;
  ASSERT_TRUE(pair.near().Send(Named("heart")).ok());
  { const IpcChannel gone = std::move(pair.near()); }
  EXPECT_TRUE(pair.Receive().ok());
  EXPECT_EQ(pair.Receive().code(), absl::StatusCode::kUnavailable);
}

TEST(IpcChannel, NothingInTimeIsDeadlineExceeded) {
  Pair pair;
  EXPECT_EQ(pair.Receive().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST(IpcChannel, ShutdownWakesAWaitingReceive) {
  Pair pair;
  absl::Status status;
  std::thread waiting([&] { status = pair.far().Receive(pair.message, pair.descriptors, absl::InfiniteDuration()); });
  pair.far().Shutdown();
  waiting.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
}

TEST(IpcChannel, TooManyDescriptorsCannotBeSent) {
  Pair pair;
  EXPECT_EQ(pair.near().Send(Named("heart"), std::vector<int>(5, 0)).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace accord
