#include "client/trainer/data/dicom/dicom_elements.h"

#include <zlib.h>

#include <algorithm>
#include <bitset>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "base/status.h"
#include "client/trainer/data/dicom/dicom_tags.h"
#include "client/trainer/data/dicom/element_cursor.h"

namespace accord {
namespace {

constexpr size_t kPreambleBytes = 128;
constexpr absl::string_view kMagic = "DICM";
constexpr uint32_t kMediaClass = 0x00020002, kTransferSyntax = 0x00020010;
constexpr uint32_t kModalityTable = 0x00283000, kPixelData = 0x7fe00010;
constexpr absl::string_view kDirectoryClass = "1.2.840.10008.1.3.10";
constexpr absl::string_view kDeflated = "1.2.840.10008.1.2.1.99";
constexpr uint32_t kMaxValueBytes = 4096;  // of what is no pixels; a patient's id has at most 64 characters

struct KnownSyntax {
  absl::string_view uid;
  DicomSyntax syntax;
};
constexpr KnownSyntax kSyntaxes[] = {
    {"1.2.840.10008.1.2", DicomSyntax::kImplicitLittleEndian},
    {"1.2.840.10008.1.2.1", DicomSyntax::kExplicitLittleEndian},
    {kDeflated, DicomSyntax::kExplicitLittleEndian},
    {"1.2.840.10008.1.2.2", DicomSyntax::kExplicitBigEndian},
    {"1.2.840.10008.1.2.5", DicomSyntax::kRle},
    {"1.2.840.10008.1.2.4.50", DicomSyntax::kJpegBaseline},
    {"1.2.840.10008.1.2.4.51", DicomSyntax::kJpegExtended},
    {"1.2.840.10008.1.2.4.57", DicomSyntax::kJpegLossless},
    {"1.2.840.10008.1.2.4.70", DicomSyntax::kJpegLosslessFirstOrder},
    {"1.2.840.10008.1.2.4.80", DicomSyntax::kJpegLs},
    {"1.2.840.10008.1.2.4.81", DicomSyntax::kJpegLsNearLossless},
};

absl::Status UnknownSyntax(absl::string_view uid) {
  for (const absl::string_view jpeg2000 :
       {"1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.92", "1.2.840.10008.1.2.4.93",
        "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203"}) {
    if (uid == jpeg2000) {
      return RefusedDicom("is compressed by JPEG 2000, which is not read; convert it to JPEG-LS or uncompressed DICOM");
    }
  }
  return RefusedDicom(
      "is compressed or written in a way that is not read (DICOM transfer syntax); convert it to "
      "uncompressed DICOM");
}

// A UID's value is padded to an even length with a zero byte.
absl::string_view WithoutPadding(absl::string_view uid) {
  while (!uid.empty() && (uid.back() == '\0' || uid.back() == ' ')) uid.remove_suffix(1);
  return uid;
}

// The transfer syntax's UID; `file` then begins with the data set.
absl::StatusOr<absl::string_view> ReadMeta(absl::string_view& file) {
  ElementCursor cursor(file, {});
  absl::string_view syntax;
  while (cursor.NextGroup() == 0x0002) {
    ACCORD_ASSIGN_OR_RETURN(const ElementHead head, cursor.ReadHead());
    ACCORD_ASSIGN_OR_RETURN(const absl::string_view value, cursor.ReadValue(head.length));
    if (head.tag == kMediaClass && WithoutPadding(value) == kDirectoryClass) {
      return RefusedDicom("is a DICOMDIR, which lists files and holds no image; name those files");
    }
    if (head.tag == kTransferSyntax) syntax = WithoutPadding(value);
  }
  if (syntax.empty()) return RefusedDicom("does not say how it is written (DICOM transfer syntax)");
  file = cursor.rest();
  return syntax;
}

// What is deflated (RFC 1951, without a header), up to kMaxInflatedDicomBytes.
absl::StatusOr<std::string> Inflate(absl::string_view packed) {
  constexpr size_t kStepBytes = size_t{1} << 20;
  z_stream stream = {};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return absl::InternalError("zlib cannot be set up");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string bytes;
  int outcome = Z_OK;
  while (outcome == Z_OK && bytes.size() <= kMaxInflatedDicomBytes) {
    const size_t begin = bytes.size();
    bytes.resize(begin + kStepBytes);
    stream.next_out = reinterpret_cast<Bytef*>(bytes.data() + begin);
    stream.avail_out = kStepBytes;
    outcome = inflate(&stream, Z_NO_FLUSH);
    bytes.resize(begin + kStepBytes - stream.avail_out);
  }
  inflateEnd(&stream);
  if (bytes.size() > kMaxInflatedDicomBytes) return RefusedDicom("unpacks to more than 128 MiB");
  if (outcome != Z_STREAM_END) return DamagedDicom();
  return bytes;
}

// The position in kDicomTags; its size for any other.
size_t PositionOf(uint32_t tag) {
  const auto* found = std::find_if(kDicomTags.begin(), kDicomTags.end(), [tag](const DicomTag& known) {
    return tag == (uint32_t{known.group} << 16 | known.element);
  });
  return static_cast<size_t>(found - kDicomTags.begin());
}

class ElementFilter {
 public:
  ElementFilter(absl::string_view dataset, DicomSyntax syntax) : cursor_(dataset, FormOf(syntax)) {
    result_.syntax = syntax;
  }
  absl::StatusOr<DicomElements> Run() {
    while (!cursor_.at_end()) {
      ACCORD_ASSIGN_OR_RETURN(const ElementHead head, cursor_.ReadHead());
      if (head.tag == kItem || head.tag == kItemEnd || head.tag == kSequenceEnd) return DamagedDicom();
      const size_t position = PositionOf(head.tag);
      if (head.tag == kModalityTable) result_.has_modality_table = true;
      ACCORD_RETURN_IF_ERROR(position == kDicomTags.size() ? Skip(head) : Keep(head, position));
    }
    return std::move(result_);
  }

 private:
  static ElementForm FormOf(DicomSyntax syntax) {
    return {syntax != DicomSyntax::kImplicitLittleEndian, syntax == DicomSyntax::kExplicitBigEndian};
  }
  absl::Status Skip(const ElementHead& head) {
    if (head.length != kUndefinedLength) return cursor_.ReadValue(head.length).status();
    if (!head.vr.empty() && head.vr != "SQ" && head.vr != "UN") return DamagedDicom();
    return cursor_.SkipSequence(head);
  }
  absl::Status Keep(const ElementHead& head, size_t position) {
    if (seen_[position]) return DamagedDicom();
    seen_[position] = true;
    const bool pixels = head.tag == kPixelData;
    // Pixels are bytes or words; everything else has the VR that the standard gives it.
    if (!head.vr.empty() && head.vr != kDicomTags[position].vr && !(pixels && head.vr == "OB")) return DamagedDicom();
    // DCMTK is handed elements in ascending order, and the standard asks for it (PS3.5, 7.1).
    if (head.tag < last_kept_) return DamagedDicom();
    last_kept_ = head.tag;
    if (pixels) return KeepPixels(head);
    if (head.length > kMaxValueBytes) return DamagedDicom();
    return Append(head);
  }
  absl::Status Append(const ElementHead& head) {
    if (head.length % 2 != 0) return DamagedDicom();  // PS3.5, 7.1.1; and DCMTK takes streams of even length alone
    ACCORD_ASSIGN_OR_RETURN(const absl::string_view value, cursor_.ReadValue(head.length));
    result_.bytes.append(head.bytes.data(), head.bytes.size());
    result_.bytes.append(value.data(), value.size());
    return absl::OkStatus();
  }
  absl::Status KeepPixels(const ElementHead& head) {
    result_.has_pixels = true;
    const bool encapsulated = IsEncapsulated(result_.syntax);
    if ((head.length == kUndefinedLength) != encapsulated) return DamagedDicom();
    if (!encapsulated) return Append(head);
    result_.bytes.append(head.bytes.data(), head.bytes.size());
    // The first item is a table of offsets, which can be empty; the rest are the fragments (PS3.5, A.4).
    for (uint64_t items = 0;; ++items) {
      ACCORD_ASSIGN_OR_RETURN(const ElementHead item, cursor_.ReadHead());
      if (item.tag == kSequenceEnd && item.length == 0 && items > 1) {
        result_.bytes.append(item.bytes.data(), item.bytes.size());
        return absl::OkStatus();
      }
      if (item.tag != kItem || item.length == kUndefinedLength) return DamagedDicom();
      result_.num_fragments = items;
      if (items == 1) result_.first_fragment = std::string(cursor_.rest().substr(0, item.length));
      ACCORD_RETURN_IF_ERROR(Append(item));
    }
  }

  ElementCursor cursor_;
  std::bitset<kDicomTags.size()> seen_;
  uint32_t last_kept_ = 0;
  DicomElements result_;
};

}  // namespace

bool IsEncapsulated(DicomSyntax syntax) { return syntax >= DicomSyntax::kRle; }

absl::StatusOr<DicomElements> ReadDicomElements(absl::string_view file) {
  if (file.empty()) return RefusedDicom("is empty");
  if (file.size() < kPreambleBytes + kMagic.size() || !absl::StartsWith(file.substr(kPreambleBytes), kMagic)) {
    return RefusedDicom("is no DICOM file; PNG and JPEG files are mapped by image_folder");
  }
  file.remove_prefix(kPreambleBytes + kMagic.size());
  ACCORD_ASSIGN_OR_RETURN(const absl::string_view uid, ReadMeta(file));
  const auto* known = std::find_if(std::begin(kSyntaxes), std::end(kSyntaxes),
                                   [uid](const KnownSyntax& syntax) { return syntax.uid == uid; });
  if (known == std::end(kSyntaxes)) return UnknownSyntax(uid);
  if (uid != kDeflated) return ElementFilter(file, known->syntax).Run();
  ACCORD_ASSIGN_OR_RETURN(const std::string inflated, Inflate(file));
  return ElementFilter(inflated, known->syntax).Run();
}

}  // namespace accord
