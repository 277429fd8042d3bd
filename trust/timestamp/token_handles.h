// OpenSSL's objects of RFC 3161 as values that free themselves, and a token taken apart. For the .cc files of this
// folder only.
#pragma once

#include <openssl/pkcs7.h>
#include <openssl/ts.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/openssl.h"
#include "trust/timestamp/time_stamp.h"

namespace accord {

using TokenHandle = std::unique_ptr<PKCS7, OpenSslFree<PKCS7_free>>;
using StampInfoHandle = std::unique_ptr<TS_TST_INFO, OpenSslFree<TS_TST_INFO_free>>;
using StampRequestHandle = std::unique_ptr<TS_REQ, OpenSslFree<TS_REQ_free>>;
using StampAnswerHandle = std::unique_ptr<TS_RESP, OpenSslFree<TS_RESP_free>>;
using ImprintHandle = std::unique_ptr<TS_MSG_IMPRINT, OpenSslFree<TS_MSG_IMPRINT_free>>;
using AlgorithmHandle = std::unique_ptr<X509_ALGOR, OpenSslFree<X509_ALGOR_free>>;
using ObjectIdHandle = std::unique_ptr<ASN1_OBJECT, OpenSslFree<ASN1_OBJECT_free>>;
using AsnIntegerHandle = std::unique_ptr<ASN1_INTEGER, OpenSslFree<ASN1_INTEGER_free>>;
using StampCheckHandle = std::unique_ptr<TS_VERIFY_CTX, OpenSslFree<TS_VERIFY_CTX_free>>;

// A token whose form is right, and what it says; who signed it is not known yet.
struct ParsedToken {
  TokenHandle token;
  TimeStamp says;
};

// INVALID_ARGUMENT: not a TimeStampToken in DER, or one that carries what its signature does not cover where it need
// not.
absl::StatusOr<ParsedToken> ParseToken(absl::string_view der);

// A request for a stamp on `imprint` under `policy` (empty: any), without a nonce.
absl::StatusOr<StampRequestHandle> MakeStampRequest(const Sha256Digest& imprint, const std::string& policy);

// `nonce`: big-endian.
absl::Status SetNonce(TS_REQ* request, absl::string_view nonce);

// INVALID_ARGUMENT: no OID.
absl::StatusOr<ObjectIdHandle> ParseObjectId(const std::string& dotted);

}  // namespace accord
