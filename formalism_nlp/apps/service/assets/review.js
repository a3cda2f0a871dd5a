// The review page. Text reaches the page only as text nodes: nothing here turns a string into markup.
"use strict";
const $ = (id) => document.getElementById(id);
const labels = JSON.parse($("labels").textContent);
const STEP = 300;
const state = { report: null, characters: [], source: null, rules: {}, dismissed: new Set(), off: new Set(), shown: [], current: 0, most: STEP };

function make(tag, name, ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children);
  return element;
}
const both = ([zh, en]) => { const pair = document.createDocumentFragment(); pair.append(make("span", "zh", zh), make("span", "en", en)); return pair; };
const say = (zh, en, wrong) => { $("status").replaceChildren(both([zh, en])); $("status").classList.toggle("error", !!wrong); };
const kindOf = (f) => labels.byRule[f.rule] || labels.bySignal[f.signal] || "other";

// --- asking the server

async function ask(path, options = {}) {
  const token = $("token").value;
  const headers = { ...options.headers, ...(token && { Authorization: `Bearer ${token}` }) };
  const response = await fetch(path, { ...options, headers });
  if (response.ok) return response;
  const failure = await response.json().catch(() => ({ code: "", message: String(response.status) }));
  if (failure.code === "F505") { $("token-row").hidden = false; $("token").focus(); }
  throw new Error(failure.message);
}

function pack({ file, text, genre }, extra = {}) {
  if (!file) return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ text, genre, ...extra }) };
  const form = new FormData();
  form.append("file", file, file.name);
  for (const [key, value] of Object.entries({ genre, ...extra })) form.append(key, String(value));
  return { method: "POST", body: form };
}

async function review() {
  const file = $("file").files[0], text = $("text").value, genre = $("genre").value;
  if (!file && !text.trim()) return say("请先粘贴正文或选择文件。", "Paste a text or choose a file first.", true);
  const size = file ? file.size : new Blob([text]).size, most = file ? labels.fileBytes : labels.textBytes;
  if (size > most) return say(`超过上限 ${most} 字节。`, `Over the limit of ${most} bytes.`, true);
  say("正在检视…", "Reviewing…");
  $("go").disabled = true;
  try {
    const source = { file, text, genre };
    const response = await ask(file ? "/v1/score-file" : "/v1/score", pack(source));
    show(await response.json(), source);
  } catch (error) {
    say(error.message, error.message, true);
  } finally {
    $("go").disabled = false;
  }
}

async function save(format) {
  const name = (state.report.document.name || "report").replace(/\.\w+$/, "");
  try {
    const response = await ask("/v1/export", pack(state.source, { format, dismissed: [...state.dismissed] }));
    const link = make("a");
    link.href = URL.createObjectURL(await response.blob());
    link.download = `${name}-reviewed.${format}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    say(`已导出 ${link.download}`, `Exported ${link.download}`);
  } catch (error) {
    say(error.message, error.message, true);
  }
}

// --- showing a report

function show(report, source) {
  Object.assign(state, { report, source, characters: [...report.document.text], current: 0, most: STEP });
  const { document: doc, versions } = report;
  $("results").hidden = false;
  $("title").textContent = doc.title || doc.name || "";
  $("meta").replaceChildren(doc.name, " · ", both(["文种 ", "genre "]), report.genre, report.status === "ok" ? "" : both([" · 文字不足，只列出证据。", " · insufficient text: findings only."]));
  $("versions").textContent = `${versions.library} · ${versions.lexicon} · ${versions.model}`;
  $("gauges").replaceChildren(...Object.keys(labels.indices).map((name) => gauge(report.indices.find((i) => i.name === name))));
  const count = {};
  for (const f of report.findings) count[kindOf(f)] = (count[kindOf(f)] || 0) + 1;
  const kinds = Object.keys(labels.kinds).filter((kind) => count[kind]);
  $("kinds").replaceChildren($("kinds").firstElementChild, ...kinds.map((kind) => kindBox(kind, count[kind])));
  paint();
  say(`共 ${report.sentences.length} 句，${report.findings.length} 条证据。`, `${report.sentences.length} sentences, ${report.findings.length} findings.`);
  $("results").focus();
}

function gauge(index) {
  const box = make("div", "gauge", make("h3", "", both(labels.indices[index.name])));
  if (index.value === null) return box.append(make("b", "", "—"), make("p", "muted", index.reason)), box;
  const top = index.unit === "points" ? 100 : 1, digits = top > 1 ? 0 : 2;
  const percent = (x) => 100 * Math.min(Math.max(x / top, 0), 1);
  const bar = make("div", "bar"), at = make("u"), words = make("p", "muted");
  bar.ariaHidden = "true";
  if (index.interval) {
    const [low, high] = index.interval, band = make("i");
    band.style.left = `${percent(low)}%`;
    band.style.width = `${percent(high) - percent(low)}%`;
    bar.append(band);
    words.append(both(["95% 区间 ", "95% interval "]), `${low.toFixed(digits)}–${high.toFixed(digits)} `);
  }
  at.style.left = `calc(${percent(index.value)}% - 1px)`;
  bar.append(at);
  if (index.percentile !== null) {
    const p = index.percentile.toFixed(0), norm = `${index.norm_genre}, n=${index.norm_size}`;
    words.append(both([`高于 ${p}% 的同类（${norm}）`, `above ${p}% of ${norm}`]));
  }
  box.append(make("b", "", index.value.toFixed(digits)), bar, words);
  return box;
}

function kindBox(kind, count) {
  const box = make("input");
  box.type = "checkbox";
  box.value = kind;
  box.checked = !state.off.has(kind);
  box.onchange = () => { state.off[box.checked ? "delete" : "add"](kind); state.current = 0; paint(); };
  return make("label", `kind ${kind}`, box, both(labels.kinds[kind]), ` ${count}`);
}

function paint() {
  const stance = $("stance").value;
  state.shown = state.report.findings.filter((f) => !state.dismissed.has(f.fingerprint) && !state.off.has(kindOf(f)) && (!stance || f.stance === stance));
  state.current = Math.max(0, Math.min(state.current, state.shown.length - 1));
  paintText();
  paintList();
  const gone = state.report.findings.filter((f) => state.dismissed.has(f.fingerprint)).length;
  $("restore").hidden = !gone;
  $("count").replaceChildren(both([`显示 ${state.shown.length} 条，已忽略 ${gone} 条`, `${state.shown.length} shown, ${gone} dismissed`]));
}

// Cuts the text at every edge of a finding; the shortest finding over a piece answers a click.
function paintText() {
  const edges = new Set([0, state.characters.length]), opens = new Map();
  state.shown.forEach((f, i) => {
    edges.add(f.start).add(f.end);
    opens.set(f.start, [...(opens.get(f.start) || []), i]);
  });
  const sorted = [...edges].sort((a, b) => a - b), pieces = document.createDocumentFragment();
  let over = [];
  for (let k = 0; k + 1 < sorted.length; k++) {
    const [from, to] = [sorted[k], sorted[k + 1]], text = state.characters.slice(from, to).join("");
    over = over.filter((i) => state.shown[i].end > from).concat(opens.get(from) || []);
    if (!over.length) { pieces.append(text); continue; }
    const size = (i) => state.shown[i].end - state.shown[i].start;
    const first = over.reduce((a, b) => (size(b) < size(a) ? b : a)), names = [];
    for (const i of over) if (state.shown[i].signal === "model") names.push(`s-${kindOf(state.shown[i])}`);
    if (state.shown[first].signal !== "model") names.push("t", kindOf(state.shown[first]));
    const mark = make("mark", names.join(" "), text);
    mark.dataset.over = over.join(" ");
    mark.onclick = () => select(first, true);
    pieces.append(mark);
  }
  $("document").replaceChildren(pieces);
}

function paintList() {
  state.most = Math.max(state.most, state.current + 1);
  $("list").replaceChildren(...state.shown.slice(0, state.most).map(item));
  $("more").hidden = state.shown.length <= state.most;
  if (state.shown.length) select(state.current);
}

function item(finding, i) {
  const kind = kindOf(finding), rule = state.rules[finding.rule];
  const go = make("button", "go", make("span", `kind ${kind}`, both(labels.kinds[kind])), " ", make("q", "", finding.text));
  const no = make("button", "no", both(["忽略", "Dismiss"]));
  go.type = no.type = "button";
  go.onclick = () => select(i, false, true);
  no.onclick = () => dismiss(i);
  const about = make("p", "muted", finding.rule, " · ", both(labels.stances[finding.stance]));
  if (finding.form) about.append(" · ", finding.form, " ", both(labels.forms[finding.form] || ["", ""]));
  for (const source of rule ? rule.source : []) about.append(" · ", both(["依据：", "source: "]), [source.title, source.clause].filter(Boolean).join(" "));
  return make("li", "", go, make("p", "", both([finding.reason, finding.reason_en])), about, no);
}

function select(i, focus, scroll) {
  if (i >= state.most) { state.most = i + STEP; state.current = i; paintList(); }
  state.current = i;
  [...$("list").children].forEach((li, k) => {
    li.toggleAttribute("aria-current", k === i);
    for (const button of li.querySelectorAll("button")) button.tabIndex = k === i ? 0 : -1;
  });
  let first = null;
  for (const mark of $("document").querySelectorAll("mark")) {
    const now = mark.dataset.over.split(" ").includes(String(i));
    mark.classList.toggle("now", now);
    if (now && !first) first = mark;
  }
  if (focus) $("list").children[i].querySelector("button").focus();
  if (scroll && first) first.scrollIntoView({ block: "center" });
}

function dismiss(i) {
  state.dismissed.add(state.shown[i].fingerprint);
  state.current = i;
  paint();
  if (state.shown.length) select(state.current, true);
}

// --- what the reader does

$("form").onsubmit = (event) => { event.preventDefault(); review(); };
$("text").oninput = () => { $("file").value = ""; };
$("text").onkeydown = (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) review(); };
$("form").ondragover = (event) => { event.preventDefault(); $("form").classList.add("over"); };
$("form").ondragleave = () => $("form").classList.remove("over");
$("form").ondrop = (event) => {
  $("form").classList.remove("over");
  if (!event.dataTransfer.files.length) return;
  event.preventDefault();
  $("file").files = event.dataTransfer.files;
  review();
};
$("stance").append(new Option("全部 · all", ""), ...Object.entries(labels.stances).map(([name, [zh]]) => new Option(`${zh} · ${name}`, name)));
$("stance").onchange = () => { state.current = 0; paint(); };
$("restore").onclick = () => { state.dismissed.clear(); paint(); };
$("more").onclick = () => { state.most += STEP; paintList(); };
$("list").onkeydown = (event) => {
  const last = state.shown.length - 1, { current } = state;
  const to = { ArrowDown: Math.min(current + 1, last), ArrowUp: Math.max(current - 1, 0), Home: 0, End: last }[event.key];
  if (event.key === "Delete" || event.key === "x") dismiss(current);
  else if (to !== undefined) select(to, true, true);
  else return;
  event.preventDefault();
};
for (const button of document.querySelectorAll(".export")) button.onclick = () => save(button.dataset.format);
for (const id of ["language", "chinese"]) $(id).onclick = (event) => {
  event.preventDefault();
  document.documentElement.lang = id === "language" ? "en" : "zh-CN";
  history.replaceState(null, "", $(id).href);
};
ask("/v1/rules").then((r) => r.json()).then(({ rules }) => { for (const rule of rules) state.rules[rule.id] = rule; });
