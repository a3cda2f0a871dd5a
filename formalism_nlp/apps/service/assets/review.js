// Text reaches the page only as text nodes: nothing here turns a string into markup.
"use strict";
const $ = (id) => document.getElementById(id);
const labels = JSON.parse($("labels").textContent);
const STEP = 300;
const boxes = [...document.querySelectorAll("#kinds input")];
const dismissed = new Set(), rules = {};
let report, source, chars = [], shown = [], current = 0, painted = 0;

function make(tag, name, ...children) {
  const element = document.createElement(tag);
  element.className = name;
  element.append(...children);
  return element;
}
const both = ([zh, en]) => make("span", "", make("span", "zh", zh), make("span", "en", en));
function say(zh, en, wrong = false) {
  $("status").replaceChildren(both([zh, en]));
  $("status").classList.toggle("error", wrong);
}
const kindOf = (f) => labels.byRule[f.rule] || labels.bySignal[f.signal] || "other";
const isWord = (f) => !["model", "official"].includes(f.signal) && (f.form[0] !== "F" || f.stance !== "exhibits");

async function ask(path, options = {}) {
  const token = $("token").value;
  const headers = { ...options.headers, ...(token && { Authorization: `Bearer ${token}` }) };
  const response = await fetch(path, { ...options, headers });
  if (response.ok) return response;
  throw new Error((await response.json()).message);
}

function pack({ file, text, genre }, extra) {
  const method = "POST", asked = { genre, ...extra };
  if (!file) return { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify({ text, ...asked }) };
  const body = new FormData();
  body.append("file", file);
  for (const [key, value] of Object.entries(asked)) body.append(key, value);
  return { method, body };
}

// Runs a task and tells what goes wrong.
async function attempt(task) {
  $("go").disabled = true;
  say("正在处理…", "Working…");
  try {
    await task();
  } catch (error) {
    say(error.message, error.message, true);
  }
  $("go").disabled = false;
}

const review = () => attempt(async () => {
  const file = $("file").files[0], text = $("text").value, asked = { file, text, genre: $("genre").value };
  if (file && file.size > labels.fileBytes) return say("文件超过上限。", "The file is over the limit.", true);
  const response = await ask(file ? "/v1/score-file" : "/v1/score", pack(asked));
  source = asked;
  show(await response.json());
});

const save = (format) => attempt(async () => {
  const response = await ask("/v1/export", pack(source, { format, dismissed: [...dismissed] }));
  const link = make("a", "");
  link.href = URL.createObjectURL(await response.blob());
  link.download = `${report.document.name.replace(/\.\w+$/, "") || "report"}-reviewed.${format}`;
  link.click();
  say(`已导出 ${link.download}`, `Exported ${link.download}`);
});

function show(answer) {
  report = answer;
  chars = [...report.document.text];
  current = 0;
  const { document: doc, official_rules: advice, findings, sentences } = report;
  $("results").hidden = false;
  $("title").textContent = doc.title || doc.name;
  $("short").hidden = report.status === "ok";
  $("meta").replaceChildren(doc.name, both([" 文种 ", " genre "]), report.genre);
  $("advice").replaceChildren(...advice.map((a) => make("li", "", both([a.message, a.message_en]), ` · ${a.source} ${a.clause}`)));
  $("rules").hidden = !advice.length;
  $("gauges").replaceChildren(...Object.keys(labels.indices).map((name) => gauge(report.indices.find((i) => i.name === name))));
  paint();
  say(`共 ${sentences.length} 句，${findings.length} 条证据。`, `${sentences.length} sentences, ${findings.length} findings.`);
  $("results").focus();
}

function gauge(index) {
  const words = make("p", "muted"), bar = make("div", "bar"), head = make("h3", "", both(labels.indices[index.name]));
  if (index.value === null) return make("div", "gauge", head, make("b", "", "—"), make("p", "muted", index.reason));
  const top = index.unit === "points" ? 100 : 1, number = (x) => x.toFixed(top > 1 ? 0 : 2);
  const mark = (tag, from, to) => {
    const piece = make(tag, ""), percent = (x) => 100 * Math.min(Math.max(x / top, 0), 1);
    piece.style.left = `${percent(from)}%`;
    if (to) piece.style.width = `${percent(to) - percent(from)}%`;
    bar.append(piece);
  };
  if (index.interval) {
    const [low, high] = index.interval;
    mark("i", low, high);
    words.append(both(["95% 区间 ", "95% interval "]), `${number(low)}–${number(high)} `);
  }
  mark("u", index.value);
  if (index.percentile !== null) {
    const p = `${index.percentile.toFixed(0)}%`, norm = `${index.norm_genre}, n=${index.norm_size}`;
    words.append(both([`高于 ${p} 的同类（${norm}）`, `above ${p} of ${norm}`]));
  }
  return make("div", "gauge", head, make("b", "", number(index.value)), bar, words);
}

function paint(focus) {
  const stance = $("stance").value, kept = report.findings.filter((f) => !dismissed.has(f.fingerprint));
  shown = kept.filter((f) => ($("words").checked || !isWord(f)) && (!stance || f.stance === stance));
  for (const { value, checked, parentElement } of boxes) {
    const count = shown.filter((f) => kindOf(f) === value).length;
    parentElement.hidden = !count;
    parentElement.lastChild.textContent = count;
    if (!checked) shown = shown.filter((f) => kindOf(f) !== value);
  }
  current = Math.max(0, Math.min(current, shown.length - 1));
  paintText();
  paintList(current - (current % STEP));
  if (shown.length) select(current, focus);
  const gone = report.findings.length - kept.length;
  $("restore").hidden = !gone;
  $("count").replaceChildren(both([`显示 ${shown.length} 条，已忽略 ${gone} 条`, `${shown.length} shown, ${gone} dismissed`]));
}

// Cuts the text at every edge of a finding; a click selects the shortest one.
function paintText() {
  const starts = new Map(), edges = new Set([0, chars.length]), pieces = document.createDocumentFragment();
  shown.forEach((f, i) => {
    edges.add(f.start).add(f.end);
    starts.set(f.start, [...(starts.get(f.start) || []), i]);
  });
  const sorted = [...edges].sort((a, b) => a - b), size = (i) => shown[i].end - shown[i].start;
  let over = [];
  sorted.slice(0, -1).forEach((from, k) => {
    const text = chars.slice(from, sorted[k + 1]).join("");
    over = over.filter((i) => shown[i].end > from).concat(starts.get(from) || []);
    if (!over.length) return pieces.append(text);
    const first = over.reduce((a, b) => (size(b) < size(a) ? b : a));
    const names = over.map((i) => (shown[i].signal === "model" ? `s-${kindOf(shown[i])}` : ""));
    if (shown[first].signal !== "model") names.push("t", kindOf(shown[first]));
    const mark = make("mark", names.join(" "), text);
    mark.dataset.over = over.join(" ");
    mark.onclick = () => select(first, true);
    pieces.append(mark);
  });
  $("document").replaceChildren(pieces);
}

// One page of the list: there may be thousands.
function paintList(first) {
  painted = first;
  $("list").replaceChildren(...shown.slice(first, first + STEP).map((f, k) => item(f, first + k)));
  $("back").hidden = !first;
  $("more").hidden = shown.length <= first + STEP;
}

function item(finding, i) {
  const kind = kindOf(finding);
  const go = make("button", "go", make("span", `kind ${kind}`, both(labels.kinds[kind])), " ", make("q", "", finding.text));
  const no = make("button", "no", both(["忽略", "Dismiss"]));
  go.type = no.type = "button";
  go.onclick = () => select(i, false, true);
  no.onclick = () => dismiss(i);
  const about = make("p", "muted", finding.rule, " · ", both(labels.stances[finding.stance]));
  if (finding.form) about.append(` · ${finding.form} `, both(labels.forms[finding.form] || ["", ""]));
  for (const { title, clause } of rules[finding.rule] || []) about.append(both([" · 依据：", " · source: "]), `${title} ${clause}`);
  return make("li", "", go, make("p", "", both([finding.reason, finding.reason_en])), about, no);
}

function select(i, focus, scroll) {
  const first = i - (i % STEP), items = $("list").children;
  current = i;
  if (first !== painted) paintList(first);
  [...items].forEach((li, k) => {
    const now = first + k === i;
    li.ariaCurrent = now ? "true" : null;
    for (const button of li.querySelectorAll("button")) button.tabIndex = now ? 0 : -1;
  });
  for (const mark of $("document").children) mark.classList.toggle("now", mark.dataset.over.split(" ").includes(String(i)));
  if (focus) items[i - first].firstChild.focus();
  if (scroll) document.querySelector("mark.now")?.scrollIntoView({ block: "center" });
}

function dismiss(i) {
  dismissed.add(shown[i].fingerprint);
  current = i;
  paint(true);
}

$("form").onsubmit = (event) => { event.preventDefault(); review(); };
$("text").oninput = () => { $("file").value = ""; };
$("form").ondragover = (event) => event.preventDefault();
$("form").ondrop = (event) => {
  if (!event.dataTransfer.files.length) return;
  event.preventDefault();
  $("file").files = event.dataTransfer.files;
  review();
};
$("filters").onchange = () => paint();
$("restore").onclick = () => { dismissed.clear(); paint(); };
$("back").onclick = () => select(painted - STEP, true);
$("more").onclick = () => select(painted + STEP, true);
$("list").onkeydown = (event) => {
  const last = shown.length - 1, { key } = event;
  const to = { ArrowDown: Math.min(current + 1, last), ArrowUp: Math.max(current - 1, 0), Home: 0, End: last }[key];
  if (to >= 0) select(to, true, true);
  else if (key === "Delete") dismiss(current);
  else return;
  event.preventDefault();
};
for (const button of document.querySelectorAll(".export")) button.onclick = () => save(button.dataset.format);
for (const link of document.querySelectorAll(".language")) link.onclick = (event) => {
  event.preventDefault();
  document.documentElement.lang = link.hreflang;
  history.replaceState(null, "", link.href);
};
ask("/v1/rules").then((r) => r.json()).then((all) => { for (const rule of all.rules) rules[rule.id] = rule.source; });
