import type { EpochMs } from "../instant.ts";

/** The parts of an HTTP-date: `Sun`, `06`, `Nov`, `1994`, `08:49:37`. */
interface Written {
  readonly weekday: string;
  readonly day: string;
  readonly month: string;
  readonly year: string;
  readonly time: string;
}

const MONTHS: readonly string[] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const WEEKDAY = "(?<weekday>Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG_WEEKDAY = "(?<weekday>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)";
const MONTH = `(?<month>${MONTHS.join("|")})`;
/** Up to 23:59:60, which is a leap second. */
const TIME = String.raw`(?<time>(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d|23:59:60)`;

/** `Sun, 06 Nov 1994 08:49:37 GMT` */
const IMF_FIXDATE = new RegExp(String.raw`^${WEEKDAY}, (?<day>\d\d) ${MONTH} (?<year>\d{4}) ${TIME} GMT$`);
/** `Sunday, 06-Nov-94 08:49:37 GMT` */
const RFC850_DATE = new RegExp(String.raw`^${LONG_WEEKDAY}, (?<day>\d\d)-${MONTH}-(?<year>\d\d) ${TIME} GMT$`);
/** `Sun Nov  6 08:49:37 1994` */
const ASCTIME_DATE = new RegExp(String.raw`^${WEEKDAY} ${MONTH} (?<day>\d\d| \d) ${TIME} (?<year>\d{4})$`);

/**
 * Parses an HTTP-date (RFC 9110, section 5.6.7) in any of its three formats, to the letter. Does not use `Date.parse`,
 * which also takes what is no HTTP-date, and reads it in the machine's time zone.
 *
 * @param now - decides the century of a year with two digits
 * @returns null for anything else, such as a day that the month does not have, or the wrong day of the week
 */
export function parseHttpDate(value: string, now: EpochMs): EpochMs | null {
  const rfc850 = read(RFC850_DATE, value);
  const written = rfc850 === null ? (read(IMF_FIXDATE, value) ?? read(ASCTIME_DATE, value)) : withCentury(rfc850, now);
  return written !== null && isDay(written) ? instantOf(written) : null;
}

function read(format: RegExp, value: string): Written | null {
  const groups = format.exec(value)?.groups;
  if (groups === undefined) return null;
  const { weekday = "", day = "", month = "", year = "", time = "" } = groups;
  return { weekday: weekday.slice(0, 3), day: day.replace(" ", "0"), month, year, time };
}

/**
 * RFC 9110, section 5.6.7: a year that appears to be more than 50 years in the future belongs to the century before.
 */
function withCentury(written: Written, now: EpochMs): Written {
  const thisYear = new Date(now).getUTCFullYear();
  const latest = new Date(now).setUTCFullYear(thisYear + 50);
  const century = Math.floor(thisYear / 100);
  const inCentury = (digits: number): Written => ({ ...written, year: `${digits}${written.year}` });
  const readings = [inCentury(century + 1), inCentury(century)];
  return readings.find((reading) => instantOf(reading) <= latest) ?? inCentury(century - 1);
}

/**
 * `toUTCString` writes an IMF-fixdate. For a day that does not exist it shows another one, and it always shows the
 * right weekday, so the text matches only a correct date.
 */
function isDay(written: Written): boolean {
  const { weekday, day, month, year } = written;
  return new Date(midnightOf(written)).toUTCString().startsWith(`${weekday}, ${day} ${month} ${year} `);
}

function instantOf(written: Written): EpochMs {
  const [hours = 0, minutes = 0, seconds = 0] = written.time.split(":").map(Number);
  return midnightOf(written) + 1000 * (3600 * hours + 60 * minutes + seconds);
}

/** Does not use `Date.UTC`, which takes the years 0 to 99 for 1900 to 1999. */
function midnightOf({ year, month, day }: Written): EpochMs {
  return new Date(0).setUTCFullYear(Number(year), MONTHS.indexOf(month), Number(day));
}
