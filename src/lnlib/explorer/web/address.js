// What is chosen, as the address of the page: two choices (the second or null), and what of the picture is followed.
const REST = ["mark", "side", "search", "sort", "page", "story"];
const NOT_A_CHOICE = ["token", "width", "tab"];
const BESIDE = "b."; // begins the names of the second choice

export function read() {
  const sides = [{}, {}], rest = {};
  const query = new URLSearchParams(location.search);
  for (const [name, value] of query) {
    if (name === "beside" || NOT_A_CHOICE.includes(name) || !value) continue;
    if (REST.includes(name)) rest[name] = value;
    else if (name.startsWith(BESIDE)) sides[1][name.slice(BESIDE.length)] = value;
    else sides[0][name] = value;
  }
  return { first: sides[0], second: query.has("beside") ? sides[1] : null, rest };
}

export function write({ first, second, rest }, more = {}) {
  const pairs = new URLSearchParams(first);
  if (second) {
    pairs.set("beside", "yes");
    for (const [name, value] of Object.entries(second)) pairs.set(`${BESIDE}${name}`, value);
  }
  for (const [name, value] of Object.entries({ ...rest, ...more })) if (value) pairs.set(name, value);
  return pairs.toString().replaceAll("%3B", ";");
}

export function keep(state) {
  const query = write(state), address = query ? `/?${query}` : "/";
  if (location.pathname + location.search !== address) history.pushState(null, "", address);
}
