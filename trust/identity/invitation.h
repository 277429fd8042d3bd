// An invitation: a one-time token with the address of the coordinator that it is for, in one file, so that whoever is
// invited is told nothing else. As secret as its token.
//
//   accord-invitation-v1
//   for: site/cleveland
//   coordinator: accord.example.org:7443
//   until: 2027-01-04T09:00:00Z
//   token: accord1-...
//
// What it says beside the token is a help to read: the coordinator knows whom a token is for, and until when. The
// programs read it as well, so that an invitation is not tried with the wrong one of them.
#pragma once

#include <istream>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/secret.h"
#include "trust/identity/enrolment_token.h"

namespace accord {

struct Invitation {
  std::string identity;     // "site/ID" or "person/ID"; empty: a bare token does not say
  std::string coordinator;  // "host:port"; empty: likewise
  absl::Time until = absl::InfiniteFuture();
  EnrolmentToken token;

  // Also takes the token alone, with white space around it. INVALID_ARGUMENT for anything that Text did not write; the
  // message never contains the text.
  static absl::StatusOr<Invitation> Parse(absl::string_view text);
  SecretBytes Text() const;
};

// Where a newcomer's command line says that it is.
struct InvitationSource {
  ~InvitationSource() { WipeString(text); }
  std::string text;  // the token; or "-" for standard input
  std::string file;  // of an invitation, or of a token
};

// INVALID_ARGUMENT unless exactly one of them is given. `in`: standard input. `role`: "site" or "person", for the
// advice; INVALID_ARGUMENT too where an invitation is for somebody of the other role.
absl::StatusOr<Invitation> ReadInvitation(const InvitationSource& source, std::istream& in, absl::string_view role);

}  // namespace accord
