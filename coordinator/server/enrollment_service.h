// Enrolment: a one-time token and a certificate request give a certificate. The only call without a client certificate.
#pragma once

#include "base/clock.h"
#include "coordinator/store/roster.h"
#include "proto/accord/v1/wire.grpc.pb.h"
#include "trust/identity/certificate_authority.h"

namespace accord {

class EnrollmentServiceImpl final : public v1::Enrollment::CallbackService {
 public:
  // All must outlive the service.
  EnrollmentServiceImpl(Roster& roster, const CertificateAuthority& authority, Clock& clock)
      : roster_(roster), authority_(authority), clock_(clock) {}

  grpc::ServerUnaryReactor* Enroll(grpc::CallbackServerContext* context, const v1::EnrollRequest* request,
                                   v1::EnrollResponse* response) override;

 private:
  Roster& roster_;
  const CertificateAuthority& authority_;
  Clock& clock_;
};

}  // namespace accord
