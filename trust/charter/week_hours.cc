#include "trust/charter/week_hours.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"

namespace accord {
namespace {

// "HH:MM", which the rules of the schema have checked, in minutes since midnight.
int MinuteOfDay(absl::string_view time) {
  int hour = 0;
  int minute = 0;
  const bool read =
      time.size() == 5 && absl::SimpleAtoi(time.substr(0, 2), &hour) && absl::SimpleAtoi(time.substr(3), &minute);
  return read ? hour * 60 + minute : 0;
}

v1::OpenHours::Day DayOf(absl::CivilSecond when) {
  // Monday is 0 there and 1 here.
  return static_cast<v1::OpenHours::Day>(static_cast<int>(absl::GetWeekday(when)) + 1);
}

constexpr int kMinutesOfDay = 24 * 60;

std::string TimeOfDay(int minute) { return absl::StrFormat("%02d:%02d", minute / 60, minute % 60); }

}  // namespace

void CheckHours(const google::protobuf::RepeatedPtrField<v1::OpenHours>& hours, FaultList& faults) {
  for (int i = 0; i < hours.size(); ++i) {
    const std::string path = ItemPath("hours", i);
    if (MinuteOfDay(hours[i].until()) <= MinuteOfDay(hours[i].from())) {
      faults.Add(FieldPath(path, "until"),
                 absl::StrCat("is ", hours[i].until(), ", and from is ", hours[i].from(),
                              "; expected a later time of the same day: write a night as two entries"));
    }
    std::set<int> days;
    for (const int day : hours[i].days()) {
      if (!days.insert(day).second) faults.Add(FieldPath(path, "days"), "names a day a second time; keep one");
    }
  }
}

bool IsOpen(const google::protobuf::RepeatedPtrField<v1::OpenHours>& hours, absl::Time now, absl::TimeZone zone) {
  if (hours.empty()) return true;
  const absl::CivilSecond local = absl::ToCivilSecond(now, zone);
  const int minute = local.hour() * 60 + local.minute();
  return std::any_of(hours.begin(), hours.end(), [&](const v1::OpenHours& open) {
    return std::find(open.days().begin(), open.days().end(), DayOf(local)) != open.days().end() &&
           minute >= MinuteOfDay(open.from()) && minute < MinuteOfDay(open.until());
  });
}

WeekMinutes OpenMinutes(const google::protobuf::RepeatedPtrField<v1::OpenHours>& hours) {
  WeekMinutes minutes;
  if (hours.empty()) return minutes.set();
  for (const v1::OpenHours& open : hours) {
    for (const int day : open.days()) {
      if (day < v1::OpenHours::DAY_MONDAY || day > v1::OpenHours::DAY_SUNDAY) continue;
      for (int minute = MinuteOfDay(open.from()); minute < MinuteOfDay(open.until()); ++minute) {
        minutes.set(static_cast<size_t>((day - v1::OpenHours::DAY_MONDAY) * kMinutesOfDay + minute));
      }
    }
  }
  return minutes;
}

google::protobuf::RepeatedPtrField<v1::OpenHours> HoursOf(const WeekMinutes& minutes) {
  google::protobuf::RepeatedPtrField<v1::OpenHours> hours;
  if (minutes.all()) return hours;
  std::map<std::pair<int, int>, std::vector<int>> days_of;  // by begin and end
  for (int day = 0; day < 7; ++day) {
    const auto is_open = [&](int minute) {
      return minute < kMinutesOfDay && minutes.test(static_cast<size_t>(day * kMinutesOfDay + minute));
    };
    for (int from = 0; from < kMinutesOfDay;) {
      int until = from;
      while (is_open(until)) ++until;
      if (until > from) days_of[{from, until}].push_back(day + v1::OpenHours::DAY_MONDAY);
      from = until + 1;  // minute `until` is shut, or the day is over
    }
  }
  for (const auto& [span, days] : days_of) {
    v1::OpenHours& open = *hours.Add();
    open.set_from(TimeOfDay(span.first));
    open.set_until(TimeOfDay(span.second));
    for (const int day : days) open.add_days(static_cast<v1::OpenHours::Day>(day));
  }
  return hours;
}

std::string HoursInWords(const google::protobuf::RepeatedPtrField<v1::OpenHours>& hours) {
  if (hours.empty()) return "always";
  constexpr std::array<absl::string_view, 7> kDays = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                      "Friday", "Saturday", "Sunday"};
  std::vector<std::string> spans;
  for (const v1::OpenHours& open : hours) {
    std::vector<absl::string_view> days;
    for (const int day : open.days()) {
      if (day >= v1::OpenHours::DAY_MONDAY && day <= v1::OpenHours::DAY_SUNDAY) {
        days.push_back(kDays[static_cast<size_t>(day - v1::OpenHours::DAY_MONDAY)]);
      }
    }
    spans.push_back(absl::StrCat(absl::StrJoin(days, ", "), " ", open.from(), " to ", open.until()));
  }
  return absl::StrJoin(spans, "; ");
}

}  // namespace accord
