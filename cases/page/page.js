"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const body = document.querySelector("#cases tbody");

// An element with a class and text or children.
function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function thousands(number) {
  return number.toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

function counted(number, what) {
  return `${thousands(number)} ${what}${number === 1 ? "" : "s"}`;
}

function verdictOf(variant) {
  if (variant.verdict === "appears") return "bug appears";
  if (variant.verdict !== "clean") return "not as expected";
  if (!variant.walked) return variant.expected.length ? "nothing to see without TSan" : "clean";
  const schedules = counted(variant.walked.schedules, "schedule");
  return variant.walked.preemptions === null
      ? `clean (exhaustive: ${schedules})`
      : `clean (all ${schedules} with at most ${counted(variant.walked.preemptions, "preemption")})`;
}

function replayOf(command) {
  const copy = element("button", "", "copy");
  copy.type = "button";
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(command);
    copy.textContent = "copied";
  });
  return element("div", "replay", element("code", "", command), copy);
}

function findingOf(finding) {
  const parts = [element("h3", "", `${finding.name}: ${finding.summary}`)];
  if (finding.schedules) {
    parts.push(element("p", "muted",
        `first in schedule ${thousands(finding.first_schedule)}, ` +
        `seen in ${thousands(finding.schedules)}`));
  }
  if (finding.trace) parts.push(element("pre", "trace", finding.trace));
  if (finding.details) parts.push(element("pre", "", finding.details));
  if (finding.replay) parts.push(replayOf(finding.replay));
  return element("article", "finding", ...parts);
}

function detailsOf(variant) {
  const story = element("dl", "story",
      element("dt", "", "what goes wrong"), element("dd", "", variant.story.goes_wrong),
      element("dt", "", "order of events"), element("dd", "", variant.story.order_of_events),
      element("dt", "", "why it is fixed"), element("dd", "", variant.story.why_fixed));
  const cell = element("td", "", story, ...variant.findings.map(findingOf));
  cell.colSpan = 8;
  return element("tr", "details", cell);
}

// Rows are filled in when they are opened for the first time.
function rowOf(variant) {
  const id = `${variant.name}:${variant.variant}`;
  const button = element("button", "", variant.name);
  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  const number = (text) => element("td", "number", text);
  const row = element("tr", "variant",
      element("td", "", button), element("td", "", variant.variant),
      element("td", "", variant.documents.join(" ")), number(thousands(variant.schedules)),
      number(thousands(variant.failing)),
      number(variant.first_failure === null ? "–" : thousands(variant.first_failure)),
      element("td", "", variant.seen.join(" ") || "–"),
      element("td", variant.verdict, verdictOf(variant)));
  row.id = id;
  let details = null;
  const show = (open) => {
    if (open && !details) {
      details = detailsOf(variant);
      row.after(details);
    }
    if (details) details.hidden = !open || row.hidden;
    button.setAttribute("aria-expanded", String(open));
  };
  const isOpen = () => button.getAttribute("aria-expanded") === "true";
  row.addEventListener("click", () => {
    show(!isOpen());
    if (isOpen()) history.replaceState(null, "", `#${id}`);
  });
  const words = [id, variant.seen.join(" "), ...Object.values(variant.story),
                 ...variant.findings.map((finding) => `${finding.name} ${finding.summary}`)]
      .join(" ").toLowerCase();
  return {row, show, isOpen, words, variant};
}

const rows = data.cases.map(rowOf);
body.append(...rows.map((one) => one.row));

function filter() {
  const wanted = document.getElementById("search").value.trim().toLowerCase();
  const role = document.getElementById("role").value;
  let shown = 0;
  for (const one of rows) {
    const matches = one.words.includes(wanted) &&
        (!role || role === one.variant.role || role === one.variant.verdict);
    one.row.hidden = !matches;
    one.show(one.isOpen());
    shown += matches ? 1 : 0;
  }
  document.getElementById("shown").textContent = `${shown} of ${counted(rows.length, "variant")}`;
}

function openFromAddress() {
  const wanted = decodeURIComponent(location.hash.slice(1));
  const found = rows.find((one) => one.row.id === wanted);
  if (!found) return;
  found.show(true);
  found.row.scrollIntoView({block: "center"});
}

const failures = data.cases.filter((one) => one.verdict === "unexpected").length;
const verdict = document.getElementById("verdict");
verdict.textContent = failures === 0
    ? rows.length === 1 ? "1 variant, as expected" : `${rows.length} variants, all as expected`
    : `${failures} of ${counted(rows.length, "variant")} ${failures === 1 ? "is" : "are"} not as expected`;
verdict.className = failures === 0 ? "good" : "fail";

document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
document.getElementById("search").addEventListener("input", filter);
document.getElementById("role").addEventListener("change", filter);
window.addEventListener("hashchange", openFromAddress);
filter();
openFromAddress();
