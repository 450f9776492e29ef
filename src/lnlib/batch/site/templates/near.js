// The words nearest to one that nothing is called.

// the number of letters to put in, take out, change or swap with the next to make one word the other (Damerau 1964)
function distance(one, other) {
  const rows = [[...Array(other.length + 1).keys()]];
  for (let i = 1; i <= one.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + same);
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1])
        rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[one.length][other.length];
}

// one letter may be wrong in four, two in eight
function near(word, every) {
  let least = word.length >= 8 ? 2 : word.length >= 4 ? 1 : 0, found = [];
  if (!least) return found;
  for (const other of every) {
    if (Math.abs(other.length - word.length) > least) continue;
    const apart = distance(word, other);
    if (apart < least) [least, found] = [apart, [other]];
    else if (apart === least) found.push(other);
  }
  return found;
}
