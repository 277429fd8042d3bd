#include "cli/report/html_report.h"

#include "absl/strings/str_cat.h"
#include "cli/report/markup.h"
#include "cli/report/sections.h"

namespace accord {
namespace {

// Print: the page's own margins, no row broken over two pages, charts two abreast.
constexpr absl::string_view kStyle = R"css(
:root { --ink: #1b2430; --soft: #5b6675; --line: #dde3ea; --paper: #ffffff; --wash: #f5f7fa; --accent: #0b6e8a;
  --good: #1b7f4b; --bad: #b3261e; --warn: #8a5a00; --warn-wash: #fff6e0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa7b7; --line: #2d3744; --paper: #12171e;
  --wash: #1a212b; --accent: #58b8d4; --good: #5cc98f; --bad: #f28b82; --warn: #f0c060; --warn-wash: #2a2413; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1040px; margin: 0 auto; padding: 40px 28px 64px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 6px; overflow-wrap: anywhere; }
h2 { font-size: 19px; margin: 44px 0 12px; padding-bottom: 6px; border-bottom: 1px solid var(--line); }
h3 { font-size: 15px; margin: 22px 0 6px; }
p { margin: 0 0 12px; max-width: 78ch; }
.eyebrow { color: var(--soft); font-size: 13px; letter-spacing: .06em; text-transform: uppercase; margin-bottom: 6px; }
.purpose { font-size: 16px; color: var(--soft); overflow-wrap: anywhere; }
.badge { display: inline-block; padding: 1px 10px; border-radius: 999px; border: 1px solid currentColor;
  font-size: 13px; font-weight: 600; vertical-align: 5px; margin-left: 8px; color: var(--soft); }
.badge.finished { color: var(--good); } .badge.failed, .badge.cancelled { color: var(--bad); }
.badge.waiting, .badge.running { color: var(--accent); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 22px 0 8px; }
.card { background: var(--wash); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; }
.card b { display: block; font-size: 23px; line-height: 1.25; font-variant-numeric: tabular-nums; }
.card span { color: var(--soft); font-size: 13px; }
.notes { background: var(--warn-wash); border: 1px solid var(--warn); border-left-width: 5px; border-radius: 8px;
  padding: 14px 20px; margin: 22px 0 0; }
.notes h2 { border: 0; margin: 0 0 6px; padding: 0; font-size: 16px; color: var(--warn); }
.notes ul { margin: 0; padding-left: 20px; } .notes li { margin: 3px 0; overflow-wrap: anywhere; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(400px, 1fr)); gap: 16px; }
.chart { margin: 0; border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px 6px; }
.chart figcaption { font-size: 14px; color: var(--soft); } .chart strong { float: right; color: var(--ink); }
.chart svg { width: 100%; height: auto; display: block; }
.grid { stroke: var(--line); stroke-width: 1; } .tick { fill: var(--soft); font-size: 11px; }
.end { text-anchor: end; } .middle { text-anchor: middle; }
.curve { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
.dot { fill: var(--accent); stroke: none; } .dot.hidden { fill: transparent; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top;
  overflow-wrap: break-word; }
th { color: var(--soft); font-weight: 600; font-size: 13px; white-space: nowrap; }
th.group { text-align: center; border-left: 1px solid var(--line); padding-left: 12px; }
th.number, td.number { text-align: right; white-space: nowrap; padding-right: 16px; }
tr.total td { font-weight: 700; border-top: 2px solid var(--line); }
tr.abandoned td { color: var(--bad); }
td.remarks { min-width: 180px; }
td ul { margin: 0; padding-left: 18px; }
.best { color: var(--good); font-weight: 600; }
.soft { color: var(--soft); } .bad { color: var(--bad); font-weight: 600; }
code, pre { font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
pre { background: var(--wash); border: 1px solid var(--line); border-radius: 8px; padding: 12px 16px;
  white-space: pre-wrap; }
.demonstration { border: 2px dashed var(--warn); border-radius: 10px; padding: 4px 20px 16px; margin-top: 44px; }
.demonstration h2 { margin-top: 14px; }
.only { color: var(--warn); font-weight: 600; }
footer { margin-top: 48px; color: var(--soft); font-size: 13px; }
@media print { :root { --ink: #000; --soft: #444; --line: #bbb; --paper: #fff; --wash: #f6f6f6; --warn-wash: #fff; }
  main { max-width: none; padding: 0; } body { font-size: 11px; } h1 { font-size: 22px; } h2 { margin-top: 24px; }
  .charts { grid-template-columns: repeat(2, 1fr); } tr, .card, .chart, .notes { break-inside: avoid; }
  thead { display: table-header-group; } .scroll { overflow: visible; } table { font-size: 10px; }
  h2 { break-after: avoid; } }
)css";

void AddHead(const v1::JobReport& report, Markup& markup) {
  markup.Literal("<!doctype html>\n").Open("html", {{"lang", "en"}}).Open("head");
  markup.Single("meta", {{"charset", "utf-8"}});
  markup.Single("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  // Belt and braces behind the escaping: the page may run nothing and load nothing.
  markup.Single("meta", {{"http-equiv", "Content-Security-Policy"},
                         {"content", "default-src 'none'; style-src 'unsafe-inline'"}});
  markup.Element("title", absl::StrCat("Report: ", report.name()));
  markup.Open("style").Literal(kStyle).Close();
  markup.Close();
}

}  // namespace

std::string RenderHtmlReport(const v1::JobReport& report, const Demonstration* demonstration) {
  Markup markup;
  AddHead(report, markup);
  markup.Open("body").Open("main");
  AddHeadline(report, markup);
  AddNotes(report, markup);
  AddStopAndComplaints(report, markup);
  AddMandate(report, markup);
  AddEstimates(report, markup);
  AddEvaluation(report, markup);
  AddCharts(report, markup);
  if (demonstration != nullptr) AddDemonstration(*demonstration, markup);
  AddDepartures(report, markup);
  AddParticipation(report, markup);
  AddRounds(report, markup);
  AddEvidence(report, markup);
  return markup.Finish();
}

}  // namespace accord
