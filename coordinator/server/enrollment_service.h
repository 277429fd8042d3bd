// Enrolment: a one-time token and a certificate request give a certificate. The only call without a client certificate.
#pragma once

#include "base/clock.h"
#include "coordinator/store/members.h"
#include "proto/accord/v1/wire.grpc.pb.h"
#include "trust/identity/certificate_authority.h"

namespace accord {

class EnrollmentServiceImpl final : public v1::Enrollment::CallbackService {
 public:
  // All must outlive the service.
  EnrollmentServiceImpl(Members& members, const CertificateAuthority& authority, Clock& clock)
      : members_(members), authority_(authority), clock_(clock) {}

  grpc::ServerUnaryReactor* Enroll(grpc::CallbackServerContext* context, const v1::EnrollRequest* request,
                                   v1::EnrollResponse* response) override;

 private:
  Members& members_;
  const CertificateAuthority& authority_;
  Clock& clock_;
};

}  // namespace accord
