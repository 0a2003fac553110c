// Where numbers lie on a canvas: shared by the worker, which draws, and the page, which asks where a finger is.

// From numbers to pixels, along one axis.
function scale([low, high], [from, to], log = false) {
  const f = log ? (v) => Math.log10(Math.max(v, 1e-300)) : (v) => v;
  const factor = (to - from) / (f(high) - f(low));
  const to_pixel = (v) => from + (f(v) - f(low)) * factor;
  to_pixel.inverse = (pixel) => (log ? 10 ** ((pixel - from) / factor + f(low)) : (pixel - from) / factor + low);
  return to_pixel;
}

const PLANE = { left: 46, right: 8, top: 8, bottom: 34 };
const PANEL = { left: 46, right: 12, top: 26, bottom: 36 };

function frame({ width, height }, xlim, ylim, margin, log) {
  const box = { left: margin.left, right: width - margin.right, top: margin.top, bottom: height - margin.bottom };
  return { box, x: scale(xlim, [box.left, box.right]), y: scale(ylim, [box.bottom, box.top], log) };
}

// `place` is the canvas's {width, height} in CSS pixels.
export const planeFrame = (place, [xlim, ylim]) => frame(place, xlim, ylim, PLANE, false);
export const panelFrame = (place, panel) => frame(place, panel.xlim, panel.ylim, PANEL, panel.log);
