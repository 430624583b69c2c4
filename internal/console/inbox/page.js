
"use strict";
(() => {
  const most = 1000; // as many as the server keeps
  const byId = (id) => document.getElementById(id);
  const list = byId("list"), filter = byId("filter");
  const name = decodeURIComponent(location.pathname.split("/").pop());
  const address = location.origin + location.pathname;

  // Everything that a webhook says reaches the document here, as text.
  function element(tag, className, ...children) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  }

  // entries holds what is shown, by id; a Map keeps the order of arrival.
  const entries = new Map();
  let held = []; // arrived while paused
  let paused = false, live = false, ready = false;
  let stream, epoch, planned = 0, lastId = 0, dropped = 0, chosen = "";

  /* The stream */

  function connect(since) {
    if (stream) stream.close();
    stream = new EventSource(location.pathname + "?stream" + (since ? "&since=" + since : ""));
    stream.addEventListener("hello", (event) => greet(JSON.parse(event.data), since));
    stream.addEventListener("request", (event) => arrive(JSON.parse(event.data)));
    stream.addEventListener("clear", forget);
    stream.addEventListener("ready", () => { ready = true; flush(false); });
    stream.onerror = () => {
      live = ready = false;
      showStatus();
      // A refused stream stays closed; one that broke comes back by itself.
      if (stream.readyState === EventSource.CLOSED) setTimeout(() => connect(lastId), 3000);
    };
  }

  function greet(hello) {
    if (epoch && epoch !== hello.epoch) { // another server, whose ids mean something else
      epoch = undefined;
      forget();
      lastId = 0;
      connect(0);
      return;
    }
    epoch = hello.epoch;
    dropped = hello.dropped;
    live = true;
    showHints(hello.hints || []);
    showStatus();
  }

  function arrive(entry) {
    if (entry.id <= lastId) return;
    lastId = entry.id;
    held.push(entry);
    if (held.length > most) held.shift();
    if (paused) showStatus();
    else if (ready && !planned) planned = setTimeout(() => flush(true), 50); // many at once cost as much as one
  }

  // flush moves what is held onto the page.
  function flush(fresh) {
    clearTimeout(planned);
    planned = 0;
    if (paused) return;
    const first = entries.size === 0;
    const made = document.createDocumentFragment();
    for (const entry of held) {
      const row = makeRow(entry);
      if (fresh) row.classList.add("fresh");
      made.prepend(row);
      entries.set(entry.id, { entry, row, text: searchText(entry) });
    }
    const newest = held.at(-1);
    held = [];
    list.prepend(made);
    for (const [id, { row }] of entries) {
      if (entries.size <= most) break;
      row.remove();
      entries.delete(id);
      dropped++;
    }
    if (first && newest) entries.get(newest.id).row.open = true;
    applyFilter();
    showStatus();
  }

  function forget() {
    entries.clear();
    held = [];
    dropped = 0;
    chosen = "";
    list.replaceChildren();
    applyFilter();
    showStatus();
  }

  /* What is around the list */

  function showStatus() {
    const status = byId("status");
    status.className = "status " + (!live ? "lost" : paused ? "paused" : "live");
    status.textContent = !live ? (epoch ? "reconnecting" : "connecting") : paused ? "paused" : "live";
    byId("pause").textContent = paused ? (held.length ? "Resume · " + held.length + " new" : "Resume") : "Pause";
    byId("pause").setAttribute("aria-pressed", paused);
    byId("waiting").hidden = entries.size > 0 || !epoch;
    byId("clear").disabled = byId("expand").disabled = entries.size === 0;
    const kept = byId("kept");
    kept.hidden = entries.size === 0;
    kept.textContent = entries.size === 1 ? "1 webhook" : entries.size + " webhooks";
    if (dropped > 0) kept.textContent += ", " + dropped + " older ones dropped";
    kept.textContent += ". Kept in memory only: the newest 1,000 of each inbox, as far as there is room.";
    document.title = (entries.size ? "(" + entries.size + ") " : "") + name + " · webhook inbox";
  }

  function showHints(hints) {
    byId("hints").replaceChildren(...hints.map((hint) => {
      const command = hint.command.replaceAll("{url}", address).replaceAll("{name}", name);
      return element("li", "", hint.title, element("div", "", element("pre", "", command), copyButton(() => command)));
    }));
  }

  function showCommands() {
    const counts = new Map();
    for (const { entry } of entries.values()) counts.set(entry.command, (counts.get(entry.command) || 0) + 1);
    if (!counts.has(chosen)) chosen = "";
    const option = (value, text) => Object.assign(element("option", "", text), { value, selected: value === chosen });
    const sorted = [...counts].filter(([command]) => command).sort((a, b) => a[0] < b[0] ? -1 : 1);
    const all = counts.size === 1 ? "All, 1 command" : "All, " + counts.size + " commands";
    const commands = byId("commands");
    commands.hidden = counts.size < 2;
    commands.replaceChildren(option("", all), ...sorted.map(([command, count]) => option(command, command + " (" + count + ")")));
  }

  function applyFilter() {
    showCommands();
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { entry, row, text } of entries.values()) {
      row.hidden = (chosen !== "" && entry.command !== chosen) || !words.every((word) => text.includes(word));
      if (!row.hidden) shown++;
    }
    byId("nothing").hidden = shown > 0 || entries.size === 0;
    list.hidden = shown === 0;
    showExpand();
  }

  function visibleRows() {
    return [...entries.values()].map(({ row }) => row).filter((row) => !row.hidden);
  }

  function showExpand() {
    const anyOpen = visibleRows().some((row) => row.open);
    byId("expand").textContent = anyOpen ? "Collapse all" : "Expand all";
  }

  function copyButton(text) {
    const button = element("button", "small", "Copy");
    button.type = "button";
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    return button;
  }

  /* One webhook */

  function makeRow(entry) {
    const row = element("details", "entry " + kindOf(entry.command));
    const dot = entry.command.indexOf(".") + 1;
    const command = element("div", "command");
    if (!entry.command) command.append("no command");
    else command.append(element("span", "family", entry.command.slice(0, dot)), entry.command.slice(dot));
    const when = element("time", "time", clock(entry.time));
    when.dateTime = when.title = entry.time;
    row.append(element("summary", "",
      element("span", "stripe"), when,
      element("div", "what", command, element("div", "gist", gist(entry))),
      element("div", "badges", ...badges(entry))));
    row.addEventListener("toggle", () => {
      if (row.open && row.childElementCount === 1) row.append(makeDetail(entry));
      showExpand();
    });
    return row;
  }

  function kindOf(command) {
    if (command.endsWith("Exception")) return "exception";
    if (/\.Callback(Before|Prev)/.test(command)) return "before";
    return command.includes(".") ? "after" : "other";
  }

  function clock(time) {
    const date = new Date(time), two = (n) => String(n).padStart(2, "0");
    const text = two(date.getHours()) + ":" + two(date.getMinutes()) + ":" + two(date.getSeconds()) + "." + String(date.getMilliseconds()).padStart(3, "0");
    return date.toDateString() === new Date().toDateString() ? text : two(date.getMonth() + 1) + "-" + two(date.getDate()) + " " + text.slice(0, 8);
  }

  function badges(entry) {
    const made = [], add = (className, text, title) => {
      const badge = element("span", "badge " + className, text);
      if (title) badge.title = title;
      made.push(badge);
    };
    if (Number(entry.attempt) > 1) add("warn", "attempt " + entry.attempt, "The same event was sent before");
    if (entry.truncated) add("warn", "cut at " + bytes(entry.body.length || 262144));
    const reply = entry.reply;
    if (reply.status !== 200) add(reply.status < 300 ? "warn" : "bad", "answered " + reply.status, reply.info);
    else if (reply.code !== 0) add("warn", "answered " + reply.code, reply.info);
    if (entry.reply_delay_ms > 0) add("warn", "after " + entry.reply_delay_ms / 1000 + " s");
    const [className, text] = {
      valid: ["good", "✓ signature"], invalid: ["bad", "✗ signature"], unsigned: ["", "not signed"],
    }[entry.signature.verdict] || ["", "signed, not checked"];
    add(className, text, entry.signature.explanation);
    return made;
  }

  // gist says in a line who did what where, as far as the body tells.
  function gist(entry) {
    let body;
    try { body = JSON.parse(entry.body); } catch { return entry.body.slice(0, 200); }
    if (body === null || typeof body !== "object") return String(body).slice(0, 200);
    const text = (...keys) => keys.map((key) => body[key]).find((value) => typeof value === "string" && value !== "") || "";
    const info = body.Info && typeof body.Info === "object" ? body.Info : {};
    const who = text("From_Account", "Operator_Account", "Requestor_Account", "Requester_Account", "Report_Account") || string(info.To_Account);
    const where = text("TopicId", "GroupId", "Official_Account", "To_Account", "Peer_Account");
    const parts = [];
    if (who || where) parts.push(who && where && who !== where ? who + " → " + where : who || where);
    if (info.Action) parts.push(string(info.Action) + (info.Reason ? " (" + string(info.Reason) + ")" : ""));
    if (body.ErrorCode) parts.push(string(body.ErrorCode) + " " + string(body.ErrorInfo));
    if (Array.isArray(body.MsgBody)) parts.push(body.MsgBody.slice(0, 5).map(gistOfElement).join(" "));
    else if (text("Name")) parts.push(text("Name"));
    for (const key of ["NewMemberList", "ExitMemberList", "DestinationMembers", "MemberList", "SubscribeAccountList"]) {
      if (!Array.isArray(body[key]) || parts.length > 1) continue;
      const members = body[key].slice(0, 4).map((member) => string(member && (member.Member_Account || member.Subscriber_Account)));
      parts.push(members.join(", ") + (body[key].length > 4 ? " and " + (body[key].length - 4) + " more" : ""));
    }
    if (Array.isArray(body.MsgSeqList)) parts.push("seq " + body.MsgSeqList.slice(0, 8).map((item) => string(item && item.MsgSeq)).join(", "));
    return parts.filter((part) => part.trim() !== "").join("  ·  ").slice(0, 300);
  }

  function gistOfElement(item) {
    const content = item && typeof item.MsgContent === "object" && item.MsgContent || {};
    switch (item && item.MsgType) {
      case "TIMTextElem": return "“" + string(content.Text) + "”";
      case "TIMCustomElem": return "custom " + string(content.Desc || content.Data);
      default: return "[" + (string(item && item.MsgType).replace(/^TIM|Elem$/g, "") || "?") + "]";
    }
  }

  // string keeps hostile shapes out of a line of text.
  function string(value) {
    return (typeof value === "string" || typeof value === "number" ? String(value) : "").slice(0, 200);
  }

  function bytes(n) {
    return n === 1 ? "1 byte" : n < 1024 ? n + " bytes" : n < 1048576 ? +(n / 1024).toFixed(1) + " KiB" : +(n / 1048576).toFixed(1) + " MiB";
  }

  function makeDetail(entry) {
    return element("div", "detail",
      element("div", "first", bodyPart(entry), facts(entry)),
      requestPart(entry));
  }

  // requestPart is open in every webhook or in none, as it was left.
  let requestsOpen = false;
  function requestPart(entry) {
    const made = element("details", "request",
      element("summary", "", "URL, " + entry.query.length + " query parameters, " + entry.header.length + " headers"),
      part("URL", "", copyButton(() => entry.url), element("div", "url mono", entry.url)),
      element("div", "tables", pairsPart("Query parameters", entry.query), pairsPart("Headers", entry.header)));
    made.open = requestsOpen;
    made.addEventListener("toggle", () => { requestsOpen = made.open; });
    return made;
  }

  function facts(entry) {
    const made = element("dl", "facts");
    const add = (title, value, className = "", wide = "") => {
      if (value) made.append(element("div", wide, element("dt", "", title), element("dd", className, value)));
    };
    const reply = entry.reply;
    add("Event", entry.event_id, "mono", "wide");
    add("Attempt", entry.attempt);
    add("App", entry.sdk_app_id);
    add("Arrived", new Date(entry.time).toLocaleString(), "", "wide");
    add("Sender", entry.remote_addr, "", "wide");
    add("Answered", "HTTP " + reply.status + ", ErrorCode " + reply.code + (reply.info ? ", " + reply.info : "") +
      (entry.reply_delay_ms ? ", after " + entry.reply_delay_ms / 1000 + " s" : ""), "", "wide");
    const verdict = { valid: "Right. ", invalid: "Wrong. ", unsigned: "Not signed. " }[entry.signature.verdict] || "Not checked. ";
    add("Signature", verdict + entry.signature.explanation, "", "wide");
    return made;
  }

  function part(title, note, button, content) {
    const header = element("header", "", element("h3", "", title), element("span", "note", note));
    if (button) header.append(button);
    return element("section", "part", header, content);
  }

  function bodyPart(entry) {
    const raw = entry.body_base64 || entry.body;
    let note = bytes(entry.size);
    if (entry.truncated) note += " in all; only the beginning was kept";
    if (entry.body_base64) note += ", not UTF-8, shown as base64";
    const pre = element("pre", "body");
    pre.tabIndex = 0;
    if (raw === "") pre.append("(empty)");
    else if (entry.body_base64) pre.append(raw);
    else pre.append(pretty(raw));
    return part("Body", note, copyButton(() => raw), pre);
  }

  function pairsPart(title, pairs) {
    const rows = element("tbody");
    for (const { name, value } of pairs) rows.append(element("tr", "", element("td", "", name), element("td", "", value)));
    if (!pairs.length) rows.append(element("tr", "", element("td", "", "none")));
    return part(title, "", null, element("table", "", rows));
  }

  // pretty indents and colours JSON token by token, so that numbers keep all
  // their digits. What is no JSON, or too deep or large to lay out, stays as is.
  function pretty(raw) {
    try { JSON.parse(raw); } catch { return raw; }
    const tokens = raw.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) || [];
    if (tokens.length > 20000) return raw;
    const made = document.createDocumentFragment();
    let depth = 0, pending = "";
    const coloured = (className, token) => { made.append(pending, element("span", className, token)); pending = ""; };
    for (const [i, token] of tokens.entries()) {
      const next = tokens[i + 1];
      switch (token) {
        case "{": case "[":
          pending += token;
          if (++depth > 100) return raw;
          if (next !== "}" && next !== "]") pending += "\n" + "  ".repeat(depth);
          break;
        case "}": case "]":
          depth--;
          if (tokens[i - 1] !== "{" && tokens[i - 1] !== "[") pending += "\n" + "  ".repeat(depth);
          pending += token;
          break;
        case ",": pending += ",\n" + "  ".repeat(depth); break;
        case ":": pending += ": "; break;
        default: coloured(next === ":" ? "k" : token[0] === '"' ? "s" : /^[-\d]/.test(token) ? "n" : "w", token);
      }
    }
    made.append(pending);
    return made;
  }

  function searchText(entry) {
    const pairs = entry.header.map(({ name, value }) => name + ": " + value);
    return [entry.command, entry.url, entry.event_id, entry.body, ...pairs].join("\n").toLowerCase();
  }

  /* The controls */

  filter.addEventListener("input", applyFilter);
  byId("commands").addEventListener("change", (event) => { chosen = event.target.value; applyFilter(); });
  byId("pause").addEventListener("click", () => {
    paused = !paused;
    if (held.length) flush(true);
    showStatus();
  });
  byId("expand").addEventListener("click", () => {
    const rows = visibleRows(), open = !rows.some((row) => row.open);
    for (const row of rows.slice(-100)) row.open = open; // the newest; thousands would stall the page
    if (!open) for (const row of rows) row.open = false;
  });
  byId("clear").addEventListener("click", async () => {
    if (confirm("Forget all webhooks in this inbox?")) await fetch(location.pathname, { method: "DELETE" });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target === filter || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    filter.focus();
  });

  byId("name").textContent = name;
  byId("url").textContent = address;
  byId("copy-url").replaceWith(copyButton(() => address));
  byId("example").textContent = address + "?reply_code=10100&reply_info=Not+here";
  showStatus();
  connect(0);
})();
