#include "tests/fuzz/support/fixed_keys.h"

#include <string>

namespace accord::fuzz {
namespace {

// Made once for this folder; they protect nothing.
constexpr char kAuthorityCertificate[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBfTCCASKgAwIBAgIRAMbUkJWzBdPwbBWVKlx8CBIwCgYIKoZIzj0EAwIwHDEa\n"
    "MBgGA1UEAwwRQWNjb3JkIGZlZGVyYXRpb24wHhcNMjYxMTI1MjA0NTQxWhcNMzYx\n"
    "MTI0MjE0NTQxWjAcMRowGAYDVQQDDBFBY2NvcmQgZmVkZXJhdGlvbjBZMBMGByqG\n"
    "SM49AgEGCCqGSM49AwEHA0IABM7jNqqmPmAFXqSQRvuhBL5zUcPr9n5fPOMSv0Ye\n"
    "rra1+mMelod1A664kcRXo/XgXEB7XbrypCnoE9YRGGmz9OijRTBDMBIGA1UdEwEB\n"
    "/wQIMAYBAf8CAQAwDgYDVR0PAQH/BAQDAgEGMB0GA1UdDgQWBBQ5oqatJ9nP1GoJ\n"
    "TlPly7I6XDCypTAKBggqhkjOPQQDAgNJADBGAiEA4JCfrfz+NjH0biMndpujCd1u\n"
    "2bNFfdNOsbGAGWUws6ICIQD2TVFPqUbVydXe+9Lep8nvtCVvDfpDfpJRo8puXDSq\n"
    "Lg==\n"
    "-----END CERTIFICATE-----\n";
constexpr char kAuthorityKey[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgh2JTNdjbjd83vIuc\n"
    "zWmJCy5NsdheDEAevIN0E/IxxxWhRANCAATO4zaqpj5gBV6kkEb7oQS+c1HD6/Z+\n"
    "XzzjEr9GHq62tfpjHpaHdQOuuJHEV6P14FxAe1268qQp6BPWERhps/To\n"
    "-----END PRIVATE KEY-----\n";
constexpr char kKey[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQghv91k59OWN/DTkKZ\n"
    "0fbHyfh5NJZatBV5tdN0Q9aLlvuhRANCAAQ7SmiiaO+K1YhIZcoRrH81yDtj4Jkb\n"
    "BbgeU3iOSLQQsBksGlQuZFYJnP7hONObhFeUAOei5F/tlroq5MSqsWRJ\n"
    "-----END PRIVATE KEY-----\n";

SecretBytes Secret(absl::string_view pem) {
  return SecretBytes(absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(pem.data()), pem.size()));
}

}  // namespace

const CertificateAuthority& FixedAuthority() {
  static const auto* authority =
      new CertificateAuthority(CertificateAuthority::FromPem(kAuthorityCertificate, Secret(kAuthorityKey)).value());
  return *authority;
}

const KeyPair& FixedKey() {
  static const auto* key = new KeyPair(KeyPair::FromPem(Secret(kKey)).value());
  return *key;
}

}  // namespace accord::fuzz
