// The page's live parts: render what the server sends, and report which button was pressed.
//
// A part's value is a list of {key, html}. Only differences are patched into the DOM, so that audio
// keeps playing, open details stay open, and typed text is not lost.
window.batuta = (() => {
  const parse = (html) => {
    const holder = document.createElement("template");
    holder.innerHTML = html.trim();
    return holder.content;
  };

  const keyOf = (node) => (node.nodeType === 1 ? node.dataset.key || node.id || "" : "");

  function patchChildren(old, next) {
    const keyed = new Map();
    for (const child of old.childNodes) if (keyOf(child)) keyed.set(keyOf(child), child);
    const matched = new Set();
    let place = old.firstChild;
    for (const child of [...next.childNodes]) {
      const key = keyOf(child);
      let match = key ? keyed.get(key) : place;
      while (!key && match && (keyOf(match) || matched.has(match))) match = match.nextSibling;
      if (match && alike(match, child)) {
        if (match === place) place = place.nextSibling;
        else old.insertBefore(match, place);
        patch(match, child);
        matched.add(match);
      } else {
        old.insertBefore(child, place);
        open(child);
        if (child.nodeName === "AUDIO" && child.dataset.key === "spoken" && settled) child.play().catch(() => {});
        matched.add(child);
      }
    }
    for (const child of [...old.childNodes]) if (!matched.has(child)) child.remove();
  }

  const alike = (one, other) => one.nodeType === other.nodeType && one.nodeName === other.nodeName;

  function patch(old, next) {
    if (old.nodeType === 3) {
      if (old.data !== next.data) old.data = next.data;
      return;
    }
    if (old.nodeType !== 1) return;
    const desired = next.dataset.open;
    if (old.nodeName === "DETAILS" && desired && old.dataset.open !== desired) old.open = desired === "yes";
    for (const { name } of [...old.attributes]) {
      if (!next.hasAttribute(name) && name !== "open") old.removeAttribute(name);
    }
    for (const { name, value } of next.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    if (old.nodeName === "TEXTAREA") {
      if (old.defaultValue !== next.defaultValue) old.value = old.defaultValue = next.defaultValue;
      return;
    }
    patchChildren(old, next);
  }

  function open(node) {
    if (node.nodeType !== 1) return;
    const all = [node, ...node.querySelectorAll("details[data-open]")];
    for (const item of all) if (item.nodeName === "DETAILS") item.open = item.dataset.open === "yes";
  }

  const shown = new WeakMap();
  // Audio that exists when the page opens was played before: only later audio starts by itself.
  let settled = false;

  function show(root, blocks) {
    const before = shown.get(root) || new Map();
    const now = new Map();
    const atEnd = isAtEnd();
    let place = root.firstElementChild;
    for (const { key, html } of blocks) {
      let block = before.get(key)?.block;
      if (!block) {
        block = document.createElement(root.dataset.role === "log" ? "article" : "div");
        block.className = "b-block";
      }
      if (before.get(key)?.html !== html) patchChildren(block, parse(html));
      if (block === place) place = place.nextElementSibling;
      else root.insertBefore(block, place);
      now.set(key, { block, html });
    }
    for (const [key, { block }] of before) if (!now.has(key)) block.remove();
    shown.set(root, now);
    settled ||= root.dataset.role === "log" && blocks.length > 0;
    return atEnd;
  }

  const isAtEnd = () => {
    const page = document.scrollingElement;
    return page.scrollHeight - page.scrollTop - page.clientHeight < 160;
  };

  function readAction(button) {
    const data = { ...button.dataset };
    const form = button.closest("[data-form]");
    for (const field of form?.querySelectorAll("[name]") || []) {
      if (field.type === "checkbox" || field.closest("[data-form]") !== form) continue;
      data[field.name] = field.value;
    }
    const plan = button.closest(".b-plan");
    const off = plan ? [...plan.querySelectorAll("input[name=keep]:not(:checked)")] : [];
    data.dropped = off.map((box) => box.value);
    if (data.example) data.example = Number(data.example);
    return data;
  }

  // Gradio's panels lack accessible names and states for screen readers.
  function namePanels() {
    const panels = { left: "Conversations", right: "Origin, models, cost and choices" };
    for (const [id, words] of Object.entries(panels)) {
      const panel = document.getElementById(id);
      const button = panel?.querySelector(".toggle-button");
      if (!button || button.hasAttribute("aria-expanded")) continue;
      const tell = () => button.setAttribute("aria-expanded", panel.classList.contains("open"));
      new MutationObserver(tell).observe(panel, { attributeFilter: ["class"] });
      button.setAttribute("aria-label", words);
      tell();
    }
  }

  // Gradio reports neither a missing camera or microphone nor a denied permission.
  function watchDevices(act) {
    const devices = navigator.mediaDevices;
    // Browsers expose these only to secure contexts: HTTPS or localhost.
    if (!devices) document.body.classList.add("b-no-devices");
    if (!devices || Object.hasOwn(devices, "getUserMedia")) return;
    devices.getUserMedia = (constraints) =>
      MediaDevices.prototype.getUserMedia.call(devices, constraints).catch((error) => {
        act({ do: "no_device", name: constraints.video ? "camera" : "microphone" });
        throw error;
      });
  }

  function attach(element, props, act, watch) {
    const root = element.querySelector(".batuta");
    if (!root) return;
    namePanels();
    if (root.dataset.role === "tray") watchDevices(act);
    const update = () => {
      const follow = show(root, props.value || []);
      const last = root.dataset.role === "log" && follow && props.value?.[0]?.key !== "welcome";
      if (last) requestAnimationFrame(() => window.scrollTo({ top: document.body.scrollHeight }));
    };
    watch("value", update);
    update();
    element.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-do], button[data-local]");
      if (!button || !root.contains(button)) return;
      event.preventDefault();
      if (button.dataset.local === "mark") {
        window.batutaMark(button.dataset, (mark) =>
          act({ do: "mark", digest: button.dataset.digest, name: button.dataset.name, mark }),
        );
        return;
      }
      if (button.dataset.do === "origin") document.querySelector("#right:not(.open) .toggle-button")?.click();
      act(readAction(button));
    });
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target.nodeName !== "INPUT") return;
      const button = event.target.closest("[data-form]")?.querySelector("button[data-do]");
      if (button) act(readAction(button));
    });
  }

  return { attach };
})();
