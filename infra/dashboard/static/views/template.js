// Key templates such as `jobs/{job}/part-{part}.csv`: written with values, and read off a file's name.

const PART = /\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_-]*)(\.\.\.)?\}/g;

/** The template with its captures written in; null while one is missing. */
export function fill(template, captures) {
  let missing = false;
  const text = template.replace(PART, (all, name) => {
    if (!name) return all[0];
    const value = captures[name];
    if (!value) missing = true;
    return value ?? '';
  });
  return missing ? null : text;
}

const plain = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The captures that a file's bare name gives, by the last part of the template; null: it does not fit. */
export function read(template, fileName) {
  const tail = template.slice(template.lastIndexOf('/') + 1);
  const names = [];
  let pattern = '';
  let from = 0;
  for (const found of tail.matchAll(PART)) {
    pattern += plain(tail.slice(from, found.index));
    if (found[1]) { names.push(found[1]); pattern += '([^/]+?)'; } else pattern += plain(found[0][0]);
    from = found.index + found[0].length;
  }
  pattern += plain(tail.slice(from));
  const fits = new RegExp(`^${pattern}$`).exec(fileName);
  return fits && Object.fromEntries(names.map((name, i) => [name, fits[i + 1]]));
}
