// A site's durable memory of what it did in secure sums (its *ledger*): which epochs it opened, for which transcripts
// it uploaded, signed, revealed or promised never to sign. What must never happen twice is looked up here.
//
// The file is a hash chain (trust/ledger/hash_chain.h) of the site's id in the domain accord/v1/site-record; payloads
// are those of record_entry.h. The sequence is the number of entries, those included that a Lost says are lost. Others
// see (sequence, head) in what the site signs, and tell it when they have seen a newer one: then it was restored from a
// backup.
//
// One for all jobs of a site. Append changes the index at once and gives the bytes that the shell makes durable before
// it carries out anything else; if it cannot, machine and record are ahead of the file and must be thrown away.
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "aggregation/secure/site/record_entry.h"
#include "aggregation/secure/site/seen_peers.h"
#include "base/hash.h"
#include "trust/ledger/hash_chain.h"

namespace accord::secure {

class SiteRecord {
 public:
  explicit SiteRecord(absl::string_view site);
  SiteRecord(SiteRecord&&) = default;
  SiteRecord& operator=(SiteRecord&&) = default;

  // Rebuilds the record from a whole file. An entry that the end of the file cuts short was never acknowledged and is
  // left out: valid_bytes() says where the shell truncates the file. DATA_LOSS, with the offset, for anything else that
  // is wrong: an entry that was acknowledged may be gone, so the site must not go on.
  static absl::StatusOr<SiteRecord> Replay(absl::string_view site, absl::string_view file);

  // The exact bytes to append to the file.
  std::string Append(const RecordEntry& entry);

  size_t valid_bytes() const { return chain_.bytes(); }
  uint64_t sequence() const { return stretches_.back().first + heads_.size() - 1 - stretches_.back().index; }
  const Sha256Digest& head() const { return heads_.back(); }
  // The head after `sequence` entries; nullopt beyond the end, and for entries that are lost.
  std::optional<Sha256Digest> HeadAt(uint64_t sequence) const;
  // What others have seen of this record is a part of it, or among what it says is lost. False: this record is not the
  // newest one there was.
  bool Knows(uint64_t sequence, const Sha256Digest& head) const;
  // The job was under way when entries were lost: what this site signed in it, nobody here knows.
  bool LostEntriesOf(absl::string_view job_id) const { return lost_jobs_.contains(job_id); }

  // The greatest epoch or attempt of the job that it knows; 0 for none. A new epoch must be above it.
  uint32_t LastNumber(absl::string_view job_id) const;
  const Uploaded* FindUploaded(const Sha256Digest& transcript) const;
  std::optional<Signed> FindSigned(const Sha256Digest& transcript) const;
  bool IsVoided(const Sha256Digest& transcript) const { return voided_.contains(transcript); }
  // What it signed for this transcript binds it no longer.
  bool IsFreed(const Sha256Digest& transcript) const { return released_.contains(transcript); }
  // Every set that was signed at this place, oldest first.
  std::vector<Signed> SignedAt(const Sha256Digest& place) const;
  // Of the newest set that was signed, ascending, this site too; empty: none was.
  const std::vector<std::string>& LastCohort() const { return last_cohort_; }
  // An attempt whose sum counts this site's vector: all of it has left.
  struct Contributed {
    std::string job_id;
    uint32_t attempt = 0;
    uint64_t sequence = 0;  // of the entry that shows it

    friend bool operator==(const Contributed&, const Contributed&) = default;
  };
  // The last ones, at most kMostContributed, oldest first.
  static constexpr size_t kMostContributed = 1000;
  const std::deque<Contributed>& contributed() const { return contributed_; }
  // The last attempt of the job for which it was shown t statements; nullptr for none.
  const Revealed* LastRevealed(absl::string_view job_id) const;

  // This site's own signature shows that there was more of this record than there is: no machine that goes by it may go
  // on. Not durable; whoever has that signature shows it again after the next start. Not on anybody else's mere word,
  // which would let one liar stop all jobs.
  void Distrust(std::string why) { distrusted_ = std::move(why); }
  // Why; empty as long as nothing is known against it.
  const std::string& distrusted() const { return distrusted_; }

  // What this site has seen of another's record, if it is newer than what it knew. Durable only with the next Signed.
  void NoteSeen(SeenLedger seen);
  // All of it, ascending by site.
  std::vector<SeenLedger> Seen() const;
  // The same as those sites signed it: not in the record's file.
  SeenPeers& peers() { return peers_; }

 private:
  // What the chain has got just now.
  void Take(const RecordEntry& entry);
  void Add(const EpochOpened& entry);
  void Add(const Uploaded& entry);
  void Add(const Signed& entry);
  void Add(const Revealed& entry);
  void Add(const Voided& entry);
  void Add(const Freed& entry);
  void Add(const Lost& entry);
  void RaiseNumber(const std::string& job_id, uint32_t number);

  std::string site_;
  HashChain chain_;
  // Entries whose numbers follow one another. The first stretch begins with none; each Lost begins another.
  struct Stretch {
    uint64_t first;  // number of entries at heads_[index]
    size_t index;
  };
  std::vector<Sha256Digest> heads_;  // one more than there are entries in the file
  std::vector<Stretch> stretches_;
  uint64_t lost_up_to_ = 0;
  std::set<std::string, std::less<>> lost_jobs_;
  std::map<std::string, uint32_t, std::less<>> last_number_;
  std::map<std::string, Revealed, std::less<>> last_revealed_;
  std::map<Sha256Digest, Uploaded> uploaded_;
  std::map<Sha256Digest, std::string>
      signed_;  // transcript -> payload: a parsed cohort of 1,000 takes five times as much
  std::map<Sha256Digest, std::vector<Sha256Digest>> signed_at_;  // place -> transcripts
  std::vector<std::string> last_cohort_;
  std::deque<Contributed> contributed_;
  std::set<Sha256Digest> voided_;
  std::set<Sha256Digest> released_;
  std::map<std::string, SeenLedger, std::less<>> seen_;
  SeenPeers peers_;
  std::string distrusted_;
};

}  // namespace accord::secure
