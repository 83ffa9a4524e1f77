"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const make = (name, text = "", properties = {}) => Object.assign(document.createElement(name), { textContent: text }, properties);

  // What the filters and the fixes need of each finding.
  const findings = all(".g>details").map((element) => {
    const place = element.querySelector("summary i"), name = place.querySelector("b").textContent;
    const arn = place.className === "x" ? place.firstChild.data.trim() : place.textContent;
    const [, , , region, account] = arn.split(":");
    const { a = account, r = region } = element.dataset;
    const key = element.querySelector("samp")?.textContent;
    const section = element.closest("section");
    return { element, section, name, arn, key, account: a, region: r, severity: section.className, rule: section.querySelector(".rule code").textContent };
  });
  if (!findings.length) return;

  const copy = async (text, button) => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch { // the browser allows it only to secure pages: select the text instead
      getSelection().selectAllChildren(button.previousElementSibling);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  };
  const addCopyButtons = (within) => all("h4+pre", within).filter((pre) => !pre.querySelector("var")).forEach((pre) => {
    const box = make("div", "", { className: "copy" }), button = make("button", "Copy", { type: "button" });
    button.setAttribute("aria-label", `Copy: ${pre.previousElementSibling.textContent}`);
    button.addEventListener("click", () => copy(pre.textContent, button));
    pre.replaceWith(box);
    box.append(pre, button);
  });

  // Who made the call, and the fix of the group with the values of this finding.
  const complete = (finding) => {
    const facts = all(":scope>p", finding.element).at(-1), [, number] = facts.textContent.match(/^caller (\d+),/) ?? [];
    if (number) {
      const [, , identity, source] = document.getElementById(`w${number}`).cells;
      const who = [identity, source].map((cell) => cell.innerText.trim()).filter(Boolean).join(" from ");
      facts.textContent = facts.textContent.replace(/^caller \d+/, (caller) => `${caller} (${who})`);
    }
    const shared = finding.element.parentElement.querySelector(":scope>.fix");
    if (shared) {
      for (const part of all("h4,pre", shared)) {
        const own = part.cloneNode(true);
        all("var", own).forEach((value) => value.replaceWith(finding[value.textContent]));
        finding.element.append(own);
      }
    }
    addCopyButtons(finding.element);
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
    select.append(make("option", "All", { value: "" }), ...values.map((value) => make("option", value.replace("-", member === "severity" ? " " : "-"), { value })));
    return [member, field(name, select)];
  };
  const text = field("Search", make("input", "", { type: "search", placeholder: "name, ARN, caller, call, event id" }));
  const choices = [choice("Severity", "severity"), choice("Rule", "rule"), choice("Account", "account"), choice("Region", "region")];
  const open = make("button", "Unfold all", { type: "button" }), shown = make("output");
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
    const total = `${findings.length} finding${findings.length === 1 ? "" : "s"}`;
    shown.textContent = count === findings.length ? total : `${count} of ${total}`;
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  open.addEventListener("click", () => {
    const unfold = open.textContent === "Unfold all";
    for (const { element } of visible()) element.open = unfold;
    open.textContent = unfold ? "Fold all" : "Unfold all";
  });
  all(".fix").forEach(addCopyButtons);
  document.querySelector("main").before(form);
  filter();
})();
