// Colour ladders for the "basis" tokens, computed in OKLCH from three house colours, with a contrast report.
// Source of the conversion: Björn Ottosson, "A perceptual color space for image processing" (public domain).

const toLinear = (channel) => {
  const c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
};

const toGamma = (linear) => {
  const c = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  return Math.round(255 * Math.min(1, Math.max(0, c)));
};

const channels = (hex) => [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));

/** "#rrggbb" to [lightness 0..1, chroma, hue in radians]. */
export function toLch(hex) {
  const [r, g, b] = channels(hex).map(toLinear);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  const L = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
  const A = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const B = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  return [L, Math.hypot(A, B), Math.atan2(B, A)];
}

/** The inverse; a colour outside sRGB loses chroma until it fits, lightness and hue stay. */
export function toHex(lightness, chroma, hue) {
  for (let c = chroma; ; c -= 0.004) {
    const a = Math.max(c, 0) * Math.cos(hue);
    const b = Math.max(c, 0) * Math.sin(hue);
    const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
    const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
    const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
    const rgb = [
      4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
      -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
      -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
    ];
    if (c <= 0 || rgb.every((x) => x > -0.0005 && x < 1.0005)) {
      return "#" + rgb.map((x) => toGamma(x).toString(16).padStart(2, "0")).join("");
    }
  }
}

const luminance = (hex) => {
  const [r, g, b] = channels(hex).map(toLinear);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

/** Contrast ratio of WCAG 2.x, 1..21. */
export function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((p, q) => q - p);
  return (light + 0.05) / (dark + 0.05);
}

// Every step: [lightness, share of the chroma of the role].
const LIGHT = {
  "bg-document": [1, 0],
  "bg-subtle": [0.977, 0.1],
  "bg-default": [0.952, 0.22],
  "bg-hover": [0.92, 0.32],
  "bg-active": [0.885, 0.42],
  "border-subtle": [0.855, 0.3],
  "border-default": [0.59, 0.8],
  "border-hover": [0.5, 0.9],
  "border-active": [0.42, 1],
  "color-subtle": [0.485, 0.8],
  "color-default": [0.42, 1],
  "color-hover": [0.35, 0.95],
  "color-active": [0.3, 0.85],
  "color-document": [0.25, 0.45],
};
const LIGHT_INVERSE = {
  "bg-document": [0.27, 0.75],
  "bg-subtle": [0.34, 0.85],
  "bg-default": [0.43, 1],
  "bg-hover": [0.36, 0.95],
  "bg-active": [0.3, 0.85],
  "border-subtle": [0.55, 0.8],
  "border-default": [0.7, 0.6],
  "border-hover": [0.8, 0.4],
  "border-active": [0.88, 0.3],
  "color-subtle": [0.93, 0.2],
  "color-default": [1, 0],
  "color-hover": [1, 0],
  "color-active": [1, 0],
  "color-document": [1, 0],
};
const DARK = {
  "bg-document": [0.185, 0.12],
  "bg-subtle": [0.215, 0.18],
  "bg-default": [0.265, 0.34],
  "bg-hover": [0.31, 0.4],
  "bg-active": [0.36, 0.45],
  "border-subtle": [0.4, 0.35],
  "border-default": [0.64, 0.5],
  "border-hover": [0.72, 0.5],
  "border-active": [0.8, 0.45],
  "color-subtle": [0.78, 0.5],
  "color-default": [0.85, 0.55],
  "color-hover": [0.9, 0.4],
  "color-active": [0.94, 0.3],
  "color-document": [0.955, 0.08],
};
const DARK_INVERSE = {
  "bg-document": [0.93, 0.15],
  "bg-subtle": [0.88, 0.3],
  "bg-default": [0.82, 0.6],
  "bg-hover": [0.88, 0.5],
  "bg-active": [0.93, 0.3],
  "border-subtle": [0.6, 0.5],
  "border-default": [0.5, 0.5],
  "border-hover": [0.4, 0.5],
  "border-active": [0.3, 0.5],
  "color-subtle": [0.26, 0.3],
  "color-default": [0.18, 0.3],
  "color-hover": [0.16, 0.3],
  "color-active": [0.14, 0.3],
  "color-document": [0.16, 0.2],
};

// Meaning must not depend on the house style: an authority with green as second colour still has amber deadlines.
const FIXED_ROLES = {
  positive: [0.12, 2.6],
  negative: [0.18, 0.47],
  warning: [0.12, 1.05],
  info: [0.12, 4.35],
  highlight: [0.14, 1.6],
};

/** Token values of a theme: { light: {"--basis-…": value}, dark: {…} }. */
export function ramps(theme) {
  const [, accentChroma, accentHue] = toLch(theme.accent);
  const roles = {
    default: [0.012, accentHue],
    "accent-1": [accentChroma, accentHue],
    "accent-2": toLch(theme.accent2).slice(1),
    "accent-3": toLch(theme.link).slice(1),
    "action-1": [accentChroma, accentHue],
    "action-2": toLch(theme.link).slice(1),
    ...FIXED_ROLES,
  };
  const ladder = (steps, inverseSteps) => {
    const tokens = {};
    for (const [role, [chroma, hue]] of Object.entries(roles)) {
      for (const [step, [lightness, share]] of Object.entries(steps)) {
        tokens[`--basis-color-${role}-${step}`] = toHex(lightness, chroma * share, hue);
      }
      for (const [step, [lightness, share]] of Object.entries(inverseSteps)) {
        tokens[`--basis-color-${role}-inverse-${step}`] = toHex(lightness, chroma * share, hue);
      }
    }
    return tokens;
  };
  const light = ladder(LIGHT, LIGHT_INVERSE);
  const dark = ladder(DARK, DARK_INVERSE);
  if (contrast(theme.accent, "#ffffff") >= 4.5) {
    // The house colour itself, to the digit, as long as white text on it can be read.
    light["--basis-color-accent-1-inverse-bg-default"] = theme.accent;
    light["--basis-color-action-1-inverse-bg-default"] = theme.accent;
  }
  for (const [tokens, outline] of [
    [light, "#0b0c0c"],
    [dark, "#ffdd00"],
  ]) {
    tokens["--basis-focus-outline-color"] = outline;
    tokens["--basis-focus-background-color"] = "#ffdd00";
    tokens["--basis-focus-color"] = "#0b0c0c";
    tokens["--basis-form-control-border-radius"] = theme.radius;
  }
  return { light, dark };
}

const REPORTED_ROLES = [
  "default",
  "accent-1",
  "accent-2",
  "action-1",
  "action-2",
  "positive",
  "negative",
  "warning",
  "info",
  "highlight",
];

/** Pairs that are used together: { checked: number, failures: [text] }. Text needs 4.5:1, borders 3:1. */
export function contrastReport(themeRamps) {
  const failures = [];
  let checked = 0;
  for (const [mode, tokens] of Object.entries(themeRamps)) {
    const check = (front, back, minimum) => {
      const ratio = contrast(tokens[`--basis-color-${front}`], tokens[`--basis-color-${back}`]);
      checked += 1;
      if (ratio < minimum)
        failures.push(`${mode}: ${front} on ${back} is ${ratio.toFixed(2)}, needs ${minimum}`);
    };
    for (const role of REPORTED_ROLES) {
      for (const text of ["color-subtle", "color-default", "color-hover", "color-document"]) {
        for (const ground of ["bg-document", "bg-subtle", "bg-default"]) {
          check(`${role}-${text}`, `${role}-${ground}`, 4.5);
          if (ground !== "bg-default") check(`${role}-${text}`, `default-${ground}`, 4.5);
        }
      }
      check(`${role}-border-default`, "default-bg-document", 3);
      check(`${role}-border-default`, "default-bg-subtle", 3);
      for (const ground of ["bg-default", "bg-hover", "bg-active"]) {
        check(`${role}-inverse-color-default`, `${role}-inverse-${ground}`, 4.5);
      }
    }
  }
  return { checked, failures };
}
