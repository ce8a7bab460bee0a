// From a drawing to the image that the model sees, as mnistkit prepares pictures in Python. All ink
// belongs to the digit: on an empty page there are no lines, shadows or neighbours to tell it from.

const SIDE = 28;
const FORMS = {
  digit: { box: 20, byMass: true },
  character: { box: 24, byMass: false },
};
const MIN_CONTRAST = 24; // grey levels
const FAINT_SHARE = 0.04; // of the strongest ink
const MIN_DETAIL = 40; // pixels: a smaller drawing is not reduced
const FULL_INK_SHARE = 0.1; // of the pixels become white
const MIN_STROKE = 2.2; // pixels, in the image

/**
 * Return the image of a drawing, a Uint8Array of 784 pixels, bright on black; null without ink.
 *
 * It takes levels of grey, dark ink on white, of a square of `side` by `side` pixels, and the
 * preparation that the model's card names.
 */
export function prepare(grey, side, preparation) {
  const form = FORMS[preparation];
  const whole = { levels: Float32Array.from(grey, (level) => 255 - level), width: side, height: side };
  const small = cropped(halved(whole));
  const found = small && Math.max(small.width, small.height) < MIN_DETAIL ? cropped(whole) : small;
  return found && thickEnough(centred(fitted(strengthened(found), form.box), form.byMass));
}

/** Return a picture of half the size: the mean of each two by two pixels. */
function halved({ levels, width, height }) {
  const half = { levels: new Float32Array((width >> 1) * (height >> 1)), width: width >> 1, height: height >> 1 };
  for (let y = 0; y < half.height; y += 1) {
    for (let x = 0; x < half.width; x += 1) {
      const at = 2 * y * width + 2 * x;
      const sum = levels[at] + levels[at + 1] + levels[at + width] + levels[at + width + 1];
      half.levels[y * half.width + x] = Math.round(sum / 4);
    }
  }
  return half;
}

/** Return the ink alone, cropped to it; null without ink. */
function cropped({ levels, width, height }) {
  const strongest = levels.reduce((most, level) => Math.max(most, level), 0);
  if (strongest < MIN_CONTRAST) return null;
  const [rows, columns] = [new Set(), new Set()];
  levels.forEach((level, at) => {
    if (level < FAINT_SHARE * strongest) return;
    rows.add(Math.floor(at / width));
    columns.add(at % width);
  });
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  const box = { width: Math.max(...columns) - left + 1, height: Math.max(...rows) - top + 1 };
  box.levels = new Float32Array(box.width * box.height);
  for (let at = 0; at < box.levels.length; at += 1) {
    const level = levels[(top + Math.floor(at / box.width)) * width + left + (at % box.width)];
    box.levels[at] = level < FAINT_SHARE * strongest ? 0 : level;
  }
  return box;
}

/** Return ink whose strongest tenth is white. */
function strengthened(ink) {
  const inked = ink.levels.filter((level) => level > 0).sort();
  const full = inked[inked.length - Math.max(Math.floor(inked.length * FULL_INK_SHARE), 1)];
  return { ...ink, levels: ink.levels.map((level) => Math.round(Math.min(level / full, 1) * 255)) };
}

/** Return ink scaled to this longer side in pixels, with its aspect ratio kept. */
function fitted({ levels, width, height }, side) {
  const scale = side / Math.max(width, height);
  const size = { width: Math.max(Math.round(width * scale), 1), height: Math.max(Math.round(height * scale), 1) };
  const narrow = rescaled(levels, width, height, size.width);
  const turned = rescaled(transposed(narrow, size.width, height), height, size.width, size.height);
  return { ...size, levels: transposed(turned, size.height, size.width) };
}

/** Return rows of another width, by a Lanczos window of three lobes as Pillow has it. */
function rescaled(levels, width, height, wanted) {
  const stretch = Math.max(width / wanted, 1);
  const scaled = new Float32Array(wanted * height);
  for (let x = 0; x < wanted; x += 1) {
    const centre = ((x + 0.5) * width) / wanted;
    const first = Math.max(Math.floor(centre - 3 * stretch + 0.5), 0);
    const last = Math.min(Math.floor(centre + 3 * stretch + 0.5), width);
    const weights = [];
    for (let at = first; at < last; at += 1) weights.push(lanczos((at + 0.5 - centre) / stretch));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (let y = 0; y < height; y += 1) {
      const level = weights.reduce((sum, weight, step) => sum + weight * levels[y * width + first + step], 0);
      scaled[y * wanted + x] = Math.min(Math.max(Math.round(level / total), 0), 255);
    }
  }
  return scaled;
}

function lanczos(x) {
  const sinc = (t) => (t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t));
  return Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0;
}

function transposed(levels, width, height) {
  return levels.map((_, at) => levels[(at % height) * width + Math.floor(at / height)]);
}

/** Return a whole image with the ink centred by its mass or by its box. */
function centred({ levels, width, height }, byMass) {
  const image = new Float32Array(SIDE * SIDE);
  const top = byMass ? offset(levels, (at) => Math.floor(at / width), SIDE - height) : (SIDE - height) >> 1;
  const left = byMass ? offset(levels, (at) => at % width, SIDE - width) : (SIDE - width) >> 1;
  levels.forEach((level, at) => {
    image[(top + Math.floor(at / width)) * SIDE + left + (at % width)] = level;
  });
  return image;
}

/** Return where ink begins whose centre of mass along an axis is in the middle of the image. */
function offset(levels, placeOf, room) {
  const mass = levels.reduce((sum, level) => sum + level, 0);
  const centre = levels.reduce((sum, level, at) => sum + level * placeOf(at), 0) / mass;
  return Math.min(Math.max(Math.round(SIDE / 2 - centre), 0), room);
}

/** Return an image with thin strokes widened, as pixels of a Uint8Array. */
function thickEnough(image) {
  const growth = Math.min((MIN_STROKE - strokeWidth(image)) / 2, 1);
  if (growth <= 0) return Uint8Array.from(image);
  const wide = widened(image);
  return Uint8Array.from(image, (level, at) => Math.round(level + growth * (wide[at] - level)));
}

/** Return the strongest of each pixel and its four neighbours. */
function widened(image) {
  return image.map((level, at) => {
    const before = at % SIDE > 0 ? image[at - 1] : 0;
    const behind = at % SIDE < SIDE - 1 ? image[at + 1] : 0;
    return Math.max(level, before, behind, image[at - SIDE] ?? 0, image[at + SIDE] ?? 0);
  });
}

/** Return the mean width of the strokes: twice the area over the length of the outline. */
function strokeWidth(image) {
  let outline = 0;
  image.forEach((level, at) => {
    if (at >= SIDE) outline += Math.abs(level - image[at - SIDE]);
    if (at % SIDE) outline += Math.abs(level - image[at - 1]);
  });
  const area = image.reduce((sum, level) => sum + level, 0);
  // The sum along both axes overestimates the outline by a factor of 4 / pi.
  return (2 * area) / Math.max((outline * Math.PI) / 4, 1);
}
