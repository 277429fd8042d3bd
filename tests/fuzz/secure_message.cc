// The messages of the secure sum. The first byte of the input says which parser reads the rest.
#include <string>
#include <vector>

#include "aggregation/secure/messages/witness_statement.h"
#include "aggregation/secure/site/seen_peers.h"
#include "tests/aggregation/secure/messages/message_examples.h"
#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz::secure_message {
namespace {

using namespace accord::secure;

template <typename Message>
bool HasOneEncoding(const absl::StatusOr<Message>& message, absl::string_view bytes) {
  if (!message.ok()) return false;
  Require(Serialize(*message) == bytes, "a message of the secure sum has one encoding");
  return true;
}

bool TakeReveal(absl::string_view bytes) {
  const absl::StatusOr<RevealStatement> statement = ParseRevealStatement(bytes);
  if (statement.ok()) (void)ParseSeeds(*statement, bytes);
  return HasOneEncoding(statement, bytes);
}

bool TakePeers(absl::string_view file) {
  const absl::StatusOr<SeenPeers> peers = SeenPeers::Parse("site-a", file);
  if (!peers.ok()) return false;
  Require(peers->Serialize() == file, "what a site has seen of others has one encoding");
  return true;
}

WitnessStatement ExampleWitness() {
  UploadHeader header = ExampleUploadHeader();
  header.site = "site-a";
  return {"site-b", "site-a", Filled(7),
          SignedPosition{PositionKind::kUploadHeader, {Serialize(header), std::string(64, 's')}}};
}

std::string ExamplePeers() {
  SeenPeers peers("site-b");
  const SignedPosition seen = *ExampleWitness().seen;
  peers.Note(*ParsePosition(seen), seen);
  return peers.Serialize();
}

std::string Marked(char parser, const std::string& message) { return parser + message; }

}  // namespace

std::vector<std::string> Seeds() {
  TranscriptFields fields;
  fields.job_id = "job-1";
  fields.cohort = {"site-a", "site-b", "site-c"};
  fields.previous = PreviousOpened{Filled(1), Filled(2), 4, 3, Filled(3)};
  return {Marked('k', Serialize(ExampleKeyStatement())),      Marked('h', Serialize(ExampleUploadHeader())),
          Marked('s', Serialize(ExampleSurvivorStatement())), Marked('v', Serialize(ExampleVoidStatement())),
          Marked('r', Serialize(ExampleRevealStatement())),   Marked('o', Serialize(ExampleOffers())),
          Marked('p', Serialize(ExampleShownOffer())),        Marked('t', Serialize(fields)),
          Marked('w', Serialize(ExampleWitness())),           Marked('f', ExamplePeers())};
}

bool Take(absl::string_view bytes) {
  if (bytes.empty()) return false;
  const absl::string_view message = bytes.substr(1);
  switch (bytes[0]) {
    case 'k':
      return HasOneEncoding(ParseKeyStatement(message), message);
    case 'h':
      return HasOneEncoding(ParseUploadHeader(message), message);
    case 's':
      return HasOneEncoding(ParseSurvivorStatement(message), message);
    case 'v':
      return HasOneEncoding(ParseVoidStatement(message), message);
    case 'r':
      return TakeReveal(message);
    case 'o':
      return HasOneEncoding(ParseOffers(message), message);
    case 'p':
      return HasOneEncoding(ParseShownOffer(message), message);
    case 't':
      return HasOneEncoding(ParseTranscriptFields(message), message);
    case 'w':
      return HasOneEncoding(ParseWitnessStatement(message), message);
    case 'f':
      return TakePeers(message);
    default:
      return false;
  }
}

const FuzzTarget kTarget("secure_message", &Seeds, &Take);

}  // namespace accord::fuzz::secure_message
