import { expect, it } from "vitest";
import { dateText } from "../../src/programs/date.js";

it("dates are those of the calendar, for every day of four centuries", () => {
  const DAY_MS = 86_400_000;
  for (let day = 0; day < 146_097; day += 1) {
    const ms = day * DAY_MS + ((day * 12_345_678) % DAY_MS);
    expect(dateText(ms * 1000 + 999)).toBe(new Date(ms).toISOString().slice(0, 19).replace("T", " "));
  }
});
