// Certificates as a peer shows them: the chain of a server before its CA is known, and what a coordinator grants. The
// first byte of the input: 'c' a chain in PEM, 'g' a granted certificate in PEM, 'd' one in DER, 'a' a CA in DER.
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/fuzz/support/fixed_keys.h"
#include "tests/fuzz/support/frames.h"
#include "tests/fuzz/support/fuzz_target.h"
#include "trust/identity/granted_identity.h"
#include "trust/identity/signing.h"
#include "trust/tls/pinned_verifier.h"

namespace accord::fuzz::certificate {
namespace {

constexpr char kBegin[] = "-----BEGIN CERTIFICATE-----\n";
constexpr char kEnd[] = "\n-----END CERTIFICATE-----\n";

std::string Pem(absl::string_view der) { return absl::StrCat(kBegin, absl::Base64Escape(der), kEnd); }

std::string Der(absl::string_view pem) {
  std::string der;
  pem.remove_prefix(sizeof(kBegin) - 1);
  Require(absl::Base64Unescape(pem.substr(0, pem.find("-----END")), &der), "an own certificate is PEM");
  return der;
}

std::string Granted() {
  static const std::string certificate =
      FixedAuthority()
          .IssueIdentity(FixedKey().MakeRequest("x").value(), "site/site-a", kFixedNow, absl::Hours(24 * 365))
          .value();
  return certificate;
}

bool TakeGranted(const std::string& certificate_pem, const std::string& ca_pem) {
  (void)CertificatePublicKeyDer(certificate_pem);
  const GrantedIdentity granted{certificate_pem, ca_pem, FixedAuthority().Fingerprint(), "site/site-a"};
  const absl::Status status = CheckGrantedIdentity(granted, FixedKey());
  const auto facts = ReadCertificate(certificate_pem);
  if (!status.ok()) return false;
  Require(facts.ok() && facts->identity == "site/site-a", "a granted certificate has the identity that was granted");
  Require(CertificatePublicKeyDer(certificate_pem).value() == PublicKeyDer(FixedKey()).value(),
          "a granted certificate is over the holder's key");
  return true;
}

}  // namespace

std::vector<std::string> Seeds() {
  const std::string server =
      FixedAuthority()
          .IssueServer(FixedKey().MakeRequest("x").value(), {"localhost"}, kFixedNow, absl::Hours(24))
          .value();
  return {absl::StrCat("c", server, FixedAuthority().certificate_pem()), absl::StrCat("g", Granted()),
          absl::StrCat("d", Der(Granted())), absl::StrCat("a", Der(FixedAuthority().certificate_pem()))};
}

bool Take(absl::string_view bytes) {
  switch (TakeSelector(bytes)) {
    case 'c':
      return VerifyPinnedChain(bytes, "localhost:7443", FixedAuthority().Fingerprint(), kFixedNow).ok();
    case 'g':
      return TakeGranted(std::string(bytes), FixedAuthority().certificate_pem());
    case 'd':
      return TakeGranted(Pem(bytes), FixedAuthority().certificate_pem());
    case 'a':
      return TakeGranted(Granted(), Pem(bytes));
    default:
      return false;
  }
}

const FuzzTarget kTarget("certificate", &Seeds, &Take);

}  // namespace accord::fuzz::certificate
