// accord-bench-transfer: the least that a round of a big model costs on the wire. `serve` answers the project's own
// services with bytes from memory, `move` downloads and uploads so many bytes and prints the seconds. No hashing, no
// disk, no sums: what a round takes longer than this is Accord's own.
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "grpcpp/grpcpp.h"
#include "proto/accord/v1/wire.grpc.pb.h"
#include "trust/tls/credentials.h"

namespace accord::bench {
namespace {

constexpr uint64_t kChunkBytes = uint64_t{1} << 20;  // as the project's own transfers

// Download: `offset` bytes, as the request carries no other number. Upload: counts until the stream ends.
class MemoryService : public v1::SiteService::Service {
 public:
  grpc::Status Download(grpc::ServerContext*, const v1::DownloadRequest* request,
                        grpc::ServerWriter<v1::Chunk>* writer) override {
    v1::Chunk chunk;
    chunk.mutable_data()->resize(kChunkBytes);
    for (uint64_t sent = 0; sent < request->offset(); sent += chunk.data().size()) {
      chunk.mutable_data()->resize(std::min(kChunkBytes, request->offset() - sent));
      if (!writer->Write(chunk)) return grpc::Status::CANCELLED;
    }
    return grpc::Status::OK;
  }

  grpc::Status Upload(grpc::ServerContext*,
                      grpc::ServerReaderWriter<v1::UploadReply, v1::UploadMessage>* stream) override {
    v1::UploadMessage message;
    uint64_t received = 0;
    while (stream->Read(&message)) received += message.chunk().data().size();
    v1::UploadReply reply;
    reply.set_received(received);
    stream->Write(reply);
    return grpc::Status::OK;
  }
};

absl::Status Serve(const TlsFiles& files) {
  ACCORD_ASSIGN_OR_RETURN(auto credentials, MakeServerCredentials(files));
  MemoryService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", credentials, &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) return absl::InternalError("the transfer server cannot listen on 127.0.0.1");
  std::cout << "port " << port << std::endl;
  server->Wait();  // until killed
  return absl::OkStatus();
}

absl::Status MoveDown(v1::SiteService::Stub& stub, uint64_t num_bytes) {
  grpc::ClientContext context;
  v1::DownloadRequest request;
  request.set_offset(num_bytes);
  const auto reader = stub.Download(&context, request);
  v1::Chunk chunk;
  while (reader->Read(&chunk)) num_bytes -= chunk.data().size();
  const grpc::Status status = reader->Finish();
  if (!status.ok() || num_bytes != 0) return absl::UnavailableError(absl::StrCat("download: ", status.error_message()));
  return absl::OkStatus();
}

absl::Status MoveUp(v1::SiteService::Stub& stub, uint64_t num_bytes) {
  grpc::ClientContext context;
  const auto stream = stub.Upload(&context);
  v1::UploadMessage message;
  std::string& data = *message.mutable_chunk()->mutable_data();
  for (uint64_t sent = 0; sent < num_bytes; sent += data.size()) {
    data.resize(std::min(kChunkBytes, num_bytes - sent));
    if (!stream->Write(message)) break;
  }
  stream->WritesDone();
  v1::UploadReply reply;
  const bool answered = stream->Read(&reply);
  const grpc::Status status = stream->Finish();
  if (!status.ok() || !answered || reply.received() != num_bytes) {
    return absl::UnavailableError(absl::StrCat("upload: ", status.error_message()));
  }
  return absl::OkStatus();
}

// Connects, says "ready", and moves `num_bytes` down and up for every line of standard input.
absl::Status Move(const TlsFiles& files, const std::string& address, uint64_t num_bytes) {
  ACCORD_ASSIGN_OR_RETURN(auto credentials, MakeClientCredentials(files));
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(static_cast<int>(4 * kChunkBytes));
  const auto channel = grpc::CreateCustomChannel(address, credentials, arguments);
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10))) {
    return absl::UnavailableError(absl::StrCat("no connection to ", address));
  }
  const auto stub = v1::SiteService::NewStub(channel);
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {  // "#1;", "#2;" ... comes back with the answer
    const auto start = std::chrono::steady_clock::now();
    ACCORD_RETURN_IF_ERROR(MoveDown(*stub, num_bytes));
    ACCORD_RETURN_IF_ERROR(MoveUp(*stub, num_bytes));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::cout << "moved " << line << " " << took.count() << std::endl;
  }
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  CLI::App app("Moves bytes over Accord's channels and does nothing else; started by accord-bench.");
  app.require_subcommand(1);
  TlsFiles files;
  std::string address;
  uint64_t num_bytes = 0;
  CLI::App* serve = app.add_subcommand("serve", "answer from memory; prints its port");
  CLI::App* move = app.add_subcommand("move", "download and upload once for every line of standard input");
  for (CLI::App* command : {serve, move}) {
    command->add_option("--certificate", files.certificate)->required();
    command->add_option("--key", files.key)->required();
    command->add_option("--ca", files.ca)->required();
  }
  move->add_option("--address", address)->required();
  move->add_option("--bytes", num_bytes)->required();
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = serve->parsed() ? Serve(files) : Move(files, address, num_bytes);
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 1;
}

}  // namespace
}  // namespace accord::bench

int main(int argc, char** argv) { return accord::bench::Main(argc, argv); }
