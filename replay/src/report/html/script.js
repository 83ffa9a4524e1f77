"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const words = {/* words */};
  const say = (english, values = {}) => (words[english] ?? english).replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const make = (name, text = "", properties = {}) => Object.assign(document.createElement(name), { textContent: text }, properties);

  // What the filters and the fixes need of each finding.
  const findings = all(".g>details").map((element) => {
    const place = element.querySelector("summary i"), name = place.querySelector("b").textContent;
    const arn = place.className === "x" ? place.firstChild.data.trim() : place.textContent;
    const [, , , region, account] = arn.split(":");
    const { a = account, r = region } = element.dataset;
    const key = element.querySelector("samp")?.textContent;
    const section = element.closest("section");
    const facts = all(":scope>p", element).at(-1), [before] = say("event {event}", { event: "\n" }).split("\n");
    const start = facts.textContent.indexOf(before), end = facts.textContent.lastIndexOf(", ");
    const event = start < 0 ? "" : facts.textContent.slice(start + before.length, end);
    return { element, section, facts, name, arn, encoded: encodeURIComponent(arn), event, key, account: a, region: r, severity: section.className, rule: section.querySelector(".rule code").textContent };
  });
  if (!findings.length) return;

  const copy = async (text, button) => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = say("Copied");
    } catch { // the browser allows it only to secure pages: select the text instead
      getSelection().selectAllChildren(button.previousElementSibling);
      button.textContent = say("Selected");
    }
    setTimeout(() => { button.textContent = say("Copy"); }, 2000);
  };
  const addCopyButtons = (within) => all("h4+pre", within).filter((pre) => !pre.querySelector("var")).forEach((pre) => {
    const box = make("div", "", { className: "copy" }), button = make("button", say("Copy"), { type: "button" });
    button.setAttribute("aria-label", `${say("Copy")}: ${pre.previousElementSibling.textContent}`);
    button.addEventListener("click", () => copy(pre.textContent, button));
    pre.replaceWith(box);
    box.append(pre, button);
  });

  // The links that the findings of a group have in common but for these values.
  const links = (finding) => {
    const known = { event: "https://{region}.console.aws.amazon.com/cloudtrailv2/home?region={region}#/events/{event}" };
    const texts = { resource: say("Resource in the console"), event: say("Event in CloudTrail") };
    const paragraph = make("p");
    for (const [name, text] of Object.entries(texts)) {
      const given = finding.element.parentElement.dataset[name], template = given === "" ? known[name] : given;
      const href = template?.replace(/\{(\w+)\}/g, (_, value) => finding[value]);
      if (href) paragraph.append(make("a", text, { href, rel: "noreferrer noopener" }), " ");
    }
    return paragraph.firstChild ? [paragraph] : [];
  };

  // Who made the call, the links and the fix of the group with the values of this finding.
  const complete = (finding) => {
    const { element, facts } = finding, [caller] = facts.textContent.match(/^\D*\d*/), [number] = caller.match(/\d*$/);
    if (caller === say("caller {number}", { number })) {
      const [, , ...cells] = document.getElementById(`w${number}`).cells;
      const [identity, source] = cells.map((cell) => cell.innerText.trim());
      const who = identity && source ? say("{identity} from {source}", { identity, source }) : identity || source;
      facts.textContent = say("{caller} ({who})", { caller, who }) + facts.textContent.slice(caller.length);
    }
    if (!element.querySelector(":scope>p>a")) facts.before(...links(finding));
    const shared = element.parentElement.querySelector(":scope>.fix");
    if (shared) {
      for (const part of all("h4,pre", shared)) {
        const own = part.cloneNode(true);
        all("var", own).forEach((value) => value.replaceWith(finding[value.textContent]));
        element.append(own);
      }
    }
    addCopyButtons(element);
  };
  for (const finding of findings) finding.element.addEventListener("toggle", () => complete(finding), { once: true });

  const form = make("form");
  form.setAttribute("role", "search");
  const field = (name, control) => {
    const label = make("label", name);
    label.append(control);
    form.append(label);
    return control;
  };
  const choice = (name, member) => {
    const values = [...new Set(findings.map((finding) => finding[member]))].filter(Boolean);
    if (member !== "severity") values.sort();
    const select = make("select");
    select.append(make("option", say("All"), { value: "" }), ...values.map((value) => make("option", member === "severity" ? say(value.replace("-", " ")) : value, { value })));
    return [member, field(name, select)];
  };
  const text = field(say("Search"), make("input", "", { type: "search", placeholder: say("name, ARN, caller, call, event id") }));
  const choices = [choice(say("Severity"), "severity"), choice(say("Rule"), "rule"), choice(say("Account"), "account"), choice(say("Region"), "region")];
  const open = make("button", say("Unfold all"), { type: "button" }), shown = make("output");
  form.append(open, shown);

  const visible = () => findings.filter((finding) => !finding.element.hidden);
  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const finding of findings) {
      const { element, section } = finding;
      finding.text ??= `${element.textContent} ${finding.rule} ${section.querySelector("h3").textContent}`.toLowerCase();
      element.hidden = !(choices.every(([member, select]) => !select.value || select.value === finding[member]) && words.every((word) => finding.text.includes(word)));
    }
    for (const group of all(".g")) group.hidden = !group.querySelector(":scope>details:not([hidden])");
    for (const same of all(".same")) {
      let next = same.nextElementSibling;
      while (next?.hidden) next = next.nextElementSibling;
      same.hidden = !next?.matches("details");
    }
    for (const section of all("main section")) section.hidden = !section.querySelector(".g:not([hidden])");
    const count = visible().length;
    const total = findings.length === 1 ? say("1 finding") : say("{count} findings", { count: findings.length });
    shown.textContent = count === findings.length ? total : say("{count} of {total}", { count, total });
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  open.addEventListener("click", () => {
    const unfold = open.textContent === say("Unfold all");
    for (const { element } of visible()) element.open = unfold;
    open.textContent = say(unfold ? "Fold all" : "Unfold all");
  });
  all(".fix").forEach(addCopyButtons);
  document.querySelector("main").before(form);
  filter();
})();
