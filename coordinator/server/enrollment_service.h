// Enrolment: a one-time token and a certificate request give a certificate (the same token and key again one like it,
// for whom the answer did not reach), and a certificate and a request over the same key the next one. The only calls
// without a client certificate.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "coordinator/store/store.h"
#include "proto/accord/v1/wire.grpc.pb.h"
#include "trust/identity/certificate_authority.h"

namespace accord {

struct CertificateLife {
  absl::Duration validity = absl::Hours(24);
  absl::Duration renewable = absl::Hours(24 * 30);  // after a certificate's end
};

class EnrollmentServiceImpl final : public v1::Enrollment::CallbackService {
 public:
  // All must outlive the service.
  struct Parts {
    Store& store;
    const CertificateAuthority& authority;
    Clock& clock;
    CertificateLife life;
    std::function<void()> enrolled;  // after each enrolment, before the newcomer is answered
  };
  explicit EnrollmentServiceImpl(Parts parts) : parts_(std::move(parts)) {}

  grpc::ServerUnaryReactor* Enroll(grpc::CallbackServerContext* context, const v1::EnrollRequest* request,
                                   v1::EnrollResponse* response) override;
  grpc::ServerUnaryReactor* Renew(grpc::CallbackServerContext* context, const v1::RenewRequest* request,
                                  v1::RenewResponse* response) override;

 private:
  absl::StatusOr<std::string> Redeem(const v1::EnrollRequest& request, v1::EnrollResponse& response);
  // The identity whose certificate was renewed.
  absl::StatusOr<std::string> RenewOne(const v1::RenewRequest& request, v1::RenewResponse& response);

  const Parts parts_;
};

}  // namespace accord
