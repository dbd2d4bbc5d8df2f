/**
 * Microseconds since 1970 as a date and a time of day, in universal time. The machine has a clock and no time zone.
 * Years are counted by the Gregorian calendar, of which 400 have 146,097 days.
 */

const US_PER_SECOND = 1_000_000;
const SECONDS_PER_DAY = 86_400;

/** `2026-11-23 03:05:59`. */
export function dateText(us: number): string {
  const seconds = Math.floor(us / US_PER_SECOND);
  const day = Math.floor(seconds / SECONDS_PER_DAY);
  const rest = seconds % SECONDS_PER_DAY;
  const { year, month, date } = civil(day);
  const time = [rest / 3600, (rest / 60) % 60, rest % 60].map((part) => two(Math.floor(part))).join(":");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(date)} ${time}`;
}

/** The date of a day since 1970; years are taken to begin in March, so that February's last day is theirs. */
function civil(day: number) {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const date = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  return { year: yearOfEra + 400 * era + (month <= 2 ? 1 : 0), month, date };
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
