// Mark a region of an image: a box, points or painted strokes, by pointer or keyboard.
// Arrow keys move the cross, Enter or space sets a corner or a point.
window.batutaMark = ({ url, name }, done) => {
  const dialog = document.createElement("dialog");
  dialog.className = "b-mark";
  dialog.setAttribute("aria-label", `Mark a place in ${name}`);
  dialog.innerHTML = `
    <div class="b-mark-tools" role="radiogroup" aria-label="How to mark">
      <label><input type="radio" name="b-shape" value="box" checked> Box</label>
      <label><input type="radio" name="b-shape" value="points"> Point</label>
      <label><input type="radio" name="b-shape" value="paint"> Paint</label>
    </div>
    <canvas tabindex="0" role="img" aria-label="The picture. Arrow keys move the cross, Enter sets a corner or a point."></canvas>
    <p class="b-hidden" role="status"></p>
    <div class="b-buttons">
      <button type="button" class="is-first" data-mark="use" disabled>Use this mark</button>
      <button type="button" data-mark="clear">Clear</button>
      <button type="button" data-mark="cancel">Cancel</button>
    </div>`;
  document.body.append(dialog);
  const canvas = dialog.querySelector("canvas");
  const use = dialog.querySelector("[data-mark=use]");
  const status = dialog.querySelector("[role=status]");
  const picture = new Image();
  // A box is one stroke of two points, each click a stroke of one point, painting any number of strokes.
  let strokes = [];
  let cross = null;
  let drawing = false;
  const shape = () => dialog.querySelector("input:checked").value;
  const brush = () => Math.max(4, Math.round(Math.max(canvas.width, canvas.height) / 24));
  const ready = () => (shape() === "box" ? strokes[0]?.length > 1 : strokes.length > 0);

  function draw() {
    const pen = canvas.getContext("2d");
    const line = Math.max(2, canvas.width / 300);
    pen.drawImage(picture, 0, 0);
    pen.lineWidth = line;
    pen.strokeStyle = "#0d9488";
    pen.fillStyle = "rgba(13, 148, 136, 0.45)";
    if (shape() === "box" && strokes.length) {
      const [from, to] = [strokes[0][0], strokes[0].at(-1)];
      pen.fillStyle = "rgba(13, 148, 136, 0.2)";
      pen.fillRect(from[0], from[1], to[0] - from[0], to[1] - from[1]);
      pen.strokeRect(from[0], from[1], to[0] - from[0], to[1] - from[1]);
    }
    if (shape() === "points") {
      for (const [x, y] of strokes.flat()) {
        pen.beginPath();
        pen.arc(x, y, 4 * line, 0, 2 * Math.PI);
        pen.fill();
        pen.stroke();
      }
    }
    if (shape() === "paint") {
      pen.lineWidth = brush();
      pen.lineCap = pen.lineJoin = "round";
      pen.strokeStyle = pen.fillStyle;
      // One path, so that crossing strokes do not add up their opacity.
      pen.beginPath();
      for (const [first, ...others] of strokes) {
        pen.moveTo(...first);
        for (const point of others.length ? others : [first]) pen.lineTo(...point);
      }
      pen.stroke();
    }
    if (cross) {
      pen.lineWidth = line;
      pen.strokeStyle = "#f59e0b";
      pen.beginPath();
      pen.moveTo(cross[0] - 8 * line, cross[1]);
      pen.lineTo(cross[0] + 8 * line, cross[1]);
      pen.moveTo(cross[0], cross[1] - 8 * line);
      pen.lineTo(cross[0], cross[1] + 8 * line);
      pen.stroke();
    }
    use.disabled = !ready();
  }

  function at(event) {
    const bounds = canvas.getBoundingClientRect();
    const scale = canvas.width / bounds.width;
    const within = (value, most) => Math.min(Math.max(value, 0), most);
    return [
      within((event.clientX - bounds.left) * scale, canvas.width),
      within((event.clientY - bounds.top) * scale, canvas.height),
    ];
  }

  // Begin a stroke at a point, or extend the last one.
  function add(point, begin) {
    if (shape() === "box") strokes = begin ? [[point]] : [[strokes[0][0], point]];
    else if (begin) strokes = [...strokes, [point]];
    else strokes.at(-1).push(point);
    draw();
  }

  const near = (one, other) => Math.hypot(one[0] - other[0], one[1] - other[1]) < brush() / 4;

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    cross = null;
    drawing = true;
    add(at(event), true);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing || shape() === "points") return;
    if (shape() === "paint" && near(strokes.at(-1).at(-1), at(event))) return;
    add(at(event), false);
  });
  canvas.addEventListener("pointerup", () => (drawing = false));
  canvas.addEventListener("pointercancel", () => (drawing = false));
  canvas.addEventListener("keydown", (event) => {
    const step = (event.shiftKey ? 40 : 8) * Math.max(1, canvas.width / 800);
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const sets = event.key === "Enter" || event.key === " ";
    if (!moves[event.key] && !sets) return;
    event.preventDefault();
    cross ||= [canvas.width / 2, canvas.height / 2];
    if (sets) add([...cross], shape() === "points" || strokes.length === 0 || (shape() === "box" && ready()));
    else {
      cross = [
        Math.min(Math.max(cross[0] + moves[event.key][0] * step, 0), canvas.width),
        Math.min(Math.max(cross[1] + moves[event.key][1] * step, 0), canvas.height),
      ];
      draw();
    }
    const [across, down] = [cross[0] / canvas.width, cross[1] / canvas.height].map((part) => Math.round(100 * part));
    status.textContent = `${sets ? "Set" : "The cross is"} ${across} % from the left, ${down} % from the top`;
  });
  dialog.addEventListener("change", () => {
    strokes = [];
    draw();
  });
  dialog.addEventListener("click", (event) => {
    const command = event.target.dataset?.mark;
    if (command === "clear") strokes = [];
    if (command === "use") done({ shape: shape(), strokes, width: brush() });
    if (command === "use" || command === "cancel") dialog.close();
    else draw();
  });
  dialog.addEventListener("close", () => dialog.remove());
  picture.addEventListener("load", () => {
    canvas.width = picture.naturalWidth;
    canvas.height = picture.naturalHeight;
    draw();
    dialog.showModal();
    canvas.focus();
  });
  picture.addEventListener("error", () => dialog.remove());
  picture.src = url;
};
